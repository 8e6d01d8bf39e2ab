# SPDX-License-Identifier: Apache-2.0
"""One table of one side, before or after, as cells: what a line, project or month spent, made, took and changed.

Closed world: a blank is no zero, a row without output, hours or size is refused, and so is a word or date that is not agreed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.kit import tables
from harness.kit.periods import Period, month
from harness.kit.tables import Columns, Row, dotted
from harness.kit.tables.alike import NOTHING, Said, said
from harness.kit.tables.commas import comma
from harness.kit.tables.kin import KIN, alone, nothing_more, one_each
from harness.kit.tables.measured import with_money
from harness.kit.tallies import amount, choice, filled, plain, tally, unit_stated
from harness.model import Reason, Text

FIELDS: Mapping[str, Sequence[str]] = {
    "unit": ("产线", "生产线", "产线名称", "工程", "工程名称", "项目", "项目名称", "车间", "line", "project", "unit"),
    "period": ("期间", "月份", "年月", "月", "日期", "变更日期", "签发日期", "month", "period", "date"),
    "product": ("产品", "产品名称", "品种", "型号", "product"),
    "group": ("组别", "分组", "group"),
    "number": ("单号", "变更单号", "拆改单号", "变更编号", "编号", "order number", "number"),
    "cost": ("成本", "生产成本", "总成本", "cost"),
    "each": ("单位成本", "单件成本", "单耗", "unit cost", "cost per unit"),
    "output": ("产量", "产出", "合格品产量", "output", "基数", "exposure"),
    "input": ("工时", "投入", "投入工时", "设备时间", "机时", "hours", "input"),
    "orders": ("变更次数", "变更拆改次数", "次数", "orders", "changes", "events", "count"),
    "size": ("规模", "建筑面积", "面积", "造价", "工期", "size", "area", "基数", "exposure"),
}  # fmt: skip
"""Field -> the headings it goes by."""
NOUN = Text("前后对比表", "table of before or after")
VALUES = ("cost", "output", "input", "orders", "size")
EXPOSURES = frozenset({"output", "input", "size"})
_GROUPS = {"应用": False, "应用组": False, "treated": False, "对照": True, "对照组": True, "control": True}
Key = tuple[str, str, str]
"""Line or project, month as ``2023-09``, product; empty where the table does not say."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: what each line spent, made and took in each month with each product, and what has to be told."""

    name: str
    cells: Mapping[Key, Mapping[str, Fraction]]
    """Of :data:`VALUES` those that the table has."""
    units: Mapping[str, str]
    """What each value's heading states in brackets."""
    groups: tuple[tuple[str, ...], tuple[str, ...]]
    """The lines that the table calls treated, and those of the control group."""
    remarks: tuple[Reason, ...]
    said: Said = NOTHING
    """What it says beside its amounts, to be held against the other side."""


def read(data: bytes, name: str, named: Mapping[str, str], sheet: str, period: Period | None) -> Sheet:
    """The table in ``data``; ``named`` gives headings of its own. UnreadableError with row and cure for what is not understood."""
    needed = (("unit", "period", "product"), (*VALUES, "each", "number"))
    columns = Columns(FIELDS, needed, NOUN, named, least=2)
    table = with_money(tables.read(data, columns, name=name, sheet=sheet), ("cost", "each"))
    present = [each for each in VALUES if each in table]
    if any(
        comma(row[table.index[each]].strip()) == "decimal"
        for each in (*present, "each")
        if each in table
        for row in table.cells
    ):
        table = dotted(table, [*present, "each"])  # elsewhere a comma is a separator of thousands
    for each in present:
        alone(columns, table, each)
    counted = tally(table, ("unit", "period", "product", "number"), present, "number")
    for each in sorted(KIN.keys() & set(present)):
        nothing_more(table, each, counted.rows, chosen=each in named)
    cells: dict[Key, dict[str, Fraction]] = {}
    groups: tuple[set[str], set[str]] = (set(), set())
    for row in counted.rows:
        key, told = _key(row, period), _values(row, present)
        sums = cells.setdefault(key, {})
        sums.update({each: sums.get(each, 0) + value for each, value in told.items()})
        if row["group"]:
            groups[choice(row, "group", _GROUPS)].add(key[0])
    units = {each: unit_stated(table, each) for each in (*present, "each") if each in table}
    places = [row.at for row in counted.rows]
    if not present and "each" not in table:
        one_each(table, places)
    beside = said(table, present, places)
    return Sheet(name, cells, units, (tuple(sorted(groups[0])), tuple(sorted(groups[1]))), counted.remarks, beside)


def _values(row: Row, present: Sequence[str]) -> dict[str, Fraction]:
    """What a row states; a row of a ledger is one order, a unit cost is the cost of its output or of one."""
    told = {each: amount(row, each, positive=each != "orders", whole=each == "orders") for each in present}
    if "each" in row and "cost" not in row:
        made = told.get("output", Fraction(1))
        told |= {"cost": amount(row, "each", positive=True) * made, "output": made}
    return told or {"orders": Fraction(1)}


def _key(row: Row, period: Period | None) -> Key:
    """In a table of products alone each is a line of its own."""
    first = next(each for each in ("unit", "period", "product") if each in row)
    unit, _, _ = (filled(row, each) if each in row else "" for each in (first, "period", "number"))
    if first == "product":
        return plain(unit), "", ""
    return plain(row["unit"]), month(row, "period", period), plain(row["product"])
