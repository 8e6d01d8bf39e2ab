# SPDX-License-Identifier: Apache-2.0
"""One table of one side, before or after, as cells: what a line, project or month spent, made, took and changed.

Closed world: a blank is no zero, a total row is checked and not counted, a row that stands twice counts once and is told,
a row without output, hours or size is refused, and so is a date outside the agreed period.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from harness.kit import cells, tables
from harness.kit.columns import Columns
from harness.kit.rows import Row, Table
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
_POSITIVE = frozenset({"output", "input", "size"})
_TOTALS = frozenset({"合计", "总计", "小计", "总和", "累计", "total", "grandtotal", "subtotal", "sum"})
_GROUPS = {"": False, "应用": False, "应用组": False, "treated": False, "对照": True, "对照组": True, "control": True}
_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})月?|(\d{2}))")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one line or project did in one month with one product; empty texts where the table does not say."""

    unit: str
    month: str
    product: str
    control: bool
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
    return Columns(FIELDS, needed, named, noun=Text("前后对比表", "table of before or after"), least=2)


def read(data: bytes, name: str, named: Mapping[str, str], sheet: str, period: tuple[date, date] | None) -> Sheet:
    """The table in ``data``; UnreadableError with row and cure for what is not understood."""
    table = tables.read(data, columns(named), name=name, sheet=sheet)
    present = [each for each in VALUES if each in table]
    rows: list[tuple[Row, Cell]] = []
    totals = 0
    since = 0
    for row in table:
        if _is_total(row):
            _check_total(row, [cell for _, cell in rows], since, present)
            totals, since = totals + 1, len(rows)
        else:
            rows.append((row, _cell(row, present, period)))
    once, twice = _once(rows)
    remarks = [WORDS.reason("twice", table=name, count=len(twice), rows=twice)] if twice else []
    if totals:
        remarks.append(WORDS.reason("totals", table=name, count=totals))
    if table.unread:
        remarks.append(WORDS.reason("unread", table=name, columns=list(table.unread)))
    return Sheet(name, tuple(_summed(once)), {each: _unit(table, each) for each in present}, tuple(remarks))


def plain(text: str) -> str:
    """A name as it is compared: NFKC, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _is_total(row: Row) -> bool:
    return any(plain(row[each]).casefold() in _TOTALS for each in ("unit", "period", "product", "number"))


def _check_total(row: Row, cells: Sequence[Cell], since: int, present: Sequence[str]) -> None:
    """A total has to be the sum of the rows above it, of all or of those since the last total."""
    for each in present:
        total = row.value(each)
        sums = [sum((cell.values[each] for cell in part), Fraction(0)) for part in (cells[since:], cells)]
        slack = Fraction(1, 2 * 10 ** len(row[each].partition(".")[2]))
        if total is not None and all(abs(total - found) > max(slack, abs(total) / 10**9) for found in sums):
            raise row.refuse(
                WORDS.text("wrong-total", heading=_heading(row, each), total=row[each], sum=f"{float(sums[1]):.12g}"),
                "correct the total or the rows above it.",
            )


def _cell(row: Row, present: Sequence[str], period: tuple[date, date] | None) -> Cell:
    for each in ("unit", "period", "number"):
        if each in row and not row[each]:
            raise _blank(row, each)
    word = plain(row["group"]).casefold()
    if word not in _GROUPS:
        raise row.refuse(WORDS.text("group", word=row["group"]), "write 应用 (treated) or 对照 (control).")
    values = {each: _value(row, each) for each in present} or {"orders": Fraction(1)}
    return Cell(plain(row["unit"]), _month(row, period), plain(row["product"]), _GROUPS[word], values)


def _value(row: Row, each: str) -> Fraction:
    value = row.value(each)
    if value is None:
        raise _blank(row, each)
    if value < 0 or (value == 0 and each in _POSITIVE):
        cure = "correct it, or leave the line out by left_out: in the profile."
        raise row.refuse(WORDS.text("not-positive", heading=_heading(row, each), value=row[each]), cure)
    if each == "orders" and value.denominator != 1:
        raise row.refuse(WORDS.text("not-whole", heading=_heading(row, each), value=row[each]), "count the orders.")
    return value


def _month(row: Row, period: tuple[date, date] | None) -> str:
    """``2023-09``; refused where the cell is no date or lies outside ``period``."""
    if "period" not in row:
        return ""
    text = plain(row["period"])
    match = _MONTH.fullmatch(text)
    month = match and 1 <= int(match[2] or match[3]) <= 12
    day = None if month else cells.day(row["period"], from_1904=row.table.from_1904)
    if match and month:
        day = date(int(match[1]), int(match[2] or match[3]), 1)
    if day is None:
        raise row.refuse(WORDS.text("no-date", word=row["period"]), "write it as 2023-09 or 2023-09-04.")
    first, last = period or (day, day)
    if not (first.replace(day=1) if month else first) <= day <= last:
        raise row.refuse(
            WORDS.text("outside", day=row["period"], first=str(first), last=str(last)),
            "correct the date or the agreed period; rows of other times belong into no side.",
        )
    return f"{day:%Y-%m}"


def _once(rows: Iterable[tuple[Row, Cell]]) -> tuple[list[Cell], list[str]]:
    """Every row but copies of one, and the copies' numbers; a number that two different rows bear is refused."""
    seen: dict[tuple[str, ...], None] = {}
    numbers: dict[str, int] = {}
    kept, twice = [], []
    for row, cell in rows:
        texts = tuple(plain(each) for each in row.table.cells[row.at])
        if texts in seen:
            twice.append(str(row.number))
            continue
        if "number" in row and numbers.setdefault(plain(row["number"]), row.number) != row.number:
            text = WORDS.text("same-number", number=row["number"], row=numbers[plain(row["number"])])
            raise row.refuse(text, "give every order a number of its own.")
        seen[texts] = None
        kept.append(cell)
    return kept, twice


def _summed(cells: Iterable[Cell]) -> list[Cell]:
    """One cell a line, month and product, in that order."""
    sums: dict[tuple[str, str, str, bool], Counter[str]] = {}
    for each in cells:
        sums.setdefault((each.unit, each.month, each.product, each.control), Counter()).update(each.values)
    return [Cell(*key, dict(values)) for key, values in sorted(sums.items())]


def _unit(table: Table, each: str) -> str:
    """What stands in brackets behind a heading, as 万元."""
    heading = unicodedata.normalize("NFKC", table.head[table.index[each]])
    return plain(heading.partition("(")[2].rpartition(")")[0])


def _heading(row: Row, each: str) -> str:
    return row.table.head[row.table.index[each]].strip()


def _blank(row: Row, each: str) -> Exception:
    return row.refuse(WORDS.text("blank", heading=_heading(row, each)), "fill it in; a blank is no zero.")
