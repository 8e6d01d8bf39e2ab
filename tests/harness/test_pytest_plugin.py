# SPDX-License-Identifier: Apache-2.0
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml, Properties

from harness.campaign import run
from harness.evidence.pack import pack


@pytest.fixture
def project(case: Path, tmp_path: Path) -> Path:
    """A folder of a user's own with a bundle folder, the same packed, and a scenario file."""
    folder = tmp_path / "project"
    root = run(case, folder).root
    pack(root, folder / "packed.bundle.zip")
    shutil.copy(case.parent / "case.scenario.yaml", folder)
    return folder


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "-rA", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_bundles_and_scenarios_collect_one_item_an_indicator(project: Path) -> None:
    out = pytest_in(project, "--collect-only", "-q").stdout
    assert "case.bundle::t01.adopters" in out
    assert "packed.bundle.zip::evidence" in out
    assert "case.scenario.yaml::t01.unmeasured" in out
    assert "11 tests collected" in out


def test_an_undecided_verdict_is_an_outcome_of_its_own(project: Path) -> None:
    done = pytest_in(project, "case.bundle")
    assert "1 not_tested" in done.stdout
    assert "2 passed" in done.stdout
    assert "1 failed" in done.stdout


@pytest.mark.parametrize(("choice", "words"), [("fail", "2 failed"), ("skip", "1 skipped")])
def test_the_user_says_how_an_undecided_verdict_counts(project: Path, choice: str, words: str) -> None:
    assert words in pytest_in(project, "case.bundle", f"--inconclusive={choice}").stdout


def test_junit_carries_value_bounds_and_unit(project: Path) -> None:
    pytest_in(project, "case.bundle", "--junit-xml=out.xml")
    cases = [test for suite in JUnitXml.fromfile(str(project / "out.xml")) for test in suite]
    passed = next(test for test in cases if test.name == "t01.adopters")
    properties = {each.name: each.value for each in passed.child(Properties)}
    assert properties["yanshou.verdict"] == "PASS"
    assert (properties["yanshou.value"], properties["yanshou.lower"], properties["yanshou.unit"]) == ("5", "5", "家")


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
