# SPDX-License-Identifier: Apache-2.0
"""The chain domain says everything in both languages, and each sentence somewhere."""

from harness.kit.proofreading import problems


def test_words_and_source_agree_and_each_language_is_itself() -> None:
    assert problems("probes.chain") == []
