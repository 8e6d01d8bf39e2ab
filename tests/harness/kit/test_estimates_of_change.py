# SPDX-License-Identifier: Apache-2.0
"""Reductions and gains: which bound carries which risk, and what leaves a verdict open."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from harness.errors import StatisticsError
from harness.kit import estimates
from harness.kit.parts import Part
from harness.model import Reading, Rule, Side, Text
from harness.plugins import Request
from harness.quantity import Limit
from harness.stats import before_after, ratio
from harness.stats.before_after import Counts

ALPHA, BETA = Fraction(1, 20), Fraction(1, 100)
FALL = Request("x", Reading("r", Text("读", "r"), "m", "s"), Limit.parse(">= 25 %"), Rule.GUARDED, ALPHA, BETA)
RISE = replace(FALL, limit=Limit.parse(">= 40 %"))
BEFORE = [127.5, 85.6, 91.7, 95.1, 88.4, 88.6, 109.0, 98.6, 101.8, 126.3]
AFTER = [90.2, 60.1, 66.3, 68.0, 61.0, 64.2, 76.9, 70.0, 73.7, 88.4]


def test_the_bound_that_proves_a_fall_holds_at_alpha_and_the_other_at_beta() -> None:
    part = estimates.change(BEFORE, AFTER, FALL)
    high, low = ratio.fieller(AFTER, BEFORE, ALPHA), ratio.fieller(AFTER, BEFORE, BETA)
    assert high.upper is not None
    assert low.lower is not None
    assert (part.value, part.lower, part.upper) == (1 - high.value, 1 - high.upper, 1 - low.lower)
    assert part.n == 10


def test_the_bound_that_proves_a_rise_holds_at_alpha_and_the_other_at_beta() -> None:
    part = estimates.change(AFTER, BEFORE, RISE, rise=True)
    low, high = ratio.fieller(BEFORE, AFTER, ALPHA), ratio.fieller(BEFORE, AFTER, BETA)
    assert low.lower is not None
    assert high.upper is not None
    assert (part.value, part.lower, part.upper) == (low.value - 1, low.lower - 1, high.upper - 1)


def test_the_signed_rank_test_stands_beside_and_warns_where_single_pairs_carry_the_result() -> None:
    part = estimates.change(BEFORE, AFTER, FALL)
    assert part.diagnostics["signed_rank_p"] == before_after.paired(BEFORE, AFTER, 0.75, ALPHA).p_wilcoxon
    assert part.remarks == ()
    before = [100.0, 95.0, 90.0, 85.0, 20.0, 22.0, 21.0, 19.0]
    after = [
        60.0,
        57.2,
        54.1,
        51.0,
        15.2,
        16.7,
        15.9,
        14.4,
    ]  # the dear ones fell by two fifths, the others by less than asked
    carried = estimates.change(before, after, FALL)
    assert carried.lower is not None
    assert carried.lower >= Fraction(1, 4)
    assert [each.code for each in carried.remarks] == ["estimates.one-pair"]


def test_a_fall_of_logarithms_is_the_geometric_mean() -> None:
    part = estimates.change_of_logs(BEFORE, AFTER, FALL)
    found = before_after.log_ratio(BEFORE, AFTER, ALPHA)
    assert found.value is not None
    assert found.upper is not None
    assert (part.value, part.lower) == (1 - found.value, 1 - found.upper)


def test_beside_a_control_group_that_fell_as_well_less_is_left() -> None:
    other = ([50.0, 60.0, 55.0], [45.0, 53.0, 50.0])
    part = estimates.change_beside((BEFORE, other[0]), (AFTER, other[1]), FALL)
    alone = estimates.change_of_logs(BEFORE, AFTER, FALL)
    assert part.value is not None
    assert alone.value is not None
    assert part.value < alone.value


def test_rates_are_compared_with_the_scatter_seen() -> None:
    before, after = Counts([20, 90, 40], [1.0, 2.0, 1.0]), Counts([30, 20, 9], [1.0, 2.0, 1.0])
    part = estimates.change_of_rate(before, after, FALL)
    found = before_after.scattered_ratio(after, before, ALPHA)
    assert found.upper is not None
    assert part.lower == 1 - found.upper
    assert part.n_eff == pytest.approx(209 / found.inflation)
    assert [each.code for each in part.remarks] == ["estimates.scatter"]


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (estimates.change([1.0], [2.0], FALL), "estimates.few-pairs"),
        (estimates.change_of_logs([], [], FALL), "estimates.few-pairs"),
        (estimates.change_beside((BEFORE, [1.0]), (AFTER, [2.0]), FALL), "estimates.few-pairs"),
        (estimates.change_of_rate(Counts([9], [1]), Counts([5], [1]), FALL), "estimates.no-scatter"),
        (estimates.change_of_rate(Counts([0, 0], [1, 1]), Counts([0, 0], [1, 1]), FALL), "estimates.no-event"),
        (estimates.change_of_rate(Counts([0, 0], [1, 1]), Counts([3, 4], [1, 1]), FALL), "estimates.nothing-before"),
    ],
)
def test_what_cannot_be_compared_leaves_both_verdicts_open(part: Part, code: str) -> None:
    lacks = [each for each in part.lacks if each.reason.code == code]
    assert [each.side for each in lacks] == [Side.BOTH]


def test_a_rate_that_fell_to_nothing_is_a_full_reduction_with_an_honest_bound() -> None:
    part = estimates.change_of_rate(Counts([9, 11, 10], [1, 1, 1]), Counts([0, 0, 0], [1, 1, 1]), FALL)
    assert part.value == 1
    assert part.lower is not None
    assert 0.8 < part.lower < 1
    assert part.upper == 1


def test_pairs_that_all_changed_by_the_same_share_were_computed_and_are_refused() -> None:
    with pytest.raises(StatisticsError, match="all ratios are equal"):
        estimates.change(BEFORE, [0.7 * each for each in BEFORE], FALL)


def test_a_true_fall_just_below_the_target_passes_in_at_most_five_of_a_hundred_campaigns() -> None:
    generator, runs, passed = np.random.default_rng(12), 2000, 0
    for _ in range(runs):
        before = generator.lognormal(4, 0.3, 8)
        part = estimates.change(before, 0.75 * before * generator.lognormal(0, 0.05, 8), FALL)
        passed += part.lower is not None and part.lower >= Fraction(1, 4)
    assert passed / runs <= 0.05 + 3.3 * (0.05 * 0.95 / runs) ** 0.5
