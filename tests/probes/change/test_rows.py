# SPDX-License-Identifier: Apache-2.0
"""Tables of before and after, as people keep them and as they get them wrong."""

import re
from contextlib import suppress
from fractions import Fraction
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from harness.kit.periods import Period
from harness.kit.unreadable import UnreadableError
from probes.change.rows import Sheet, read

YEAR = Period.read("2023-01/2023-12")


def sheet(text: str, period: Period | None = None, encoding: str = "utf-8", **named: str) -> Sheet:
    return read(text.encode(encoding), "t.csv", named, "", period)


def test_a_table_of_lines_months_and_products_becomes_cells() -> None:
    found = sheet(
        "产线,月份,产品,成本（万元）,产量（件）\n一线,2023-01,甲,10.5,7\n一线,2023-01,甲,1.5,3\n二线,2023年2月,乙,4,2\n"
    )
    assert found.cells == {
        ("一线", "2023-01", "甲"): {"cost": 12, "output": 10},
        ("二线", "2023-02", "乙"): {"cost": 4, "output": 2},
    }
    assert found.units == {"cost": "万元", "output": "件"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_chinese_tables_come_in_either_encoding(encoding: str) -> None:
    assert sheet("产线,成本,产量\n一线,1,2\n", encoding=encoding).cells == {("一线", "", ""): {"cost": 1, "output": 2}}


def test_a_workbook_with_a_title_row_and_real_dates_reads_as_its_csv_does() -> None:
    book, content = Workbook(), BytesIO()
    page = book.active
    assert page is not None
    for row in (
        ["2023 年成本表"],
        ["产线", "月份", "成本", "产量"],
        ["一线", "2023-01", 12.5, 5],
        ["合计", None, 12.5, 5],
    ):
        page.append(row)
    book.save(content)
    found = read(content.getvalue(), "t.xlsx", {}, "", YEAR)
    assert found.cells == {("一线", "2023-01", ""): {"cost": Fraction(25, 2), "output": 5}}
    assert [each.code for each in found.remarks] == ["tallies.totals"]


def test_a_ledger_counts_its_rows_each_order_once() -> None:
    text = "工程,单号,日期\n甲楼,B-1,2023-01-04\n甲楼,B-2,2023-01-09\n乙楼,C-1,2023-03-01\n甲楼,B-2,2023-01-09\n"
    found = sheet(text)
    assert found.cells == {("甲楼", "2023-01", ""): {"orders": 2}, ("乙楼", "2023-03", ""): {"orders": 1}}
    assert found.remarks[0].facts["count"] == 1


def test_names_are_compared_without_blanks_and_width() -> None:
    assert list(sheet("line,cost,output\nＬ 1,1,2\nL1,3,4\n").cells) == [("L1", "", "")]


def test_headings_of_ones_own_are_named_in_the_profile() -> None:
    found = sheet("装配线,花费,合格件数\nL1,1,2\n", unit="装配线", cost="花费", output="合格件数")
    assert found.cells == {("L1", "", ""): {"cost": 1, "output": 2}}


def test_a_table_of_products_has_a_line_a_product_and_a_unit_cost_is_the_cost_of_one() -> None:
    found = sheet("产品,单位成本（元/件）\n甲,127.5\n乙,85.6\n")
    assert found.cells["甲", "", ""] == {"cost": Fraction(255, 2), "output": 1}
    assert found.units == {"each": "元/件"}


def test_a_unit_cost_beside_cost_is_not_counted_again_and_beside_output_is_multiplied() -> None:
    assert sheet("产线,成本,产量,单位成本\nA,6,3,2\n").cells == {("A", "", ""): {"cost": 6, "output": 3}}
    assert sheet("产线,产量,单位成本\nA,3,2\n").cells == {("A", "", ""): {"cost": 6, "output": 3}}


def test_a_column_of_exposure_serves_costs_and_orders_alike() -> None:
    assert sheet("project,count,exposure\nA,6,3\n").cells == {("A", "", ""): {"orders": 6, "output": 3, "size": 3}}


def test_groups_are_told_by_line() -> None:
    assert sheet("产线,成本,产量,组别\nA,1,2,应用\nB,1,2,对照组\nC,1,2,\n").groups == (("A",), ("B",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("产线,成本,产量\n一线,,5\n", "Row 1: 成本 is blank"),
        ("产线,成本,产量\n,3,5\n", "Row 1: 产线 is blank"),
        ("产线,成本,产量\n一线,3,0\n", "产量 is 0, it has to be above zero"),
        ("产线,成本,产量\n一线,-3,5\n", "成本 is -3, below zero"),
        ("产线,成本,产量\n一线,0,5\n", "成本 is 0, it has to be above zero"),
        ("工程,规模,变更次数\n甲,3,-1\n", "变更次数 is -1, below zero"),
        ("产线,成本,产量\n一线,about 3,5\n", "is no number"),
        ("工程,规模,变更次数\n甲,3,1.5\n", "变更次数 is 1.5, no whole number"),
        ("工程,规模,变更次数\n甲,3,1.000\n", "变更次数 is 1.000, no whole number"),
        ("产线,月份,成本,产量\n一线,spring,3,5\n", "neither a date nor a month"),
        ("产线,月份,成本,产量\n一线,2022-12,3,5\n", "lies outside the agreed period 2023-01-01 to 2023-12-31"),
        ("产线,成本,产量,组别\n一线,3,5,试点\n", "试点 is no 组别 that is known"),
        ("产线,成本,产量\n一线,3,5\n二线,4,6\n合计,8,11\n", "the total of 成本 is 8, the rows above add up to 7"),
        ("工程,单号\n甲,1\n乙,1\n", "1 is the number of row 1"),
        ("工程,单号\n甲,\n", "单号 is blank"),
        ("名称,数量\n一线,3\n", "o head row"),
    ],
)
def test_what_is_not_understood_is_refused_by_row_with_a_cure(text: str, words: str) -> None:
    with pytest.raises(UnreadableError) as error:
        sheet(text, YEAR)
    assert words in str(error.value)
    assert error.value.cure
    assert any("\u4e00" <= letter <= "\u9fff" for letter in error.value.text.zh)


@given(st.lists(st.lists(st.text('0123456789.-,/年月% 甲A"', max_size=9), min_size=1, max_size=7), max_size=6))
def test_whatever_stands_in_a_table_it_is_read_with_values_that_can_be_or_refused(rows: list[list[str]]) -> None:
    head = "产线,月份,产品,成本,产量,单号\n"
    with suppress(UnreadableError):
        found = sheet(head + "\n".join(",".join(row) for row in rows), YEAR)
        assert all(values["output"] > 0 <= values["cost"] for values in found.cells.values())


@given(st.binary(max_size=200))
def test_bytes_that_are_no_table_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(data, "t.csv", {}, "", None)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("工程,规模,变更次数,拆改次数\n甲,3,12,20\n乙,2,9,0\n", "变更次数"),
        ("工程,规模,变更次数,未登记变更\n甲,3,12,1\n乙,2,9,\n", "变更次数"),
        ("产线,产量,工时（h）,加班（h）\n一线,5,50,30\n", "工时（h）"),
        ("产线,产量,成本（元）,管理费用（元）\n一线,5,50,30\n", "成本（元）"),
    ],
)
def test_more_of_the_same_in_a_column_that_nobody_reads_is_refused_by_name(text: str, read: str) -> None:
    with pytest.raises(UnreadableError, match=f"amounts of the same kind as '?{re.escape(read)}"):
        sheet(text)


