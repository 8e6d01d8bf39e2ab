# SPDX-License-Identifier: Apache-2.0
"""Radii of Gaussian errors."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from harness.stats import (
    quantile,
    radial,
)
from harness.stats.autocorrelation import integrated_time


def test_circular_errors_have_their_textbook_radii() -> None:
    assert radial.gaussian(0.95) == pytest.approx(math.sqrt(-2 * math.log(0.05)), rel=1e-14)
    assert radial.gaussian(Fraction(1, 2)) == pytest.approx(1.1774100225154747, rel=1e-14)
    assert radial.gaussian(0.95, 0.01) == pytest.approx(1.96, abs=1e-3)


def slow_errors(seed: int, phi: float, n: int) -> np.ndarray:
    drive = np.random.default_rng(seed).standard_normal((2, n))
    for t in range(1, n):
        drive[:, t] += phi * drive[:, t - 1]
    return np.asarray(np.hypot(*drive))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_bounds_are_the_ranks_of_so_many_independent_epochs(seed: int, phi: float) -> None:
    errors, p, alpha = slow_errors(seed, phi, 3000), 0.95, 0.05
    n, ordered = len(errors), np.sort(errors)
    found = radial.bounds(errors, p, alpha)
    beyond = (errors > ordered[2849]).astype(float)
    tau = integrated_time(beyond)
    deff = [tau]
    for k in (10, 20):
        spread = float(beyond.reshape(k, -1).mean(axis=1).var(ddof=1)) / k
        student = (stats.norm.ppf(alpha) / stats.t.ppf(alpha, k - 1)) ** 2
        deff.append(spread / (p * (1 - p) / n) / student)
    n_eff = n / max(deff) / (1 + 20 * max(tau, integrated_time(errors)) / n)
    few = math.floor(n_eff)
    high, low = quantile.upper_rank(few, p, alpha), quantile.lower_rank(few, p, alpha)
    assert high is not None
    assert low is not None
    assert found.n_eff == pytest.approx(n_eff, rel=1e-9)
    assert found.upper == ordered[math.ceil(n * high / few) - 1]
    assert found.lower == ordered[math.floor(n * (low - 1) / few)]
    assert found.value == ordered[2849]


def test_errors_in_whole_millimetres_do_not_pass_for_more_epochs_than_there_are() -> None:
    errors = np.ceil(slow_errors(3, 0.8, 3000))
    found = radial.bounds(errors, 0.95, 0.05)
    assert found.n_eff < 3000 / 2
    assert radial.bounds(np.minimum(errors, found.value), 0.95, 0.05).value == found.value
