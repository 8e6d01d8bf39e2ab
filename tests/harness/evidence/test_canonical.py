# SPDX-License-Identifier: Apache-2.0
"""One value, one sequence of bytes; nothing that is not JSON gets in."""

import json
import math
from datetime import date
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.evidence.canonical import DEPTH, canonical_bytes, parse
from harness.evidence.defects import NotJsonError
from harness.model import Verdict

NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_the_example_of_the_rfc_comes_out_as_printed_there():
    """RFC 8785 3.2.4 (input in 3.2.2)."""
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert (
        canonical_bytes(value)
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_keys_are_sorted_as_utf_16():
    """RFC 8785 3.2.3: the smiley's surrogate comes before U+FB33."""
    assert canonical_bytes({"\ufb33": 1, "\U0001f600": 2, "1": 3}).decode() == '{"1":3,"\U0001f600":2,"\ufb33":1}'


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_the_fast_way_writes_what_the_reference_implementation_writes(value):
    assert canonical_bytes(value) == rfc8785.dumps(value)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_any_reader_whose_numbers_are_doubles_reads_the_value_back(value):
    """ECMAScript's only number; 45734492837307340 stands for the double 45734492837307336."""
    assert json.loads(canonical_bytes(value), parse_int=float) == value


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_what_was_parsed_is_written_as_it_was_read(value):
    written = canonical_bytes(value)
    assert canonical_bytes(parse(written)) == written


def test_mappings_tuples_and_string_enums_are_json():
    assert canonical_bytes(MappingProxyType({"v": (Verdict.PASS, 1)})) == b'{"v":["PASS",1]}'


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, math.nan]}, r"\$\.a\[1\]"),
        ({"a": math.inf}, r"\$\.a"),
        (Fraction(1, 2000), "Fraction"),
        ({"n": 2**53}, r"\$\.n"),
        ({"n": -(2**53)}, r"\$\.n"),
        ({"n": np.int64(1)}, "int64"),
        ({"n": np.arange(2)}, "ndarray"),
        ({"d": date(2026, 11, 21)}, "date"),
        ({"b": b"x"}, "bytes"),
        ({1: "x"}, "key 1"),
        ({"\ud800": 1}, "key"),
        ({"s": {1, 2}}, "set"),
        ({"s": "\ud800"}, r"\$\.s"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(value, place):
    with pytest.raises(NotJsonError, match=place) as raised:
        canonical_bytes(value)
    assert raised.value.cure


def deep(levels: int) -> list:
    value: list = []
    for _ in range(levels):
        value = [value]
    return value


def test_nesting_is_bounded_both_ways():
    assert parse(canonical_bytes(deep(DEPTH))) == deep(DEPTH)
    with pytest.raises(NotJsonError, match="nested"):
        canonical_bytes(deep(DEPTH + 1))
    with pytest.raises(NotJsonError):
        parse(b"[" * 10**6)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1,"a":2}',
        b'"\\ud800"',
        b"1e999",
        b"[" * 100 + b"]" * 100,
    ],
)
def test_what_a_stranger_wrote_is_read_strictly(data):
    with pytest.raises(NotJsonError, match=r"^results\.json: "):
        parse(data, where="results.json")


def test_a_bomb_of_digits_is_a_number_and_costs_nothing():
    with pytest.raises(NotJsonError):
        parse(b"9" * 1_000_000)
    assert parse(b"1" + b"0" * 25) == 1e25
