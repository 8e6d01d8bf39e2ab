# SPDX-License-Identifier: Apache-2.0
"""The tool validates itself on the user's machine: known truths, a signed record, and a wrong case is told and fails."""

import base64
import json
import subprocess
import tomllib
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest

from harness import installed
from harness.evidence.dsse import pre_authentication
from harness.evidence.keys import generate
from harness.kit.validation import Case, agrees
from harness.kit.validation.readings import Evidence, answered
from harness.spec.scenario import installed_scenarios
from tests.docs.test_every_page import commands
from tests.docs.test_pages_run import PAGE

Say = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("found", "expected", "tolerance", "good"),
    [
        (1.0, 1, {}, True),
        (1, 1.0000001, {}, False),
        (1.0, 1.0000001, {"relative": 1e-6}, True),
        (1.0, 1.1, {"absolute": 0.2}, True),
        (Fraction(1, 3), 1 / 3, {"relative": 1e-15}, True),
        (float("nan"), float("nan"), {"absolute": 9}, False),
        (None, 0, {}, False),
        (True, 1, {}, False),
        ("PASS", "PASS", {}, True),
        ("PASS", "FAIL", {"absolute": 9}, False),
        ([1, 2], (1, 2), {}, True),
        ([1], [1, 2], {}, False),
        ({"a": 1.0}, {"a": 1.1}, {"absolute": 0.2}, True),
        ({"a": 1, "b": 2}, {"a": 1}, {}, False),
    ],
)
def test_found_and_expected_are_compared_as_said(found, expected, tolerance, good) -> None:
    assert agrees(found, expected, **tolerance) is good


def test_there_are_three_hundred_cases_and_every_one_says_whose_truth_it_is() -> None:
    cases = [
        (name, case)
        for name in installed.names("yanshou.validations")
        for case in installed.load("yanshou.validations", name)()
    ]
    assert len(cases) >= 300
    assert len({(name, case.name) for name, case in cases}) == len(cases)
    assert all(case.source for _, case in cases)
    assert {"statistics", "decisions", "signatures", "network", "gnss"} <= {name for name, _ in cases}


def test_every_domain_gives_cases_and_all_of_them_come_out() -> None:
    text = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = text["project"]["entry-points"]["yanshou.validations"]
    domains = {each.parent.name for each in (ROOT / "probes").glob("*/__init__.py")}
    assert domains - listed.keys() == set()
    for domain in ("plant", "change", "register", "bim", "chain"):
        module = import_module(f"probes.{domain}.validation")
        wrong = [
            each.name for each in module.cases() if not agrees(each.run(), each.expected, each.relative, each.absolute)
        ]
        assert wrong == []


WITHOUT = {
    "bim.components", "change.orders", "change.productivity", "change.unit-cost", "compute.efficiency", "compute.pue",
    "compute.tops", "compute.utilisation", "gnss.age", "gnss.availability", "gnss.fix-rate", "gnss.gaps",
    "gnss.horizontal", "gnss.refix", "gnss.timing", "gnss.ttff", "gnss.vertical", "health.delay", "health.exchange",
    "immersive.frame-time", "immersive.interactive", "immersive.live", "immersive.motion-to-photon",
    "immersive.points", "immersive.stutter", "network.availability", "network.dropout", "network.ipv6", "network.kpi",
    "network.loop", "network.loss", "network.mobility", "network.nodes", "network.owd", "network.rtt", "plant.alarm",
    "plant.devices", "plant.networked", "plant.terminals", "plant.visualised", "register.attested", "register.cloud",
    "register.identifiers", "register.resolutions", "service.availability", "service.callable", "service.capacity",
    "service.errors", "service.goodput", "service.itl", "service.resolvable", "service.tokens", "service.ttft",
}  # fmt: skip
"""Measurands of scenarios that no case asks as their readings do: their domains' cases look at parts of the way. None is to be added."""


def every_case() -> list[Case]:
    return [
        case
        for name in installed.names("yanshou.validations")
        for case in installed.load("yanshou.validations", name)()
    ]


