# SPDX-License-Identifier: Apache-2.0
"""The demonstrations that take seconds, as the reports that a reader gets: no machine's word and no prose of the other language."""

from typing import Any

import pytest

from reports.html import render
from tests.profiles.demonstrated import demonstrated
from tests.reports.keys import keys
from tests.reports.leftovers import leftovers

NAMES = ("more_p01", "more_p02", "more_p03", "more_p05", "more_s07")
"""Beside these S01, P04 and S08 (test_demo), S02, S03, S04 and S06 (beside this file) are run by other tests."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each demonstration's bundle."""
    done = demonstrated(tmp_path_factory.mktemp("demo"), *NAMES)
    return {name: each.root for name, each in done.items()}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_report_holds_words_of_its_language_alone(shown: dict[str, Any], name: str, lang: str) -> None:
    assert keys(shown[name], lang) == []
    assert leftovers(render(shown[name], lang)["html"], lang, shown[name]) == []
