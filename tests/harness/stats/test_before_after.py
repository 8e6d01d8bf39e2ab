# SPDX-License-Identifier: Apache-2.0
"""Paired tests, signed ranks and changes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.errors import StatisticsError
from harness.stats import (
    before_after,
    ratio,
)

samples = st.lists(st.floats(1, 100), min_size=3, max_size=30).filter(lambda v: len(set(v)) > 1)


@given(samples, samples, st.sampled_from([0.6, 0.75, 0.85, 1.4]))
def test_fieller_excludes_the_target_exactly_when_the_paired_test_does(
    before: list[float], after: list[float], target: float
) -> None:
    n = min(len(before), len(after))
    old, new = before[:n], after[:n]
    try:
        test, bounds = before_after.paired(old, new, target, 0.05), ratio.fieller(new, old, 0.05)
    except StatisticsError:
        return  # identical units; tests of bad input cover that
    if bounds.upper is not None and abs(test.upper) > 1e-9:
        assert (bounds.upper < target) == (test.upper < 0)


def test_signed_ranks_with_ties_and_zeros_count_every_sign_pattern() -> None:
    d = [1.0, 1.0, -2.0, 3.0, 3.0, 0.0]
    ranks = np.array([1.5, 1.5, 3, 4.5, 4.5])
    patterns = (np.arange(32)[:, None] >> np.arange(5)) & 1
    sums, observed = patterns @ ranks, 1.5 + 1.5 + 4.5 + 4.5
    tail = min((sums >= observed).mean(), (sums <= observed).mean())
    assert before_after.signed_rank(d) == pytest.approx(min(1, 2 * tail), rel=1e-12)


def test_a_change_counted_from_nothing_has_no_upper_bound() -> None:
    found = before_after.rate_ratio(3, 1, 0, 1, 0.05)
    assert found.value is None
    assert found.upper is None
    assert found.lower > 0


def test_rate_ratios_turn_over_with_their_exposures() -> None:
    one, other = before_after.rate_ratio(30, 6, 90, 12, 0.05), before_after.rate_ratio(90, 12, 30, 6, 0.05)
    assert one.value == pytest.approx(2 / 3)
    assert one.lower == pytest.approx(1 / (other.upper or math.nan), rel=1e-9)
    assert one.upper == pytest.approx(1 / other.lower, rel=1e-9)


def test_counts_that_scatter_as_poisson_does_or_less_keep_the_exact_bounds() -> None:
    after, before = before_after.Counts([58, 62, 60], [2, 2, 2]), before_after.Counts([90, 91, 89], [2, 2, 2])
    found, exact = before_after.scattered_ratio(after, before, 0.05), before_after.rate_ratio(180, 6, 270, 6, 0.05)
    assert (found.value, found.lower, found.upper, found.n) == (exact.value, exact.lower, exact.upper, exact.n)
    assert found.freedom == 4
    assert found.inflation == 1


@given(st.lists(st.integers(0, 60), min_size=2, max_size=9), st.lists(st.integers(1, 60), min_size=2, max_size=9))
def test_scatter_never_brings_a_bound_closer(after: list[int], before: list[int]) -> None:
    one, other = before_after.Counts(after, [1.5] * len(after)), before_after.Counts(before, [2] * len(before))
    found = before_after.scattered_ratio(one, other, 0.05)
    exact = before_after.rate_ratio(sum(after), 1.5 * len(after), sum(before), 2 * len(before), 0.05)
    assert found.value == exact.value
    assert found.lower is not None
    assert found.lower <= exact.lower * (1 + 1e-12)
    assert found.upper is None or exact.upper is None or found.upper >= exact.upper * (1 - 1e-12)


def test_twenty_orders_from_one_cause_prove_no_reduction_to_nothing() -> None:
    after, before = before_after.Counts([0] * 12, [1] * 12), before_after.Counts([20] + [0] * 11, [1] * 12)
    found = before_after.scattered_ratio(after, before, 0.05)
    assert found.dispersion == pytest.approx(20)
    assert found.upper is not None
    assert found.upper > 10
    assert (before_after.rate_ratio(0, 12, 20, 12, 0.05).upper or 1) < 0.2


def test_one_project_a_side_says_nothing_about_scatter_and_gets_no_bound() -> None:
    found = before_after.scattered_ratio(before_after.Counts([70], [1]), before_after.Counts([100], [1]), 0.05)
    assert found.value == pytest.approx(0.7)
    assert found.lower is found.upper is found.dispersion is None


def test_bounds_of_scattered_counts_do_not_depend_on_the_unit_of_exposure() -> None:
    def bounds(scale: float) -> before_after.Scattered:
        after = before_after.Counts([3, 14, 2], [scale, 2 * scale, scale])
        return before_after.scattered_ratio(after, before_after.Counts([9, 30, 4], [scale, 2 * scale, scale]), 0.05)

    assert bounds(1).upper == pytest.approx(bounds(1e4).upper, rel=1e-12)


def test_a_control_group_divides_out_what_happened_to_everybody() -> None:
    before, after = [100.0, 90.0, 120.0], [60.0, 55.0, 71.0]
    other_before, other_after = [80.0, 95.0, 110.0], [64.0, 75.0, 89.0]
    plain, net = (
        before_after.log_ratio(before, after, 0.05),
        before_after.net_of_control(before, after, other_before, other_after, 0.05),
    )
    other = before_after.log_ratio(other_before, other_after, 0.05)
    assert plain.value is not None
    assert other.value is not None
    assert net.value == pytest.approx(plain.value / other.value, rel=1e-12)
    assert net.lower < plain.value / other.value < (net.upper or 0)


def test_the_net_ratio_is_welchs_t_interval_of_the_logarithms() -> None:
    generator = np.random.default_rng(5)
    before, after = generator.lognormal(3, 0.1, 9), generator.lognormal(2.6, 0.2, 9)
    other_before, other_after = generator.lognormal(3, 0.1, 6), generator.lognormal(3, 0.05, 6)
    net = before_after.net_of_control(before, after, other_before, other_after, 0.05)
    oracle = stats.ttest_ind(np.log(after / before), np.log(other_after / other_before), equal_var=False)
    interval = oracle.confidence_interval(0.9)
    assert math.log(net.lower) == pytest.approx(interval.low, rel=1e-9)
    assert math.log(net.upper or 0) == pytest.approx(interval.high, rel=1e-9)


@pytest.mark.parametrize(
    ("events", "exposures", "words"),
    [
        ([1.5, 2], [1, 1], "whole number"),
        ([-1, 2], [1, 1], "whole number"),
        ([1, 2], [1, 0], "exposure"),
        ([1, 2], [1], "belong together"),
        ([], [], "at least 1"),
    ],
)
def test_counts_that_no_rate_can_stand_on_are_refused(events: list[float], exposures: list[float], words: str) -> None:
    with pytest.raises(StatisticsError, match=words):
        before_after.scattered_ratio(before_after.Counts(events, exposures), before_after.Counts([5, 6], [1, 1]), 0.05)


def test_units_chosen_because_they_were_bad_show_regression_to_the_mean() -> None:
    generator = np.random.default_rng(2)
    first, second = generator.lognormal(3, 0.2, (2, 400))
    worst = np.argsort(first)[-20:]  # the twenty worst of four hundred alike, measured again without any change
    assert before_after.regresses(first[worst], second[worst])


def test_the_same_share_everywhere_is_no_regression_to_the_mean() -> None:
    generator, told = np.random.default_rng(3), 0
    for _ in range(200):
        before = generator.lognormal(3, 0.4, 10)
        told += before_after.regresses(before, 0.7 * before * generator.lognormal(0, 0.02, 10))
    assert told == 0


@pytest.mark.parametrize("before", [[5.0, 5.0, 5.0, 5.0], [1.0, 2.0, 9.0]])
def test_few_units_or_equal_ones_say_nothing_about_regression(before: list[float]) -> None:
    assert not before_after.regresses(before, [4.0, 4.0, 4.0, 4.0][: len(before)])
