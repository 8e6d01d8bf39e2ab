# SPDX-License-Identifier: Apache-2.0
"""The planner: its n is exactly where the verdict flips, and its numbers are those of R and of the published tables."""

import math
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats as oracle

from harness.decide import decide
from harness.errors import StatisticsError
from harness.model import Criterion, Estimate, Outcome, Reading, Rule, Text, Verdict
from harness.quantity import Limit, Quantity
from harness.stats import binomial, bursts, needs, planner, population, rms, sequential
from tests.harness.stats.reference import Case, parametrise

ALPHA, P0 = 0.05, Fraction(1, 2000)
READING = Reading("any", Text("任意", "any"), "test.any", "ratio")


def verdict_of(x: int, n: int, p0: Fraction, bounds, alpha=ALPHA) -> Verdict:
    """The verdict on "share <= p0" from x events in n trials, through the real decision."""
    lower, upper = bounds
    estimate = Estimate(Fraction(x, n), "1", n, n, lower, upper, 1 - Fraction(alpha), "test")
    criterion = Criterion(READING, Limit("<=", Quantity(p0, "1")), Rule.GUARDED, 1 - Fraction(alpha))
    return decide(Outcome(estimate), criterion).verdict


shares = st.sampled_from([P0, Fraction(1, 1000), Fraction(1, 100), Fraction(3, 20), Fraction(1, 3)])
risks = st.sampled_from([0.05, 0.01, 0.2])


@parametrise("r_planner_binomial")
def test_trials_to_pass_are_exactly_those_of_r(case: Case) -> None:
    i = case.input
    assert planner.trials_to_pass(i["s"], i["p0"], i["alpha"]) == case.expected["n_fixed"]
    assert planner.trials_to_pass_watched(i["s"], i["p0"], i["alpha"]) == case.expected["n_anytime"]


@given(st.integers(0, 300), shares, risks)
def test_the_planned_n_is_exactly_where_the_verdict_becomes_pass(x, p0, alpha):
    n = planner.trials_to_pass(x, p0, alpha)
    assert verdict_of(x, n, p0, binomial.bounds(x, n, alpha), alpha) is Verdict.PASS
    if n - 1 > x:
        assert verdict_of(x, n - 1, p0, binomial.bounds(x, n - 1, alpha), alpha) is not Verdict.PASS


@given(st.integers(0, 300), shares, risks)
def test_the_planned_n_is_exactly_where_the_verdict_stops_being_fail(x, p0, alpha):
    n = planner.trials_to_fail(p0, alpha, x)
    assert n == 0 or verdict_of(x, n, p0, binomial.bounds(x, n, alpha), alpha) is Verdict.FAIL
    after = max(n + 1, x, 1)
    assert verdict_of(x, after, p0, binomial.bounds(x, after, alpha), alpha) is not Verdict.FAIL


@given(st.integers(0, 60), st.sampled_from([P0, Fraction(1, 50)]), risks)
def test_the_planned_n_of_a_watched_campaign_is_exactly_where_its_verdict_becomes_pass(x, p0, alpha):
    n = planner.trials_to_pass_watched(x, p0, alpha)
    assert verdict_of(x, n, p0, sequential.bounds(x, n, alpha, p0), alpha) is Verdict.PASS
    assert verdict_of(x, n - 1, p0, sequential.bounds(x, n - 1, alpha, p0), alpha) is not Verdict.PASS


@given(
    st.dictionaries(st.integers(1, 60), st.integers(1, 4), max_size=3),
    st.sampled_from([P0, Fraction(1, 50)]),
    st.integers(1, 100),
)
def test_the_planned_packets_are_exactly_where_bursty_loss_becomes_pass(table, p0, longest):
    n, x = planner.packets_to_pass(table, p0, ALPHA, longest), sum(k * m for k, m in table.items())
    for packets, passes in ((n, True), (n - 1, False)):
        if packets >= max(x, 1):
            found = bursts.bounds(table, packets, ALPHA, longest)
            assert (verdict_of(x, packets, p0, (found.lower, found.upper)) is Verdict.PASS) == passes


