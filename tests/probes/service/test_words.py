# SPDX-License-Identifier: Apache-2.0
"""The service domain says everything in both languages, each sentence somewhere, and holds its own known truths."""

import pytest

from harness.kit.proofreading import problems
from harness.kit.validation import Case, agrees
from probes.service.validation import cases


def test_words_and_source_agree_and_each_language_is_itself() -> None:
    assert problems("probes.service") == []


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_the_known_truths_hold(case: Case) -> None:
    assert agrees(case.run(), case.expected, case.relative, case.absolute)
