# SPDX-License-Identifier: Apache-2.0
"""Laws every bound obeys, whatever the numbers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import StatisticsError
from harness.model import BudgetItem
from harness.stats import (
    autocorrelation,
    before_after,
    binomial,
    budget,
    bursts,
    conformity,
    counts,
    iso17123,
    population,
    quantile,
    radial,
    ratio,
    reliability,
    rms,
)

risks = st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.4])
tables = st.dictionaries(st.integers(1, 500), st.integers(1, 30), max_size=8)
some_trials = st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
samples = st.lists(st.floats(1, 100), min_size=3, max_size=30).filter(lambda v: len(set(v)) > 1)


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


@given(st.integers(1, 10**9), st.sampled_from([0.5, 0.9, 0.99, 0.999, 0.9999]), risks)
def test_ranks_are_the_first_and_last_that_hold(n: int, p: float, alpha: float) -> None:
    high, low = quantile.upper_rank(n, p, alpha), quantile.lower_rank(n, p, alpha)
    if high is None:
        assert n < math.log(alpha) / math.log(p) * (1 + 1e-9)
    else:
        assert binomial.cumulative(high - 1, n, p) >= 1 - alpha - 1e-9
        assert high == 1 or binomial.cumulative(high - 2, n, p) < 1 - alpha
    if low is not None:
        assert binomial.cumulative(low - 1, n, p) <= alpha + 1e-9
        assert low == n or binomial.cumulative(low, n, p) > alpha


@given(st.lists(st.integers(0, 1000), min_size=30, max_size=60), st.integers(0, 5))
@settings(max_examples=40)
def test_a_histogram_never_gives_tighter_bounds_than_its_sample(values: list[int], lost: int) -> None:
    edges = np.arange(0, 1001, 10)
    held = np.histogram(values, bins=[*edges, 1010])[0]
    sample = quantile.bounds(quantile.Sample(values, lost), 0.5, 0.05)
    cells = quantile.bounds(quantile.Cells(edges, edges + 9.5, held, lost), 0.5, 0.05)
    assert (sample.lower_rank, sample.upper_rank) == (cells.lower_rank, cells.upper_rank)
    assert sample.lower is not None
    assert sample.upper is not None
    assert cells.lower is not None
    assert cells.upper is not None
    assert sample.lower - 9.5 <= cells.lower <= sample.lower
    assert sample.upper <= cells.upper <= sample.upper + 9.5


@given(st.integers(0, 299))
def test_a_lost_packet_is_slower_than_any_that_arrived(lost: int) -> None:
    found = quantile.bounds(quantile.Sample(np.arange(300 - lost), lost), 0.99, 0.05)
    assert found.upper == (math.inf if lost else 299)
    assert found.value == (math.inf if lost > 3 else 296)


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
    assert found.need == {"declare": "L0", "bursts": 10}
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


@given(st.integers(0, 2**32), st.floats(0.001, 1000))
@settings(max_examples=25)
def test_rms_bounds_scale_with_the_unit(seed: int, scale: float) -> None:
    z = np.square(np.random.default_rng(seed).standard_normal((2, 400))).sum(axis=0)
    metres, other = rms.bounds(z, 2, 0.05), rms.bounds(z * scale**2, 2, 0.05)
    assert other.value == pytest.approx(metres.value * scale, rel=1e-9)
    assert other.upper == pytest.approx((metres.upper or math.nan) * scale, rel=1e-6)


def test_a_record_shorter_than_fifty_correlation_times_says_what_it_needs() -> None:
    slow = np.repeat(np.random.default_rng(4).standard_normal(20) ** 2, 30)
    found = rms.bounds(slow, 1, 0.05)
    assert found.lower is found.upper is None
    assert found.missing is not None
    assert found.missing.code == "statistics.record_too_short"
    assert found.need["n"] == math.ceil(50 * found.tau) > 600
    radius = radial.bounds(np.sqrt(slow), 0.95, 0.05)
    assert radius.upper is None
    assert radius.missing is not None


@given(st.integers(0, 2**32), st.integers(2, 3000), st.integers(0, 200))
@settings(max_examples=40)
def test_blockwise_autocovariances_are_those_of_the_definition(seed: int, n: int, lags: int) -> None:
    x, lags = np.random.default_rng(seed).standard_normal(n), min(lags, n - 1)
    d = x - x.mean()
    plain = [float(d[: n - k] @ d[k:]) / n for k in range(lags + 1)]
    np.testing.assert_allclose(autocorrelation.autocovariance(x, lags), plain, atol=1e-12)


def test_long_series_give_the_same_autocovariances_block_by_block() -> None:
    x = np.cumsum(np.random.default_rng(5).standard_normal(200_000))
    d = x - x.mean()
    spectrum = np.abs(np.fft.rfft(d, 1 << 19)) ** 2
    plain = np.fft.irfft(spectrum)[:5001] / len(x)
    np.testing.assert_allclose(autocorrelation.autocovariance(x, 5000), plain, rtol=1e-9)


def test_the_correlation_time_of_an_ar1_process_is_found() -> None:
    generator, phi = np.random.default_rng(6), 0.95
    x = np.empty(200_000)
    x[0] = 0
    drive = generator.standard_normal(len(x))
    for i in range(1, len(x)):
        x[i] = phi * x[i - 1] + drive[i]
    assert autocorrelation.integrated_time(x) == pytest.approx((1 + phi) / (1 - phi), rel=0.1)


@given(st.integers(0, 2**32), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
@settings(max_examples=50)
def test_fieller_does_not_depend_on_units(seed: int, scale_a: float, scale_b: float) -> None:
    a, b = np.random.default_rng(seed).uniform(5, 8, (2, 9))
    plain, scaled = ratio.fieller(a, b, 0.05), ratio.fieller(a * scale_a, b * scale_b, 0.05)
    k = scale_a / scale_b
    assert plain.lower is not None
    assert plain.upper is not None
    assert scaled.value == pytest.approx(plain.value * k, rel=1e-9)
    assert scaled.lower == pytest.approx(plain.lower * k, rel=1e-9)
    assert scaled.upper == pytest.approx(plain.upper * k, rel=1e-9)
    assert scaled.g == pytest.approx(plain.g, rel=1e-9)


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


def test_an_unclear_denominator_gives_a_reason_instead_of_a_bound() -> None:
    found = ratio.fieller([1, 2, 3], [0.1, 5, -3], 0.05)
    assert found.lower is found.upper is None
    assert found.missing is not None
    assert found.missing.code == "statistics.denominator_unclear"


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


@given(st.integers(1, 400).flatmap(lambda t: st.tuples(st.just(t), st.integers(1, t))), st.data(), risks)
@settings(max_examples=60)
def test_one_more_bad_item_never_improves_a_register(size: tuple[int, int], data: st.DataObject, alpha: float) -> None:
    total, n = size
    x = data.draw(st.integers(1, n))
    better, worse = population.bounds(x, n, total, alpha), population.bounds(x - 1, n, total, alpha)
    assert worse.lower <= better.lower
    assert worse.upper <= better.upper
    assert x <= better.lower
    assert better.upper <= total - (n - x)


@given(st.integers(1, 300), st.integers(0, 300))
def test_a_census_knows_the_register_exactly(total: int, bad: int) -> None:
    bad = min(total, bad)
    assert counts.bounds(total, total, bad, 0.05) == (total - bad, total - bad, total - bad)


@pytest.mark.parametrize(("claimed", "required"), [(5200, 5000), (105, 100), (60, 50), (101_000, 100_000)])
@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_the_audit_size_is_exactly_where_the_claim_becomes_proven(claimed: int, required: int, allowed: int) -> None:
    n = counts.audit_size(claimed, required, allowed, 0.05)
    assert n is not None
    assert counts.bounds(claimed, n, allowed, 0.05).lower >= required
    assert counts.bounds(claimed, n - 1, allowed, 0.05).lower < required


def test_a_large_register_is_bounded_by_the_binomial_limit() -> None:
    found = population.bounds(285, 299, 10**7, 0.05)
    assert found.lower / 10**7 == pytest.approx(binomial.lower(285, 299, 0.05), rel=1e-4)
    assert found.upper / 10**7 == pytest.approx(binomial.upper(285, 299, 0.05), rel=1e-4)


def test_the_sample_is_decided_by_register_and_nonce_alone() -> None:
    digest = "0f" * 32
    first = population.draw(digest, "2026-11-21 开标号 7", 5200, 76)
    assert first == population.draw(digest.upper(), "2026-11-21 开标号 7", 5200, 76)
    assert first != population.draw(digest, "2026-11-21 开标号 8", 5200, 76)
    assert first != population.draw("1f" * 32, "2026-11-21 开标号 7", 5200, 76)
    assert set(first) < set(population.draw(digest, "2026-11-21 开标号 7", 5200, 120))
    assert first == sorted(set(first))
    assert len(first) == 76
    assert 0 <= first[0] <= first[-1] < 5200


def test_the_drawn_positions_can_be_recomputed_with_any_sha256_tool() -> None:
    import hashlib

    digest, nonce = "0f" * 32, "beacon"
    keys = {i: hashlib.sha256(f"yanshou-sample-1\n{digest}\n{nonce}\n{i}".encode()).hexdigest() for i in range(50)}
    assert population.draw(digest, nonce, 50, 6) == sorted(sorted(keys, key=keys.__getitem__)[:6])


def test_welch_satterthwaite_and_hard_bounds_as_in_the_guide() -> None:
    """GUM H.1.6: the end gauge, u_c = 32 nm with 16 effective degrees of freedom."""
    parts = [(25.0, 18), (9.7, 25.6), (2.9, 50), (16.6, 2)]
    found = budget.combine([budget.Component(BudgetItem(str(u), "B", u, "nm"), freedom=nu) for u, nu in parts])
    assert found.uncertainty == pytest.approx(32, abs=0.5)
    assert int(found.freedom) == 16
    assert found.allowance == 0
    clock = budget.Component(BudgetItem("clock", "bound", 3.0, "us"), sensitivity=-2)
    hard = budget.combine([clock, clock])
    assert hard == (0, math.inf, 12)
    assert budget.bounds(5, hard, 0.05) == (5, 5)


def test_guard_bands_are_those_of_ilac_g8() -> None:
    assert conformity.guard_band(0.5, 0.05) == pytest.approx(0.8224, abs=1e-3)
    assert conformity.acceptance_limit(2, 0.1) == 1.9
    assert conformity.acceptance_limit(2, 0.1, upper=False) == 2.1
    assert conformity.worst_risk(0) == 0.5
    assert conformity.worst_risk(1) == pytest.approx(0.0228, abs=1e-4)
    assert conformity.worst_risk(1.5) == pytest.approx(0.0013, abs=1e-4)
    band = conformity.guard_band(0.3, 0.05)
    assert conformity.probability(conformity.acceptance_limit(2, band), 0.3, 2) == pytest.approx(0.95, abs=1e-12)
    assert conformity.probability(2 + band, 0.3, 2, upper=False) == pytest.approx(0.95, abs=1e-12)


def test_the_published_two_sets_of_the_rtk_standard_are_recomputed() -> None:
    """GOST R ISO 17123-8-2011, Annex B, Bonn 2006-09-22: sets 1 and 2, nominal 19.994 m and 0.028 m."""
    one = [(-67635.470, -63943.197, 320.792), (-67652.389, -63932.527, 320.799)]
    two = [(-67635.479, -63943.188, 320.788), (-67652.376, -63932.525, 320.824)]
    found = iso17123.simplified([one, two, one, two, one], 19.994, 0.028, 0.015, 0.025)
    np.testing.assert_allclose(found.distance_deviation_m[:2], [0.009, -0.014], atol=5.1e-4)
    np.testing.assert_allclose(found.height_deviation_m[:2], [-0.021, 0.008], atol=5.1e-4)
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


def test_zero_failures_are_the_rule_of_three_of_reliability() -> None:
    found = reliability.mtbf(0, 2996, 0.05)
    assert found.value is None
    assert found.upper is None
    assert found.lower == pytest.approx(2996 / 2.995732, rel=1e-6)
    stopped = reliability.mtbf(3, 1000, 0.05, failure_terminated=True)
    running = reliability.mtbf(3, 1000, 0.05)
    assert running.lower < stopped.lower < (running.value or 0) < (running.upper or 0)


def test_circular_errors_have_their_textbook_radii() -> None:
    assert radial.gaussian(0.95) == pytest.approx(math.sqrt(-2 * math.log(0.05)), rel=1e-14)
    assert radial.gaussian(Fraction(1, 2)) == pytest.approx(1.1774100225154747, rel=1e-14)
    assert radial.gaussian(0.95, 0.01) == pytest.approx(1.96, abs=1e-3)
