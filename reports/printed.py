# SPDX-License-Identifier: Apache-2.0
"""A result for the eye and for machines: printed with its bounds and limit, and as plain numbers in the limit's unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reports.numbers import DOWN, NEAREST, UP, comparable, convert, digits, display_unit, percent, quantity, with_unit
from reports.words import known, words

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


def limit_text(criterion: Mapping[str, Any], lang: str) -> str:
    """The criterion's limit as people write it: ``≤ 2 ms``; empty where there is none."""
    if criterion["limit"] is None:
        return ""
    return f"{_OPS[criterion['op']]} {quantity(criterion['limit'], criterion['unit'], criterion['unit'], lang)}"


def plain_numbers(estimate: Mapping[str, Any] | None, criterion: Mapping[str, Any]) -> Numbers | None:
    """The estimate in the limit's unit where they compare; None without an estimate."""
    if estimate is None or estimate["value"] is None:
        return None
    unit = display_unit(estimate["unit"], criterion["unit"])
    value, lower, upper = (
        None if estimate[key] is None else float(convert(estimate[key], estimate["unit"], unit))
        for key in ("value", "lower", "upper")
    )
    limit = None if criterion["unit"] is None or not comparable(unit, criterion["unit"]) else criterion["limit"]
    allowance = float(convert(estimate["allowance"], estimate["unit"], unit))
    return Numbers(value or 0.0, lower, upper, limit, criterion["op"] or "", unit, allowance)


def printed(estimate: Mapping[str, Any] | None, criterion: Mapping[str, Any], lang: str) -> Printed:
    """The estimate as text, bounds rounded outwards; empty texts without an estimate."""
    if estimate is None or estimate["value"] is None:
        return Printed()
    unit = display_unit(estimate["unit"], criterion["unit"])
    limit = Fraction(str(criterion["limit"])) if unit == criterion["unit"] and criterion["limit"] is not None else None

    def bare(key: str, rounding: str) -> str:
        found = estimate.get(key)
        return "" if found is None else digits(convert(found, estimate["unit"], unit), rounding, limit)

    def shown(key: str, rounding: str) -> str:
        found = bare(key, rounding)
        return with_unit(found, unit, lang) if found else ""

    n, effective = estimate.get("n"), estimate.get("n_eff")
    certain = estimate["lower"] == estimate["value"] == estimate["upper"]
    confidence = percent(estimate["confidence"])
    return Printed(
        value=shown("value", NEAREST),
        lower=shown("lower", DOWN),
        upper=shown("upper", UP),
        confidence=confidence,
        allowance=shown("allowance", UP) if estimate.get("allowance") else "",
        samples="" if n is None else digits(Fraction(n)),
        effective="" if effective is None or effective == n else digits(Fraction(str(effective)), DOWN),
        method=_method(str(estimate.get("method", "")), lang),
        exact=certain and comparable(unit, "个"),
        bounds="" if certain else _bounds(bare("lower", DOWN), bare("upper", UP), unit, confidence, lang),
    )


def _method(text: str, lang: str) -> str:
    """A method in the report's language; parameters behind a semicolon, as ``Tmax 3 s (RFC 7680)``, stay as they are."""
    head, mark, parameters = text.partition("; ")
    return known(f"method.{text}", lang, "") or known(f"method.{head}", lang, head) + mark + parameters


def _bounds(lower: str, upper: str, unit: str, confidence: str, lang: str) -> str:
    """Both bounds with the unit once: ``95 % bounds [1.46, 1.54] ms``; empty when there is neither."""
    if not lower and not upper:
        return ""
    say = words(lang)
    both = say("range", lower=lower or "−∞", upper=upper or "+∞")
    return say("bounds", confidence=confidence, range=with_unit(both, unit, lang))
