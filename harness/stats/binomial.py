# SPDX-License-Identifier: Apache-2.0
"""Exact bounds for a proportion: x events in n independent trials.

Verdicts rest on Clopper and Pearson (Biometrika 26, 1934, 404): coverage is never below 1 - alpha. Wilson
(JASA 22, 1927, 209) and Jeffreys intervals are for display only: their one-sided coverage dips below nominal.
Independence is the premise: for losses that come in runs use :mod:`harness.stats.bursts`.
"""

from __future__ import annotations

from typing import SupportsIndex

from harness.stats import special
from harness.stats.inputs import Bounds, Real, risk, share, trials


def upper(x: SupportsIndex, n: SupportsIndex, alpha: Real) -> float:
    """Clopper-Pearson upper bound at level 1 - alpha: the p with P(X <= x | n, p) = alpha; 1 when x = n."""
    events, total = trials(x, n)
    level = risk(alpha)
    return 1.0 if events == total else float(special.betainccinv(events + 1, total - events, level))


def lower(x: SupportsIndex, n: SupportsIndex, alpha: Real) -> float:
    """Clopper-Pearson lower bound at level 1 - alpha: the p with P(X >= x | n, p) = alpha; 0 when x = 0."""
    events, total = trials(x, n)
    level = risk(alpha)
    return 0.0 if events == 0 else float(special.betaincinv(events, total - events + 1, level))


def bounds(x: SupportsIndex, n: SupportsIndex, alpha: Real) -> Bounds:
    """``(lower, upper)`` of the proportion, each one-sided at level 1 - alpha; StatisticsError for contradictory counts."""
    return Bounds(lower(x, n, alpha), upper(x, n, alpha))


def wilson(x: SupportsIndex, n: SupportsIndex, alpha: Real) -> Bounds:
    """Wilson score interval, alpha on each side, without continuity correction: for display, not for verdicts."""
    events, total = trials(x, n)
    z2 = float(special.ndtri(risk(alpha))) ** 2
    centre = events + z2 / 2
    half = (z2 * (events * (total - events) / total + z2 / 4)) ** 0.5
    low = 0.0 if events == 0 else (centre - half) / (total + z2)
    high = 1.0 if events == total else (centre + half) / (total + z2)
    return Bounds(low, high)


def jeffreys(x: SupportsIndex, n: SupportsIndex, alpha: Real) -> Bounds:
    """Jeffreys interval, Beta(x + 1/2, n - x + 1/2) with alpha on each side: for display, not for verdicts."""
    events, total = trials(x, n)
    level = risk(alpha)
    a, b = events + 0.5, total - events + 0.5
    low = 0.0 if events == 0 else float(special.betaincinv(a, b, level))
    high = 1.0 if events == total else float(special.betainccinv(a, b, level))
    return Bounds(low, high)


def cumulative(x: SupportsIndex, n: SupportsIndex, p: Real) -> float:
    """P(X <= x) for X ~ Binomial(n, p): the operating characteristic of "accept up to x of n" (ISO 2859-1)."""
    events, total = trials(x, n)
    chance = share(p, "the proportion")
    return 1.0 if events == total else float(special.betaincc(events + 1, total - events, chance))
