# SPDX-License-Identifier: Apache-2.0
"""No machine's word is printed: every key of the scenarios, measurands and probes has a name in both languages."""

from typing import get_args

import pytest
import yaml

from harness import installed
from harness.documents import SettingEntry
from harness.kit.settings import Criterial, Settings, marks
from reports.indicator import _readable, _settings
from reports.listing import text_of
from reports.names import _table, known, name, source, value
from reports.words import words
from tests.reports.conftest import ROOT
from tests.reports.keys import _MACHINES, keys

SCENARIOS = sorted((ROOT / "scenarios").rglob("*.yaml"))
MEASURANDS = [installed.load("yanshou.measurands", each) for each in installed.names("yanshou.measurands")]


def stated():
    """Each indicator and reading of every scenario, as written."""
    for path in SCENARIOS:
        for indicator in yaml.safe_load(path.read_text("utf-8")).get("indicators", []):
            yield indicator, indicator.get("readings", [])


def words_of(given):
    """The words of a parameter's value, no amounts and no quotations."""
    listed = given if isinstance(given, list) else [given]
    return {
        each for each in listed if isinstance(each, str) and each.isascii() and each[:1].isalpha() and each != "int8"
    }


def criterial(form, above=""):
    """The keys of a probe's settings that take part in a verdict."""
    for key, field in form.model_fields.items():
        if any(isinstance(each, Criterial) for each in (*field.metadata, *marks(field.annotation, Criterial))):
            yield above + (field.alias or key)
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, Settings):
                yield from criterial(inner, f"{above}{field.alias or key}.")


def test_every_constant_and_parameter_has_a_name():
    wanted = {key for indicator, readings in stated() for key in indicator.get("constants", {})}
    wanted |= {key for _, readings in stated() for each in readings for key in each.get("parameters", {})}
    wanted |= {one.name for each in MEASURANDS for one in each.constants}
    assert len(wanted) > 50
    assert wanted - known("settings") == set()


def test_every_word_of_a_parameter_has_a_name():
    wanted = {
        word
        for _, readings in stated()
        for each in readings
        for one in each.get("parameters", {}).values()
        for word in words_of(one)
    }
    assert len(wanted) > 20
    assert wanted - known("values") <= {"tlcp"}  # an abbreviation, the same in both languages


def test_every_statistic_and_instrument_has_a_name():
    assert {one for each in MEASURANDS for one in each.statistics} - known("statistics") == set()
    assert {one for each in MEASURANDS for one in each.instruments} - known("instruments") == set()


def test_every_setting_that_takes_part_in_a_verdict_has_a_name():
    forms = [installed.load("yanshou.probes", each).settings for each in installed.names("yanshou.probes")]
    wanted = {part for form in forms for key in criterial(form) for part in key.split(".")}
    assert len(wanted) > 30
    assert wanted - known("settings") == set()


def test_what_several_sources_say_alike_is_told_once_with_their_names():
    said = [("s/a", "rate", "1/s"), ("s/b", "rate", "1/s"), ("t/a", "rate", "1/s"), ("s/b", "port", 862)]
    entries = [SettingEntry(source=source, key=key, value=value) for source, key, value in said]
    assert [*_settings(entries, "s", words("en"), "en")] == [
        ("a, b rate", "1/s"),
        ("shared a rate", "1/s"),
        ("b port", "862"),
    ]


def test_no_name_is_a_key_itself():
    said = [each for table in _table().values() for names in table.values() for each in names]
    assert len(said) > 300
    assert [each for each in said if _MACHINES.search(each)] == []


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ("over-limit", "按超限计", "counted as over the limit"),
        ("600 packets", "600\u00a0包", "600\u00a0packets"),
        ("99 %", "99 %", "99 %"),
        ("《办法》第 3 条", "《办法》第 3 条", "《办法》第 3 条"),
        (["水利", "wuhan"], "水利、武汉", "水利, Wuhan"),
        (True, "是", "yes"),
        (
            {"lat": 30.5, "height_kind": "own"},
            "纬度：30.5；高程类型：本单位",
            "latitude: 30.5; kind of height: the applicant's own",
        ),
    ],
)
def test_values_are_written_as_the_language_writes_them(given, zh, en):
    assert (value(given, "zh"), value(given, "en")) == (zh, en)


def test_a_plugins_own_key_is_printed_as_its_words_and_never_as_a_key():
    assert name("dwell_time", "zh") == "dwell time"
    assert name("truth.height", "en") == "truth, height"
    assert name("=cmd|' /C calc'!A0", "zh") == "=cmd|' /C calc'!A0"


def test_sources_are_named_by_their_indicator():
    titles = {"s01.latency": "时延"}
    assert source("s01.latency/stamp", titles, "zh") == "时延 · stamp"
    assert source("check-tester/before", titles, "zh") == "仪器 tester 测试前核查"
    assert source("s09.other/x", titles, "zh") == "s09.other/x"


def test_long_numbers_are_grouped_and_long_times_told_in_hours():
    assert text_of(108060867, "zh") == "108\u202f060\u202f867"
    assert text_of("914201137929081048", "zh") == "914201137929081048"
    assert _readable("30238990 s", "zh") == "8399\u00a0h"
    assert _readable("12345678", "zh") == "12\u202f345\u202f678"
    assert _readable("600 s", "zh") == "600 s"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("scenario", ["factory", "beidou"])
def test_no_machines_word_stands_in_a_report(request, scenario, lang):
    assert keys(request.getfixturevalue(scenario), lang) == []


def test_a_machines_word_would_be_found():
    for said in ("waiting_time = 1 s", "（effort.below）", "s08.static.h/nmea", "n = 30238990"):
        assert _MACHINES.search(said), said
    for said in ("yanshou 0.1.0", "data/traces/x/0001.pcapng", "30\u202f238\u202f990", "GB/T 2260", "3.5 ms", "www"):
        assert not _MACHINES.search(said), said
