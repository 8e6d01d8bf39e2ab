# SPDX-License-Identifier: Apache-2.0
"""Loader and JSON Schema agree on one corpus; every bad file is refused with the sentence beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.errors import SpecError
from harness.spec import schemas
from harness.spec.yaml_source import read_yaml

CORPUS = Path(__file__).parent / "corpus"
GOOD = sorted((CORPUS / "good").glob("*.yaml"))
BAD = sorted((CORPUS / "bad").glob("*.yaml"))
MARK = b"# beyond-schema: "

Parse = Callable[[bytes, str], Any]
Kind = Callable[[str, bytes], str]


@pytest.fixture(scope="module")
def accepts() -> Callable[[str, Any], bool]:
    """Whether the published schema of a kind of file accepts plain data; an independent validator decides."""
    validators = {name: jsonschema.Draft202012Validator(schema) for name, schema in schemas().items()}
    return lambda kind, data: validators[kind].is_valid(data)


def test_corpus_is_large_enough_to_mean_something() -> None:
    assert len(GOOD) >= 10
    assert len(BAD) >= 40


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_file_is_accepted_by_loader_and_schema(path: Path, parse: Parse, accepts: Any, kind: Kind) -> None:
    content = path.read_bytes()
    parse(content, path.name)
    assert accepts(kind(path.name, content), read_yaml(content, path.name).data)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_is_refused_with_place_sentence_and_cure(path: Path, parse: Parse) -> None:
    with pytest.raises(SpecError) as refusal:
        parse(path.read_bytes(), path.name)
    assert str(refusal.value) + "\n" == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_schema_refuses_what_the_loader_refuses_unless_the_file_says_why(path: Path, accepts: Any, kind: Kind) -> None:
    content = path.read_bytes()
    try:
        data = read_yaml(content, path.name).data
    except SpecError:
        assert MARK not in content  # not YAML: no schema ever sees it
        return
    assert accepts(kind(path.name, content), data) == (MARK in content)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_problem_has_a_place_in_the_file_and_a_cure_and_they_come_in_file_order(path: Path, parse: Parse) -> None:
    with pytest.raises(SpecError) as refusal:
        parse(path.read_bytes(), path.name)
    places = []
    for each in refusal.value.problems:
        name, line, column = each.where.split(":")
        places.append((int(line), int(column)))
        assert name == path.name
        assert each.cure.endswith((".", "?"))
        assert each.problem.endswith(".")
    assert places == sorted(places)
    assert all(line <= path.read_bytes().count(b"\n") + 1 and column >= 1 for line, column in places)


def test_every_expected_text_belongs_to_a_bad_file() -> None:
    assert {path.stem for path in (CORPUS / "bad").glob("*.txt")} == {path.stem for path in BAD}


@pytest.mark.parametrize(
    "rest", ["wrong: 1\n" * 3000, "wrong: [" + "!tag 1, " * 3000 + "]\n"], ids=["duplicates", "tags"]
)
def test_first_hundred_problems_are_told_and_that_there_are_more(parse: Parse, rest: str) -> None:
    content = (CORPUS / "good" / "scenario_minimal.yaml").read_bytes() + rest.encode()
    with pytest.raises(SpecError) as refusal:
        parse(content, "x.yaml")
    assert len(refusal.value.problems) == 101
    assert "more problems follow" in str(refusal.value.problems[-1])


@pytest.mark.parametrize(
    "rest",
    ["x: [" + "a," * 30_000 + "]\n", "x: {" + "a," * 400_000, "".join(f"k{i}: 1\n" for i in range(30_000))],
    ids=["list", "unclosed mapping", "keys"],
)
def test_file_with_more_values_than_any_specification_needs_is_refused_while_it_is_read(
    parse: Parse, rest: str
) -> None:
    content = (CORPUS / "good" / "scenario_minimal.yaml").read_bytes() + rest.encode()
    with pytest.raises(SpecError, match="more than 20000 values"):
        parse(content, "x.yaml")
