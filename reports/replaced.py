# SPDX-License-Identifier: Apache-2.0
"""The reports of former attempts in the same bundle, which the report of the latest one replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.documents import Results
from harness.evidence.journal import JournalEvent
from reports.words import words


@dataclass(frozen=True, slots=True)
class Replaced:
    """A former attempt: the number of its report, its verdict in words, each indicator's, digests of its results and seal."""

    number: int
    report: str
    word: str
    words: Mapping[str, str]
    results: str
    seal: str


def replaced(results: Results, events: Sequence[JournalEvent], lang: str) -> tuple[Replaced, ...]:
    """Former attempts in order; empty where the bundle holds one."""
    say = words(lang)
    seals = _seals(events)
    return tuple(
        Replaced(
            number=each.number,
            report=f"{results.campaign.id}-{each.number}",
            word=say(f"verdict.{each.verdict}") if each.verdict else say("none"),
            words={one.id: say(f"verdict.{one.verdict}") for one in each.indicators},
            results=each.results_sha256,
            seal=seals.get(each.number, ""),
        )
        for each in results.campaign.former
    )


def corrected(results: Results, lang: str) -> Iterator[str]:
    """What was changed after which attempt, and who says so."""
    for each in results.campaign.agreed.corrective:
        yield words(lang)("agreed.corrective", number=each.after, text=each.text, by=each.by)


def _seals(events: Sequence[JournalEvent]) -> dict[int, str]:
    """The digest of the manifest that sealed each attempt, as the journal noted it when the bundle was opened again."""
    found: dict[int, str] = {}
    attempt = 0
    for event in events:
        if event.kind == "attempt_started":
            attempt = event.body["attempt"]
        elif event.kind == "unsealed":
            found[attempt] = str(event.body["manifest_sha256"])
    return found
