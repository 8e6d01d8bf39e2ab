# SPDX-License-Identifier: Apache-2.0
"""A log whose every defect was put there on purpose."""

from __future__ import annotations

import struct
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.gnss.digests.log import LogSummary, whole_log
from probes.gnss.formats.decode import COUNTED, Decoder, decode
from probes.gnss.formats.segments import cuts
from probes.gnss.simulators.receiver import device_of, nmea, sealed, simulate


def ubx(payload: bytes) -> bytes:
    body = b"\x01\x07" + struct.pack("<H", len(payload)) + payload
    a = b = 0
    for byte in body:
        a = (a + byte) & 255
        b = (b + a) & 255
    return b"\xb5\x62" + body + bytes([a, b])


def crc24q(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc & 0xFFFFFF


def rtcm3(payload: bytes) -> bytes:
    frame = b"\xd3" + struct.pack(">H", len(payload)) + payload
    return frame + crc24q(frame).to_bytes(3, "big")


def sbf(payload: bytes) -> bytes:
    payload += bytes(-len(payload) % 4)
    body = struct.pack("<HH", 4007, 8 + len(payload)) + payload
    crc = 0
    for byte in body:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return b"$@" + struct.pack("<H", crc) + body


def crc32(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    return crc


def novatel(payload: bytes) -> bytes:
    head = b"\xaa\x44\x12\x1c" + struct.pack("<HBBH", 42, 0, 32, len(payload)) + bytes(18)
    return head + payload + struct.pack("<I", crc32(head + payload))


def unicore(payload: bytes) -> bytes:
    head = b"\xaa\x44\xb5\x00" + struct.pack("<HH", 2118, len(payload)) + bytes(16)
    return head + payload + struct.pack("<I", crc32(head + payload))


MAKERS = {"ubx": ubx, "rtcm3": rtcm3, "sbf": sbf, "novatel": novatel, "unicore": unicore}


def damaged_log(seed: int, lines: int) -> tuple[bytes, dict[str, int]]:
    """A log and how many of each thing it holds; every binary payload tries to look like a sentence."""
    random = np.random.default_rng(seed)
    device = device_of({"duration": max(1, lines // 8), "seed": seed})
    source = nmea(device, simulate(device)).splitlines(keepends=True)[:lines]
    bait = sealed("GNGGA,120000.00,3000.0000000,N,11400.0000000,E,4,20,0.5,10.0,M,0.0,M,1.0,0001")
    counts = dict.fromkeys(COUNTED, 0)
    out = []
    for line in source:
        kind = random.integers(0, 12)
        body = line[:-5]
        if kind == 0:
            out.append(body + b"*%02X\r\n" % (int(line[-4:-2], 16) ^ 0x15))
            counts["bad_checksum"] += 1
        elif kind == 1:
            out.append(body[: random.integers(6, len(body) // 2)] + (b"\r\n" if random.integers(2) else b""))
            counts["truncated"] += 1
        elif kind == 2:
            out.append(body + b"\r\n")
            counts["no_checksum"] += 1
        elif kind == 3:
            name = list(MAKERS)[random.integers(len(MAKERS))]
            out.append(MAKERS[name](bait + bytes(random.integers(0, 256, random.integers(0, 60), dtype=np.uint8))))
            counts[name] += 1
        elif kind == 4:
            junk = bytes(random.integers(0x61, 0x7B, random.integers(1, 40), dtype=np.uint8))
            out.append(b"\n" + junk + b"\r\n")
            counts["junk_bytes"] += len(junk)
        else:
            out.append(line)
            counts["sentences"] += 1
    return b"".join(out), counts


def summary_of(data: bytes, portions: list[int] | None = None, block: int = 4096) -> LogSummary:
    decoder = Decoder("0001.nmea", block=block)
    at = 0
    for stop in [*(portions or []), len(data)]:
        decoder.feed(data[at:stop])
        at = max(at, stop)
    return LogSummary((decoder.finish(),))


@pytest.mark.parametrize("seed", range(6))
def test_every_defect_is_counted_exactly(seed: int) -> None:
    data, expected = damaged_log(seed, 1500)
    log = whole_log(summary_of(data))
    assert {name: log.counts[name] for name in expected} == expected
    assert log.counts["bytes"] == len(data)


def test_events_point_at_the_bytes_they_speak_of() -> None:
    data, expected = damaged_log(3, 800)
    log = whole_log(summary_of(data))
    kinds = [COUNTED[kind] for kind, _, _ in log.events.tolist()]
    assert kinds.count("bad_checksum") == expected["bad_checksum"]
    for kind, offset, length in log.events.tolist():
        told = data[offset : offset + length]
        if COUNTED[kind] == "junk_bytes":
            assert told.isalpha()
            assert told.islower()
        else:
            assert told.startswith(b"$")


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 50), cut_at=st.lists(st.integers(0, 6000), max_size=12))
def test_any_portions_give_the_same_bytes(seed: int, cut_at: list[int]) -> None:
    data, _ = damaged_log(seed, 90)
    whole = summary_of(data)
    assert summary_of(data, sorted(cut for cut in cut_at if cut < len(data)), block=700) == whole


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 50), size=st.integers(200, 5000), order=st.randoms(use_true_random=False))
def test_any_chunks_in_any_order_give_the_same_bytes(tmp_path_factory, seed: int, size: int, order) -> None:
    path = tmp_path_factory.mktemp("log") / "0001.nmea"
    path.write_bytes(damaged_log(seed, 250)[0])
    parts = [LogSummary((decode(path, *cut, block=1024),)) for cut in cuts(path, size)]
    order.shuffle(parts)
    assert reduce(LogSummary.merge, parts) == LogSummary((decode(path),))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 5), cut=st.integers(0, 20_000))
def test_a_cut_anywhere_never_invents_an_epoch(seed: int, cut: int) -> None:
    data, _ = damaged_log(seed, 120)
    cut %= len(data)
    whole = summary_of(data).pieces[0]
    head, tail = summary_of(data[:cut]).pieces[0], summary_of(data[cut:]).pieces[0]
    known = {row.tobytes() for row in _without_offset(whole.epochs)}
    for piece in (head, tail):
        inside_bait = [row for row in _without_offset(piece.epochs) if row.tobytes() not in known]
        # only a cut inside a binary message can lay open the whole sentence that was hidden in its payload
        assert all(row["tod_ns"] == 12 * 3600 * 10**9 for row in inside_bait)


def _without_offset(rows: np.ndarray) -> np.ndarray:
    rows = rows.copy()
    rows["offset"] = 0
    return rows


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"$",
        b"\xb5",
        b"\xb5\x62\x01",
        b"\xd3\x00",
        b"\xaa\x44\x12",
        b"$@",
        b"$GNGGA",
        b"$GNGGA,1*4",
        b"\x00" * 5000,
        b"$" * 5000,
        b"A" * 9000,
        b"$" + b"A" * 9000,
        "$GNGGA,日期".encode("utf-16"),
        b"\xb5\x62" * 3000,
        b"\r\n" * 300,
    ],
    ids=range(16),
)
def test_hostile_bytes_end_and_hold_no_epoch(data: bytes) -> None:
    log = whole_log(summary_of(data))
    assert len(log) == 0
    assert log.counts["sentences"] == 0
    assert log.counts["bytes"] == len(data)


def test_a_date_follows_midnight_in_both_sentence_orders(tmp_path: Path) -> None:
    gga = "GNGGA,{0},3000.0000000,N,11400.0000000,E,4,20,0.5,10.0,M,0.0,M,1.0,0001"
    rmc = "GNRMC,{0},A,3000.0000000,N,11400.0000000,E,0.0,,{1},,,R,V"
    times = [("235959.00", "311225"), ("000000.00", "010126"), ("000001.00", "010126")]
    for order in ((gga, rmc), (rmc, gga)):
        data = b"".join(sealed(line.format(*time)) for time in times for line in order)
        log = whole_log(summary_of(data))
        assert log.time_ns.tolist() == [1767225599 * 10**9, 1767225600 * 10**9, 1767225601 * 10**9]


def test_without_dates_the_clock_still_runs_on_over_midnight() -> None:
    gga = "GNGGA,{0},3000.0000000,N,11400.0000000,E,4,20,0.5,10.0,M,0.0,M,1.0,0001"
    log = whole_log(summary_of(b"".join(sealed(gga.format(time)) for time in ("235959.50", "000000.00", "000000.50"))))
    assert not log.dated
    assert np.diff(log.time_ns).tolist() == [500_000_000, 500_000_000]
