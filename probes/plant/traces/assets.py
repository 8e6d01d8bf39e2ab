# SPDX-License-Identifier: Apache-2.0
"""The register of assets: the denominator of every share. A table (CSV, XLSX) with a row an asset, headings in Chinese or English.

One asset counts once, however often it is listed; where its rows differ the worse one holds. A row without a number, or that
is struck, hidden or said to be withdrawn, stays in the denominator and proves nothing. A word that is neither yes nor no counts against the applicant, and is told by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple, Self

from harness.kit import tables
from harness.kit.copies import numbered
from harness.kit.tables import Caveats, Columns, Kind, Row, Table, beside, takes_back, titled
from harness.kit.tables.cells import count, narrow
from harness.kit.tables.titles import entire, only_signed
from harness.model import Reason, Text
from probes.plant.traces.terms import agreed, damaged, fold, headings, period_s, stated
from probes.plant.traces.words import WORDS

FIELDS: Mapping[str, tuple[str, ...]] = {
    "asset": headings(
        *("资产编号", "设备编号", "资产编码", "设备编码", "资产标识", "设备标识", "资产号", "设备号", "资产ID", "设备ID", "设备位号", "仪表位号", "位号", "测点编号", "编号", "编码"),
        *("asset id", "asset no", "asset no.", "asset number", "asset code", "asset tag", "asset", "device id", "device no", "device no.", "device number"),
        *("device code", "device tag", "device", "equipment id", "equipment no", "equipment number", "equipment", "tag", "tag no", "id"),
    ),
    "name": headings("设备名称", "资产名称", "名称", "asset name", "device name", "equipment name", "name"),
    "kind": headings("设备类型", "资产类型", "设备类别", "类型", "类别", "asset type", "device type", "equipment type", "type", "kind", "category"),
    "key": headings(
        *("关键设备", "是否关键设备", "是否关键", "关键", "重点设备", "是否重点设备", "是否重点", "关键性", "critical", "is critical", "critical asset"),
        *("is critical asset", "critical equipment", "critical device", "key asset", "is key asset", "key equipment", "key device", "is key device", "key", "is key"),
    ),
    "address": headings(
        *("MQTT主题", "MQTT topic", "主题", "通信地址", "通讯地址", "数据地址", "采集地址", "数据点", "数据源", "节点地址", "节点", "topic", "data topic"),
        *("data address", "address", "node id", "nodeid", "opc ua node", "node", "modbus address", "endpoint", "source"),
    ),
    "protocol": headings("通信协议", "通讯协议", "协议", "protocol"),
    "period": headings(
        *("上报周期", "采集周期", "采样周期", "上传周期", "更新周期", "上报间隔", "采集间隔", "周期", "reporting period", "report period", "report interval"),
        *("reporting interval", "publish interval", "sampling period", "sampling interval", "update period", "update interval", "period", "interval", "cycle"),
    ),
    "visual": headings(
        *("可视化监测", "可视化", "是否可视化", "是否可视化监测", "可视化监控", "可视监测", "可视", "visualised", "visualized", "is visualised", "is visualized"),
        *("visual", "visual monitoring", "visually monitored", "visualised monitoring", "visualized monitoring", "visualisation", "visualization"),
        *("monitored", "shown", "on screen", "displayed", "visible"),
    ),
    "rule": headings("预警规则", "告警规则", "报警规则", "是否配置预警", "预警", "alarm rule", "warning rule", "alarm configured", "rule"),
    "online": headings(
        *("联网状态", "在线状态", "是否在线", "在线", "是否联网", "联网", "平台状态", "online", "is online", "connected", "networked", "online status", "status", "state", "状态"),
    ),
}  # fmt: skip
"""Field -> the headings it goes by."""
NOUN = Text("资产登记表", "register of assets")
EXAMPLES = ("示例,请删去本行", "EXAMPLE, delete this row")
"""What stands in the row that a new register comes with, in either language."""
_ANALOGUE = re.compile(r"模拟(?:量|信号|通道|式)(?:输入|输出|采集)?|模拟(?:输入|输出)")
"""A kind of signal, and nothing that was simulated."""
_SERIALS = frozenset(
    map(
        tables.fold,
        (
            "出厂编号",
            "出厂序列号",
            "序列号",
            "设备序列号",
            "SN",
            "SN码",
            "serial",
            "serial number",
            "serial no",
            "MAC",
            "MAC地址",
            "MAC address",
            "IMEI",
            "IMEI号",
        ),
    )
)
_PUT_IN = re.compile(
    r"(?:批量|数据库|后台|文件|外部|人工|手工)(?:导入|插入|写入|添加)|脚本|已(?:屏蔽|抑制|旁路)|测试(?:告警|报警|数据)|(?:时效|数据)?过期|"
    r"\b(?:sql|inserted?|imported|scripts?|scripted|typed in|test alarms?|shelved|by hand)\b|\(manual\)",
    re.IGNORECASE,
)
"""How rows come into a platform that no device gave."""
_HANDLED = re.compile(
    r"确认|处理|处置|恢复|关闭|操作|人$|人员|描述|内容|名称|区域|位置|ack|handl|clos|clear|description|name|area|operator",
    re.IGNORECASE,
)
_NO_DEVICE = re.compile(
    r"虚拟(?!现实)|软测量|(?:软件|程序)?计算点|软件点|仿真|模拟(?!量|信号|通道|式|输)|\bvirtual\b|\bsoft sensor|\bcalculated\b|\bsimulat",
    re.IGNORECASE,
)
"""Kinds of points that no device gives."""
_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|总数|TOTALS?|SUM|GRANDTOTAL|SUBTOTAL|合計|總計|総計|小計|GESAMT(?:SUMME)?|SUMME|ENSEMBLE)[:：]?.*"
)
_SPELT = {field: frozenset(map(tables.fold, names)) for field, names in FIELDS.items()}
_COLUMNS = Columns(FIELDS, [{"asset"}], NOUN, least=2, most_rows=200_000)


class Asset(NamedTuple):
    """One asset: its number as compared and as written, lines of its rows, what the register says of it.

    ``visual``, ``rule``, ``online``: None where the register has no such column. ``period_s`` 0: none that is understood.
    """

    number: str
    label: str
    lines: tuple[int, ...]
    kind: str
    key: bool
    address: str
    period_s: Fraction
    visual: bool | None
    rule: bool | None
    online: bool | None
    withdrawn: bool = False
    """Something takes its row back, or leaves open whether it holds: it proves nothing."""


@dataclass(frozen=True, slots=True)
class Register:
    """The assets of one register or several, in order, with its SHA-256, the fields it has, and what has to be told.

    ``order``: the asset of each row, empty for a total. ``draws``: protocols of public draws over those rows.
    """

    assets: tuple[Asset, ...] = ()
    digests: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    remarks: tuple[Reason, ...] = ()
    order: tuple[str, ...] = ()
    draws: tuple[bytes, ...] = ()

    @property
    def rows(self) -> tuple[Asset, ...]:
        """The assets."""
        return self.assets

    def merge(self, other: Self) -> Self:
        """Both registers; an asset of both counts once, and the worse entry holds."""
        remarks = {(each.code, each.text): each for each in (*self.remarks, *other.remarks)}
        return type(self)(
            united((*self.assets, *other.assets)),
            tuple(sorted({*self.digests, *other.digests})),
            self.fields | other.fields,
            tuple(remarks[key] for key in sorted(remarks, key=lambda each: (each[0], each[1].zh))),
            (*self.order, *other.order),
            tuple(sorted({*self.draws, *other.draws})),
        )


def read(data: bytes, name: str, named: Mapping[str, str] | None = None, sheet: str = "") -> Register:
    """The register in ``data``; ``named`` gives headings of its own. UnreadableError for what is no register."""
    columns = Columns(FIELDS, _COLUMNS.needed, NOUN, named or {}, least=1 if named else 2, most_rows=_COLUMNS.most_rows)
    table = tables.whole(tables.read(data, columns, name=name, sheet=sheet))
    titled(table)
    entire(table, sum(not _total(row, table) for row in table))
    problems: dict[str, list[str]] = {}
    caveats = Caveats(table)
    rows = [None if _total(row, table) else _asset(row, caveats, problems) for row in table]
    rows = list(_one_device_each(table, rows, problems))
    assets = united([each for each in rows if each is not None])
    twice = [each.label for each in assets if len(each.lines) > 1]
    told = [WORDS.reason("asset-twice", names=twice, count=len(twice))] if twice else []
    told += [WORDS.reason(f"unclear-{key}", names=names, count=len(names)) for key, names in sorted(problems.items())]
    if table.unread:
        told.append(WORDS.reason("unread", columns=table.unread))
    digest = sha256(data).hexdigest()
    order = tuple("" if each is None else each.number for each in rows)
    return Register(assets, (digest,), frozenset(table.index), tuple(told), order)


def _one_device_each(
    table: Table, rows: Sequence[Asset | None], problems: dict[str, list[str]]
) -> Iterator[Asset | None]:
    """The assets, without what a second one proves whose number only differs in writing or whose serial number is an earlier one's."""
    serials = [
        at
        for at, heading in enumerate(table.head)
        if at not in table.index.values() and tables.fold(heading) in _SERIALS
    ]
    known: dict[tuple[int, str], str] = {}
    for row, asset in enumerate(rows):
        if asset is None:
            yield None
            continue
        marks = [(at, fold(stated(table.cells[row][at]))) for at in serials]
        marks = [(-1, numbered(asset.number)), *(each for each in marks if each[1])]
        first = next((known[each] for each in marks if known.get(each, asset.number) != asset.number), "")
        for each in marks:
            known.setdefault(each, asset.number)
        if first:
            problems.setdefault("twin", []).append(f"{asset.label} ({first})")
        yield asset._replace(withdrawn=True) if first else asset


