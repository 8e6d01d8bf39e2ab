# SPDX-License-Identifier: Apache-2.0
"""Tables of both sides as one comparison: whose amount belongs to whose exposure, and which group a line is in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from typing import Self

from harness.kit.baseline import SIDES
from harness.kit.tables.alike import differences
from harness.kit.tallies import units_agree
from harness.kit.unreadable import UnreadableError
from harness.model import Reason
from harness.stats.matched import Cell, Matched, Worth, matched
from probes.change import WORDS
from probes.change.rows import EXPOSURES, Key, Sheet


@dataclass(frozen=True, slots=True)
class Tables:
    """The mergeable digest: every table by side and SHA-256; ``sealed_ns``: when the baseline was sealed."""

    sheets: tuple[tuple[str, str, Sheet], ...]
    sealed_ns: int | None = None

    def merge(self, other: Self) -> Self:
        """The tables of both; the same bytes on the same side count once."""
        sheets = {each[:2]: each for each in (*self.sheets, *other.sheets)}
        sealed = [each for each in (self.sealed_ns, other.sealed_ns) if each is not None]
        return replace(self, sheets=tuple(sheets[key] for key in sorted(sheets)), sealed_ns=max(sealed, default=None))


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field is the amount and which the exposure; ``rise``: more is better."""

    amount: str
    exposure: str
    ledger: bool = False
    """A project without rows of amount had none: the table of amounts lists events."""
    rise: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What can be compared, and what a reader has to be told of the tables."""

    cells: Matched
    roles: Roles
    remarks: tuple[Reason, ...]
    sealed_ns: int | None
    units: tuple[str, str]
    """What the headings of amount and exposure state in brackets."""
    gaps: tuple[str, ...]
    """Months that a line lacks while others have them, or that lack altogether although they were agreed."""
    left_out: tuple[str, ...] = ()
    """Lines or projects that the profile leaves out."""
    chosen_late: tuple[str, ...] = ()
    """Lines of the control group that no sealed table of the earlier period puts there."""
    seasons: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    """The calendar months in which the tables of each side have anything."""
    uneven: bool = False
    """Whether events were counted over times of different length."""


def compare(tables: Tables, roles: Roles, left_out: Collection[str] = ()) -> Comparison:
    """The comparison of amount by exposure; UnreadableError where the tables do not allow one."""
    sheets = [[sheet for name, _, sheet in tables.sheets if name == side] for side in SIDES]
    units_agree((each.name, {WORDS.text(field): unit for field, unit in each.units.items()}) for each in chain(*sheets))
    fields = (roles.amount, roles.exposure)
    for defect in differences([[each.said for each in own] for own in sheets], fields, events=roles.ledger):
        raise defect
    control, remarks = _control(tuple(chain(*sheets))), [reason for each in chain(*sheets) for reason in each.remarks]
    keys = [{key for sheet in side for key in sheet.cells} for side in sheets]
    strange = sorted(set(left_out) - {unit for side in keys for unit, _, _ in side})
    if strange:
        raise _defect("no-such-line", "name lines as the tables do.", names=strange)
    last, first = (sorted({month for _, month, _ in side} - {""}) for side in keys)
    if last and first and first[0] <= last[-1]:
        raise _defect("overlap", "let the later period begin in a later month.", last=last[-1], first=first[0])
    remarks += [] if last and first else [WORDS.reason("undated")]
    remarks += [WORDS.reason("left-out", names=sorted(left_out))] if left_out else []
    cells = []
    for side, own in zip(SIDES, sheets, strict=True):
        worth = _joined(_together(own, left_out), roles)
        if not worth:
            titles = {name: WORDS.text(getattr(roles, name)) for name in ("amount", "exposure")}
            raise _defect("no-values", "give both sides a table with both.", side=WORDS.text(side), **titles)
        cells.append([Cell(*key, key[0] in control, value) for key, value in worth.items()])
    both = matched(*cells)
    remarks += [WORDS.reason("seasonal", months=both.apart)] if both.apart else []
    stated = {field: unit for each in chain(*sheets) for field, unit in each.units.items()}
    units = (stated.get(roles.amount, ""), stated.get(roles.exposure, ""))
    sealed = {name for sheet in sheets[0] for name in sheet.groups[1]} if tables.sealed_ns is not None else set()
    late = tuple(sorted(control - sealed))
    seasons = (frozenset(each[5:] for each in last), frozenset(each[5:] for each in first))
    return Comparison(
        both, roles, tuple(remarks), tables.sealed_ns, units, both.gaps, tuple(sorted(left_out)), late, seasons
    )


def _control(sheets: Sequence[Sheet]) -> set[str]:
    """The lines of the control group; one that another table calls treated is refused, and a group of all lines."""
    treated, control = ({name for sheet in sheets for name in sheet.groups[each]} for each in (False, True))
    if treated & control:
        raise _defect("torn", "put each line or project into one group.", units=sorted(treated & control))
    if control and control >= {unit for sheet in sheets for unit, _, _ in sheet.cells}:
        raise _defect("no-treated", "name the lines or projects that the application reaches.", units=sorted(control))
    return control


def _together(sheets: Sequence[Sheet], left_out: Collection[str]) -> dict[Key, Mapping[str, Fraction]]:
    """Several tables of one side: amounts of one line, month and product add up, an exposure stands in one table."""
    found: dict[Key, dict[str, Fraction]] = {}
    for sheet in sheets:
        for key, values in sheet.cells.items():
            there = found.setdefault(key, {}) if key[0] not in left_out else {}
            twice = EXPOSURES & there.keys() & values.keys()
            if twice:
                field = WORDS.text(min(twice))
                raise _defect("told-twice", "state it in one table.", unit=" ".join(key), field=field)
            there.update({each: there.get(each, 0) + value for each, value in values.items()})
    return {key: values for key, values in found.items() if values}


def _joined(cells: Mapping[Key, Mapping[str, Fraction]], roles: Roles) -> dict[Key, Worth]:
    """Amount and exposure of each cell; where they stand in different tables, of each line or project."""
    fields = (roles.amount, roles.exposure)
    keys = [{key for key, values in cells.items() if field in values} for field in fields]
    if keys[0] == keys[1] or not all(keys):
        return {key: Worth(*(cells[key][field] for field in fields)) for key in sorted(keys[0] & keys[1])}
    units = [{key[0] for key in each} for each in keys]
    lost = units[0] - units[1] if roles.ledger else units[0] ^ units[1]
    if lost:
        raise _defect("no-partner", "name every line or project alike in both tables.", units=sorted(lost))
    joined = {}
    for unit in sorted(units[1]):
        own = ([cells[key][field] for key in keys[at] if key[0] == unit] for at, field in enumerate(fields))
        joined[unit, "", ""] = Worth(*(sum(each, Fraction(0)) for each in own))
    return joined


def _defect(key: str, cure: str, **facts: object) -> UnreadableError:
    return UnreadableError(WORDS.text(key, **facts), cure=cure)
