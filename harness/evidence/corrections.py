# SPDX-License-Identifier: Apache-2.0
"""Names that were written wrongly in the profile and put right afterwards by an event of the journal; nothing is overwritten.

Profile and results keep the name as it was, so that every verdict recomputes to the same bytes; who reads them is told both
names, who put it right, when and why. Only names of people and organisations and of the project can be put right: no verdict
reads a ``corrected`` event (docs/decisions/0034-names-put-right.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from harness.evidence.contents import Contents
from harness.evidence.defects import DefectError
from harness.evidence.journal import JournalEvent
from harness.model import Text

KIND = "corrected"
_ALIKE = 0.5
"""Share of the letters that a typo leaves standing; below it is another name, and another campaign."""
_MEMBER = re.compile(r"project\.members\.([1-9][0-9]*)\.name")
_FIELDS: Mapping[str, tuple[Text, tuple[str | int, ...]]] = {
    "project.name": (Text("项目名称", "project"), ("project",)),
    "project.applicant.name": (Text("申报单位", "applicant"), ("applicant", "name")),
    "test.organisation": (Text("测试单位", "testing organisation"), ("test", "organisation")),
    "test.operator": (Text("测试人员", "operator"), ("test", "operator")),
}
"""Field of the profile -> what it is called, and where results.json has it below ``campaign``; members are numbered from 1."""


class CorrectionMismatchError(DefectError):
    """A correction of a name that was not written so, or into another name."""

    code = "evidence.correction"
    sentence = Text("名称更正与证据包里原来写的名称不符。", "A correction does not fit the name that was written.")


@dataclass(frozen=True, slots=True)
class Correction:
    """One name put right: as it was written at first, as it reads now, why, by whom, and when by the clock of that machine."""

    field: str
    was: str
    now: str
    reason: str
    by: str
    time_ns: int

    def as_json(self) -> dict[str, str]:
        """The same as JSON values."""
        return {
            "field": self.field, "was": self.was, "now": self.now, "reason": self.reason, "by": self.by, "time_ns": str(self.time_ns)
        }  # fmt: skip


def title(field: str) -> Text:
    """What the name is of."""
    found = _MEMBER.fullmatch(field)
    return Text(f"联合体成员 {found[1]}", f"consortium member {found[1]}") if found else _FIELDS[field][0]


def corrections(events: Sequence[JournalEvent]) -> tuple[Correction, ...]:
    """Every correction in the order of the journal."""
    return tuple(Correction(**event.body, time_ns=event.time_ns) for event in events if event.kind == KIND)


def is_typo(was: str, now: str) -> bool:
    """Whether the two are one name, once with a slip: at least half of the letters stay."""
    alike = SequenceMatcher(None, was.casefold(), now.casefold(), autojunk=False).ratio()
    return was != now and alike >= _ALIKE


def check_corrections(contents: Contents, events: Sequence[JournalEvent]) -> Iterator[DefectError]:
    """Corrections of a name that did not stand there, or that is another name than the one written at first."""
    campaign = contents.document("data/results.json").get("campaign")
    first: dict[str, str] = {}
    stands: dict[str, str] = {}
    for each in corrections(events):
        written = each.was if campaign is None else name_in(campaign, each.field)
        first.setdefault(each.field, written)
        if each.was != stands.get(each.field, written) or not _allowed(first[each.field], each):
            yield CorrectionMismatchError(
                f"{each.field}: {each.was[:60]} → {each.now[:60]}", where="data/journal.jsonl"
            )
        stands[each.field] = each.now


def _allowed(first: str, each: Correction) -> bool:
    """From the name written at first, so that many small steps lead to no other name; back to it is always open."""
    return each.now == first or is_typo(first, each.now)


def name_in(campaign: Any, field: str) -> str:
    """The name in results.json's ``campaign``; empty where there is none."""
    found = _MEMBER.fullmatch(field)
    for key in ("members", int(found[1]) - 1, "name") if found else _FIELDS[field][1]:
        if isinstance(key, int):
            campaign = campaign[key] if isinstance(campaign, list) and key < len(campaign) else None
        else:
            campaign = campaign.get(key) if isinstance(campaign, dict) else None
    return campaign if isinstance(campaign, str) else ""