def united(assets: Sequence[Asset]) -> tuple[Asset, ...]:
    """Each asset once, in the order of their numbers; of several entries of one the worse holds."""
    found: dict[str, Asset] = {}
    for each in assets:
        known = found.get(each.number)
        found[each.number] = each if known is None else _worse(known, each)
    return tuple(found[number] for number in sorted(found))


def _worse(one: Asset, other: Asset) -> Asset:
    address = one.address if one.address == other.address else ""
    periods = [each for each in (one.period_s, other.period_s) if each]
    return one._replace(
        lines=tuple(sorted({*one.lines, *other.lines})),
        key=one.key or other.key,
        address=address,
        period_s=min(periods, default=Fraction(0)) if len(periods) == 2 else Fraction(0),
        visual=_both(one.visual, other.visual),
        rule=_both(one.rule, other.rule),
        online=_both(one.online, other.online),
        withdrawn=one.withdrawn or other.withdrawn,
    )


def _both(one: bool | None, other: bool | None) -> bool | None:
    return None if one is None and other is None else bool(one) and bool(other)


def _asset(row: Row, caveats: Caveats, problems: dict[str, list[str]]) -> Asset:
    label = " ".join(stated(row["asset"]).split())
    if label.startswith(EXAMPLES):
        told = Text("这是示例行。", "this is the example row.")
        raise row.refuse(told, "delete it, and list the assets.")
    number = fold(label)
    if not label or damaged(label):
        label = f"#{row.number}"
        number = f"{row.table.name}{label}"
        problems.setdefault("number", []).append(str(row.line))
    against = against_row(row, caveats, "online") or (row["kind"] if _NO_DEVICE.search(row["kind"]) else "")
    if against:
        problems.setdefault("row", []).append(f"{label} ({against})")
    said = {field: agreed(row[field]) for field in ("key", "visual", "rule", "online")}
    for field, texts in _again(row).items():
        if any(agreed(each) is not said[field] for each in texts):
            problems.setdefault(field, []).append(f"{label} ({' / '.join([row[field], *texts])})")
            said[field] = None
    for field in ("key", "visual", "rule"):
        if field in row and agreed(row[field]) is None:
            problems.setdefault(field, []).append(f"{label} ({row[field] or '—'})")
    period = period_s(row, "period") if "period" in row else None
    if "period" in row and period is None:
        problems.setdefault("period", []).append(f"{label} ({row['period'] or '—'})")
    return Asset(
        number=number,
        label=label,
        lines=(row.line,),
        kind=stated(row["kind"]),
        key=said["key"] is not False if "key" in row else False,
        address=stated(row["address"]),
        period_s=period or Fraction(0),
        visual=said["visual"] is True and not against if "visual" in row else None,
        rule=said["rule"] is True and not against if "rule" in row else None,
        online=said["online"] is True if "online" in row else None,
        withdrawn=bool(against),
    )


