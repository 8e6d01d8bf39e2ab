# SPDX-License-Identifier: Apache-2.0
"""Commas within numbers: read where they can mean one thing only, refused with the row and both readings where not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.kit.tables import Columns, dotted, read
from harness.kit.tables.commas import comma, plain
from harness.model import Text

COLUMNS = Columns({"time": ("time",), "value": ("value",)}, [{"value"}], Text("表", "table"))
NUMBERS = st.decimals(Decimal("0.01"), Decimal(9_999_999), places=2)


def values(cells: list[str], times: list[str] | None = None) -> list[str]:
    """The cells of a column as they are read."""
    rows = "\n".join(f"{at};{cell}" for at, cell in zip(times or map(str, range(len(cells))), cells, strict=True))
    return dotted(read(f"time;value\n{rows}".encode(), COLUMNS), ("time", "value")).column("value")


@given(st.lists(NUMBERS, min_size=1, max_size=12), st.sampled_from(["", " ms", "s", " 毫秒", "e-3"]))
def test_two_decimals_behind_a_comma_are_decimals(numbers: list[Decimal], unit: str) -> None:
    written = [f"{each:.2f}".replace(".", ",") + unit for each in numbers]
    assert values(written) == [f"{each:.2f}{unit}" for each in numbers]


@given(st.lists(NUMBERS, min_size=1, max_size=12))
def test_separators_of_thousands_on_either_side_are_taken_out(numbers: list[Decimal]) -> None:
    english = [f"{each:,.2f}" for each in numbers]
    german = [each.translate({44: 46, 46: 44}) for each in english]
    wanted = [f"{each:.2f}" for each in numbers]
    assert values(english) == wanted
    assert values(german) == wanted


@given(st.lists(st.integers(1000, 999_999), min_size=1, max_size=12))
def test_what_may_be_either_is_refused_with_both_readings(numbers: list[int]) -> None:
    cells = [f"{each:,}" for each in numbers]
    with pytest.raises(DecodeError, match="may be") as refused:
        values(cells)
    assert cells[0].replace(",", ".") in refused.value.problem
    assert cells[0].replace(",", "") in refused.value.problem
    times = [f"{at},5" for at in range(len(cells))]
    assert values(cells, times) == [each.replace(",", ".") for each in cells], "the other column has decimal commas"


@given(st.integers(1, 99), st.integers(1, 99), st.booleans())
def test_two_ways_in_one_column_are_refused(one: int, other: int, swap: bool) -> None:
    cells = [f"{one},{other:02d}", f"{one}.{other:02d}"]
    with pytest.raises(DecodeError, match="decimal commas beside"):
        values(cells[::-1] if swap else cells)


@given(st.text(max_size=12))
def test_a_cell_that_is_no_number_stays_as_it_is(text: str) -> None:
    if comma(text) == "none":
        assert plain(text, "decimal") == text


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("2026-01-05 08:00:01,250", "2026-01-05 08:00:01.250"),
        ("08:00:01,25+08:00", "08:00:01.25+08:00"),
        ("0,125", "0.125"),
    ],
)
def test_a_clock_and_a_leading_zero_settle_it(cell: str, wanted: str) -> None:
    assert values([cell]) == [wanted]
