# SPDX-License-Identifier: Apache-2.0
"""Both languages say everything, with the same facts in it."""

import re
from pathlib import Path

from harness.model import Verdict
from reports.printed import printed
from reports.words import texts

TEMPLATES = Path(__file__).resolve().parents[2] / "reports" / "templates"
SOURCES = sorted((TEMPLATES.parent).glob("*.py"))


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
        "list.",
        "column.",
        "need.",
        "method.",
        "component.",
        "clock.",
        "fact.",
        "statement.",
        "sign.",
        "sky.",
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


def test_methods_of_the_network_probes_are_said_in_chinese_with_their_parameters():
    source = "".join(path.read_text("utf-8") for path in (TEMPLATES.parents[1] / "probes" / "network").glob("*.py"))
    methods = set(re.findall(r'method=f?"([^"{;]+)', source)) | set(
        re.findall(r'"([^"{]+, exact Poisson bounds)"', source)
    )
    assert len(methods) > 6
    for method in methods:
        assert re.search("[一-鿿]", texts("zh")[f"method.{method}"]), method
    loss = "Fay-Feuer on bursts, at least Clopper-Pearson, worst node"
    estimate = {
        "value": 0.5,
        "lower": None,
        "upper": None,
        "unit": "1",
        "confidence": 0.95,
        "method": f"{loss}; Tmax 3 s (RFC 7680)",
    }
    said = printed(estimate, {"unit": None, "limit": None}, "zh").method
    assert said == texts("zh")[f"method.{loss}"] + "; Tmax 3 s (RFC 7680)"