@pytest.mark.parametrize(
    "text",
    [
        "产线,产量,成本,材料成本,人工成本\n一线,5,50,30,20\n二线,4,40,30,10\n",
        "产线,产量,成本,其中材料成本\n一线,5,50,30\n",
        "产线,产量,成本,计划成本,成本降幅,上年成本\n一线,5,50,60,20 %,70\n",
        "工程,规模,变更次数,变更原因\n甲,3,12,设计\n",
        "产线,产量,工时,加班工时\n一线,5,50,\n",
    ],
)
def test_parts_of_what_is_read_and_what_is_no_amount_of_it_do_no_harm(text: str) -> None:
    assert len(sheet(text).cells) >= 1


@pytest.mark.parametrize("row", ["一线,63.15 %,7", "一线,0,7", "一线,5‰,7"])
def test_a_share_or_nothing_is_no_cost(row: str) -> None:
    with pytest.raises(UnreadableError, match=r"a share and no amount|has to be above zero"):
        sheet(f"产线,成本,产量\n{row}\n")


def test_two_columns_of_one_value_are_refused_until_the_profile_names_one() -> None:
    text = "产线,成本（万元）,总成本（万元）,产量\n一线,1,9,2\n"
    with pytest.raises(UnreadableError, match="two columns of one value"):
        sheet(text)
    assert sheet(text, cost="总成本（万元）").cells == {("一线", "", ""): {"cost": 9, "output": 2}}
    with pytest.raises(UnreadableError, match="amounts of the same kind"):
        sheet(text, cost="成本（万元）")


@pytest.mark.parametrize("word", ["Summe", "Gesamt", "合計", "Итого", "totale", "합계", "Zwischensumme"])
def test_totals_of_other_languages_are_checked_and_left_out(word: str) -> None:
    assert sheet(f"产线,成本,产量\n一线,1,2\n二线,3,4\n{word},4,6\n").cells.keys() == {
        ("一线", "", ""),
        ("二线", "", ""),
    }
    with pytest.raises(UnreadableError, match="the total of"):
        sheet(f"产线,成本,产量\n一线,1,2\n二线,3,4\n{word},4,600\n")


@pytest.mark.parametrize("word", ["Durchschnitt", "月均", "promedio", "moyenne", "平均値", "среднее"])
def test_averages_of_other_languages_are_refused(word: str) -> None:
    with pytest.raises(UnreadableError, match="averages"):
        sheet(f"产线,成本,产量\n一线,1,2\n{word},1,2\n")


def test_a_row_twice_in_other_writing_counts_once() -> None:
    assert sheet('产线,成本,产量\n一线,1.50,2000\n一线,1.5,"2,000"\n').cells == {
        ("一线", "", ""): {"cost": Fraction(3, 2), "output": 2000}
    }
