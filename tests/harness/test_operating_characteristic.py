# SPDX-License-Identifier: Apache-2.0
"""What the decision does over all true values, by exact sums: the stated risks hold, retrying and peeking buy nothing."""

from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from harness.decide import attempt_alpha, decide, family_risk
from harness.model import Criterion, Estimate, Outcome, Reading, Rule, Text, Verdict
from harness.quantity import Limit
from harness.stats import binomial, bursts, population, quantile

READING = Reading("any", Text("任意", "any"), "test.any", "ratio")
RISK = Fraction(1, 20)
WORTH = {Verdict.FAIL: 0, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 2}


def verdict(limit, value, lower, upper, *, unit="1", alpha=RISK, rule=Rule.GUARDED) -> Verdict:
    estimate = Estimate(value, unit, 1, 1.0, lower, upper, 1 - alpha, Text("测试", "test"))
    return decide(Outcome(estimate), Criterion(READING, Limit.parse(limit), rule, 1 - alpha)).verdict


def loss_verdict(x: int, n: int, limit="<= 1 %", alpha=RISK, beta=RISK, rule=Rule.GUARDED) -> Verdict:
    lower, upper = binomial.lower(x, n, beta), binomial.upper(x, n, alpha)
    return verdict(limit, Fraction(x, n), lower, upper, alpha=alpha, rule=rule)


@cache
def verdicts(n: int, alpha: Fraction = RISK, rule: Rule = Rule.GUARDED) -> np.ndarray:
    """The verdict on "loss <= 1 %" for 0..n losses among n packets; from the first FAIL on all are (a law tested below)."""
    row: list[Verdict] = []
    while len(row) <= n and Verdict.FAIL not in row[-1:]:
        row.append(loss_verdict(len(row), n, alpha=alpha, rule=rule))
    return np.array(row + [Verdict.FAIL] * (n + 1 - len(row)))


def chance(of: Verdict, n: int, p: float, **more) -> float:
    """P(verdict) when every packet is lost with probability p: an exact sum over the number of losses."""
    return float(oracle.binom.pmf(np.arange(n + 1), n, p)[verdicts(n, **more) == of].sum())


@pytest.mark.parametrize("n", [50, 299, 500, 1500, 3000])
def test_both_risks_hold_on_the_limit_and_chances_move_the_right_way(n):
    grid = [0.001, 0.003, 0.005, 0.008, 0.01, 0.012, 0.015, 0.02, 0.03, 0.05]
    passing = [chance(Verdict.PASS, n, p) for p in grid]
    failing = [chance(Verdict.FAIL, n, p) for p in grid]
    assert chance(Verdict.PASS, n, 0.01) <= RISK
    assert chance(Verdict.FAIL, n, 0.01) <= RISK
    assert all(a >= b - 1e-12 for a, b in pairwise(passing))
    assert all(a <= b + 1e-12 for a, b in pairwise(failing))


def test_far_from_the_limit_the_decision_is_nearly_certain_and_on_it_nearly_always_open():
    assert chance(Verdict.PASS, 3000, 0.003) > 0.9
    assert chance(Verdict.FAIL, 3000, 0.02) > 0.97
    assert chance(Verdict.INCONCLUSIVE, 3000, 0.01) > 0.9


def test_fewer_than_299_packets_can_never_pass():
    assert chance(Verdict.PASS, 298, 0.0) == 0
    assert chance(Verdict.PASS, 299, 0.0) == 1


def test_simple_acceptance_passes_a_product_on_the_limit_about_every_second_time():
    assert 0.4 < chance(Verdict.PASS, 3000, 0.01, rule=Rule.SIMPLE) < 0.6


def test_the_stringent_rule_passes_a_product_on_the_limit_in_about_two_percent():
    for n in (500, 1500, 3000):
        assert 0.005 < chance(Verdict.PASS, n, 0.01, rule=Rule.STRINGENT) <= 0.03


@pytest.mark.parametrize("planned", [1, 2, 3, 5])
def test_trying_again_until_pass_keeps_the_risk_that_one_attempt_has(planned):
    each = [attempt_alpha(RISK, k, planned) for k in range(1, planned + 1)]
    wrong = 1 - np.prod([1 - chance(Verdict.PASS, 1500, 0.01, alpha=alpha) for alpha in each])
    assert wrong <= RISK
    assert attempt_alpha(RISK, planned + 1, planned) is None


