# SPDX-License-Identifier: Apache-2.0
"""A trace is a pcapng file that tshark reads, that pairs on its own, and that no damage makes us misread."""

import json
import subprocess
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.model import Reading, Text
from harness.plugins import Ask, Asked, Trace
from harness.quantity import Limit
from harness.testing import check_probe
from probes.network.digests.paths import summarise
from probes.network.instruments.stamp import PROBE
from probes.network.traces.session import ALIEN, ANSWERED, FOREIGN, KERNEL_RX, KERNEL_TX, LATE
from probes.network.traces.stamp import decode, read_header
from probes.network.wire import layout
from probes.network.wire.walk import pieces, walk

ASKED = Asked(
    (
        Ask(
            "s01.latency",
            (Reading("drop", Text("掉线", "drop"), "network.dropout", "session-ratio", {"silent_after": "50 ms"}),),
            (Limit.parse("<= 2 ms"),),
        ),
    )
)


def column(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def session(data: bytes) -> Any:
    return decode(column(data), 0, read_header(column(data)))


def busy_trace(make: Any) -> bytes:
    """Three targets, 60 slots each: losses, duplicates, strays, notes, two sections."""
    records = []
    for slot in range(60):
        for target in range(3):
            lost = target == 1 and slot % 7 == 0
            delay = None if lost else 1_000_000 + 20_000 * slot + target
            records.append(make.record(target, slot, delay, copies=1 + (slot % 11 == 0)))
        if slot % 20 == 5:
            records.append(make.stray(0, layout.LATE) + make.stray(2, layout.ALIEN))
            records.append(layout.notes(make.START_NS, {"unsent": {"1": 2}, "counts": {"clock_steps": 1}}, 3))
    half = len(records) // 2
    return make.header(3) + b"".join(records[:half]) + make.header(3) + b"".join(records[half:])


def test_every_column_is_what_was_recorded(make: Any) -> None:
    due = make.START_NS + 5_000_000
    found = session(make.header(2) + make.record(1, 5, 1_234_567, residence_ns=77_000, copies=3)).probes
    row = {name: values[0] for name, values in found.columns.items()}
    assert len(found) == 1
    assert (row["target"], row["slot"], row["sequence"], row["size"], row["ttl"], row["replies"]) == (
        1,
        5,
        5,
        44,
        63,
        3,
    )
    assert (row["scheduled"], row["t1"], row["t1_user"]) == (due, due, due)
    assert row["t3"] - row["t2"] == 77_000
    assert row["t4"] - row["t1"] - (row["t3"] - row["t2"]) == 1_234_567
    assert row["t4_user"] - row["t4"] == 5_000
    assert row["flags"] == ANSWERED | KERNEL_TX | KERNEL_RX


def test_a_lost_probe_has_no_reply_columns(make: Any) -> None:
    found = session(make.header(1) + make.record(0, 0, None)).probes
    assert (found["flags"][0] & ANSWERED, found["t4"][0], found["replies"][0]) == (0, 0, 0)


def test_a_reply_that_echoes_another_packet_is_foreign_and_does_not_answer(make: Any) -> None:
    asked, other = make.record(0, 1, 10_000), make.record(0, 2, 10_000)
    sent_length = int.from_bytes(asked[4:8], "little")
    found = session(make.header(1) + asked[:sent_length] + other[int.from_bytes(other[4:8], "little") :]).probes
    assert found["flags"][0] & (ANSWERED | FOREIGN) == FOREIGN


def test_strays_and_notes_are_told_apart(make: Any) -> None:
    found = session(
        make.header(3)
        + make.stray(2, layout.LATE)
        + make.stray(0, layout.ALIEN)
        + layout.notes(make.START_NS, {"unsent": {"1": 4}}, 9)
    )
    assert found.strays["target"].tolist() == [2, 0]
    assert found.strays["fate"].tolist() == [LATE, ALIEN]
    assert [event.detail for event in found.probes.events] == [{"unsent": {"1": 4}, "dropped": 9}]


def test_tshark_reads_every_packet_time_and_comment(make: Any, peer: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "t.pcapng"
    path.write_bytes(busy_trace(make))
    fields = [
        "-e",
        "frame.time_epoch",
        "-e",
        "frame.comment",
        "-e",
        "twamp.test.seq_number",
        "-e",
        "ip.checksum.status",
    ]
    command = [peer("tshark"), "-r", str(path), "-d", "udp.port==862,twamp.test", "-o", "ip.check_checksum:TRUE"]
    done = subprocess.run([*command, "-T", "fields", *fields], capture_output=True, check=True, text=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    blocks = walk(column(path.read_bytes())).blocks
    assert len(rows) == (blocks[:, 2] == 6).sum()
    assert {row[3] for row in rows} == {"1"}
    found = [PROBE.summarise(chunk, ASKED) for chunk in PROBE.chunks(trace(path))]
    assert sum("sent" in row[1] for row in rows) == sum(node.n for part in found for node in part.nodes.values())
    first = rows[0]
    assert first[0] == f"{make.START_NS // 10**9}.{make.START_NS % 10**9:09d}"
    assert first[2] == "0"


def test_the_section_comment_says_what_was_rebuilt_and_carries_the_session(
    make: Any, peer: Any, tmp_path: Path
) -> None:
    path = tmp_path / "t.pcapng"
    path.write_bytes(make.header(2000))
    done = subprocess.run([peer("capinfos"), "-k", str(path)], capture_output=True, check=True, text=True)
    comments = [
        line.split(":", 1)[1].strip() for line in done.stdout.splitlines() if line.startswith("Capture comment")
    ]
    assert "rebuilt" in comments[0]
    assert len(json.loads("".join(comments[1:]))["targets"]) == 2000


def trace(path: Path) -> Trace:
    return Trace("s01.latency", "stamp", PROBE.name, 1, (path,), None)


def test_the_probe_keeps_the_house_rules(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.network.instruments.stamp.CHUNK_BYTES", 20_000)
    path = tmp_path / "t.pcapng"
    path.write_bytes(busy_trace(make))
    assert len(list(PROBE.chunks(trace(path)))) > 3
    (tmp_path / "scratch").mkdir()
    check_probe(PROBE, trace(path), ASKED, tmp_path / "scratch")


@settings(deadline=None, max_examples=8)
@given(st.integers(1_500, 60_000), st.randoms(use_true_random=False))
def test_any_size_of_pieces_in_any_order_gives_the_summary_of_the_whole(make: Any, size: int, random: Any) -> None:
    data = column(busy_trace(make))
    whole, parts = (
        [
            summarise(decode(data[:stop], start, read_header(data, at)), ASKED)
            for at, start, stop in pieces(data, 0, -1, room)
        ]
        for room in (1 << 30, size)
    )
    assert len(whole) == 2
    random.shuffle(parts)
    assert reduce(lambda a, b: a.merge(b), parts) == whole[1].merge(whole[0])


def test_a_torn_record_goes_as_a_whole(make: Any) -> None:
    start, one = make.header(1), make.record(0, 0, 1000, copies=2)
    data = start + one + make.record(0, 1, 1000, copies=2)
    for cut in range(len(start), len(data)):
        kept = walk(column(data[:cut])).stop
        assert kept == (len(start) if cut < len(start) + len(one) else len(start) + len(one))


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_flipped_bytes_never_crash_and_never_invent_packets(make: Any, data: Any) -> None:
    original = make.header(2) + b"".join(make.record(slot % 2, slot, 1_000 * slot + 1, copies=2) for slot in range(8))
    torn = bytearray(original)
    for _ in range(data.draw(st.integers(1, 6))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    damaged = column(bytes(torn[: data.draw(st.integers(0, len(torn)))]))
    try:
        header = read_header(damaged)
    except DecodeError:
        return
    found = summarise(decode(damaged, 0, header), ASKED)
    assert sum(node.n for node in found.nodes.values()) <= 8
    assert all(node.counts["lost"] + node.counts["answered"] == node.n for node in found.nodes.values())


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_noise_is_no_trace(noise: bytes) -> None:
    assert walk(column(noise)).stop <= len(noise)
    with pytest.raises(DecodeError):
        read_header(column(noise))


@pytest.mark.parametrize("length", [0, 8, 13, 0xFFFF_FFFC])
def test_a_lying_block_length_ends_the_trace_there(make: Any, length: int) -> None:
    good = make.header(1) + make.record(0, 0, 1000)
    lying = bytearray(make.record(0, 1, 1000))
    lying[4:8] = length.to_bytes(4, "little")
    assert walk(column(good + bytes(lying))).stop == len(good)


@pytest.mark.parametrize("data", [b"", b"\0" * 64, b"\x0a\x0d\x0d\x0a" + b"\xff" * 60])
def test_a_file_that_is_no_trace_counts_as_damaged(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.pcapng"
    path.write_bytes(data)
    chunks = list(PROBE.chunks(trace(path)))
    assert PROBE.whole(path) == 0
    assert PROBE.summarise(chunks[0], ASKED).damaged == 1


def test_damage_after_whole_records_is_counted_and_what_came_before_stays(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.pcapng"
    path.write_bytes(make.header(1) + make.record(0, 0, 1000) + b"\xff" * 40)
    (chunk,) = PROBE.chunks(trace(path))
    found = PROBE.summarise(chunk, ASKED)
    assert found.damaged == 1
    assert [node.n for node in found.nodes.values()] == [1]


def test_counts_of_a_busy_trace(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.pcapng"
    path.write_bytes(busy_trace(make))
    whole = reduce(lambda a, b: a.merge(b), (PROBE.summarise(chunk, ASKED) for chunk in PROBE.chunks(trace(path))))
    nodes = [whole.nodes[key] for key in sorted(whole.nodes)]
    assert [node.n for node in nodes] == [60, 60, 60]
    assert [node.counts["lost"] for node in nodes] == [0, 9, 0]
    assert [node.counts["duplicate"] for node in nodes] == [6, 5, 6]
    assert [node.counts["late"] for node in nodes] == [3, 0, 0]
    assert [node.counts["alien"] for node in nodes] == [0, 0, 3]
    assert [node.counts["unsent"] for node in nodes] == [0, 6, 0]
    assert (whole.dropped, whole.facts["clock_steps"]) == (9, 3)
    assert nodes[0].rtt.low == 1_000_000
    assert nodes[0].rtt.above(2_000_000) == sum(1_000_000 + 20_000 * slot > 2_000_000 for slot in range(60))
    assert len(nodes[1].lost) == 1, "losses within a second are one burst"
    assert nodes[1].lost.count.tolist() == [9]
