# SPDX-License-Identifier: Apache-2.0
"""JSON, CTRF and OSCAL say what the results say, and nothing that is undecided looks passed."""

import json
import uuid

import pytest

from reports.writers.machine import ctrf, oscal, plain_json

STATUS = {"PASS": "passed", "FAIL": "failed"}


def test_only_a_pass_is_passed(factory):
    tests = json.loads(ctrf(factory, "zh")["ctrf.json"])["results"]["tests"]
    assert {each["extra"]["verdict"] for each in tests} >= {"PASS", "FAIL", "INCONCLUSIVE", "INVALID"}
    for each in tests:
        verdict = each["extra"]["verdict"]
        optional = "skipped" if not each["extra"]["mandatory"] and verdict != "PASS" else None
        assert each["status"] == (optional or STATUS.get(verdict, "other"))


def test_the_counts_are_those_of_the_tests(factory):
    results = json.loads(ctrf(factory, "en")["ctrf.json"])["results"]
    for status in ("passed", "failed", "pending", "skipped", "other"):
        assert results["summary"][status] == sum(each["status"] == status for each in results["tests"])


def test_oscal_points_from_findings_to_observations_to_evidence(factory):
    found = json.loads(oscal(factory, "zh")["oscal.json"])["assessment-results"]
    result = found["results"][0]
    observations = {each["uuid"] for each in result["observations"]}
    resources = {f"#{each['uuid']}" for each in found["back-matter"]["resources"]}
    assert found["import-ap"]["href"] in resources
    for each in result["findings"]:
        assert each["related-observations"][0]["observation-uuid"] in observations
        verdict = next(one["value"] for one in each["props"] if one["name"] == "verdict")
        assert (each["target"]["status"]["state"] == "satisfied") == (verdict == "PASS")
    for each in result["observations"]:
        assert all(one["href"] in resources for one in each.get("relevant-evidence", []))
    assert all(uuid.UUID(each) for each in observations)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_json_has_what_the_report_prints_and_the_numbers_of_the_results(factory, lang):
    said = json.loads(plain_json(factory, lang)["json"])
    given = json.loads((factory / "data/results.json").read_bytes())
    assert (said["schema"], said["language"], said["verdict"]) == ("yanshou.report/1", lang, given["verdict"])
    assert [each["id"] for each in said["indicators"]] == [each["id"] for each in given["indicators"]]
    for each, entry in zip(said["indicators"], given["indicators"], strict=True):
        assert each["verdict"] == entry["verdict"]
        assert each["title"] == entry["title"][lang]
        assert each["clause"] == entry["clause"]["text"]
        assert [one["sha256"] for one in each["evidence"]] == [one["sha256"] for one in entry["evidence"]]
        assert bool(each["numbers"]) == bool(entry["estimate"])
    latency = next(each for each in said["indicators"] if each["id"] == "s01.latency")
    assert (latency["numbers"]["value"], latency["numbers"]["unit"]) == (pytest.approx(1.4937), "ms")
    assert latency["printed"]["value"] == "1.494\u00a0ms"
    assert said["simulated"]


def test_the_same_bundle_gives_the_same_bytes(factory):
    bundle = factory
    assert plain_json(bundle, "zh") == plain_json(bundle, "zh")
    assert ctrf(bundle, "zh") == ctrf(bundle, "zh")
    assert oscal(bundle, "en") == oscal(bundle, "en")
