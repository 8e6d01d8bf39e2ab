# SPDX-License-Identifier: Apache-2.0
"""Authenticated packets and TLVs against another implementation of HMAC, a field table written from the RFC, and scapy."""

import struct
from typing import ClassVar

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.stamp import STAMPTestTLV
from scapy.fields import BitField, ByteField, IntField, LongField, ShortField, StrFixedLenField
from scapy.packet import Packet

from harness.errors import UsageError
from harness.kit.settings import Secret
from probes.network.plans.keys import stamp_key
from probes.network.wire import tlv
from probes.network.wire.frames import AUTHENTICATED, ECHO, UNAUTHENTICATED
from probes.network.wire.packet import ReflectorPacket, SenderPacket
from probes.network.wire.sizes import padding
from tests.probes.network.ends import Arrival, Ends, reflected

KEY = b"0123456789abcdef0123456789abcdef"
OURS = Ends(AUTHENTICATED, KEY)


class SenderTable(Packet):
    """RFC 8762 figure 3, field by field."""

    fields_desc: ClassVar = [
        IntField("sequence", 0),
        BitField("mbz_a", 0, 96),
        LongField("timestamp", 0),
        ShortField("error", 0),
        ShortField("ssid", 0),
        BitField("mbz_b", 0, 68 * 8),
        StrFixedLenField("hmac", b"", 16),
    ]


class ReflectorTable(Packet):
    """RFC 8762 figure 6, field by field."""

    fields_desc: ClassVar = [
        IntField("sequence", 0),
        BitField("mbz_a", 0, 96),
        LongField("timestamp", 0),
        ShortField("error", 0),
        ShortField("ssid", 0),
        BitField("mbz_b", 0, 32),
        LongField("received", 0),
        BitField("mbz_c", 0, 64),
        IntField("sender_sequence", 0),
        BitField("mbz_d", 0, 96),
        LongField("sender_timestamp", 0),
        ShortField("sender_error", 0),
        BitField("mbz_e", 0, 48),
        ByteField("ttl", 0),
        BitField("mbz_f", 0, 120),
        StrFixedLenField("hmac", b"", 16),
    ]


def other_digest(text: bytes) -> bytes:
    made = hmac.HMAC(KEY, hashes.SHA256())
    made.update(text)
    return made.finalize()[:16]


U16, U32, U64 = (st.integers(0, 2**bits - 1) for bits in (16, 32, 64))


@given(U32, U64, U16, U16)
def test_an_authenticated_request_is_112_bytes_with_the_rfcs_fields_and_a_right_hmac(
    sequence: int, timestamp: int, error: int, ssid: int
) -> None:
    wire = OURS.ask(SenderPacket(sequence, timestamp, error, ssid))
    seen = SenderTable(wire)
    assert len(wire) == 112
    assert (seen.sequence, seen.timestamp, seen.error, seen.ssid) == (sequence, timestamp, error, ssid)
    assert (seen.mbz_a, seen.mbz_b) == (0, 0)
    assert seen.hmac == other_digest(wire[:96])
    assert OURS.reads(wire)


@given(st.builds(ReflectorPacket, U32, U64, U16, U16, U64, U32, U64, U16, st.integers(0, 255), st.just(b"")))
def test_an_authenticated_reply_is_112_bytes_with_the_rfcs_fields_and_a_right_hmac(packet: ReflectorPacket) -> None:
    wire = OURS.answer(packet, Arrival(), OURS.asked_for(packet))
    seen = ReflectorTable(wire)
    assert len(wire) == 112
    assert (seen.sequence, seen.timestamp, seen.error, seen.ssid) == (
        packet.sequence,
        packet.timestamp,
        packet.error,
        packet.ssid,
    )
    assert (seen.received, seen.sender_sequence) == (packet.received, packet.sender_sequence)
    assert (seen.sender_timestamp, seen.sender_error, seen.ttl) == (
        packet.sender_timestamp,
        packet.sender_error,
        packet.sender_ttl,
    )
    assert {getattr(seen, f"mbz_{letter}") for letter in "abcdef"} == {0}
    assert seen.hmac == other_digest(wire[:96])
    heard = OURS.heard(wire)
    assert heard is not None
    assert heard.authentic
    assert (heard.sequence, heard.timestamp) == (packet.sender_sequence, packet.sender_timestamp)


@given(st.integers(0, 111), st.integers(0, 7))
def test_one_flipped_bit_anywhere_makes_both_packets_unauthentic(at: int, bit: int) -> None:
    request = bytearray(OURS.ask(SenderPacket(5, 6, 7)))
    request[at] ^= 1 << bit
    assert not OURS.reads(bytes(request))
    packet = ReflectorPacket(1, 2, 3, 0, 4, 5, 6, 7, 64)
    reply = bytearray(OURS.answer(packet, Arrival(), OURS.asked_for(packet)))
    reply[at] ^= 1 << bit
    heard = OURS.heard(bytes(reply))
    assert heard is not None
    assert not heard.authentic


def tlvs(tail: bytes) -> list[STAMPTestTLV]:
    found = []
    while tail:
        one = STAMPTestTLV(tail)
        found.append(one)
        tail = tail[4 + one.len :]
    return found


def test_protected_tlvs_stand_before_the_padding_and_scapy_reads_them_all() -> None:
    asked = tlv.requests(("class-of-service", "timestamp-information", "direct-measurement"), dscp=46)
    tail = asked + padding(64, 0)
    wire = OURS.ask(SenderPacket(8, 1, 2, 0, tail))
    seen = tlvs(wire[112:])
    assert [each.type for each in seen] == [5, 3, 4, 8, 1]
    assert struct.unpack(">III", seen[0].value) == (9, 0, 0)
    covered = struct.pack(">I", 8) + wire[112 : 112 + len(asked)]
    assert seen[3].value == other_digest(covered), "sequence number and the TLVs before it; no padding"


