# SPDX-License-Identifier: Apache-2.0
"""Laws of burst bounds: monotone, exact where they reduce to Poisson, silent where nothing is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats import (
    binomial,
    bursts,
    reliability,
)

risks = st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.4])
tables = st.dictionaries(st.integers(1, 500), st.integers(1, 30), max_size=8)


@given(tables, st.integers(1, 500), risks, st.one_of(st.none(), st.integers(1, 1000)))
def test_one_more_burst_never_improves_a_loss_ratio(
    table: dict[int, int], length: int, alpha: float, declared: int | None
) -> None:
    n = 10**6
    worse = bursts.bounds({**table, length: table.get(length, 0) + 1}, n, alpha, declared)
    better = bursts.bounds(table, n, alpha, declared)
    assert worse.value > better.value
    if worse.upper is not None and better.upper is not None:
        assert worse.upper >= better.upper * (1 - 1e-12)


@given(tables.filter(bool), st.data(), risks, st.integers(0, 1000))
def test_a_burst_that_lasts_longer_never_improves_a_loss_ratio(
    table: dict[int, int], data: st.DataObject, alpha: float, declared: int
) -> None:
    length = data.draw(st.sampled_from(sorted(table)))
    longer = {**table, length: table[length] - 1}
    longer[length + 1] = longer.get(length + 1, 0) + 1
    better, worse = (bursts.bounds(each, 10**6, alpha, declared).upper for each in (table, longer))
    if better is not None and worse is not None:
        assert worse >= better * (1 - 1e-12)


@given(tables, st.integers(1, 10**4))
def test_burst_bounds_hold_the_value_between_them(table: dict[int, int], declared: int) -> None:
    found = bursts.bounds(table, 10**6, 0.05, declared)
    assert found.upper is not None
    assert found.lower <= found.value <= found.upper <= 1
    assert found.n_eff <= 10**6


@given(st.integers(1, 400), st.sampled_from([0.0125, 0.05, 0.1, 0.4]))
def test_single_losses_are_the_exact_poisson_case(losses: int, alpha: float) -> None:
    found = bursts.unavailability([1.0] * losses, 10**6, alpha, 1)
    exact = reliability.rate(losses, 10**6, alpha)
    assert (found.lower, found.upper) == pytest.approx(exact, rel=1e-12)


def test_without_a_known_burst_length_nothing_is_claimed_from_above() -> None:
    found = bursts.bounds({1: 9}, 10**6, 0.05)
    assert found.upper is None
    assert found.missing is not None
    assert found.missing.code == "statistics.burst_length_unknown"
    assert "9" in found.missing.text.zh
    assert (found.need.counted, found.need.n) == ("bursts", 10)
    assert "L0" in found.need.text.zh
    assert found.lower > 0
    assert bursts.bounds({1: 10}, 10**6, 0.05).upper is not None


def test_no_loss_is_three_times_the_declared_burst_over_n() -> None:
    found = bursts.bounds({}, 300_000, 0.05, longest=50)
    assert found.upper == pytest.approx(2.995732273553991 * 50 / 300_000, rel=1e-12)
    assert found.lower == 0


def test_a_gilbert_chain_is_recovered_from_its_burst_table() -> None:
    found = bursts.gilbert({5: 50, 15: 50}, 10**6)
    assert found is not None
    assert found.mean_burst == 10
    assert found.loss == 1e-3
    assert found.deff == pytest.approx(2 * 10 - 1, rel=0.01)
    assert bursts.gilbert({}, 100) is None
    isolated = bursts.gilbert({1: 100}, 10**6)
    assert isolated is not None
    assert isolated.deff == pytest.approx(1, abs=1e-3)


def test_a_declared_burst_below_one_packet_does_not_undercut_the_exact_bound() -> None:
    assert bursts.bounds({}, 1000, 0.05, longest=0.5).upper == binomial.upper(0, 1000, 0.05)


@pytest.mark.parametrize("alpha", [1e-6, 0.001, 0.01, 0.05])
@pytest.mark.parametrize("declared", [2, 4, 50])
def test_the_first_single_losses_never_lower_the_bound_of_a_long_declared_burst(alpha: float, declared: int) -> None:
    tables = [{}, *({1: k} for k in range(1, 40))]
    uppers = [bursts.bounds(table, 10**6, alpha, declared).upper or 0 for table in tables]
    assert uppers == sorted(uppers)
