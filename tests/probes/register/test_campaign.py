# SPDX-License-Identifier: Apache-2.0
"""Registers in a whole campaign: recorded, sealed, judged and replayed by the engine."""

import json
import shutil
from pathlib import Path

import pytest

from harness.campaign import run
from harness.evidence.bundle import Bundle
from harness.evidence.verify import verify
from harness.plugins import Asked, Trace
from harness.replay import replay
from harness.testing import check_probe
from probes.register.instruments.organisations import PROBE

PROFILE = """\
schema: yanshou.profile/1
scenario: s03
project:
  name: 城市数字公共基础设施
  applicant: {{name: 申报单位, uscc: {applicant}}}
  members: [{{name: 成员单位, uscc: {member}}}]
  period: {{start: 2023-05-04, end: 2024-05-03}}
  site: 武汉
test: {{kind: self-check, organisation: 申报单位, operator: 张三, environment: {{}}}}
sources:
  s03.adopters: {{register: {form}}}
  s03.adopters.wuhan: {{evidence: [s03.adopters]}}
"""
OUTSIDER = "91110108551385082Q"


def campaign(folder: Path, out: Path, form: str, applicant: str = OUTSIDER, member: str = OUTSIDER) -> Bundle:
    (folder / "site.yaml").write_text(PROFILE.format(form=form, applicant=applicant, member=member), "utf-8")
    return Bundle.open(run(folder / "site.yaml", out).root)


def said(bundle: Bundle) -> dict[str, tuple[str, int]]:
    found = json.loads(bundle.results_path.read_bytes())["indicators"]
    return {each["id"]: (each["verdict"], each["estimate"]["value"]) for each in found if each["estimate"]}


def rejected(bundle: Bundle) -> list[dict]:
    found = json.loads(bundle.results_path.read_bytes())["indicators"]
    listings = next(each for each in found if each["id"] == "s03.adopters")["listings"]
    (listing,) = [each for each in listings if each["key"] == "rejected"]
    keys = [each["key"] for each in listing["columns"]]
    return [dict(zip(keys, row, strict=True)) for row in listing["rows"]]


@pytest.fixture
def site(shared_data, tmp_path):
    folder = tmp_path / "site"
    shutil.copytree(shared_data("ecosystem", "register_a"), folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.mark.parametrize("form", ["adopters.csv", "adopters_gbk.csv", "adopters.xlsx"])
def test_a_register_is_judged_from_the_bundle_alone(site, tmp_path, form):
    bundle = campaign(site, tmp_path / "out", form)
    assert said(bundle) == {"s03.adopters": ("PASS", 7), "s03.adopters.wuhan": ("PASS", 3)}
    (segment,) = (bundle.data / "traces" / "s03.adopters").rglob("0001.*")
    assert segment.suffix == Path(form).suffix
    assert segment.read_bytes() == (site / form).read_bytes()
    shutil.rmtree(site)
    assert replay(bundle.root).identical


def test_the_applicant_and_the_members_of_the_profile_do_not_count(site, tmp_path):
    bundle = campaign(site, tmp_path / "out", "adopters.csv", "9142011177893287XL", "91420102MA42HRWN44")
    assert said(bundle) == {"s03.adopters": ("PASS", 5), "s03.adopters.wuhan": ("FAIL", 1)}


def test_a_document_that_changed_between_attempts_is_kept_twice(site, tmp_path):
    name = "HT-001.txt"
    former = (site / "contracts" / name).read_bytes()
    campaign(site, tmp_path / "out", "adopters.csv")
    (site / "contracts" / name).write_text("another contract")
    bundle = campaign(site, tmp_path / "out", "adopters.csv")
    kept = {path.read_bytes() for path in (bundle.data / "documents").rglob("HT-001*")}
    assert kept == {former, b"another contract"}
    assert "SHA-256" in rejected(bundle)[0]["reasons"][0]["en"]
    assert verify(bundle.root).defects == ()
    assert replay(bundle.root).identical


def test_a_document_changed_after_it_was_recorded_is_caught(site, tmp_path):
    bundle = campaign(site, tmp_path / "out", "adopters.csv")
    (kept,) = (bundle.data / "documents").rglob("HT-001*")
    kept.chmod(0o644)
    kept.write_text("another contract")
    assert "HT-001.txt" in {each.path.rpartition("/")[2] for each in verify(bundle.root).defects}


def test_the_probe_keeps_the_rules_that_the_engine_relies_on(site, tmp_path):
    documents = {f"contracts/{path.name}": path for path in (site / "contracts").iterdir()}
    paths = tuple(site / name for name in ("adopters.csv", "adopters_gbk.csv", "adopters.xlsx"))
    settings = PROBE.settings.parse({"register": "adopters.csv"})
    trace = Trace("s03.adopters", "source", PROBE.name, 1, paths, settings, documents)
    (tmp_path / "torn").mkdir()
    check_probe(PROBE, trace, Asked(settings=settings), tmp_path / "torn")
