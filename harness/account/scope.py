# SPDX-License-Identifier: Apache-2.0
"""What a verdict speaks of and what it rests on, as entries of results.json: window or process, effort, constants, settings, law."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from harness import documents
from harness.account.course import Former
from harness.account.entries import TextEntry
from harness.effort import WORDS as EFFORT_WORDS
from harness.effort import Effort, compared
from harness.kit.words import Catalogue
from harness.model import About, Indicator, Kind, Outcome, Reading, Scenario, Text
from harness.plugins import Input
from harness.quantity import Quantity
from harness.spec import Profile
from harness.spec.published import publisher_of

WORDS = Catalogue("harness", "about")
CHINA = timezone(timedelta(hours=8))
"""China Standard Time, in which people read windows."""


def entry(text: Text) -> TextEntry:
    """Words in both languages."""
    return TextEntry(zh=text.zh, en=text.en)


def scenario(own: Scenario) -> documents.ScenarioEntry:
    """The scenario in use, its digest, and who publishes exactly these bytes."""
    publisher = publisher_of(own)
    published_by = (
        None if publisher is None else documents.SoftwareEntry(name=publisher.name, version=publisher.version)
    )
    return documents.ScenarioEntry(id=own.id, title=entry(own.title), sha256=own.sha256, published_by=published_by)


def attempt(each: Former) -> documents.AttemptEntry:
    """A former attempt with its verdicts."""
    return documents.AttemptEntry.model_validate(
        {
            "number": each.number,
            "verdict": each.verdict,
            "results_sha256": each.results_sha256,
            "evidence_sha256": each.evidence_sha256,
            "indicators": tuple(
                documents.AttemptVerdictEntry.model_validate(
                    {"id": said.indicator, "verdict": said.verdict, "codes": said.codes}
                )
                for said in each.said
            ),
        }
    )


def speaks(indicator: Indicator, reading: Reading, outcome: Outcome | None) -> Text:
    """What the verdict speaks of, as a sentence."""
    if reading.about is About.PROCESS:
        return WORDS.text("process")
    if indicator.kind is not Kind.MEASURED:
        return WORDS.text("audited")
    if outcome is None or outcome.window is None:
        return WORDS.text("window-recorded")
    start, end = (datetime.fromtimestamp(each // 10**9, CHINA) for each in outcome.window)
    same_day = start.date() == end.date()
    return WORDS.text(
        "window", start=f"{start:%Y-%m-%d %H:%M}", end=f"{end:%H:%M}" if same_day else f"{end:%Y-%m-%d %H:%M}"
    )


def window(reading: Reading, outcome: Outcome | None) -> documents.WindowEntry | None:
    """First and last moment of the window that a verdict speaks of."""
    if reading.about is About.PROCESS or outcome is None or outcome.window is None:
        return None
    start, end = (datetime.fromtimestamp(each // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for each in outcome.window)
    return documents.WindowEntry(start=start, end=end)


def effort(reading: Reading, outcome: Outcome | None) -> tuple[documents.EffortEntry, ...]:
    """What PASS takes beside what there is, then what else the evidence states."""
    stated = {} if outcome is None else outcome.effort
    asked = [
        documents.EffortEntry(
            name=each.name,
            title=entry(each.title),
            asked=str(each.asked),
            found=None if each.found is None else str(each.found),
            enough=each.enough,
        )
        for each in compared(reading.minimum, stated)
    ]
    beside = {name: each for name, each in stated.items() if name not in reading.minimum}
    return (*asked, *_beside(beside.items()))


def _beside(stated: Iterable[tuple[str, Effort]]) -> Iterator[documents.EffortEntry]:
    for name, each in stated:
        found = str(each) if isinstance(each, Quantity) else str(Quantity(Quantity.parse(str(each)).value, "1"))
        yield documents.EffortEntry(
            name=name, title=entry(EFFORT_WORDS.text(name)), asked=None, found=found, enough=True
        )


def constants(indicator: Indicator, reading: Reading, profile: Profile) -> tuple[documents.ConstantEntry, ...]:
    """Every constant of the indicator as it held for this reading."""
    declared = profile.declared.get(indicator.id, {})
    found = []
    for name, rule in indicator.constants.items():
        default = reading.parameters.get(name, rule.default)
        found.append(
            documents.ConstantEntry(
                name=name,
                value=_written(declared.get(name, default)),
                default=_written(default),
                stricter=rule.stricter.value,
                declared=name in declared,
            )
        )
    return tuple(found)


def settings(inputs: Sequence[Input]) -> tuple[documents.SettingEntry, ...]:
    """The settings of every source that take part in the verdict."""
    return tuple(
        documents.SettingEntry(source=f"{each.trace.indicator}/{each.source}", key=key, value=_written(value))
        for each in inputs
        for key, value in each.trace.settings.criteria().items()
    )


def _written(value: Any) -> Any:
    return str(value) if isinstance(value, Quantity) else value
