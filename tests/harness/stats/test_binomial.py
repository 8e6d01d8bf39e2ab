# SPDX-License-Identifier: Apache-2.0
"""Laws of exact proportions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats import (
    binomial,
)

risks = st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.4])
some_trials = st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(some_trials, risks)
def test_a_proportion_lies_within_its_bounds(trial: tuple[int, int], alpha: float) -> None:
    x, n = trial
    found = binomial.bounds(x, n, alpha)
    assert 0 <= found.lower <= x / n <= found.upper <= 1


@given(some_trials, risks)
def test_one_more_loss_never_improves_a_proportion(trial: tuple[int, int], alpha: float) -> None:
    x, n = trial
    if x < n:
        better, worse = binomial.bounds(x, n, alpha), binomial.bounds(x + 1, n, alpha)
        assert worse.upper >= better.upper
        assert worse.lower > better.lower


@given(some_trials)
def test_a_smaller_risk_asks_for_a_wider_interval(trial: tuple[int, int]) -> None:
    bounds = [binomial.bounds(*trial, alpha) for alpha in (0.4, 0.1, 0.05, 0.01, 0.001)]
    uppers, lowers = [b.upper for b in bounds], [b.lower for b in bounds]
    assert uppers == sorted(uppers)
    assert lowers == sorted(lowers, reverse=True)


def test_the_rule_of_three_holds() -> None:
    assert binomial.upper(0, 5990, 0.05) <= 5e-4 < binomial.upper(0, 5989, 0.05)
    assert binomial.bounds(5, 5, Fraction(1, 20)) == (pytest.approx(0.05**0.2, rel=1e-14), 1.0)


@given(some_trials, risks)
def test_binomial_bounds_mirror_when_successes_and_losses_swap(trial: tuple[int, int], alpha: float) -> None:
    x, n = trial
    assert binomial.upper(x, n, alpha) == pytest.approx(1 - binomial.lower(n - x, n, alpha), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n", [10, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("share", [0, 1e-5, 0.02, 0.5])
def test_bounds_solve_their_own_definition_up_to_the_largest_samples(n: int, share: float) -> None:
    x = round(n * share)
    assert binomial.cumulative(x, n, binomial.upper(x, n, 0.05)) == pytest.approx(0.05, rel=1e-7)
    if x:
        assert 1 - binomial.cumulative(x - 1, n, binomial.lower(x, n, 0.05)) == pytest.approx(0.05, rel=1e-7)
