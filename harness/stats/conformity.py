# SPDX-License-Identifier: Apache-2.0
"""Conformance probability and guard bands (JCGM 106:2012; ILAC-G8:09/2019).

For a Gaussian estimate y with standard uncertainty u, the probability that the quantity conforms; what a guard band
leaves of the tolerance, and the risk it leaves. The verdict itself is harness.decide's business alone.
"""

from __future__ import annotations

import math

from harness.errors import StatisticsError
from harness.stats import special
from harness.stats.inputs import Real, positive, risk


def probability(value: Real, uncertainty: Real, limit: Real, *, upper: bool = True) -> float:
    """p_c = Phi((T - y)/u) for an upper limit, Phi((y - T)/u) for a lower one (JCGM 106, 7.2 and 8.3.2); u > 0."""
    u = positive(uncertainty, "the standard uncertainty")
    distance = (float(limit) - float(value)) / u * (1 if upper else -1)
    if not math.isfinite(distance):
        raise StatisticsError("the value or the limit is not finite.", cure="check the estimate.")
    return float(special.ndtr(distance))


def guard_band(uncertainty: Real, alpha: Real) -> float:
    """W with which accepting up to T - w keeps the specific risk at ``alpha``: z_{1 - alpha} u (0.83 U at 5 %, U = 2 u)."""
    return float(-special.ndtri(risk(alpha))) * positive(uncertainty, "the standard uncertainty")


def acceptance_limit(limit: Real, band: Real, *, upper: bool = True) -> float:
    """AL = T - w for an upper limit, T + w for a lower one (ILAC-G8, w = r U)."""
    return float(limit) - float(band) if upper else float(limit) + float(band)


def worst_risk(band_in_expanded: Real) -> float:
    """Largest specific risk of accepting at the limit T - r U, U = 2 u: Phi(-2 r), 50 % at r = 0 and 2.3 % at r = 1."""
    r = float(band_in_expanded)
    if not 0 <= r < math.inf:
        msg = f"a guard band of {band_in_expanded} U."
        raise StatisticsError(msg, cure="declare a multiple of U from 0 up.")
    return float(special.ndtr(-2 * r))
