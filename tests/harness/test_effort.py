# SPDX-License-Identifier: Apache-2.0
"""What is short of a reading's least effort cannot PASS, whatever its numbers say; a proven violation stays one."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.campaign import run
from harness.decide import decide
from harness.effort import NAMES, WORDS, compared, cost_s, held, short
from harness.kit.parts import Part, every, least
from harness.model import Criterion, Estimate, Need, Outcome, Reading, Rule, Text, Verdict
from harness.plugins import Request
from harness.quantity import Limit, Quantity

Edit = Callable[[Path, str, str], None]
LIMIT = Limit.parse("<= 2 ms")
READING = Reading("asked", Text("读法", "reading"), "a.b", "quantile")
CERTAIN = Fraction(19, 20)
CRITERION = Criterion(READING, LIMIT, Rule.GUARDED, CERTAIN)


def amounts(**written: str) -> dict[str, Quantity]:
    return {name.replace("_", "-"): Quantity.parse(each) for name, each in written.items()}


def outcome(upper: float, lower: float = 0.5, **effort: Any) -> Outcome:
    estimate = Estimate(lower, "ms", 1000, 1000.0, lower, upper, CERTAIN, Text("方法", "method"))
    return Outcome(estimate, effort=effort)


def judged(found: Outcome, minimum: dict[str, Quantity]) -> Any:
    return decide(held(found, minimum, short(found, minimum)), CRITERION)


def test_an_effort_that_is_reached_leaves_the_verdict_as_it_is() -> None:
    found = outcome(1.5, duration=Quantity.parse("480 min"), sessions=6, coverage=Fraction(99, 100))
    assert judged(found, amounts(duration="8 h", sessions="6", coverage="99 %")).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("minimum", "effort", "code"),
    [
        (amounts(duration="8 h"), {"duration": Quantity.parse("7.999 h")}, "effort.below"),
        (amounts(sessions="6"), {"sessions": 5}, "effort.below"),
        (amounts(coverage="99 %"), {"coverage": Fraction(98, 100)}, "effort.below"),
        (amounts(terminals="50 台套"), {"terminals": 49}, "effort.below"),
        (amounts(duration="8 h"), {}, "effort.not-stated"),
        (amounts(duration="8 h"), {"duration": 100_000}, "effort.not-stated"),
        (amounts(duration="8 h"), {"duration": Quantity.parse("9 m")}, "effort.not-stated"),
        (amounts(sessions="6"), {"starts": 100}, "effort.not-stated"),
    ],
)
def test_what_is_short_or_not_stated_leaves_a_pass_open(minimum: Any, effort: Any, code: str) -> None:
    found = judged(outcome(1.5, **effort), minimum)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert [each.code for each in found.reasons] == [code]
    assert found.need.towards == "pass"


def test_a_proven_violation_stays_a_fail_however_short_the_record() -> None:
    found = judged(outcome(9.0, 3.0), amounts(duration="8 h"))
    assert found.verdict is Verdict.FAIL


def test_one_need_says_every_effort_that_is_short_and_what_the_statistic_itself_wants() -> None:
    own = Need(Text("须再测 100 个。", "Measure 100 more."), "pass", "packets", 100, seconds=10.0)
    found = outcome(1.5, sessions=2)
    found = Outcome(found.estimate, effort=found.effort, need=own)
    need = judged(found, amounts(duration="8 h", sessions="6", coverage="99 %")).need
    assert "8 h" in need.text.en
    assert "6" in need.text.en
    assert need.text.en.endswith("Measure 100 more.")
    assert (need.n, need.counted, need.seconds) == (100, "packets", 8 * 3600.0)


def test_several_parts_state_the_least_and_what_one_does_not_state_nobody_states() -> None:
    assert least([{"duration": Quantity.parse("2 h"), "sessions": 6}, {"duration": Quantity.parse("90 min")}]) == {
        "duration": Quantity.parse("90 min")
    }
    assert least([]) == {}
    request = Request("t.a", READING, LIMIT, Rule.GUARDED, Fraction(1, 20), Fraction(1, 20))
    parts = [Part(str(n), 1.0, 0.9, 1.1, 9, 9.0, effort={"trials": n}) for n in (10, 7, 12)]
    assert every(parts, request, "ms", Text("方法", "method")).effort == {"trials": 7}


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50))
def test_adding_a_part_never_opens_what_was_closed(asked: int, one: int, other: int) -> None:
    alone, joined = least([{"trials": one}]), least([{"trials": one}, {"trials": other}])
    minimum = amounts(trials=str(asked))
    enough = [all(each.enough for each in compared(minimum, effort)) for effort in (alone, joined)]
    assert enough[0] or not enough[1]


def test_every_effort_has_a_name_in_both_languages() -> None:
    assert all(WORDS.text(name).zh and WORDS.text(name).en for name in NAMES)


@pytest.mark.parametrize(
    ("minimum", "seconds"),
    [
        ({}, None),
        (amounts(terminals="50"), None),
        (amounts(duration="8 h"), 8 * 3600),
        (amounts(sessions="6", apart="90 min", session="1 h"), 5 * 5400 + 3600),
        (amounts(sessions="6", session="2 h"), 6 * 7200),
        (amounts(sessions="2", apart="1 h", duration="24 h"), 86400),
    ],
)
def test_the_plan_counts_sessions_one_after_another(minimum: dict[str, Quantity], seconds: int | None) -> None:
    assert cost_s(minimum) == seconds


def test_a_campaign_below_the_minimum_is_inconclusive_and_says_so_in_results(
    scales: Path, tmp_path: Path, edit: Edit
) -> None:
    scenario = scales.parent / "scales.scenario.yaml"
    edit(scenario, "parameters: {},", "parameters: {}, minimum: {trials: 61},")
    found = run(scales, tmp_path).evaluation.results["indicators"][0]
    assert found["verdict"] == "INCONCLUSIVE"
    assert found["effort"] == [
        {
            "name": "trials",
            "title": {"zh": "试验次数", "en": "number of trials"},
            "asked": "61",
            "found": "60",
            "enough": False,
        }
    ]


def test_a_profile_raises_the_minimum_and_the_plan_prints_the_same_number(
    scales: Path, tmp_path: Path, edit: Edit, says: Any
) -> None:
    edit(scales, "sources:", "minimum: {t09.heavy: {trials: 61, duration: 8 h}}\nsources:")
    code, out, _ = says("plan", scales, "-v")
    assert code == 0
    assert "≥ 61" in out
    assert "8 h" in out
    assert run(scales, tmp_path).evaluation.verdict is Verdict.INCONCLUSIVE


def test_a_short_time_is_told_in_a_unit_that_fits_it() -> None:
    from harness.effort import _readable

    told = [str(_readable(Quantity(Fraction(seconds, 3600), "h"))) for seconds in (5, 120, 7200)]
    assert told == ["5 s", "2 min", "2 h"]
    assert str(_readable(Quantity(Fraction(1, 30), "d"))) == "48 min"
