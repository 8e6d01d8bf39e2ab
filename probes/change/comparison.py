# SPDX-License-Identifier: Apache-2.0
"""What can be compared with what: the same lines, the same calendar months, the same products, each normalised.

A value is an amount by an exposure: cost by output, output by hours, change orders by size. Where products are told
apart, the value before is what the products made afterwards would have cost before: a moved mix changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import NamedTuple, Self

from harness.errors import DecodeError
from harness.model import Reason
from probes.change.rows import Cell, Sheet
from probes.change.words import WORDS


class Value(NamedTuple):
    """An amount and the exposure it belongs to."""

    amount: Fraction
    exposure: Fraction

    @property
    def rate(self) -> Fraction:
        """The amount of one unit of exposure."""
        return self.amount / self.exposure


class Pair(NamedTuple):
    """The same line or calendar month before and after; ``raw``: before without regard to the products."""

    label: str
    before: Value
    after: Value
    raw: Value
    control: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """The mergeable digest: every table by side (``before``, ``after``) and place; ``sealed_ns``: when the baseline was."""

    sheets: tuple[tuple[str, int, Sheet], ...]
    sealed_ns: int | None = None

    def merge(self, other: Self) -> Self:
        """The tables of both; a table that both hold counts once."""
        sheets = {(side, at): sheet for side, at, sheet in (*self.sheets, *other.sheets)}
        sealed = max((each for each in (self.sealed_ns, other.sealed_ns) if each is not None), default=None)
        return replace(self, sheets=tuple((*key, sheets[key]) for key in sorted(sheets)), sealed_ns=sealed)


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field is the amount and which the exposure; ``zero``: a line without rows of amount had none (a ledger)."""

    amount: str
    exposure: str
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Cells of both sides that may be compared, and the names of what stands on one side only."""

    before: tuple[Cell, ...]
    after: tuple[Cell, ...]
    roles: Roles
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    remarks: tuple[Reason, ...] = ()
    sealed_ns: int | None = None
    twins: tuple[str, ...] = ()
    """Calendar months that both sides have, as ``03``; empty where the tables know no months."""
    seasons: bool = False
    """Both sides know months, and they share none."""

    @property
    def control(self) -> bool:
        """Whether there is a control group."""
        return any(each.control for each in self.after)

    def units(self, side: Sequence[Cell], *, control: bool = False) -> dict[str, Value]:
        """Line or project -> its value."""
        return {label: _value(cells, self.roles) for label, cells in _by(side, _unit, control=control).items()}

    def pairs(self, *, months: bool = False, control: bool = False, within: str | None = None) -> list[Pair]:
        """Every line with itself, or every calendar month with its twin (of the line ``within``)."""
        key = _calendar if months else _unit
        sides = [
            _by((each for each in side if within in {None, each.unit}), key, control=control)
            for side in (self.before, self.after)
        ]
        shared = sorted(sides[0].keys() & sides[1].keys())
        return [self._pair(label, sides[0][label], sides[1][label], control=control) for label in shared]

    def _pair(self, label: str, before: Sequence[Cell], after: Sequence[Cell], *, control: bool) -> Pair:
        old, new = _by(before, _product, control=None), _by(after, _product, control=None)
        both = sorted(old.keys() & new.keys())
        values = [(_value(old[each], self.roles), _value(new[each], self.roles)) for each in both]
        made = sum((now.exposure for _, now in values), Fraction(0))
        adjusted = sum((then.rate * now.exposure for then, now in values), Fraction(0))
        amount = sum((now.amount for _, now in values), Fraction(0))
        raw = _value([cell for each in both for cell in old[each]], self.roles) if both else Value(Fraction(0), made)
        return Pair(label, Value(adjusted, made), Value(amount, made), raw, control)

    @property
    def products(self) -> tuple[str, ...]:
        """``line: product`` where a product of a compared line was made on one side only."""
        sides = [{(each.unit, each.product) for each in side} for side in (self.before, self.after)]
        lines = {unit for unit, _ in sides[0]} & {unit for unit, _ in sides[1]}
        return tuple(sorted(f"{unit}: {product}" for unit, product in sides[0] ^ sides[1] if unit in lines))


def compare(tables: Iterable[Tables], roles: Roles, left_out: Iterable[str] = ()) -> Comparison | None:
    """What of all tables can be compared under ``roles``; None where one side has no such values.

    DecodeError where the units of the two sides differ or their months overlap.
    """
    whole = reduce(Tables.merge, tables)
    _check_units([sheet for _, _, sheet in whole.sheets])
    remarks = [each for _, _, sheet in whole.sheets for each in sheet.remarks]
    out = frozenset(left_out)
    sides = []
    for side in ("before", "after"):
        cells = [cell for name, _, sheet in whole.sheets if name == side for cell in sheet.cells if cell.unit not in out]
        found = _complete(cells, roles)
        if not found:
            return None
        sides.append(found)
    _check_overlap(*sides)
    return _matched(sides[0], sides[1], roles, tuple(sorted(out)), tuple(remarks), whole.sealed_ns)


def _matched(
    before: Sequence[Cell],
    after: Sequence[Cell],
    roles: Roles,
    out: tuple[str, ...],
    remarks: tuple[Reason, ...],
    sealed_ns: int | None,
) -> Comparison:
    """Restricted to the calendar months that both sides have, where both know months."""
    months = [{_calendar(each) for each in side} for side in (before, after)]
    dated = all("" not in each for each in months)
    twins = months[0] & months[1] if dated else set()
    kept = [[each for each in side if not twins or _calendar(each) in twins] for side in (before, after)]
    units = [{each.unit for each in side} for side in kept]
    return Comparison(
        *(tuple(each) for each in kept),
        roles=roles,
        only_before=tuple(sorted(units[0] - units[1])),
        only_after=tuple(sorted(units[1] - units[0])),
        gaps=tuple(gap for side in kept for gap in _gaps(side)) if dated else (),
        left_out=out,
        remarks=(*remarks, *_unpaired_months(before, after, twins)),
        sealed_ns=sealed_ns,
        twins=tuple(sorted(twins)),
        seasons=dated and not twins,
    )


def _complete(cells: Sequence[Cell], roles: Roles) -> list[Cell]:
    """Cells with amount and exposure; where they stand in different tables, joined by line or project."""
    told = [each for each in cells if {roles.amount, roles.exposure} & each.values.keys()]
    if all({roles.amount, roles.exposure} <= each.values.keys() for each in told):
        return told
    parts = [[each for each in told if field in each.values] for field in (roles.amount, roles.exposure)]
    if not parts[0] or not parts[1]:
        return []
    names = [{(each.unit, each.control) for each in part} for part in parts]
    lost = names[0] - names[1] if roles.zero else names[0] ^ names[1]
    if lost:
        raise _defect("no-partner", "name every line or project alike in both tables.", units=sorted(dict(lost)))
    found = []
    for unit, control in sorted(names[1]):
        sums = {
            field: sum((each.values[field] for each in part if each.unit == unit), Fraction(0))
            for field, part in zip((roles.amount, roles.exposure), parts, strict=True)
        }
        found.append(Cell(unit, "", "", control, sums))
    return found


def _gaps(cells: Sequence[Cell]) -> list[str]:
    """``line 2023-04`` where a line has no row in a month that others have."""
    months, units = {each.month for each in cells}, {each.unit for each in cells}
    there = {(each.unit, each.month) for each in cells}
    return [f"{unit} {month}" for unit in sorted(units) for month in sorted(months) if (unit, month) not in there]


def _unpaired_months(before: Sequence[Cell], after: Sequence[Cell], twins: set[str]) -> list[Reason]:
    left = sorted({each.month for side in (before, after) for each in side if twins and _calendar(each) not in twins})
    return [WORDS.reason("seasonal", months=left)] if left else []


def _check_units(sheets: Sequence[Sheet]) -> None:
    stated: dict[str, tuple[str, str]] = {}
    for sheet in sheets:
        for field, unit in sheet.units.items():
            other, name = stated.setdefault(field, (unit, sheet.name))
            if other != unit:
                cure = "give both tables the same unit, written in brackets behind the heading."
                raise _defect("units", cure, field=field, one=other or "–", first=name, two=unit or "–", second=sheet.name)


def _check_overlap(before: Sequence[Cell], after: Sequence[Cell]) -> None:
    last, first = max(each.month for each in before), min(each.month for each in after)
    if first and last and first <= last:
        raise _defect("overlap", "let the later period begin after the earlier one.", last=last, first=first)


def _defect(key: str, cure: str, **facts: object) -> DecodeError:
    from harness.kit.unreadable import UnreadableError

    return UnreadableError(WORDS.text(key, **facts), cure=cure)


def _value(cells: Iterable[Cell], roles: Roles) -> Value:
    told = list(cells)
    return Value(*(sum((each.values[field] for each in told), Fraction(0)) for field in (roles.amount, roles.exposure)))


def _by(cells: Iterable[Cell], key: Callable[[Cell], str], *, control: bool | None) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for each in cells:
        if control in {None, each.control}:
            found.setdefault(key(each), []).append(each)
    return found


def _unit(cell: Cell) -> str:
    return cell.unit


def _calendar(cell: Cell) -> str:
    return cell.month[5:]


def _product(cell: Cell) -> str:
    return cell.product
