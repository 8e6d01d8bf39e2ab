# SPDX-License-Identifier: Apache-2.0
"""The page on auditing a chain is carried out: its profiles, its campaign with a node on a fork, its settings."""

import json
import re
from pathlib import Path

import pytest

from harness.cli import main
from probes.chain.plans.settings import ChainSettings
from probes.chain.simulators.plans import NetworkSettings

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "how-to/audit-a-chain.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to/write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
REAL, NAMED, SIMULATED = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
S09 = HEAD.replace("scenario: s01", "scenario: s09")


@pytest.mark.parametrize("sources", [REAL, NAMED])
def test_the_profile_of_a_real_chain_is_understood(sources: str, tmp_path: Path) -> None:
    (tmp_path / "chain.yaml").write_text(S09 + sources, encoding="utf-8")
    (tmp_path / "reader.pem").touch()
    assert main(["plan", str(tmp_path / "chain.yaml")]) == 0


def test_the_simulated_chain_runs_and_the_fork_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chain.yaml").write_text(S09 + SIMULATED, encoding="utf-8")
    assert main(["run", "chain.yaml"]) == 1  # two hundred records are no hundred thousand, and one node is on a fork
    results = json.loads(Path("chain.bundle/data/results.json").read_text(encoding="utf-8"))
    found = {each["id"]: each for each in results["indicators"]}
    assert found["s09.nodes"]["verdict"] == "FAIL"
    assert "chain.struck-forked" in json.dumps(found["s09.nodes"])
    assert found["s09.sm"]["verdict"] == "PASS"
    assert main(["replay", "chain.bundle"]) == 1


def test_settings_of_the_page_exist() -> None:
    for name in ("first", "last", "contracts", "receipts", "batch", "pause", "timeout", "originals", "draw"):
        assert f"`{name}" in TEXT
        assert name in ChainSettings.model_fields
    assert "forked" in NetworkSettings.model_fields
