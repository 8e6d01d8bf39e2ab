# SPDX-License-Identifier: Apache-2.0
"""Bounds for what a system does on the whole, from sessions that were started anew: the session is the unit.

Within a session everything may depend on everything, also more slowly than the session lasts, so a session counts as one
value x_i >= 0 (a mean square, a share). Their mean M is bounded by the largest of three upper bounds, and below likewise:

* Fay and Feuer (harness.stats.bursts) with weights x_i: one more session like the worst could have come (rare wrong fixes);
* chi-square with ``axes`` degrees of freedom a session: every session's error could have been one constant;
* Student's t of the sessions' own scatter with n - 1 degrees of freedom.

Where first and last third differ (Welch, 1 %), something moves more slowly than the record: the upper bound is taken
for a mean as high as that of the worse third.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from harness.errors import StatisticsError
from harness.stats import special
from harness.stats.inputs import Array, Real, Values, finite, nonnegative, risk

TREND_RISK = 0.01
"""Risk at which a difference of thirds counts as a trend."""
MOST = 10_000
"""Sessions that nobody holds."""
THIRDS = 6
"""Sessions from which first and last third can be compared."""


@dataclass(frozen=True, slots=True)
class SessionBounds:
    """Mean over sessions with one-sided bounds at level 1 - alpha; ``upper`` is None for one session. ``trend``: thirds differ."""

    value: float
    lower: float
    upper: float | None
    n: int
    trend: bool


def bounds(values: Values, alpha: Real, axes: int = 0, worst: Real = 0.0) -> SessionBounds:
    """Mean of one value >= 0 a session, in order of time.

    ``axes``: of Gaussian errors whose mean squares the values are, 0 where they are something else. ``worst``: what one
    session could amount to although none did (1 for a share), at least the largest seen.
    """
    column, level = finite(values, "the sessions"), risk(alpha)
    if (column < 0).any():
        raise StatisticsError("the value of a session is negative.", cure="pass mean squares or shares.")
    credible, mean = nonnegative(worst, "the worst session"), math.fsum(column) / len(column)
    trend = _trend(column)
    if len(column) < 2:
        return SessionBounds(mean, _lower(column, level, axes), None, 1, trend=False)
    upper = _upper(column, level, axes, credible)
    if trend:
        third = len(column) // 3
        upper *= max(1.0, float(column[:third].mean()) / mean, float(column[-third:].mean()) / mean)
    return SessionBounds(mean, _lower(column, level, axes), upper, len(column), trend=trend)


def wanted(mean: Real, limit: Real, alpha: Real, axes: int) -> int | None:
    """How many sessions like these prove a mean below ``limit``, none of them different; None for no number up to :data:`MOST`."""
    level, low, high = risk(alpha), 2, MOST

    def suffice(n: int) -> bool:
        return _upper(np.full(n, float(mean)), level, axes, 0.0) <= limit

    if not 0 < mean < limit or not suffice(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffice(middle) else (middle + 1, high)
    return low


def _upper(x: Array, level: float, axes: int, worst: float) -> float:
    n, mean = len(x), float(x.mean())
    w = max(float(x.max()), worst)
    if w == 0:
        return 0.0
    y, v = float(x.sum()) + w, float((x * x).sum()) + w * w
    found = [float(v / y * special.gammainccinv(y * y / v, level)) / n, -math.log(level) * math.sqrt(v) / n]
    found.append(mean + float(special.stdtrit(n - 1, 1 - level)) * float(x.std(ddof=1)) / math.sqrt(n))
    if axes:
        half = axes * n / 2
        found.append(mean * half / float(special.gammaincinv(half, level)))
    return max(found)


def _lower(x: Array, level: float, axes: int) -> float:
    n, mean, y = len(x), float(x.mean()), float(x.sum())
    if y == 0:
        return 0.0
    v = float((x * x).sum())
    found = [float(v / y * special.gammaincinv(y * y / v, level)) / n]
    if n > 1:
        found.append(mean - float(special.stdtrit(n - 1, 1 - level)) * float(x.std(ddof=1)) / math.sqrt(n))
    if axes:
        half = axes * n / 2
        found.append(mean * half / float(special.gammainccinv(half, level)))
    return max(0.0, min(found))


def _trend(x: Array) -> bool:
    """Whether first and last third differ at :data:`TREND_RISK` (Welch)."""
    third = len(x) // 3
    if len(x) < THIRDS:
        return False
    first, last = x[:third], x[-third:]
    parts = np.array([first.var(ddof=1), last.var(ddof=1)]) / third
    variance, difference = float(parts.sum()), abs(float(first.mean() - last.mean()))
    if variance == 0:
        return difference > 0
    freedom = variance**2 / float((parts**2).sum() / (third - 1))
    return difference > float(special.stdtrit(freedom, 1 - TREND_RISK / 2)) * math.sqrt(variance)
