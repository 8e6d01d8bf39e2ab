# SPDX-License-Identifier: Apache-2.0
"""Means of bounded values: the risk holds where Student's t breaks it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from harness.errors import StatisticsError
from harness.stats import bounded
from harness.stats.histogram import Histogram

VALUES = st.lists(st.integers(-(10**6), 10**12), min_size=2, max_size=80)


@pytest.mark.parametrize(("share", "slow"), [(1e-4, 2900.0), (2e-4, 2900.0), (1e-3, 900.0), (0.3, 3.0)])
def test_the_mean_of_rare_long_values_is_within_its_bound_in_95_of_100_samples(share: float, slow: float) -> None:
    random, n, runs, over, t_over = np.random.default_rng(1), 18_000, 400, 0, 0
    true = 1.0 + share * slow
    for _ in range(runs):
        values = 1.0 + slow * (np.arange(n) < random.binomial(n, share))
        sd = float(values.std(ddof=1))
        over += values.mean() + bounded.margin(n, sd**2, 3000.0, 0.05) < true
        t_over += values.mean() + special.stdtrit(n - 1, 0.95) * sd / n**0.5 < true
    assert over <= 0.05 * runs
    assert share > 0.01 or t_over > over, "why this is needed"


def test_one_draw_or_a_spread_below_zero_is_refused() -> None:
    for n, variance, span in ((1, 1, 1), (5, -1, 1), (5, 1, -1), (5, float("nan"), 1)):
        with pytest.raises(StatisticsError):
            bounded.margin(n, variance, span, 0.05)


@given(st.floats(1e-6, 10), st.floats(0, 100), st.floats(0, 1000))
def test_the_number_of_draws_is_the_smallest_that_suffices(room: float, variance: float, span: float) -> None:
    n = bounded.draws(room, variance, span, 0.05)
    assert n is not None
    assert bounded.margin(n, variance, span, 0.05) <= room
    assert n == 2 or bounded.margin(n - 1, variance, span, 0.05) > room


def test_no_number_of_draws_mends_a_mean_over_its_limit() -> None:
    assert bounded.draws(0, 1, 1, 0.05) is None
    assert bounded.draws(-1.0, 1, 1, 0.05) is None


@given(VALUES)
def test_a_histogram_s_variance_is_never_below_the_true_one(values: list[int]) -> None:
    column = np.array(values, np.int64)
    true = float(np.var(column.astype(np.float64), ddof=1))
    found = Histogram().add(column).most_variance
    assert found >= true * (1 - 1e-9) - 1e-6
    rough = float((column.astype(np.float64) ** 2).sum()) / (len(values) - 1)
    assert found <= true + rough * 2**-8 + max(1.0, *map(abs, values)) ** 2


def test_one_value_has_no_variance() -> None:
    with pytest.raises(StatisticsError):
        _ = Histogram().add(np.array([3], np.int64)).most_variance
