# SPDX-License-Identifier: Apache-2.0
"""The YAML that is understood: 1.2 core scalars, positions, bounds; JSON is a part of it."""

import contextlib
import json
import string
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SpecError
from harness.spec.yaml_source import MAX_BYTES, MAX_INTEGER, read_yaml

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters="\u2028\u2029\ufeff"), max_size=8
)
SCALAR = (
    st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(-1e15, 1e15, allow_nan=False)
    | TEXT
    | st.text(string.printable.strip(), max_size=6)
)
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


def value_of(text: str) -> Any:
    return read_yaml(f"key: {text}\n".encode(), "x.yaml").data["key"]


@pytest.mark.parametrize(
    "text",
    [
        "on",
        "off",
        "yes",
        "no",
        "y",
        "N",
        "12:30:00",
        "010",
        "1_000",
        "2023-05-18",
        "0b11",
        "+-1",
        "1.2.3",
        "0o8",
        "1e",
        "e3",
        ".",
        "00.5",
    ],
)
def test_scalars_that_old_yaml_would_change_stay_text(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("-7", -7), ("+7", 7), ("0x1F", 31), ("0o17", 15), ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-0.5E-1", -0.05), ("true", True), ("FALSE", False)],
)  # fmt: skip
def test_numbers_and_truth_values_of_the_core_schema(text: str, value: float) -> None:
    got = value_of(text)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("text", ['"on"', "'1'", '"true"', '"0x1F"', "|\n  1"])
def test_quoted_and_block_scalars_are_text(text: str) -> None:
    assert isinstance(value_of(text), str)


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_json_reads_as_json_does(data: dict[str, Any]) -> None:
    source = read_yaml(json.dumps(data, ensure_ascii=False).encode(), "x.yaml")
    assert source.data == data
    assert source.problems == ()


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_what_pyyaml_writes_is_read_back(data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    assert read_yaml(text.encode(), "x.yaml").data == data


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_bring_anything_but_data_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(SpecError):
        read_yaml(data, "x.yaml")


def test_positions_count_lines_and_characters_from_one() -> None:
    source = read_yaml("验收: {时延: [2, 三]}\nb:\n  - c: 1\n".encode(), "x.yaml")
    assert source.position(("验收", "时延", 1)) == (1, 14)
    assert source.position(("验收", "时延"), at_key=True) == (1, 6)
    assert source.position(("b", 0, "c")) == (3, 8)
    assert source.position(("b", 0, "absent")) == (3, 5)


def test_alias_has_the_value_and_place_of_its_anchor_and_changes_do_not_leak() -> None:
    source = read_yaml(b"a: &x {n: 1}\nb: *x\n", "x.yaml")
    assert source.data == {"a": {"n": 1}, "b": {"n": 1}}
    assert source.position(("b", "n")) == (1, 11)


def test_file_beyond_the_size_bound_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(SpecError, match="bytes; a specification has at most"):
        read_yaml(b"a: " + b"[" * MAX_BYTES, "x.yaml")


def test_deep_nesting_is_refused_without_recursion() -> None:
    with pytest.raises(SpecError, match="nested more than"):
        read_yaml(b"- " * 100_000 + b"1", "x.yaml")


def test_all_duplicates_are_told_not_only_the_first() -> None:
    source = read_yaml(b"a: 1\na: 2\nb: {c: 1, c: 2, c: 3}\n", "x.yaml")
    assert [mark for mark, _problem, _cure in source.problems] == [(2, 1), (3, 11), (3, 17)]


@pytest.mark.parametrize("blank", ["\u3000", "\u00a0", "\u2003"])
@pytest.mark.parametrize(("text", "line"), [("a:\n{}b: 1\n{} c: d: e\n", 2), ("a:\n  - b: 1\n{0}{0}  c: [\n", 3)])
def test_an_indentation_of_wide_blanks_is_told_as_what_it_is(blank: str, text: str, line: int) -> None:
    with pytest.raises(SpecError, match="full-width") as refusal:
        read_yaml(text.format(blank, blank).encode(), "p.yaml")
    assert str(refusal.value).startswith(f"p.yaml:{line}:")
    assert read_yaml(f"a: '{blank}b'\n".encode(), "p.yaml").data == {"a": f"{blank}b"}
