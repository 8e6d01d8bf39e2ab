# SPDX-License-Identifier: Apache-2.0
"""Several parts, one verdict: nothing that one part lacks is made up for by another."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide import decide
from harness.kit.parts import Part, absent, every
from harness.model import Criterion, Lack, Need, Reading, Reason, Rule, Side, Text, Verdict
from harness.plugins import Request
from harness.quantity import Limit

READING = Reading("any", Text("任意", "any"), "test.any", "any")
METHOD = Text("方法", "method")
SHORT = Reason("test.short", Text("记录太短。", "Too short."))
BROKEN = Reason("test.broken", Text("没有北斗。", "No BeiDou."))
RISK = Fraction(1, 20)
RANK = {Verdict.FAIL: 0, Verdict.INVALID: 1, Verdict.INCONCLUSIVE: 2, Verdict.NOT_TESTED: 2, Verdict.PASS: 3}


def asked(limit: str | None = "<= 2", rule: Rule = Rule.GUARDED) -> Request:
    return Request("test.x", READING, Limit.parse(limit) if limit else None, rule, RISK, RISK)


def verdict(parts: list[Part], ask: Request) -> Verdict:
    outcome = every(parts, ask, "1", METHOD)
    return decide(outcome, Criterion(READING, ask.limit, ask.rule, 1 - RISK)).verdict


def part(label: str, value: float, lower: float | None, upper: float | None, **more) -> Part:
    return Part(label, value, lower, upper, 10, 10.0, **more)


GOOD, BAD, OPEN = part("a", 1, 0, 2), part("b", 4, 3, 5), part("c", 1, 0, 3)
SHORT_ONE = replace(part("d", 1, 0, 2), lacks=(Lack(SHORT),))
INVALID = replace(part("e", 1, 0, 2), invalid=(BROKEN,))
EMPTY = absent("f", Lack(SHORT))


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([], Verdict.INCONCLUSIVE),
        ([GOOD], Verdict.PASS),
        ([GOOD, GOOD], Verdict.PASS),
        ([GOOD, OPEN], Verdict.INCONCLUSIVE),
        ([GOOD, SHORT_ONE], Verdict.INCONCLUSIVE),
        ([GOOD, INVALID], Verdict.INVALID),
        ([GOOD, EMPTY], Verdict.INCONCLUSIVE),
        ([EMPTY], Verdict.INCONCLUSIVE),
        ([INVALID], Verdict.INVALID),
        ([absent("g", invalid=[BROKEN]), absent("h", invalid=[BROKEN])], Verdict.INVALID),
        ([GOOD, BAD, INVALID, EMPTY], Verdict.FAIL),
        ([SHORT_ONE, INVALID], Verdict.INVALID),
        ([replace(BAD, invalid=(BROKEN,)), GOOD], Verdict.INVALID),
        ([replace(BAD, lacks=(Lack(SHORT, Side.BOTH),)), GOOD], Verdict.INCONCLUSIVE),
        ([replace(BAD, lacks=(Lack(SHORT, Side.PASS),)), GOOD], Verdict.FAIL),
        ([replace(BAD, lacks=(Lack(SHORT, Side.FAIL),)), GOOD], Verdict.INCONCLUSIVE),
    ],
)
def test_all_parts_must_be_proven_and_one_valid_violation_is_enough(parts: list[Part], wanted: Verdict) -> None:
    assert verdict(parts, asked()) is wanted
    assert verdict(parts[::-1], asked()) is wanted


def test_the_whole_is_as_bad_as_the_worst_value_and_the_worst_bound_of_each_side() -> None:
    found = every([part("a", 1.7, 1.6, 3.0), part("c", 1.8, 1.75, 1.85)], asked(), "cm", METHOD).estimate
    assert found is not None
    assert (found.value, found.lower, found.upper, found.diagnostics["worst"]) == (1.8, 1.75, 3.0, "c")
    low = every([part("a", 1.7, 1.6, 3.0), part("c", 1.8, 1.75, 1.85)], asked(">= 1"), "cm", METHOD).estimate
    assert low is not None
    assert (low.value, low.lower, low.upper, low.diagnostics["worst"]) == (1.7, 1.6, 1.85, "a")


def test_a_part_without_a_bound_leaves_the_whole_without_it() -> None:
    found = every([GOOD, part("b", 1, None, None)], asked(), "1", METHOD).estimate
    assert found is not None
    assert (found.lower, found.upper) == (0, None)
    assert verdict([GOOD, part("b", 1, None, None)], asked()) is Verdict.INCONCLUSIVE


def test_reasons_name_their_parts_and_the_same_one_is_told_once() -> None:
    outcome = every([SHORT_ONE, replace(SHORT_ONE, label="z"), INVALID], asked(), "1", METHOD)
    assert [each.reason.text.zh for each in outcome.lacks] == ["d、z：记录太短。"]
    assert outcome.lacks[0].reason.facts["parts"] == ["d", "z"]
    assert [each.text.zh for each in outcome.invalid_parts] == ["e：没有北斗。"]


def test_a_single_part_speaks_for_itself_without_its_name() -> None:
    outcome = every([SHORT_ONE], asked(), "1", METHOD)
    assert outcome.lacks == SHORT_ONE.lacks


def test_hundreds_of_different_reasons_are_counted_and_not_listed() -> None:
    parts = [absent(f"T-{i}", Lack(Reason("test.short", Text(f"仅 {i} 个。", f"Only {i}.")))) for i in range(100)]
    outcome = every(parts, asked(), "1", METHOD)
    assert len(outcome.lacks) == 21
    assert outcome.lacks[-1].reason.facts == {"count": 80}


def test_what_the_neediest_part_needs_decides_for_all() -> None:
    few, many = (replace(OPEN, need=Need(Text(str(n), str(n)), n=n)) for n in (5, 50))
    assert every([few, many, GOOD], asked(), "1", METHOD).need == many.need


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([part("a", 2, 2, 2), part("b", 2, 2, 2)], Verdict.PASS),
        ([part("a", 2, 2, 2), part("b", 3, 3, 3)], Verdict.FAIL),
        ([part("a", 1, 1, 1), part("b", 3, 3, 3)], Verdict.FAIL),
        ([part("a", 2, 2, 2), part("b", 2, 1, 3)], Verdict.INCONCLUSIVE),
        ([part("a", 2, 2, 2), EMPTY], Verdict.INCONCLUSIVE),
        ([part("a", 2, 2, 2), INVALID], Verdict.INVALID),
    ],
)
def test_an_equality_holds_for_each_part_or_not_at_all(parts: list[Part], wanted: Verdict) -> None:
    assert verdict(parts, asked("== 2")) is wanted


def test_the_risk_of_a_false_fail_is_shared_and_the_confidence_is_said_once() -> None:
    ask = asked()
    assert ask.among(5).beta == RISK / 5
    assert ask.among(5).alpha == RISK
    assert ask.among(1) is ask
    found = every([GOOD, GOOD], ask, "1", METHOD).estimate
    assert found is not None
    assert found.confidence == 1 - RISK == ask.confidence


lacks = st.lists(st.sampled_from([Lack(SHORT, side) for side in Side]), max_size=2).map(tuple)
bounds = st.one_of(st.none(), st.integers(0, 6))


@st.composite
def any_part(draw: st.DrawFn) -> Part:
    value = draw(st.one_of(st.none(), st.integers(0, 6)))
    lower, upper = draw(bounds), draw(bounds)
    if value is None:
        return absent("x", *(draw(lacks) or (Lack(SHORT, Side.BOTH),)), invalid=draw(st.sampled_from([(), (BROKEN,)])))
    return Part(
        "x",
        value,
        None if lower is None else min(lower, value),
        None if upper is None else max(upper, value),
        1,
        1.0,
        draw(lacks),
        invalid=draw(st.sampled_from([(), (BROKEN,)])),
    )


@given(
    st.lists(any_part(), min_size=1, max_size=4),
    any_part(),
    st.sampled_from(["<= 2", ">= 2", "< 3", "> 3", "== 2"]),
    st.sampled_from(list(Rule)),
)
def test_adding_a_part_never_makes_a_verdict_better(parts: list[Part], more: Part, limit: str, rule: Rule) -> None:
    ask = asked(limit, rule)
    after = verdict([*parts, more], ask)
    if after is Verdict.PASS:
        assert verdict(parts, ask) is Verdict.PASS
        assert verdict([more], ask) is Verdict.PASS
    assert not (more.invalid or more.value is None) or after is not Verdict.PASS


@given(st.permutations([GOOD, BAD, OPEN, SHORT_ONE, INVALID, EMPTY]))
def test_the_order_of_parts_changes_no_verdict(parts: list[Part]) -> None:
    assert verdict(parts, asked()) is Verdict.FAIL
    assert verdict([each for each in parts if each is not BAD], asked()) is Verdict.INVALID
