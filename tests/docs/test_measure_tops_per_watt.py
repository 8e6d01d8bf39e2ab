# SPDX-License-Identifier: Apache-2.0
"""The page on TOPS per watt is carried out: its profiles on a simulated bench and a simulated centre, its meters' settings."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cli import main
from harness.kit.lines import session_of
from probes.compute.plans.meters import PowerSettings
from probes.compute.simulators.analyser import analyser
from probes.compute.simulators.centre import files as centre
from probes.compute.simulators.rig import calls_table, power_table
from probes.compute.traces.recorded import POWER, power_of
from tests.docs.test_every_page import NOT_EXECUTED
from tests.docs.test_pages_run import served
from tests.probes.compute import made
from tests.probes.compute.conftest import free_port
from tests.probes.compute.live.test_meters import MODBUS, answering, meter_of_frames, modbus, wire
from tests.waiting import living

__all__ = ["free_port"]
DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "how-to/measure-tops-per-watt.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to/write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
BENCH, CENTRE = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
LINE = "\n    "
WAYS = re.findall(r"`((?:scpi|dlt645|modbus|hwmon|rapl|nvml): \{.*?\})`", TEXT)


def results(folder: Path) -> dict[str, Any]:
    told = json.loads((folder / "site.bundle/data/results.json").read_text(encoding="utf-8"))
    return {each["id"]: each for each in told["indicators"]}


def verdicts(folder: Path) -> dict[str, str]:
    return {name: each["verdict"] for name, each in results(folder).items()}


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
    assert {each.partition(":")[0] for each in WAYS} == {"scpi", "dlt645", "modbus", "hwmon", "rapl", "nvml"}
    for way in WAYS:
        PowerSettings.parse({"terminal": "T", "plane": "board", "duration": "1 min", **yaml.safe_load(way)})


@pytest.fixture
def meters(
    peer: Callable[[str], str], shared_data: Callable[..., Path], free_port: int, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """The page's meters, but for that of a graphics card, each answering: the address on the page -> the one here."""
    told = json.loads(shared_data("compute", "dlt645", "frames.json").read_text())["constructed"]
    power = next(each for each in told if each["di"] == "02030000")
    question, reply = bytes.fromhex(power["request"]).lstrip(b"\xfe"), bytes.fromhex(power["reply"])
    trees = {"hwmon3": {"name": "ina226", "power1_input": "5250000"}}
    trees["intel-rapl:0"] = {"energy_uj": "100", "max_energy_range_uj": "262143328850"}
    for folder, files in trees.items():
        (tmp_path / folder).mkdir()
        for name, text in files.items():
            (tmp_path / folder / name).write_text(f"{text}\n")
    with (
        analyser({}, tmp_path) as scpi,
        wire(peer, tmp_path) as (far, near),
        meter_of_frames(far, {question: reply}),
        living([sys.executable, "-c", MODBUS, "tcp", str(free_port)], stderr=subprocess.DEVNULL) as child,
    ):
        try:
            answering(tmp_path, modbus={"tcp": f"127.0.0.1:{free_port}", **modbus(16)})
            yield {
                "192.0.2.7:5025": scpi["scpi"]["tcp"],
                'serial: /dev/ttyUSB0, address: "161"': f'serial: {near}, address: "161", parity: none',
                "192.0.2.7:502": f"127.0.0.1:{free_port}",
                "/sys/class/hwmon/hwmon3": "hwmon3",
                "/sys/class/powercap/intel-rapl:0": "intel-rapl:0",
            }
        finally:
            child.kill()


def said(start: str) -> str:
    """What the page sets as code and begins so."""
    (found,) = re.findall(rf"`({start}.*?)`", TEXT)
    return str(found)


def test_the_meters_of_the_page_are_asked_while_a_sweep_runs_beside_a_clock_and_a_terminal_that_says_its_number(
    meters: dict[str, str], free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vin.sh").write_text("#!/bin/sh\necho LSVAU2180N2183294\n")
    (tmp_path / "vin.sh").chmod(0o755)
    ways = [each for each in WAYS if each != NOT_EXECUTED["measure-tops-per-watt"].piece]
    assert len(ways) == len(WAYS) - 1
    for there, here in meters.items():
        assert sum(there in each for each in ways) == 1, there
        ways = [each.replace(there, here) for each in ways]
    place = f"127.0.0.1:{free_port}"
    clock, cpus = said("clock: ").replace("192.0.2.9:123", place), said("cpus: ").replace("1", "0")
    same = f"probe: compute.power, terminal: LSVAU2180N2183294, plane: platform-input, duration: 2 s, {clock}, {cpus}"
    checks = "".join(f"      - {{{same}, role: check, {each}}}\n" for each in ways[1:])
    runs = "workload: ssd-resnet50, precision: int8, sparsity: dense, runs: 1, duration: 1 s, pause: 200 ms"
    text = BENCH[: BENCH.index("sources:")] + (
        f"practice: true\nsources:\n  s07.tops: {{probe: compute.run, terminal: LSVAU2180N2183294, {said('identify: ')}, "
        f"{said('sweep: ')}, {runs}}}\n  s07.efficiency:\n    {same.replace(', ', LINE)}\n    {ways[0]}\n"
        f"    evidence:\n      - s07.tops\n{checks}"
    )
    (tmp_path / "site.yaml").write_text(HEAD.replace("scenario: s01", "scenario: s07") + text, encoding="utf-8")
    with served(said("yanshou serve clock ").replace("0.0.0.0:11123", place).split()[1:], "clock"):
        assert main(["run", "site.yaml"]) == 3
    found = results(tmp_path)["s07.efficiency"]
    assert found["verdict"] == "INCONCLUSIVE", "a sweep is no workload, and these meters name no certificate"
    traces = [each.read_bytes() for each in (tmp_path / "site.bundle/data/traces/s07.efficiency").glob("*/*.jsonl")]
    assert all(b'"clock":"before"' in each and b'"clock":"after"' in each for each in traces)
    logs = [power_of(session_of(iter(each.splitlines()), POWER)) for each in traces]
    means = {log.facts["identity"].split()[0]: log.watts.mean() for log in logs if log.joules is None}
    known = {"YOKOGAWA,WT333E,SIMULATED,F1.03": 30, "DL/T": 25.2, "Modbus": 220.125, "hwmon": 5.25}
    assert means == pytest.approx(known, rel=0.01)
    assert [len(log.joules) > 1 for log in logs if log.joules is not None] == [True]
    assert b'"ids":["LSVAU2180N2183294"' in (tmp_path / "site.bundle/data/journal.jsonl").read_bytes()


def test_every_key_of_the_contract_is_explained() -> None:
    page = (DOCS / "reference/analyse-power.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([a-z_]+)`", page))
    assert {*made.KEYS, *made.WINDOW} <= explained