def _again(row: Row) -> dict[str, list[str]]:
    """Of fields of yes and no what further columns of the same meaning say: where they differ nobody knows which holds."""
    table, read_ = row.table, set(row.table.index.values())
    found: dict[str, list[str]] = {}
    for at, heading in enumerate(table.head):
        if at not in read_:
            for field in ("key", "visual", "rule"):
                if field in row and tables.fold(heading) in _SPELT[field]:
                    found.setdefault(field, []).append(table.cells[row.at][at])
    return found


def against_record(row: Row, caveats: Caveats) -> str:
    """What takes a row of what happened back, or says that it was simulated, planned, entered by hand or kept from a cache; empty where nothing does.

    Words of a state that nobody knows are let pass: how an alarm is dealt with afterwards is no matter.
    """
    told = [f"{heading}: {said}" for heading, said in (*beside(row), *_put_in(row))]
    return "; ".join(filter(None, (against_row(row, caveats, doubts=False), *told)))


def _put_in(row: Row) -> Iterator[tuple[str, str]]:
    """(heading, word) of cells that say that somebody put the row into the platform, or that it hides it."""
    read_ = set(row.table.index.values())
    for at, heading in enumerate(row.table.head):
        if at not in read_ and not _HANDLED.search(heading):
            word = narrow(row.table.cells[row.at][at]).strip()
            if _PUT_IN.search(word):
                yield heading.strip(), word[:60]


