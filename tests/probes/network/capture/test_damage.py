# SPDX-License-Identifier: Apache-2.0
"""Damaged, lying and hostile captures end with an event or one sentence; nothing crashes, hangs or grows."""

import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.network.analyse import analyse_network

RELAXED = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


def codes(data: bytes, tmp_path: Path) -> tuple[int, set[str]]:
    """Packets and event codes; (-1, …) when the file is refused."""
    path = tmp_path / "x.pcap"
    path.write_bytes(data)
    with suppress(DecodeError):
        (found,) = analyse_network([str(path)])["files"]
        return found["counts"]["packets"], {event["code"] for event in found["events"]}
    return -1, set()


@RELAXED
@given(data=st.data(), form=st.sampled_from(["pcap", "pcapng"]))
def test_flipped_bytes_are_survived(data: Any, form: str, session: Any, files: Any, tmp_path: Path) -> None:
    whole = getattr(files, form)(session[:12])
    torn = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    packets, _ = codes(bytes(torn[: data.draw(st.integers(0, len(torn)))]), tmp_path)
    assert packets <= 200


@RELAXED
@given(
    noise=st.binary(max_size=300),
    head=st.sampled_from([b"", b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1\x02\0\4\0" + bytes(12) + b"\1\0\0\0"]),
)
def test_noise_is_survived(noise: bytes, head: bytes, tmp_path: Path) -> None:
    codes(head + noise, tmp_path)


@RELAXED
@given(
    noise=st.lists(st.binary(max_size=120), max_size=20), link=st.sampled_from([0, 1, 12, 101, 108, 113, 228, 229, 276])
)
def test_frames_of_noise_on_every_link_type_are_survived(
    noise: list[bytes], link: int, files: Any, tmp_path: Path
) -> None:
    packets, _ = codes(files.pcap([(at, data) for at, data in enumerate(noise)], link=link), tmp_path)
    assert packets == len(noise)


@RELAXED
@given(events=st.lists(st.tuples(st.integers(0, 2**32 - 1), st.booleans(), st.integers(0, 5 * 10**9)), max_size=60))
def test_any_order_of_sequence_numbers_and_times_is_survived(
    events: Any, frames: Any, files: Any, tmp_path: Path
) -> None:
    records = [(frames.answered if back else frames.asked)(number, frames.T0 + shift) for number, back, shift in events]
    packets, _ = codes(files.pcap(records), tmp_path)
    assert packets == len(records)


@pytest.mark.parametrize("length", [0, 1, 8, 31, 0x10000, 0x7FFFFFFC, 0xFFFFFFFC])
def test_lying_block_lengths_end_the_capture_with_an_event(
    length: int, session: Any, files: Any, tmp_path: Path
) -> None:
    good = files.pcapng(session[:3])
    for kind in (1, 5, 6, 0x77, 0x0A0D0D0A):
        lying = struct.pack("<II", kind, length) + bytes(40)
        packets, found = codes(good + lying, tmp_path)
        assert packets == 3
        assert found & {"network.damaged", "network.truncated-tail"}


def test_a_record_longer_than_anything_is_damage_not_memory(session: Any, files: Any, tmp_path: Path) -> None:
    data = files.pcap(session[:3]) + struct.pack("<IIII", 0, 0, 0xFFFFFFF0, 60) + bytes(100)
    assert codes(data, tmp_path) == (3, {"network.damaged"})


def test_more_captured_than_was_on_the_wire_is_said(session: Any, files: Any, tmp_path: Path) -> None:
    time, frame = session[0]
    data = files.section() + files.interface() + files.enhanced(time, frame, wire=10)
    assert codes(data, tmp_path) == (1, {"network.captured-more-than-wire"})


def test_times_that_go_back_are_said(session: Any, files: Any, tmp_path: Path) -> None:
    packets, found = codes(files.pcap(session[:20][::-1]), tmp_path)
    assert (packets, found) == (20, {"network.time-backwards", "network.replies-before-requests"})


def test_packets_of_an_interface_that_was_never_described_are_damage(session: Any, files: Any, tmp_path: Path) -> None:
    data = files.pcapng(session[:2]) + files.enhanced(1, b"x" * 60, interface=7)
    assert codes(data, tmp_path) == (2, {"network.damaged"})


def test_blocks_before_the_first_section_are_refused_with_an_event(files: Any, tmp_path: Path) -> None:
    assert codes(b"\x0a\x0d\x0d\x0a" + bytes(40), tmp_path)[1] == {"network.damaged"}


def test_statistics_of_lost_packets_are_told(session: Any, files: Any, tmp_path: Path) -> None:
    options = struct.pack("<HHQ", 5, 8, 12) + struct.pack("<HHQ", 7, 8, 3) + bytes(4)
    data = files.pcapng(session[:2]) + files.block(5, struct.pack("<III", 0, 0, 0) + options)
    path = tmp_path / "x.pcapng"
    path.write_bytes(data)
    (found,) = analyse_network([str(path)])["files"]
    assert {"code": "network.capture-drops", "count": 15} in found["events"]


def test_thousands_of_interfaces_and_sections_are_bounded(files: Any, tmp_path: Path) -> None:
    packets, found = codes(files.section() + files.interface() * 5000, tmp_path)
    assert (packets, found) == (0, {"network.damaged"})
    assert codes((files.section() + files.interface()) * 3000, tmp_path) == (0, set())


def test_more_flows_than_the_table_holds_are_counted(
    frames: Any, files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.network.capture.stream.MOST_FLOWS", 8)
    records = [frames.asked(1, frames.T0 + sport, sport=sport) for sport in range(1000, 1020)]
    packets, found = codes(files.pcap(records), tmp_path)
    assert (packets, found) == (20, {"network.flows-beyond-table"})


def test_more_open_requests_than_the_pool_holds_are_decided_early(
    frames: Any, files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.network.capture.stream.MOST_POOL", 300)
    path = tmp_path / "x.pcap"
    path.write_bytes(files.pcap([frames.asked(number, frames.T0 + number) for number in range(2000)]))
    (test,) = analyse_network([str(path)])["files"][0]["tests"]
    assert (test["sent"], test["lost"]) == (2000, 2000)
    assert test["undecided"] == 2000


def test_more_round_trips_than_are_kept_become_bins(
    frames: Any, files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.network.capture.stream.MOST_SAMPLES", 64)
    records = []
    for number in range(1000):
        at = frames.T0 + number * 10**6
        records += [frames.asked(number, at), frames.answered(number, at + 100_000 + number, inside=10)]
    path = tmp_path / "x.pcap"
    path.write_bytes(files.pcap(records))
    (test,) = analyse_network([str(path)])["files"][0]["tests"]
    rtt = test["rtt_ns"]
    assert (rtt["n"], rtt["min"], rtt["max"], rtt["relative_error"]) == (1000, 100_000, 100_999, 2**-10)
    assert rtt["p50"] == pytest.approx(100_499, rel=2**-9)
