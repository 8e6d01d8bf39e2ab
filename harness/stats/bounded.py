# SPDX-License-Identifier: Apache-2.0
"""The mean of a population of bounded values, from independent draws: exact whatever its shape.

Student's t needs values that are nearly normal; delays are not, and of those that are rare and long most samples hold none.
Values that lie within known ends leave no such gap: A. Maurer and M. Pontil, Empirical Bernstein bounds and
sample-variance penalization (COLT 2009), theorem 4.
"""

from __future__ import annotations

import math

from harness.stats.inputs import Real, count, nonnegative, risk

MOST_DRAWS = 1 << 60


def margin(n: int, variance: Real, span: Real, alpha: Real) -> float:
    """How far the population's mean may lie above that of ``n`` draws, at risk ``alpha``; below it alike.

    ``variance``: of the draws, with n - 1, or more than it; ``span``: between the least and the largest value that there can
    be, in the same unit. StatisticsError for less than two draws.
    """
    log, known = math.log(2 / risk(alpha)), count(n, "the number of draws", 2)
    scatter = 2 * nonnegative(variance, "the variance") * log / known
    return math.sqrt(scatter) + 7 * nonnegative(span, "the span of values") * log / (3 * (known - 1))


def draws(room: Real, variance: Real, span: Real, alpha: Real) -> int | None:
    """The smallest number of draws whose :func:`margin` fits into ``room``; None where there is none."""
    if room <= 0:
        return None
    most = 2
    while margin(most, variance, span, alpha) > room:
        most *= 2
        if most > MOST_DRAWS:
            return None
    least = max(1, most // 2)
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if margin(middle, variance, span, alpha) <= room else (middle, most)
    return most
