# SPDX-License-Identifier: Apache-2.0
"""The published scenario is the law: another one needs an id of its own, says so everywhere, and never passes a clause by asking less."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from harness.campaign import run
from harness.errors import SpecError
from harness.evidence.pack import unpacked
from harness.model import About, ConstantRule, Reading, Rule, Stricter
from harness.quantity import Limit, Quantity
from harness.replay import replay
from harness.spec import find_scenario, installed_scenarios, load_profile
from harness.spec.published import publisher_of, weaker

Edit = Callable[[Path, str, str], None]
PUBLISHED = find_scenario("s01")
LATENCY = PUBLISHED.scenario.indicator("s01.latency")
BURST = (Quantity.parse("600 packets"), Quantity.parse("1000000 packets"))
SCENARIO = """\
schema: yanshou.scenario/1
id: own
title: {zh: 自拟场景, en: A scenario of one's own}
field: {zh: 测试, en: Testing}
document: {seed: "000", name: 榜单, issuer: 办公室}
indicators:
  - id: own.demos
    title: {zh: 示范应用, en: Demonstrations}
    clause: 打造不少于5个 5G示范应用。
    kind: audited
    mandatory: true
    limit: ">= 3 个"
    evidence: [{zh: 登记表, en: register}]
    readings:
      - {name: count, default: true, title: {zh: 行数, en: rows}, measurand: register.accepted, statistic: count, about: window, minimum: {items: 5}}
"""


@pytest.fixture
def own(case: Path) -> Path:
    """A campaign under a scenario of one's own that quotes a published clause and asks less."""
    (case.parent / "case.scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    text = case.read_text(encoding="utf-8")
    head, tail = text.split("sources:")[0], text[text.index("signing:") :]
    case.write_text(f"{head}sources:\n  own.demos: {{register: adopters.csv, documents: documents}}\n{tail}", "utf-8")
    return case


def test_every_installed_scenario_is_published_by_its_distribution() -> None:
    for each in installed_scenarios():
        assert each.scenario.sha256 == sha256(each.content).hexdigest()
        publisher = publisher_of(each.scenario)
        assert publisher is not None
        assert publisher.name == "yanshou"


def test_a_copy_with_other_bytes_under_a_published_id_is_refused_with_place_and_cure(
    tmp_path: Path, case: Path, edit: Edit, says: Any
) -> None:
    copy = case.parent / "01_5g_factory.yaml"
    copy.write_bytes(PUBLISHED.content.replace(b'"<= 2 ms"', b'"<= 20 ms"'))
    edit(case, "scenario: ./case.scenario.yaml", "scenario: ./01_5g_factory.yaml")
    with pytest.raises(SpecError, match="'s01' is the id of a published scenario") as refused:
        load_profile(case)
    assert "01_5g_factory.yaml" in str(refused.value)
    for command in (("plan", case), ("run", case, "--out", tmp_path)):
        code, _, err = says(*command)
        assert code == 2
        assert "id of its own" in err


def test_one_more_blank_makes_another_scenario_and_an_identical_copy_is_the_published_one(tmp_path: Path) -> None:
    path = tmp_path / "copy.yaml"
    path.write_bytes(PUBLISHED.content)
    assert publisher_of(find_scenario("./copy.yaml", tmp_path).scenario) is not None
    path.write_bytes(PUBLISHED.content + b"\n")
    assert publisher_of(find_scenario("./copy.yaml", tmp_path).scenario) is None


LESS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"limit": Limit.parse("<= 1 ms"), "rule": Rule.STRINGENT, "confidence": Fraction(99, 100)}, []),
    ({"limit": Limit.parse("<= 2.0001 ms")}, ["published.limit"]),
    ({"limit": None}, ["published.limit"]),
    ({"limit": Limit.parse(">= 2 ms")}, ["published.limit"]),
    ({"rule": Rule.SIMPLE}, ["published.rule"]),
    ({"confidence": Fraction(51, 100)}, ["published.confidence"]),
    (
        {"limit": Limit.parse("<= 20 ms"), "rule": Rule.SIMPLE, "confidence": Fraction(51, 100)},
        ["published.limit", "published.rule", "published.confidence"],
    ),
]


@pytest.mark.parametrize(
    ("changes", "codes", "renamed"),
    [(*case, False) for case in LESS]
    + [
        (*case, True) for case in LESS if case[0].get("limit", ...) is not None
    ],  # nobody judges what has neither limit nor clause
)
def test_whatever_is_asked_less_of_is_named(changes: dict[str, Any], codes: list[str], renamed: bool) -> None:
    own = replace(LATENCY, **({"id": "own.latency"} if renamed else {}), **changes)
    assert [each.code for each in weaker(own)] == codes


def reading(**changes: Any) -> Reading:
    return replace(LATENCY.default_reading, name="own", **changes)


