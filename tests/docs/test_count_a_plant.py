# SPDX-License-Identifier: Apache-2.0
"""The page on plants is carried out: its tables, its commands, its profiles."""

import json
import re
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.cli import main
from harness.spec import load_profile
from probes.plant.traces.assets import FIELDS

DOCS = Path(__file__).resolve().parents[2] / "docs/how-to"
TEXT = (DOCS / "count-a-plant.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
TABLES = dict(
    zip(("assets.csv", "events.csv", "alarms.csv"), re.findall(r"```csv\n(.*?)```", TEXT, re.DOTALL), strict=True)
)
PROFILES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = list(re.findall(r"^yanshou (.+)$", TEXT, re.MULTILINE))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "terminals.csv").write_text("终端序列号,自动驾驶等级\nSN-1,L3\n", encoding="utf-8")
    (tmp_path / "devices.csv").write_text("资产编号,名称\nG-1,网关\n", encoding="utf-8")
    (tmp_path / "sample.draw.jsonl").write_text("", encoding="utf-8")
    for name in ("platform.csv", "markers.csv"):
        (tmp_path / name).write_text("资产编号,显示时刻(ms),显示值\nA0001,1700000000000,1\n", encoding="utf-8")
    return tmp_path


def test_the_tables_give_the_figures_that_the_page_explains(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = next(each for each in COMMANDS if each.startswith("analyse assets"))
    assert main(command.split()) == 0
    found = json.loads(capsys.readouterr().out)["files"][0]
    assert (found["assets"], found["networked"], found["visualised"]) == (4, 3, 3)
    assert (found["key_assets"], found["covered"]) == (2, 2)
    assert found["alarm_delay_ms"] == {"p50": 1171, "p95": 1171, "max": 1171}
    explained = set(re.findall(r"`([a-z_0-9]+)`", TEXT.partition("## 6")[2].partition("`yanshou analyse sparkplug")[0]))
    assert set(found) - {"path"} <= explained


@pytest.mark.parametrize("profile", PROFILES)
def test_the_profiles_are_accepted(profile: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANSHOU_CODE", "0123456789abcdef")
    path = folder / "site.yaml"
    scenario = re.search(r"^  ([sp]\d\d)\.", profile, re.MULTILINE)
    assert scenario is not None
    path.write_text(HEAD.replace("scenario: s01", f"scenario: {scenario[1]}") + profile, encoding="utf-8")
    Bindings(load_profile(path), path).check()


def test_the_command_that_shows_codes_runs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANSHOU_CODE", "0123456789abcdef")
    monkeypatch.setattr("probes.plant.live.codes._EVERY_S", 0.01)
    command = next(each for each in COMMANDS if each.startswith("serve codes"))
    assert main(command.split()) == 0
    assert '"shown": 10' in capsys.readouterr().out


def test_every_heading_that_the_page_names_is_known() -> None:
    for line in re.findall(r"^\| .*（`(\w+)`） \| (.*) \|$", TEXT, re.MULTILINE):
        for heading in line[1].partition("；")[0].split("、"):
            assert heading.lower() in {each.lower() for each in FIELDS[line[0]]}, heading
