# SPDX-License-Identifier: Apache-2.0
"""Bounds that hold at every moment of a campaign, whoever looks and whenever it stops.

Truncated-beta mixture of likelihood ratios (H. Robbins, Ann. Math. Stat. 41, 1970, 1397; Ville's inequality): against
"p >= p0" the alternative is a Beta(a, b) below p0, against "p <= p0" one above it. Under the hypothesis the evidence E
is a test martingale, P(E ever reaches 1/alpha) <= alpha. It depends on two integers only (events s among n trials), so
it merges over probes and is checked again from the bundle. Fixed-n bounds watched live give up to 33 % false PASS.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import SupportsIndex

from harness.errors import StatisticsError
from harness.stats import special
from harness.stats.inputs import Bounds, Real, count, positive, risk, share, trials

_FAINT = 1e-280
"""Beta masses below this are continued in logarithms."""


def log_e_pass(s: SupportsIndex, n: SupportsIndex, p0: Real, a: Real = 1.0, b: Real | None = None) -> float:
    """Ln E against "p >= p0" from ``s`` events in ``n`` trials; the prior Beta(a, b) has b = 1/p0 unless given."""
    events, total, limit, prior = _checked(s, n, p0, a, b)
    after = prior[0] + events, prior[1] + total - events
    return _log_below(*after, limit, 1 - limit) - _log_below(*prior, limit, 1 - limit)


def log_e_fail(s: SupportsIndex, n: SupportsIndex, p0: Real, a: Real = 1.0, b: Real | None = None) -> float:
    """Ln E against "p <= p0" from ``s`` events in ``n`` trials; the prior Beta(a, b) has b = 1/p0 unless given."""
    events, total, limit, (a, b) = _checked(s, n, p0, a, b)
    return _log_below(b + total - events, a + events, 1 - limit, limit) - _log_below(b, a, 1 - limit, limit)


def bounds(s: SupportsIndex, n: SupportsIndex, alpha: Real, p0: Real) -> Bounds:
    """Bounds of a proportion, each at level 1 - alpha for all times together: the p whose E stays below 1/alpha.

    ``p0`` is the limit the prior is sharpest for: "upper <= p0" exactly when E against "p >= p0" reaches 1/alpha.
    Without trials (0, 1).
    """
    level = math.log(1 / risk(alpha))
    prior = 1.0, 1 / share(p0, "the limit")
    if count(n, "the number of trials") == 0:
        return Bounds(0.0, 1.0)
    events, total = trials(s, n)

    def passes(p: float) -> bool:
        return log_e_pass(events, total, p, *prior) >= level

    def fails(p: float) -> bool:
        return log_e_fail(events, total, p, *prior) >= level

    # E against "p >= x" grows with x from (s + 1)/(n + 1) on: its derivative is at least (n x - s)/(x (1 - x)) - 1/x
    upper = 1.0 if events == total else crossing(passes, (events + 1) / (total + 1), 1.0)
    lower = 0.0 if events == 0 else crossing(fails, events / total, 0.0)
    return Bounds(lower, upper)


def upper_rank(n: SupportsIndex, q: Real, alpha: Real) -> int | None:
    """Smallest rank k for which X_(k) bounds the q-quantile from above at all times together; None while n is too small.

    n - k values above it are then too few for 1 - q: E against "P(X > x) >= 1 - q" reaches 1/alpha. At q = 0.99 the
    first bound comes at n = 417 (fixed n: 299).
    """
    total, tail, level = (
        count(n, "the number of trials", 1),
        1 - share(q, "the quantile's share"),
        math.log(1 / risk(alpha)),
    )
    found = _last(lambda above: log_e_pass(above, total, tail) >= level, math.floor(total * tail))
    return None if found is None else total - found


def lower_rank(n: SupportsIndex, q: Real, alpha: Real) -> int | None:
    """Largest rank k for which X_(k) bounds the q-quantile from below at all times together; None while there is none."""
    total, tail, level = (
        count(n, "the number of trials", 1),
        1 - share(q, "the quantile's share"),
        math.log(1 / risk(alpha)),
    )
    # X_(k) is a bound when k - 1 values below it are too few: n - k + 1 values at or above it are too many for 1 - q
    found = _last(lambda below: log_e_fail(total - below, total, tail) >= level, total - math.ceil(total * tail))
    return None if found is None else found + 1


def burst_bounds(
    table: Mapping[int, int], n: SupportsIndex, alpha: Real, p0: Real, longest: Real | None
) -> tuple[float, float | None]:
    """Bounds of a loss ratio at all times together, from the table {burst length: number} over ``n`` packets.

    Bursts are the events; one holds at most w = max(longest seen, L0) packets and at least one: upper = w times the upper
    bound of the burst rate, lower = its lower bound. ``longest`` = L0 must be declared and at least the mean burst (peeking
    at bursts of 5 without it: 49 % false PASS); without it there is no upper bound (None).
    """
    total, limit = count(n, "the number of packets", 1), share(p0, "the limit")
    starts = sum(count(number, "a number of bursts") for number in table.values())
    seen = max((count(length, "a burst length", 1) for length, number in table.items() if number), default=1)
    if sum(length * number for length, number in table.items()) > total:
        raise StatisticsError(
            "more packets were lost than sent.", cure="count losses and packets over the same records."
        )
    lower = bounds(starts, total, alpha, limit).lower
    if longest is None:
        return lower, None
    declared = max(1.0, positive(longest, "the declared longest burst L0"))
    rate = bounds(starts, total, alpha, limit / declared).upper
    return lower, min(1.0, max(declared, seen) * rate)


def look_alpha(alpha: Fraction, k: int) -> Fraction:
    """The risk the ``k``-th look (from 1) at declared times may spend: alpha/(k (k + 1)); all looks together spend alpha.

    For statistics without an e-process, such as the RMS of positions at 15, 30, 60 … minutes.
    """
    risk(alpha)
    return Fraction(alpha) / (count(k, "the number of the look", 1) * (k + 1))


def _checked(
    s: SupportsIndex, n: SupportsIndex, p0: Real, a: Real, b: Real | None
) -> tuple[int, int, float, tuple[float, float]]:
    events, total = (0, 0) if count(n, "the number of trials") == 0 else trials(s, n)
    limit = share(p0, "the limit")
    return events, total, limit, (positive(a, "a"), positive(1 / limit if b is None else b, "b"))


def _log_below(a: float, b: float, x: float, y: float) -> float:
    """Ln of the integral of t^(a-1) (1-t)^(b-1) over (0, x), divided by x^a y^b, y = 1 - x: large a and b do not cancel."""
    mass = float(special.betainc(a, b, x))
    if mass > _FAINT:
        return log_beta(a, b, x, y) + math.log(mass)
    return math.log(_fraction(a, b, x) / a)


def log_beta(a: float, b: float, x: float, y: float) -> float:
    """Ln B(a, b) - a ln x - b ln y, y = 1 - x, by Stirling's formula about the mode."""
    total = a + b
    distance = a * y - b * x
    likelihood = a * math.log1p(distance / (total * x)) + b * math.log1p(-distance / (total * y))
    corrections = _stirling(a) + _stirling(b) - _stirling(total)
    return likelihood + math.log(2 * math.pi * total / (a * b)) / 2 + corrections


def _stirling(z: float) -> float:
    """Ln Gamma(z) minus Stirling's formula (DLMF 5.11.1)."""
    if z < 16:
        return math.lgamma(z) - ((z - 0.5) * math.log(z) - z + math.log(2 * math.pi) / 2)
    w = 1 / (z * z)
    return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / z


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22, Lentz's method), for x far below the mean."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value, m = d, 1
    while True:
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d, c = 1 / (1 + step * d), 1 + step / c
            value *= d * c
        if abs(d * c - 1) < 1e-15:
            return value
        m += 1


def crossing(excluded: Callable[[float], bool], kept: float, end: float) -> float:
    """The last float on the way from ``kept`` to ``end`` that is not ``excluded``, found by halving to the last bit."""
    while (middle := (kept + end) / 2) not in {kept, end}:
        kept, end = (kept, middle) if excluded(middle) else (middle, end)
    return kept


def _last(holds: Callable[[int], bool], high: int) -> int | None:
    """Largest k in [0, high] for which ``holds`` (true, then false); None when it never does."""
    if not holds(0):
        return None
    low, high = 0, high + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
