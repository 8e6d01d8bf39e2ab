# SPDX-License-Identifier: Apache-2.0
"""The RTK field test against its published sets."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.errors import StatisticsError
from probes.gnss.measurands import iso17123
from tests.harness.stats.reference import Case, parametrise

NAN = math.nan
COORDINATES = np.zeros((3, 5, 2, 3))
CASES: dict[str, Callable[[], Any]] = {
    "a missing set": lambda: iso17123.full(COORDINATES[:, :4]),
    "coordinates that stand still": lambda: iso17123.full(COORDINATES),
    "a set without a fix": lambda: iso17123.full(np.full((3, 5, 2, 3), NAN)),
    "a distance of zero": lambda: iso17123.simplified(COORDINATES[0], 0, 0, 1, 1),
    "a sigma of zero": lambda: iso17123.keeps(1, 0, 56, 0.05),
}
ALPHAS: dict[str, Callable[[float], Any]] = {
    "critical_factor": lambda alpha: iso17123.critical_factor(56, alpha),
    "sigma_bounds": lambda alpha: iso17123.sigma_bounds(1, 56, alpha),
    "variance_window": lambda alpha: iso17123.variance_window(56, alpha),
}


def test_the_published_two_sets_of_the_rtk_standard_are_recomputed() -> None:
    """GOST R ISO 17123-8-2011, Annex B, Bonn 2006-09-22: sets 1 and 2, nominal 19.994 m and 0.028 m."""
    one = [(-67635.470, -63943.197, 320.792), (-67652.389, -63932.527, 320.799)]
    two = [(-67635.479, -63943.188, 320.788), (-67652.376, -63932.525, 320.824)]
    found = iso17123.simplified([one, two, one, two, one], 19.994, 0.028, 0.015, 0.025)
    np.testing.assert_allclose(found.distance_deviation_m[:2], [0.009, -0.014], atol=5.1e-4)
    np.testing.assert_allclose(found.height_deviation_m[:2], [-0.021, 0.008], atol=5.1e-4)
    assert found.distance_tolerance_m == pytest.approx(2.5 * math.sqrt(2) * 0.015)
    assert found.height_tolerance_m == pytest.approx(2.5 * math.sqrt(2) * 0.025)
    assert found.distance_kept
    assert found.height_kept
    assert not iso17123.simplified([one, two, one, two, one], 19.9, 0.028, 0.015, 0.025).distance_kept


def test_the_full_rtk_test_finds_the_scatter_about_each_points_own_mean() -> None:
    generator = np.random.default_rng(8)
    noise = generator.standard_normal((3, 5, 2, 3)) * (0.006, 0.008, 0.015)
    far_apart = np.array([[1000.0, 2000.0, 30.0], [1015.0, 2010.0, 31.0]])
    found = iso17123.full(noise + far_apart)
    flat = noise - noise.mean(axis=(0, 1))
    assert found.s_xy_m == pytest.approx(math.sqrt(np.square(flat[..., :2]).sum() / 28), rel=1e-9)
    assert found.s_h_m == pytest.approx(math.sqrt(np.square(flat[..., 2]).sum() / 28), rel=1e-9)
    assert (found.freedom_xy, found.freedom_h) == (56, 28)


def test_keeping_sigma_is_weaker_than_proving_it() -> None:
    s, sigma0 = 1.1, 1.0
    assert iso17123.keeps(s, sigma0, 56, 0.05)
    assert iso17123.sigma_bounds(s, 56, 0.05).upper > sigma0


@parametrise("r_chi2_sd")
def test_chi_square_factors_of_a_standard_deviation_agree_with_r(case: Case) -> None:
    freedom, alpha = case.input["df"], 1 - case.input["conf"]
    assert case.close(iso17123.critical_factor(freedom, alpha), "s_crit_factor")
    bounds = iso17123.sigma_bounds(1, freedom, alpha)
    assert case.close(bounds.upper, "sigma_upper_factor")
    assert case.close(bounds.lower, "sigma_lower_factor")


@parametrise("r_f_sd")
def test_windows_of_two_standard_deviations_agree_with_r(case: Case) -> None:
    window = iso17123.variance_window(case.input["df"], 0.05)
    assert case.close(window.upper, "F")
    assert case.close(math.sqrt(window.upper), "sqrtF")
    assert window.lower == pytest.approx(1 / window.upper, rel=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_with_a_cure(name: str) -> None:
    with pytest.raises(StatisticsError) as refusal:
        CASES[name]()
    assert refusal.value.problem
    assert refusal.value.cure


@pytest.mark.parametrize("name", ALPHAS)
@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.95, -0.05, NAN])
def test_a_risk_outside_zero_to_one_half_is_refused(name: str, alpha: float) -> None:
    with pytest.raises(StatisticsError, match="alpha"):
        ALPHAS[name](alpha)
