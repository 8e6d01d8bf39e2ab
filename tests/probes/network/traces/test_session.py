# SPDX-License-Identifier: Apache-2.0
"""Times that no clock shows and targets without a name are damage, in every form of trace that tells them."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.kit.lines import Writer
from harness.plugins import Asked, Trace
from probes.network.instruments.loops import PROBE as LOOPS
from probes.network.traces.radio import poll
from probes.network.traces.session import moment, named
from tests.conformance.examples import example
from tests.probes.network.measurands.test_loop import FORMAT, SESSION, SETTINGS, line
from tests.probes.network.recording import message

NO_TIMES = [-1, 1 << 62, 1 << 70, 10**40, -(1 << 63), "x", None, [], float("nan"), float("inf")]


@pytest.mark.parametrize("told", NO_TIMES)
def test_what_no_clock_shows_is_no_moment(told: Any) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        moment(told)
    assert moment("1763740800000000137") == 1_763_740_800_000_000_137


@pytest.mark.parametrize("targets", [None, [], {}, "id", [1], [{}], [{"id": 7}], [{"id": "a"}, {"address": "b"}]])
def test_targets_have_names(targets: Any) -> None:
    assert not named(targets)
    assert named([{"id": "a"}])


def loops(tmp_path: Path, session: dict[str, Any], rows: list[bytes]) -> Any:
    path = tmp_path / "0001.jsonl"
    path.write_bytes(b"".join([Writer(FORMAT, session).header, *rows]))
    settings = LOOPS.settings.parse(SETTINGS)
    (chunk,) = LOOPS.chunks(Trace("s01.loop", "mqtt", LOOPS.name, 1, (path,), settings))
    return LOOPS.summarise(chunk, Asked(settings=settings))


def test_a_message_at_a_time_without_end_is_damage_and_the_others_stay(tmp_path: Path) -> None:
    late = message(1 << 70, "s/temperature", json.dumps({"id": 9}).encode())
    found = loops(tmp_path, SESSION, [line(0, "s/temperature", 1), line(4, "a/valve", 1), late])
    (node,) = found.nodes.values()
    assert (node.n, node.counts["lost"], found.damaged) == (1, 0, 1)


def test_a_session_whose_targets_have_no_names_is_damage(tmp_path: Path) -> None:
    found = loops(tmp_path, {**SESSION, "targets": [{}]}, [line(0, "s/temperature", 1), line(4, "a/valve", 1)])
    assert (dict(found.nodes), found.damaged) == ({}, 1)


@pytest.mark.parametrize("probe", ["network.stamp", "network.icmp", "network.tcp", "network.simulated"])
def test_a_trace_whose_targets_have_no_names_is_damage(probe: str, tmp_path: Path) -> None:
    """The example of each form with the key called otherwise, in as many bytes."""
    trace, kind = example(probe, tmp_path), installed.probe(probe)
    data = trace.segments[0].read_bytes()
    assert b'"id":' in data
    trace.segments[0].write_bytes(data.replace(b'"id":', b'"no":'))
    found = [kind.summarise(each, Asked(settings=trace.settings)) for each in kind.chunks(trace)]
    assert found
    assert all(each.damaged and not each.nodes for each in found)


def test_a_poll_at_a_time_without_end_is_none() -> None:
    assert poll({"t": 1 << 70, "way": "at", "modem": "m", "problem": "silent"}) is None
    assert poll({"t": 1 << 60, "way": "at", "modem": "m", "problem": "silent"}) is not None
