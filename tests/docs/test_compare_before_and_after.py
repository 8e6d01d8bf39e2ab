# SPDX-License-Identifier: Apache-2.0
"""The page on before and after is carried out: its tables, its baseline, its comparison, its commands."""

import json
import re
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.cli import main
from harness.spec import find_scenario, parse_profile
from probes.change import WORDS
from probes.change.instrument import ORDERS, PRODUCTIVITY, UNIT_COST
from probes.change.rows import FIELDS

DOCS = Path(__file__).resolve().parents[2] / "docs/how-to"
TEXT = (DOCS / "compare-before-and-after.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
TABLES = re.findall(r"```csv\n(.*?)```", TEXT, re.DOTALL)
BASELINE, LATER, LEDGER = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = re.findall(r"^yanshou analyse (.+)$", TEXT, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for year, table in zip((2022, 2023), TABLES, strict=True):
        (tmp_path / f"lines-{year}.csv").write_text(table, encoding="utf-8")
    head = HEAD.replace("scenario: s01", "scenario: s06")
    (tmp_path / "baseline.yaml").write_text(head + BASELINE, encoding="utf-8")
    (tmp_path / "later.yaml").write_text(head + LATER, encoding="utf-8")
    return tmp_path


def test_the_baseline_is_sealed_and_the_comparison_passes_as_the_page_says(folder: Path) -> None:
    assert main(["run", "baseline.yaml"]) == 0
    assert main(["run", "later.yaml"]) == 3  # the register's indicators have no source here
    results = json.loads((folder / "later.bundle/data/results.json").read_text(encoding="utf-8"))
    found = {each["id"]: each for each in results["indicators"]}
    assert found["s06.cost"]["verdict"] == found["s06.efficiency"]["verdict"] == "PASS"
    told = [each["code"] for each in found["s06.cost"]["remarks"]]
    assert "change.observed" in told
    assert any(each.startswith("baseline.sealed") for each in told)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_gives_the_keys_of_the_page(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert folder
    assert main(["analyse", *command.split()]) == 0
    entry = json.loads(capsys.readouterr().out)["files"][0]
    explained = set(re.findall(r"`([a-z_]+)`", TEXT.partition("## 6")[2])) - {"value", "n"}
    assert explained == set(entry) - {"path"}


def test_the_ledger_example_is_a_profile_whose_settings_are_accepted(tmp_path: Path) -> None:
    for name in ("orders-2022", "sizes-2022", "orders-2023", "sizes-2023"):
        (tmp_path / f"{name}.csv").touch()
    text = HEAD.replace("scenario: s01", "scenario: s03") + LEDGER
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    Bindings(parse_profile(text.encode(), "site.yaml", find_scenario("s03").scenario), tmp_path / "site.yaml").check()


def test_every_heading_statistic_and_reason_of_the_page_exists() -> None:
    known = {heading for usual in FIELDS.values() for heading in usual}
    for row in re.findall(r"^\| .*（`[a-z]+`）.* \| (.+) \|$", TEXT, re.MULTILINE):
        for heading in re.split("[、；]", row):
            assert heading in known or heading.startswith("单元格写"), heading
    assert set(re.findall(r"（`([a-z]+)`）", TEXT.partition("## 2")[0])) == set(FIELDS)
    statistics = {*ORDERS.statistics, *UNIT_COST.statistics, *PRODUCTIVITY.statistics}
    assert (
        set(re.findall(r"^\| `([a-z-]+)` \|", TEXT.partition("## 4")[2].partition("## 5")[0], re.MULTILINE))
        == statistics
    )
    reasons = re.findall(r"（`([a-z-]+)`）", TEXT.partition("## 4")[2])
    assert len(reasons) == 8
    assert set(reasons) <= set(WORDS.entries)


def test_every_link_is_there() -> None:
    assert all((DOCS / target).exists() for target in re.findall(r"\]\(([^)#:]+)\)", TEXT))
