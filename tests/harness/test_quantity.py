# SPDX-License-Identifier: Apache-2.0
"""Quantities and limits are exact, readable as people write them, and refuse nonsense with a cure."""

import math
import re
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SpecError, StatisticsError
from harness.quantity import Limit, Quantity, decimal_text, limit_pattern, quantity_pattern, unit_of

UNITS = [
    "1",
    "%",
    "‰",
    "ppm",
    "ms",
    "µs",
    "s",
    "min",
    "毫秒",
    "cm",
    "km/h",
    "/s",
    "次/日",
    "packets/s",
    "kWh",
    "MiB",
    "Mbit/s",
    "TOPS/W",
    "°",
    "台套",
    "个",
    "家",
    "条",
    "件",
    "种",
    "台（套）",
    "records",
]
OPS = ["<=", ">=", "<", ">", "=="]
DECIMALS = st.decimals(-(10**6), 10**6, places=4).map(Fraction)
FRACTIONS = st.fractions(-(10**6), 10**6, max_denominator=10**6)
QUANTITIES = st.builds(Quantity, DECIMALS | FRACTIONS, st.sampled_from(UNITS))
LIMITS = st.builds(Limit, st.sampled_from(OPS), QUANTITIES)
TIME_LIMITS = st.builds(
    Limit, st.sampled_from(OPS), st.builds(Quantity, st.integers(-3, 3).map(Fraction), st.sampled_from(["s", "min"]))
)


@pytest.mark.parametrize(
    ("text", "value", "unit", "dimension"),
    [
        ("2 ms", 2, "ms", "time"),
        ("2ms", 2, "ms", "time"),
        ("0.05 %", Fraction(1, 20), "%", "ratio"),
        ("0.05％", Fraction(1, 20), "％", "ratio"),
        ("50", 50, "1", "ratio"),
        ("50 台套", 50, "台套", "count"),
        ("50台（套）", 50, "台（套）", "count"),
        ("100 个", 100, "个", "count"),
        ("5 家", 5, "家", "count"),
        ("600 条", 600, "条", "count"),
        ("5000件", 5000, "件", "count"),
        ("3 种", 3, "种", "count"),
        ("10 万条", 100_000, "条", "count"),
        ("1 亿", 10**8, "1", "ratio"),
        ("2 千万 个", 2 * 10**7, "个", "count"),
        ("1.5 万亿条", 15 * 10**11, "条", "count"),
        ("60 万次/日", 600_000, "次/日", "rate"),
        ("5 千米", 5000, "米", "length"),
        ("1.5 毫秒", Fraction(3, 2), "毫秒", "time"),
        ("1/3 s", Fraction(1, 3), "s", "time"),
        ("−15 %", -15, "%", "ratio"),
        ("+1e-3 s", Fraction(1, 1000), "s", "time"),
        ("1E3 m", 1000, "m", "length"),
        ("10 000 packets", 10_000, "packets", "count"),
        ("10,000 packets", 10_000, "packets", "count"),
        ("10_000 packets", 10_000, "packets", "count"),
        ("100/s", 100, "/s", "rate"),
        ("100 1/s", 100, "1/s", "rate"),
        ("6 TOPS/W", 6, "TOPS/W", "compute efficiency"),
        ("  2   ms  ", 2, "ms", "time"),
    ],
)  # fmt: skip
def test_quantities_are_read_as_people_write_them(text: str, value: Fraction, unit: str, dimension: str) -> None:
    quantity = Quantity.parse(text)
    assert (quantity.value, quantity.unit, quantity.dimension) == (value, unit, dimension)
    assert re.search(quantity_pattern(), text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a quantity"),
        ("ms", "is not a quantity"),
        ("two ms", "is not a quantity"),
        ("1 2 ms", "is not a quantity"),
        ("1,5 ms", "is not a quantity"),
        ("10,00 packets", "is not a quantity"),
        ("1.2.3 ms", "is not a quantity"),
        ("١ ms", "is not a quantity"),
        ("nan", "is not a quantity"),
        ("inf %", "is not a quantity"),
        ("5 台 套", "is not a quantity"),
        ("<= 2 ms", "is not a quantity"),
        ("1" * 300, "is not a quantity"),
        ("1111111111111111111111111111111111111111 a b", "is not a quantity"),
        ("2 msec", "not a known unit"),
        ("1 万万", "not a known unit"),
        ("5 百千", "not a known unit"),
        ("3 m/台", "not a known unit"),
        ("3 packets/m", "not a known unit"),
        ("1e999 s", "is not a quantity"),
        ("1e99 s", "too large or too fine"),
        ("1e-99 s", "too large or too fine"),
        ("0/0", "divides by zero"),
        ("1/0 s", "divides by zero"),
    ],
)
def test_nonsense_is_refused_with_a_cure(text: str, sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence) as refusal:
        Quantity.parse(text)
    assert refusal.value.cure


