# SPDX-License-Identifier: Apache-2.0
"""Every framing gives the same findings; other people's captures give tshark's counts and times."""

import csv
import gzip
import io
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scapy.contrib.gtp import GTP_U_Header
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, TCP, UDP, IPOption, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting
from scapy.layers.l2 import CookedLinux, Dot1AD, Dot1Q, Ether, Loopback
from scapy.layers.vxlan import VXLAN

from harness.errors import DecodeError, UsageError
from probes.network.analyse import analyse_network
from probes.network.capture import headers, window
from probes.network.capture.scan import NO_PAIRS
from probes.network.capture.stream import Wanted, read

TSHARK_CANNOT = {
    "pcap/tcpdump/arp-oobr.pcap": {"arp"},  # one ARP frame is malformed for tshark's dissector
    "pcap/tcpdump/bigtcp-ipv6.pcap": {"tcp"},  # tshark 4.0 does not know BIG TCP
}
# tshark's dissectors go further up than the transport header: what they find malformed there, we do not look at
MALFORMED_ABOVE = {
    "pcap/ndpi/coap_mqtt.pcap": (5, 0),  # CoAP
    "pcap/ndpi/stun.pcap": (2, 0),  # what a guess took for another protocol in UDP
    "pcap/tcpdump/arp-oobr.pcap": (114, 82),  # 31 guesses at a trailer behind whole ARP packets, 1 as ATMARP
    "pcap/tcpdump/bigtcp-ipv6.pcap": (1, 0),  # BIG TCP again
    "pcap/tcpdump/hoobr_safeputs.pcap": (1, 0),  # a protocol that is not IP
    "pcap/tcpdump/icmpv6-ra-pref64.pcap": (1, 0),  # an option of a router advertisement
}


def one(path: str, **options: Any) -> dict[str, Any]:
    (found,) = analyse_network([path], **options)["files"]
    return found


def nanoseconds(epoch: str) -> int:
    seconds, _, fraction = epoch.partition(".")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9])


def test_other_peoples_captures_give_tsharks_counts_and_times(shared_data: Callable[..., Path]) -> None:
    reference = json.loads(shared_data("network", "reference_tshark.json").read_text())["files"]
    compared = 0
    for name, expected in reference.items():
        path = shared_data("network", "reference_tshark.json").parent / name
        if not path.exists():
            continue
        counts = one(str(path))["counts"]
        found = {
            "packets": counts["packets"],
            "sum_len": counts["wire_bytes"],
            "sum_caplen": counts["captured_bytes"],
            "truncated_packets": counts["snapped_packets"],
        }
        assert found == {key: expected.get(key, 0) for key in found}, name
        if expected.get("first_epoch"):
            assert counts["first_ns"] == nanoseconds(expected["first_epoch"]), name
        if expected.get("last_epoch"):
            assert counts["last_ns"] == nanoseconds(expected["last_epoch"]), name
        if expected.get("interfaces"):
            assert counts["interfaces"] == len(expected["interfaces"]), name
        for protocol in {"ipv6", "udp", "tcp", "icmp", "icmpv6", "arp", "gtpu"} - TSHARK_CANNOT.get(name, set()):
            assert counts["by_protocol"].get(protocol, 0) == expected.get(protocol, 0), f"{name}: {protocol}"
        assert ip_frames(str(path)) == expected.get("ipv4", 0), name
        assert (expected.get("malformed", 0), counts["malformed"]) == MALFORMED_ABOVE.get(
            name, (expected.get("malformed", 0),) * 2
        ), name
        compared += 1
    assert compared > 65


def ip_frames(path: str) -> int:
    """Frames with IPv4 or IPv6: what the reference calls ipv4 are frames with tshark's ip.version, which IPv6 has too."""
    patterns = read(path, Wanted(NO_PAIRS)).patterns
    sets = np.arange(len(patterns))
    return int(patterns[(sets >> headers.V4 | sets >> headers.V6) & 1 == 1].sum())


