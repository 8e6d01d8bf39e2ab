# SPDX-License-Identifier: Apache-2.0
"""Where a campaign stands, by its journal alone."""

from pathlib import Path

import pytest

from harness.evidence.journal import Journal, JournalEvent
from harness.watch.course import Course
from harness.watch.recorder import being_written

S = 10**9
CLOCK = {"wall_ns": "0", "monotonic_ns": "0", "synchronised": True, "max_error_us": 0}
WHO = {"indicator": "s01.latency", "source": "stamp", "attempt": 1}


def event(at_s: float, kind: str, **body: object) -> JournalEvent:
    return JournalEvent(0, int(at_s * S), 0, kind, body, "", "")


def started(at_s: float, duration: str = "60 s") -> JournalEvent:
    return event(at_s, "source_started", **WHO, probe="network.stamp", config={"duration": duration}, simulated=False)


def folded(*events: JournalEvent) -> Course:
    course = Course()
    for each in events:
        course.take(each)
    return course


def left(course: Course, now_s: float) -> float | None:
    return course.sources["s01.latency", "stamp"].left_s(int(now_s * S))


def test_time_left_is_what_was_planned_less_what_was_recorded() -> None:
    course = folded(event(0, "attempt_started", attempt=1, planned=1, clock=CLOCK), started(0))
    assert left(course, 20) == 40
    assert left(course, 100) == 0
    course.take(event(61, "source_ended", **WHO, reason="done", problem=""))
    assert left(course, 61) == 0


def test_an_interruption_is_no_recorded_time() -> None:
    begun = event(0, "attempt_started", attempt=1, planned=1, clock=CLOCK)
    stopped = event(20, "checkpoint", **WHO, state={})
    course = folded(begun, started(0), stopped, event(500, "resumed", attempt=1, clock=CLOCK), started(500))
    assert left(course, 510) == 30


def test_nobody_knows_the_end_of_a_source_without_a_duration() -> None:
    odd = [started(0, "soon"), event(0, "source_started", **WHO, probe="p", config={}, simulated=True)]
    for each in odd:
        assert left(folded(each), 5) is None
    assert folded(odd[1]).simulated == ("s01.latency/stamp",)


def test_what_many_events_say_costs_no_memory() -> None:
    course = folded(*(event(at, "checkpoint", **WHO, state={}) for at in range(500)))
    assert course.kept == []
    assert course.count == 500
    noted = folded(*(event(at, "network.calibrated", **WHO) for at in range(500)))
    assert len(noted.told) <= 40


def test_a_journal_with_a_recorder_is_told_from_one_without(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal.open(path) as journal:
        journal.append("operator", {"text": "a"})
        if being_written(path) is None:
            pytest.skip("this system does not list its locks")
        assert being_written(path) is True
    assert being_written(path) is False
    assert being_written(tmp_path / "none") is None
