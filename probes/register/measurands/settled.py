# SPDX-License-Identifier: Apache-2.0
"""The rows of all registers as one indicator counts them: their faults, and who is listed twice. Pure.

Of rows that repeat each other the first one in order counts; a row with a fault of its own takes no place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from harness.kit.census import Mark, repeats
from harness.kit.documents import mentions
from harness.model import Lack, Reason
from harness.plugins import Ask, Input
from probes.register.digests.audit import Audit, Entry, Sheet
from probes.register.traces.columns import applications, kinds
from probes.register.traces.words import WORDS

_BRANCH = re.compile(
    r"(?P<parent>.+公司|.+?(?:集团|厂|所|院|中心|大学|银行))(?P<place>.*(?:分公司|分厂|分院|分所|分店|分部|支行|分行|办事处))\Z"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One row as it is counted."""

    entry: Entry
    name: str
    application: bool
    faults: tuple[Reason, ...]
    flags: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """All rows in order, with what is to be told of the registers as a whole."""

    items: tuple[Item, ...]
    invalid: tuple[Reason, ...]
    lacks: tuple[Lack, ...]
    remarks: tuple[Reason, ...]
    registers: int

    @property
    def good(self) -> list[Item]:
        """The rows that count."""
        return [each for each in self.items if not each.faults]

    @property
    def bad(self) -> list[Item]:
        """The rows that do not, with their reasons."""
        return [each for each in self.items if each.faults]


def settled(inputs: Sequence[Input], ask: Ask) -> Settled:
    """The union of the registers as the indicator counts it: the unit of its limit says what a row of both kinds stands for."""
    whole = reduce(Audit.merge, (each.summary for each in inputs), Audit())
    unit = ask.limits[0].quantity.unit if ask.limits else ""
    counts = {each.label: applications(kinds(each.fields), each.counted, unit) for each in whole.sheets}
    items = [_item(each, whole, application=counts[each.register]) for each in whole.entries]
    lacks = {each.reason.code: each for sheet in whole.sheets for each in _lacks(sheet, whole, counts[sheet.label])}
    if not whole.sheets and not whole.invalid:
        lacks["none"] = WORDS.lack("no-register")
    remarks = tuple(_remarks(whole.sheets))
    return Settled(tuple(_struck(items)), whole.invalid, tuple(lacks.values()), remarks, len(whole.sheets))


def _lacks(sheet: Sheet, whole: Audit, counts_applications: bool) -> Iterator[Lack]:
    if "document" not in sheet.fields:
        yield WORDS.lack("no-document-column")
    if "date" not in sheet.fields and whole.dated:
        yield WORDS.lack("no-date-column")
    if "uscc" not in sheet.fields and not counts_applications:
        yield WORDS.lack("no-code-column")


def _remarks(sheets: Sequence[Sheet]) -> Iterator[Reason]:
    if any("document" in each.fields and "sha256" not in each.fields for each in sheets):
        yield WORDS.reason("no-hash-column")
    unread = list(dict.fromkeys(heading for each in sheets for heading in each.unread))
    if unread:
        yield WORDS.reason("unread-columns", names=unread)


def _item(entry: Entry, whole: Audit, *, application: bool) -> Item:
    name = entry.names["application" if application else "organisation"]
    nameless = () if name else (WORDS.reason("name-missing"),)
    barred = () if application else entry.barred
    faults = (*nameless, *entry.code_faults, *barred, *entry.faults)
    return Item(entry, name, application, faults, (*entry.flags, *_flags(entry, name, whole, application=application)))


def _flags(entry: Entry, name: str, whole: Audit, *, application: bool) -> Iterator[Reason]:
    if not application and _BRANCH.match(_folded(name)):
        yield WORDS.reason("branch")
    if not application and entry.code.startswith("92"):
        yield WORDS.reason("individual-business")
    for each in entry.documents:
        text = whole.texts.get((entry.source, each.name))
        if text is not None and each.found and not mentions(text, entry.code, name):
            yield WORDS.reason("not-in-document", document=each.name)


def _struck(items: Sequence[Item]) -> list[Item]:
    """The items with every later one that repeats an earlier accepted one struck out, or flagged where papers are shared."""
    clashes = repeats([[] if each.faults else _identity(each) for each in items], {"shared-document"})
    return [
        each if clash is None else _clashing(each, clash[0], items[clash[1]])
        for each, clash in zip(items, clashes, strict=True)
    ]


def _identity(item: Item) -> list[Mark]:
    """Marks that two different entries must not share, the graver first."""
    name = _folded(item.name)
    digests = [each.found for each in item.entry.documents]
    if item.application:
        return [("duplicate-name", name), *(("duplicate-document", each) for each in digests)]
    branch = _BRANCH.match(name)
    return [
        *([("duplicate-code", item.entry.code)] if item.entry.code else []),
        ("duplicate-name", name),
        ("branch-of-listed", branch["parent"] if branch else name),
        *(("shared-document", each) for each in digests),
    ]


def _clashing(item: Item, what: str, other: Item) -> Item:
    same = item.entry.register == other.entry.register
    where = str(other.entry.number) if same else f"{other.entry.register}:{other.entry.number}"
    reason = WORDS.reason(what, other=where, other_name=other.name)
    if what == "shared-document":
        return replace(item, flags=(*item.flags, reason))
    return replace(item, faults=(reason,))


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()