SHORT = {name: each for name, each in LATENCY.default_reading.minimum.items() if name != "terminals"}
HOUR = {**LATENCY.default_reading.minimum, "duration": Quantity.parse("1 h")}
SOFTER: list[tuple[dict[str, Any], Reading, list[str]]] = [
    ({}, reading(), []),
    ({}, reading(minimum={**LATENCY.default_reading.minimum, "duration": Quantity.parse("8 h")}), []),
    ({}, reading(minimum=SHORT), ["published.effort"]),
    ({}, reading(minimum=HOUR), ["published.effort"]),
    ({}, reading(minimum={}), ["published.effort"]),
    ({}, reading(parameters={**LATENCY.default_reading.parameters, "q": "50 %"}), ["published.parameters"]),
    ({}, reading(parameters={"q": "99 %", "lost": "over-limit"}), ["published.parameters"]),
    ({}, reading(statistic="median"), ["published.reading"]),
    ({}, reading(about=About.PROCESS, minimum={}), ["published.parameters", "published.effort"]),
    ({"constants": {}}, reading(), ["published.constants"]),
]


@pytest.mark.parametrize(("changes", "chosen", "codes"), SOFTER)
@pytest.mark.parametrize("renamed", [False, True])
def test_a_reading_or_a_constant_that_is_laxer_than_published_is_named(
    changes: dict[str, Any], chosen: Reading, codes: list[str], renamed: bool
) -> None:
    own = replace(LATENCY, **({"id": "own.latency"} if renamed else {}), **changes)
    assert [each.code for each in weaker(own, chosen)] == codes


@pytest.mark.parametrize(
    ("constant", "lax"),
    [
        (ConstantRule("600 packets", Stricter.LONGER, BURST), False),
        (ConstantRule("700 packets", Stricter.LONGER, BURST), False),
        (ConstantRule("1 packet", Stricter.LONGER, (Quantity.parse("1 packet"), BURST[1])), True),
        (ConstantRule("600 packets", Stricter.SHORTER, BURST), True),
        (ConstantRule("600 packets", Stricter.LONGER, (Quantity.parse("1 packet"), BURST[1])), True),
        (ConstantRule(None, Stricter.LONGER, BURST), True),
    ],
)
def test_a_constant_of_ones_own_is_as_strict_as_the_published_one_or_told(constant: ConstantRule, lax: bool) -> None:
    own = replace(LATENCY, constants={**LATENCY.constants, "longest_credible_burst": constant})
    assert [each.code for each in weaker(own)] == ["published.constants"] * lax


@pytest.mark.parametrize("scenario", installed_scenarios(), ids=lambda each: each.scenario.id)
def test_no_published_indicator_asks_less_than_itself(scenario: Any) -> None:
    for indicator in scenario.scenario.indicators:
        for each in indicator.readings:
            assert weaker(indicator, each) == ()


def test_asking_less_of_a_quoted_clause_never_passes_and_is_told_everywhere(
    own: Path, tmp_path: Path, says: Any
) -> None:
    done = run(own, tmp_path)
    results = done.evaluation.results
    found = results["indicators"][0]
    assert (found["estimate"]["value"], found["verdict"]) == (5, "INCONCLUSIVE")
    assert [each["code"] for each in found["weaker"]] == ["published.limit"]
    assert results["scenario"]["published_by"] is None
    assert results["scenario"]["sha256"] == sha256(SCENARIO.encode()).hexdigest()
    assert replay(done.root).identical
    for command in (("verify", done.root, "--any-signer"), ("replay", done.root)):
        assert "NOT THE PUBLISHED SCENARIO" in says(*command)[1]
    assert json.loads(says("verify", done.root, "--any-signer", "--json")[1])["scenario"]["published_by"] is None


def test_an_own_scenario_that_asks_as_much_may_pass_and_still_says_that_it_is_not_the_published_one(
    own: Path, tmp_path: Path, edit: Edit, says: Any
) -> None:
    edit(own.parent / "case.scenario.yaml", ">= 3 个", ">= 5 个")
    done = run(own, tmp_path)
    assert done.evaluation.verdict == "PASS"
    assert done.evaluation.results["indicators"][0]["weaker"] == []
    code, _, _ = says("--lang", "zh", "report", done.root, "--format", "html", "--out", tmp_path / "reports")
    assert code == 0
    page = next((tmp_path / "reports").glob("*.html")).read_text("utf-8")
    assert "所用情景不是已发布的情景" in page


def test_the_attestation_covers_the_scenario(own: Path, tmp_path: Path) -> None:
    root = run(own, tmp_path).root
    with unpacked(root) as folder:
        manifest = (folder / "manifest-sha256.txt").read_text("utf-8")
    assert f"{sha256(SCENARIO.encode()).hexdigest()}  data/scenario.yaml" in manifest
