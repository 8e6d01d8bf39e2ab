# SPDX-License-Identifier: Apache-2.0
"""``verify`` and ``pack`` refuse results and chart data that hold something else, even where every digest agrees."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.campaign import run
from harness.cli import main
from harness.errors import Exit
from tests.harness.evidence.forging import agreeing, reseal

Change = Callable[[dict[str, Any]], object]
RESULTS: dict[str, Change] = {
    "a key that nobody knows": lambda it: it.update(stamp="approved"),
    "no indicators": lambda it: it.pop("indicators"),
    "indicators in words": lambda it: it.update(indicators="all"),
    "an estimate in words": lambda it: it["indicators"][0].update(estimate="good"),
    "no schema": lambda it: it.pop("schema"),
    "the schema of something else": lambda it: it.update(schema="yanshou.figures/1"),
}


@pytest.fixture
def bundle(case: Path, tmp_path: Path) -> Path:
    return run(case, tmp_path).root


def _with(bundle: Path, name: str, change: Change) -> None:
    path = bundle / "data" / name
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document), "utf-8")
    reseal(bundle, [], lambda events: agreeing(bundle, events))


@pytest.mark.parametrize("change", RESULTS)
def test_results_in_another_form_end_with_4(bundle: Path, tmp_path: Path, capsys: Any, change: str) -> None:
    _with(bundle, "results.json", RESULTS[change])
    for command in (["verify", "--any-signer"], ["pack", "--out", str(tmp_path / "x.zip")]):
        assert main([command[0], str(bundle), *command[1:]]) == Exit.EVIDENCE
        out, err = capsys.readouterr()
        assert "evidence.document-form" in out + err
        assert "data/results.json" in out + err
    assert not (tmp_path / "x.zip").exists()


def test_chart_data_in_another_form_end_with_4(bundle: Path, capsys: Any) -> None:
    _with(bundle, "figures.json", lambda it: it.update(figures=[{"kind": "spell"}]))
    assert main(["verify", str(bundle), "--json"]) == Exit.EVIDENCE
    (defect,) = json.loads(capsys.readouterr().out)["defects"]
    assert (defect["code"], defect["path"]) == ("evidence.document-form", "data/figures.json")


def test_results_of_a_former_attempt_are_read_as_well(bundle: Path, capsys: Any) -> None:
    former = bundle / "data/attempts/0001"
    former.mkdir(parents=True)
    (former / "results.json").write_text("{}", "utf-8")
    reseal(bundle)
    assert main(["verify", str(bundle), "--json"]) == Exit.EVIDENCE
    assert "data/attempts/0001/results.json" in capsys.readouterr().out


def test_results_of_another_version_are_that_versions_to_read(bundle: Path, capsys: Any) -> None:
    _with(bundle, "results.json", lambda it: it.update(schema="yanshou.results/9"))
    assert main(["verify", str(bundle)]) == Exit.UNDECIDED
    assert "document-form" not in capsys.readouterr().out
