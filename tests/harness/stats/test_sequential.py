# SPDX-License-Identifier: Apache-2.0
"""Anytime-valid bounds: looking at every packet and stopping when it suits keeps the stated risk."""

import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from harness.errors import StatisticsError
from harness.stats import binomial, mixture, sequential
from tests.harness.stats.reference import Case, parametrise

ALPHA = 0.05
LEVEL = math.log(1 / ALPHA)
SLACK = 3.3


@cache
def first_pass(s: int, p0: float, b: float | None = None) -> int:
    """The smallest n at which s events in n trials PASS."""
    low, high = max(s, 1), 1 << 30
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if sequential.log_e_pass(s, middle, p0, 1, b) >= LEVEL else (middle + 1, high)
    return low


def last_fail(s: int, p0: float) -> int:
    """The largest n at which s events in n trials FAIL; 0 when none does."""
    low, high = s - 1, 1 << 30
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sequential.log_e_fail(s, middle, p0) >= LEVEL else (low, middle - 1)
    return low if low >= s else 0


def within_risk(hits: int, runs: int, risk: float = ALPHA) -> bool:
    return hits / runs <= risk + SLACK * math.sqrt(risk * (1 - risk) / runs)


@parametrise("r_anytime_binomial")
def test_log_evidence_agrees_with_r(case: Case) -> None:
    i = case.input
    assert case.close(sequential.log_e_pass(i["s"], i["n"], i["p0"], i["a"], i["b"]), "log_e_pass")
    assert case.close(sequential.log_e_fail(i["s"], i["n"], i["p0"], i["a"], i["b"]), "log_e_fail")


@parametrise("confseq_bernoulli")
def test_two_sided_sequences_of_a_proportion_agree_with_confseq(case: Case) -> None:
    i = case.input
    found = mixture.proportion(i["s"], i["n"], i["alpha"], i["t_opt"], i["alpha_opt"])
    np.testing.assert_allclose(found, case.expected, rtol=case.rel_tol, atol=1e-12)


@parametrise("confseq_normal_mixture")
def test_boundaries_of_a_sum_agree_with_confseq(case: Case) -> None:
    i = case.input
    one_sided, two_sided = mixture.deviation(i["v"], i["alpha"], i["v_opt"], i["alpha_opt"])
    assert case.close(one_sided, "one_sided")
    assert case.close(two_sided, "two_sided")


@pytest.mark.parametrize("p0", [0.0005, 0.01, 0.3])
@pytest.mark.parametrize("n", [1, 50, 400])
def test_the_evidence_has_mean_one_at_the_limit_and_less_beyond_it(p0, n):
    s = np.arange(n + 1)
    ways = -special.betaln(s + 1, n - s + 1) - math.log(n + 1)
    for evidence, beyond in ((sequential.log_e_pass, 1.5 * p0), (sequential.log_e_fail, 0.5 * p0)):
        logs = ways + [evidence(k, n, p0) for k in s.tolist()]
        means = [np.exp(logs + special.xlogy(s, p) + special.xlog1py(n - s, -p)).sum() for p in (p0, beyond)]
        assert means[0] == pytest.approx(1, abs=1e-9)
        assert means[1] <= 1


def test_evidence_far_beyond_the_limit_stays_finite_and_keeps_growing():
    values = [sequential.log_e_pass(0, n, 0.01) for n in (10**4, 10**6, 10**9, 10**12)]
    assert values == sorted(values)
    assert all(math.isfinite(value) for value in values)
    assert values[2] == pytest.approx(-(10**9) * math.log1p(-0.01), rel=1e-5)
    assert math.isfinite(sequential.log_e_fail(450, 10**9, 0.3))


@given(st.integers(0, 60), st.integers(1, 3000), st.sampled_from([0.001, 0.01, 0.1]), st.sampled_from([0.05, 0.01]))
def test_the_bounds_and_the_evidence_at_the_limit_say_the_same(s, n, p0, alpha):
    s = min(s, n)
    lower, upper = sequential.bounds(s, n, alpha, p0)
    assert lower <= s / n <= upper
    assert (upper <= p0) == (sequential.log_e_pass(s, n, p0) >= math.log(1 / alpha))
    assert (lower > p0) == (sequential.log_e_fail(s, n, p0) > math.log(1 / alpha))


