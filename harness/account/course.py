# SPDX-License-Identifier: Apache-2.0
"""The course of a campaign as its journal tells it: former attempts with what they said, and what did not go as planned.

Pure. A failed preflight is no attempt; an attempt counts once a byte of evidence was recorded, whatever became of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.evidence.crosscheck import closings
from harness.evidence.journal import JournalEvent
from harness.kit.words import Catalogue
from harness.model import Reason

WORDS = Catalogue("harness", "course")
STEP_NS = 1_000_000_000
"""Wall and monotonic clock may drift apart by so much between two events before the reader is told."""
BACK_NS = 1_000_000
"""A wall clock that goes back by less is being slewed."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an attempt said of one indicator: its verdict, and the codes of the reasons."""

    indicator: str
    verdict: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Former:
    """An attempt before the latest that recorded evidence; ``verdict`` is None where it never got that far."""

    number: int
    evidence_sha256: str
    results_sha256: str = ""
    verdict: str | None = None
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Deviation:
    """What did not go as planned, when by the wall clock, and where in the journal."""

    reason: Reason
    time_ns: int
    seq: int


def former(events: Sequence[JournalEvent], latest: int) -> tuple[Former, ...]:
    """The attempts before ``latest`` that recorded at least one byte, in order."""
    numbers = sorted({event.body["attempt"] for event in events if event.kind == "attempt_started"})
    return tuple(_former(events, each) for each in numbers if each < latest and recorded(events, each))


def recorded(events: Sequence[JournalEvent], attempt: int) -> bool:
    """Whether the attempt recorded a byte of evidence; an open segment may hold some, so that it counts."""
    closed = closings(events)
    for event in events:
        if event.body.get("attempt") != attempt:
            continue
        if event.kind == "attached" or (event.kind == "segment_closed" and event.body["bytes"] > 0):
            return True
        if event.kind == "segment_opened" and closed.get(event.body["path"], {"bytes": 1})["bytes"] > 0:
            return not _dropped(events, event.body["path"])
    return False


def _dropped(events: Sequence[JournalEvent], path: str) -> bool:
    return any(event.kind == "segment_dropped" and event.body["path"] == path for event in events)


def _former(events: Sequence[JournalEvent], attempt: int) -> Former:
    closed = closings(events)
    paths = sorted(
        {
            event.body["path"]
            for event in events
            if event.kind in {"segment_opened", "attached"} and event.body.get("attempt") == attempt
        }
    )
    digest = hashlib.sha256("".join(closed[path]["sha256"] for path in paths if path in closed).encode()).hexdigest()
    judged = [event.body for event in events if event.kind == "evaluated" and event.body["attempt"] == attempt]
    if not judged:
        return Former(attempt, digest)
    summary = judged[-1].get("summary") or {}
    said = tuple(
        Said(identifier, each["verdict"], tuple(each["codes"]))
        for identifier, each in summary.get("indicators", {}).items()
    )
    return Former(attempt, digest, judged[-1]["results_sha256"], summary.get("verdict"), said)


def summary_of(results: Mapping[str, Any]) -> dict[str, Any]:
    """What the journal keeps of results.json, so that a later attempt cannot forget it."""
    return {
        "verdict": results["verdict"],
        "indicators": {
            each["id"]: {"verdict": each["verdict"], "codes": [reason["code"] for reason in each["reasons"]]}
            for each in results["indicators"]
        },
    }


def deviations(events: Sequence[JournalEvent]) -> tuple[Deviation, ...]:
    """Interruptions, resumed runs, failed preflights and clocks out of order, in the order of the journal."""
    return tuple(sorted((*_told(events), *_clocks(events)), key=lambda each: each.seq))


def _told(events: Sequence[JournalEvent]) -> Iterator[Deviation]:
    for before, event in pairwise(events):
        if event.kind == "resumed":
            seconds = max(0, (event.time_ns - before.time_ns) // 10**9)
            yield Deviation(
                WORDS.reason("resumed", attempt=event.body["attempt"], pause=f"{seconds} s"), event.time_ns, event.seq
            )
        elif event.kind == "preflight_failed":
            told = WORDS.reason("preflight-failed", problem=event.body["problem"])
            yield Deviation(told, int(event.body["time_ns"]), event.seq)
        elif event.kind == "ledger_seen":
            yield from (Deviation(each, event.time_ns, event.seq) for each in _ledger(event.body))


def _ledger(body: Mapping[str, Any]) -> Iterator[Reason]:
    """What the ledger of the tester's machine knows that this bundle does not."""
    if body["problem"]:
        yield WORDS.reason("no-ledger", problem=body["problem"])
    if not body["whole"]:
        yield WORDS.reason("ledger-broken")
    if body["elsewhere"]:
        verdicts = [str(each["verdict"]) for each in body["elsewhere"] if each.get("verdict")]
        yield WORDS.reason("elsewhere", count=len(body["elsewhere"]), verdicts=verdicts or ["—"])


def _clocks(events: Sequence[JournalEvent]) -> Iterator[Deviation]:
    """Each pair of neighbours: the wall clock goes back, the monotonic one goes back within a run, or they drift apart."""
    for before, event in pairwise(events):
        wall, steady = event.time_ns - before.time_ns, event.mono_ns - before.mono_ns
        restarted = steady < 0 and event.kind in _NEW_RUN
        if wall < -BACK_NS:
            yield Deviation(WORDS.reason("clock-back", seconds=_seconds(-wall)), event.time_ns, event.seq)
        elif steady < 0 and not restarted:
            yield Deviation(WORDS.reason("monotonic-back", seconds=_seconds(-steady)), event.time_ns, event.seq)
        elif not restarted and event.kind not in _NEW_RUN and abs(wall - steady) > STEP_NS:
            yield Deviation(WORDS.reason("clock-set", seconds=_seconds(abs(wall - steady))), event.time_ns, event.seq)


_NEW_RUN = frozenset(
    {"resumed", "journal_repaired", "unsealed", "attempt_started", "sealed", "evaluated", "torn_tail", "corrected"}
)
"""Kinds that a new process may begin with, on a machine that was restarted meanwhile."""


def _seconds(span_ns: int) -> str:
    return f"{span_ns / 10**9:.3g} s"