@pytest.mark.parametrize("name", ["coap_mqtt", "ipv6_in_gtp", "stun", "http_ipv6", "ptpv2"])
def test_ipv4_frames_are_those_of_tsharks_filter(
    name: str, shared_data: Callable[..., Path], peer: Callable[[str], str]
) -> None:
    path = shared_data("network", "pcap", "ndpi", f"{name}.pcap")
    lines = subprocess.run(
        [peer("tshark"), "-n", "-r", str(path), "-Y", "ip"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert one(str(path))["counts"]["by_protocol"].get("ipv4", 0) == len(lines)


def test_tcp_set_up_times_are_tsharks(shared_data: Callable[..., Path], peer: Callable[[str], str]) -> None:
    path = shared_data("network", "pcap", "tcpreplay", "test.pcap")
    command = [peer("tshark"), "-n", "-r", str(path), "-Y", "tcp.flags.syn == 1 and tcp.flags.ack == 1"]
    lines = subprocess.run(
        [*command, "-T", "fields", "-e", "tcp.analysis.ack_rtt"], capture_output=True, text=True, check=True
    ).stdout.split()
    expected = sorted(nanoseconds(line) for line in lines)
    rtts = [test["rtt_ns"] for test in one(str(path))["tests"] if test["kind"] == "tcp"]
    assert sum(rtt["n"] for rtt in rtts) == len(expected) > 5
    assert (min(rtt["min"] for rtt in rtts), max(rtt["max"] for rtt in rtts)) == (expected[0], expected[-1])
    assert sum(rtt["mean"] * rtt["n"] for rtt in rtts) == pytest.approx(sum(expected))


def test_ping_times_are_tsharks(shared_data: Callable[..., Path]) -> None:
    reference = json.loads(shared_data("network", "reference_tshark.json").read_text())["files"]
    expected = reference["pcap/tcpreplay/test.pcap"]["icmp_resptime_ms"]
    tests = [
        test
        for test in one(str(shared_data("network", "pcap", "tcpreplay", "test.pcap")))["tests"]
        if test["kind"] == "icmp"
    ]
    assert sum(test["rtt_ns"]["n"] for test in tests) == expected["n"]
    assert min(test["rtt_ns"]["min"] for test in tests) == round(expected["min"] * 1e6)
    assert max(test["rtt_ns"]["max"] for test in tests) == round(expected["max"] * 1e6)


def test_one_way_delays_of_a_capture_pair_are_true_to_the_nanosecond(shared_data: Callable[..., Path]) -> None:
    folder = shared_data("network", "deterministic6g", "PD-Wired", "raw")
    times = {}
    for name in ("upstream", "downstream"):
        with (folder / f"{name}-nocross-10pkt_per_sec.csv").open() as file:
            times[name] = {identity: int(time) for time, identity in csv.reader(file)}
    truth = np.sort([times["downstream"][key] - sent for key, sent in times["upstream"].items()])
    # the names of the two pcap files are swapped against those of the csv files
    up, down = (str(folder / f"{name}-nocross-10pkt_per_sec.pcap") for name in ("downstream", "upstream"))
    (test,) = analyse_network([], pair=(up, down))["files"][0]["tests"]
    assert (test["kind"], test["sent"], test["received"], test["lost"]) == ("two-point", 1000, 1000, 0)
    found = test["owd_ns"]
    assert (found["n"], found["min"], found["max"]) == (1000, truth[0], truth[-1])
    assert (found["p50"], found["p95"], found["p99"], found["p99_9"]) == tuple(truth[[499, 949, 989, 998]])
    assert found["mean"] == pytest.approx(truth.mean())
    swapped = analyse_network([], pair=(down, up))["files"][0]
    assert swapped["tests"][0]["owd_ns"]["max"] == -truth[0]
    assert [event["code"] for event in swapped["events"]] == ["network.files-swapped"]


def check_session(found: dict[str, Any], unit: int = 1) -> None:
    """What the ``session`` fixture holds; ``unit``: ns the framing can tell apart."""
    (test,) = found["tests"]
    assert (test["kind"], test["flow"]) == ("stamp", "10.0.0.1:5000 > 10.0.0.2:862")
    assert (test["sent"], test["received"], test["lost"], test["late"]) == (300, 293, 7, 1)
    assert (test["duplicate"], test["reordered"], test["orphan"], test["restarts"]) == (1, 1, 0, 0)
    assert (test["bursts"], test["burst_lengths"]) == (7, {"1": 7})
    delays = np.sort([1_500_000 if n == 20 else 200_000 + 1000 * n for n in range(300) if n % 50 != 49 and n != 11])
    rtt = test["rtt_ns"]
    assert rtt["n"] == 293
    for name, rank in (("min", 1), ("p50", 147), ("p95", 279), ("p99", 291), ("p99_9", 293), ("max", 293)):
        assert abs(rtt[name] - delays[rank - 1]) <= unit, name
    assert rtt["mean"] == pytest.approx(delays.mean(), abs=unit)
    assert test["pdv_ns"]["max"] == rtt["max"] - rtt["min"]
    assert abs(test["network_rtt_ns"]["min"] - (delays[0] - 50_000)) <= 1 + unit


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("per_second", [10**6, 10**9])
def test_pcap_in_both_byte_orders_and_resolutions(
    order: str, per_second: int, session: Any, files: Any, write: Any
) -> None:
    found = one(write(files.pcap(session, order, per_second)))
    check_session(found, 10**9 // per_second)
    assert found["counts"]["first_ns"] == session[0][0]
    assert found["counts"]["by_protocol"] == {"ipv4": len(session), "udp": len(session)}


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_in_both_byte_orders(order: str, session: Any, files: Any, write: Any) -> None:
    check_session(one(write(files.pcapng(session, order))))


def test_sections_may_differ_in_byte_order_and_interfaces_in_resolution(session: Any, files: Any, write: Any) -> None:
    half = len(session) // 2
    coarse = files.section(">") + files.interface(">", resolution=6) + files.interface(">", resolution=9)
    data = files.pcapng(session[:half]) + coarse
    data += b"".join(files.enhanced(time, frame, ">", interface=1) for time, frame in session[half:])
    found = one(write(data))
    check_session(found)
    assert found["counts"]["interfaces"] == 2


@pytest.mark.parametrize(
    ("resolution", "offset", "ticks", "expected"),
    [
        (None, None, 1_500_000_000_000_001, 1_500_000_000_000_001_000),
        (0, None, 7, 7_000_000_000),
        (9, 3, 5, 3_000_000_005),
        (12, None, 5_999, 5),
        (0x80 | 20, None, 3 << 19, 1_500_000_000),
        (0x80 | 0, None, 9, 9_000_000_000),
        (0x80 | 40, -1, 1 << 40, 0),
        (6, -5, 5_000_000, 0),
    ],
)
def test_interface_resolutions_and_offsets(
    resolution: int | None, offset: int | None, ticks: int, expected: int, files: Any, write: Any
) -> None:
    data = files.section() + files.interface(resolution=resolution, offset=offset) + files.enhanced(ticks, b"x" * 60)
    assert one(write(data))["counts"]["first_ns"] == expected


def test_old_and_simple_packet_blocks_are_counted(files: Any, write: Any, frames: Any) -> None:
    time, frame = frames.asked(1, frames.T0)
    old = files.block(2, struct.pack("<HHIIII", 0, 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame)) + frame)
    simple = files.block(3, struct.pack("<I", len(frame)) + frame)
    found = one(write(files.section() + files.interface() + old + simple))
    assert (found["counts"]["packets"], found["counts"]["first_ns"]) == (2, time)
    assert {"code": "network.packets-without-time", "count": 1} in found["events"]


def test_a_pipe_and_gzip_give_what_the_file_gives(
    session: Any, files: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = files.pcap(session)
    monkeypatch.setattr(window, "PIECE", 777)
    check_session(one(write(gzip.compress(data), "c.pcap.gz")))
    for given in (data, gzip.compress(data)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(given))))
        check_session(one("-"))
    check_session(one(write(data)))
    monkeypatch.setattr(window, "HEADROOM", 16)
    check_session(one(write(data)))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("packing", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_pipe_that_is_left_while_its_writer_is_silent_holds_nobody(packing: Any, tmp_path: Path) -> None:
    path, given = tmp_path / "pipe", packing(bytes(range(256)) * 8)
    os.mkfifo(path)
    with path.open("r+b", 0) as writer:
        writer.write(given[:100])
        with pytest.raises(UsageError, match="left"), window.window(str(path)):
            raise UsageError("left")


@pytest.mark.timeout(60)
def test_a_defect_of_what_reads_ahead_is_raised_where_the_bytes_are_waited_for(tmp_path: Path) -> None:
    class Broken(io.RawIOBase):
        def readinto(self, _room: Any) -> int:
            raise ArithmeticError("a defect")

    with ThreadPoolExecutor(1) as helper:
        view = window.Window(Broken(), helper)
        with pytest.raises(ArithmeticError, match="a defect"):
            view.more()
        assert not view.more()


def test_a_file_is_mapped_step_by_step_and_may_be_cut_meanwhile(
    session: Any, files: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(files.pcap(session))
    monkeypatch.setattr(window, "STEP", 4096)
    check_session(one(path))
    with window.window(path) as view:
        assert isinstance(view, window.MappedWindow)
        assert view.need(8000)
        Path(path).write_bytes(b"")
        assert not view.more()


def test_a_compressed_capture_cut_in_the_middle_keeps_what_is_whole(session: Any, files: Any, write: Any) -> None:
    packed = gzip.compress(files.pcap(session))
    found = one(write(packed[: len(packed) // 2], "c.pcap.gz"))
    assert 0 < found["counts"]["packets"] < len(session)
    assert found["counts"]["truncated_tail"]
    assert "network.broken-compression" in {event["code"] for event in found["events"]}


@pytest.mark.parametrize("framing", ["pcap", "pcapng"])
def test_a_capture_cut_anywhere_keeps_what_is_whole_and_says_so(
    framing: str, session: Any, files: Any, write: Any
) -> None:
    make = getattr(files, framing)
    sizes = [len(make(session[:count])) for count in range(5)]
    bounds = {*sizes, len(files.section()) if framing == "pcapng" else 0}
    for cut in range(24, sizes[-1] + 1, 2):
        found = one(write(make(session[:4])[:cut]))["counts"]
        assert found["packets"] == max(0, sum(size <= cut for size in sizes) - 1), cut
        assert found["truncated_tail"] == (cut not in bounds), cut


@cache
def wrapped() -> dict[str, tuple[int, bytes]]:
    """One STAMP request in every wrapping: link type and frame."""
    payload = bytes(range(1, 45))
    v4, v6 = IP(src="10.0.0.1", dst="10.0.0.2"), IPv6(src="fd00::1", dst="fd00::2")
    inner = UDP(sport=5000, dport=862) / payload
    ether = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
    sll2 = struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, bytes(8))
    made = {
        "plain": (1, ether / v4 / inner),
        "vlan": (1, ether / Dot1Q(vlan=5) / v4 / inner),
        "qinq": (1, ether / Dot1AD(vlan=7) / Dot1Q(vlan=5) / v6 / inner),
        "mpls": (1, ether / MPLS(label=9, s=0) / MPLS(label=10, s=1) / v4 / inner),
        "options": (1, ether / IP(src="10.0.0.1", dst="10.0.0.2", options=IPOption(b"\x01" * 8)) / inner),
        "raw": (101, v6 / inner),
        "ipv4": (228, v4 / inner),
        "ipv6": (229, v6 / inner),
        "sll": (113, CookedLinux(proto=0x0800) / v4 / inner),
        "null": (0, Loopback(type=2) / v4 / inner),
        "extensions": (1, ether / v6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrRouting() / IPv6ExtHdrDestOpt() / inner),
        "6in4": (1, ether / IP(src="1.1.1.1", dst="2.2.2.2", proto=41) / v6 / inner),
        "4in4": (1, ether / IP(src="1.1.1.1", dst="2.2.2.2", proto=4) / v4 / inner),
        "gtp": (1, ether / IP() / UDP(dport=2152) / GTP_U_Header(teid=1) / v4 / inner),
        "vxlan": (1, ether / IP() / UDP(dport=4789) / VXLAN(vni=3) / ether / v6 / inner),
        "padded": (1, ether / v4 / inner / b"\0\0\0\0"),
    }
    found = {name: (link, bytes(frame)) for name, (link, frame) in made.items()}
    found["sll2"] = (276, sll2 + bytes(v4 / inner))
    found["gtp-extension"] = (
        1,
        bytes(ether / IP() / UDP(dport=2152) / (b"\x34\xff\0\x5c\0\0\0\1\0\0\0\x85\1\x10\1\0" + bytes(v4 / inner))),
    )
    return found


@pytest.mark.parametrize("name", [*wrapped()])
def test_the_inner_packet_is_found_in_every_wrapping(name: str, files: Any, write: Any) -> None:
    link, frame = wrapped()[name]
    found = one(write(files.pcap([(1, frame)], link=link)))
    (test,) = found["tests"]
    assert (test["kind"], test["sent"]) == ("stamp", 1)
    assert test["flow"] in {"10.0.0.1:5000 > 10.0.0.2:862", "[fd00::1]:5000 > [fd00::2]:862"}
    assert found["counts"]["malformed"] == 0


@pytest.mark.parametrize("name", [*wrapped()])
def test_a_frame_cut_anywhere_is_counted_and_never_read_beyond(name: str, files: Any, write: Any) -> None:
    link, frame = wrapped()[name]
    records = [(at, frame[:at]) for at in range(len(frame))]
    found = one(write(files.pcap(records, link=link)))["counts"]
    assert found["packets"] == len(frame)


def test_fragments_are_told_and_only_the_first_has_ports(files: Any, write: Any) -> None:
    whole = IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=5000, dport=862) / bytes(3000)
    records = [
        (at, bytes(Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01") / piece))
        for at, piece in enumerate(fragment(whole, 1400))
    ]
    found = one(write(files.pcap(records)))["counts"]["by_protocol"]
    assert found == {"ipv4": 3, "udp": 1, "fragment": 3}


def test_unknown_link_types_are_counted_and_said(files: Any, write: Any) -> None:
    found = one(write(files.pcap([(1, b"\x45" * 60)], link=147)))
    assert (found["counts"]["packets"], found["counts"]["by_protocol"]) == (1, {"other": 1})
    assert {"code": "network.unknown-link-type", "link_type": 147} in found["events"]


def test_reflectors_on_other_ports_are_known_by_the_looks_of_the_sender(frames: Any, files: Any, write: Any) -> None:
    records = []
    for number in range(5):
        at = frames.T0 + number * 10**6
        records += [frames.asked(number, at, port=20001), frames.answered(number, at + 1000, inside=10, port=20001)]
    (test,) = one(write(files.pcap(records)))["tests"]
    assert (test["kind"], test["sent"], test["received"]) == ("stamp", 5, 5)
    noise = [
        (
            at,
            bytes(
                Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01") / IP() / UDP(dport=20001) / bytes([number] * 60)
            ),
        )
        for number, (at, _) in enumerate(records)
    ]
    assert one(write(files.pcap(noise)))["tests"] == []


def test_ping_of_both_families_is_paired(frames: Any, files: Any, write: Any) -> None:
    records = []
    for number in range(10):
        for six in (False, True):
            at = frames.T0 + number * 10**9 + six
            records.append(frames.ping(number, at, six=six))
            if number != 4:
                records.append(frames.ping(number, at + 1_000_000, reply=True, six=six))
    tests = one(write(files.pcap(records)))["tests"]
    assert [(test["kind"], test["sent"], test["received"], test["lost"]) for test in tests] == [("icmp", 10, 9, 1)] * 2
    assert {test["flow"] for test in tests} == {"10.0.0.1 > 10.0.0.2 id 9", "fd00::1 > fd00::2 id 9"}
    assert all(test["rtt_ns"]["max"] == 1_000_000 for test in tests)


def test_a_sequence_number_that_wraps_goes_on(frames: Any, files: Any, write: Any) -> None:
    records = []
    for step in range(200):
        number, at = (2**32 - 100 + step) % 2**32, frames.T0 + step * 10**6
        records.append(frames.asked(number, at))
        if step != 120:
            records.append(frames.answered(number, at + 5_000, inside=10))
    (test,) = one(write(files.pcap(records)))["tests"]
    assert (test["sent"], test["received"], test["lost"], test["restarts"]) == (200, 199, 1, 0)


def test_a_session_that_starts_again_is_counted_on(frames: Any, files: Any, write: Any) -> None:
    records = []
    for begin in (0, 5 * 10**9):
        for number in range(100):
            at = frames.T0 + begin + number * 10**6
            records += [frames.asked(number, at), frames.answered(number, at + 5_000, inside=10)]
    (test,) = one(write(files.pcap(records)))["tests"]
    assert (test["sent"], test["received"], test["lost"], test["duplicate"], test["restarts"]) == (200, 200, 0, 0, 1)


def test_replies_nobody_asked_for_are_orphans(frames: Any, files: Any, write: Any) -> None:
    records = [
        frames.asked(5, frames.T0),
        frames.answered(9, frames.T0 + 10, inside=1),
        frames.answered(5, frames.T0 + 20, inside=1),
    ]
    (test,) = one(write(files.pcap(records)))["tests"]
    assert (test["sent"], test["received"], test["orphan"]) == (1, 1, 1)


def test_a_long_outage_is_one_burst_and_the_ring_grows_with_it(frames: Any, files: Any, write: Any) -> None:
    records = []
    for number in range(3000):
        at = frames.T0 + number * 10**6
        records.append(frames.asked(number, at))
        if not 500 <= number < 1700:
            records.append(frames.answered(number, at + 5_000, inside=10))
    (test,) = one(write(files.pcap(records)), waiting_time="1 s")["tests"]
    assert (test["lost"], test["burst_lengths"], test["undecided"]) == (1200, {"1200": 1}, 0)


def test_tcp_set_ups_are_timed_and_repeated_syns_counted(files: Any, write: Any) -> None:
    def segment(
        time: int, flags: str, number: int, answers: int, back: bool = False, port: int = 4000
    ) -> tuple[int, bytes]:
        ends = ("10.0.0.2", "10.0.0.1") if back else ("10.0.0.1", "10.0.0.2")
        ports = (80, port) if back else (port, 80)
        tcp = TCP(sport=ports[0], dport=ports[1], flags=flags, seq=number, ack=answers)
        return time, bytes(Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01") / IP(src=ends[0], dst=ends[1]) / tcp)

    records = [
        segment(1_000, "S", 99, 0),
        segment(251_000, "SA", 7, 100, back=True),
        segment(260_000, "A", 100, 8),
        segment(300_000, "S", 2**32 - 1, 0, port=4001),
        segment(900_000, "S", 2**32 - 1, 0, port=4001),
        segment(1_000_000, "SA", 3, 0, back=True, port=4001),
        segment(2_000_000, "S", 5, 0, port=4002),
    ]
    (test,) = one(write(files.pcap(records)))["tests"]
    assert (test["kind"], test["flow"]) == ("tcp", "10.0.0.1 > 10.0.0.2:80")
    assert (test["sent"], test["received"], test["lost"], test["repeated"]) == (3, 2, 1, 1)
    assert (test["rtt_ns"]["min"], test["rtt_ns"]["max"]) == (100_000, 250_000)


def test_a_declared_field_pairs_a_protocol_of_ones_own(files: Any, write: Any) -> None:
    def message(time: int, number: int, back: bool) -> tuple[int, bytes]:
        ports = (9000, 7000) if back else (7000, 9000)
        payload = b"\xaa\xbb" + number.to_bytes(3, "big") + bytes(4)
        return time, bytes(
            Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
            / IP()
            / UDP(sport=ports[0], dport=ports[1])
            / payload
        )

    numbers = [5, 900_000, 17, 3, 70_000]
    records = []
    for at, number in enumerate(numbers):
        records.append(message(at * 10**6, number, back=False))
        if number != 17:
            records.append(message(at * 10**6 + 2_000, number, back=True))
    records.append(message(10**9, 5, back=True))
    (test,) = one(write(files.pcap(records)), port=[9000], field="2:3")["tests"]
    assert (test["kind"], test["sent"], test["received"], test["lost"], test["duplicate"]) == ("field", 5, 4, 1, 1)
    assert (test["rtt_ns"]["min"], test["rtt_ns"]["max"]) == (2_000, 2_000)


def test_two_points_pair_by_field_and_tell_loss_order_and_duplicates(files: Any, write: Any) -> None:
    def message(time: int, number: int, hop: int) -> tuple[int, bytes]:
        return time, bytes(
            Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
            / IP(ttl=64 - hop)
            / UDP(sport=1, dport=2)
            / (bytes([hop]) + number.to_bytes(4, "big"))
        )

    up = [message(number * 1_000, number, 0) for number in range(100)]
    down = [message(number * 1_000 + 70, number, 1) for number in range(100) if number not in {40, 41, 60}]
    down[10], down[11] = message(11_000 + 60, 10, 1), message(11_000 + 65, 11, 1)
    down.append(message(100_000, 5, 1))
    early = [message(-900, 999_999, 0)]  # before the other point recorded, perhaps
    first = write(files.pcap([(time + 10_000, data) for time, data in [*early, *up]]), "up.pcap")
    second = write(files.pcap([(time + 10_000, data) for time, data in down]), "down.pcap")
    (test,) = analyse_network([], pair=(first, second), field="1:4")["files"][0]["tests"]
    assert (test["sent"], test["received"], test["lost"], test["duplicate"], test["orphan"]) == (101, 97, 4, 1, 0)
    assert (test["burst_lengths"], test["undecided"]) == ({"1": 2, "2": 1}, 1)
    assert (test["owd_ns"]["p50"], test["owd_ns"]["max"]) == (70, 1_060)
    (whole,) = analyse_network([], pair=(first, second))["files"][0]["tests"]
    assert whole["received"] == 0, "payloads that change on the way pair by a field only"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "No capture"),
        ({"field": "0:4"}, "port"),
        ({"field": "0:9", "port": [1]}, "not a field"),
        ({"port": [70000]}, "UDP port"),
        ({"waiting_time": "0 s"}, "waiting time"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        analyse_network(["x.pcap"] if options else [], **options)
    assert caught.value.cure


def test_absent_empty_and_foreign_files_are_one_sentence(write: Any) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        analyse_network(["/nowhere/x.pcap"])
    for data, words in (
        (b"", "is empty"),
        (gzip.compress(b""), "is empty"),
        (gzip.compress(gzip.compress(b"")), "compressed twice"),
        (b"PK\x03\x04" + bytes(60), "is a zip archive"),
        (b"GIF8" + bytes(60), "neither pcap nor pcapng"),
        (b"\xd4\xc3\xb2\xa1", "ends after 4 bytes"),
    ):
        with pytest.raises(DecodeError, match=words) as caught:
            analyse_network([write(data)])
        assert caught.value.where


def test_one_unreadable_file_among_several_does_not_cost_the_others(session: Any, files: Any, write: Any) -> None:
    good, bad = write(files.pcap(session)), write(b"no capture at all", "bad.pcap")
    first, refused, absent, again = analyse_network([good, bad, "/nowhere/x.pcap", good])["files"]
    assert first == again
    for entry, words in ((refused, "neither pcap nor pcapng"), (absent, "cannot be read")):
        (event,) = entry["events"]
        assert (event["code"], entry["counts"]["packets"]) == ("network.unreadable", 0)
        assert words in event["reason"]


def test_a_capture_without_packets_is_a_capture(files: Any, write: Any) -> None:
    for data in (files.pcap([]), files.section(), files.section() + files.interface()):
        found = one(write(data))
        assert (found["counts"]["packets"], found["counts"]["first_ns"], found["events"]) == (0, None, [])


def test_times_that_begin_at_zero_are_paired_and_times_before_1970_are_told(
    frames: Any, files: Any, write: Any
) -> None:
    records = [frames.ping(1, 0), frames.ping(1, 500, reply=True), frames.ping(2, 1000)]
    (test,) = one(write(files.pcap(records)))["tests"]
    assert (test["sent"], test["lost"], test["rtt_ns"]["max"]) == (2, 1, 500)
    blocks = [files.enhanced(time, data) for time, data in records]
    found = one(write(files.section() + files.interface(offset=-1) + b"".join(blocks)))
    assert found["tests"] == []
    assert {"code": "network.times-before-1970", "first_ns": -(10**9)} in found["events"]


def tcp_data(time: int, number: int, payload: bytes) -> tuple[int, bytes]:
    ether = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
    return time, bytes(ether / IP() / TCP(sport=1, dport=502, flags="PA", seq=number) / payload)


def test_two_points_pair_tcp_segments_by_what_they_carry(files: Any, write: Any) -> None:
    up = [tcp_data(1_000 * number, number, b"message %d" % number) for number in range(50)]
    down = [(time + 333, data) for time, data in up if time != 7_000]
    found = analyse_network([], pair=(write(files.pcap(up), "up"), write(files.pcap(down), "down")))["files"][0]
    (test,) = found["tests"]
    assert (test["sent"], test["received"], test["lost"], test["bursts"]) == (50, 49, 1, 1)
    assert (test["owd_ns"]["min"], test["owd_ns"]["max"], found["events"]) == (333, 333, [])


def test_identical_payloads_pair_in_order_and_what_stays_doubtful_is_told(files: Any, write: Any) -> None:
    up = [tcp_data(1_000 * number, number, b"alive") for number in range(10)]
    down = [(time + 50, data) for time, data in up]
    whole = write(files.pcap(up), "up")
    found = analyse_network([], pair=(whole, write(files.pcap(down), "down")))["files"][0]
    assert (found["tests"][0]["owd_ns"]["max"], found["events"]) == (50, [])
    found = analyse_network([], pair=(whole, write(files.pcap(down[:4] + down[5:]), "down")))["files"][0]
    assert found["tests"][0]["lost"] == 1
    assert {"code": "network.ambiguous-payloads", "offset": 0, "packets": 10, "of": 10} in found["events"]


def test_two_points_may_be_limited_to_a_port(files: Any, write: Any) -> None:
    up = [tcp_data(number, number, b"%d" % number) for number in range(5)]
    path = write(files.pcap(up), "up")
    for port, sent in ((502, 5), (503, 0)):
        (test,) = analyse_network([], pair=(path, path), port=[port])["files"][0]["tests"]
        assert (test["sent"], test["received"]) == (sent, sent)
    with pytest.raises(UsageError, match="both files itself"):
        analyse_network([path], pair=(path, path))


def test_the_json_is_the_documented_shape(session: Any, files: Any, write: Any) -> None:
    path = write(files.pcap(session))
    found = json.loads(json.dumps(analyse_network([path])))
    assert set(found) == {"kind", "waiting_time_ns", "files"}
    (entry,) = found["files"]
    assert set(entry) == {"path", "counts", "tests", "events"}
    assert set(entry["counts"]) == {
        *("packets", "wire_bytes", "captured_bytes", "first_ns", "last_ns", "interfaces", "snapped_packets"),
        *("malformed", "truncated_tail", "by_protocol"),
    }
    assert {"kind", "flow", "sent", "received", "lost", "late", "duplicate", "reordered", "bursts", "rtt_ns"} <= set(
        entry["tests"][0]
    )
    assert set(entry["tests"][0]["rtt_ns"]) == {"n", "min", "p50", "p95", "p99", "p99_9", "max", "mean"}