def test_rule_of_three_and_the_numbers_of_the_published_tables():
    assert [planner.trials_to_pass(0, Fraction(1, k), ALPHA) for k in (10, 20, 100, 1000, 10_000)] == [
        29,
        59,
        299,
        2995,
        29956,
    ]
    assert [planner.trials_to_pass(c, P0, ALPHA) for c in (0, 1, 2, 3, 5, 10, 20)] == [
        5990, 9486, 12590, 15505, 21024, 33921, 58120,
    ]  # fmt: skip
    assert [planner.freedom_to_pass(f, ALPHA) for f in (0.8, 0.9, 0.95)] == [35, 138, 546]
    assert planner.packets_to_pass({}, P0, ALPHA, 50) == math.ceil(50 * -math.log(0.05) * 2000)
    assert [planner.events_for_rate_ratio(0.85, true, ALPHA) for true in (0.75, 0.6)] == [790, 102]
    assert planner.exposure_to_pass(0, P0, ALPHA) == pytest.approx(-2000 * math.log(0.05), rel=1e-12)


@pytest.mark.parametrize(
    ("factor", "n", "events"), [(0.1, 9486, 1), (0.2, 15505, 3), (0.5, 50995, 17), (0.7, 162009, 66)]
)
def test_designs_for_ninety_percent_power_to_pass(factor, n, events):
    plan = planner.plan_pass(P0, factor * P0, ALPHA)
    assert (plan.n, plan.events) == (n, events)
    assert plan.power == pytest.approx(oracle.binom.cdf(events, n, factor * float(P0)), rel=1e-9)
    assert plan.power >= 0.9


@pytest.mark.parametrize(("factor", "n"), [(1.5, 85020), (2, 24886), (5, 2733)])
def test_designs_for_ninety_percent_power_to_fail(factor, n):
    plan = planner.plan_fail(P0, factor * P0, ALPHA)
    assert plan.n == n
    assert plan.power == pytest.approx(oracle.binom.sf(plan.events - 1, n, factor * float(P0)), rel=1e-9)


@settings(max_examples=30)
@example(0.3, 0.84375, 0.8)
@given(st.sampled_from([0.02, 0.1, 0.3]), st.floats(0.05, 0.85), st.sampled_from([0.5, 0.8, 0.9]))
def test_no_smaller_design_has_the_power(p0, factor, power):
    plan = planner.plan_pass(p0, factor * p0, ALPHA, power)
    assert plan.power >= power
    for events in range(plan.events):
        n = planner.trials_to_pass(events, p0, ALPHA)
        assert binomial.cumulative(events, n, factor * p0) < power


def test_claiming_a_surplus_makes_the_audit_cheaper():
    assert [(row["claimed"], row["checked"]) for row in planner.audit_table(5000, ALPHA, (0, 1, 4, 10))] == [
        (5000, 4750), (5050, 287), (5200, 76), (5500, 32),
    ]  # fmt: skip
    checked = [row["checked"] for row in planner.audit_table(100, ALPHA)]
    assert checked == sorted(checked, reverse=True)


@given(st.fractions(0, 4), st.fractions(0, 2), st.booleans())
def test_an_instrument_blocks_exactly_when_its_bound_reaches_over_the_limit(expected, allowance, upper):
    sure = Estimate(expected, "1", 10, 10.0, expected, expected, Fraction(19, 20), "no sampling error", allowance)
    criterion = Criterion(READING, Limit.parse("<= 2" if upper else ">= 2"), Rule.GUARDED, Fraction(19, 20))
    passes = decide(Outcome(sure), criterion).verdict is Verdict.PASS
    assert planner.instrument_blocks(expected, 2, allowance, upper=upper) != passes


def test_a_position_record_as_long_as_planned_passes_and_a_shorter_one_does_not():
    for fraction, axes, tau in ((0.8, 2, 100), (0.9, 1, 30), (0.3, 2, 50)):
        n = planner.epochs_to_pass(fraction, axes, tau, ALPHA)
        assert n >= 50 * tau
        penalty = (oracle.norm.ppf(0.05) / oracle.t.ppf(0.05, 9)) ** 2
        nu = axes * n / tau * penalty / (1 + 20 * tau / n)
        assert fraction * math.sqrt(nu / oracle.chi2.ppf(0.05, nu)) <= 1 + 1e-12


