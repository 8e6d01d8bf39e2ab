# SPDX-License-Identifier: Apache-2.0
"""Exact sums of values and of squares: mean and variance that no order, split or cancellation can change.

An integer is one; a float is an integer times a power of two. Both are summed in whole numbers, so nothing is rounded
until the mean or the deviation is asked for, and the one-pass formula is safe (NIST StRD NumAcc1-4 defeat it in
floating point; Chan, Golub and LeVeque 1983 describe the float merge that this makes unnecessary).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError

_BLOCK = 1 << 20
_LOW32 = (1 << 32) - 1
Whole = npt.NDArray[np.int64] | npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Number of values, their exact sum and the exact sum of their squares, in the values' unit and its square."""

    n: int = 0
    total: Fraction = Fraction(0)
    squares: Fraction = Fraction(0)

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> Moments:
        """Of integers up to 64 bits or floats, shape (n,); StatisticsError for NaN, infinity or anything else."""
        if values.ndim != 1 or values.dtype.kind not in "iuf":
            msg = f"moments are of a row of numbers, not of {values.dtype} of shape {values.shape}."
            raise StatisticsError(msg, cure="pass one column.")
        found = cls()
        for start in range(0, values.size, _BLOCK):
            for mantissas, exponent in _scaled(values[start : start + _BLOCK]):
                unit = Fraction(2) ** exponent
                part = cls(mantissas.size, exact_sum(mantissas) * unit, _square_sum(mantissas) * unit * unit)
                found = found.merge(part)
        return found

    def merge(self, other: Moments) -> Moments:
        """The moments of both; associative and commutative, exactly."""
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> Fraction:
        """The exact mean; StatisticsError without values."""
        self._needs(1)
        return self.total / self.n

    @property
    def variance(self) -> Fraction:
        """The exact sample variance, divided by n - 1; StatisticsError with fewer than two values."""
        self._needs(2)
        return (self.squares - self.total * self.total / self.n) / (self.n - 1)

    @property
    def sd(self) -> float:
        """The sample standard deviation, n - 1 in the denominator, to the last bit but one."""
        return _root(self.variance)

    @property
    def rms(self) -> float:
        """The root of the mean square about zero; StatisticsError without values."""
        self._needs(1)
        return _root(self.squares / self.n)

    def to_bytes(self) -> bytes:
        """Canonical JSON: the same for any split and order."""
        return json.dumps(
            {"n": self.n, "total": str(self.total), "squares": str(self.squares)}, sort_keys=True
        ).encode()

    def _needs(self, least: int) -> None:
        if self.n < least:
            msg = f"{self.n} values have no such moment."
            raise StatisticsError(msg, cure=f"record at least {least}.")


def exact_sum(values: Whole) -> int:
    """The sum of 64-bit integers (at most 2^31 of them) without overflow."""
    shift, low = values.dtype.type(32), values.dtype.type(_LOW32)
    return (int((values >> shift).sum()) << 32) + int((values & low).sum())


def _square_sum(values: Whole) -> int:
    """The sum of squares of 64-bit integers without overflow: (2^32 h + l)^2, each product split once more."""
    high = (values >> values.dtype.type(32)).astype(np.int64)
    low = (values & values.dtype.type(_LOW32)).astype(np.uint64)
    signed_low = low.astype(np.int64)
    cross = exact_sum(high * (signed_low >> 16)) * (1 << 16) + exact_sum(high * (signed_low & 0xFFFF))
    return (exact_sum(np.square(np.abs(high).astype(np.uint64))) << 64) + (cross << 33) + exact_sum(np.square(low))


def _scaled(values: npt.NDArray[Any]) -> Iterator[tuple[Whole, int]]:
    """``values`` as groups of 64-bit integers times 2^exponent, exactly."""
    if values.dtype.kind == "u":
        yield values.astype(np.uint64), 0
        return
    if values.dtype.kind == "i":
        yield values.astype(np.int64), 0
        return
    if not np.isfinite(values).all():
        raise StatisticsError("a value is NaN or infinite.", cure="drop what was not measured, and count it.")
    fractions, exponents = np.frexp(values.astype(np.float64))
    order = np.argsort(exponents, kind="stable")
    mantissas, sorted_exponents = np.ldexp(fractions, 53).astype(np.int64)[order], exponents[order]
    for group in np.split(np.arange(order.size), np.flatnonzero(np.diff(sorted_exponents)) + 1):
        yield mantissas[group], int(sorted_exponents[group[0]]) - 53


def _root(square: Fraction) -> float:
    """The square root of a fraction of any size, correctly rounded but for the last bit."""
    if not square:
        return 0.0
    shift = 2 * ((128 - square.numerator.bit_length() + square.denominator.bit_length()) // 2)
    scaled = square * Fraction(2) ** shift
    return math.ldexp(math.isqrt(math.floor(scaled)), -shift // 2)
