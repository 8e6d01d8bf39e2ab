# SPDX-License-Identifier: Apache-2.0
"""Printed numbers: outwards, never onto the limit, in units people read."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.quantity import unit_word
from reports.numbers import DOWN, UP, convert, digits, display_unit, percent, size, with_unit

fractions = st.fractions(min_value=Fraction(-(10**6)), max_value=Fraction(10**6), max_denominator=10**9)


def back(text):
    """The number that a reader takes from the print."""
    plain = text.replace("\N{NARROW NO-BREAK SPACE}", "")
    mantissa, _, power = plain.partition("×10")
    exponent = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return Fraction(Decimal(mantissa)) * (Fraction(10) ** int(exponent) if power else 1)


@given(fractions)
def test_bounds_are_rounded_outwards(number):
    assert back(digits(number, DOWN)) <= number <= back(digits(number, UP))


@given(fractions)
def test_four_digits_are_kept(number):
    assert abs(back(digits(number)) - number) <= abs(number) / 1000


@given(st.fractions(min_value=Fraction(1, 100), max_value=100, max_denominator=1000), st.integers(5, 11), st.booleans())
def test_a_value_beside_the_limit_is_never_printed_as_the_limit(limit, power, above):
    number = limit * (1 + Fraction(1 if above else -1, 10**power))
    assert (back(digits(number, UP, limit)) == limit) is (number == limit)


@given(st.integers(-(10**14), 10**14))
def test_counts_are_printed_exactly(count):
    assert back(digits(Fraction(count))) == count


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("12345", "12\u202f345"),
        ("1234.5678", "1235"),
        ("0.00123456", "0.001235"),
        ("0.0000001234", "1.234×10⁻⁷"),
        ("-0.5", "-0.5"),
    ],
)
def test_numbers_look_as_people_write_them(number, text):
    assert digits(Fraction(number)) == text


def test_units_follow_the_limit_where_they_can():
    assert display_unit("s", "ms") == "ms"
    assert display_unit("s", "台套") == "s"
    assert display_unit("1", None) == "%"
    assert display_unit("家", "家") == "家"
    assert convert(0.0015, "s", "ms") == Fraction(3, 2)
    assert percent(0.95) == "95\N{NO-BREAK SPACE}%"


def test_counting_words_are_english_in_an_english_report():
    assert unit_word("家", "en") == "organisations"
    assert with_unit("5", "个", "en") == "5"
    assert with_unit("5", "个", "zh") == "5\N{NO-BREAK SPACE}个"


def test_sizes_have_binary_prefixes():
    assert [size(n).replace("\N{NO-BREAK SPACE}", " ") for n in (0, 1023, 1024, 7_340_032, 2**41)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "7.0 MiB",
        "2.0 TiB",
    ]
