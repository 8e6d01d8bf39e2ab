# SPDX-License-Identifier: Apache-2.0
"""The course of the tests as the journal tells it: each attempt with its times, deviations and interruptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from harness.account.course import Deviation, Former, deviations, former, recorded
from harness.documents import Results
from harness.evidence.journal import JournalEvent
from reports.listing import text_of
from reports.names import source as source_named
from reports.names import titles_of
from reports.words import Words, words

CHINA = timezone(timedelta(hours=8))
"""China Standard Time; the journal's own times are UTC."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its number, when it began and ended (local text), what it said, and what did not go as planned.

    ``counted``: it recorded evidence. ``verdict``: machine's word, empty where there is none; ``digest``: of its results.
    """

    number: int
    start: str
    end: str
    remarks: tuple[str, ...]
    counted: bool = True
    verdict: str = ""
    word: str = ""
    digest: str = ""
    reasons: tuple[str, ...] = ()


def attempts_of(events: Sequence[JournalEvent], lang: str, results: Results | None = None) -> tuple[Attempt, ...]:
    """Every attempt in the journal, in order, whether it counted or not; ``results``: what the latest one says."""
    say = words(lang)
    starts = {event.body["attempt"]: event for event in events if event.kind == "attempt_started"}
    ends = {event.body["attempt"]: event for event in events if event.kind == "attempt_ended"}
    before = {each.number: each for each in former(events, max(starts, default=0))}
    odd = deviations(events)
    titles = titles_of(results.indicators, lang) if results is not None else {}
    found, since = [], 0
    for number, started in starts.items():
        ended = ends.get(number)
        until = events[-1].seq if ended is None else ended.seq
        within = [event for event in events if started.seq < event.seq <= until]
        remarks = (*_deviations(odd, (since, until), lang), *_remarks(within, titles, lang))
        end = moment(ended.time_ns) if ended else say("course.unfinished")
        told = Attempt(number, moment(started.time_ns), end, remarks, recorded(events, number))
        found.append(_said(told, before.get(number), results if number == max(starts) else None, titles, say))
        since = until + 1
    return tuple(found)


def _deviations(odd: Sequence[Deviation], span: tuple[int, int], lang: str) -> tuple[str, ...]:
    return tuple(each.reason.text.get(lang) for each in odd if span[0] <= each.seq <= span[1])


def _said(
    attempt: Attempt, before: Former | None, results: Results | None, titles: Mapping[str, str], say: Words
) -> Attempt:
    """The attempt with its verdict, digest and those of its indicators: from the journal for a former one, from the results for the latest."""
    verdict: str
    said: list[tuple[str, str]]
    if results is not None:
        said = [(each.id, each.verdict) for each in results.indicators]
        verdict, digest = results.verdict, ""
    elif before is not None and before.verdict is not None:
        said = [(each.indicator, each.verdict) for each in before.said]
        verdict, digest = before.verdict, before.results_sha256
    else:
        return attempt
    reasons = tuple(
        f"{titles.get(each, each)}{say('colon')}{say(f'verdict.{its}')}" for each, its in said if its != "NOT_TESTED"
    )
    return replace(attempt, verdict=verdict, word=say(f"verdict.{verdict}"), digest=digest, reasons=reasons)


def span(attempts: Sequence[Attempt], say: Words) -> str:
    """From the first attempt's start to the last one's end."""
    return say("from-to", start=attempts[0].start, end=attempts[-1].end) if attempts else ""


def local(given: str) -> str:
    """An ISO 8601 moment in UTC as China Standard Time, to the second."""
    return datetime.fromisoformat(given).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def moment(time_ns: int) -> str:
    """A moment of the journal in China Standard Time, to the second."""
    return datetime.fromtimestamp(time_ns // 10**9, CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _remarks(events: Sequence[JournalEvent], titles: Mapping[str, str], lang: str) -> tuple[str, ...]:
    return tuple(text for event in events if (text := _remark(event, titles, lang)))


def _remark(event: JournalEvent, titles: Mapping[str, str], lang: str) -> str:
    """What an event says to a reader; a source's own events say it in both languages under ``text``."""
    say, body = words(lang), event.body
    source = source_named(f"{body.get('indicator', '')}/{body.get('source', '')}", titles, lang)
    if event.kind == "source_ended" and body.get("problem"):
        return say("event.source_failed", source=source, problem=body["problem"])
    if event.kind == "torn_tail":
        return say("event.torn_tail", source=source, dropped=body.get("dropped", "?"))
    if event.kind == "journal_repaired":
        return say("event.journal_repaired", dropped=body.get("dropped", "?"))
    if event.kind == "operator":
        return say("event.operator", text=body.get("text", ""))
    if isinstance(body.get("text"), dict):
        return say("event.source", source=source, time=moment(event.time_ns)[11:], text=text_of(body["text"], lang))
    return ""
