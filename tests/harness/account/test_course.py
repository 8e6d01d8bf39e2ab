# SPDX-License-Identifier: Apache-2.0
"""Interruptions, resumed runs and clocks out of order are told; an attempt counts once a byte of evidence is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.account.course import deviations, former, recorded
from harness.campaign import run
from harness.errors import UsageError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import Journal, JournalEvent, read_journal
from harness.replay import replay
from reports.course import attempts_of

SECOND = 10**9
START = 1_700_000_000 * SECOND
CLOCK = {"wall_ns": "0", "monotonic_ns": "0", "synchronised": True, "max_error_us": 9}
WHOSE = {"indicator": "t01.a", "source": "s", "attempt": 1}
SEGMENT = {**WHOSE, "path": "data/traces/t01.a/s/1-0001.csv"}


def written(path: Path, *lines: tuple[int, int, str, dict[str, Any]]) -> list[JournalEvent]:
    """Events at (wall, monotonic) seconds."""
    ticks: Iterator[tuple[int, int]] = iter([(START + wall * SECOND, steady * SECOND) for wall, steady, _, _ in lines])
    with Journal.open(path / "journal.jsonl", clock=lambda: next(ticks)) as journal:
        for _, _, kind, body in lines:
            journal.append(kind, body)
    return read_journal(path / "journal.jsonl")


def begun(attempt: int = 1) -> dict[str, Any]:
    return {"attempt": attempt, "planned": 1, "clock": CLOCK}


def noted(wall: int, steady: int) -> tuple[int, int, str, dict[str, Any]]:
    return wall, steady, "operator", {"text": "note"}


@pytest.mark.parametrize(
    ("times", "codes"),
    [
        ([(0, 0), (10, 10), (20, 20)], []),
        ([(0, 0), (10, 10), (-86_400, 20)], ["course.clock-back"]),
        ([(0, 0), (86_400, 10), (86_410, 20)], ["course.clock-set"]),
        ([(0, 0), (10, 10), (20, 5)], ["course.monotonic-back"]),
        ([(0, 0), (3600, 3600), (3602, 3601)], []),
    ],
)
def test_wall_and_monotonic_times_are_checked_for_order(
    tmp_path: Path, times: list[tuple[int, int]], codes: list[str]
) -> None:
    events = written(tmp_path, *(noted(*each) for each in times))
    assert [each.reason.code for each in deviations(events)] == codes


def test_a_clock_set_back_between_interruption_and_resumption_is_told_and_so_is_the_resumption(tmp_path: Path) -> None:
    resumed = {"attempt": 1, "clock": CLOCK}
    events = written(
        tmp_path,
        (0, 0, "attempt_started", begun()),
        noted(10, 10),
        (-86_400, 3, "resumed", resumed),
        noted(-86_390, 13),
    )
    assert [each.reason.code for each in deviations(events)] == ["course.resumed", "course.clock-back"]


def test_a_machine_that_was_restarted_between_two_runs_is_no_contradiction(tmp_path: Path) -> None:
    resumed = {"attempt": 1, "clock": CLOCK}
    events = written(
        tmp_path, (0, 1000, "attempt_started", begun()), noted(10, 1010), (600, 3, "resumed", resumed), noted(610, 13)
    )
    assert [each.reason.code for each in deviations(events)] == ["course.resumed"]
    assert "590 s" in deviations(events)[0].reason.text.en


def test_an_attempt_counts_once_a_byte_of_evidence_is_recorded(tmp_path: Path) -> None:
    closed = {**SEGMENT, "sha256": "0" * 64, "bytes": 5}
    nothing = (0, 0, "attempt_started", begun())
    opened = (1, 1, "segment_opened", SEGMENT)
    for number, (lines, counts) in enumerate(
        [
            ([nothing], False),
            ([nothing, opened], True),  # nobody knows what it holds
            ([nothing, opened, (2, 2, "segment_dropped", SEGMENT)], False),
            ([nothing, opened, (2, 2, "segment_closed", {**closed, "bytes": 0})], False),
            ([nothing, opened, (2, 2, "segment_closed", closed)], True),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        events = written(folder, *lines, (9, 9, "attempt_started", begun(2)))
        assert recorded(events, 1) is counts
        assert [each.number for each in former(events, 2)] == ([1] if counts else [])


def test_an_interrupted_and_resumed_campaign_says_so_and_its_results_stay_the_same(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = run(case, tmp_path / "undisturbed").evaluation.results
    with monkeypatch.context() as patched:
        patched.setattr("harness.recorder.Recording.run", lambda _self: False)
        with pytest.raises(UsageError, match="stopped before its planned end"):
            run(case, tmp_path / "out")
    done = run(case, tmp_path / "out", resume=True)
    events = read_journal(Bundle.open(done.root).journal_path)
    assert "course.resumed" in [each.reason.code for each in deviations(events)]
    assert done.evaluation.results == undisturbed
    assert replay(done.root).identical
    assert any("曾中断" in each for each in attempts_of(events, "zh")[0].remarks)


def test_practice_is_marked_everywhere_and_waives_no_effort(scales: Path, tmp_path: Path, says: Any, edit: Any) -> None:
    edit(scales, "sources:", "practice: true\nsources:")
    done = run(scales, tmp_path)
    assert done.evaluation.results["campaign"]["practice"] is True
    assert "REHEARSAL" in says("replay", done.root)[1]
    says("--lang", "zh", "report", done.root, "--format", "html,junit", "--out", tmp_path / "pages")
    assert "「演练」" in next((tmp_path / "pages").glob("*.html")).read_text("utf-8")
    assert "yanshou.practice" in next((tmp_path / "pages").glob("*.xml")).read_text("utf-8")
    edit(scales, "sources:", "minimum: {t09.heavy: {trials: 61}}\nsources:")
    assert run(scales, tmp_path / "short").evaluation.verdict == "INCONCLUSIVE"
