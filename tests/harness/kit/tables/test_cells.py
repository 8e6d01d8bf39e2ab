# SPDX-License-Identifier: Apache-2.0
"""Cells as values: numbers as people write them, days, instants; what is none of these is None, never zero."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.tables.cells import count, day, instant_ns, number


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_a_number_with_separators_and_full_width_digits_is_the_number(value, decimals):
    text = f"{value:,}" + ("." + "5" * decimals if decimals else "")
    expected = Fraction(text.replace(",", ""))
    assert number(text) == expected
    assert number(text.translate({ord(digit): ord("０") + int(digit) for digit in "0123456789"})) == expected


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(text):
    assert number(text) is None or isinstance(number(text), Fraction)
    assert count(text) is None or count(text) >= 0
    assert instant_ns(text) is None or isinstance(instant_ns(text), int)
    assert day(text) is None or isinstance(day(text), date)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "nan", "inf", "1,2", "1,2345", "12,34,567", "1/2", "1 %%", "0x10", "1e100", "²"]
)
def test_what_is_no_number_is_none(text):
    assert number(text) is None
    assert count(text) is None


def test_dates_are_read_as_people_and_spreadsheets_write_them():
    for text in [
        "2023-09-04",
        "2023/9/4",
        "2023.9.4",
        "2023年9月4日",
        "20230904",
        "45173",
        "45173.5",
        "２０２３-09-04",
        "2023-09-04 00:00:00",
    ]:
        assert day(text) == date(2023, 9, 4), text
    assert day("43711", from_1904=True) == date(2023, 9, 4)
    for text in ["", "2023-13-01", "昨天", "9/4", "2023-02-30", "123456", "-5"]:
        assert day(text) is None, text


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T08:00:00.100Z",
        "2026-11-21 08:00:00.1",
        "2026/11/21 8:00:00.1",
        "2026.11.21_08.00.00.100",
        "2026年11月21日 8时00分00.1秒",
        "2026-11-21T16:00:00.1+08:00",
        "２０２６-11-21 08:00:00.100",
        "1795248000.1",
    ],
)
def test_an_instant_is_read_as_people_and_programs_write_it(text):
    assert instant_ns(text) == 1_795_248_000_100_000_000


def test_a_number_is_an_instant_in_the_unit_that_is_said_to_the_nanosecond():
    assert instant_ns("1795248000123", "ms") == 1_795_248_000_123_000_000
    assert instant_ns("1795248000.123456789") == 1_795_248_000_123_456_789
    for text in ("", "昨天", "2026-13-01 00:00", "2026-11-21 25:00:00", "1e40", "2026-11-21"):
        assert instant_ns(text) is None, text


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-21T16:00:05+08", "2025/11/21 8:0:5", "20251121080005", "20251121T080005Z", "21/11/2025 08:00:05", "21.11.2025 08:00:05", "2025/11/21 上午08:00:05", "11/21/2025 8:00:05 AM",
        "Fri, 21 Nov 2025 16:00:05 +0800", "21-Nov-2025 08:00:05", "Fri Nov 21 08:00:05 2025", "2025-11-21 08:00:05 UTC", "2025-11-21 16:00:05 GMT+8", "2025年11月21日 08时00分05秒",
    ],
)  # fmt: skip
def test_an_instant_in_other_usual_forms_is_the_same_instant(text):
    assert instant_ns(text) == 1_763_712_005 * 10**9


@pytest.mark.parametrize(
    "text",
    ["5/11/2025 08:00:00", "2025-11-21 13:00:00 PM", "2025-11-21 25:00:00", "2025-11-21 08:00:00 CST", "12:00:00", "45982.5 08:00:00", "99991231235959", "2025-02-30 8:0:0"],
)  # fmt: skip
def test_what_may_be_two_instants_or_none_is_none(text):
    assert instant_ns(text) is None
