# SPDX-License-Identifier: Apache-2.0
"""JUnit XML: another program reads it back, and green means that every mandatory indicator passed."""

import json

import pytest
from junitparser import Error, Failure, JUnitXml, Properties, Skipped

from reports.junit import render


def read(root, lang="zh"):
    (suite,) = JUnitXml.fromstring(render(root, lang)["junit.xml"])
    return suite, {case.name: case for case in suite}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_indicator_is_a_case_with_its_numbers(factory, lang):
    results = json.loads((factory / "data/results.json").read_text())
    _, cases = read(factory, lang)
    assert list(cases) == [each["id"] for each in results["indicators"]]
    said = {each.name: each.value for each in cases["s01.latency"].child(Properties)}
    assert {
        name: case.child(Properties) and [each.value for each in case.child(Properties) if each.name == "verifies"]
        for name, case in cases.items()
    } == {name: [name] for name in cases}
    assert said["yanshou.verdict"] == "PASS"
    assert said["yanshou.unit"] == "ms"
    assert float(said["yanshou.value"]) == pytest.approx(1.4937)
    assert (
        float(said["yanshou.lower"])
        < float(said["yanshou.value"])
        < float(said["yanshou.upper"])
        < float(said["yanshou.limit"])
    )
    assert said["yanshou.clause"] == "时延不高于 2ms"
    assert said["yanshou.simulated"] == "true"


def test_doubt_about_a_mandatory_indicator_is_never_green(factory):
    _, cases = read(factory)
    kinds = {name: [type(each) for each in case.result] for name, case in cases.items()}
    assert kinds["s01.latency"] == []
    assert kinds["s01.nodes"] == [Failure]
    assert kinds["s01.dropout"] == [Error]
    assert kinds["s01.ipv6"] == [Skipped]
    assert kinds["s01.loss"] == [Skipped]


def test_the_counts_are_those_of_the_cases(factory):
    suite, cases = read(factory)
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(cases), 1, 1, 3)


def test_hostile_names_are_carried_as_text(make_bundle):
    root = make_bundle(name="]]><x a='\u0001")
    path = root / "data/results.json"
    found = json.loads(path.read_text())
    found["indicators"][0]["reasons"][0]["text"]["zh"] = "\x00<failure>]]>&\ud7ff"
    path.write_text(json.dumps(found))
    _, cases = read(root)
    assert "<failure>]]>&" in cases["s01.nodes"].result[0].text
