# SPDX-License-Identifier: Apache-2.0
"""Field test of an RTK receiver after ISO 17123-8:2015: PRECISION (repeatability), never accuracy, never acceptance.

The standard's own scope says that it is not proposed as a test for acceptance. It keeps "sigma <= sigma0" unless the data
speak against it; a buyer needs the other tail, so :class:`FullTest` carries both, under different names. Clauses were
taken from secondary sources, the formulas recomputed on the published two-set example; see docs/explanations/iso17123.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from harness.errors import StatisticsError
from harness.stats.inputs import Array, Real, count, positive, risk
from harness.stats.reliability import f_quantile

SERIES, SETS, POINTS = 3, 5, 2


@dataclass(frozen=True, slots=True)
class SimplifiedTest:
    """Deviations of the distance and height difference between two rover points, in metres, shape (5,) each.

    ``distance_kept``, ``height_kept``: |deviation| <= 2.5 sqrt 2 s in every set; else look for an outlier and repeat.
    """

    distance_deviation_m: Array
    height_deviation_m: Array
    distance_tolerance_m: float
    height_tolerance_m: float

    @property
    def distance_kept(self) -> bool:
        """Whether every distance stays within its tolerance."""
        return bool((np.abs(self.distance_deviation_m) <= self.distance_tolerance_m).all())

    @property
    def height_kept(self) -> bool:
        """Whether every height difference stays within its tolerance."""
        return bool((np.abs(self.height_deviation_m) <= self.height_tolerance_m).all())


@dataclass(frozen=True, slots=True)
class FullTest:
    """Experimental standard deviations of one full test, in metres, with their degrees of freedom."""

    s_xy_m: float
    s_h_m: float
    freedom_xy: int = 2 * (SERIES * SETS - 1) * POINTS
    freedom_h: int = (SERIES * SETS - 1) * POINTS


class SigmaBounds(NamedTuple):
    """Consumer's bounds of sigma from an experimental s, each one-sided at level 1 - alpha."""

    lower: float
    upper: float


def simplified(
    coordinates: npt.ArrayLike, distance_m: Real, height_m: Real, s_xy_m: Real, s_h_m: Real
) -> SimplifiedTest:
    """Five sets at two rover points: ``coordinates`` metres, shape (5, 2, 3) as [set, point, (x, y, h)].

    ``distance_m``, ``height_m``: nominal values known to 3 mm or better; ``s_xy_m``, ``s_h_m``: predetermined or the maker's.
    """
    points = _coordinates(coordinates, (SETS, POINTS, 3))
    step = points[:, 1] - points[:, 0]
    return SimplifiedTest(
        np.hypot(step[:, 0], step[:, 1]) - positive(distance_m, "the nominal distance"),
        step[:, 2] - float(height_m),
        2.5 * math.sqrt(2) * positive(s_xy_m, "s_xy"),
        2.5 * math.sqrt(2) * positive(s_h_m, "s_h"),
    )


def full(coordinates: npt.ArrayLike) -> FullTest:
    """Three series of five sets at two rover points: ``coordinates`` metres, shape (3, 5, 2, 3) as [series, set, point, (x, y, h)].

    Residuals about the mean of each point over its 15 measurements; s_xy = sqrt(s_x^2 + s_y^2), 56 degrees of freedom, s_h 28.
    """
    points = _coordinates(coordinates, (SERIES, SETS, POINTS, 3))
    residuals = points - points.mean(axis=(0, 1))
    freedom = (SERIES * SETS - 1) * POINTS
    x, y, h = (math.fsum(np.square(residuals[..., axis]).ravel()) / freedom for axis in range(3))
    if x + y == 0 or h == 0:
        raise StatisticsError("the coordinates do not vary.", cure="record independent sets, with millimetres.")
    return FullTest(math.sqrt(x + y), math.sqrt(h))


def critical_factor(freedom: int, alpha: Real) -> float:
    """Sigma <= sigma0 is kept while s <= factor * sigma0: sqrt(chi2inv(1 - alpha, nu)/nu); 1.153 for 56, 1.215 for 28 at 5 %."""
    half = count(freedom, "the degrees of freedom", 1) / 2
    return math.sqrt(float(special.gammainccinv(half, risk(alpha))) / half)


def keeps(s: Real, sigma0: Real, freedom: int, alpha: Real) -> bool:
    """The standard's question: is "sigma <= sigma0" NOT rejected? It proves nothing for the buyer; see :func:`sigma_bounds`."""
    return float(s) <= critical_factor(freedom, alpha) * positive(sigma0, "sigma0")


def sigma_bounds(s: Real, freedom: int, alpha: Real) -> SigmaBounds:
    """The buyer's question, how large sigma may be: s sqrt(nu/chi2inv(alpha, nu)), 1.186 s (56) and 1.286 s (28) at 5 %."""
    half, level = count(freedom, "the degrees of freedom", 1) / 2, risk(alpha)
    low = math.sqrt(half / float(special.gammainccinv(half, level)))
    high = math.sqrt(half / float(special.gammaincinv(half, level)))
    return SigmaBounds(positive(s, "s") * low, float(s) * high)


def variance_window(freedom: int, alpha: Real) -> SigmaBounds:
    """Two tests of one instrument agree while s^2/s~^2 lies inside: 1/F and F at alpha/2; 0.589..1.698 for 56 at 5 %."""
    f = f_quantile(freedom, freedom, risk(alpha) / 2)
    return SigmaBounds(1 / f, f)


def _coordinates(coordinates: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    points = np.asarray(coordinates, dtype=np.float64)
    if points.shape != shape:
        msg = f"coordinates of shape {points.shape}; this test needs {shape}."
        raise StatisticsError(msg, cure="record complete series: 5 sets at 2 rover points each.")
    if not np.isfinite(points).all():
        raise StatisticsError("a coordinate is NaN or infinite.", cure="repeat the set that has no fix.")
    return points
