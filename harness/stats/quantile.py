# SPDX-License-Identifier: Apache-2.0
"""Distribution-free bounds for a quantile by order statistics (ISO 16269-6; Hahn and Meeker, Statistical Intervals, ch. 5).

The p-quantile is at most the k-th smallest value with confidence P(X < k), X ~ Binomial(n, p). Nothing is assumed
about the shape; independence is. A lost packet counts as a delay of +infinity, so a quantile or a bound may be
``math.inf``: the report says "lost" there, JSON gets null.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, SupportsIndex

import numpy as np

from harness.errors import StatisticsError
from harness.stats import special
from harness.stats.inputs import Array, Real, Values, count, finite, risk, share

_TIE = 1 + 1e-12  # a probability that equals alpha exactly must not depend on the last bit of a beta function


class Ranked(Protocol):
    """A sorted sample seen by rank: an array, or the cells of a histogram."""

    @property
    def n(self) -> int:
        """All trials, lost ones included."""

    def at(self, rank: int) -> tuple[float, float]:
        """Edges (low, high) of the cell with the rank-th smallest value, rank 1..n; (inf, inf) for a lost one."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile with one-sided bounds; ``None``: n is too small for a bound on that side. ``value`` is a cell's high edge."""

    p: float
    n: int
    value: float
    lower: float | None
    upper: float | None
    lower_rank: int | None
    upper_rank: int | None


class Sample:
    """Measured values and a number of lost ones, seen by rank."""

    def __init__(self, values: Values, lost: SupportsIndex = 0) -> None:
        """Sort ``values`` (finite, any unit); ``lost`` trials rank above every one of them."""
        self._sorted: Array = np.sort(finite(values, "the sample"))
        self.n = len(self._sorted) + count(lost, "the number of lost trials")

    def at(self, rank: int) -> tuple[float, float]:
        """The rank-th smallest value twice; infinity for a lost trial."""
        value = float(self._sorted[rank - 1]) if rank <= len(self._sorted) else math.inf
        return value, value


class Cells:
    """A histogram seen by rank: cell i holds ``counts[i]`` values within [lows[i], highs[i]]."""

    def __init__(self, lows: Values, highs: Values, counts: Values, lost: SupportsIndex = 0) -> None:
        """Take cells in ascending order; StatisticsError when they overlap, are empty, or have negative counts."""
        self._lows, self._highs = finite(lows, "the low edges"), finite(highs, "the high edges")
        held = np.asarray(counts)
        if not len(self._lows) == len(self._highs) == len(held) or held.dtype.kind not in "iu" or (held < 0).any():
            raise StatisticsError("the cells and their counts contradict each other.", cure="pass one count a cell.")
        if (self._lows > self._highs).any() or (self._highs[:-1] > self._lows[1:]).any():
            raise StatisticsError("the cells are not in ascending order.", cure="sort the cells, without overlap.")
        self._cumulative = np.cumsum(held, dtype=np.int64)
        self.n = count(self._cumulative[-1], "the number of values", 1) + count(lost, "the number of lost trials")

    def at(self, rank: int) -> tuple[float, float]:
        """Both edges of the cell that holds the rank-th smallest value; infinity for a lost trial."""
        cell = int(np.searchsorted(self._cumulative, rank, side="left"))
        if cell == len(self._cumulative):
            return math.inf, math.inf
        return float(self._lows[cell]), float(self._highs[cell])


def upper_rank(n: SupportsIndex, p: Real, alpha: Real) -> int | None:
    """Smallest k with P(Binomial(n, p) < k) >= 1 - alpha, so X_(k) bounds the p-quantile from above; None when k > n.

    None exactly when n < ln(alpha) / ln(p). Exact to n = 1e8 and beyond.
    """
    total, chance, level = count(n, "the number of trials", 1), share(p, "the quantile's share"), risk(alpha)

    def enough(k: int) -> bool:
        return bool(special.betainc(k, total - k + 1, chance) <= level * _TIE)

    return None if not enough(total) else _first(enough, 1, total, _guess(total, chance, -level))


def lower_rank(n: SupportsIndex, p: Real, alpha: Real) -> int | None:
    """Largest k with P(Binomial(n, p) < k) <= alpha, so X_(k) bounds the p-quantile from below; None when there is none."""
    total, chance, level = count(n, "the number of trials", 1), share(p, "the quantile's share"), risk(alpha)

    def too_far(k: int) -> bool:
        return k > total or bool(special.betaincc(k, total - k + 1, chance) > level * _TIE)

    found = _first(too_far, 1, total + 1, _guess(total, chance, level)) - 1
    return found or None


def rank_of(n: int, p: Real) -> int:
    """ceil(n p), the rank of the sample p-quantile; 0.95 means 19/20, so 0.95 of 20 is 19."""
    return max(1, math.ceil(n * Fraction(p).limit_denominator(10**9)))


def bounds(ranked: Ranked, p: Real, alpha: Real) -> Quantile:
    """The p-quantile of ``ranked`` with both bounds at level 1 - alpha each, at the outer edges of their cells.

    The value is X_(ceil(n p)). StatisticsError when every trial was lost: there is nothing to rank.
    """
    low, high = lower_rank(ranked.n, p, alpha), upper_rank(ranked.n, p, alpha)
    if math.isinf(ranked.at(1)[0]):
        msg = f"all {ranked.n} trials were lost."
        raise StatisticsError(msg, cure="check that the path exists at all.")
    return Quantile(
        p=float(p),
        n=ranked.n,
        value=ranked.at(rank_of(ranked.n, p))[1],
        lower=None if low is None else ranked.at(low)[0],
        upper=None if high is None else ranked.at(high)[1],
        lower_rank=low,
        upper_rank=high,
    )


def _guess(n: int, p: float, signed_level: float) -> int:
    """A rank near the answer (normal approximation): the search starts there."""
    z = float(special.ndtri(abs(signed_level))) * (1 if signed_level > 0 else -1)
    return min(max(1, round(n * p + z * math.sqrt(n * p * (1 - p)))), n)


def _first(holds: Callable[[int], bool], low: int, high: int, guess: int) -> int:
    """Smallest k in [low, high] for which ``holds`` (false, then true; true at ``high``): gallop from ``guess``, then halve."""
    step = 1
    if holds(guess):
        high = guess
        while high - step >= low and holds(high - step):
            high, step = high - step, 2 * step
        low = max(low, high - step)
    else:
        low = guess + 1
        while low + step < high and not holds(low + step):
            low, step = low + step + 1, 2 * step
        high = min(high, low + step)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
