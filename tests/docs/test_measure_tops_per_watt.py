# SPDX-License-Identifier: Apache-2.0
"""The page on TOPS per watt is carried out: its profiles on a simulated bench and a simulated centre, its meters' settings."""

import json
import re
from pathlib import Path

import pytest
import yaml

from harness.cli import main
from probes.compute.plans.meters import PowerSettings
from probes.compute.simulators.centre import files as centre
from probes.compute.simulators.rig import calls_table, power_table
from tests.probes.compute import made

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "how-to/measure-tops-per-watt.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to/write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
BENCH, CENTRE = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
WAYS = re.findall(r"`((?:scpi|dlt645|modbus|hwmon|rapl|nvml): \{.*?\})`", TEXT)


def verdicts(folder: Path) -> dict[str, str]:
    results = json.loads((folder / "site.bundle/data/results.json").read_text(encoding="utf-8"))
    return {each["id"]: each["verdict"] for each in results["indicators"]}


def test_the_profile_of_a_bench_passes_on_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bench = made.bench()
    (tmp_path / "power.csv").write_bytes(power_table(bench))
    for number, calls in enumerate(bench.calls, start=1):
        (tmp_path / f"run{number}.csv").write_bytes(calls_table(calls))
    (tmp_path / "site.yaml").write_text(HEAD.replace("scenario: s01", "scenario: s07") + BENCH, encoding="utf-8")
    assert main(["run", "site.yaml"]) == 3  # the registers have no source here
    found = verdicts(tmp_path)
    assert (found["s07.tops"], found["s07.efficiency"]) == ("PASS", "PASS")


def test_the_profile_of_a_centre_passes_on_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with centre({"folder": "."}, tmp_path):
        head = HEAD.replace("scenario: s01", "scenario: p01") + "applies: [new-build]\n"
        (tmp_path / "site.yaml").write_text(head + CENTRE, encoding="utf-8")
        assert main(["run", "site.yaml"]) == 0
    assert verdicts(tmp_path)["p01.pue.new"] == "PASS"


def test_every_meter_of_the_page_is_a_setting() -> None:
    assert len(WAYS) == 6
    for way in WAYS:
        PowerSettings.parse({"terminal": "T", "plane": "board", "duration": "1 min", **yaml.safe_load(way)})


def test_every_key_of_the_contract_is_explained() -> None:
    page = (DOCS / "reference/analyse-power.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([a-z_]+)`", page))
    assert {*made.KEYS, *made.WINDOW} <= explained
