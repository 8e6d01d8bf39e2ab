# SPDX-License-Identifier: Apache-2.0
"""Agreed periods, and the months that cells say."""

from datetime import date

import pytest

from harness.errors import SpecError
from harness.kit import tables
from harness.kit.periods import Period, month
from harness.kit.tables import Columns, Row
from harness.kit.unreadable import UnreadableError
from harness.model import Text


def row(text: str) -> Row:
    columns = Columns({"when": ("when",), "x": ("x",)}, ({"when"}, {"x"}), Text("表", "table"))
    return next(iter(tables.read(f'when,x\n"{text}",1\n'.encode(), columns, name="t.csv")))


def test_a_period_of_months_reaches_from_the_first_day_to_the_last() -> None:
    found = Period.read("2023-11/2024-02")
    assert found == Period(date(2023, 11, 1), date(2024, 2, 29))
    assert found.months == ("2023-11", "2023-12", "2024-01", "2024-02")
    assert Period.read(str(found)) == found


def test_a_period_may_begin_and_end_on_any_day() -> None:
    assert Period.read(" 2023-01-15/2023-06-30 ") == Period(date(2023, 1, 15), date(2023, 6, 30))


@pytest.mark.parametrize(
    "text", ["2023", "2023-01", "2023-13/2024-01", "2023-05/2023-04", "2023-02-30/2023-03", "a/b", ""]
)
def test_what_is_no_period_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SpecError, match="is no period") as error:
        Period.read(text)
    assert "2023-01/2023-12" in error.value.cure


@pytest.mark.parametrize(
    "text", ["2023-09", "2023/9", "2023.9", "2023年9月", "202309", "2023-09-04", "20230904", "45173"]
)
def test_months_and_dates_as_people_write_them(text: str) -> None:
    assert month(row(text), "when", None) == "2023-09"


@pytest.mark.parametrize("text", ["2023", "2023-13", "2023-00", "0000-01", "soon", "9月"])
def test_what_is_neither_month_nor_date_is_refused_with_its_row(text: str) -> None:
    with pytest.raises(UnreadableError, match=r"Row 1: .* is neither a date nor a month"):
        month(row(text), "when", None)


@pytest.mark.parametrize(("text", "inside"), [("2023-01", True), ("2023-01-14", False), ("2023-01-15", True), ("2022-12", False), ("2023-06-30", True), ("2023-07-01", False)])  # fmt: skip
def test_days_outside_the_agreed_period_are_refused(text: str, inside: bool) -> None:
    agreed = Period.read("2023-01-15/2023-06-30")
    if inside:
        assert month(row(text), "when", agreed)
        return
    with pytest.raises(UnreadableError, match="lies outside the agreed period 2023-01-15 to 2023-06-30"):
        month(row(text), "when", agreed)


def test_a_table_without_such_a_column_knows_no_month() -> None:
    assert month(row("2023-09"), "other", None) == ""