def test_a_reflector_fills_what_it_knows_and_signs_it_again() -> None:
    asked = tlv.requests(("class-of-service", "timestamp-information", "direct-measurement"), dscp=46)
    request = OURS.ask(SenderPacket(8, 1, 2, 0, asked + padding(20, 0)))
    packet = ReflectorPacket(3, 1, 2, 0, 4, 8, 1, 2, 64)
    wire = OURS.answer(packet, Arrival(traffic_class=10 << 2 | 1, received=4, sent=3, synchronised=True), request)
    heard = OURS.heard(wire)
    assert heard is not None
    assert heard.authentic
    counters, clock, service, protection, filling = tlvs(wire[112:])
    assert struct.unpack(">III", counters.value) == (9, 4, 3)
    assert list(clock.value) == [1, 2, 1, 2], "NTP, software"
    word = int.from_bytes(service.value, "big")
    assert (word >> 26, word >> 20 & 63, word >> 18 & 3) == (46, 10, 1)
    assert {int(each.flags) & 0x80 for each in (counters, clock, service, protection, filling)} == {0}


def test_tlvs_with_a_wrong_hmac_go_back_untouched_and_flagged() -> None:
    tail = tlv.requests(("direct-measurement",))
    wire = OURS.ask(SenderPacket(8, 1, 2, 0, tail))
    spoiled = wire[:-1] + bytes([wire[-1] ^ 1])
    assert OURS.reads(spoiled), "the base packet is right"
    answer = OURS.answer(ReflectorPacket(3, 1, 2, 0, 4, 8, 1, 2, 64), Arrival(received=7), spoiled)
    for before, after in zip(tlvs(spoiled[112:]), tlvs(answer[112:]), strict=True):
        assert (before.type, before.value) == (after.type, after.value)
        assert int(after.flags) & 0x20


@given(st.binary(max_size=80))
def test_any_bytes_after_the_packet_keep_their_length_and_never_crash(tail: bytes) -> None:
    assert len(reflected(tail, Arrival(received=1))) == len(tail)
    for ends in (OURS, Ends(UNAUTHENTICATED)):
        request = ends.ask(SenderPacket(8, 1, 2)) + tail
        assert ends.reads(request)
        assert len(ends.answer(ReflectorPacket(3, 1, 2, 0, 4, 8, 1, 2, 64), Arrival(), request)) == len(request)
        ends.heard(request)


def test_unknown_tlvs_come_back_with_u_and_a_wrong_length_with_m() -> None:
    unknown, short = tlv.tlv(200, b"abc"), tlv.tlv(tlv.CLASS_OF_SERVICE, b"ab")
    back = tlvs(reflected(unknown + short))
    assert [int(each.flags) for each in back] == [0x80, 0x40]
    assert [each.value for each in back] == [b"abc", b"ab"]


def test_a_request_shorter_than_stamp_is_answered_as_twamp_light_and_garbage_is_not() -> None:
    plain = Ends(UNAUTHENTICATED)
    assert plain.reads(bytes(14))
    assert not plain.reads(bytes(13))
    assert not OURS.reads(bytes(112))
    assert not OURS.reads(bytes(44))
    short = SenderPacket(7, 8, 9).encode()[:14]
    packet = ReflectorPacket(3, 1, 2, 0, 4, 7, 8, 9, 64)
    assert plain.answer(packet, Arrival(), short) == packet.encode()


@given(st.builds(ReflectorPacket, U32, U64, U16, U16, U64, U32, U64, U16, st.integers(0, 255), st.just(b"")))
def test_a_reply_is_what_its_fields_say_and_is_heard_as_such(packet: ReflectorPacket) -> None:
    plain = Ends(UNAUTHENTICATED)
    wire = plain.answer(packet, Arrival(), plain.asked_for(packet))
    assert wire == packet.encode()
    assert plain.heard(wire) == (packet.sender_sequence, packet.sender_timestamp, True)
    assert plain.heard(wire[:43]) is None


@pytest.mark.parametrize("version", [4, 6])
def test_an_echo_carries_the_packet_and_only_a_reply_counts(version: int) -> None:
    from scapy.layers.inet import ICMP

    ends = Ends(ECHO, version=version, identifier=77)
    wire = ends.ask(SenderPacket(70_000, 6, 7))
    assert ends.heard(wire) is None, "a request is no answer"
    reply = bytes([{4: 0, 6: 129}[version]]) + wire[1:]
    assert ends.heard(reply) == (70_000, 6, True)
    assert ends.heard(reply[:4] + b"\0\1" + reply[6:]) is None, "another process's"
    if version == 4:
        seen = ICMP(wire)
        assert (seen.type, seen.id, seen.seq) == (8, 77, 70_000 & 0xFFFF)
        del seen.chksum
        assert bytes(seen) == wire


def test_a_key_comes_from_the_environment_or_a_file_and_is_never_short(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("STAMP_KEY", KEY.decode() + "\n")
    assert stamp_key(Secret.parse_or_file("env:STAMP_KEY"), tmp_path) == KEY
    for name in ("key", "short"):
        (tmp_path / name).touch(mode=0o600)
    (tmp_path / "key").write_bytes(KEY + b"\r\n")
    assert stamp_key(Secret.parse_or_file("key"), tmp_path) == KEY
    (tmp_path / "short").write_bytes(b"abc")
    for place in ("short", "absent", "env:NO_SUCH_KEY"):
        with pytest.raises(UsageError) as caught:
            stamp_key(Secret.parse_or_file(place), tmp_path)
        assert caught.value.cure
