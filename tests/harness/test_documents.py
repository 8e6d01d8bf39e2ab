# SPDX-License-Identifier: Apache-2.0
"""results.json and figures.json as records: published schemas, and documents that are not of their form."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.documents import read_results
from harness.errors import EvidenceError
from harness.pictures import read_pictures
from harness.reference import published

ROOT = Path(__file__).resolve().parents[2]
T = {"zh": "标题", "en": "title"}


def described(schema: Any) -> list[str]:
    """Keys without a description, at any depth."""
    inside = [each for part in schema.get("$defs", {}).values() for each in described(part)]
    return inside + [name for name, each in schema.get("properties", {}).items() if not each.get("description")]


@pytest.mark.parametrize("kind", ["results", "figures"])
def test_the_schema_is_valid_describes_every_key_and_is_published_as_generated(kind: str) -> None:
    """To renew it: ``yanshou schema results > docs/reference/results.schema.json``, likewise for figures."""
    schema = published()[kind]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert described(schema) == []
    assert json.loads((ROOT / f"docs/reference/{kind}.schema.json").read_text(encoding="utf-8")) == schema


def figures(kind: str, **data: Any) -> bytes:
    figure = {"indicator": "s01.latency", "kind": kind, "title": T, "unit": "ms", "data": data}
    return json.dumps({"schema": "yanshou.figures/2", "figures": [figure]}).encode()


def test_figures_written_again_are_the_same() -> None:
    content = figures("ecdf", x=[1, 2.5], p=[0.5, 1])
    assert read_pictures(content).as_json() == json.loads(content)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (figures("ecdf", x=[1], p=[0.5, 1]), "x, p are not equally long"),
        (figures("ecdf", x=[1]), r"figures\.0\.ecdf\.data\.p: Field required"),
        (figures("ecdf", x=[], p=[]), "at least 1 item"),
        (figures("ecdf", x=[1e300], p=[1]), "less than or equal to 1"),
        (figures("series", x=[1, 2], lines=[{"title": T, "y": [1]}]), "not equally long"),
        (figures("series", x=[1], lines=[{"name": T, "y": [1]}]), "title: Field required"),
        (figures("track", x=[1], y=[1], line_x=[1], line_y=[1, 2], line_title=T), "line_x, line_y are not"),
        (figures("bars", labels=["a"], values=[1], limit=3), r"limit: Extra inputs"),
        (figures("table", columns=["a"], rows=[[1, 2]]), "not as wide as the head"),
        (figures("pie", x=[1]), "figures"),
        (
            b'{"schema": "yanshou.figures/1", "figures": []}',
            "'yanshou.figures/1', this version reads 'yanshou.figures/2'",
        ),
        (b"[]", "is no JSON object"),
        (b"{", "is no JSON object"),
    ],
)
def test_figures_in_another_form_are_one_clear_error(content: bytes, problem: str) -> None:
    with pytest.raises(EvidenceError, match=problem) as caught:
        read_pictures(content)
    assert caught.value.cure


def test_results_of_an_older_schema_name_the_version_that_reads_them() -> None:
    old = {"schema": "yanshou.results/1", "software": {"name": "yanshou", "version": "0.3"}}
    with pytest.raises(EvidenceError, match=r"'yanshou\.results/1', this version reads 'yanshou\.results/2'") as caught:
        read_results(json.dumps(old).encode())
    assert "yanshou 0.3" in caught.value.cure


def test_the_command_line_prints_the_schemas() -> None:
    command = [sys.executable, "-m", "harness.cli", "schema", "results"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == published()["results"]
