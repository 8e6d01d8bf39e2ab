# SPDX-License-Identifier: Apache-2.0
"""Values of the engine as JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from fractions import Fraction
from typing import Any

from harness.model import Reason, Text
from harness.quantity import Quantity

DIGITS = 12
"""Significant digits of a floating-point number."""
LARGEST = 2**53
"""Below it every whole number is a double of its own (RFC 8785)."""


def plain(value: Any) -> Any:
    """JSON values of nested mappings, sequences and numbers; floats at twelve digits, infinities as None."""
    match value:
        case None | str() | bool():
            return value
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case Text():
            return {"zh": value.zh, "en": value.en}
        case Reason():
            return plain(value.text)
        case Quantity():
            return str(value)
        case date():
            return value.isoformat()
        case AbstractSet():
            return [plain(item) for item in sorted(value)]
        case Sequence():
            return [plain(item) for item in value]
    return _number(value)


def _number(value: Any) -> int | float | None:
    """A JSON number: whole fractions as int, others as rounded float, what is not finite as None."""
    if isinstance(value, Fraction):
        value = value.numerator if value.denominator == 1 else float(value)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int):
        return value if abs(value) < LARGEST else float(value)
    number = float(f"{float(value):.{DIGITS}g}")
    return number if number - number == 0 else None
