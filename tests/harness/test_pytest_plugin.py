# SPDX-License-Identifier: Apache-2.0
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from junitparser import JUnitXml, Properties

from harness.campaign import run
from harness.console.expect import read_expected
from harness.errors import SpecError
from harness.evidence.pack import pack


@pytest.fixture(scope="module")
def made(new_case: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that every test has a copy of."""
    above = tmp_path_factory.mktemp("made")
    case = new_case(above / "site")
    root = run(case, above / "project").root
    pack(root, above / "project" / "packed.bundle.zip")
    shutil.copy(case.parent / "case.scenario.yaml", above / "project")
    return above / "project"


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A folder of a user's own with a bundle folder, the same packed, and a scenario file."""
    return Path(shutil.copytree(made, tmp_path / "project"))


def pytest_in(folder: Path, *arguments: str, only_ours: bool = True) -> subprocess.CompletedProcess[str]:
    """A pytest of the user's; with no other plug-ins, which would take longer to load than ours to speak."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments]
    more = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "harness.pytest_plugin"} if only_ours else {}
    env = {**os.environ, **more}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_bundles_and_scenarios_collect_one_item_an_indicator_beside_other_plug_ins(project: Path) -> None:
    out = pytest_in(project, "--collect-only", "-q", "-p", "no:randomly", only_ours=False).stdout
    assert "case.bundle::t01.adopters" in out
    assert "packed.bundle.zip::evidence" in out
    assert "case.scenario.yaml::t01.unmeasured" in out
    assert "11 tests collected" in out


def test_only_what_is_proven_is_green(project: Path, case: Path, edit) -> None:
    done = pytest_in(project, "case.bundle")
    assert "2 passed, 1 skipped" in done.stdout.replace("1 failed, ", "")
    assert "NOT_TESTED" in done.stdout
    assert done.returncode == 1


def test_a_mandatory_indicator_that_is_undecided_is_red(case: Path, tmp_path: Path) -> None:
    scenario = case.parent / "case.scenario.yaml"
    scenario.write_text(
        scenario.read_text(encoding="utf-8").replace("mandatory: false", 'mandatory: true\n    limit: ">= 1"'), "utf-8"
    )
    run(case, tmp_path / "out")
    done = pytest_in(tmp_path / "out", "case.bundle", "-k", "unmeasured", "--junit-xml=out.xml")
    assert done.returncode == 1
    assert "1 failed" in done.stdout
    assert "NOT_TESTED" in done.stdout
    suite = next(iter(JUnitXml.fromfile(str(tmp_path / "out" / "out.xml"))))
    assert suite.failures == 1


@pytest.mark.parametrize(("choice", "words"), [("fail", "2 failed"), ("skip", "1 failed, 2 passed, 1 skipped")])
def test_the_user_says_how_an_undecided_verdict_counts(project: Path, choice: str, words: str) -> None:
    assert words in pytest_in(project, "case.bundle", f"--inconclusive={choice}").stdout


def test_junit_carries_clause_limit_value_bounds_unit_and_flags(project: Path) -> None:
    pytest_in(project, "case.bundle", "--junit-xml=out.xml")
    cases = [test for suite in JUnitXml.fromfile(str(project / "out.xml")) for test in suite]
    passed = next(test for test in cases if test.name == "t01.adopters")
    properties = {each.name: each.value for each in passed.child(Properties)}
    assert properties["yanshou.verdict"] == "PASS"
    assert (properties["yanshou.value"], properties["yanshou.lower"], properties["yanshou.unit"]) == ("5", "5", "家")
    assert (properties["yanshou.limit"], properties["yanshou.criterion"]) == ("3", ">= 3 家")
    assert properties["yanshou.clause"] == "在不少于 3 家企业应用推广"
    assert properties["yanshou.published"] == "false"
    assert "None" not in properties.values()


EXPECT = """\
schema: yanshou.expect/1
bundles:
  case.bundle:
    verdict: FAIL
    indicators:
      t01.adopters: PASS
      t01.others: {verdict: FAIL, reason: decide.violation-proven}
      t01.unmeasured: NOT_TESTED
"""


def test_a_recorded_fail_that_is_expected_is_a_passing_test(project: Path) -> None:
    (project / "expect.yaml").write_text(EXPECT, encoding="utf-8")
    done = pytest_in(project, "case.bundle", "expect.yaml")
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_what_is_expected_must_come_out_exactly(project: Path) -> None:
    wrong = (
        ("t01.adopters: PASS", "t01.adopters: FAIL", "FAIL was expected, it is PASS"),
        ("verdict: FAIL\n    ind", "verdict: PASS\n    ind", "PASS was expected of the scenario, it is FAIL"),
        ("t01.unmeasured: N", "t01.unknown: N", "the bundle has no such indicator"),
        ("decide.violation-proven", "decide.undecided", "decide.undecided was expected among the reasons"),
    )
    text = EXPECT
    for old, new, _said in wrong:
        assert old in text
        text = text.replace(old, new)
    (project / "expect.yaml").write_text(text, encoding="utf-8")
    done = pytest_in(project, "case.bundle")
    assert done.returncode == 1
    assert [said for _old, _new, said in wrong if said not in done.stdout] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("case.bundle", "cas.bundle", "expect.yaml:3:3: bundles.cas.bundle: there is no such bundle"),
        ("others: {verdict: FAIL", "others: {verdict: FAILED", "expect.yaml:7:29"),
        ("reason:", "reasn:", "did you mean reason?"),
        ("yanshou.expect/1", "yanshou.expect/2", "expect.yaml:1:9"),
    ],
)
def test_an_expectation_that_tests_nothing_is_an_error_with_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    (tmp_path / "case.bundle").mkdir()
    (tmp_path / "expect.yaml").write_text(EXPECT.replace(old, new), encoding="utf-8")
    with pytest.raises(SpecError, match=re.escape(said)):
        read_expected(tmp_path / "expect.yaml")


def test_a_file_of_expectations_that_is_wrong_is_a_collection_error(project: Path) -> None:
    (project / "expect.yaml").write_text(EXPECT.replace("reason:", "reasn:"), encoding="utf-8")
    done = pytest_in(project, "expect.yaml")
    assert done.returncode == 2
    assert "did you mean reason?" in done.stdout


def test_a_tampered_bundle_fails_its_evidence_item(project: Path) -> None:
    results = project / "case.bundle" / "data" / "results.json"
    results.write_bytes(results.read_bytes().replace(b'"verdict":"FAIL"', b'"verdict":"PASS"'))
    done = pytest_in(project, "case.bundle")
    assert "evidence" in done.stdout.split("short test summary")[1]
    assert "results.json" in done.stdout


def test_integrity_is_enough_and_the_signer_is_told(project: Path) -> None:
    done = pytest_in(project, "case.bundle", "--junit-xml=out.xml")
    assert "who signed is unchecked" in done.stdout
    assert "yanshou.signers" in (project / "out.xml").read_text(encoding="utf-8")


def test_a_scenario_that_does_not_load_is_a_collection_error_with_its_place(project: Path) -> None:
    path = project / "case.scenario.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('limit: ">= 3 家"', 'limit: ">= 3 xx"'), encoding="utf-8")
    done = pytest_in(project, "case.scenario.yaml")
    assert done.returncode == 2
    assert "case.scenario.yaml:12:" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_summary_is_in_the_language_of_the_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANSHOU_LANG", "zh")
    out = pytest_in(project, "case.bundle").stdout
    assert "已证明不满足限值" in out or "测得值" in out
    assert "以 yanshou verify --key 核对" in out
    assert "proven not to meet" not in out
    (project / "expect.yaml").write_text(
        "schema: yanshou.expect/1\nbundles:\n  case.bundle:\n    indicators: {t01.adopters: FAIL}\n", encoding="utf-8"
    )
    assert "t01.adopters：应为 FAIL，现为 PASS" in pytest_in(project, "case.bundle").stdout
