# SPDX-License-Identifier: Apache-2.0
"""Two-sided confidence sequences for pictures: what a proportion, or a mean, can be at every moment of a campaign.

Howard, Ramdas, McAuliffe and Sekhon (Ann. Stat. 49, 2021, 1055): the two-sided beta-binomial mixture (proposition 7) and
the normal mixture (proposition 5) with their tuning for a moment ``t_opt`` at which they should be narrowest. Verdicts use
the one-sided bounds of :mod:`harness.stats.sequential`, which are sharper at the limit.
"""

from __future__ import annotations

import math
from typing import SupportsIndex

from harness.stats import special
from harness.stats.inputs import Bounds, Real, positive, risk, trials
from harness.stats.sequential import crossing, log_beta


def proportion(s: SupportsIndex, n: SupportsIndex, alpha: Real, t_opt: Real, alpha_opt: Real = 0.05) -> Bounds:
    """The proportions p whose two-sided evidence from ``s`` events in ``n`` trials stays below 1/alpha.

    The prior against each p is centred on it, Beta(k p, k (1 - p)), k tuned for ``t_opt`` trials at risk ``alpha_opt``.
    """
    level, (events, total) = math.log(1 / risk(alpha)), trials(s, n)
    weight = max(tuned(t_opt, alpha_opt) - 1, 1e-3)

    def excluded(p: float) -> bool:
        a, b = weight * p, weight * (1 - p)
        return log_beta(a + events, b + total - events, p, 1 - p) - log_beta(a, b, p, 1 - p) >= level

    share = events / total
    lower = 0.0 if events == 0 else crossing(excluded, share, 0.0)
    return Bounds(lower, 1.0 if events == total else crossing(excluded, share, 1.0))


def deviation(variance: Real, alpha: Real, v_opt: Real, alpha_opt: Real = 0.05) -> tuple[float, float]:
    """How far a sub-Gaussian sum can stray from its mean at any time: (one-sided, two-sided), both at level 1 - alpha.

    ``variance``: the sum's accumulated variance, in the square of its unit; narrowest at ``v_opt``.
    """
    v, level = positive(variance, "the variance"), risk(alpha)
    rho = tuned(v_opt, alpha_opt)
    two_sided = math.sqrt((v + rho) * math.log((v + rho) / (rho * level * level)))
    rho = tuned(v_opt, 2 * risk(alpha_opt))

    def excluded(s: float) -> bool:
        z = s / math.sqrt(v + rho)
        evidence = math.log(4 * rho / (v + rho)) / 2 + z * z / 2 + float(special.log_ndtr(z))
        return evidence >= math.log(1 / level)

    return crossing(excluded, 0.0, 10 * two_sided), two_sided


def tuned(v_opt: Real, alpha_opt: Real) -> float:
    """The mixture's precision for which it is narrowest at ``v_opt`` and risk ``alpha_opt`` (their section 3.5)."""
    level = 2 * math.log(1 / positive(alpha_opt, "the risk"))
    return positive(v_opt, "the moment to be sharpest at") / (level + math.log(1 + level))
