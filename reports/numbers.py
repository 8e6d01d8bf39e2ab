# SPDX-License-Identifier: Apache-2.0
"""Numbers as a report prints them: in the limit's unit, bounds rounded outwards, never rounded onto the limit."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from harness.errors import SpecError
from harness.quantity import unit_of, unit_word

DIGITS = 4
"""Significant digits of a printed result."""
MOST_DIGITS = 12
"""Digits that results.json carries; more are never needed to tell a value from its limit."""

NEAREST, DOWN, UP = ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def comparable(unit: str, other: str) -> bool:
    """Whether two units measure the same dimension; False for a unit that is not known."""
    try:
        return unit_of(unit)[0] == unit_of(other)[0]
    except SpecError:
        return False


def convert(number: float, unit: str, wanted: str) -> Fraction:
    """``number`` in another unit of the same dimension, exactly as it is written; SpecError for other dimensions."""
    exact = Fraction(str(number))
    return exact if unit == wanted else exact * unit_of(unit)[1] / unit_of(wanted)[1]


def display_unit(unit: str, limit_unit: str | None) -> str:
    """The limit's unit where it fits, and per cent for a bare ratio."""
    if limit_unit is not None and comparable(unit, limit_unit):
        unit = limit_unit
    return "%" if unit == "1" else unit


def digits(number: Fraction, rounding: str = NEAREST, apart_from: Fraction | None = None) -> str:
    """The number in words of digits: whole counts exactly, others with 4 significant digits.

    More digits are used while the rounded number would equal ``apart_from`` (the limit) and the number itself does not.
    """
    if number.denominator == 1 and abs(number) < 10**15:
        return _grouped(str(number.numerator))
    for places in range(DIGITS, MOST_DIGITS + 1):
        rounded = _rounded(number, places, rounding)
        if apart_from is None or Fraction(rounded) != apart_from or number == apart_from:
            break
    return _plain(rounded)


def quantity(number: float, unit: str, wanted: str, lang: str, rounding: str = NEAREST) -> str:
    """A number converted to ``wanted`` with its unit: ``1.53 ms``."""
    return with_unit(digits(convert(number, unit, wanted), rounding), wanted, lang)


def with_unit(text: str, unit: str, lang: str) -> str:
    """Digits and unit with a no-break space; counting words in the report's language."""
    shown = unit_word(unit, lang)
    return f"{text}\N{NO-BREAK SPACE}{shown}" if shown else text


def percent(ratio: float, lang: str = "zh") -> str:
    """A ratio as per cent: 0.95 is ``95 %``."""
    return quantity(ratio, "1", "%", lang)


def size(count: int) -> str:
    """Bytes with a binary prefix."""
    number = float(count)
    for prefix in ("", "Ki", "Mi", "Gi"):
        if number < 1024:
            return (
                f"{number:.0f}\N{NO-BREAK SPACE}{prefix}B" if not prefix else f"{number:.1f}\N{NO-BREAK SPACE}{prefix}B"
            )
        number /= 1024
    return f"{number:.1f}\N{NO-BREAK SPACE}TiB"


def _rounded(number: Fraction, places: int, rounding: str) -> Decimal:
    context = Context(prec=places, rounding=rounding)
    return context.divide(Decimal(number.numerator), Decimal(number.denominator))


def _plain(number: Decimal) -> str:
    exponent = number.adjusted()
    if number and not -5 <= exponent < 9:
        mantissa = number.scaleb(-exponent).normalize()
        return f"{mantissa:f}×10{str(exponent).translate(_SUPERSCRIPT)}"
    whole, dot, fraction = f"{number:f}".partition(".")
    return _grouped(whole) + dot + fraction


def _grouped(whole: str) -> str:
    """Thousands apart from five digits on, with narrow no-break spaces."""
    sign, figures = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    if len(figures) < 5:
        return whole
    head = len(figures) % 3 or 3
    groups = [figures[:head], *(figures[i : i + 3] for i in range(head, len(figures), 3))]
    return sign + "\N{NARROW NO-BREAK SPACE}".join(groups)
