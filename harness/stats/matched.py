# SPDX-License-Identifier: Apache-2.0
"""Two periods made comparable, exactly: the same units, the same calendar months, the same products, each normalised.

A value is an amount by an exposure (cost by output, output by hours, events by size). Where both periods know months, only
calendar months that both have are compared (seasonal twins). Where products are told apart, the value before is what the
products made afterwards would have been worth before (direct standardisation, Paasche's weights), so that a moved mix
changes nothing. What stands on one side only is listed, never dropped in silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from harness.errors import StatisticsError


class Worth(NamedTuple):
    """An amount and the exposure it belongs to."""

    amount: Fraction
    exposure: Fraction

    @property
    def rate(self) -> Fraction:
        """The amount of one unit of exposure; StatisticsError for an exposure of zero."""
        if not self.exposure:
            raise StatisticsError("an exposure is zero.", cure="leave out what made, took or measured nothing.")
        return self.amount / self.exposure

    @property
    def row(self) -> tuple[float, float, float]:
        """Rate, amount and exposure, for a list."""
        return float(self.rate), float(self.amount), float(self.exposure)


class Cell(NamedTuple):
    """What one unit (line, project) was worth in one month (``2023-09``) with one product; empty texts where nobody knows."""

    unit: str
    month: str
    product: str
    control: bool
    worth: Worth


Key = Callable[[Cell], str]


def unit(cell: Cell) -> str:
    """The line or project."""
    return cell.unit


def calendar(cell: Cell) -> str:
    """The month of the year, as ``09``."""
    return cell.month[5:]


def unit_month(cell: Cell) -> str:
    """The line in one month, as ``L1 2023-09``."""
    return f"{cell.unit} {cell.month}".strip()


class Pair(NamedTuple):
    """The same unit or calendar month in both periods; ``raw``: before without regard to the mix of products."""

    label: str
    before: Worth
    after: Worth
    raw: Worth


@dataclass(frozen=True, slots=True)
class Matched:
    """Cells of both periods that may be compared; make it by :func:`matched`.

    ``twins``: the calendar months compared, None where a period knows no months, empty where they share none.
    ``apart``: months that have no twin.
    """

    before: tuple[Cell, ...]
    after: tuple[Cell, ...]
    twins: frozenset[str] | None
    apart: tuple[str, ...]

    @property
    def alone(self) -> tuple[str, ...]:
        """Units that stand on one side only, and ``unit: product`` where a product of a common unit does."""
        sides = (self.before, self.after)
        units = [{cell.unit for cell in side} for side in sides]
        made = [{(cell.unit, cell.product) for cell in side} for side in sides]
        products = sorted(each for each in made[0] ^ made[1] if each[0] in units[0] & units[1])
        return (*sorted(units[0] ^ units[1]), *(f"{name}: {product}" for name, product in products))

    @property
    def gaps(self) -> tuple[str, ...]:
        """``unit 2023-04`` where a unit has nothing in a month that others of its side have."""
        found: list[str] = []
        for side in (self.before, self.after) if self.twins else ():
            names, months = {cell.unit for cell in side}, {cell.month for cell in side}
            there = {(cell.unit, cell.month) for cell in side}
            found += [
                f"{name} {month}" for name in sorted(names) for month in sorted(months) if (name, month) not in there
            ]
        return tuple(found)

    @property
    def control(self) -> bool:
        """Whether there is a control group."""
        return any(cell.control for cell in self.after)

    @property
    def mix(self) -> float:
        """By what share standardisation moved the values before, over all units; 0 where products are not told apart."""
        pairs = self.pairs()
        raw = math.fsum(float(pair.raw.rate) for pair in pairs)
        return math.fsum(float(pair.before.rate) for pair in pairs) / raw - 1 if raw else 0.0

    def worth(self, key: Key = unit) -> tuple[dict[str, Worth], dict[str, Worth]]:
        """(before, after): label -> what it was worth; the control group is left out."""
        old, new = (
            {label: _sum(own) for label, own in _by((cell for cell in side if not cell.control), key).items()}
            for side in (self.before, self.after)
        )
        return old, new

    def pairs(self, key: Key = unit, *, control: bool = False, within: str | None = None) -> list[Pair]:
        """Every unit with itself, or (:func:`calendar`) every month with its twin, by choice ``within`` one unit."""
        old, new = (
            _by((cell for cell in side if cell.control == control and within in {None, cell.unit}), key)
            for side in (self.before, self.after)
        )
        return [_pair(label, old[label], new[label]) for label in sorted(old.keys() & new.keys())]


def matched(before: Collection[Cell], after: Collection[Cell]) -> Matched:
    """Both periods, restricted to their common calendar months where both know months."""
    if not all(cell.month for cell in (*before, *after)):
        return Matched(tuple(before), tuple(after), None, ())
    twins = frozenset(map(calendar, before)) & frozenset(map(calendar, after))
    old, new = (tuple(cell for cell in side if calendar(cell) in twins or not twins) for side in (before, after))
    apart = sorted({cell.month for cell in (*before, *after) if twins and calendar(cell) not in twins})
    return Matched(old, new, twins, tuple(apart))


def standardised(before: Mapping[str, Worth], after: Mapping[str, Worth]) -> tuple[Worth, Worth]:
    """(before, after) over the products that both have, before as if the products of afterwards had been made then.

    Each product's rate before, times its exposure afterwards. StatisticsError without a common product.
    """
    both = sorted(before.keys() & after.keys())
    if not both:
        raise StatisticsError("no product stands on both sides.", cure="compare lines that make the same products.")
    made = sum((after[each].exposure for each in both), Fraction(0))
    was = sum((before[each].rate * after[each].exposure for each in both), Fraction(0))
    return Worth(was, made), Worth(sum((after[each].amount for each in both), Fraction(0)), made)


def _pair(label: str, before: Sequence[Cell], after: Sequence[Cell]) -> Pair:
    old, new = ({name: _sum(own) for name, own in _by(side, _product).items()} for side in (before, after))
    was, now = standardised(old, new)
    return Pair(label, was, now, _sum(cell for cell in before if cell.product in new))


def _by(cells: Iterable[Cell], key: Key) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(key(cell), []).append(cell)
    return found


def _sum(cells: Iterable[Cell]) -> Worth:
    told = list(cells)
    return Worth(
        sum((cell.worth.amount for cell in told), Fraction(0)), sum((cell.worth.exposure for cell in told), Fraction(0))
    )


def _product(cell: Cell) -> str:
    return cell.product
