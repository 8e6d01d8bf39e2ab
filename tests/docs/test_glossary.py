# SPDX-License-Identifier: Apache-2.0
"""The glossary has every word of the house and every field term that a scenario file uses."""

import re
from pathlib import Path

import pytest

from harness.model import Kind, Rule, Verdict
from harness.spec import installed_scenarios

PAGE = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith("|---") and "来源 / source" not in line
]
HOUSE = """条款 clause, 指标 indicator, 被测量 measurand, 读法 reading, 判据 criterion, 数据源 source, 原始记录 trace,
序列 series, 摘要 summary, 估计值 estimate, 判定规则 decision rule, 判定 verdict, 测试活动 campaign, 测试方案 profile,
证据包 bundle, 重放 replay"""
KEYWORDS = {"applies", "timing", "new-build", "large-scale", "loss", "s"}
"""Words of the specification language and parts of indicator ids."""
MADE_OF = {
    "B": "Sparkplug B",
    "G": "5G",
    "GPP": "3GPP",
    "UA": "OPC UA",
    "R4": "FHIR R4",
    "REST": "REST",
    "C-STORE": "C-STORE",
    "CM": "cm",
    "IT": "IT",
    "OpenAI": "OpenAI",
    "MQTT/Sparkplug": "Sparkplug B",
    "OPC": "OPC UA",
    "OVR": "OVR Metrics",
    "Metrics": "OVR Metrics",
    "Sparkplug": "Sparkplug B",
}
"""Pieces that the pattern below cuts out of longer names."""
PLAIN = {"5G", "3GPP", "cm", "IT", "OpenAI"}
"""Names that need no explanation here: generations and bodies, units, everyday words."""
UNITS = {"ms", "Hz", "km"}


def terms() -> set[str]:
    """Latin words in the Chinese texts of the scenario files: those are the field's own terms."""
    found = set()
    for file in installed_scenarios():
        for each in file.scenario.indicators:
            texts = [each.title.zh, each.note.zh, each.clause.text, *(text.zh for text in each.evidence)]
            texts += [text for reading in each.readings for text in (reading.title.zh, reading.why.zh)]
            found |= {
                word for text in texts for word in re.findall(r"[A-Za-z][A-Za-z0-9/+-]*(?: 17123-8| 8762)?", text)
            }
    return {MADE_OF.get(word, word) for word in found if not re.fullmatch(r"s\d\d", word)} - KEYWORDS - PLAIN - UNITS


def test_rows_are_complete_in_both_languages() -> None:
    assert len(ROWS) > 100
    for row in ROWS:
        assert len(row) == 4, row
        chinese, english, meaning, _ = row
        assert chinese, row
        assert english, row
        assert re.search(r"[一-鿿]", meaning), row
        assert re.search(r"[a-zA-Z]{3}", meaning), row


def test_a_term_has_one_row() -> None:
    for column in (0, 1):
        named = [row[column] for row in ROWS]
        assert len(set(named)) == len(named), sorted(each for each in set(named) if named.count(each) > 1)


@pytest.mark.parametrize("word", [each.strip() for each in HOUSE.split(",")])
def test_the_words_of_the_house_are_there(word: str) -> None:
    chinese, _, english = word.partition(" ")
    assert [chinese, english] in [row[:2] for row in ROWS]


@pytest.mark.parametrize("term", sorted(terms()))
def test_every_field_term_of_the_scenarios_is_explained(term: str) -> None:
    assert term in PAGE.read_text(encoding="utf-8")


def test_verdicts_kinds_and_rules_are_explained_under_their_own_names() -> None:
    english = " ".join(row[1] for row in ROWS)
    for word in [*Verdict, *Kind, *Rule]:
        assert str(word) in english


def test_sources_that_were_not_read_are_cited_by_name_only() -> None:
    unread = (
        "IEEE",
        "ISO/IEC 30134",
        "RFC 7679",
        "RFC 7680",
        "RFC 2681",
        "RFC 3393",
        "ISO 16739",
        "GB 16735",
        "TS 23.003",
    )
    for row in ROWS:
        if any(each in row[3] for each in unread):
            assert "name only" in row[3], row
