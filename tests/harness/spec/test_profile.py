# SPDX-License-Identifier: Apache-2.0
"""A profile applied to its scenario: what is chosen, tightened, bound, and what stays the government's."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SpecError
from harness.model import Rule, Scenario
from harness.quantity import Limit, Quantity
from harness.spec import Profile, SourceSpec, load_profile, parse_profile, place
from harness.spec.yaml_source import read_yaml

HEAD = """schema: yanshou.profile/1
scenario: t09
project:
  name: 某工厂
  applicant: {name: 武汉某公司, uscc: 91420100MA4L0X1C2K}
  period: {start: 2023-05-18, end: 2024-05-18}
  site: 武汉市
test: {kind: self-check, organisation: 武汉某公司, operator: 张三}
"""
Make = Callable[[str], Profile]


@pytest.fixture(scope="session")
def make(scenario: Scenario) -> Make:
    return lambda rest: parse_profile((HEAD + rest).encode(), "site.yaml", scenario)


@pytest.fixture(scope="session")
def full(corpus: Path, scenario: Scenario) -> Profile:
    path = corpus / "good" / "profile_full.yaml"
    return parse_profile(path.read_bytes(), path.name, scenario)


def test_profile_says_who_where_and_when(full: Profile) -> None:
    assert full.name == "profile_full"
    assert full.scenario_reference == "t09"
    assert (full.project.start, full.project.end) == (date(2023, 5, 18), date(2024, 5, 18))
    assert [each.uscc for each in full.project.members] == ["914201007070707071"]
    assert (full.test.kind, full.test.operator, full.attempts, full.applies) == ("third-party", "张三", 2, ("timing",))
    assert full.test.environment["on"] == "no"
    assert full.signing == {"ed25519": "env:YANSHOU_KEY", "sm2": "keys/sm2.pem"}
    assert full.declared == {
        "t09.latency": {"waiting_time": "1 s"},
        "t09.loss": {"waiting_time": "3 s", "longest_credible_burst": "50 packets"},
    }
    deciding = full.criterion("t09.latency").reading
    assert deciding.minimum["duration"] == Quantity.parse("24 h")
    assert deciding.parameters["min_answered"] == "95 %"
    assert full.criterion("t09.nodes").reading.minimum == {"terminals": Quantity.parse("50")}
    assert full.practice


def test_chosen_reading_decides_with_the_tightened_limit_and_the_others_keep_theirs(full: Profile) -> None:
    criterion = full.criterion("t09.latency")
    assert (criterion.reading.name, str(criterion.limit)) == ("share-within", ">= 99.95 %")
    assert (criterion.rule, criterion.confidence) == (Rule.STRINGENT, Fraction(99, 100))
    others = {each.reading.name: str(each.limit) for each in full.criteria("t09.latency")}
    assert others == {"rtt-p99": "<= 2 ms", "share-within": ">= 99.95 %"}
    assert full.chosen == {"t09.latency": "share-within"}


def test_without_a_word_everything_stays_as_the_scenario_says(make: Make, scenario: Scenario) -> None:
    profile = make("")
    kept = [each for each in profile.scenario.indicators if each.id != "t09.timing"]
    assert kept == [each for each in scenario.indicators if each.id != "t09.timing"]
    assert profile.chosen == profile.bindings == profile.declared == profile.signing == {}
    assert profile.simulators == ()
    assert profile.criterion("t09.latency").reading.name == "rtt-p99"


def test_conditional_indicator_is_mandatory_only_where_the_condition_holds(make: Make) -> None:
    assert not make("").scenario.indicator("t09.timing").mandatory
    holds = make('applies: [timing]\nlimits: {t09.timing: "<= 1 µs"}\n').scenario.indicator("t09.timing")
    assert holds.mandatory
    assert str(holds.limit) == "<= 1 µs"


def test_informative_indicator_becomes_mandatory_with_a_limit_where_the_scenario_says_so(make: Make) -> None:
    assert not make("").scenario.indicator("t09.loss").mandatory
    assert make('limits: {t09.loss: "<= 0.1 %"}\n').scenario.indicator("t09.loss").mandatory


def test_scenario_given_to_a_profile_is_left_as_it_was(full: Profile, scenario: Scenario) -> None:
    assert str(scenario.indicator("t09.nodes").limit) == ">= 50 台套"
    assert str(full.scenario.indicator("t09.nodes").limit) == "> 50 台套"


def test_sources_come_in_one_normal_form(full: Profile) -> None:
    latency, nodes, loss = (full.bindings[each] for each in ("t09.latency", "t09.nodes", "t09.loss"))
    assert [each.name for each in latency.sources] == ["stamp"]
    assert latency.sources[0].config["size"] == ["64 B", "1400 B"]
    keys = ("sources", "t09.nodes", "evidence")
    assert nodes.sources == (
        SourceSpec("source", None, {"register": "nodes.csv"}, keys[:2]),
        SourceSpec("mqtt", "plant.mqtt", {"broker": "127.0.0.1", "topic": "factory/#"}, (*keys, 1)),
        SourceSpec("second", "plant.mqtt", {"broker": "127.0.0.2", "topic": "factory/#"}, (*keys, 2)),
    )
    assert (nodes.borrowed, loss.sources, loss.borrowed) == (("t09.latency",), (), ("t09.latency",))
    assert [(each.name, each.probe, each.simulator, each.config) for each in full.simulators] == [
        ("reflectors", "network.stamp", "reflectors", {"count": 50, "delay": "1 ms"})
    ]


def test_names_of_sources_are_unique_within_an_indicator(make: Make) -> None:
    more = "{probe: network.stamp, a: 1}"
    binding = make(f"sources: {{t09.nodes: {{probe: network.stamp, evidence: [{more}, {more}]}}}}\n").bindings[
        "t09.nodes"
    ]
    assert [each.name for each in binding.sources] == ["stamp", "stamp-2", "stamp-3"]


def test_keys_of_a_source_place_a_probes_problem_in_the_file(corpus: Path, full: Profile) -> None:
    content = (corpus / "good" / "profile_full.yaml").read_bytes()
    source = full.bindings["t09.nodes"].sources[1]
    line, column = read_yaml(content, "p.yaml").position((*source.keys, "broker"))
    assert place(content, "p.yaml", (*source.keys, "broker")) == f"p.yaml:{line}:{column}"
    assert content.decode().split("\n")[line - 1][column - 1 :].startswith("127.0.0.1")


@given(st.integers(0, 4000), st.sampled_from(["<=", "<", ">=", ">", "=="]))
def test_a_limit_is_taken_exactly_when_it_tightens_the_governments(make: Make, thousandths: int, op: str) -> None:
    written = f"{op} {thousandths} µs"
    text = f'limits: {{t09.latency: "{written}"}}\n'
    if Limit.parse(written).tightens(Limit.parse("<= 2 ms")):
        assert str(make(text).criterion("t09.latency").limit) == written
    else:
        with pytest.raises(SpecError, match="任务指标和完成时限原则上不得变更"):
            make(text)


@given(st.integers(5001, 9999))
def test_confidence_goes_up_only(make: Make, basis_points: int) -> None:
    text = f"confidence: {{t09.latency: {basis_points / 100:.2f} %}}\n"
    if basis_points >= 9500:
        assert make(text).criterion("t09.latency").confidence == Fraction(basis_points, 10_000)
    else:
        with pytest.raises(SpecError, match="lower level of confidence"):
            make(text)


@pytest.mark.parametrize(("indicator", "given_rule"), [("t09.latency", "guarded"), ("t09.nodes", "simple")])
@pytest.mark.parametrize("rule", ["simple", "guarded", "stringent"])
def test_rules_get_stricter_only(make: Make, indicator: str, given_rule: str, rule: str) -> None:
    order = ["simple", "guarded", "stringent"]
    text = f"rules: {{{indicator}: {rule}}}\n"
    if order.index(rule) >= order.index(given_rule):
        assert make(text).criterion(indicator).rule == rule
    else:
        with pytest.raises(SpecError, match="weaker than the scenario's"):
            make(text)


def test_profile_is_loaded_with_the_scenario_it_names_by_path(corpus: Path, tmp_path: Path, scenario: Scenario) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "mine.yaml").write_bytes((corpus / "good" / "scenario_full.yaml").read_bytes())
    (folder / "profile.yaml").write_text(HEAD.replace("scenario: t09", "scenario: ../mine.yaml"), encoding="utf-8")
    profile = load_profile(folder / "profile.yaml")
    assert profile.scenario.title == scenario.title
    assert profile.scenario_reference == "../mine.yaml"


def test_problems_of_profile_and_scenario_come_together(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes((corpus / "bad" / "scenario_bad_kind.yaml").read_bytes())
    text = HEAD.replace("scenario: t09", "scenario: ./mine.yaml") + "attempts: 0\n"
    (tmp_path / "profile.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as refusal:
        load_profile(tmp_path / "profile.yaml")
    assert [Path(each.where.split(":")[0]).name for each in refusal.value.problems] == ["mine.yaml", "profile.yaml"]


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [("s0", "No scenario called 's0' is installed. Cure: did you mean"), ("zzzzzz", "Cure: use one of: p01"), ("./none.yaml", "cannot be read")],
)  # fmt: skip
def test_unknown_scenario_is_told_at_its_place_with_the_nearest_names(
    tmp_path: Path, reference: str, sentence: str
) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(HEAD.replace("scenario: t09", f"scenario: {reference}") + "attempts: 0\n", encoding="utf-8")
    with pytest.raises(SpecError) as refusal:
        load_profile(path)
    assert sentence in str(refusal.value)
    assert f"{path}:9:11: attempts" in str(refusal.value)


def test_unknown_scenario_is_the_only_problem_of_a_profile_that_is_sound_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(HEAD.replace("scenario: t09", "scenario: s0"), encoding="utf-8")
    with pytest.raises(SpecError, match="No scenario called") as refusal:
        load_profile(path)
    assert refusal.value.where == f"{path}:2:11"
    assert len(refusal.value.problems) == 1


@pytest.mark.parametrize("value", ["7", "[s01]", '""'])
def test_scenario_that_is_no_name_is_told_as_every_other_mistake(tmp_path: Path, value: str) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(HEAD.replace("scenario: t09", f"scenario: {value}"), encoding="utf-8")
    with pytest.raises(SpecError, match=r":2:11: scenario: "):
        load_profile(path)


def test_profile_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read: No such file or directory"):
        load_profile(tmp_path / "none.yaml")
    with pytest.raises(SpecError, match="cannot be read"):
        load_profile(tmp_path)


def test_unknown_indicator_is_a_key_error(full: Profile) -> None:
    with pytest.raises(KeyError):
        full.criterion("t09.none")


def test_two_circles_are_told_each_once(make: Make) -> None:
    circles = """sources:
  t09.nodes: {a: 1, evidence: [t09.loss]}
  t09.loss: {a: 1, evidence: [t09.nodes, t09.latency]}
  t09.latency: {a: 1, evidence: [t09.timing]}
  t09.timing: {a: 1, evidence: [t09.latency]}
"""
    with pytest.raises(SpecError) as refusal:
        make(circles)
    told = [each.problem.rpartition("circle: ")[2] for each in refusal.value.problems]
    around = {frozenset(each.removesuffix(".").split(" → ")) for each in told}
    assert len(told) == 2
    assert around == {frozenset({"t09.nodes", "t09.loss"}), frozenset({"t09.latency", "t09.timing"})}
