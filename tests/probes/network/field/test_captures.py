# SPDX-License-Identifier: Apache-2.0
"""Captures from the field: the same packet twice, out of order, cut off, without times, inside tunnels, compressed."""

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.model import Verdict
from probes.network.analyse import analyse_network
from probes.network.instruments.capture import PROBE
from tests.probes.network.field.judging import DELAY, DROPOUT, LOSS, judged
from tests.probes.network.made import codes


def counted(path: Path) -> Any:
    return analyse_network([str(path)])["files"][0]


@pytest.mark.parametrize("name", ["F9-control.pcap", "F9-nat-both-sides.pcap"])
def test_a_packet_before_and_after_translation_is_one_packet(
    shared_data: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    data = shared_data("field", "network", name).read_bytes()
    found = judged(PROBE, data, name, LOSS, tmp_path, pairing="stamp")
    assert (found.judgement.verdict, found.estimate.n) == (Verdict.INCONCLUSIVE, 200)
    assert ("network.capture-seen-twice" in codes(found.remarks)) == ("nat" in name)


def frames(path: Path) -> list[tuple[bytes, bytes]]:
    """(time, frame) of a nanosecond pcap."""
    data, at, found = path.read_bytes(), 24, []
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        found.append((data[at : at + 8], data[at + 16 : at + 16 + size]))
        at += 16 + size
    return found


def pcap(records: list[tuple[bytes, bytes]], link: int = 1) -> bytes:
    head = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65_535, link)
    return head + b"".join(time + struct.pack("<II", len(frame), len(frame)) + frame for time, frame in records)


