# SPDX-License-Identifier: Apache-2.0
"""Paired tests, signed ranks and changes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
