# SPDX-License-Identifier: Apache-2.0
"""Connects are read a session at a time, line by line; what is no connect is told."""

import tracemalloc
from functools import reduce
from pathlib import Path
from typing import Any

from harness.kit.forms import Lines
from harness.kit.lines import Writer, line
from harness.plugins import Asked, Trace
from harness.testing import check_probe
from probes.network.instruments.tcp import PROBE
from probes.network.traces import tcp

START = 1_763_740_800_000_000_000
MS = 1_000_000
SETTINGS = PROBE.settings.parse({"targets": ["10.0.0.1"], "count": 5})


def session(name: str, connects: int) -> bytes:
    facts = {"mode": "tcp", "waiting_time_ns": 10**9, "targets": [{"id": name, "address": "10.0.0.1", "port": 443}]}
    rows = (
        tcp.row(0, slot, at, at, at + 2 * MS, 1900, 1)
        for slot, at in enumerate(range(START, START + connects * MS, MS))
    )
    return Writer(tcp.FORMAT, facts).header + b"".join(rows) + line({"counts": {"connect: too many": 1}})


def summaries(path: Path) -> list[Any]:
    trace = Trace("s01.x", "x", PROBE.name, 1, (path,), SETTINGS)
    return [PROBE.summarise(each, Asked((), SETTINGS)) for each in PROBE.chunks(trace)]


def test_the_form_of_the_trace_is_that_of_its_reader() -> None:
    assert Lines(tcp.FORMAT) == PROBE.form


def test_each_session_is_read_by_itself_and_what_stands_between_is_told(tmp_path: Path) -> None:
    path = tmp_path / "0001.tcp"
    path.write_bytes(b"noise\n" + session("a", 3) + b"1,2\n" + session("b", 4))
    noise, first, second = summaries(path)
    assert (noise.damaged, first.damaged, second.damaged) == (1, 1, 0)
    assert [[node.n for node in each.nodes.values()] for each in (first, second)] == [[3], [4]]
    assert first.facts == {"connect: too many": 1}


def test_a_short_session_behind_a_long_one_takes_no_memory_for_the_long_one(tmp_path: Path) -> None:
    path = tmp_path / "0001.tcp"
    path.write_bytes(session("a", 60_000) + session("b", 4))
    _, last = PROBE.chunks(Trace("s01.x", "x", PROBE.name, 1, (path,), SETTINGS))
    tracemalloc.start()
    try:
        tcp.decode(last)
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 10
    finally:
        tracemalloc.stop()


def test_the_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    path = tmp_path / "0001.tcp"
    path.write_bytes(session("a", 30) + session("b", 40))
    (tmp_path / "torn").mkdir()
    trace = Trace("s01.x", "x", PROBE.name, 1, (path,), SETTINGS)
    check_probe(PROBE, trace, Asked((), SETTINGS), tmp_path / "torn")


def test_a_long_session_in_pieces_amounts_to_what_it_is_as_one(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "0001.tcp"
    path.write_bytes(session("a", 700) + session("b", 900))
    trace = Trace("s01.x", "x", PROBE.name, 1, (path,), SETTINGS)
    whole = summaries(path)
    monkeypatch.setattr("probes.network.instruments.tcp.CHUNK_BYTES", 7_000)
    chunks = list(PROBE.chunks(trace))
    assert len(chunks) > 12
    assert [each.stop for each in chunks[:-1]] == [each.start for each in chunks[1:]]
    assert chunks[-1].stop == path.stat().st_size
    merged = summaries(path)
    one, other = (reduce(lambda left, right: left.merge(right), each) for each in (whole, merged))
    assert one == other
    for at in range(len(chunks) - 1):
        assert list(PROBE.chunks(trace, chunks[at])) == chunks[at + 1 :]
