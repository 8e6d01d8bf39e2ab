# SPDX-License-Identifier: Apache-2.0
"""STAMP packets are wire-exact: scapy reads ours, we read scapy's, and tshark's dissector agrees field by field."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.stamp import STAMPSessionReflectorTestUnauthenticated as ScapyReflector
from scapy.contrib.stamp import STAMPSessionSenderTestUnauthenticated as ScapySender

from harness.errors import DecodeError, UsageError
from probes.network.wire import pcapng
from probes.network.wire.datagram import Endpoint, datagram
from probes.network.wire.packet import ReflectorPacket, SenderPacket, decode_reflectors, decode_senders
from probes.network.wire.sizes import padding

U16, U32, U64 = (st.integers(0, 2**bits - 1) for bits in (16, 32, 64))
senders = st.builds(SenderPacket, U32, U64, U16, U16, st.just(b""))
reflectors = st.builds(ReflectorPacket, U32, U64, U16, U16, U64, U32, U64, U16, st.integers(0, 255), st.just(b""))


@given(senders)
def test_a_sender_packet_is_44_bytes_and_scapy_reads_every_field(packet: SenderPacket) -> None:
    wire = packet.encode()
    seen = ScapySender(wire)
    assert len(wire) == 44
    assert (seen.seq, seen.ssid) == (packet.sequence, packet.ssid)
    assert bytes(seen.err_estimate) == packet.error.to_bytes(2, "big")
    assert wire[4:12] == packet.timestamp.to_bytes(8, "big")
    assert SenderPacket.decode(wire) == packet


@given(reflectors)
def test_a_reflector_packet_is_44_bytes_and_scapy_reads_every_field(packet: ReflectorPacket) -> None:
    wire = packet.encode()
    seen = ScapyReflector(wire)
    assert len(wire) == 44
    assert (seen.seq, seen.ssid) == (packet.sequence, packet.ssid)
    assert (seen.seq_sender, seen.ttl_sender) == (packet.sender_sequence, packet.sender_ttl)
    assert bytes(seen.err_estimate_sender) == packet.sender_error.to_bytes(2, "big")
    assert ReflectorPacket.decode(wire) == packet


def test_what_scapy_builds_reads_back_the_same() -> None:
    sender = SenderPacket.decode(bytes(ScapySender(seq=7, ssid=3)))
    error = int.from_bytes(bytes(ScapySender().err_estimate), "big")
    assert (sender.sequence, sender.ssid, sender.error) == (7, 3, error)
    reflector = ReflectorPacket.decode(bytes(ScapyReflector(seq=1, ssid=2, seq_sender=9, ttl_sender=61)))
    assert (reflector.sequence, reflector.ssid, reflector.sender_sequence, reflector.sender_ttl) == (1, 2, 9, 61)


@given(st.lists(reflectors, min_size=1, max_size=20))
def test_columns_agree_with_single_packets(packets: list[ReflectorPacket]) -> None:
    rows = decode_reflectors(np.frombuffer(b"".join(each.encode() for each in packets), np.uint8).reshape(-1, 44))
    for row, packet in zip(rows, packets, strict=True):
        assert (row["sequence"], row["timestamp"], row["error"]) == (packet.sequence, packet.timestamp, packet.error)
        assert (row["received"], row["sender_timestamp"]) == (packet.received, packet.sender_timestamp)
        assert (row["sender_sequence"], row["sender_ttl"]) == (packet.sender_sequence, packet.sender_ttl)


def test_sender_columns_agree_with_single_packets() -> None:
    rows = decode_senders(np.frombuffer(SenderPacket(5, 2**40, 0x8101, 9).encode(), np.uint8).reshape(1, 44))
    assert (rows["sequence"][0], rows["timestamp"][0], rows["error"][0], rows["ssid"][0]) == (5, 2**40, 0x8101, 9)


@pytest.mark.parametrize("size", [44, 48, 64, 1400])
def test_padding_fills_a_packet_to_its_size_with_a_tlv_that_scapy_understands(size: int) -> None:
    wire = SenderPacket(1, 2, 3, tail=padding(size)).encode()
    assert len(wire) == size
    tlvs = [(tlv.type, tlv.len) for tlv in ScapySender(wire).tlv_objects]
    assert tlvs == ([] if size == 44 else [(1, size - 48)])


@pytest.mark.parametrize("size", [0, 43, 45, 47, 70_000])
def test_an_impossible_size_is_refused_with_the_cure(size: int) -> None:
    with pytest.raises(UsageError) as caught:
        padding(size)
    assert "use 44 B" in caught.value.cure


def test_too_few_bytes_are_refused() -> None:
    with pytest.raises(DecodeError):
        SenderPacket.decode(bytes(43))


def test_tshark_dissects_every_field_of_both_packets(peer: Callable[[str], str], tmp_path: Path) -> None:
    here, there = Endpoint.of("fd00::1", 4000), Endpoint.of("fd00::2", 862)
    sent = SenderPacket(17, (3_900_000_000 << 32) + 2**31, 0x8A0B, 0)
    answer = ReflectorPacket(
        4, 3_900_000_001 << 32, 0x8102, 0, (3_900_000_000 << 32) + 2**30, 17, sent.timestamp, 0x8A0B, 61
    )
    blocks = [pcapng.section(["test"]), pcapng.interface("x")]
    blocks.append(pcapng.packet(10**18, datagram(here, there, sent.encode(), 64), "out", 2))
    blocks.append(pcapng.packet(10**18 + 1, datagram(there, here, answer.encode(), 61), "in", 1))
    path = tmp_path / "x.pcapng"
    path.write_bytes(b"".join(blocks))
    command = [peer("tshark"), "-r", str(path), "-d", "udp.port==862,twamp.test", "-T", "json", "-J", "twamp.test"]
    done = subprocess.run(command, capture_output=True, check=True)
    first, second = (each["_source"]["layers"]["twamp.test"] for each in json.loads(done.stdout))
    assert first["twamp.test.seq_number"] == "17"
    assert first["twamp.test.timestamp"].startswith("Aug  2, 2023 21:20:00.500000000")
    assert int(first["twamp.test.error_estimate"], 0) == 0x8A0B
    assert second["twamp.test.seq_number"] == "4"
    assert second["twamp.test.sender_seq_number"] == "17"
    assert second["twamp.test.sender_ttl"] == "61"
    assert second["twamp.test.receive_timestamp"].startswith("Aug  2, 2023 21:20:00.250000000")
    assert second["twamp.test.sender_timestamp"] == first["twamp.test.timestamp"]
