# SPDX-License-Identifier: Apache-2.0
"""The main job as a user runs it: `yanshou demo` in an empty folder, real UDP to simulated terminals."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.cli import main
from harness.documents import read_results
from harness.errors import Exit
from harness.evidence.canonical import canonical_bytes
from harness.pictures import read_pictures
from harness.replay import replay
from tests.profiles.demonstrated import assert_once, counted
from tests.reports.keys import keys
from tests.reports.leftovers import leftovers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "harness.cli", "demo", "--out", "out", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == Exit.PASS, done.stderr
    shown = json.loads(done.stdout)
    return {Path(each["bundle"]).stem.removeprefix("demo_"): each | {"folder": folder} for each in shown}


def indicator(shown: dict[str, Any], identifier: str) -> dict[str, Any]:
    return next(each for each in shown["results"]["indicators"] if each["id"] == identifier)


def test_every_campaign_replays_to_identical_bytes_and_verifies(demo: dict[str, Any]) -> None:
    assert set(demo) >= {"s01", "s08", "s08_live"}
    assert all(each["identical"] and not each["defects"] for each in demo.values())


@pytest.mark.parametrize("name", ["p04", "s01", "s01_full", "s08_live"])
def test_every_trace_is_decoded_once_to_judge_it(demo: dict[str, Any], name: str) -> None:
    root = demo[name]["folder"] / demo[name]["bundle"]
    with counted() as decoded:
        assert replay(root).identical
    assert_once(decoded, root)


def test_the_census_finds_the_silent_terminal_and_the_one_registered_twice(demo: dict[str, Any]) -> None:
    nodes = indicator(demo["s01"], "s01.nodes")
    answered = next(each for each in nodes["other_readings"] if each["reading"] == "at-once")
    assert (nodes["verdict"], answered["verdict"], answered["estimate"]["value"]) == ("FAIL", "FAIL", 49)
    assert {"network.duplicate-rows", "network.silent-rows"} <= {each["code"] for each in nodes["remarks"]}


def test_the_census_names_every_terminal_that_was_planted_off_5g(demo: dict[str, Any]) -> None:
    nodes = indicator(demo["s01"], "s01.nodes")
    told = " ".join(each["text"]["en"] for each in nodes["remarks"] if each["code"] == "network.unproven")
    for number in (5, 9, 12, 31, 44):
        assert f"SIM-{number:03d}" in told
    assert nodes["estimate"]["value"] == 0, "fourteen seconds prove nothing about ten minutes"


def test_s01_runs_by_a_counter_signed_plan_with_a_challenge_an_instrument_and_a_reference(demo: dict[str, Any]) -> None:
    agreed = demo["s01"]["results"]["campaign"]["agreed"]
    assert agreed["plan"]["deviations"] == []
    assert len(agreed["plan"]["counter_signers"]) == 1
    assert [each["attempt"] for each in agreed["challenges"]] == [1]
    instrument = agreed["instruments"][0]
    assert (instrument["state"], instrument["check"]["within"]) == ("APPLICABLE", True)
    pages = Path(demo["s01"]["bundle"]).with_name("demo_s01.zh.html")
    assert "按封存的测试大纲进行" in (demo["s01"]["folder"] / pages).read_text("utf-8")


@pytest.mark.power("s01.nodes", "s01.latency", "s01.dropout", "s01.demos")
def test_simulated_records_of_full_length_pass_and_live_seconds_do_not(
    demo: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    names = request.node.get_closest_marker("power").args
    assert {name: indicator(demo["s01_full"], name)["verdict"] for name in names} == dict.fromkeys(names, "PASS")
    assert not any(indicator(demo["s01"], name)["verdict"] == "PASS" for name in names[:3])
    told = demo["s01_full"]["results"]["campaign"]
    assert {"s01.dropout/simulated", "s01.latency/simulated"} <= set(told["simulated"])
    assert not told["practice"]
    size = sum(path.stat().st_size for path in (demo["s01"]["folder"] / demo["s01_full"]["bundle"]).rglob("*"))
    assert size < 8 << 20


def test_a_result_over_loopback_says_that_it_proves_nothing_about_a_network(demo: dict[str, Any]) -> None:
    codes = {each["code"] for each in indicator(demo["s01"], "s01.latency")["remarks"]}
    assert "network.path-is-loopback" in codes


@pytest.mark.power("s08.dynamic.h", "s08.dynamic.v", "s08.static.h", "s08.static.v", "s08.domain")
def test_the_simulated_receivers_pass_every_accuracy_and_their_industry(
    demo: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    names = request.node.get_closest_marker("power").args
    assert {name: indicator(demo["s08"], name)["verdict"] for name in names} == dict.fromkeys(names, "PASS")


def test_receivers_that_talk_for_seconds_decide_nothing_and_the_missing_effort_is_said(demo: dict[str, Any]) -> None:
    for name in ("s08.static.h", "s08.dynamic.h"):
        found = indicator(demo["s08_live"], name)
        assert found["verdict"] == "INCONCLUSIVE"
        assert "effort.below" in {each["code"] for each in found["reasons"]}


def test_every_source_fed_by_a_simulator_is_labelled(demo: dict[str, Any]) -> None:
    assert "s01.latency/stamp" in demo["s01"]["results"]["campaign"]["simulated"]
    for name in ("s08", "s08_live"):
        assert {"s08.static.h/nmea", "s08.dynamic.h/nmea"} <= set(demo[name]["results"]["campaign"]["simulated"])


def test_the_chinese_reports_carry_the_charts_and_fetch_nothing(demo: dict[str, Any]) -> None:
    for shown in demo.values():
        zh = next(path for path in shown["reports"] if ".zh." in path)
        text = (shown["folder"] / zh).read_text(encoding="utf-8")
        assert "<svg" in text
        assert "模拟数据" in text
        assert not [word for word in ('src="http', 'href="http', "@import", "url(http") if word in text]


def test_the_results_and_figures_of_every_demonstration_are_valid_by_the_published_schemas(
    demo: dict[str, Any],
) -> None:
    for kind in ("results", "figures"):
        schema = json.loads((ROOT / f"docs/reference/{kind}.schema.json").read_text(encoding="utf-8"))
        for shown in demo.values():
            document = json.loads((shown["folder"] / shown["bundle"] / f"data/{kind}.json").read_bytes())
            jsonschema.Draft202012Validator(schema).validate(document)


def test_results_and_figures_read_and_written_again_are_the_same_bytes(demo: dict[str, Any]) -> None:
    for shown in demo.values():
        data = shown["folder"] / shown["bundle"] / "data"
        for name, read in (("results.json", read_results), ("figures.json", read_pictures)):
            content = (data / name).read_bytes()
            assert canonical_bytes(read(content).as_json()) == content


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_of_every_report_is_in_its_language(demo: dict[str, Any], lang: str) -> None:
    for name, shown in demo.items():
        page = next(path for path in shown["reports"] if f".{lang}." in path)
        assert leftovers((shown["folder"] / page).read_bytes(), lang, shown["folder"] / shown["bundle"]) == [], name
        assert keys(shown["folder"] / shown["bundle"], lang) == [], name


def test_a_second_demonstration_in_the_same_folder_is_refused(demo: dict[str, Any], capsys) -> None:
    out = demo["s01"]["folder"] / "out"
    assert main(["demo", "--out", str(out)]) == Exit.USAGE
    assert "Cure:" in capsys.readouterr().err


def test_packed_and_moved_the_bundle_still_replays(demo: dict[str, Any], tmp_path: Path, capsys) -> None:
    bundle = demo["s01"]["folder"] / demo["s01"]["bundle"]
    assert main(["pack", str(bundle), "--out", str(tmp_path / "moved.bundle.zip")]) == Exit.PASS
    capsys.readouterr()
    assert main(["replay", str(tmp_path / "moved.bundle.zip"), "--json", "--jobs", "2"]) == Exit.FAIL
    assert json.loads(capsys.readouterr().out)["identical"] is True
