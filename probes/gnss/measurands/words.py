# SPDX-License-Identifier: Apache-2.0
"""The words of this domain (``words.toml``), and numbers as facts: rounded to what is said, with their unit."""

from __future__ import annotations

import math
from fractions import Fraction

from harness.kit.words import Catalogue
from harness.model import Text
from harness.quantity import Quantity

WORDS = Catalogue("probes.gnss")


def titled(title: Text, label: str) -> Text:
    """A title under the name of one of several sources."""
    return Text(f"{label}：{title.zh}", f"{label}: {title.en}")


def percent(share: float | Fraction) -> Quantity:
    """A share with two decimals of a per cent."""
    return Quantity(Fraction(f"{float(share) * 100:.2f}"), "%")


def in_unit(value: float | Fraction, unit: str, digits: int = 3) -> Quantity | str:
    """A number in ``unit`` with so many significant digits."""
    number = float(value)
    return Quantity(Fraction(f"{number:.{digits}g}"), unit) if math.isfinite(number) else f"∞ {unit}"


def seconds(value: float) -> Quantity:
    """A finite time in s with nine significant digits."""
    return Quantity(Fraction(f"{value:.9g}"), "s")


def millimetres(value_m: float) -> Quantity | str:
    """A length given in m, as mm."""
    return in_unit(value_m * 1000, "mm")
