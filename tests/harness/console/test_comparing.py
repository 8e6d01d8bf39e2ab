# SPDX-License-Identifier: Apache-2.0
"""``yanshou compare``: what changed between two bundles, and what makes them less than comparable."""

import json
from pathlib import Path

import pytest

from harness.cli import main


@pytest.fixture
def two(case: Path, edit) -> tuple[Path, Path]:
    """A self-check with one adopter too few for the second indicator, and the same campaign with enough."""
    made = []
    for at, name in enumerate(("first", "second")):
        if at:
            (case.parent / "others.csv").write_text(
                (case.parent / "adopters.csv").read_text(encoding="utf-8"), encoding="utf-8"
            )
        assert main(["run", str(case), "--out", str(case.parent / name)]) in {0, 1, 3}
        made.append(case.parent / name / "case.bundle")
    return made[0], made[1]


def test_what_changed_is_told_by_indicator(two, capsys):
    capsys.readouterr()
    assert main(["compare", *map(str, two), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    changes = {each["indicator"]: each for each in found["indicators"]}
    assert changes["t01.adopters"]["verdict"] == ["PASS", "PASS"]
    assert changes["t01.others"]["verdict"] == ["FAIL", "PASS"]
    assert changes["t01.others"]["value"] == ["1 家", "5 家"]
    assert found["first"]["verdict"] == "FAIL"


def test_the_table_speaks_one_language(two, capsys):
    capsys.readouterr()
    assert main(["--lang", "en", "compare", *map(str, two)]) == 0
    said = capsys.readouterr().out
    assert "FAIL → PASS" in said
    assert "总判定" not in said


def test_a_damaged_bundle_is_not_compared(two, capsys):
    (two[1] / "data" / "results.json").write_bytes(b"{}")
    assert main(["compare", *map(str, two)]) == 4
    assert "verify" in capsys.readouterr().err
