# SPDX-License-Identifier: Apache-2.0
"""A result for the eye and for machines: printed with its bounds and limit, and as plain numbers in the limit's unit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from harness.documents import CriterionEntry, EstimateEntry
from reports.numbers import DOWN, NEAREST, UP, comparable, convert, digits, display_unit, percent, quantity, with_unit
from reports.words import words

_OPS = {"<=": "≤", ">=": "≥", "==": "=", "<": "<", ">": ">"}


@dataclass(frozen=True, slots=True)
class Numbers:
    """A result in the limit's unit, exactly as results.json gives it, for charts and machine-readable reports."""

    value: float
    lower: float | None
    upper: float | None
    limit: float | None
    op: str
    unit: str
    allowance: float = 0.0


@dataclass(frozen=True, slots=True)
class Printed:
    """A result as printed, bounds rounded outwards; empty text where there is none."""

    value: str = ""
    lower: str = ""
    upper: str = ""
    confidence: str = ""
    allowance: str = ""
    samples: str = ""
    effective: str = ""
    method: str = ""
    exact: bool = False
    bounds: str = ""


def limit_text(criterion: CriterionEntry, lang: str) -> str:
    """The criterion's limit as people write it: ``≤ 2 ms``; empty where there is none."""
    if criterion.limit is None or criterion.op is None or criterion.unit is None:
        return ""
    return f"{_OPS[criterion.op]} {quantity(criterion.limit, criterion.unit, criterion.unit, lang)}"


def plain_numbers(estimate: EstimateEntry | None, criterion: CriterionEntry) -> Numbers | None:
    """The estimate in the limit's unit where they compare; None without an estimate."""
    if estimate is None or estimate.value is None:
        return None
    unit = display_unit(estimate.unit, criterion.unit)
    lower, upper, allowance = (
        None if number is None else float(convert(number, estimate.unit, unit))
        for number in (estimate.lower, estimate.upper, estimate.allowance)
    )
    limit = None if criterion.unit is None or not comparable(unit, criterion.unit) else criterion.limit
    value = float(convert(estimate.value, estimate.unit, unit))
    return Numbers(value, lower, upper, limit, criterion.op or "", unit, allowance or 0.0)


def printed(estimate: EstimateEntry | None, criterion: CriterionEntry, lang: str) -> Printed:
    """The estimate as text, bounds rounded outwards; empty texts without an estimate."""
    if estimate is None or estimate.value is None:
        return Printed()
    unit = display_unit(estimate.unit, criterion.unit)
    limit = Fraction(str(criterion.limit)) if unit == criterion.unit and criterion.limit is not None else None

    def bare(number: float | None, rounding: str) -> str:
        return "" if number is None else digits(convert(number, estimate.unit, unit), rounding, limit)

    def shown(number: float | None, rounding: str) -> str:
        text = bare(number, rounding)
        return with_unit(text, unit, lang) if text else ""

    certain = estimate.lower == estimate.value == estimate.upper
    confidence = percent(estimate.confidence)
    lower, upper = bare(estimate.lower, DOWN), bare(estimate.upper, UP)
    independent = estimate.n_eff is None or estimate.n_eff == estimate.n
    return Printed(
        value=shown(estimate.value, NEAREST),
        lower=shown(estimate.lower, DOWN),
        upper=shown(estimate.upper, UP),
        confidence=confidence,
        allowance=shown(estimate.allowance, UP) if estimate.allowance else "",
        samples=digits(Fraction(estimate.n)),
        effective="" if independent else digits(Fraction(str(estimate.n_eff)), DOWN),
        method=estimate.method.get(lang),
        exact=certain and comparable(unit, "个"),
        bounds="" if certain else _bounds(lower, upper, unit, confidence, lang),
    )


def _bounds(lower: str, upper: str, unit: str, confidence: str, lang: str) -> str:
    """Both bounds with the unit once: ``95 % bounds [1.46, 1.54] ms``; empty when there is neither."""
    if not lower and not upper:
        return ""
    say = words(lang)
    both = say("range", lower=lower or "−∞", upper=upper or "+∞")
    return say("bounds", confidence=confidence, range=with_unit(both, unit, lang))
