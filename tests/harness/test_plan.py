# SPDX-License-Identifier: Apache-2.0
"""What `yanshou plan` says about a whole profile: shared risks, declared constants, rates and durations taken in."""

import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from harness.cli import main
from harness.evaluate import risks
from harness.plan import needs
from harness.spec import load_profile
from harness.stats import planner

EXAMPLE = Path(__file__).resolve().parents[2] / "profiles" / "s01_example.yaml"
P04 = EXAMPLE.with_name("demo_p04.yaml")


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
    assert loss["rows"][0]["amount"] == planner.trials_to_pass(0, Fraction(1, 1000), Fraction(1, 40))
    assert loss["rows"][0]["seconds"] == loss["rows"][0]["amount"] / 10  # borrowed from the 10/s of s01.latency


def test_a_planned_duration_that_cannot_pass_is_named(tmp_path):
    path = edited(tmp_path, ("duration: 4 h", "duration: 1 h"))
    assert "不够" in planned(path)["s01.loss"]["text"]
    assert planned(path)["s01.loss"]["planned_s"] == 3600


def test_a_long_enough_duration_is_not_complained_about(tmp_path):
    path = edited(tmp_path, ("duration: 4 h", "duration: 5 h"))
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


def test_a_plan_that_suffices_lacks_nothing_and_says_so_in_one_line():
    latency = planned(EXAMPLE)["s01.latency"]
    assert latency["lacks"] == []
    assert latency["line"]["zh"].startswith("最少 368 个独立样本")
    assert latency["line"]["zh"].endswith("，且至少录 4 h；现计划 4 h"), "the effort asks for more than the statistic"
    assert "\n" not in latency["line"]["zh"]


def test_of_the_window_neither_bursts_nor_outages_have_to_be_declared():
    found = planned(EXAMPLE)
    assert found["s01.dropout"]["lacks"] == []
    assert "没有抽样误差" in found["s01.dropout"]["text"]


def test_the_plan_counts_with_the_scenario_s_strict_constant_where_nobody_declares_one(tmp_path):
    text = EXAMPLE.with_name("s08_example.yaml").read_text(encoding="utf-8")
    text = text.replace("# The strict default", "limits: {s08.availability: '>= 99 %'}\n# The strict default", 1)
    text = text.replace("s08.static.h: p95", "s08.static.h: p95\n  s08.availability: time-share-process", 1)
    path = tmp_path / "site.yaml"
    path.write_text(text, encoding="utf-8")
    found = planned(path)["s08.availability"]
    assert found["lacks"] == []
    assert found["rows"][0]["seconds"] >= 2.99 * 3600 / 0.01, "an hour that may come once more, within one per cent"


def test_one_way_delay_by_a_clock_that_is_not_synchronised_is_said_before_measuring():
    found = {each["id"]: each for each in needs(load_profile(P04), synchronised=False)}
    assert any("未同步" in each["zh"] for each in found["p04.latency"]["lacks"])
    found = {each["id"]: each for each in needs(load_profile(P04), synchronised=True)}
    assert not any("未同步" in each["zh"] for each in found["p04.latency"]["lacks"])


def test_registers_are_looked_into(tmp_path):
    for name in ("demos.csv", "nodes.csv", "radio.csv"):
        shutil.copy(EXAMPLE.parent / name, tmp_path)
    shutil.copytree(EXAMPLE.parent / "documents", tmp_path / "documents")
    shutil.copy(EXAMPLE, tmp_path)
    nodes = tmp_path / "nodes.csv"
    lines = nodes.read_text(encoding="utf-8-sig").splitlines()
    lines[1] = lines[1].replace("001010000000016", "1.01E+12")
    lines[2] = lines[2].replace("001010000000024", "001010000000025")
    nodes.write_text("\n".join(lines[:50]) + "\n", encoding="utf-8")
    demos = tmp_path / "demos.csv"
    demos.write_text("\n".join(demos.read_text(encoding="utf-8-sig").splitlines()[:4]) + "\n", encoding="utf-8")
    found = {each["id"]: each for each in needs(load_profile(tmp_path / EXAMPLE.name), tmp_path)}
    assert found["s01.nodes"]["seen"][0]["zh"].startswith("nodes.csv：登记 49 行，47 行有可用的身份")
    assert "1.01E+12" in found["s01.nodes"]["seen"][1]["zh"]
    assert any("47" in each["zh"] and "50" in each["zh"] for each in found["s01.nodes"]["lacks"])
    assert any("登记表可计 3 行" in each["zh"] for each in found["s01.demos"]["lacks"])


def test_a_register_that_cannot_be_read_is_refused_before_measuring(tmp_path, capsys):
    shutil.copytree(EXAMPLE.parent, tmp_path / "site", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "site" / "demos.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["plan", str(tmp_path / "site" / EXAMPLE.name), "--lang", "zh"]) == 2
    assert "登记表" in capsys.readouterr().err


def test_a_credit_code_with_a_wrong_check_digit_is_told(tmp_path, capsys):
    shutil.copytree(EXAMPLE.parent, tmp_path / "site", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "site" / EXAMPLE.name
    path.write_text(path.read_text(encoding="utf-8").replace("91420111MAEX00117T", "91420111MAEX00117U"), "utf-8")
    assert main(["plan", str(path), "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    assert "校验位不对（GB 32100）" in out
    assert "登记 54 行" in out
