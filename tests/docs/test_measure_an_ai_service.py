# SPDX-License-Identifier: Apache-2.0
"""The page on measuring an AI service is carried out: its profiles, its campaign with two skins, its settings."""

import json
import re
from pathlib import Path

import pytest

from harness.cli import main
from probes.service.plans.settings import CallSettings, LoadSettings, SearchSettings
from probes.service.simulators.plans import EndpointPlan

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "how-to/measure-an-ai-service.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to/write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
REAL, SIMULATED = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
S05 = HEAD.replace("scenario: s01", "scenario: s05")


def test_the_profile_of_a_real_service_is_understood(tmp_path: Path) -> None:
    (tmp_path / "service.yaml").write_text(S05 + REAL, encoding="utf-8")
    (tmp_path / "solutions.csv").write_text("编号,名称,内容哈希,接口地址,模型名\n", encoding="utf-8")
    assert main(["plan", str(tmp_path / "service.yaml")]) == 0


def test_the_simulated_platform_runs_and_the_skins_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("service.yaml").write_text(S05 + SIMULATED, encoding="utf-8")
    assert main(["run", "service.yaml"]) == 1  # twelve solutions are no twenty
    results = json.loads(Path("service.bundle/data/results.json").read_text(encoding="utf-8"))
    found = {each["id"]: each for each in results["indicators"]}
    assert found["s05.solutions.called"]["verdict"] == "FAIL"
    assert float(found["s05.solutions.called"]["estimate"]["value"]) == 10
    assert "service.skins" in json.dumps(found["s05.solutions.called"])
    assert "service.no-requests" not in json.dumps(found["s05.service.errors"])
    assert main(["replay", "service.bundle"]) == 1


def test_settings_of_the_page_exist() -> None:
    for name in ("usage_in_chunks", "sessions", "apart"):
        assert name in TEXT
        assert name in LoadSettings.model_fields
    for name in ("rates", "risk"):
        assert name in TEXT
        assert name in SearchSettings.model_fields
    assert "draw" in CallSettings.model_fields
    assert {"skins", "entries", "cut"} <= EndpointPlan.model_fields.keys()
