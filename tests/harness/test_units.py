# SPDX-License-Identifier: Apache-2.0
"""Units are called in the reader's language, and every counting word has its word there."""

import re

import pytest

from harness.quantity import Limit, unit_word, units_of


@pytest.mark.parametrize(
    ("unit", "zh", "en"),
    [
        ("ms", "ms", "ms"),
        ("1", "", ""),
        ("台套", "台套", "sets"),
        ("个", "个", ""),
        ("packets/s", "包/s", "packets/s"),
        ("次/日", "次/日", "times/d"),
        ("1/万m2", "1/万m2", "1/10⁴ m2"),
        ("万元", "万元", "10⁴ yuan"),
    ],
)
def test_a_unit_is_called_in_each_language(unit, zh, en):
    assert (unit_word(unit, "zh"), unit_word(unit, "en")) == (zh, en)


@pytest.mark.parametrize("dimension", ["count", "time", "length", "power", "energy"])
def test_no_unit_is_left_in_the_other_language(dimension):
    for unit in units_of(dimension):
        assert not re.search("[一-鿿]", unit_word(unit, "en")), unit
        assert dimension != "count" or re.search("[一-鿿]", unit_word(unit, "zh")), unit


def test_a_limit_is_said_in_each_language():
    limit = Limit.parse(">= 50 台套")
    assert (limit.words("zh"), limit.words("en")) == ("≥ 50 台套", "≥ 50 sets")
    assert Limit.parse("<= 0.05 %").words("en") == "≤ 0.05 %"
    assert Limit.parse(">= 5 个").words("en") == "≥ 5"
