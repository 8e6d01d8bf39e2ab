# SPDX-License-Identifier: Apache-2.0
"""What the documents of a row say of it, and what an auditor ruled. A document that cannot be read proves nothing by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from harness.kit.copies import branch_of, folded
from harness.kit.papers import Paper
from harness.kit.tables import cells
from harness.model import Reason
from probes.register.digests.audit import Audit, Entry
from probes.register.measurands.items import Item
from probes.register.traces import uscc
from probes.register.traces.words import WORDS
from probes.register.traces.worksheet import Ruling

_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{2}\d{6}[0-9A-Z]{10}(?![0-9A-Z])")
_BEFORE = frozenset("与和由为向给方是经受致及对在同称户书位业人者司即系年月日号")
"""Characters in front of a name that are none of it: 甲方…, 单位名称…, 与…"""
_SHORTEST = 2
"""Characters of a name that can be looked for in a text: one letter stands in every text."""
_UNTOLD: Mapping[str, bool | None] = MappingProxyType({"name": None, "code": None, "date": None})
_UNREAD = Paper()
_NO_DAYS: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """What follows from the documents of a row; ``found``: name, code and date, None where no document can tell."""

    faults: tuple[Reason, ...] = ()
    doubts: tuple[Reason, ...] = ()
    flags: tuple[Reason, ...] = ()
    found: Mapping[str, bool | None] = field(default_factory=lambda: _UNTOLD)


def doubted(entry: Entry, name: str, whole: Audit, *, organisation: bool) -> Told:
    """Name, code and date of a row looked for in its documents; scans stay open.

    A document that names neither the organisation nor its code, or other days than the one it is said to be signed on,
    is no document of this row.
    """
    kept = [each for each in entry.documents if each.found]
    if not kept:
        return Told()
    papers = [whole.papers.get((entry.source, each.name), _UNREAD) for each in kept]
    read = [each for each in papers if each.read]
    unread = [each.name for each, paper in zip(kept, papers, strict=True) if not paper.read]
    numbers = [" ".join(entry.said[each].split()) for each in ("vin", "serial") if each in entry.said]
    said = dict.fromkeys((name, *entry.names.values(), branch_of(name), *numbers))
    names = [each for each in said if len(each) >= _SHORTEST]
    named = any(each.mentions(*names) for each in read) if read else None
    coded = any(each.mentions(entry.code) for each in read) if read and entry.code else None
    days = _NO_DAYS.union(*[each.dates for each in read])
    dated = entry.signed in days if days and entry.signed else None
    found = {"name": named, "code": coded, "date": dated}
    listed_names = [each.name for each in kept]
    listed = "; ".join(listed_names)
    flags = []
    if named or coded:
        if dated is False and not unread:
            return Told((WORDS.reason("date-not-in-document", document=listed, date=str(entry.signed)),), found=found)
        if coded is False:
            flags.append(WORDS.reason("code-not-in-document", document=listed))
        if not named:
            flags.append(WORDS.reason("name-not-in-document", document=listed))
        chip = " ".join(entry.said.get("chip", "").split())
        if chip and not any(each.mentions(chip) for each in read) and not unread:
            return Told((WORDS.reason("chip-not-in-document", chip=chip, document=listed),), found=found)
        asked = organisation and coded is False and not entry.code_faults
        others = _codes(read) - whole.parties if asked else frozenset()
        if asked and named and not unread and not (others or any(_stands(each.text, names) for each in read)):
            told = WORDS.reason("name-within-another", document=listed, name=name)
            return Told(doubts=(told,), flags=tuple(flags), found=found)
        if others and not unread:
            told = WORDS.reason("code-of-another", document=listed, code=", ".join(sorted(others)[:3]))
            return Told(doubts=(told,), flags=tuple(flags), found=found)
        back = [f"{each.name}: {paper.back}" for each, paper in zip(kept, papers, strict=True) if paper.back]
        if back:
            told = WORDS.reason("document-taken-back", document="; ".join(back))
            return Told(doubts=(told,), flags=tuple(flags), found=found)
        apart = [
            each
            for name, paper in zip(listed_names, papers, strict=True)
            for each in _out_of_time(name, paper, whole.period)
        ]
        if apart:
            return Told(doubts=tuple(apart), flags=tuple(flags), found=found)
        if dated is not False:
            return Told(flags=tuple(flags), found=found)
    if unread:
        return Told(doubts=(WORDS.reason("document-unread", document="; ".join(unread)),), found=found)
    return Told((WORDS.reason("not-in-document", document=listed),), found=found)


def _out_of_time(name: str, paper: Paper, period: tuple[date, date] | None) -> Iterator[Reason]:
    """Whether the term that a contract states itself lies before the project or after it."""
    begins, ends = paper.term
    if period is None:
        return
    if ends is not None and ends < period[0]:
        yield WORDS.reason("document-ended", document=name, date=str(ends), start=str(period[0]))
    if begins is not None and begins > period[1]:
        yield WORDS.reason("document-begins", document=name, date=str(begins), end=str(period[1]))


def _stands(text: str, names: Sequence[str]) -> bool:
    """Whether one of the names stands in a folded text as a whole, and not only as the end of a longer one."""
    for name in filter(None, map(folded, names)):
        at = text.find(name)
        while at >= 0:
            if at == 0 or not text[at - 1].isalnum() or text[at - 1] in _BEFORE:
                return True
            at = text.find(name, at + 1)
    return False


def _codes(read: Sequence[Paper]) -> frozenset[str]:
    """The social credit codes without a defect that stand in papers."""
    found = {code for each in read for code in _CODE.findall(each.text)}
    return frozenset(each for each in found if not uscc.defects(each))


def placed(entry: Entry, name: str, whole: Audit) -> Entry:
    """The entry, no longer of Wuhan where its address document can be read and speaks of somebody else."""
    if not entry.address_documents:
        return entry
    proofs = [each.name for each in entry.address_documents if each.found]
    papers = [whole.papers.get((entry.source, each), Paper()) for each in proofs]
    read = [each for each in papers if each.read]
    attested = "register.address-attested"
    if not read or attested not in {f.code for f in entry.flags}:
        return entry
    own = [each for each in read if each.mentions(name, entry.code)]
    if any(each.mentions("武汉", "WUHAN") for each in own):
        return entry
    flags = [each for each in entry.flags if each.code != attested]
    why = WORDS.reason("address-not-in-document" if own else "address-of-another", document=proofs[0])
    return replace(entry, wuhan=False, flags=(*flags, why))


Desk = Mapping[tuple[str, int], tuple[Ruling, ...]]
"""What auditors ruled, by register and line."""


def desk(whole: Audit) -> Desk:
    """The rulings that were given on these very files."""
    labels = {each.digest: each.label for each in whole.sheets if each.digest}
    found: dict[tuple[str, int], tuple[Ruling, ...]] = {}
    for each in whole.rulings:
        key = (labels.get(each.digest, ""), each.line)
        found[key] = (*found.get(key, ()), each)
    return found


def ruled(item: Item, rulings: Desk) -> Item:
    """The item as an auditor's worksheet settles it: it closes what is open and may refuse, but mends no fault.

    A ruling on another name or code than the row's is none on this row; of several a refusal wins.
    """
    if not rulings:
        return item
    given = rulings.get((item.entry.register, item.entry.line), ())
    fitting = [each for each in given if _fits(each, item)]
    ruling = min(fitting, key=lambda each: (each.holds is not False, each.holds is not None), default=None)
    if ruling is None:
        return item
    facts = {"auditor": ruling.auditor or "—", "day": ruling.day or "—", "word": ruling.word}
    if ruling.holds is None or (ruling.holds and _too_early(ruling, item)):
        return replace(item, flags=(*item.flags, WORDS.reason("auditor-unclear", **facts)))
    if not ruling.holds:
        return replace(item, faults=(*item.faults, WORDS.reason("auditor-refused", **facts)), doubts=())
    if not item.doubts:
        return item
    return replace(item, doubts=(), flags=(*item.flags, WORDS.reason("auditor-confirmed", **facts)))


def _too_early(ruling: Ruling, item: Item) -> bool:
    """Whether an auditor confirms a contract on a day before it was signed."""
    day, signed = cells.day(ruling.day), item.entry.signed
    return signed is not None and (day is None or day < signed)


def _fits(ruling: Ruling, item: Item) -> bool:
    return ruling.code.strip().upper() == item.entry.code and folded(ruling.name) == folded(item.name)


def strangers(rulings: Desk, items: Sequence[Item]) -> int:
    """How many rulings belong to no row: another register, another line, another name."""
    rows = {(each.entry.register, each.entry.line): each for each in items}
    return sum(key not in rows or not _fits(each, rows[key]) for key, given in rulings.items() for each in given)