def against_row(row: Row, caveats: Caveats, *fields: str, doubts: bool = True) -> str:
    """What takes a row back or leaves open whether it holds, as it stands there; empty where nothing does.

    ``fields``: read cells that may say so too. ``doubts`` False: words of a state that nobody knows are let pass.
    """
    told = [
        f"{each.heading}: {each.said or '—'}" if each.heading else each.kind.value
        for each in caveats.of(row.at)
        if (doubts or each.kind is not Kind.UNKNOWN) and not _ANALOGUE.fullmatch(each.said)
    ]
    told += [row[each] for each in fields if each in row and takes_back(row[each])]
    return "; ".join(told)


def _total(row: Row, table: Table) -> bool:
    """Whether a row is the register's own total; UnreadableError where it states another number than there are rows."""
    cells = [fold(each) for each in table.cells[row.at]]
    if only_signed(table.cells[row.at]):
        return True
    if not any(_TOTAL.fullmatch(each) for each in (fold(row["asset"]), cells[0], fold(row["name"]))):
        return False
    numbers = [count(re.sub(r"^\D+|\D+$", "", each)) for each in cells]
    stated_ones = [each for each in numbers if each is not None]
    if stated_ones and row.at not in stated_ones and len(set(_numbers(table, row.at))) not in stated_ones:
        text = Text(
            f"合计写的是 {stated_ones[0]}，上面的明细有 {row.at} 行。",
            f"the total says {stated_ones[0]}, there are {row.at} rows above it.",
        )
        raise row.refuse(text, "correct the total, or the rows above it.")
    return True


def _numbers(table: Table, until: int) -> list[str]:
    place = table.index["asset"]
    return [fold(each[place]) for each in table.cells[:until]]
