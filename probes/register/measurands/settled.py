# SPDX-License-Identifier: Apache-2.0
"""The rows of all registers as one indicator counts them: their faults, who is listed twice, what are near-copies. Pure.

Of rows that repeat each other the first one in order counts; a row with a fault of its own takes no place. A row of which
something cannot be told neither counts nor is refused: it stays open until an auditor's worksheet says what a person found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from harness.kit.census import Mark, repeats
from harness.kit.copies import Copies, aliases, arrangement, branch_of, copies, folded, gist, legal_name, twins
from harness.model import Lack, Reason
from harness.plugins import Ask, Input
from probes.register.digests.audit import Audit, Entry, Sheet
from probes.register.measurands.items import Item
from probes.register.measurands.papers import Desk, desk, doubted, placed, ruled, strangers
from probes.register.traces import uscc
from probes.register.traces.columns import applications, kinds
from probes.register.traces.names import generic
from probes.register.traces.words import WORDS

_FEWEST = 4
"""Characters from which what stands in a column of former names is one, and not 无."""
TOLD = {"shared-document"}
"""Marks that rows may share: told, and near-copies of each other."""


@dataclass(frozen=True, slots=True)
class Settled:
    """All rows in order, with what is to be told of the registers as a whole. ``near``: marks that near-copies share, by item."""

    items: tuple[Item, ...]
    invalid: tuple[Reason, ...]
    lacks: tuple[Lack, ...]
    remarks: tuple[Reason, ...]
    registers: int
    near: tuple[tuple[Mark, ...], ...] = ()
    column_lacks: tuple[tuple[str, Lack], ...] = ()
    """Register and what it has no column for."""
    sheets: tuple[Sheet, ...] = ()

    @property
    def good(self) -> list[Item]:
        """The rows that count."""
        return [each for each in self.items if each.counts]

    @property
    def bad(self) -> list[Item]:
        """The rows that do not, with their reasons."""
        return [each for each in self.items if each.faults]

    @property
    def undecided(self) -> list[Item]:
        """The rows that wait for a person."""
        return [each for each in self.items if each.open]

    def padding(self, wanted: Callable[[Item], bool]) -> tuple[Copies, list[Item]]:
        """Clusters of near-copies among the wanted rows that count, and these rows in order."""
        pairs = [
            (each, marks) for each, marks in zip(self.items, self.near, strict=True) if each.counts and wanted(each)
        ]
        return copies([marks for _, marks in pairs]), [each for each, _ in pairs]


@dataclass(frozen=True, slots=True)
class Rules:
    """How one indicator counts: what a row is called, what is wrong with it beside what the audit found, what makes two one.

    ``needed``: fields of which each register has to have one, by the key of the lack that says so.
    """

    name: Callable[[Entry], str]
    faults: Callable[[Entry], Iterator[Reason]]
    identity: Callable[[Item], list[Mark]]
    near: Callable[[Item], list[Mark]]
    needed: Callable[[Sheet, bool], Iterator[str]]
    application: bool


def settled(inputs: Sequence[Input], ask: Ask) -> Settled:
    """The union of the registers as the indicator counts it: the unit of its limit says what a row of both kinds stands for."""
    whole = reduce(Audit.merge, (each.summary for each in inputs), Audit())
    unit = ask.limits[0].quantity.unit if ask.limits else ""
    counts = {each.label: applications(kinds(each.fields), each.counted, unit) for each in whole.sheets}
    return settle(whole, {label: APPLICATIONS if told else ORGANISATIONS for label, told in counts.items()})


def settle(whole: Audit, rules: dict[str, Rules]) -> Settled:
    """All rows under the rules of their registers (by label)."""
    rulings = desk(whole)
    items = [_item(each, whole, rules[each.register], rulings) for each in whole.entries]
    lacking = [
        (sheet.label, WORDS.lack(key))
        for sheet in whole.sheets
        for key in rules[sheet.label].needed(sheet, whole.dated)
    ]
    lacks = {lack.reason.code: lack for _, lack in lacking}
    if not whole.sheets and not whole.invalid:
        lacks["none"] = WORDS.lack("no-register")
    items = _struck(items, [rules[each.entry.register] for each in items])
    scripts = twins([legal_name(each.name) for each in items])
    near = tuple((*rules[each.entry.register].near(each), *marks) for each, marks in zip(items, scripts, strict=True))
    remarks = (*_remarks(whole.sheets), *whole.remarks)
    strange = strangers(rulings, items)
    if strange:
        remarks = (*remarks, WORDS.reason("auditor-elsewhere", count=strange))
    return Settled(
        tuple(items),
        whole.invalid,
        tuple(lacks.values()),
        remarks,
        len(whole.sheets),
        near,
        tuple(lacking),
        whole.sheets,
    )


def needs_papers(sheet: Sheet, dated: bool) -> Iterator[str]:
    """What every register that is audited has to have."""
    if "document" not in sheet.fields:
        yield "no-document-column"
    if "date" not in sheet.fields and dated:
        yield "no-date-column"


def _needs_codes(sheet: Sheet, dated: bool) -> Iterator[str]:
    yield from needs_papers(sheet, dated)
    if "uscc" not in sheet.fields:
        yield "no-code-column"


def _remarks(sheets: Sequence[Sheet]) -> Iterator[Reason]:
    if any("document" in each.fields and "sha256" not in each.fields for each in sheets):
        yield WORDS.reason("no-hash-column")
    unread = list(dict.fromkeys(heading for each in sheets for heading in each.unread))
    if unread:
        yield WORDS.reason("unread-columns", names=unread)


def _item(entry: Entry, whole: Audit, rules: Rules, rulings: Desk) -> Item:
    name = rules.name(entry)
    entry = placed(entry, name, whole)
    if entry.no_item:
        return Item(entry, name, rules.application, entry.faults, ())
    nameless = () if name else (WORDS.reason("name-missing"),)
    if name and not rules.application and generic(name):
        nameless = (WORDS.reason("name-generic", name=name),)
    barred, kin = ((), ()) if rules.application else (entry.barred, entry.kin)
    told = doubted(entry, name, whole, organisation=not rules.application)
    faults = (*nameless, *entry.code_faults, *barred, *entry.faults, *rules.faults(entry), *told.faults)
    flags, doubts = (*entry.flags, *_flags(entry, name, rules), *told.flags), (*entry.doubts, *kin, *told.doubts)
    return ruled(Item(entry, name, rules.application, faults, flags, doubts, told.found), rulings)


def _flags(entry: Entry, name: str, rules: Rules) -> Iterator[Reason]:
    if not rules.application and branch_of(name):
        yield WORDS.reason("branch")
    if not rules.application and entry.code.startswith("92"):
        yield WORDS.reason("individual-business")


def _struck(items: Sequence[Item], rules: Sequence[Rules]) -> list[Item]:
    """The items with every later one that repeats an earlier accepted one struck out, or flagged where papers are shared."""
    marks = [[] if item.faults else own.identity(item) for item, own in zip(items, rules, strict=True)]
    return [
        each if clash is None else _clashing(each, clash[0], items[clash[1]])
        for each, clash in zip(items, repeats(marks, TOLD), strict=True)
    ]


def _clashing(item: Item, what: str, other: Item) -> Item:
    same = item.entry.register == other.entry.register
    where = str(other.entry.number) if same else f"{other.entry.register}:{other.entry.number}"
    reason = WORDS.reason(what, other=where, other_name=other.name)
    if what in TOLD:
        return replace(item, flags=(*item.flags, reason))
    return replace(item, faults=(reason,))


def _organisation(item: Item) -> list[Mark]:
    """Marks that two different organisations must not share, the graver first."""
    name, code = folded(item.name), item.entry.code
    codes = [("duplicate-code", code), ("duplicate-organisation", uscc.body(code))] if code else []
    return [
        *codes,
        ("duplicate-name", name),
        ("branch-of-listed", branch_of(name) or name),
        *_papers(item, "shared-document"),
    ]


def _organisation_near(item: Item) -> list[Mark]:
    """What near-copies of organisations share: a name by which a reader knows them, whatever the order of its words, or a paper."""
    once = item.entry.said.get("former", "")
    names = aliases(item.name) | (aliases(once) if len(folded(once)) >= _FEWEST else frozenset())
    return [*(("name", arrangement(each)) for each in sorted(names)), *_papers(item, "paper")]


def application_marks(item: Item) -> list[Mark]:
    """Marks that two different applications must not share."""
    return [("duplicate-name", folded(item.name)), *_papers(item, "duplicate-document")]


def application_near(item: Item) -> list[Mark]:
    """What near-copies of applications share: the wording of their names but for numbers and versions, or what they run."""
    return [
        ("gist", gist(item.name)),
        *(("content", each) for each in [item.entry.said.get("content", "")] if each),
    ]


def _papers(item: Item, kind: str) -> list[Mark]:
    return [(kind, each) for each in dict.fromkeys(each.found for each in item.entry.documents if each.found)]


def nothing(_: Entry) -> Iterator[Reason]:
    """No fault beside those that every register is held against."""
    return iter(())


ORGANISATIONS = Rules(
    lambda entry: entry.names["organisation"],
    nothing,
    _organisation,
    _organisation_near,
    _needs_codes,
    application=False,
)
APPLICATIONS = Rules(
    lambda entry: entry.names["application"],
    nothing,
    application_marks,
    application_near,
    needs_papers,
    application=True,
)


def flagged(items: Sequence[Item]) -> int:
    """How many rows a person has to look at."""
    return sum(bool(each.flags) for each in items)
