# SPDX-License-Identifier: Apache-2.0
"""Scenario files become the model; the installed ones are found by id, others by path."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from harness.errors import SpecError
from harness.model import About, Kind, Rule, Scenario, Stricter
from harness.quantity import Quantity
from harness.spec import find_scenario, installed_scenarios, load_scenario, parse_scenario


def test_every_key_of_a_scenario_file_reaches_the_model(scenario: Scenario) -> None:
    latency = scenario.indicator("t09.latency")
    assert (scenario.id, scenario.title.zh, scenario.field.en, scenario.document) == (
        "t09",
        "完整的场景",
        "Test",
        "榜单",
    )
    assert (latency.kind, latency.mandatory, str(latency.limit), latency.rule) == (
        Kind.MEASURED,
        True,
        "<= 2 ms",
        Rule.GUARDED,
    )
    assert latency.confidence == Fraction(95, 100)
    assert (list(latency.constants), latency.note.en) == (["waiting_time"], "A remark")
    waiting = latency.constants["waiting_time"]
    assert (waiting.default, waiting.stricter, waiting.why.en) == ("3 s", Stricter.SHORTER, "RFC 7680")
    assert waiting.range == (Quantity.parse("10 ms"), Quantity.parse("3 s"))
    assert [each.zh for each in latency.evidence] == ["会话", "台账"]
    default, other = latency.readings
    assert (default.name, default.default, default.why.en) == ("rtt-p99", True, "The strictest")
    assert (default.measurand, default.statistic) == ("network.rtt", "quantile")
    assert default.parameters == {"q": "99 %", "lost": "over-limit"}
    assert (other.default, str(other.limit)) == (False, ">= 99.9 %")
    assert (default.about, other.about) == (About.WINDOW, About.PROCESS)
    assert default.minimum == {"duration": Quantity.parse("8 h"), "sessions": Quantity.parse("6")}
    assert other.tighten == {"min_answered": Stricter.HIGHER}
    timing = scenario.indicator("t09.timing")
    assert (timing.applies_if, timing.limits_from, timing.limit) == ("timing", "profile", None)
    assert scenario.indicator("t09.loss").mandatory_if_limited


def test_clause_names_its_document_and_an_indicator_may_name_another(scenario: Scenario) -> None:
    own, general = scenario.indicator("t09.latency").clause, scenario.indicator("t09.nodes").clause
    assert (own.seed, own.document, own.issuer, own.annex, own.row) == ("004", "措施", "政府", "附件 2", "3")
    assert (general.seed, general.document, general.issuer, general.annex, general.row) == (
        "000",
        "榜单",
        "办公室",
        "附件 1",
        "1",
    )
    assert general.text == "不少于 50 台套"


def test_installed_scenarios_load_and_are_found_by_id() -> None:
    installed = installed_scenarios()
    ids = [each.scenario.id for each in installed]
    assert ids == sorted(set(ids))
    assert {"s01", "s08"} <= set(ids)
    for each in installed:
        found = find_scenario(each.scenario.id)
        assert (found.path, found.content) == (each.path, each.path.read_bytes())
        assert found.scenario == each.scenario == load_scenario(each.path)


def test_path_is_relative_to_the_folder_of_the_profile(corpus: Path) -> None:
    found = find_scenario("good/scenario_full.yaml", corpus)
    assert found.scenario.id == "t09"
    assert found.path == corpus / "good" / "scenario_full.yaml"


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: Path) -> Iterator[Path]:
    """An installed distribution of somebody else with a folder of scenarios; yields that folder."""
    package = tmp_path / "strange_scenarios"
    (package / "deeper").mkdir(parents=True)
    for folder in (package, package / "deeper"):
        (folder / "__init__.py").touch()
    info = tmp_path / "strange-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[yanshou.scenarios]\nstrange = strange_scenarios\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield package
    sys.modules.pop("strange_scenarios", None)


def test_scenarios_of_another_distribution_are_found_in_folders_below_its_package(
    strangers: Path, corpus: Path
) -> None:
    content = (corpus / "good" / "scenario_full.yaml").read_bytes()
    (strangers / "deeper" / "mine.yaml").write_bytes(content)
    assert find_scenario("t09").path == strangers / "deeper" / "mine.yaml"
    assert "t09" in [each.scenario.id for each in installed_scenarios()]


def test_broken_scenario_of_a_stranger_does_not_keep_the_others_from_being_found(strangers: Path, corpus: Path) -> None:
    (strangers / "broken.yaml").write_bytes((corpus / "bad" / "yaml_gbk.yaml").read_bytes())
    assert find_scenario("s01").scenario.id == "s01"


def test_two_scenarios_of_one_id_are_refused_rather_than_one_picked(strangers: Path, corpus: Path) -> None:
    content = (corpus / "good" / "scenario_full.yaml").read_bytes()
    (strangers / "one.yaml").write_bytes(content)
    (strangers / "deeper" / "two.yaml").write_bytes(content)
    with pytest.raises(SpecError, match="the id of several scenarios"):
        find_scenario("t09")


def test_one_problem_is_raised_by_itself_and_several_as_a_list(corpus: Path) -> None:
    one, many = ((corpus / "bad" / f"scenario_{name}.yaml").read_bytes() for name in ("bad_kind", "everything_at_once"))
    with pytest.raises(SpecError) as alone:
        parse_scenario(one, "x.yaml")
    with pytest.raises(SpecError) as together:
        parse_scenario(many, "x.yaml")
    assert alone.value.problems == (alone.value,)
    assert len(together.value.problems) == len(str(together.value).splitlines()) > 1


def test_pure_half_reads_no_file_and_opens_no_socket(corpus: Path, scenario: Scenario) -> None:
    """Parsing bytes in a process that may open nothing any more gives the same scenario."""
    program = (
        "import sys, harness.spec\n"
        "content = open(sys.argv[1], 'rb').read()\n"
        "harness.spec.parse_scenario(content, 'x.yaml')\n"  # Python has loaded its codecs after this
        "def refuse(event, args):\n"
        "    if event in ('open', 'socket.__new__', 'subprocess.Popen'): raise SystemExit(event)\n"
        "sys.addaudithook(refuse)\n"
        "print(len(harness.spec.parse_scenario(content, 'x.yaml').indicators))\n"
    )
    path = str(corpus / "good" / "scenario_full.yaml")
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (str(len(scenario.indicators)), "")