@given(st.integers(0, 40), st.integers(41, 2000), st.sampled_from([0.005, 0.05]))
def test_one_more_event_or_one_trial_less_never_lowers_a_bound(s, n, p0):
    here, worse = sequential.bounds(s, n, ALPHA, p0), sequential.bounds(s + 1, n, ALPHA, p0)
    fewer = sequential.bounds(s, n - 1, ALPHA, p0)
    assert all(a <= b * (1 + 1e-12) for a, b in zip((*here, *here), (*worse, *fewer), strict=True))


@given(st.integers(0, 20), st.integers(20, 500))
def test_bounds_for_all_times_are_wider_than_bounds_for_one_time(s, n):
    fixed, anytime = binomial.bounds(s, n, ALPHA), sequential.bounds(s, n, ALPHA, 0.02)
    assert anytime.lower <= fixed.lower
    assert anytime.upper >= fixed.upper


def test_nothing_seen_is_no_bound_and_wrong_counts_are_refused():
    assert sequential.bounds(0, 0, ALPHA, 0.01) == (0.0, 1.0)
    assert sequential.bounds(7, 7, ALPHA, 0.01).upper == 1.0
    for wrong in (
        lambda: sequential.bounds(2, 1, ALPHA, 0.01),
        lambda: sequential.bounds(0, -1, ALPHA, 0.01),
        lambda: sequential.bounds(0, 1, 0.5, 0.01),
        lambda: sequential.bounds(0, 1, ALPHA, 0),
        lambda: sequential.log_e_pass(0, 1, 0.1, a=0),
        lambda: sequential.upper_rank(0, 0.99, ALPHA),
        lambda: sequential.burst_bounds({20: 1}, 10, ALPHA, 0.01, 5),
        lambda: sequential.look_alpha(Fraction(1, 20), 0),
    ):
        with pytest.raises(StatisticsError):
            wrong()


@pytest.mark.parametrize("p0", [0.0005, 0.01])
def test_stopping_at_the_first_pass_with_the_truth_at_the_limit_is_wrong_in_at_most_five_percent(p0):
    runs, events = 20_000, 60
    arrivals = np.random.default_rng(11).geometric(p0, (runs, events)).cumsum(axis=1)
    limits = np.array([first_pass(s, p0) for s in range(events)])
    passed = (arrivals > limits).any(axis=1)  # the (s+1)-th event comes after s events were enough to PASS
    assert passed.mean() > 0.02  # the test can see: about 4 % of the campaigns do PASS
    assert within_risk(passed.sum(), runs)


def test_stopping_at_the_first_fail_with_the_truth_at_the_limit_is_wrong_in_at_most_five_percent():
    p0, runs, events = 0.0005, 20_000, 60
    arrivals = np.random.default_rng(12).geometric(p0, (runs, events)).cumsum(axis=1)
    limits = np.array([last_fail(s, p0) for s in range(1, events + 1)])
    failed = (arrivals <= limits).any(axis=1)
    assert failed.mean() > 0.02
    assert within_risk(failed.sum(), runs)


def test_watching_a_fixed_n_bound_instead_is_wrong_far_more_often():
    p0, runs, events = 0.0005, 5000, 60
    arrivals = np.random.default_rng(13).geometric(p0, (runs, events)).cumsum(axis=1)
    limits = np.ceil(special.gammainccinv(np.arange(events) + 1, ALPHA) / p0)  # Poisson form of Clopper-Pearson
    assert (arrivals > limits).any(axis=1).mean() > 0.2


def test_quantile_bounds_start_where_the_facts_say_and_widen_by_the_price_of_looking():
    assert (sequential.upper_rank(416, 0.99, ALPHA), sequential.upper_rank(417, 0.99, ALPHA)) == (None, 417)
    assert (sequential.upper_rank(4186, 0.999, ALPHA), sequential.upper_rank(4187, 0.999, ALPHA)) == (None, 4187)
    assert sequential.lower_rank(1, 0.99, ALPHA) is None


@given(st.integers(1, 5000), st.sampled_from([0.5, 0.9, 0.99]))
def test_quantile_ranks_are_the_tightest_that_the_evidence_allows(n, q):
    upper, lower = sequential.upper_rank(n, q, ALPHA), sequential.lower_rank(n, q, ALPHA)
    tail = 1 - q
    if upper is None:
        assert sequential.log_e_pass(0, n, tail) < LEVEL
    else:
        assert sequential.log_e_pass(n - upper, n, tail) >= LEVEL
        assert n - upper + 1 > n * tail or sequential.log_e_pass(n - upper + 1, n, tail) < LEVEL
    if lower is None:
        assert sequential.log_e_fail(n, n, tail) < LEVEL
    else:
        assert sequential.log_e_fail(n - lower + 1, n, tail) >= LEVEL
        assert n - lower < n * tail or sequential.log_e_fail(n - lower, n, tail) < LEVEL
    assert lower is None or upper is None or lower < upper


