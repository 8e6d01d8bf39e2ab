# SPDX-License-Identifier: Apache-2.0
"""The course of the tests as the journal tells it: each attempt with its times, deviations and interruptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from harness.evidence.journal import JournalEvent
from reports.listing import text_of
from reports.words import Words, words

CHINA = timezone(timedelta(hours=8))
"""China Standard Time; the journal's own times are UTC."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its number, when it began and ended (local text), and what did not go as planned."""

    number: int
    start: str
    end: str
    remarks: tuple[str, ...]


def attempts_of(events: Sequence[JournalEvent], lang: str) -> tuple[Attempt, ...]:
    """Every attempt in the journal, in order, whether it counted or not."""
    say = words(lang)
    starts = {event.body["attempt"]: event for event in events if event.kind == "attempt_started"}
    ends = {event.body["attempt"]: event for event in events if event.kind == "attempt_ended"}
    found = []
    for number, started in starts.items():
        ended = ends.get(number)
        within = [event for event in events if event.seq > started.seq and (ended is None or event.seq < ended.seq)]
        end = _moment(ended.time_ns) if ended else say("course.unfinished")
        found.append(Attempt(number, _moment(started.time_ns), end, _remarks(within, lang)))
    return tuple(found)


def span(attempts: Sequence[Attempt], say: Words) -> str:
    """From the first attempt's start to the last one's end."""
    return say("from-to", start=attempts[0].start, end=attempts[-1].end) if attempts else ""


def _moment(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 10**9, CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _remarks(events: Sequence[JournalEvent], lang: str) -> tuple[str, ...]:
    return tuple(text for event in events if (text := _remark(event, lang)))


def _remark(event: JournalEvent, lang: str) -> str:
    """What an event says to a reader; a source's own events say it in both languages under ``text``."""
    say, body = words(lang), event.body
    source = f"{body.get('indicator', '')}/{body.get('source', '')}"
    if event.kind == "source_ended" and body.get("problem"):
        return say("event.source_failed", source=source, problem=body["problem"])
    if event.kind == "torn_tail":
        return say("event.torn_tail", source=source, dropped=body.get("dropped", "?"))
    if event.kind == "journal_repaired":
        return say("event.journal_repaired", dropped=body.get("dropped", "?"))
    if event.kind == "operator":
        return say("event.operator", text=body.get("text", ""))
    if isinstance(body.get("text"), dict):
        return say("event.source", source=source, time=_moment(event.time_ns)[11:], text=text_of(body["text"], lang))
    return ""