def test_trying_again_without_sharing_the_risk_would_break_it():
    assert 1 - (1 - chance(Verdict.PASS, 1500, 0.01)) ** 5 > 3 * RISK


def test_fifty_conforming_nodes_rarely_fail_together_when_the_risk_is_shared():
    n, nodes = 3000, 50
    counts = np.arange(n + 1)
    for shared, most in ((family_risk(RISK, nodes), RISK), (RISK, 1)):
        least = next(x for x in counts.tolist() if loss_verdict(x, n, beta=shared) is Verdict.FAIL)
        one = oracle.binom.sf(least - 1, n, 0.01)
        family = 1 - (1 - one) ** nodes
        assert family <= most
        assert shared != RISK or family > 0.8


counts = st.integers(0, 400)
tables = st.dictionaries(st.integers(1, 60), st.integers(1, 5), max_size=5)


@given(counts, st.integers(401, 50_000), st.sampled_from(["<= 1 %", "< 1 %", "<= 0.05 %"]), st.sampled_from(list(Rule)))
def test_one_more_loss_never_improves_a_verdict(x, n, limit, rule):
    assert WORTH[loss_verdict(x + 1, n, limit, rule=rule)] <= WORTH[loss_verdict(x, n, limit, rule=rule)]
    lost_instead_of_not_sent = loss_verdict(x + 1, n + 1, limit, rule=rule)
    assert WORTH[lost_instead_of_not_sent] <= WORTH[loss_verdict(x, n, limit, rule=rule)]


@given(counts, st.integers(401, 50_000), st.sampled_from([">= 99 %", "> 99 %", ">= 99.95 %"]))
def test_one_more_success_never_worsens_a_verdict_on_a_lower_limit(x, n, limit):
    def judged(good: int) -> Verdict:
        lower, upper = binomial.bounds(good, n, RISK)
        return verdict(limit, Fraction(good, n), lower, upper)

    assert WORTH[judged(n - x)] >= WORTH[judged(n - x - 1)]


@given(tables, st.integers(2000, 200_000), st.integers(1, 60), st.data())
def test_one_more_loss_in_a_new_or_an_old_burst_never_improves_a_verdict(table, n, longest, data):
    def judged(bursts_seen) -> Verdict:
        found = bursts.bounds(bursts_seen, n, RISK, longest)
        return verdict("<= 0.5 %", found.value, found.lower, found.upper)

    more = dict(table)
    grown = data.draw(st.sampled_from([0, *table]))
    if grown:
        more[grown] -= 1
    more[grown + 1] = more.get(grown + 1, 0) + 1
    assert WORTH[judged(more)] <= WORTH[judged(table)]


@given(st.lists(st.integers(1_500_000, 2_400_000), min_size=60, max_size=120), st.integers(0, 5), st.integers(0, 59))
def test_a_slower_or_lost_packet_never_improves_a_latency_verdict(delays, lost, place):
    def judged(values, missing) -> Verdict:
        found = quantile.bounds(quantile.Sample(values, missing), 0.95, RISK)
        return (
            verdict("<= 2 ms", found.value, found.lower, found.upper, unit="ns")
            if found.value < 1e300
            else Verdict.FAIL
        )

    slower = [*delays[:place], delays[place] + 300_000, *delays[place + 1 :]]
    gone = [*delays[:place], *delays[place + 1 :]]
    assert WORTH[judged(slower, lost)] <= WORTH[judged(delays, lost)]
    assert WORTH[judged(gone, lost + 1)] <= WORTH[judged(delays, lost)]


@given(st.integers(10, 400), st.data())
def test_one_more_bad_item_never_improves_a_coverage_verdict(size, data):
    n = data.draw(st.integers(2, size))
    good = data.draw(st.integers(1, n))

    def judged(conforming: int) -> Verdict:
        found = population.bounds(conforming, n, size, RISK)
        return verdict(">= 85 %", Fraction(conforming, n), Fraction(found.lower, size), Fraction(found.upper, size))

    assert WORTH[judged(good - 1)] <= WORTH[judged(good)]
    if n == size:
        assert judged(good) in {Verdict.PASS, Verdict.FAIL}
