# SPDX-License-Identifier: Apache-2.0
"""Each statistic takes the request's own risks: alpha towards PASS, beta towards FAIL, whichever bound that is."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from harness.errors import StatisticsError
from harness.kit import estimates
from harness.kit.parts import Part
from harness.model import Reading, Rule, Text
from harness.plugins import Request
from harness.quantity import Limit
from harness.stats import quantile

ALPHA, BETA = Fraction(1, 20), Fraction(1, 100)


def asked(limit: str | None, alpha: Fraction = ALPHA, beta: Fraction = BETA) -> Request:
    reading = Reading("any", Text("任意", "any"), "test.any", "any", {"q": "99 %", "silent_after": "10 s"})
    declared = {"silent_after": "3 s"}
    return Request("t.x", reading, Limit.parse(limit) if limit else None, Rule.GUARDED, alpha, beta, declared)


UPPER, LOWER = asked("<= 1 %"), asked(">= 90 %")


def test_a_request_says_which_risk_each_bound_runs() -> None:
    assert (UPPER.risk_below, UPPER.risk_above) == (BETA, ALPHA)
    assert (LOWER.risk_below, LOWER.risk_above) == (ALPHA, BETA)
    assert (asked("== 1").risk_below, asked("== 1").risk_above) == (BETA, BETA)
    assert (asked(None).risk_below, asked(None).risk_above) == (ALPHA, ALPHA)
    assert {each.confidence for each in (UPPER, LOWER, asked("== 1"), asked(None))} == {1 - ALPHA}


def test_a_constant_is_as_declared_else_as_the_reading_says_else_the_default() -> None:
    assert UPPER.constant("silent_after").to("s") == 3
    assert asked("<= 1 %").share("q", "95 %") == Fraction(99, 100)
    assert UPPER.constant("other", "7 s").to("s") == 7
    assert UPPER.constant("other") is None


@pytest.mark.parametrize("ask", [UPPER, LOWER])
@pytest.mark.parametrize(("x", "n"), [(0, 10), (3, 100), (100, 100)])
def test_a_proportion_has_clopper_and_pearsons_bounds(ask: Request, x: int, n: int) -> None:
    part = estimates.proportion(x, n, ask)
    low = 0.0 if x == 0 else oracle.beta.ppf(float(ask.risk_below), x, n - x + 1)
    high = 1.0 if x == n else oracle.beta.ppf(1 - float(ask.risk_above), x + 1, n - x)
    assert (part.value, part.lower, part.upper) == (Fraction(x, n), pytest.approx(low), pytest.approx(high))


def test_the_good_share_is_one_minus_the_lost_one_with_the_risks_of_its_own_limit() -> None:
    table = {1: 12, 3: 2}
    lost = estimates.bursty(table, 10_000, asked("<= 1 %", ALPHA, BETA), 5)
    good = estimates.bursty(table, 10_000, LOWER, 5, good=True)
    assert good.value == 1 - lost.value
    assert (good.lower, good.upper) == (1 - lost.upper, 1 - lost.lower)
    out = estimates.unavailable([1.0, 2.0], 3600, UPPER, 60)
    up = estimates.unavailable([1.0, 2.0], 3600, LOWER, 60, good=True)
    assert (up.lower, up.upper) == (1 - out.upper, 1 - out.lower)


def test_a_burst_length_that_nobody_knows_leaves_the_side_of_pass_open_and_says_what_would_do() -> None:
    part = estimates.bursty({1: 1}, 10_000, UPPER)
    assert part.upper is None
    assert part.lower is not None
    assert [each.reason.code for each in part.lacks] == ["statistics.burst_length_unknown"]
    assert part.need is not None


@pytest.mark.parametrize("limit", ["<= 5 s", ">= 5 s", None])
def test_too_few_trials_give_a_quantile_no_bound_and_the_least_number_does(limit: str | None) -> None:
    ask, share = asked(limit), Fraction(1, 2)
    towards_pass = "lower" if limit == ">= 5 s" else "upper"
    least = estimates.quantile(quantile.Sample(np.array([1.0])), share, ask).need
    assert least is not None
    assert least.n is not None
    for n, known in ((least.n - 1, False), (least.n, True)):
        part = estimates.quantile(quantile.Sample(np.arange(1.0, n + 1)), share, ask)
        assert (getattr(part, towards_pass) is not None) is known
        assert bool(part.lacks) is not known


def test_a_mean_in_time_has_students_bounds_over_twenty_batches() -> None:
    values = np.random.default_rng(1).standard_normal(20)
    part = estimates.mean(values, np.ones(20), UPPER)
    half = [oracle.t.ppf(1 - float(risk), 19) * oracle.sem(values) for risk in (BETA, ALPHA)]
    assert part.lower == pytest.approx(values.mean() - half[0])
    assert part.upper == pytest.approx(values.mean() + half[1])
    with pytest.raises(StatisticsError, match="19 steps"):
        estimates.mean(values[:19], np.ones(19), UPPER)


def test_a_rate_has_garwoods_bounds() -> None:
    part = estimates.rate(4, 100, UPPER)
    assert part.value == 0.04
    assert part.lower == pytest.approx(oracle.chi2.ppf(float(BETA), 8) / 200)
    assert part.upper == pytest.approx(oracle.chi2.ppf(1 - float(ALPHA), 10) / 200)


def test_a_ratio_whose_denominator_may_be_zero_has_no_bounds_and_says_so() -> None:
    fine = estimates.ratio([10.0, 11.0, 9.5], [5.0, 5.1, 4.9], UPPER)
    assert fine.lower < fine.value < fine.upper
    vague = estimates.ratio([10.0, 11.0, 9.5], [5.0, -5.1, 4.9], UPPER)
    assert (vague.lower, vague.upper) == (None, None)
    assert vague.lacks


def test_what_was_counted_or_happened_bounds_itself() -> None:
    assert estimates.census(7, 9) == Part("", 7, 7, 7, 9, 9.0)
    assert estimates.longest([1.5, 3.0, 2.0]).upper == 3.0
    assert estimates.longest([]).value == 0.0


@given(st.lists(st.integers(1, 60), min_size=1, max_size=9), st.integers(1, 60))
def test_a_worst_event_that_was_surpassed_is_as_good_as_none(lengths: list[int], declared: int) -> None:
    out = [float(each) for each in lengths]
    table = {each: lengths.count(each) for each in lengths}
    pairs = (
        [estimates.unavailable(out, 100_000, UPPER, longest) for longest in (float(declared), None)],
        [estimates.bursty(table, 100_000, UPPER, longest) for longest in (declared, None)],
    )
    for believed, undeclared in pairs:
        told = [each.code for each in believed.remarks]
        if max(lengths) > declared:
            assert told == ["constants.contradicted"]
            assert (believed.lower, believed.upper, believed.lacks) == (
                undeclared.lower,
                undeclared.upper,
                undeclared.lacks,
            )
        else:
            assert told == []
            assert believed.upper is not None
