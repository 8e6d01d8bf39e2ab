# SPDX-License-Identifier: Apache-2.0
"""What `yanshou plan` says about a whole profile: shared risks, declared constants, rates and durations taken in."""

from fractions import Fraction
from pathlib import Path

import pytest

from harness.evaluate import risks
from harness.plan import needs
from harness.spec import load_profile
from harness.stats import planner

EXAMPLE = Path(__file__).resolve().parents[2] / "profiles" / "s01_example.yaml"


def edited(folder: Path, *changes: tuple[str, str]) -> Path:
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "edited.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def planned(path: Path) -> dict[str, dict]:
    return {each["id"]: each for each in needs(load_profile(path))}


def test_the_plan_uses_the_risk_that_planned_attempts_leave():
    loss = planned(EXAMPLE)["s01.loss"]
    assert loss["rows"][0]["amount"] == planner.packets_to_pass({}, Fraction(1, 1000), Fraction(1, 40), 50)
    assert loss["rows"][0]["seconds"] == loss["rows"][0]["amount"] / 10  # borrowed from the 10/s of s01.latency


def test_a_planned_duration_that_cannot_pass_is_named():
    assert "不够" in planned(EXAMPLE)["s01.loss"]["text"]
    assert planned(EXAMPLE)["s01.loss"]["planned_s"] == 14_400


def test_a_long_enough_duration_is_not_complained_about(tmp_path):
    path = edited(tmp_path, ("duration: 4 h", "duration: 10 h"))
    assert "不够" not in planned(path)["s01.loss"]["text"]


def test_constants_for_planning_may_be_declared_for_any_indicator(tmp_path):
    change = (
        "s01.latency: {waiting_time: 3 s",
        "s01.latency: {expected: 1.7 ms, instrument_bound: 200 us, waiting_time: 3 s",
    )
    blocked = planned(edited(tmp_path, change))["s01.latency"]["blocked"]
    assert "仪器" in blocked["zh"]
    assert planned(EXAMPLE)["s01.latency"]["blocked"] is None


def test_what_has_no_source_is_still_planned_and_said_to_be_untested():
    ipv6 = planned(EXAMPLE)["s01.ipv6"]
    assert ipv6["text"].startswith("NOT_TESTED")
    assert not ipv6["bound"]


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_risks_are_shared_among_attempts_and_mandatory_indicators(attempt):
    profile = load_profile(EXAMPLE)
    alpha, beta = risks(profile, profile.criterion("s01.latency"), attempt)
    judged = [each for each in profile.scenario.indicators if each.mandatory and profile.criterion(each.id).limit]
    assert alpha == (Fraction(1, 40) if attempt <= 2 else None)
    assert beta == Fraction(1, 20) / len(judged)
