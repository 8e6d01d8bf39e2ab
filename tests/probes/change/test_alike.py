# SPDX-License-Identifier: Apache-2.0
"""What both sides have to say alike: names, scope, columns of weight, and how long events were counted."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.kit.unreadable import UnreadableError
from harness.model import Judgement, Outcome, Verdict
from tests.probes.change.tables import line_table, project_table
from tests.probes.change.test_outcomes import codes

Ask = Callable[..., tuple[Outcome, Judgement]]
OLD, NEW = line_table(2022, 1), line_table(2023, 0.7)
SIZES = {f"工程{each}": 20.0 for each in "甲乙丙丁戊己庚辛"}
MANY, FEW = project_table(SIZES, round), project_table(SIZES, lambda expected: round(expected * 0.6))


def headed(table: str, before: str, after: str) -> str:
    head, rest = table.split("\n", 1)
    return head.replace(before, after) + "\n" + rest


def beside(table: str, heading: str, word: str) -> str:
    head, *rows = table.splitlines()
    return "\n".join([f"{head},{heading}", *(f"{row},{word}" for row in rows)]) + "\n"


def cost(ask: Ask, before: str, after: str) -> Verdict:
    return ask(before, after, "unit-cost", "paired", ">= 25 %")[1].verdict


def orders(ask: Ask, before: Any, after: Any, **more: str) -> tuple[Outcome, Judgement]:
    return ask(before, after, "orders", "rate-ratio", ">= 15 %", **more)


@pytest.mark.parametrize(
    ("heading", "before", "after"),
    [
        ("价格基准", "2022年现价", "2015年不变价"),
        ("统计口径", "全成本", "变动成本"),
        ("班次", "", "夜班"),
        ("是否含税", "是", "否"),
        ("accounting scope", "full", "direct"),
    ],
)
def test_tables_of_another_scope_are_not_compared(ask: Ask, heading: str, before: str, after: str) -> None:
    with pytest.raises(UnreadableError, match="what differs in scope"):
        cost(ask, beside(OLD, heading, before), beside(NEW, heading, after))
    assert cost(ask, beside(OLD, heading, after), beside(NEW, heading, after)) is Verdict.PASS


@pytest.mark.parametrize(
    "column", ["折旧（万元）", "外协加工费（万元）", "原材料（万元）", "电费", "政府补贴（万元）", "不合格品", "scrap"]
)
def test_what_moved_into_a_column_of_its_own_on_one_side_is_told(ask: Ask, column: str) -> None:
    with pytest.raises(UnreadableError, match=r"on one side alone|amounts of the same kind"):
        cost(ask, OLD, beside(NEW, column, "20"))


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [
        ("不良率", "", "0.5%"),
        ("在岗人数", "", "12"),
        ("负责人", "张三", "李四"),
        ("设备", "旧设备", "智能设备"),
        ("季度", "2022Q1", "2023Q1"),
        ("其中：材料", "5", "4"),
        ("统计天数", "30", "31"),
    ],
)
def test_columns_that_say_nothing_of_scope_may_differ(ask: Ask, column: str, before: str, after: str) -> None:
    assert cost(ask, beside(OLD, column, before), beside(NEW, column, after)) is Verdict.PASS


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [("产量（件）", "合格品产量（件）", "产量（件）"), ("成本（万元）", "总成本（万元）", "生产成本（万元）")],
)
def test_what_is_called_otherwise_on_the_other_side_is_not_the_same(
    ask: Ask, column: str, before: str, after: str
) -> None:
    with pytest.raises(UnreadableError, match="not one and the same"):
        cost(ask, headed(OLD, column, before), headed(NEW, column, after))


def test_names_that_say_the_same_may_differ(ask: Ask) -> None:
    assert cost(ask, headed(OLD, "产量", "产出"), NEW) is Verdict.PASS


def test_sizes_of_another_kind_and_orders_of_another_scope_are_not_compared(ask: Ask) -> None:
    for column, other in (("建筑面积（万㎡）", "造价"), ("变更次数", "变更拆改次数")):
        with pytest.raises(UnreadableError):
            orders(ask, MANY, headed(FEW, column, other))


@pytest.mark.parametrize("after", ["2023-01/2023-06", "2023-01/2023-11"])
def test_events_of_periods_of_another_length_stay_open(ask: Ask, after: str) -> None:
    outcome, judgement = orders(ask, MANY, FEW, before_period="2022-01/2022-12", after_period=after)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "change.uneven" in codes(outcome)
    even, _ = orders(ask, MANY, FEW, before_period="2022-01/2022-12", after_period="2023-01/2023-12")
    assert "change.uneven" not in codes(even)


def ledger(year: int, months: int, each: int = 2) -> str:
    rows = [f"{name},{year}-{1 + at % months:02d}-11,{name}{year}{at}" for name in SIZES for at in range(months * each)]
    return "\n".join(["工程,变更日期,变更单号", *rows]) + "\n"


AREAS = "工程,建筑面积\n" + "".join(f"{name},20\n" for name in SIZES)


def test_ledgers_of_other_months_stay_open_unless_periods_are_agreed(ask: Ask) -> None:
    outcome, judgement = orders(ask, [ledger(2022, 12), AREAS], [ledger(2023, 6), AREAS])
    assert (judgement.verdict, "change.uneven" in codes(outcome)) == (Verdict.INCONCLUSIVE, True)
    agreed = {"before_period": "2022-01/2022-12", "after_period": "2023-01/2023-12"}
    assert orders(ask, [ledger(2022, 12), AREAS], [ledger(2023, 6), AREAS], **agreed)[1].verdict is Verdict.PASS


@pytest.mark.parametrize(("column", "before", "after"), [("统计月数", "12", "6"), ("完工进度", "100%", "40%")])
def test_projects_that_were_counted_for_less_long_are_not_compared(
    ask: Ask, column: str, before: str, after: str
) -> None:
    with pytest.raises(UnreadableError, match=r"in length|takes the row back"):
        orders(ask, beside(MANY, column, before), beside(FEW, column, after))


def test_lines_above_the_head_that_speak_of_other_times_are_heard(ask: Ask) -> None:
    with pytest.raises(UnreadableError, match="the line above the head says"):
        orders(ask, "2022年全年变更统计\n" + MANY, "2023年1-6月变更统计\n" + FEW)


@pytest.mark.parametrize(
    "text",
    [
        "工程,变更日期,变更单号\n工程甲,2023-01-11,BG1~BG13\n",
        "工程,变更日期,变更单号,涉及项数\n工程甲,2023-01-11,BG1,5\n",
        "工程,变更日期,变更单号,涉及处数\n工程甲,2023-01-11,BG1,3 处\n",
        "工程,变更日期,变更单号,涉及处数\n工程甲,2023-01-11,BG1,三处\n",
    ],
)
def test_a_row_of_a_ledger_is_one_order(ask: Ask, text: str) -> None:
    with pytest.raises(UnreadableError, match=r"several orders|amounts of the same kind"):
        orders(ask, [ledger(2022, 12), AREAS], [text, AREAS])


@pytest.mark.parametrize("one", ["1", "1 处", "一处", ""])
def test_a_column_that_says_that_each_is_one_does_no_harm(ask: Ask, one: str) -> None:
    sides = [[beside(ledger(year, many), "涉及处数", one), AREAS] for year, many in ((2022, 12), (2023, 6))]
    plain = [[ledger(year, many), AREAS] for year, many in ((2022, 12), (2023, 6))]
    assert orders(ask, *sides)[0].estimate == orders(ask, *plain)[0].estimate


@pytest.mark.parametrize("title", ["单位：万元", "金额单位：万元"])
def test_a_unit_of_money_above_the_head_is_that_of_the_cost(ask: Ask, title: str) -> None:
    bare = [f"{title}\n{headed(each, '（万元）', '')}" for each in (OLD, NEW)]
    assert cost(ask, *bare) is Verdict.PASS
    with pytest.raises(UnreadableError, match="disagree"):
        cost(ask, bare[0].replace("万元", "元"), bare[1])


@pytest.mark.parametrize(("column", "word"), [("单位", "万元"), ("币种", "人民币")])
def test_a_column_that_states_one_unit_throughout_states_that_of_the_cost(ask: Ask, column: str, word: str) -> None:
    bare = [headed(each, "（万元）", "" if column == "单位" else "（万元）") for each in (OLD, NEW)]
    assert cost(ask, *(beside(each, column, word) for each in bare)) is Verdict.PASS
    with pytest.raises(UnreadableError):
        cost(ask, beside(bare[0], column, "美元"), beside(bare[1], column, word))


def test_units_above_the_head_may_be_called_otherwise_than_in_it(ask: Ask) -> None:
    assert cost(ask, *(f"（单位：万元、件、小时）\n{each}" for each in (OLD, NEW))) is Verdict.PASS


def test_who_keeps_the_table_and_decimal_commas_do_no_harm(ask: Ask) -> None:
    signed = [
        each + "单位负责人：,,制表人：张三,审核：李四,,\n第 1 页 共 1 页,,,,,\n数据来源：ERP 系统,,,,,\n"
        for each in (OLD, NEW)
    ]
    assert cost(ask, *signed) is Verdict.PASS
    assert cost(ask, *(each.replace(",", ";").replace(".", ",") for each in (OLD, NEW))) is Verdict.PASS


@pytest.mark.parametrize("line", ["注：不含设备折旧及外协费用", "数据来源：财务预测", "选取最优月份", "代表性产线统计"])
def test_lines_that_say_what_is_left_out_are_refused(ask: Ask, line: str) -> None:
    for text in (f"{NEW}{line},,,,,\n", f"{line},,,,,\n{NEW}"):
        if text.startswith(NEW) or not line.startswith(("注", "数据")):
            with pytest.raises(UnreadableError):
                cost(ask, OLD, text)
