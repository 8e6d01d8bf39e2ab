# SPDX-License-Identifier: Apache-2.0
"""What can be compared with what: the same lines, the same calendar months, the same products, each normalised."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple, Self

from harness.kit.unreadable import UnreadableError
from harness.model import Reason
from harness.stats.ratio import Worth, standardised
from probes.change.rows import Cell, Sheet
from probes.change.words import WORDS

Key = Callable[[Cell], str]
SIDES = ("before", "after")


def line(cell: Cell) -> str:
    """The line or project."""
    return cell.unit


def calendar(cell: Cell) -> str:
    """The month of the year, as ``09``."""
    return cell.month[5:]


@dataclass(frozen=True, slots=True)
class Tables:
    """The mergeable digest: every table by side and place; ``sealed_ns``: when the baseline was sealed."""

    sheets: tuple[tuple[str, int, Sheet], ...]
    sealed_ns: int | None = None

    def merge(self, other: Self) -> Self:
        """The tables of both; a table that both hold counts once."""
        sheets = {each[:2]: each for each in (*self.sheets, *other.sheets)}
        sealed = {self.sealed_ns, other.sealed_ns} - {None}
        return replace(self, sheets=tuple(sheets[key] for key in sorted(sheets)), sealed_ns=max(sealed, default=None))


class Pair(NamedTuple):
    """The same line or calendar month on both sides; ``raw``: before without regard to the products."""

    label: str
    before: Worth
    after: Worth
    raw: Worth


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field is the amount and which the exposure; ``ledger``: a project without rows of amount had none."""

    amount: str
    exposure: str
    ledger: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The cells of both sides that may be compared, and the names of what may not."""

    sides: tuple[tuple[Cell, ...], tuple[Cell, ...]]
    roles: Roles
    remarks: tuple[Reason, ...]
    sealed_ns: int | None
    twins: frozenset[str] | None
    """Calendar months that both sides have; None where a table knows no months."""

    @property
    def control(self) -> bool:
        """Whether there is a control group."""
        return any(each.group == "control" for each in self.sides[1])

    @property
    def alone(self) -> tuple[str, ...]:
        """Lines or projects, or their products, that stand on one side only."""
        units, made = ([{key(each) for each in side} for side in self.sides] for key in (line, _made))
        products = [each for each in made[0] ^ made[1] if each[0] in units[0] & units[1]]
        return (*sorted(units[0] ^ units[1]), *(f"{unit}: {product}" for unit, product in sorted(products)))

    @property
    def gaps(self) -> tuple[str, ...]:
        """``line 2023-04`` where a line has no row in a month that others of its side have."""
        found = []
        for side in self.sides if self.twins else ():
            there = {(each.unit, each.month) for each in side}
            wanted = ((unit, month) for unit in {u for u, _ in there} for month in {m for _, m in there})
            found += [f"{unit} {month}" for unit, month in sorted(set(wanted) - there)]
        return tuple(found)

    def worth(self, side: int, key: Key = line) -> dict[str, Worth]:
        """Line, project or month -> amount and exposure on one side, control group apart."""
        return {label: self._worth(cells) for label, cells in _by(_group(self.sides[side], ""), key).items()}

    def pairs(self, key: Key = line, *, control: bool = False, within: str | None = None) -> list[Pair]:
        """Every line with itself, or every calendar month with its twin (of the line ``within``)."""
        group = "control" if control else ""
        old, new = (
            _by((each for each in _group(side, group) if within in {None, each.unit}), key) for side in self.sides
        )
        return [self._pair(each, old[each], new[each]) for each in sorted(old.keys() & new.keys())]

    def _pair(self, label: str, before: Sequence[Cell], after: Sequence[Cell]) -> Pair:
        old, new = ({name: self._worth(own) for name, own in _by(side, _product).items()} for side in (before, after))
        return Pair(label, *standardised(old, new), self._worth([each for each in before if each.product in new]))

    def _worth(self, cells: Iterable[Cell]) -> Worth:
        total = Worth(Fraction(0), Fraction(0))
        for each in cells:
            total = total.plus(Worth(each.values[self.roles.amount], each.values[self.roles.exposure]))
        return total


def compare(tables: Tables, roles: Roles, left_out: Collection[str] = ()) -> Comparison | None:
    """What can be compared under ``roles``; None where one side has no such values.

    UnreadableError where units disagree, periods overlap, or a line is in both groups or lacks its exposure.
    """
    _check_units([sheet for _, _, sheet in tables.sheets])
    cells = _grouped(tables, left_out)
    old, new = (tuple(_joined(cells[side], roles)) for side in SIDES)
    if not old or not new:
        return None
    last, first = max(each.month for each in old), min(each.month for each in new)
    if first and last and first <= last:
        raise _defect("overlap", "let the later period begin after the earlier one.", last=last, first=first)
    remarks = [each for _, _, sheet in tables.sheets for each in sheet.remarks]
    if left_out:
        remarks.append(WORDS.reason("left-out", names=sorted(left_out)))
    twins = None
    if first and min(each.month for each in old):
        twins = frozenset(map(calendar, old)) & frozenset(map(calendar, new))
        apart = sorted({each.month for each in (*old, *new) if calendar(each) not in twins})
        old, new = (tuple(each for each in side if calendar(each) in twins or not twins) for side in (old, new))
        remarks += [WORDS.reason("seasonal", months=apart)] if apart and twins else []
    return Comparison((old, new), roles, tuple(remarks), tables.sealed_ns, twins)


def _grouped(tables: Tables, left_out: Collection[str]) -> dict[str, list[Cell]]:
    """Side -> its cells, each line in the group that any table puts it in."""
    groups: dict[str, set[str]] = {}
    for _, _, sheet in tables.sheets:
        for cell in sheet.cells:
            groups.setdefault(cell.unit, set()).update({cell.group} - {""})
    torn = sorted(unit for unit, words in groups.items() if len(words) > 1)
    if torn:
        raise _defect("torn", "put each line or project into one group.", units=torn)
    found: dict[str, list[Cell]] = {side: [] for side in SIDES}
    for side, _, sheet in tables.sheets:
        own = (each for each in sheet.cells if each.unit not in left_out)
        found[side] += [replace(each, group="".join(groups[each.unit])) for each in own]
    return found


def _joined(cells: Sequence[Cell], roles: Roles) -> list[Cell]:
    """Cells with amount and exposure; where these stand in different tables, one a line or project."""
    fields = (roles.amount, roles.exposure)
    parts = [[each for each in cells if field in each.values] for field in fields]
    if parts[0] == parts[1] or not (parts[0] and parts[1]):
        return parts[0] if parts[1] else []
    names = [{(each.unit, each.group) for each in part} for part in parts]
    lost = names[0] - names[1] if roles.ledger else names[0] ^ names[1]
    if lost:
        raise _defect("no-partner", "name every line or project alike in both tables.", units=sorted(dict(lost)))
    sums = [
        {unit: sum((each.values[field] for each in own), Fraction(0)) for unit, own in _by(part, line).items()}
        for field, part in zip(fields, parts, strict=True)
    ]
    return [
        Cell(unit, "", "", group, {fields[0]: sums[0].get(unit, Fraction(0)), fields[1]: sums[1][unit]})
        for unit, group in sorted(names[1])
    ]


def _check_units(sheets: Sequence[Sheet]) -> None:
    stated: dict[str, tuple[str, str]] = {}
    for sheet in sheets:
        for field, unit in sheet.units.items():
            other, name = stated.setdefault(field, (unit, sheet.name))
            if other != unit:
                facts = {"field": field, "one": other or "–", "first": name, "two": unit or "–", "second": sheet.name}
                raise _defect("units", "write the same unit in brackets behind both headings.", **facts)


def _defect(key: str, cure: str, **facts: object) -> UnreadableError:
    return UnreadableError(WORDS.text(key, **facts), cure=cure)


def _by(cells: Iterable[Cell], key: Key) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for each in cells:
        found.setdefault(key(each), []).append(each)
    return found


def _group(cells: Iterable[Cell], group: str) -> list[Cell]:
    return [each for each in cells if (each.group == "control") == (group == "control")]


def _product(cell: Cell) -> str:
    return cell.product


def _made(cell: Cell) -> tuple[str, str]:
    return cell.unit, cell.product