def test_a_packet_on_two_interfaces_is_one_packet(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    known = frames(shared_data("field", "network", "F9-control.pcap"))
    data = pcap([each for record in known for each in (record, record)])
    found = judged(PROBE, data, "any.pcap", LOSS, tmp_path, pairing="stamp")
    assert (found.estimate.n, found.estimate.value) == (200, 0)


@settings(max_examples=8)
@given(st.integers(1, 0xFFFF), st.integers(1, 0xFF), st.integers(0, 400_000), st.sets(st.integers(0, 499), max_size=40))
def test_translation_to_any_address_and_port_with_any_losses_changes_no_count(
    tmp_path_factory: Any, port: int, last: int, later_ns: int, gone: set[int]
) -> None:
    from tests.conftest import shared_folder

    folder = shared_folder()
    if folder is None:
        pytest.skip("shared/data is not beside the checkout")
    known = frames(folder / "data" / "field" / "network" / "F9-control.pcap")
    inside = [each for at, each in enumerate(known) if not (at % 2 and at // 2 in gone)]
    outside = []
    for time, frame in inside:
        request = frame[36:38] == struct.pack("!H", 862)
        ends = (26, 34) if request else (30, 36)
        other = bytearray(frame)
        other[ends[0] : ends[0] + 4] = bytes([203, 0, 113, last])
        other[ends[1] : ends[1] + 2] = struct.pack("!H", port)
        seconds, ns = struct.unpack("<II", time)
        total = seconds * 10**9 + ns + (later_ns if request else -later_ns)
        outside.append((struct.pack("<II", *divmod(total, 10**9)), bytes(other)))
    path = tmp_path_factory.mktemp("nat")
    values = {}
    for name, records in (
        ("one", inside),
        ("both", sorted(inside + outside, key=lambda each: struct.unpack("<II", each[0]))),
    ):
        found = judged(PROBE, pcap(records), f"{name}.pcap", LOSS, path, pairing="stamp")
        values[name] = found.estimate.n, found.estimate.value
    assert values["one"] == values["both"]


def test_the_order_of_the_file_is_not_that_of_time(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    path = shared_data("field", "network", "F10-out-of-order.pcap")
    found = counted(path)
    (test,) = found["tests"]
    assert (test["sent"], test["received"], test["lost"], test["orphan"]) == (400, 400, 0, 0)
    assert {"network.time-backwards", "network.replies-before-requests"} <= {each["code"] for each in found["events"]}
    judgement = judged(PROBE, path.read_bytes(), path.name, LOSS, tmp_path, pairing="stamp")
    assert judgement.estimate.value == 0, "both readers of one format agree"


def test_simple_packet_blocks_alone_have_no_time(shared_data: Callable[..., Path]) -> None:
    found = counted(shared_data("field", "network", "F15-simple-blocks.pcapng"))
    assert (found["counts"]["first_ns"], found["counts"]["last_ns"]) == (None, None)
    assert "network.packets-without-time" in {each["code"] for each in found["events"]}


def test_replies_that_were_cut_off_are_no_silence(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    data = shared_data("field", "network", "F17-snaplen-60.pcap").read_bytes()
    for question in (DELAY, LOSS, DROPOUT):
        found = judged(PROBE, data, "cut.pcap", question, tmp_path, pairing="stamp")
        assert codes(found.invalid) == {"network.capture-cut"}
        assert "record again with tcpdump -s 128" in found.invalid[0].text.en
    path = shared_data("field", "network", "F17-snaplen-60.pcap")
    assert "network.packets-too-short" in {each["code"] for each in counted(path)["events"]}


@pytest.mark.parametrize("name", ["F18-erspan.pcap", "F18-geneve.pcap"])
def test_mirror_tunnels_are_entered(shared_data: Callable[..., Path], name: str) -> None:
    (test,) = counted(shared_data("field", "network", name))["tests"]
    assert (test["kind"], test["sent"], test["received"]) == ("stamp", 3, 3)


def ip4(protocol: int, payload: bytes) -> bytes:
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, b"\xc6\x33\x64\1", b"\xc6\x33\x64\2"
    )
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + head + payload


ETHERNET = b"\2\0\0\0\0\2\2\0\0\0\0\1"
WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "ERSPAN I": lambda f: ip4(47, struct.pack("!HH", 0, 0x88BE) + f),
    "ERSPAN II": lambda f: ip4(47, struct.pack("!HHI", 0x1000, 0x88BE, 7) + bytes(8) + f),
    "ERSPAN III": lambda f: ip4(47, struct.pack("!HHI", 0x1000, 0x22EB, 7) + bytes(12) + f),
    "ERSPAN III with a subheader": lambda f: ip4(47, struct.pack("!HHI", 0x1000, 0x22EB, 7) + bytes(11) + b"\1" + bytes(8) + f),
    "GRE with IP": lambda f: ip4(47, struct.pack("!HH", 0, 0x0800) + f[14:]),
    "GRE with key and checksum": lambda f: ip4(47, struct.pack("!HHII", 0xA000, 0x6558, 0, 9) + f),
    "EtherIP": lambda f: ip4(97, b"\x30\0" + f),
    "Geneve with options": lambda f: ip4(17, struct.pack("!HHHHBBHI", 9, 6081, 16 + 8 + len(f), 0, 2, 0, 0x6558, 0) + bytes(8) + f),
    "LLC and SNAP": lambda f: ETHERNET + struct.pack("!H", len(f) - 6) + b"\xaa\xaa\3\0\0\0" + f[12:],
    "PBB": lambda f: ETHERNET + b"\x88\xe7" + bytes(4) + f,
    "E-TAG": lambda f: ETHERNET + b"\x89\x3f" + bytes(6) + f[12:],
    "VXLAN in GRE": lambda f: ip4(47, struct.pack("!HH", 0, 0x6558) + ip4(17, struct.pack("!HHHHII", 1, 4789, 16 + len(f), 0, 0, 0) + f)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_every_tunnel_shows_the_exchanges_inside(shared_data: Callable[..., Path], tmp_path: Path, name: str) -> None:
    known = frames(shared_data("field", "network", "F9-control.pcap"))[:40]
    path = tmp_path / "t.pcap"
    path.write_bytes(pcap([(time, WRAPPED[name](frame)) for time, frame in known]))
    (test,) = counted(path)["tests"]
    assert (test["kind"], test["sent"], test["received"]) == ("stamp", 20, 20)


@pytest.mark.parametrize("protocol", [50, 115, 108])
def test_a_tunnel_that_is_not_entered_is_told(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "t.pcap"
    path.write_bytes(pcap([(struct.pack("<II", 1, at), ip4(protocol, bytes(60))) for at in range(5)]))
    assert {"code": "network.tunnel-not-entered", "count": 5} in counted(path)["events"]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstandard.ZstdCompressor().compress])
def test_compressed_captures_are_opened_and_cut_ones_told(
    shared_data: Callable[..., Path], tmp_path: Path, pack: Any
) -> None:
    data = shared_data("field", "network", "F9-control.pcap").read_bytes()
    path = tmp_path / "t.pcap.x"
    path.write_bytes(pack(data))
    assert counted(path)["tests"][0]["sent"] == 500
    path.write_bytes(pack(data)[: len(pack(data)) // 2])
    try:
        found = counted(path)
    except DecodeError as refused:  # not even the first block is whole
        assert "compression is broken" in refused.problem  # noqa: PT017 - either is a clear sentence
        return
    assert "network.broken-compression" in {each["code"] for each in found["events"]}


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"PK\3\4", "zip archive"),
        (b"\x04\x22\x4d\x18", "lz4 archive"),
        (b"snoop\0\0\0\0\0\0\2", "a snoop capture"),
        (b"\x34\xcd\xb2\xa1\2\0\4\0", "a modified pcap"),
    ],
)
def test_what_is_not_read_is_named_with_its_cure(tmp_path: Path, head: bytes, words: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(head + bytes(60))
    with pytest.raises(DecodeError, match=words) as caught:
        analyse_network([str(path)])
    assert "`" in caught.value.cure


def test_exchanges_that_were_taken_out_of_a_capture_are_missed(
    shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    """Request and reply both: every other packet pairs, and only its number tells that there was one more."""
    known = frames(shared_data("field", "network", "F9-control.pcap"))
    for gone in (range(40, 60), range(5, len(known) // 2, 10)):
        kept = [each for at, each in enumerate(known) if at // 2 not in set(gone)]
        (path := tmp_path / "cut.pcap").write_bytes(pcap(kept))
        (event,) = [each for each in counted(path)["events"] if each["code"] == "network.numbers-missing"]
        assert event["count"] == len(gone)
        for question in (LOSS, DELAY, DROPOUT):
            found = judged(PROBE, pcap(kept), "cut.pcap", question, tmp_path / str(len(gone)), pairing="stamp")
            assert "network.capture-numbers-missing" in codes(found.invalid)


@pytest.mark.parametrize("from_number", [0, 5_000_000])
def test_a_session_that_begins_anew_misses_no_number(
    shared_data: Callable[..., Path], tmp_path: Path, from_number: int
) -> None:
    known = frames(shared_data("field", "network", "F9-control.pcap"))
    later = []
    for time, frame in known:
        seconds, ns = struct.unpack("<II", time)
        other = bytearray(frame)
        request = frame[36:38] == struct.pack("!H", 862)
        at = 42 if request else 66  # the sender's number, and its echo
        number = int.from_bytes(frame[at : at + 4], "big")
        other[at : at + 4] = (number + from_number).to_bytes(4, "big")
        stamp = 46 if request else 70
        other[stamp : stamp + 4] = (int.from_bytes(frame[stamp : stamp + 4], "big") + 60).to_bytes(4, "big")
        other[40:42] = bytes(2)
        later.append((struct.pack("<II", seconds + 60, ns), bytes(other)))
    found = judged(PROBE, pcap([*known, *later]), "two.pcap", LOSS, tmp_path, pairing="stamp")
    assert found.invalid == ()


def spoken(records: list[tuple[bytes, bytes]], code: int, text: str, name: str = "eth0") -> bytes:
    """The records as pcapng whose section has an option."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    def option(number: int, value: bytes) -> bytes:
        return struct.pack("<HH", number, len(value)) + value + bytes(-len(value) % 4)

    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + option(code, text.encode()) + bytes(4))
    told = option(2, name.encode()) + option(9, b"\x09") + bytes(4)
    packets = b"".join(
        block(6, struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + frame)
        for (seconds, ns), frame in ((struct.unpack("<II", time), frame) for time, frame in records)
        for ticks in [seconds * 10**9 + ns]
    )
    return section + block(1, struct.pack("<HHI", 1, 0, 0) + told) + packets


@pytest.mark.parametrize("code", [1, 4])
def test_a_capture_that_says_itself_it_is_no_record_is_none(
    shared_data: Callable[..., Path], tmp_path: Path, code: int
) -> None:
    known = frames(shared_data("field", "network", "F9-control.pcap"))
    for text, void in (
        ("演示数据", True),
        ("filtered: rtt<2ms only", True),
        ("ns-3.38", True),
        ("Dumpcap (Wireshark) 4.2.2", False),
        ("边缘服务器网卡", False),
    ):
        data = spoken(known, code, text)
        found = judged(PROBE, data, "c.pcapng", LOSS, tmp_path / text[:4], pairing="stamp")
        assert ("network.capture-no-record" in codes(found.invalid)) is void
        (path := tmp_path / "c.pcapng").write_bytes(data)
        assert any(each["code"] == "network.capture-no-record" for each in counted(path)["events"]) is void


def test_packets_of_a_loopback_interface_never_left_the_host(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    known = frames(shared_data("field", "network", "F9-control.pcap"))
    for name, own in (("lo", True), ("eth0", False)):
        data = spoken(known, 4, "tcpdump", name)
        found = judged(PROBE, data, "c.pcapng", LOSS, tmp_path / name, pairing="stamp")
        assert ("network.path-is-own-address" in codes(found.invalid)) is own