@pytest.mark.parametrize(
    ("typo", "meant"), [("台奎", "台套"), ("mss", "ms"), ("packet s", ""), ("pakets", "packets"), ("毫", "毫秒")]
)
def test_unknown_unit_suggests_the_nearest_known_one(typo: str, meant: str) -> None:
    with pytest.raises(SpecError) as refusal:
        Quantity.parse(f"5 {typo}")
    assert meant in refusal.value.cure


def test_ratio_of_decimals_is_not_a_float() -> None:
    assert Quantity.parse("0.05 %").base == Fraction(1, 2000)
    assert Quantity.parse("0.1 ms").base * 3 == Quantity.parse("0.3 ms").base


@given(QUANTITIES)
def test_text_of_a_quantity_reads_as_the_same_quantity(quantity: Quantity) -> None:
    again = Quantity.parse(str(quantity))
    assert (again.value, again.unit) == (quantity.value, quantity.unit)
    assert re.search(quantity_pattern(), str(quantity))


@given(LIMITS)
def test_text_of_a_limit_reads_as_the_same_limit(limit: Limit) -> None:
    again = Limit.parse(str(limit))
    assert (again.op, again.quantity.value, again.quantity.unit) == (
        limit.op,
        limit.quantity.value,
        limit.quantity.unit,
    )
    assert re.search(limit_pattern(), str(limit))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=9))
def test_decimals_are_held_exactly(value: Decimal) -> None:
    assert Quantity.parse(f"{value:f} s").value == Fraction(value)
    assert Decimal(decimal_text(Fraction(value))) == value


@given(QUANTITIES, st.sampled_from(UNITS))
def test_conversion_there_and_back_is_exact(quantity: Quantity, unit: str) -> None:
    if unit_of(unit)[0] != quantity.dimension:
        with pytest.raises(SpecError, match="dimension"):
            quantity.to(unit)
        return
    assert Quantity(quantity.to(unit), unit) == quantity
    assert hash(Quantity(quantity.to(unit), unit)) == hash(quantity)


@given(
    st.builds(Quantity, DECIMALS, st.sampled_from(["s", "ms", "min"])),
    st.builds(Quantity, DECIMALS, st.sampled_from(["s", "µs", "d"])),
)
def test_order_of_quantities_is_the_order_of_their_base_values(one: Quantity, other: Quantity) -> None:
    assert (one < other) == (one.base < other.base)
    assert (one <= other) == (one.base <= other.base)
    assert (one == other) == (one.base == other.base)


def test_quantities_of_different_dimensions_are_unequal_and_have_no_order() -> None:
    second, metre = Quantity.parse("1 s"), Quantity.parse("1 m")
    assert second != metre
    assert second != 1
    with pytest.raises(SpecError, match="dimension"):
        assert second < metre
    with pytest.raises(TypeError):
        assert second < 1


def test_a_quantity_of_an_unknown_unit_cannot_be_made() -> None:
    with pytest.raises(SpecError, match="not a known unit"):
        Quantity(Fraction(1), "furlong")


@pytest.mark.parametrize(
    ("written", "op"),
    [
        ("≤", "<="),
        ("≥", ">="),
        ("≦", "<="),
        ("≧", ">="),
        ("＜", "<"),
        ("＞", ">"),
        ("=", "=="),
        *zip(OPS, OPS, strict=True),
    ],
)
def test_operators_are_read_as_people_write_them(written: str, op: str) -> None:
    assert Limit.parse(f" {written} 2 ms ").op == op
    assert re.search(limit_pattern(), f"{written}2 ms")


