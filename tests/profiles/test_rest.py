# SPDX-License-Identifier: Apache-2.0
"""The demonstrations that take seconds, as the reports that a reader gets: no machine's word and no prose of the other language."""

import shutil
from pathlib import Path
from typing import Any

import pytest

import profiles
from harness.campaign import run
from harness.evidence.keys import generate
from reports.html import render
from tests.reports.keys import keys
from tests.reports.leftovers import leftovers

NAMES = ("more_p01", "more_p02", "more_p05", "more_s03", "more_s07")
"""Beside these S01, P04 and S08 (test_demo), S02, S04 and S06 (beside this file) are run by other tests."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each demonstration's bundle."""
    out = tmp_path_factory.mktemp("demo")
    shutil.copytree(Path(profiles.__file__).parent, out / "profiles", ignore=shutil.ignore_patterns("__pycache__"))
    generate(out / "profiles/demo", sm2=True)
    generate(out / "profiles/office")
    return {name: run(out / f"profiles/{name}.yaml", out).root for name in NAMES}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_report_holds_words_of_its_language_alone(shown: dict[str, Any], name: str, lang: str) -> None:
    assert keys(shown[name], lang) == []
    assert leftovers(render(shown[name], lang)["html"], lang, shown[name]) == []