def test_runs_for_a_ratio_are_the_first_with_a_short_enough_interval():
    n = planner.runs_for_ratio(0.05, 0.1, ALPHA)
    half = [oracle.t.ppf(0.95, k - 1) * 0.1 / math.sqrt(k) for k in (n - 1, n)]
    assert half[1] <= 0.05 < half[0]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: planner.plan_pass(0.1, 0.1, ALPHA),
        lambda: planner.plan_fail(0.1, 0.1, ALPHA),
        lambda: planner.trials_to_pass(0, 0, ALPHA),
        lambda: planner.trials_to_pass(-1, 0.1, ALPHA),
        lambda: planner.trials_to_pass(0, 0.1, 0.5),
        lambda: planner.freedom_to_pass(1.0, ALPHA),
        lambda: planner.packets_to_pass({}, 0.1, ALPHA, 0),
        lambda: planner.events_for_rate_ratio(0.85, 0.85, ALPHA),
        lambda: planner.freedom_to_pass(1 - 1e-12, ALPHA),
    ],
)
def test_plans_that_no_data_can_fulfil_are_refused(wrong):
    with pytest.raises(StatisticsError):
        wrong()


@given(st.integers(0, 30), st.integers(31, 20_000))
def test_what_a_proportion_needs_decides_and_one_trial_less_does_not(x, n):
    found = verdict_of(x, n, P0, binomial.bounds(x, n, ALPHA))
    need = needs.for_proportion(x, n, P0, ALPHA)
    if found is not Verdict.INCONCLUSIVE:
        assert need.towards == found.name.lower()
        return
    clean = need.n_if_clean
    assert verdict_of(x, clean, P0, binomial.bounds(x, clean, ALPHA)) is Verdict.PASS
    if need.towards == "pass":
        events = -(-x * need.n // n)
        assert verdict_of(events, need.n, P0, binomial.bounds(events, need.n, ALPHA)) is Verdict.PASS
    if need.towards == "fail":
        events = x * need.n // n
        assert verdict_of(events, need.n, P0, binomial.bounds(events, need.n, ALPHA)) is Verdict.FAIL


def test_on_the_limit_no_amount_of_evidence_decides_and_the_need_says_so():
    need = needs.for_proportion(1, 2000, P0, ALPHA)
    assert (need.towards, need.n_if_clean) == ("", 9486)
    assert needs.for_bounds(2, 3, 2, 10, "pass").towards == ""


def test_what_bursty_loss_needs_decides():
    for table, n in (({5: 3}, 40_000), ({10: 4}, 60_000), ({5: 30}, 200_000), ({}, 1000)):
        need = needs.for_bursts(table, n, P0, ALPHA, 20)
        times = -(-need.n // n)
        found = bursts.bounds({k: m * times for k, m in table.items()}, max(n * times, need.n), ALPHA, 20)
        assert (found.upper <= P0) == (need.towards == "pass")
        assert (found.lower > P0) == (need.towards == "fail")
    assert needs.for_bursts({}, 1000, P0, ALPHA, 20).n == planner.packets_to_pass({}, P0, ALPHA, 20)


def test_what_an_rms_needs_is_proportional_to_the_degrees_of_freedom_missing():
    found = rms.RmsBounds(0.9, 0.8, 1.1, 10_000, 2, 50.0, 69.0, 34.5)
    need = needs.for_rms(found, 1.0, ALPHA)
    assert (need.towards, need.n) == ("pass", 20_000)  # 138 degrees of freedom
    assert needs.for_rms(found, 0.8, ALPHA).towards == "fail"
    assert needs.for_rms(found, 0.9, ALPHA).towards == ""
    short = rms.RmsBounds(0.9, None, None, 100, 2, 50.0, 0.0, 0.0)
    assert needs.for_rms(short, 1.0, ALPHA).n == 2500


def test_what_a_register_sample_needs_proves_the_share():
    need = needs.for_items(19, 20, 200, 0.85, ALPHA)
    assert population.bounds(need.n - 1, need.n, 200, ALPHA).lower >= 170
    assert needs.for_items(10, 20, 200, 0.85, ALPHA).towards == "fail"


def test_a_value_far_too_close_to_the_limit_is_called_out_of_reach():
    assert "不现实" in needs.for_bounds(Fraction(1999, 1000), 3, 2, 10, "pass").text.zh
