# SPDX-License-Identifier: Apache-2.0
"""A table of measurements that says itself that it is a plan, an estimate, a simulation, a copy or a part is none."""

import pytest

from harness.errors import DecodeError
from harness.kit.tables import Columns, Table, beside, invented, read, recorded, sole, titled
from harness.model import Text

COLUMNS = Columns(
    {"time": ("time", "stamp"), "value": ("value", "reading")}, [{"time"}, {"value"}], Text("表", "table"), least=2
)


def table(heading: str, said: str, above: str = "") -> Table:
    text = f"{above}\ntime,value,{heading}\n1,2,\n2,3,{said}\n"
    return read(text.encode(), COLUMNS, name="t.csv")


SAID = [
    ("备注", "预计"), ("备注", "预算数"), ("备注", "计划值"), ("类别", "理论值"), ("数据类型", "设计值"), ("数据类型", "标称"), ("来源", "仿真"),
    ("数据性质", "按合同"), ("数据来源", "计算"), ("备注", "抄表缺失，取上月"), ("备注", "按比例分摊"), ("備考", "模擬"), ("備考", "見込み"), ("備考", "シミュレーション"), ("source", "simulated"),
    ("source", "Manual"), ("basis", "nameplate"), ("Bemerkung", "geschätzt"), ("Bemerkung", "simuliert"), ("Bemerkung", "nicht ausgeführt"),
    ("remarque", "estimé"), ("remarque", "prévu"), ("remarque", "annulé"), ("误报", "是"), ("是否缓存", "是"), ("cached", "true"), ("suppressed", "1"), ("retries", "2"),
    ("attempt", "2"), ("dry_run", "true"), ("deleted_at", "2023-11-15"), ("插值", "是"), ("补录", "是"), ("clipped", "1"), ("聚合方式", "max"), ("统计", "峰值"),
]  # fmt: skip
PLAIN = [
    ("备注", "正常"), ("值班员", "计划部张三"), ("部门", "测试"), ("所属区域", "测试车间"), ("处理方式", "人工"), ("source", "PLC3"), ("类型", "计算"), ("抄表方式", "人工抄表"),
    ("suppressed", "0"), ("cached", "false"), ("attempt", "1"), ("温度(℃)", "21"), ("description", "test bench 3"), ("Application", "demo"), ("规则", "默认"), ("统计", "平均"),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "said"), SAID)
def test_a_word_beside_a_row_that_it_was_not_measured_refuses_the_table_and_names_the_row(
    heading: str, said: str
) -> None:
    assert invented(heading, said)
    found = table(heading, said)
    assert [word for row in found for _, word in beside(row)] == [said]
    with pytest.raises(DecodeError, match=r"Row 2|marks rows differently") as told:
        recorded(found, COLUMNS)
    assert said[:60] in str(told.value)


@pytest.mark.parametrize(("heading", "said"), PLAIN)
def test_names_places_and_ordinary_words_beside_a_row_take_nothing_back(heading: str, said: str) -> None:
    assert not invented(heading, said)
    assert recorded(table(heading, said), COLUMNS).column("value") == ["2", "3"]


@pytest.mark.parametrize("above", ["2025年度能耗预算表", "设计工况", "模拟数据", "示例登记表", "demo data - example only", "Budget 2025", "仅列示部分关键设备", "geplant"])  # fmt: skip
def test_a_line_above_the_head_that_calls_it_a_plan_or_an_example_is_heard(above: str) -> None:
    with pytest.raises(DecodeError, match=r"Above the head|Beside the table"):
        titled(table("x", "1", above))


@pytest.mark.parametrize("above", ["2025年度用电台账", "某设计研究院数据中心用电台账", "仿真科技有限公司告警日志", "三号点位运行日志", "规划路变电站"])  # fmt: skip
def test_such_a_word_in_the_name_of_a_house_is_no_plan(above: str) -> None:
    titled(table("x", "1", above))


def test_a_second_column_of_the_same_meaning_that_differs_is_refused_unless_the_profile_says_which() -> None:
    with pytest.raises(DecodeError, match="mean the same and differ"):
        recorded(table("reading", "9"), COLUMNS, ("value",))
    sole(table("reading", "3.0").__class__("t", ("time", "value", "reading"), {"time": 0, "value": 1}, (("1", "2", "2.0"),), (2,)), COLUMNS, ("value",))  # fmt: skip
    named = Columns(COLUMNS.usual, COLUMNS.needed, COLUMNS.noun, {"value": "value"}, least=2)
    sole(table("reading", "9"), named, ("value",))
