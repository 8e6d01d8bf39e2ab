# SPDX-License-Identifier: Apache-2.0
"""Tables of a data centre: energy month by month, five operating points, racks or hosts over time. Blanks are no zeros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.kit import tables
from harness.kit.periods import Period, month
from harness.kit.tables import Columns, Row, Table
from harness.kit.tables.columns import stated_unit
from harness.kit.tallies import tally
from harness.model import Reason, Text
from harness.quantity import unit_of
from probes.compute.formats.beside import Names, agree
from probes.compute.formats.power import unreadable

ENERGY_NOUN, POINT_NOUN, RACK_NOUN = (
    Text("电量台账", "table of energies"),
    Text("特性工况表", "table of operating points"),
    Text("机架或主机时序表", "table of racks or hosts over time"),
)
ENERGY: Mapping[str, Sequence[str]] = {
    "month": ("月份", "年月", "期间", "月", "month", "period", "date"),
    "total": ("总电量", "总用电量", "总耗电量", "总输入电量", "数据中心总耗电量", "市电总电量", "total energy", "total", "facility energy"),
    "it": ("IT电量", "IT设备电量", "IT用电量", "IT设备耗电量", "信息设备电量", "信息设备耗电量", "it energy", "it", "it equipment energy"),
}  # fmt: skip
POINTS: Mapping[str, Sequence[str]] = {
    "point": ("工况", "工况点", "工作点", "测试点", "operating point", "point", "condition"),
    "share": ("时间占比", "占比", "权重", "温度分布系数", "时间系数", "share", "weight", "time share"),
    "total": ("总功率", "总输入功率", "数据中心总功率", "总耗电功率", "total power", "total"),
    "it": ("IT功率", "IT设备功率", "信息设备功率", "it power", "it"),
}  # fmt: skip
RACKS: Mapping[str, Sequence[str]] = {
    "time": ("时间", "时刻", "采集时间", "time", "timestamp"),
    "unit": ("机架", "机柜", "机架编号", "机柜编号", "主机", "主机名", "服务器", "节点", "rack", "cabinet", "host", "node", "server"),
    "power": ("功率", "机架功率", "机柜功率", "有功功率", "power"),
    "busy": ("利用率", "使用率", "CPU利用率", "GPU利用率", "算力利用率", "utilisation", "utilization", "busy"),
}  # fmt: skip
POINTS_WANTED = 5
_SUM_SLACK = Fraction(1, 1000)
_MOST_ROWS = 5_000_000
_NO_READING = frozenset(
    {
        "65535",
        "65534",
        "32767",
        "6553.5",
        "3276.7",
        "4294967295",
        "2147483647",
        "9999",
        "99999",
        "999999",
        "9999999",
        "99999999",
        "9999.9",
        "99999.9",
    }
)
"""What registers and loggers hold where there is no reading: all bits set, all digits nine."""


@dataclass(frozen=True, slots=True)
class Month:
    """Energies of one month in kWh."""

    month: str
    total: Fraction
    it: Fraction


@dataclass(frozen=True, slots=True)
class Point:
    """One operating point: its share of the year, total and IT power in kW."""

    name: str
    share: Fraction
    total: Fraction
    it: Fraction


def months(
    data: bytes, name: str, named: Mapping[str, str], period: Period | None
) -> tuple[tuple[Month, ...], tuple[Reason, ...]]:
    """The months of a table and what is to be told; UnreadableError for a blank, an unknown unit, a month that stands twice."""
    columns = Columns(ENERGY, (("month",), ("total",), ("it",)), ENERGY_NOUN, named, least=3)
    table = tables.recorded(tables.read(data, columns, name=name), columns, ("total", "it"), sums=True)
    for field in ("total", "it"):
        _unit(table, field, "kWh")
    agree(table, "kWh")
    counted = tally(table, ("month",), ("total", "it"))
    found: dict[str, Month] = {}
    for row in counted.rows:
        when = month(row, "month", period)
        if not when:
            raise row.refuse(Text("月份为空。", "the month is blank."), "write the month in every row.")
        if when in found:
            raise row.refuse(
                Text(f"{when} 出现了两次。", f"{when} stands twice."), "write one row a month, meters added up."
            )
        total, it = (_amount(row, field, "kWh") for field in ("total", "it"))
        if it > total:
            raise row.refuse(
                Text("IT 电量大于总电量。", "the IT energy is larger than the total."),
                "look whether the columns are exchanged.",
            )
        found[when] = Month(when, total, it)
    return tuple(found[each] for each in sorted(found)), counted.remarks


def points(data: bytes, name: str, named: Mapping[str, str], shares: Sequence[Fraction]) -> tuple[Point, ...]:
    """The five operating points; shares of the year by the profile or the table, and where both say them they agree."""
    columns = Columns(POINTS, (("point",), ("total",), ("it",)), POINT_NOUN, named, least=3)
    table = tables.recorded(tables.read(data, columns, name=name), columns, ("total", "it", "share"), sums=True)
    for field in ("total", "it"):
        _unit(table, field, "kW")
    agree(table, "kW")
    rows = list(table)
    if len(rows) != POINTS_WANTED or len({row["point"] for row in rows}) != POINTS_WANTED:
        raise unreadable("five-points", "give one row for each of the five operating points.", name, count=len(rows))
    found = []
    for at, row in enumerate(rows):
        own = row.value("share") if "share" in row else None
        stated = shares[at] if shares else None
        if own is None and stated is None:
            raise row.refuse(
                Text("没有时间占比。", "no share of the year is stated."), "write shares: in the profile, or a column."
            )
        if own is not None and stated is not None and own != stated:
            raise row.refuse(
                Text("时间占比与方案不符。", "its share is not the one of the profile."), "correct one of them."
            )
        total, it = (_amount(row, field, "kW") for field in ("total", "it"))
        if it > total:
            raise row.refuse(
                Text("IT 功率大于总功率。", "the IT power is larger than the total."),
                "look whether the columns are exchanged.",
            )
        share = own if own is not None else stated
        assert share is not None  # noqa: S101 - one of both is there
        if share < 0:
            raise row.refuse(Text("时间占比为负。", "a share is negative."), "write it as a share from 0 on.")
        found.append(Point(row["point"], share, total, it))
    if abs(sum((each.share for each in found), Fraction(0)) - 1) > _SUM_SLACK:
        raise unreadable(
            "shares-sum",
            "let the five shares add up to 100 %.",
            name,
            sum=float(sum((each.share for each in found), Fraction(0))),
        )
    return tuple(found)


def uses(
    data: bytes, name: str, named: Mapping[str, str]
) -> tuple[tuple[str, ...], list[tuple[int, str, Fraction | None]]]:
    """Which value the table has (``power`` in W or ``busy`` as a share), and its rows (ns, rack or host, value or None)."""
    needed = (("time",), ("unit",), ("power", "busy"))
    columns = Columns(RACKS, needed, RACK_NOUN, named, least=3, most_rows=_MOST_ROWS)
    table = tables.recorded(tables.read(data, columns, name=name), columns, ("time", "power", "busy"))
    kinds = tuple(each for each in ("power", "busy") if each in table)
    if len(kinds) != 1:
        raise unreadable("power-or-busy", "give power and occupation in tables of their own.", name)
    kind = kinds[0]
    if kind == "power":
        _unit(table, "power", "W")
    rows: list[tuple[int, str, Fraction | None]] = []
    instants: dict[str, int | None] = {}  # racks are read at the same moments, and idle ones show the same power
    values: dict[str, Fraction | None] = {}
    units = Names()
    for row in table:
        when, text, own = row["time"], row[kind], row["unit"]
        if when not in instants:
            instants[when] = row.instant_ns("time")
        if text not in values:
            values[text] = _used(row, table, kind)
        at = instants[when]
        if at is None or not own:
            raise row.refuse(Text("时间或编号为空。", "time or name is blank."), "write both in every row.")
        units.check(row, own)
        rows.append((at, own, values[text]))
    return kinds, rows


def _used(row: Row, table: Table, kind: str) -> Fraction | None:
    """The power in W or the occupation as a share; None for a blank, which is no zero."""
    if row[kind].strip() in _NO_READING:
        return None
    value = row.quantity("power", "W") if kind == "power" else row.value("busy")
    if kind == "busy" and value is not None:
        value = _share(row, table, value)
    if value is not None and value < 0:
        raise row.refuse(Text("数值为负。", "the value is negative."), "correct it.")
    return value


def _share(row: Row, table: Table, value: Fraction) -> Fraction:
    """An occupation as a share; the unit stands in the cell or in the heading, else nobody knows whether 0.8 is a share."""
    heading = table.head[table.index["busy"]]
    if row["busy"].rstrip().endswith(("%", "％")):
        share = value
    elif stated_unit(heading) in {"%", "％"}:
        share = value / 100
    elif stated_unit(heading) in {"1", "比例", "share", "ratio"}:
        share = value
    else:
        raise row.refuse(
            Text("利用率没有写单位。", "the occupation states no unit."), "write % behind the heading or the values."
        )
    if share > 1:
        raise row.refuse(Text("利用率超过 100 %。", "the occupation is above 100 %."), "correct it.")
    return share


def _unit(table: Table, field: str, usual: str) -> None:
    """The heading has to state a unit: 万kWh, MWh and kWh look alike as numbers."""
    heading = table.head[table.index[field]].strip()
    if not stated_unit(heading):
        cure = f"write the unit behind the heading, as {heading}({usual})."
        raise unreadable("no-unit-in-heading", cure, table.name, heading=heading)
    if unit_of(table.unit(field, usual))[0] != unit_of(usual)[0]:
        raise unreadable(
            "wrong-unit", f"write a unit like {usual}.", table.name, heading=heading, unit=stated_unit(heading)
        )


def _amount(row: Row, field: str, unit: str) -> Fraction:
    value = row.quantity(field, unit)
    if value is None or value <= 0:
        raise row.refuse(
            Text("电量或功率为空或不大于零。", "an energy or power is blank or not above zero."),
            "write the reading itself; a blank is no zero.",
        )
    return value