@pytest.mark.parametrize(
    "text", ["", "2 ms", "<=", "=< 2 ms", "<> 2 ms", "<= = 2 ms", "<= <= 2 ms", "about 2 ms", "<= fast"]
)
def test_limits_that_say_nothing_clear_are_refused_with_a_cure(text: str) -> None:
    with pytest.raises(SpecError) as refusal:
        Limit.parse(text)
    assert refusal.value.cure
    assert not re.search(limit_pattern(), text)


@given(LIMITS, FRACTIONS | st.floats(allow_nan=False) | st.integers())
def test_conformity_is_the_exact_comparison(limit: Limit, value: Fraction | float) -> None:
    bound = limit.quantity.value
    wanted = {"<=": value <= bound, ">=": value >= bound, "<": value < bound, ">": value > bound, "==": value == bound}
    assert limit.conforms(value) == wanted[limit.op]


@given(LIMITS)
def test_the_limit_itself_conforms_unless_the_limit_is_strict(limit: Limit) -> None:
    assert limit.conforms(limit.quantity.value) == (not limit.strict)


def test_a_float_next_to_the_limit_is_told_apart_from_it() -> None:
    limit = Limit.parse("<= 0.3 s")
    assert limit.conforms(0.3)  # the float 0.3 lies below 3/10
    assert not limit.conforms(math.nextafter(0.3, 1))
    assert not Limit.parse("<= 0.1 s").conforms(0.1)  # the float 0.1 lies above 1/10


def test_infinity_lies_beyond_every_limit_and_nan_is_refused() -> None:
    assert not Limit.parse("<= 2 ms").conforms(math.inf)
    assert Limit.parse("> 2 ms").conforms(math.inf)
    with pytest.raises(StatisticsError, match="NaN"):
        Limit.parse("<= 2 ms").conforms(math.nan)


@given(TIME_LIMITS)
def test_tightening_is_reflexive(limit: Limit) -> None:
    assert limit.tightens(limit)


@given(TIME_LIMITS, TIME_LIMITS, TIME_LIMITS)
def test_tightening_is_transitive(one: Limit, two: Limit, three: Limit) -> None:
    if one.tightens(two) and two.tightens(three):
        assert one.tightens(three)


@given(TIME_LIMITS, TIME_LIMITS)
def test_tightening_is_antisymmetric(one: Limit, two: Limit) -> None:
    if one.tightens(two) and two.tightens(one):
        assert one == two


def test_tightening_means_that_whatever_conforms_conforms_to_the_other_too() -> None:
    """Every pair of small limits against every point around them: the set-theoretic definition, by enumeration."""
    limits = [Limit(op, Quantity(Fraction(value), "s")) for op, value in product(OPS, (-1, 0, 1))]
    points = [Fraction(k, 2) for k in range(-9, 10)]
    for one, other in product(limits, limits):
        subset = all(other.conforms(point) for point in points if one.conforms(point))
        assert one.tightens(other) == subset, f"{one} tightens {other}"


def test_limits_of_different_dimensions_never_tighten_each_other() -> None:
    assert not Limit.parse("<= 1 ms").tightens(Limit.parse("<= 2 m"))
    assert not Limit.parse("== 1 ms").tightens(Limit.parse("== 1 %"))


def test_tightening_compares_across_units_exactly() -> None:
    assert Limit.parse("<= 1500 µs").tightens(Limit.parse("<= 2 ms"))
    assert Limit.parse("<= 0.002 s").tightens(Limit.parse("≤ 2 ms"))
    assert not Limit.parse("<= 2000.000001 µs").tightens(Limit.parse("<= 2 ms"))
    assert Limit.parse(">= 6 万次/日").tightens(Limit.parse(">= 2500 次/小时"))
    assert not Limit.parse(">= 59999 次/日").tightens(Limit.parse(">= 2500 次/小时"))


@given(st.text(max_size=30))
def test_any_text_is_a_quantity_or_a_refusal_and_the_pattern_never_refuses_what_is_read(text: str) -> None:
    try:
        Quantity.parse(text)
    except SpecError:
        return
    assert re.search(quantity_pattern(), text)
