# SPDX-License-Identifier: Apache-2.0
"""The example profiles are what a user copies: they load, their files fit them, and nothing in them belongs to a real party."""

import csv
import hashlib
import re
import shutil
from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from stdnum import imei
from stdnum.cn import uscc

import profiles
from harness.bindings import Bindings
from harness.campaign import run
from harness.errors import SpecError
from harness.model import Verdict
from harness.spec import load_profile

FOLDER = Path(profiles.__file__).parent
EXAMPLES = sorted(FOLDER.glob("*_example.yaml"))
DOCUMENTATION = [ip_network("192.0.2.0/24"), ip_network("198.51.100.0/24"), ip_network("203.0.113.0/24")]
"""RFC 5737."""
DOCUMENTATION_MAC = "00:00:5e:00:53:"
"""RFC 9542 section 2.1.2."""
TEST_IMEI = "00101"
"""Type allocation codes that begin so are for test equipment."""


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_two_scenarios_with_probes_have_an_example() -> None:
    assert [path.name for path in EXAMPLES] == ["s01_example.yaml", "s08_example.yaml"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda each: each.stem)
def test_an_example_loads_and_its_probes_accept_every_setting(path: Path) -> None:
    profile = load_profile(path)
    assert profile.scenario.id == path.stem.removesuffix("_example")
    Bindings(profile, path).check()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda each: each.stem)
def test_companies_are_invented_and_have_valid_codes(path: Path) -> None:
    project = load_profile(path).project
    for company in (project.applicant, *project.members):
        assert company.name.startswith("示例企业")
        assert uscc.is_valid(company.uscc)


def test_example_codes_are_all_different_companies() -> None:
    found = {row["统一社会信用代码"]: row["企业名称"] for row in rows("demos.csv")}
    for path in EXAMPLES:
        project = load_profile(path).project
        found |= {each.uscc: each.name for each in (project.applicant, *project.members)}
    assert len(set(found.values())) == len(found)


def test_terminals_of_the_example_are_enough_and_belong_to_nobody() -> None:
    terminals = rows("nodes.csv")
    assert list(terminals[0]) == ["asset_id", "name", "address", "imei", "mac", "port"]
    assert len(terminals) >= 50
    for row in terminals:
        assert any(ip_address(row["address"]) in network for network in DOCUMENTATION)
        assert row["mac"].startswith(DOCUMENTATION_MAC)
        assert row["imei"].startswith(TEST_IMEI)
        assert imei.is_valid(row["imei"])
    for column in ("asset_id", "address", "imei", "mac"):
        assert len({row[column] for row in terminals}) == len(terminals), column


def test_the_demonstrations_have_their_documents_unchanged_inside_the_period() -> None:
    project = load_profile(FOLDER / "s01_example.yaml").project
    listed = rows("demos.csv")
    assert len(listed) >= 5
    for row in listed:
        content = (FOLDER / "documents" / row["合同文件"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["合同SHA256"]
        assert row["统一社会信用代码"] in content.decode()
        assert row["示范应用名称"] in content.decode()
        assert uscc.is_valid(row["统一社会信用代码"])
        assert row["企业名称"].startswith("示例企业")
        assert project.start <= date.fromisoformat(row["合同签订日期"]) <= project.end
    assert {path.name for path in (FOLDER / "documents").iterdir()} == {row["合同文件"] for row in listed}


def test_the_example_tightens_and_never_relaxes() -> None:
    example = load_profile(FOLDER / "s01_example.yaml")
    assert str(example.criterion("s01.latency").limit) == "<= 1.8 ms"
    assert str(example.criterion("s01.nodes").limit) == ">= 50 台套"
    loss = example.scenario.indicator("s01.loss")
    assert loss.mandatory, "a limit makes it mandatory"


def test_a_relaxed_copy_of_the_example_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "relaxed.yaml"
    text = (FOLDER / "s01_example.yaml").read_text(encoding="utf-8")
    copy.write_text(text.replace('"<= 1.8 ms"', '"<= 3 ms"'), encoding="utf-8")
    with pytest.raises(SpecError, match="relaxes the government's limit"):
        load_profile(copy)


def test_the_receiver_example_runs_and_says_that_two_minutes_decide_nothing(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(FOLDER, site, ignore=shutil.ignore_patterns("__pycache__"))
    profile = site / "s08_example.yaml"
    unsigned = re.sub(r"^signing:.*$", "", profile.read_text(encoding="utf-8"), flags=re.MULTILINE)
    profile.write_text(unsigned, encoding="utf-8")
    results = run(profile, tmp_path / "out").evaluation.results
    assert results["verdict"] == Verdict.INCONCLUSIVE
    judged = {each["id"]: each for each in results["indicators"]}
    for identifier in ("s08.dynamic.h", "s08.dynamic.v", "s08.static.h", "s08.static.v"):
        found = judged[identifier]
        told = [each["code"] for each in found["reasons"]]
        assert set(told) == {"effort.below", "gnss.one-session"}, "one start, some minutes"
        assert found["need"]["seconds"] > 20 * 3600, "sixteen sessions, 90 minutes apart, or eighty"
        assert found["estimate"]["value"] > 0
        others = {each["reading"]: each["verdict"] for each in found["other_readings"]}
        assert set(others) | {found["reading"]["name"]} >= {"rms", "rms-window", "p95", "iso17123"}
        assert set(others.values()) == {Verdict.INCONCLUSIVE}
    assert judged["s08.fix-rate"]["estimate"]["value"] == 1


def test_the_demonstrations_of_the_factory_example_are_all_accepted(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(FOLDER, site, ignore=shutil.ignore_patterns("__pycache__"))
    profile = site / "s01_example.yaml"
    before, _, _ = profile.read_text(encoding="utf-8").partition("sources:")
    profile.write_text(
        f"{before}sources:\n  s01.demos: {{register: demos.csv, documents: documents}}\n", encoding="utf-8"
    )
    results = run(profile, tmp_path / "out").evaluation.results
    (demos,) = [each for each in results["indicators"] if each["id"] == "s01.demos"]
    assert demos["verdict"] == Verdict.PASS
    assert demos["estimate"]["value"] == len(rows("demos.csv"))
    accepted, rejected = ({each["key"]: each for each in demos["listings"]}[key] for key in ("accepted", "rejected"))
    assert rejected["rows"] == []
    flags = [each["key"] for each in accepted["columns"]].index("flags")
    assert all(not row[flags] for row in accepted["rows"])
