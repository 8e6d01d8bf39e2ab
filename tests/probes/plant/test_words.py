# SPDX-License-Identifier: Apache-2.0
"""Every sentence of the domain is said somewhere, in both languages."""

from harness.kit.proofreading import problems


def test_the_words_and_the_source_agree() -> None:
    assert problems("probes.plant") == []
