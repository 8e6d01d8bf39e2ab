# SPDX-License-Identifier: Apache-2.0
"""What every bound asks of its numbers before it computes: a bad input is an error, never a plausible number."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError

Real = float | int | Fraction
Array = npt.NDArray[np.float64]
Values = Sequence[float] | npt.NDArray[Any]


class Bounds(NamedTuple):
    """Two one-sided bounds, each at level 1 - alpha on its own (together: two-sided 1 - 2 alpha)."""

    lower: float
    upper: float


def risk(alpha: Real) -> float:
    """``alpha`` as a float; StatisticsError unless 0 < alpha < 0.5."""
    if not 0 < alpha < 0.5:
        msg = f"the risk alpha is {alpha}, outside (0, 0.5)."
        raise StatisticsError(msg, cure="declare a risk such as 0.05 (95 % confidence).")
    return float(alpha)


def share(p: Real, name: str) -> float:
    """``p`` as a float; StatisticsError unless 0 < p < 1."""
    if not 0 < p < 1:
        msg = f"{name} is {p}, outside (0, 1)."
        raise StatisticsError(msg, cure="write it as a share between 0 and 1, such as 0.999.")
    return float(p)


def count(value: SupportsIndex, name: str, least: int = 0) -> int:
    """``value`` as an int; StatisticsError unless it is a whole number of at least ``least``."""
    try:
        number = operator.index(value)
    except TypeError:
        msg = f"{name} is {value!r}, not a whole number."
        raise StatisticsError(msg, cure="count events; do not scale or average counts.") from None
    if number < least:
        msg = f"{name} is {number}, below {least}."
        raise StatisticsError(msg, cure="record more, or look for the defect that made this count.")
    return number


def trials(x: SupportsIndex, n: SupportsIndex) -> tuple[int, int]:
    """``(x, n)`` as ints; StatisticsError unless 0 <= x <= n and n >= 1."""
    events, total = count(x, "the number of events"), count(n, "the number of trials", 1)
    if events > total:
        msg = f"{events} events in {total} trials contradict each other."
        raise StatisticsError(msg, cure="count events and trials over the same records.")
    return events, total


def positive(value: Real, name: str) -> float:
    """``value`` as a float; StatisticsError unless it is finite and above zero."""
    if not 0 < value < float("inf"):
        msg = f"{name} is {value}, not a finite number above zero."
        raise StatisticsError(msg, cure=f"check how {name} was obtained.")
    return float(value)


def nonnegative(value: Real, name: str) -> float:
    """``value`` as a float; StatisticsError unless it is finite and not below zero."""
    if not 0 <= value < float("inf"):
        msg = f"{name} is {value}, not a finite number from zero up."
        raise StatisticsError(msg, cure=f"check how {name} was obtained.")
    return float(value)


def finite(values: Values, name: str, least: int = 1) -> Array:
    """``values`` as a float64 column, shape (n,); StatisticsError for NaN, infinity, or fewer than ``least``."""
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1 or len(column) < least:
        msg = f"{name}: {column.size} values in {column.ndim} dimension(s), at least {least} in one are needed."
        raise StatisticsError(msg, cure="record more, and pass one column.")
    if not np.isfinite(column).all():
        msg = f"{name}: {int((~np.isfinite(column)).sum())} of {len(column)} values are NaN or infinite."
        raise StatisticsError(msg, cure="drop or count undefined values in the decoder; do not hide them in a mean.")
    return column
