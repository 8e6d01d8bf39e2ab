# SPDX-License-Identifier: Apache-2.0
"""The view model: what a report says, held to a golden file; nothing in it is recomputed or invented."""

import dataclasses
import json
import os
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.errors import EvidenceError, UsageError, YanshouError
from reports.view import view

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def written(shown):
    """The view as JSON values, without the points of pictures and what a release changes."""
    plain = dataclasses.asdict(shown)
    for indicator in plain["indicators"]:
        for picture in indicator["pictures"]:
            picture["data"] = type(picture["data"]).__name__
    plain["seal"]["results"] = "…"
    for item in plain["agreed"]["sixing"]:
        item["evidence"] = item["evidence"].replace(f"yanshou {version('yanshou')}", "yanshou …")
    plain["facts"] = [fact for fact in plain["facts"] if "yanshou" not in fact["value"]]
    return json.loads(json.dumps(plain))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_view_is_the_golden_one(factory, lang):
    found, path = written(view(factory, lang)), GOLDEN / f"report_view.{lang}.json"
    if os.environ.get("YANSHOU_GOLDEN") == "write":
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert found == json.loads(path.read_text("utf-8"))


def test_every_verdict_is_in_the_fixture(factory):
    shown = view(factory, "zh")
    assert {each.verdict for each in shown.indicators} == {"PASS", "FAIL", "INCONCLUSIVE", "INVALID", "NOT_TESTED"}
    assert shown.word == "演示（模拟数据）：不通过"


def test_numbers_are_those_of_the_results_in_the_limits_unit(factory):
    results = json.loads((factory / "data/results.json").read_text())
    for entry, shown in zip(results["indicators"], view(factory, "zh").indicators, strict=True):
        if entry["estimate"] is None:
            assert shown.numbers is None
            continue
        scale = {"s": 1000, "1": 100, "m": 100}.get(entry["estimate"]["unit"], 1)
        assert shown.numbers.value == pytest.approx(entry["estimate"]["value"] * scale, rel=1e-12)
        assert shown.numbers.limit == entry["criterion"]["limit"]


def test_only_sources_with_simulated_peers_are_labelled(factory, beidou):
    labelled = [each.id for each in view(factory, "zh").indicators if each.simulated]
    assert labelled == ["s01.latency"]
    assert not any(each.simulated for each in view(beidou, "zh").indicators)


def test_deviations_of_the_test_are_told(factory):
    (attempt,) = view(factory, "zh").attempts
    assert attempt.remarks == ("时延 · stamp 恢复后截去不完整的尾部 17 字节",)
    assert attempt.start == "2023-11-15 06:14:21"


@pytest.mark.parametrize(
    ("kind", "word"), [("self-check", "自测报告"), ("on-site", "现场测试报告"), ("third-party", "第三方测试报告")]
)
def test_the_kind_of_test_is_the_kind_of_report(make_bundle, kind, word):
    shown = view(make_bundle(kind=kind), "zh")
    assert shown.kind == word
    text = json.dumps(dataclasses.asdict(shown), ensure_ascii=False, default=str).upper()
    assert "CMA" not in text
    assert "CNAS" not in text


def test_another_language_is_refused(factory):
    with pytest.raises(UsageError, match="'fr'"):
        view(factory, "fr")


def _spoil(root, change):
    path = root / "data/results.json"
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))
    return root


@pytest.mark.parametrize(
    "key", ["id", "title", "clause", "kind", "reading", "criterion", "estimate", "verdict", "reasons", "evidence"]
)
def test_results_without_a_key_give_one_clear_error(make_bundle, key):
    root = _spoil(make_bundle(), lambda found: found["indicators"][1].pop(key))
    with pytest.raises(
        EvidenceError, match=r"results\.json is not in the form yanshou\.results/2.*Cure: run yanshou verify"
    ):
        view(root, "zh")


@pytest.mark.parametrize("value", [None, 7, [], "PASSED", {"a": 1}])
@pytest.mark.parametrize("key", ["verdict", "criterion", "listings", "evidence", "estimate", "need"])
def test_results_with_a_wrong_value_give_a_view_or_one_clear_error(make_bundle, key, value):
    root = _spoil(make_bundle(), lambda found: found["indicators"][1].update({key: value}))
    try:
        shown = view(root, "zh")
    except YanshouError as error:
        shown = error
    assert shown


def test_results_of_an_older_version_are_refused_in_one_sentence(make_bundle):
    root = _spoil(make_bundle(), lambda found: found.update(schema="yanshou.results/1"))
    with pytest.raises(EvidenceError, match=r"form 'yanshou\.results/1', this version reads 'yanshou\.results/2'"):
        view(root, "zh")


def test_a_figure_that_is_not_of_its_kind_is_told_instead_of_left_out(make_bundle):
    root = make_bundle()
    path = root / "data/figures.json"
    found = json.loads(path.read_text())
    next(each for each in found["figures"] if each["kind"] == "ecdf")["data"]["p"].pop()
    path.write_text(json.dumps(found))
    with pytest.raises(EvidenceError, match=r"figures\.json is not in the form.*ecdf.*not equally long"):
        view(root, "zh")


@pytest.mark.parametrize(
    ("lang", "empty", "head"), [("zh", "未登记", "静默（s）"), ("en", "Not registered", "Silent (s)")]
)
def test_lists_carry_their_own_heads_and_units_and_an_empty_one_is_named(factory, lang, empty, head):
    shown = next(each for each in view(factory, lang).indicators if each.id == "s01.nodes")
    assert shown.empty == (empty,)
    assert head in shown.listings[0].columns
    assert shown.listings[2].rows[1][1] == {"zh": "是", "en": "yes"}[lang]


def test_an_identity_that_would_break_out_of_the_style_sheet_is_refused(make_bundle):
    root = _spoil(make_bundle(), lambda found: found["campaign"].update(id='x"; } body { display: none'))
    with pytest.raises(EvidenceError, match="no plain word"):
        view(root, "zh")


def test_a_bundle_that_was_not_judged_says_what_to_do(make_bundle):
    root = make_bundle()
    (root / "data/results.json").unlink()
    with pytest.raises(EvidenceError, match=r"results\.json is missing.*yanshou replay"):
        view(root, "zh")


def test_the_time_of_the_data_is_told_beside_that_of_the_test_and_held_against_the_period(beidou, tmp_path):
    results = json.loads((beidou / "data/results.json").read_text("utf-8"))
    copy = tmp_path / "x.bundle"
    shutil.copytree(beidou, copy)
    results["indicators"][0]["window"] = {"start": "2023-11-21T04:10:49Z", "end": "2023-11-21T05:40:49Z"}
    results["indicators"][1]["window"] = {"start": "2023-11-21T06:00:00Z", "end": "2023-11-22T00:00:00Z"}
    results["indicators"][2]["window"] = None
    for each in results["indicators"][3:]:
        each["window"] = None
    (copy / "data/results.json").write_text(json.dumps(results), "utf-8")
    facts = {each.label: each.value for each in view(copy, "zh").facts}
    assert facts["数据时间"] == "2023-11-21 12:10:49 至 2023-11-22 08:00:00"
    results["indicators"][1]["window"]["end"] = "2031-01-01T00:00:00Z"
    (copy / "data/results.json").write_text(json.dumps(results), "utf-8")
    assert "（不在项目期限内）" in {each.label: each.value for each in view(copy, "zh").facts}["数据时间"]
