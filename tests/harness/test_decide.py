# SPDX-License-Identifier: Apache-2.0
"""The decision rule: proof for PASS, proof for FAIL, everything else stays open."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide import STRINGENT_FACTOR, attempt_alpha, decide, family_risk, holm, scenario_verdict
from harness.errors import StatisticsError
from harness.model import (
    Criterion,
    Estimate,
    Judgement,
    Lack,
    Need,
    Outcome,
    Reading,
    Reason,
    Rule,
    Side,
    Text,
    Verdict,
)
from harness.quantity import Limit

C95 = Fraction(95, 100)
READING = Reading("any", Text("任意", "any"), "test.any", "any")
BROKEN = Reason("test.broken", Text("坏了", "broken"))
SHORT = Reason("test.short", Text("不够", "too short"))
METHOD = Text("测试", "test")
TOLD = Reason("test.told", Text("说明", "told"))

numbers = st.fractions(min_value=-100, max_value=100, max_denominator=1000)
floats = st.floats(min_value=-1e6, max_value=1e6)


def criterion(limit: str | None, rule: Rule = Rule.GUARDED, confidence: Fraction = C95) -> Criterion:
    return Criterion(READING, None if limit is None else Limit.parse(limit), rule, confidence)


def estimate(value, lower, upper, unit="1", b=0, confidence=C95) -> Estimate:
    return Estimate(value, unit, 10, 10.0, lower, upper, confidence, METHOD, b)


def judged(limit, value, lower, upper, *, rule=Rule.GUARDED, **more) -> Judgement:
    return decide(Outcome(estimate(value, lower, upper, **more)), criterion(limit, rule))


def codes(judgement: Judgement) -> list[str]:
    return [reason.code for reason in judgement.reasons]


@pytest.mark.parametrize(
    ("limit", "value", "lower", "upper", "b", "verdict"),
    [
        ("<= 2", 1, 0, 2, 0, Verdict.PASS),  # the limit itself conforms
        ("< 2", 1, 0, 2, 0, Verdict.INCONCLUSIVE),  # except under a strict limit
        ("< 2", 3, 2, 4, 0, Verdict.FAIL),
        ("<= 2", 3, 2, 4, 0, Verdict.INCONCLUSIVE),
        ("<= 2", 3, Fraction(201, 100), 4, 0, Verdict.FAIL),
        ("<= 2", 1, 0, 2, Fraction(1, 10**12), Verdict.INCONCLUSIVE),  # b is added linearly
        ("<= 2", 5, 3, 7, 1, Verdict.INCONCLUSIVE),
        ("<= 2", 5, Fraction(31, 10), 7, 1, Verdict.FAIL),
        (">= 85", 90, 85, 95, 0, Verdict.PASS),
        ("> 85", 90, 85, 95, 0, Verdict.INCONCLUSIVE),
        (">= 85", 80, 70, 84, 0, Verdict.FAIL),
        (">= 85", 80, 70, 84, 1, Verdict.INCONCLUSIVE),
        ("> 85", 80, 70, 85, 0, Verdict.FAIL),
        ("<= 2", 1, 0, None, 0, Verdict.INCONCLUSIVE),
        ("<= 2", 1, None, 2, 0, Verdict.PASS),
        ("<= 2", 1, 0, math.inf, 0, Verdict.INCONCLUSIVE),
        (">= 50", 50, 50, 50, 0, Verdict.PASS),
        (">= 50", 49, 49, 49, 0, Verdict.FAIL),
        ("== 50", 50, 50, 50, 0, Verdict.PASS),
        ("== 50", 49, 49, 49, 0, Verdict.FAIL),
        ("== 50", 50, 49, 51, 0, Verdict.INCONCLUSIVE),
        ("== 1", True, True, True, 0, Verdict.PASS),
        ("== 1", False, False, False, 0, Verdict.FAIL),
    ],
)
def test_bounds_decide_and_the_limit_itself_conforms_unless_strict(limit, value, lower, upper, b, verdict):
    assert judged(limit, value, lower, upper, b=b).verdict is verdict


@pytest.mark.parametrize("alike", [(">= 3 件", ">= 3 家"), (">= 1 s", ">= 1000 ms")])
def test_a_limit_is_told_as_it_is_written_whatever_equal_one_was_told_before(alike):
    for text in (*alike, *reversed(alike)):
        limit = Limit.parse(text)
        told = judged(text, 9, 8, 10, unit=limit.quantity.unit).reasons[0].text
        assert limit.words("zh") in told.zh
        assert limit.words("en") in told.en


def test_a_broken_precondition_outranks_any_number():
    outcome = Outcome(estimate(1, 0, 1), invalid=(BROKEN,), lacks=(Lack(SHORT),), remarks=(TOLD,))
    judgement = decide(outcome, criterion("<= 2"))
    assert judgement.verdict is Verdict.INVALID
    assert codes(judgement) == ["test.broken", "test.short"]
    assert judgement.leaning == ""


def test_what_leaves_both_verdicts_open_is_inconclusive_whatever_the_bounds_say():
    need = Need(Text("五个", "five"), n=5)
    judgement = decide(Outcome(estimate(9, 8, 10), lacks=(Lack(SHORT, Side.BOTH),), need=need), criterion("<= 2"))
    assert (judgement.verdict, judgement.leaning, judgement.need) == (Verdict.INCONCLUSIVE, "fail", need)
    assert codes(judgement) == ["test.short"]


@pytest.mark.parametrize("side", Side)
def test_a_lack_takes_away_the_verdicts_of_its_side_and_never_gives_one(side):
    for value, bounds, limit in ((1, (0, 2), "<= 2"), (9, (8, 10), "<= 2"), (3, (2, 4), ">= 2"), (1, (0, 1), ">= 2")):
        whole = decide(Outcome(estimate(value, *bounds)), criterion(limit)).verdict
        lacking = decide(Outcome(estimate(value, *bounds), lacks=(Lack(SHORT, side),)), criterion(limit)).verdict
        assert lacking is not Verdict.PASS
        assert lacking is (whole if whole is Verdict.FAIL and side is Side.PASS else Verdict.INCONCLUSIVE)


def test_a_point_estimate_proves_no_failure_while_anything_is_missing():
    outcome = Outcome(estimate(9, None, None), lacks=(Lack(SHORT),))
    assert decide(outcome, criterion("<= 2", Rule.SIMPLE)).verdict is Verdict.INCONCLUSIVE


def test_an_invalid_part_makes_the_whole_invalid_unless_a_valid_one_is_proven_violating():
    for bounds, wanted in (((0, None), Verdict.INVALID), ((0, 1), Verdict.INVALID), ((3, 4), Verdict.FAIL)):
        outcome = Outcome(estimate(bounds[0] + 1, *bounds), invalid_parts=(BROKEN,), lacks=(Lack(SHORT),))
        judgement = decide(outcome, criterion("<= 2"))
        assert judgement.verdict is wanted
        assert codes(judgement)[-2:] == ["test.broken", "test.short"]


@pytest.mark.parametrize(("limit", "bounds"), [("<= 2", (3, None)), (">= 2", (None, 1))])
def test_a_proven_failure_is_not_hidden_by_what_is_missing_for_a_pass(limit, bounds):
    judgement = decide(Outcome(estimate(2 if limit == ">= 2" else 4, *bounds), lacks=(Lack(SHORT),)), criterion(limit))
    assert judgement.verdict is Verdict.FAIL
    assert codes(judgement) == ["decide.violation-proven", "test.short"]


@pytest.mark.parametrize(("limit", "bounds"), [("<= 2", (1, None)), (">= 2", (None, 3)), ("<= 2", (None, None))])
def test_what_is_missing_for_a_pass_keeps_the_verdict_open_where_no_failure_is_proven(limit, bounds):
    judgement = decide(Outcome(estimate(2, *bounds), lacks=(Lack(SHORT),)), criterion(limit))
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_no_estimate_is_inconclusive_and_never_fail():
    judgement = decide(Outcome(None, remarks=(TOLD,)), criterion("<= 2"))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert codes(judgement) == ["decide.no-estimate"]


def test_without_a_limit_the_estimate_is_reported_and_not_judged():
    judgement = decide(Outcome(estimate(1, 0, 2)), criterion(None))
    assert (judgement.verdict, codes(judgement), judgement.leaning) == (Verdict.NOT_TESTED, ["decide.no-limit"], "")


@pytest.mark.parametrize(
    ("value", "lower", "upper", "b"),
    [
        (math.nan, 0, 1, 0),
        (math.inf, 0, 1, 0),
        (1, math.nan, 1, 0),
        (1, 0, math.nan, 0),
        (1, math.inf, math.inf, 0),
        (1, -math.inf, -math.inf, 0),
        (1, 0, 1, math.nan),
        (1, 0, 1, math.inf),
        (1, 0, 1, -1),
    ],
)
def test_numbers_that_are_none_make_the_result_invalid(value, lower, upper, b):
    judgement = judged("<= 2", value, lower, upper, b=b)
    assert (judgement.verdict, codes(judgement)) == (Verdict.INVALID, ["decide.not-a-number"])


def test_a_lower_bound_above_the_upper_one_is_invalid():
    assert codes(judged("<= 2", 1, 2, 1)) == ["decide.bounds-contradict"]


@pytest.mark.parametrize("unit", ["m", "furlong"])
def test_units_that_cannot_be_compared_are_invalid_and_named(unit):
    judgement = judged("<= 2 ms", 1, 0, 1, unit=unit)
    assert (judgement.verdict, codes(judgement)) == (Verdict.INVALID, ["decide.unit-mismatch"])
    assert unit in judgement.reasons[0].text.en


def test_units_convert_exactly():
    assert judged("<= 2 ms", 1_000_000, 0, 2_000_000, unit="ns").verdict is Verdict.PASS
    assert judged("<= 2 ms", 1_000_000, 0, 2_000_001, unit="ns").verdict is Verdict.INCONCLUSIVE
    assert judged("<= 0.05 %", Fraction(1, 4000), 0, Fraction(1, 2000)).verdict is Verdict.PASS
    assert judged(">= 50 台套", 50, 50, 50, unit="nodes").verdict is Verdict.PASS


def test_a_float_stands_for_the_binary_fraction_it_holds():
    assert Fraction(0.0005) > Fraction(1, 2000)
    assert judged("<= 0.05 %", 0.0004, 0.0, 0.0005).verdict is Verdict.INCONCLUSIVE
    assert judged("<= 0.05 %", 0.0004, 0.0, math.nextafter(0.0005, 0)).verdict is Verdict.PASS


def test_bounds_at_a_lower_confidence_than_asked_prove_nothing():
    weak = judged("<= 2", 1, 0, 1, confidence=Fraction(9, 10))
    assert (weak.verdict, codes(weak)) == (Verdict.INCONCLUSIVE, ["decide.confidence-too-low"])
    assert judged("<= 2", 1, 0, 1, confidence=Fraction(99, 100)).verdict is Verdict.PASS


def test_simple_acceptance_looks_at_the_value_alone_and_says_so():
    passed = judged("<= 2", 2, None, None, rule=Rule.SIMPLE, b=5)
    assert (passed.verdict, codes(passed)) == (Verdict.PASS, ["decide.point-conforms"])
    assert "50 %" in passed.reasons[0].text.zh
    assert judged("<= 2", Fraction(2001, 1000), 0, 9, rule=Rule.SIMPLE).verdict is Verdict.FAIL


def test_stringent_wants_the_expanded_uncertainty_between_value_and_limit():
    # u = 1, one-sided 95 % bound y + 1.645 u, guard band w = U = 2 u: PASS up to y = T - 2 u
    y, T = Fraction(10), 12
    bounds = (y - Fraction("1.645"), y + Fraction("1.645"))
    assert judged(f"<= {T}", y, *bounds, rule=Rule.STRINGENT).verdict is Verdict.PASS
    assert judged("<= 11.999", y, *bounds, rule=Rule.STRINGENT).verdict is Verdict.INCONCLUSIVE
    assert judged("<= 11.999", y, *bounds).verdict is Verdict.PASS
    assert judged("<= 12", y, *bounds, rule=Rule.STRINGENT, b=Fraction(1, 1000)).verdict is Verdict.INCONCLUSIVE
    assert judged("<= 8.3", y, *bounds, rule=Rule.STRINGENT).verdict is Verdict.FAIL  # a FAIL needs the same proof


def test_an_instrument_that_can_never_show_pass_is_named():
    assert codes(judged("<= 2", Fraction(19, 10), 1, 2, b=Fraction(1, 5))) == [
        "decide.undecided",
        "decide.instrument-too-coarse",
    ]
    assert codes(judged("<= 2", Fraction(17, 10), 1, 2, b=Fraction(1, 5))) == ["decide.undecided"]


def test_reasons_carry_value_bounds_limit_unit_and_confidence_in_both_languages():
    text = judged("<= 2 ms", 1_234_567, 1_000_000, 1_900_000, unit="ns", b=1000).reasons[0].text
    for sentence in (text.zh, text.en):
        for part in ("1.23457 ms", "0.999 ms", "1.901 ms", "0.001 ms", "≤ 2 ms", "95 %"):
            assert part in sentence


def test_a_bound_next_to_the_limit_is_printed_so_that_it_differs_from_it():
    sentence = judged("≤ 2 ms", 1_000_000, 0, Fraction(2_000_000) + Fraction(1, 100), unit="ns").reasons[0].text.en
    assert "2.00000001 ms" in sentence


def test_need_is_kept_while_the_verdict_is_open_and_dropped_when_it_is_not():
    need = Need(Text("七个", "seven"), n=7)
    outcome = Outcome(estimate(1, 0, 3), need=need)
    assert decide(outcome, criterion("<= 2")).need is need
    assert decide(outcome, criterion("<= 3")).need is None


@given(
    numbers, numbers, numbers, st.fractions(0, 10, max_denominator=100), st.sampled_from(["<=", "<", ">=", ">", "=="])
)
def test_pass_and_fail_exclude_each_other_and_each_needs_its_proof(y, d1, d2, b, op):
    low, high = sorted((y + d1, y + d2))
    limit = Limit.parse(f"{op} 7")
    verdict = judged(f"{op} 7", y, low, high, b=b).verdict
    ends = [limit.conforms(low - b), limit.conforms(high + b)]
    inside = low - b <= 7 <= high + b
    if verdict is Verdict.PASS:
        assert all(ends)
    if verdict is Verdict.FAIL:
        assert not any(ends)
        assert not inside or limit.strict
    if verdict is Verdict.INCONCLUSIVE:
        assert inside


@given(numbers, st.fractions(0, 50), st.fractions(0, 50), st.fractions(0, 10), st.sampled_from(list(Rule)))
def test_upper_and_lower_limits_mirror_each_other(y, down, up, b, rule):
    above = judged("<= 7", y, y - down, y + up, b=b, rule=rule)
    below = judged(">= -7", -y, -y - up, -y + down, b=b, rule=rule)
    assert (above.verdict, above.leaning, codes(above)) == (below.verdict, below.leaning, codes(below))


@given(numbers, st.fractions(0, 50), st.fractions(0, 50), st.fractions(0, 10), st.sampled_from(["<= 7", "> 7"]))
def test_stricter_rules_pass_less_and_never_fail_more(y, down, up, b, limit):
    simple, guarded, stringent = (
        judged(limit, y, y - down, y + up, b=b, rule=rule).verdict
        for rule in (Rule.SIMPLE, Rule.GUARDED, Rule.STRINGENT)
    )
    assert guarded is Verdict.PASS or stringent is not Verdict.PASS
    assert simple is Verdict.PASS or guarded is not Verdict.PASS
    assert (guarded is Verdict.FAIL) == (stringent is Verdict.FAIL)
    assert simple is Verdict.FAIL or guarded is not Verdict.FAIL


@given(numbers, st.fractions(0, 50), st.fractions(0, 50), st.fractions(0, 10), st.fractions(0, 10))
def test_a_larger_allowance_only_opens_a_verdict(y, down, up, b, more):
    first = judged("<= 7", y, y - down, y + up, b=b).verdict
    assert judged("<= 7", y, y - down, y + up, b=b + more).verdict in {first, Verdict.INCONCLUSIVE}


@given(
    floats, floats, floats, st.floats(0, 1e6), st.sampled_from(list(Rule)), st.sampled_from(["<= 3", ">= 3", "== 3"])
)
def test_any_floats_give_a_verdict_and_printable_reasons(a, b, c, allowance, rule, limit):
    low, value, high = sorted((a, b, c))
    judgement = judged(limit, value, low, high, b=allowance, rule=rule)
    assert judgement.verdict in {Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE}
    assert all(reason.text.zh and reason.text.en for reason in judgement.reasons)
    assert judgement.leaning == ("pass" if Limit.parse(limit).conforms(value) else "fail")


def test_the_largest_floats_are_judged_without_overflow():
    assert judged("<= 2 ns", 1.7e308, 1e308, None, unit="d").verdict is Verdict.FAIL


def test_an_attempt_beyond_the_plan_may_fail_but_never_pass():
    good, bad = Outcome(estimate(1, 0, 1)), Outcome(estimate(9, 8, 9))
    late = decide(good, criterion("<= 2"), may_pass=False)
    assert (late.verdict, codes(late)[0]) == (Verdict.INCONCLUSIVE, "decide.attempts-exhausted")
    assert decide(bad, criterion("<= 2"), may_pass=False).verdict is Verdict.FAIL
    assert decide(good, criterion("<= 2", Rule.SIMPLE), may_pass=False).verdict is Verdict.INCONCLUSIVE


def test_planned_attempts_share_the_risk_and_further_ones_have_none():
    assert [attempt_alpha(Fraction(1, 20), k, 3) for k in (1, 2, 3, 4)] == [Fraction(1, 60)] * 3 + [None]


@pytest.mark.parametrize(
    ("alpha", "k", "planned"),
    [(Fraction(1, 2), 1, 1), (Fraction(0), 1, 1), (C95, 1, 1), (Fraction(1, 20), 0, 1), (Fraction(1, 20), 1, 0)],
)
def test_impossible_risks_and_attempts_are_refused(alpha, k, planned):
    with pytest.raises(StatisticsError):
        attempt_alpha(alpha, k, planned)


def test_a_risk_is_shared_among_members():
    assert family_risk(Fraction(1, 20), 50) == Fraction(1, 1000)
    with pytest.raises(StatisticsError):
        family_risk(Fraction(1, 20), 0)


def test_holm_steps_down_from_the_smallest_p_value():
    # 0.01 <= .05/4, 0.0125 <= .05/3, 0.03 > .05/2 stops, although 0.04 <= .05
    assert holm([0.0125, 0.04, 0.01, 0.03], Fraction(1, 20)) == (True, False, True, False)
    assert holm([], Fraction(1, 20)) == ()
    with pytest.raises(StatisticsError):
        holm([1.5], Fraction(1, 20))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_proves_whatever_bonferroni_proves_and_begins_with_the_same_claim(p_values):
    risk = Fraction(1, 20)
    bonferroni = [Fraction(p) <= family_risk(risk, len(p_values)) for p in p_values]
    proven = holm(p_values, risk)
    assert all(h or not b for h, b in zip(proven, bonferroni, strict=True))
    assert any(proven) == any(bonferroni)


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ("", "NOT_TESTED"),
        ("PASS PASS", "PASS"),
        ("PASS NOT_TESTED", "NOT_TESTED"),
        ("PASS INCONCLUSIVE NOT_TESTED", "INCONCLUSIVE"),
        ("INVALID INCONCLUSIVE PASS", "INVALID"),
        ("PASS INVALID FAIL", "FAIL"),
    ],
)
def test_the_scenario_has_the_gravest_verdict_of_its_mandatory_indicators(verdicts, whole):
    assert scenario_verdict(Judgement(Verdict(each), ()) for each in verdicts.split()) is Verdict(whole)


def test_the_stringent_factor_is_two_standard_uncertainties_over_the_guarded_distance():
    assert Fraction(2) / Fraction("1.645") == STRINGENT_FACTOR


def test_an_open_verdict_says_how_much_more_evidence_would_close_it():
    # the upper bound is 2 above the value, the limit 1: four times the ten samples halve the distance
    judgement = judged("<= 11", 10, 8, 12)
    assert (judgement.need.n, judgement.need.counted, judgement.need.towards) == (40, "samples", "pass")
    assert "40" in judgement.need.text.zh
    assert judged(">= 11", 12, 10, 14).need.n == 40
    assert judged("<= 11", 12, 10, 14).need.towards == "fail"
    assert judged("<= 11", 12, 10, 14).need.n == 40
    assert judged("<= 11", 10, 8, 12, rule=Rule.STRINGENT).need.n == 60  # 40 times (2/1.645)^2
    assert judged("<= 11", 10, 8, 12, b=Fraction(1, 2)).need.n == 160


def test_an_open_verdict_that_no_evidence_can_close_says_so():
    for judgement in (judged("<= 11", 11, 8, 12), judged("<= 11", 10, 8, 12, b=1), judged("<= 11", 12, 8, 14, b=2)):
        assert judgement.need.towards == ""
        assert judgement.need.n is None
    assert judged("<= 11", 10, 8, None).need is None


@given(
    numbers,
    st.fractions(Fraction(1, 100), 5),
    st.sampled_from(["<= 7", ">= 7"]),
    st.sampled_from([Rule.GUARDED, Rule.STRINGENT]),
)
def test_bounds_narrowed_as_the_need_says_decide_towards_the_side_it_names(value, width, limit, rule):
    need = judged(limit, value, value - width, value + width, rule=rule).need
    if need is not None and need.n is not None:
        closer = width * Fraction(math.isqrt(10**31 // need.n), 10**15)  # width / sqrt(n/10), rounded inwards
        verdict = judged(limit, value, value - closer, value + closer, rule=rule).verdict
        assert verdict.name.lower() == need.towards
