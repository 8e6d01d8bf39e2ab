# SPDX-License-Identifier: Apache-2.0
"""Names that were put right after the profile was sealed: the report reads the right one and tells how it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.evidence.corrections import Correction, corrections, title
from harness.evidence.journal import JournalEvent
from harness.spec import Profile
from reports.course import moment
from reports.words import words


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line of the particulars."""

    label: str
    value: str


_LABELS = {
    "project.name": "fact.project",
    "project.applicant.name": "fact.applicant",
    "test.organisation": "fact.organisation",
    "test.operator": "fact.operator",
}


def put_right(facts: Sequence[Fact], events: Sequence[JournalEvent], lang: str) -> tuple[Fact, ...]:
    """The facts with each name as it should read, and a row that tells every correction where there is one."""
    say, found = words(lang), corrections(events)
    if not found:
        return tuple(facts)
    shown = [_read(each, [one for one in found if each.label == say(_LABELS.get(one.field, "none"))]) for each in facts]
    rows = [_told(each, lang) for each in found]
    return (*shown, Fact(say("put-right"), say("semicolon").join(rows)))


def consortium(profile: Profile, events: Sequence[JournalEvent]) -> Profile:
    """The profile with each further member of the consortium by the name that it should read."""
    reads = {each.field: each.now for each in corrections(events)}
    members = tuple(
        replace(each, name=reads.get(f"project.members.{number}.name", each.name))
        for number, each in enumerate(profile.project.members, 1)
    )
    return replace(profile, project=replace(profile.project, members=members))


def _read(fact: Fact, mine: Sequence[Correction]) -> Fact:
    return replace(fact, value=fact.value.replace(mine[0].was, mine[-1].now, 1)) if mine else fact


def _told(each: Correction, lang: str) -> str:
    name = title(each.field).get(lang)
    said = {"was": each.was, "now": each.now, "reason": each.reason, "by": each.by}
    return words(lang)("put-right.one", name=name, time=moment(each.time_ns), **said)