def test_a_p99_watched_all_the_time_stays_below_its_upper_bound():
    q, runs, n = 0.99, 1500, 3000
    above = (np.random.default_rng(14).random((runs, n)) > q).cumsum(axis=1)
    wrong = np.zeros(runs, bool)
    for size in range(400, n + 1, 20):
        rank = sequential.upper_rank(size, q, ALPHA)
        if rank is not None:  # X_(rank) lies below the quantile when more than size - rank values do not reach ...
            wrong |= above[:, size - 1] <= size - rank
    assert within_risk(wrong.sum(), runs)


def bursty(rng: np.random.Generator, p0: float, mean: float, packets: int) -> tuple[np.ndarray, np.ndarray]:
    """Starts and lengths of loss bursts (geometric, as in Gilbert's chain) with a loss ratio of p0."""
    gaps = rng.geometric(p0 / mean / (1 - p0), int(3 * packets * p0 / mean) + 20)
    lengths = rng.geometric(1 / mean, gaps.size)
    starts = np.cumsum(gaps + np.concatenate(([0], lengths[:-1])))
    return starts[starts < packets], lengths[starts < packets]


def peeked_pass(starts, lengths, p0, declared, packets) -> bool:
    """Whether bursts PASS at any packet: between two bursts only n grows, so before each burst and at the end."""
    worst = np.maximum(declared, np.maximum.accumulate(np.concatenate(([0], lengths)))).tolist()
    ends = [*starts.tolist(), packets]
    return any(end > first_pass(s, p0 / worst[s], declared / p0) for s, end in enumerate(ends))


@pytest.mark.parametrize(("mean", "declared"), [(5, 5), (5, 15), (20, 20)])
def test_peeking_at_bursty_loss_with_a_declared_burst_length_keeps_the_risk(mean, declared):
    rng, runs, packets, p0 = np.random.default_rng(15), 1500, 100_000, 0.002
    hits = sum(peeked_pass(*bursty(rng, p0, mean, packets), p0, declared, packets) for _ in range(runs))
    assert within_risk(hits, runs)


@given(st.dictionaries(st.integers(1, 30), st.integers(1, 5), max_size=4), st.integers(500, 10**6), st.integers(1, 40))
def test_burst_bounds_are_the_evidence_on_burst_starts_against_the_limit_over_the_worst_burst(table, n, declared):
    p0, worst = 0.002, max(declared, *table, 1)
    upper = sequential.burst_bounds(table, n, ALPHA, p0, declared)[1]
    evidence = sequential.log_e_pass(sum(table.values()), n, p0 / worst, 1, declared / p0)
    assert upper is not None
    assert (upper <= p0) == (evidence >= LEVEL) or abs(evidence - LEVEL) < 1e-9


def test_treating_bursts_as_single_losses_would_break_the_risk():
    rng, runs, packets, p0 = np.random.default_rng(16), 100, 100_000, 0.002
    hits = 0
    for _ in range(runs):
        starts, lengths = bursty(rng, p0, 5, packets)
        lost = np.concatenate(([0], np.cumsum(lengths)))
        hits += any(
            sequential.log_e_pass(int(s), int(n), p0) >= LEVEL for s, n in zip(lost[:60], starts[:60], strict=False)
        )
    assert hits / runs > 0.2


def test_without_a_declared_burst_length_there_is_no_upper_bound():
    lower, upper = sequential.burst_bounds({5: 40}, 10_000, ALPHA, 0.0005, None)
    assert upper is None
    assert lower == sequential.bounds(40, 10_000, ALPHA, 0.0005).lower > 0.0005


def test_a_longer_burst_than_declared_widens_the_bound():
    short = sequential.burst_bounds({5: 2}, 100_000, ALPHA, 0.002, 10)[1]
    long = sequential.burst_bounds({5: 1, 40: 1}, 100_000, ALPHA, 0.002, 10)[1]
    assert long == pytest.approx(4 * short)


def test_all_looks_together_spend_the_whole_risk_and_not_more():
    alpha = Fraction(1, 20)
    spent = [sequential.look_alpha(alpha, k) for k in range(1, 101)]
    assert sum(spent) == alpha * Fraction(100, 101)
    assert spent[0] == alpha / 2
