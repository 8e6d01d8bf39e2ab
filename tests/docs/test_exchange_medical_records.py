# SPDX-License-Identifier: Apache-2.0
"""The page on medical records is carried out: its list, its profiles, its words."""

import re
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.spec import load_profile
from probes.health.formats import people
from probes.health.formats.fhir import ADDED
from probes.health.formats.words import WORDS
from probes.health.measurands.ledger import FATES

DOCS = Path(__file__).resolve().parents[2] / "docs/how-to"
TEXT = (DOCS / "exchange-medical-records.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
LIST = re.findall(r"```csv\n(.*?)```", TEXT, re.DOTALL)[0]


def test_the_list_of_patients_is_one() -> None:
    assert list(people.listed(LIST.encode(), "patients.csv")) == ["TEST-0001", "TEST-0002"]


@pytest.mark.parametrize("profile", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
def test_the_profiles_are_accepted(profile: str, tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text(LIST, encoding="utf-8")
    path = tmp_path / "site.yaml"
    path.write_text(HEAD.replace("scenario: s01", "scenario: s02") + profile, encoding="utf-8")
    Bindings(load_profile(path), path).check()


def test_the_page_names_every_fate_and_everything_that_a_server_may_add() -> None:
    for fate in (*FATES, "unexpected"):
        text = WORDS.text(f"fate-{fate}")
        assert f"| {text.zh} {text.en} |" in TEXT
    assert all(f"`{each}`" in TEXT for each in ADDED)
