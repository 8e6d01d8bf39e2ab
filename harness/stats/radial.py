# SPDX-License-Identifier: Apache-2.0
"""Bounds for a quantile of an autocorrelated error (R95, R99, vertical 95 %), and the Gaussian factors between metrics.

The rank bounds of :mod:`harness.stats.quantile` are taken for n_eff independent epochs instead of n and carried over to
the record: no shape is assumed. n_eff comes from the 0/1 series "error beyond its own quantile" (10 and 20 batch means
with Student's penalty, Geyer's tau), the largest deff counts, with the same short-record correction as the RMS.
DRMS, R95, CEP and 1-sigma differ by factors up to 2.4: a clause must say which one it means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from harness.errors import StatisticsError
from harness.model import Need, Reason
from harness.stats import quantile, special
from harness.stats.autocorrelation import batch_means, integrated_time, student_penalty
from harness.stats.inputs import Array, Real, Values, finite, risk, share
from harness.stats.rms import BATCHES, SHORTEST, length_remarks, too_short


@dataclass(frozen=True, slots=True)
class RadialBounds:
    """A quantile of |error| with one-sided bounds at level 1 - alpha each, in the unit of the errors.

    A bound is None when ``n_eff`` epochs are too few for it (95 %: 59); ``missing`` is set below 50 tau.
    """

    p: float
    value: float
    lower: float | None
    upper: float | None
    n: int
    n_eff: float
    tau: float
    missing: Reason | None = None
    remarks: tuple[Reason, ...] = ()
    need: Need | None = None


def bounds(errors: Values, p: Real, alpha: Real) -> RadialBounds:
    """The p-quantile of ``errors`` (radial or absolute, >= 0, in time order, evenly spaced), shape (n,).

    StatisticsError for negative, NaN or constant errors.
    """
    level, chance, column = risk(alpha), share(p, "the quantile's share"), finite(errors, "the errors", 2)
    if (column < 0).any():
        raise StatisticsError("an error is negative.", cure="pass radial or absolute errors.")
    n, ordered = len(column), np.sort(column)
    value = float(ordered[quantile.rank_of(n, p) - 1])
    tau_of_size = integrated_time(column)
    beyond = (column > value if value < ordered[-1] else column >= value).astype(np.float64)
    share_tau = integrated_time(beyond)
    tau = max(tau_of_size, share_tau)
    if n < SHORTEST * tau:
        missing, need = too_short(n, tau)
        return RadialBounds(chance, value, None, None, n, 0.0, tau, missing, (), need)
    n_eff = n / (_design_effect(beyond, share_tau, level) * (1 + 20 * tau / n))
    low, high = _bounds(ordered, n_eff, chance, level)
    return RadialBounds(chance, value, low, high, n, n_eff, tau, None, length_remarks(n, tau))


def gaussian(p: Real, ratio: Real = 1.0) -> float:
    """Radius holding the share ``p`` of a centred Gaussian with standard deviations 1 and ``ratio`` (0.01..1) on its axes.

    p = 0.95, ratio 1: 2.4477 (R95); p = 0.5: 1.1774 (CEP). The DRMS in the same unit is sqrt(1 + ratio^2).
    """
    chance = share(p, "the share within the radius")
    if not 0.01 <= ratio <= 1:
        msg = f"the ratio of the axes is {ratio}, outside [0.01, 1]."
        raise StatisticsError(msg, cure="divide the smaller standard deviation by the larger one.")
    low, high = 0.0, 1.5 * math.sqrt(-2 * math.log1p(-chance))
    while (middle := (low + high) / 2) not in {low, high}:
        low, high = (low, middle) if _within(middle, float(ratio)) >= chance else (middle, high)
    return high


def _within(radius: float, ratio: float) -> float:
    """P(|error| <= radius): the mean over directions of a Rayleigh share; periodic, so equal steps converge fast."""
    angles = (np.arange(4096) + 0.5) * (math.pi / 2 / 4096)
    spread = np.cos(angles) ** 2 + (ratio * np.sin(angles)) ** 2
    return float(np.mean(-special.expm1(-(radius**2) / (2 * spread))))


def _design_effect(beyond: Array, tau: float, level: float) -> float:
    """How many epochs say as much as one independent epoch about the share of ones in ``beyond``, at least tau."""
    n, p = len(beyond), float(beyond.mean())
    found = [tau]
    for k in BATCHES:
        variance = float(batch_means(beyond, k).var(ddof=1)) / k
        found.append(variance * n / (p * (1 - p)) / student_penalty(k, level))
    return max(found)


def _bounds(ordered: Array, n_eff: float, p: float, level: float) -> tuple[float | None, float | None]:
    """The rank bounds of floor(n_eff) independent epochs, as shares of the record, outer edges."""
    n, few = len(ordered), max(1, math.floor(n_eff))
    low, high = quantile.lower_rank(few, p, level), quantile.upper_rank(few, p, level)
    lower = None if low is None else float(ordered[n * (low - 1) // few])
    return lower, None if high is None else float(ordered[-(-n * high // few) - 1])
