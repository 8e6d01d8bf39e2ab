# SPDX-License-Identifier: Apache-2.0
"""Lists found by name, with their heads in both languages."""

import pytest

from harness.kit.listings import Column, Listing, facts
from harness.model import Text

T = Text("标题", "title")
COLUMNS = (Column("node", Text("终端", "Node")), Column("delay", Text("时延", "Delay"), "ms"))


def test_rows_are_brought_into_the_order_of_the_columns():
    listing = Listing("nodes", T, COLUMNS, [{"delay": 2.5, "node": "T-1"}, ("T-2", None), {"node": "T-3"}])
    assert listing.rows == (("T-1", 2.5), ("T-2", None), ("T-3", None))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [([{"nod": "T-1"}], "no column nod"), ([("T-1",)], "1 cells for 2 columns")],
)
def test_a_row_that_does_not_fit_its_columns_is_refused(rows, problem):
    with pytest.raises(ValueError, match=problem):
        Listing("nodes", T, COLUMNS, rows)


def test_two_columns_of_one_key_are_refused():
    with pytest.raises(ValueError, match="two columns of one key"):
        Listing("nodes", T, (*COLUMNS, COLUMNS[0]), [])


def test_single_values_are_a_list_of_two_columns():
    listing = facts("track", T, [(Text("点数", "Points"), 12), (Text("切换", "Handovers"), 3)])
    assert [column.key for column in listing.columns] == ["name", "value"]
    assert listing.rows[1] == (Text("切换", "Handovers"), 3)
