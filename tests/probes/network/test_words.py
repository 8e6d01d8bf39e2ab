# SPDX-License-Identifier: Apache-2.0
"""The network domain says everything in both languages, and each sentence somewhere."""

from harness.kit.proofreading import problems
from harness.kit.words import Catalogue

WORDS = Catalogue("probes.network")


def test_words_and_source_agree_and_each_language_is_itself() -> None:
    assert problems("probes.network") == []


def test_names_are_joined_as_each_language_joins_them() -> None:
    """A list was once joined for both languages at once: English sentences had Chinese commas in them."""
    said = WORDS.reason("silent-nodes", count=2, names=["T-001", "T-002"])
    assert "T-001、T-002。" in said.text.zh
    assert "T-001, T-002." in said.text.en


def test_a_method_and_a_component_are_chinese_in_chinese() -> None:
    """Methods and items of the budget were once found by their English sentence, and printed in English where one letter differed."""
    told = [key for key in WORDS.entries if key.startswith(("method-", "component-", "variant-"))]
    assert len(told) > 15
    assert not [key for key in told if WORDS.entries[key].zh == WORDS.entries[key].en]
