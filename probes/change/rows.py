# SPDX-License-Identifier: Apache-2.0
"""One table of one side, before or after, as cells: what a line, project or month spent, made, took and changed.

Closed world: a blank is no zero, a row without output, hours or size is refused, and so is a word or date that is not agreed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.kit import tables
from harness.kit.columns import Columns
from harness.kit.periods import Period, month
from harness.kit.rows import Row, Table
from harness.kit.tallies import Tally, plain, tally
from harness.model import Reason, Text
from probes.change.words import WORDS

FIELDS: Mapping[str, Sequence[str]] = {
    "unit": ("产线", "生产线", "产线名称", "工程", "工程名称", "项目", "项目名称", "车间", "line", "project", "unit"),
    "period": ("期间", "月份", "年月", "月", "日期", "变更日期", "签发日期", "month", "period", "date"),
    "product": ("产品", "产品名称", "品种", "型号", "product"),
    "group": ("组别", "分组", "group"),
    "number": ("单号", "变更单号", "拆改单号", "变更编号", "编号", "order number", "number"),
    "cost": ("成本", "生产成本", "总成本", "cost"),
    "output": ("产量", "产出", "合格品产量", "output"),
    "input": ("工时", "投入", "投入工时", "设备时间", "机时", "hours", "input"),
    "orders": ("变更次数", "变更拆改次数", "次数", "orders", "changes"),
    "size": ("规模", "建筑面积", "面积", "造价", "工期", "size", "area"),
}  # fmt: skip
"""Field -> the headings it goes by."""
VALUES = ("cost", "output", "input", "orders", "size")
_NAMES = ("unit", "period", "product", "number")
_POSITIVE = frozenset({"output", "input", "size"})
_GROUPS = {"": "", **dict.fromkeys(("应用", "应用组", "treated"), "treated")}
_GROUPS |= dict.fromkeys(("对照", "对照组", "control"), "control")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one line or project did in one month with one product; empty texts where the table does not say."""

    unit: str
    month: str
    product: str
    group: str
    values: Mapping[str, Fraction]
    """Of :data:`VALUES` those that the table has."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its cells, the unit that each value's heading states in brackets, and what has to be told."""

    name: str
    cells: tuple[Cell, ...]
    units: Mapping[str, str]
    remarks: tuple[Reason, ...] = ()


def columns(named: Mapping[str, str]) -> Columns:
    """The columns of such a table; ``named`` gives a field's own heading."""
    needed = ({"unit", "period"}, {*VALUES, "number"})
    return Columns(FIELDS, needed, Text("前后对比表", "table of before or after"), named, least=2)


def read(data: bytes, name: str, named: Mapping[str, str], sheet: str, period: Period | None) -> Sheet:
    """The table in ``data``; UnreadableError with row and cure for what is not understood."""
    table = tables.read(data, columns(named), name=name, sheet=sheet)
    present = [each for each in VALUES if each in table]
    counted = tally(table, _NAMES, present, "number")
    cells = _summed(_cell(row, present, period) for row in counted.rows)
    return Sheet(name, cells, {each: _unit(table, each) for each in present}, _told(table, counted))


def _told(table: Table, counted: Tally) -> tuple[Reason, ...]:
    told = []
    if counted.twice:
        told.append(WORDS.reason("twice", table=table.name, count=len(counted.twice), rows=counted.twice))
    if counted.totals:
        told.append(WORDS.reason("totals", table=table.name, count=counted.totals))
    if table.unread:
        told.append(WORDS.reason("unread", table=table.name, columns=table.unread))
    return tuple(told)


def _cell(row: Row, present: Sequence[str], period: Period | None) -> Cell:
    for each in _NAMES:
        if each in row and each != "product" and not row[each]:
            raise _blank(row, each)
    group = _GROUPS.get(plain(row["group"]).casefold())
    if group is None:
        raise row.refuse(WORDS.text("group", word=row["group"]), "write 应用 (treated) or 对照 (control).")
    values = {each: _value(row, each) for each in present} or {"orders": Fraction(1)}
    return Cell(plain(row["unit"]), month(row, "period", period), plain(row["product"]), group, values)


def _value(row: Row, each: str) -> Fraction:
    value = row.value(each)
    if value is None:
        raise _blank(row, each)
    low = value <= 0 if each in _POSITIVE else value < 0
    if low or (each == "orders" and value.denominator != 1):
        text = WORDS.text("too-low" if low else "not-whole", heading=_heading(row, each), value=row[each])
        raise row.refuse(text, "correct it, or name the line under left_out: in the profile.")
    return value


def _summed(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """One cell a line, month and product, in that order."""
    sums: dict[tuple[str, str, str, str], dict[str, Fraction]] = {}
    for cell in cells:
        values = sums.setdefault((cell.unit, cell.month, cell.product, cell.group), {})
        for each, value in cell.values.items():
            values[each] = values.get(each, Fraction(0)) + value
    return tuple(Cell(*key, values) for key, values in sorted(sums.items()))


def _unit(table: Table, each: str) -> str:
    """What stands in brackets behind a heading, as 万元."""
    heading = unicodedata.normalize("NFKC", table.head[table.index[each]])
    return plain(heading.partition("(")[2].rpartition(")")[0])


def _heading(row: Row, each: str) -> str:
    return row.table.head[row.table.index[each]].strip()


def _blank(row: Row, each: str) -> Exception:
    return row.refuse(WORDS.text("blank", heading=_heading(row, each)), "fill it in; a blank is no zero.")