def test_every_question_of_the_blockchain_scenario_and_every_measurand_of_the_others_has_a_case_that_asks_it() -> None:
    asked = {each.reading for each in every_case()} - {""}
    readings = {
        f"{indicator.id}/{reading.name}": reading.measurand
        for file in installed_scenarios()
        for indicator in file.scenario.indicators
        for reading in indicator.readings
    }
    assert asked <= readings.keys()
    assert {name for name in readings if name.startswith("s09.")} - asked == set()
    assert {*readings.values()} - {readings[name] for name in asked} == WITHOUT


def test_a_case_of_a_reading_runs_what_the_reading_names(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set[str]()
    plain = installed.resolve
    monkeypatch.setattr("harness.installed.resolve", lambda name: (seen.add(name), plain(name))[1])
    readings = {
        f"{indicator.id}/{reading.name}": reading
        for file in installed_scenarios()
        for indicator in file.scenario.indicators
        for reading in indicator.readings
    }
    for name in sorted({each.reading for each in every_case()} - {""}):
        first = next(each for each in every_case() if each.reading == name)
        seen.clear()
        first.run()
        measurand = installed.measurand(readings[name].measurand)
        assert measurand is not None
        assert {measurand.view, measurand.statistics[readings[name].statistic]} <= seen, name


def test_a_reading_that_no_scenario_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no scenario has the reading"):
        answered("s09.nodes/none", lambda _folder: Evidence("chain.nodes", b"", {}))


def test_the_record_of_the_pages_command_is_signed_and_openssl_agrees(
    says: Say, tmp_path: Path, peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(tmp_path / "lab")
    (command,) = (words for words in commands(PAGE["validate-the-software"]) if words[0] == "doctor")
    monkeypatch.chdir(tmp_path)
    code, out, _ = says(*command, "--json")
    told = json.loads(out)
    (record,) = (tmp_path / "records").glob("yanshou-validation-*.json")
    assert (code, told["counts"]["bad"], [each for each in told["cases"] if each["state"] == "bad"]) == (0, 0, [])
    envelope = json.loads(record.read_bytes())
    payload = base64.b64decode(envelope["payload"])
    content = json.loads(payload)["predicate"]
    assert {"expected", "found", "relative", "absolute", "state"} <= content["cases"][0].keys()
    assert len(content["software"]["sha256"]) == 64
    (tmp_path / "pae").write_bytes(pre_authentication(payload))
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    asked = [peer("openssl"), "pkeyutl", "-verify", "-pubin", "-inkey", "lab.ed25519.pub.pem", "-rawin", "-in", "pae", "-sigfile", "sig"]  # fmt: skip
    assert subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    pages = sorted(each.name for each in record.parent.glob("*.html"))
    assert pages == [f"{record.stem}.en.html", f"{record.stem}.zh.html"]


def test_a_case_that_does_not_come_out_fails_and_one_that_cannot_run_says_why(
    says: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> object:
        raise ImportError("no such library here")

    def crash() -> object:
        raise ZeroDivisionError("nothing left")

    cases = [
        Case("wrong", "constructed", lambda: 2, 3),
        Case("absent", "constructed", broken, 1),
        Case("crash", "constructed", crash, 1),
    ]
    monkeypatch.setattr("harness.validating.record.installed.names", lambda _group: ["ours"])
    monkeypatch.setattr("harness.validating.record.installed.load", lambda _group, _name: lambda: cases)
    monkeypatch.setattr(
        "harness.validating.record.software", lambda: {"name": "yanshou", "version": "0", "sha256": "0" * 64}
    )
    monkeypatch.setattr("harness.validating.commands.pages", lambda *_given: [])
    code, out, _ = says("doctor", "--validate", "--out", tmp_path / "r.json", "--json")
    told = json.loads(out)
    assert (code, told["counts"]) == (5, {"good": 0, "bad": 2, "cannot-run": 1})
    assert [each["why"] for each in told["cases"]] == ["", "no such library here", "ZeroDivisionError: nothing left"]
