# SPDX-License-Identifier: Apache-2.0
"""The uncertainty budget of one estimate (GUM, JCGM 100:2008): what may be root-summed, and what must be added.

Type A and B standard uncertainties combine as u_c = sqrt(sum (c_i u_i)^2) (GUM 5.1.2) with Welch-Satterthwaite degrees of
freedom (GUM G.4.1). A hard bound on a bias (calibration limit, clock asymmetry, quantisation) acts on every sample
alike, no averaging removes it, so it is added linearly and kept apart: that is the allowance decide.py adds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from harness.errors import StatisticsError
from harness.model import BudgetItem
from harness.stats import special
from harness.stats.inputs import Bounds, Real, nonnegative, positive, risk


@dataclass(frozen=True, slots=True)
class Component:
    """One line of the budget: ``item.value`` is a standard uncertainty (types A, B) or a bound (``bound``) of the input.

    ``sensitivity`` is the partial derivative of the estimate, so that value * sensitivity has the estimate's unit;
    ``freedom`` the degrees of freedom of a type A value (type B: infinite, unless its own doubt is known, GUM G.4.2).
    """

    item: BudgetItem
    sensitivity: float = 1.0
    freedom: float = math.inf


class Combined(NamedTuple):
    """Combined standard uncertainty, its effective degrees of freedom, and the linear allowance, in the estimate's unit."""

    uncertainty: float
    freedom: float
    allowance: float


def combine(components: Sequence[Component]) -> Combined:
    """Sum up a budget of independent components; StatisticsError for a negative or NaN value, or an unknown type."""
    parts = [(c.item.type, _contribution(c), c.freedom) for c in components]
    unknown = {kind for kind, _, _ in parts} - {"A", "B", "bound"}
    if unknown:
        msg = f"a budget component of type {min(unknown)!r}."
        raise StatisticsError(msg, cure='use "A", "B" or "bound".')
    root = [(u, nu) for kind, u, nu in parts if kind != "bound"]
    total = math.sqrt(math.fsum(u * u for u, _ in root))
    weak = math.fsum((u / total) ** 4 / positive_freedom(nu) for u, nu in root) if total else 0.0
    allowance = math.fsum(u for kind, u, _ in parts if kind == "bound")
    return Combined(total, 1 / weak if weak else math.inf, allowance)


def bounds(value: Real, combined: Combined, alpha: Real) -> Bounds:
    """Value -+ t_{1 - alpha}(nu_eff) u_c, WITHOUT the allowance: it goes into ``Estimate.allowance``."""
    half = coverage(combined.freedom, alpha) * combined.uncertainty
    return Bounds(float(value) - half, float(value) + half)


def coverage(freedom: float, alpha: Real) -> float:
    """One-sided coverage factor at level 1 - alpha: Student's t, or 1.645 (at 95 %) for infinite degrees of freedom."""
    level, nu = risk(alpha), positive_freedom(freedom)
    return float(-special.ndtri(level) if math.isinf(nu) else -special.stdtrit(nu, level))


def rectangular(half_width: Real) -> float:
    """Standard uncertainty of a rectangular distribution: half width / sqrt 3 (GUM 4.3.7)."""
    return nonnegative(half_width, "the half width") / math.sqrt(3)


def triangular(half_width: Real) -> float:
    """Standard uncertainty of a triangular distribution: half width / sqrt 6 (GUM 4.3.9)."""
    return nonnegative(half_width, "the half width") / math.sqrt(6)


def expanded(uncertainty: Real, k: Real = 2.0) -> float:
    """Standard uncertainty behind an expanded one from a certificate: U / k (GUM 4.3.3)."""
    return nonnegative(uncertainty, "the expanded uncertainty") / positive(k, "the coverage factor")


def positive_freedom(freedom: float) -> float:
    """``freedom`` when it is above zero (infinity allowed); StatisticsError otherwise."""
    if not freedom > 0:
        msg = f"{freedom} degrees of freedom."
        raise StatisticsError(msg, cure="repeat at least once more.")
    return freedom


def _contribution(component: Component) -> float:
    if not math.isfinite(component.sensitivity):
        msg = f"the sensitivity of {component.item.component.en} is {component.sensitivity}."
        raise StatisticsError(msg, cure="differentiate the measurement equation.")
    return abs(component.sensitivity) * nonnegative(component.item.value, component.item.component.en)
