# SPDX-License-Identifier: Apache-2.0
"""Both languages say everything, with the same facts in it."""

import re
from importlib.metadata import entry_points
from pathlib import Path

from harness.model import Verdict
from reports.words import texts

TEMPLATES = Path(__file__).resolve().parents[2] / "reports" / "templates"
LOCALES = sorted((TEMPLATES.parent / "locale").glob("*.toml"))
SOURCES = sorted((TEMPLATES.parent).rglob("*.py"))


def test_both_languages_have_the_same_keys_and_facts():
    zh, en = texts("zh"), texts("en")
    assert zh.keys() == en.keys()
    for key, text in zh.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", en[key])), key
        assert text
        assert en[key]


def test_every_key_in_a_template_is_in_the_table():
    used = {
        key
        for path in TEMPLATES.glob("*.j2")
        for key in re.findall(r"""\bt\(["']([\w.-]+)["'][,)]""", path.read_text("utf-8"))
    }
    assert len(used) > 50
    assert used <= texts("zh").keys()


def test_no_word_of_a_domain_is_in_a_report_or_its_texts():
    """What a domain measures brings its own words: lists, columns, methods and components travel in results.json."""
    said = "".join(path.read_text("utf-8") for path in [*SOURCES, *TEMPLATES.glob("*.j2"), *LOCALES])
    domains = {entry.name.partition(".")[0] for entry in entry_points(group="yanshou.probes")}
    assert len(domains) >= 3
    assert [name for name in domains if re.search(rf"\b{name}\.\w", said)] == []
    families = {key.partition(".")[0] for key in texts("zh") if "." in key}
    assert not families & {"column", "list", "method", "component"}


def test_every_verdict_has_its_words():
    for verdict in Verdict:
        assert {f"verdict.{verdict}", f"means.{verdict}"} <= texts("zh").keys()


def test_no_key_is_left_over():
    code = "".join(path.read_text("utf-8") for path in [*SOURCES, *TEMPLATES.glob("*.j2")])
    families = (
        "test.",
        "verdict.",
        "means.",
        "kind.",
        "rule.",
        "budget.",
        "clock.",
        "fact.",
        "statement.",
        "sign.",
        "sky.",
        "marked.",
        "watermark.",
        "fuyan.",
        "instrument.",
        "attest.",
        "paper.",
        "order39.",
        "sixing.",
        "state.",
        "environment.",
        "mapping.",
        "completion.",
        "validation.",
    )
    left = [
        key for key in texts("zh") if f'"{key}"' not in code and f"'{key}'" not in code and not key.startswith(families)
    ]
    assert left == []


def test_chinese_and_latin_stand_apart_and_punctuation_is_full_width():
    for key, text in texts("zh").items():
        bare = re.sub(r"\{\w+\}", "", text)
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z]|[A-Za-z][\u4e00-\u9fff]", bare), key
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]", bare), key
