# SPDX-License-Identifier: Apache-2.0
"""Totals are checked and not counted, copies count once, a blank is no zero."""

import pytest

from harness.kit import tables
from harness.kit.tables import Columns, Table
from harness.kit.tallies import Tally, amount, filled, tally, unit_stated, units_agree
from harness.kit.unreadable import UnreadableError
from harness.model import Text

FIELDS = {"name": ("name",), "number": ("number",), "value": ("value",)}
COST = Text("成本", "cost")


def table(*rows: str, head: str = "name,value") -> Table:
    columns = Columns(FIELDS, ({"name"}, {"value"}), Text("表", "table"))
    return tables.read("\n".join((head, *rows)).encode(), columns, name="t.csv")


def counted(*rows: str, head: str = "name,value") -> Tally:
    return tally(table(*rows, head=head), ("name",), ("value",), "number")


def test_totals_of_all_rows_and_of_a_block_are_checked_and_left_out() -> None:
    found = counted("a,1", "b,2", "小计,3", "c,4", "Subtotal,4", "合 计,7")
    assert [row["name"] for row in found.rows] == ["a", "b", "c"]
    assert found.totals == 3


@pytest.mark.parametrize(
    ("rows", "total"),
    [(("a,0.1", "b,0.2"), "合计,0.30000000000000004"), (("a,1.25", "b,2.5"), "合计,3.8"), (("a,1",), "合计,")],
)
def test_a_total_may_be_rounded_or_left_blank(rows: tuple[str, ...], total: str) -> None:
    assert counted(*rows, total).totals == 1


@pytest.mark.parametrize("total", ["合计,4", "Total,2", "总计,3.2"])
def test_a_total_that_its_rows_do_not_give_is_refused_with_row_and_sum(total: str) -> None:
    with pytest.raises(
        UnreadableError, match=r"Row 3: the total of value is .*, the rows above add up to 3\."
    ) as error:
        counted("a,1", "b,2", total)
    assert error.value.where == "t.csv:4"
    assert "明细之和为 3" in error.value.text.zh


def test_a_row_of_averages_is_refused() -> None:
    with pytest.raises(UnreadableError, match="Row 3: this row holds averages"):
        counted("a,1", "b,2", "平均,1.5")


def test_a_row_that_stands_twice_counts_once_and_is_told() -> None:
    found = counted("a,1", "a,2", "a,1", "ａ , 1")
    assert [str(row.value("value")) for row in found.rows] == ["1", "2"]
    assert found.twice == (3, 4)
    told = found.remarks[0]
    assert told.code == "tallies.twice"
    assert told.text.en == "t.csv: 2 rows repeat earlier ones and count once: rows 3, 4."
    assert told.text.zh == "t.csv：2 行与前面的行完全相同，只计一次：第 3、4 行。"


def test_columns_that_nobody_reads_are_told() -> None:
    assert [each.code for each in counted("a,1,x", head="name,value,备注").remarks] == ["tallies.unread"]


def test_a_number_that_two_different_rows_bear_is_refused() -> None:
    with pytest.raises(UnreadableError, match="Row 2: 7 is the number of row 1"):
        counted("7,a,1", "7,a,2", head="number,name,value")
    assert counted("7,a,1", "7,a,1", head="number,name,value").twice == (2,)


def test_a_blank_is_no_zero() -> None:
    row = next(iter(table("a,")))
    with pytest.raises(UnreadableError, match="value is blank"):
        amount(row, "value")
    with pytest.raises(UnreadableError, match="value is blank"):
        filled(row, "value")


@pytest.mark.parametrize(
    ("cell", "asked", "words"),
    [("-1", {}, "below zero"), ("0", {"positive": True}, "above zero"), ("1.5", {"whole": True}, "no whole number")],
)
def test_numbers_that_cannot_be_are_refused(cell: str, asked: dict[str, bool], words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        amount(next(iter(table(f"a,{cell}"))), "value", **asked)


def test_the_unit_of_a_heading_is_what_stands_in_brackets() -> None:
    assert unit_stated(table("a,1", head="name,value（万元）"), "value") == "万元"
    assert unit_stated(table("a,1"), "value") == ""


def test_tables_that_state_different_units_are_refused_by_name() -> None:
    units_agree([("a.csv", {COST: "万元"}), ("b.csv", {COST: "万元"})])
    with pytest.raises(UnreadableError, match=r"The units of cost disagree: 万元 in a\.csv, 元 in b\.csv") as error:
        units_agree([("a.csv", {COST: "万元"}), ("b.csv", {COST: "元"})])
    assert "“成本”的单位不一致" in error.value.text.zh
    with pytest.raises(UnreadableError, match=r"– in b\.csv"):
        units_agree([("a.csv", {COST: "万元"}), ("b.csv", {COST: ""})])


@pytest.mark.parametrize(
    ("head", "before", "said"),
    [("remark", "", "cancelled"), ("状态", "正常", "已作废"), ("备注", "", "估算值"), ("类别", "", "测试数据")],
)
def test_a_row_that_is_taken_back_beside_is_refused_by_name(head: str, before: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=f"Row 2: {head} says '{said}': the row does not count"):
        counted(f"a,1,{before}", f"b,2,{said}", head=f"name,value,{head}")


@pytest.mark.parametrize(("head", "said"), [("status", "blue"), ("status", ""), ("备注", "原件未见")])
def test_what_stands_beside_a_row_and_is_not_understood_refuses_it_by_name(head: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=f"Row 2: '{head}' says '{said}': whether that takes the row back"):
        counted("a,1,active", f"b,2,{said}", head=f"name,value,{head}")


@pytest.mark.parametrize(
    ("head", "said"),
    [("备注", "预计"), ("数据类型", "计划"), ("remark", "budget"), ("口径", "预算数"), ("来源", "理论值")],
)
def test_a_row_that_is_no_record_of_what_happened_is_refused(head: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=f"{head}.*{said}"):
        counted("a,1,", f"b,2,{said}", head=f"name,value,{head}")


def test_an_analogue_signal_is_no_simulation() -> None:
    assert len(counted("a,1,模拟量", "b,2,模拟量输入", head="name,value,信号类型").rows) == 2


@pytest.mark.parametrize("again", ["2023年1月,1000", "2023-01,1000.0", "2023/1,１０００", '2023.01,"1,000"'])
def test_a_copy_in_other_writing_is_a_copy(again: str) -> None:
    found = counted("2023-01,1000", again, "2023-02,1000", head="name,value")
    assert (len(found.rows), found.twice) == (2, (2,))


def test_a_share_is_no_amount() -> None:
    with pytest.raises(UnreadableError, match="value is 80 %, a share and no amount"):
        amount(next(iter(table("a,80 %"))), "value")
