# SPDX-License-Identifier: Apache-2.0
"""Events that were injected, quiet controls, and the alarms that a platform raised: three kinds of rows, each of one asset at one time.

A time needs its unit or its zone: 1700000000 may be seconds or milliseconds, and 08:00 may be here or in Greenwich. An alarm
whose state nobody agreed on covers nothing, and still disturbs a quiet control.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from harness.kit import tables
from harness.kit.tables import Caveats, Columns, Row, Table, sole, titled
from harness.kit.tables.cells import narrow, number
from harness.model import Reason, Text
from harness.quantity import Quantity
from probes.plant.traces.assets import FIELDS as ASSET
from probes.plant.traces.assets import against_record
from probes.plant.traces.terms import agreed, fold, has_unit, headings, stated
from probes.plant.traces.words import WORDS

EVENTS: Mapping[str, Sequence[str]] = {
    "asset": ASSET["asset"],
    "at": headings(
        *("注入时刻", "注入时间", "注入时间戳", "事件时刻", "事件时间", "触发时刻", "触发时间", "越限时刻", "越限时间", "发生时刻", "发生时间", "开始时刻", "开始时间", "时刻", "时间", "时间戳"),
        *("injected at", "injection time", "injection ts", "injected ts", "inject time", "injected time", "injected", "event time", "event ts", "event timestamp"),
        *("triggered at", "trigger time", "occurred at", "start", "start time", "time", "timestamp", "datetime", "at", "t", "ts"),
    ),
    "number": headings("事件编号", "注入编号", "事件号", "编号", "event id", "event no", "event number", "nonce", "id"),
    "what": headings("类型", "事件类型", "种类", "用途", "注入类型", "kind", "type", "event type", "purpose", "control", "is control", "quiet", "是否对照", "对照", "静默对照"),
    "content": headings("参量", "测点", "越限参量", "监测项", "事件内容", "内容", "quantity", "parameter", "variable", "point", "content"),
}  # fmt: skip
ALARMS: Mapping[str, Sequence[str]] = {
    "asset": ASSET["asset"],
    "at": headings(
        *("告警时刻", "告警时间", "告警时间戳", "报警时刻", "报警时间", "预警时刻", "预警时间", "产生时间", "产生时刻", "发生时间", "发生时刻", "上报时间", "触发时间", "时刻", "时间", "时间戳"),
        *("alarm time", "alarm ts", "alarm timestamp", "alarmed at", "alarm at", "warning time", "warned at", "raised at", "raise time", "raised"),
        *("triggered at", "time", "timestamp", "datetime", "at", "t", "ts"),
    ),
    "number": headings("事件编号", "注入编号", "关联事件", "event id", "event no", "event number", "nonce"),
    "level": headings("级别", "等级", "告警级别", "报警级别", "预警级别", "告警等级", "报警等级", "level", "severity", "priority", "alarm level", "alarm severity"),
    "state": headings("状态", "告警状态", "报警状态", "处理状态", "state", "status", "alarm state", "alarm status"),
    "content": headings("内容", "告警内容", "报警内容", "预警内容", "参量", "测点", "监测项", "content", "message", "text", "parameter", "quantity", "variable", "point"),
}  # fmt: skip
_CONTROL = frozenset("对照 静默 静默对照 安静对照 空白 空白对照 control quiet blank none silent".split()) | {  # noqa: SIM905 - words are read best in a row
    "quiet control",
    "no event",
}
_QUIET = re.compile(r"对照|静默|\b(?:is[ _-]?)?(?:control|quiet|blank)\b")
_NOTHING = re.compile(r"无|未|不|正常|负|\b(?:no|non|not|none|null|normal|sham|dummy|baseline|negative|idle)\b")
_DONE = re.compile(
    r"注入|事件|越限|超|过|报警|告警|预警|测试|泄漏|泄露|故障|触发|异常|高|低|断|停|火|烟|气|温|压|液位|振动|阳性|inject|event|over|under|fault|alarm|leak|trip|high|"
    r"low|test|temp|press|gas|smoke|fire|vibration|level|limit|trigger|active|anomaly|abnormal|failure|exceed|positive|drill"
)
_RAISED = {
    *("", "产生", "发生", "触发", "激活", "活动", "告警", "报警", "预警", "告警中", "报警中", "未恢复", "未处理", "已处理", "未确认", "已确认", "待处理", "新增", "新"),
    *("raised", "active", "on", "open", "alarm", "alarming", "new", "triggered", "set", "unacknowledged", "acknowledged", "unack", "ack", "firing", "true", "1"),
}  # fmt: skip
_CLEARED = {
    *("恢复", "已恢复", "消除", "解除", "已解除", "清除", "关闭", "屏蔽", "抑制", "误报", "测试", "演练", "正常", "撤销"),
    *("cleared", "clear", "resolved", "off", "closed", "suppressed", "shelved", "inhibited", "normal", "recovered", "ok", "false", "0", "test", "false alarm", "cancelled"),
}  # fmt: skip
_NO_LEVEL = {"正常", "恢复", "无", "normal", "none", "ok", "cleared", "clear", "off", "日志", "debug", "log"}
_LEVEL = re.compile(
    r"|[0-9]|[ivⅰⅱⅲⅳ一二三四五1-5]{1,3}级?|[a-e][级类]?|(?:level|p|l|sev)?[ -]?[0-9]|(?:特?[高中低]级?|极高|特?紧急|危急|重大|重要|较大|严重|一般|次要|轻微|提示|警告|"
    r"危险|红色?|橙色?|黄色?|蓝色?)?(?:告警|报警|预警)?|(?:high|medium|mid|low|critical|major|minor|error|emergency|severe|urgent|info|notice|fatal|danger|"
    r"red|orange|yellow|blue|very high|hh|h|l|ll|hi|lo|hihi|lolo)?(?: ?(?:warning|warn|alarm|alert))?"
)
_AFTERWARDS = re.compile(
    r"补录|补报|补登|补传|事后|后补|回填|人工录入|手工录入|\b(?:back-?filled|retroactive|entered (?:by hand|later))\b",
    re.IGNORECASE,
)
"""An alarm that somebody wrote into the log later was none."""
EVENT_NOUN, ALARM_NOUN = Text("注入事件表", "table of injected events"), Text("告警日志", "log of alarms")
_WHOSE = Columns(
    {"asset": [each for each in ASSET["asset"] if re.search("资产|设备|asset|device|equipment", each)]},
    [{"asset"}],
    ALARM_NOUN,
)
"""Headings that can mean nothing but the asset: a bare number may be that of the alarm."""
_EVENT_COLUMNS = Columns(EVENTS, [{"asset"}, {"at"}], EVENT_NOUN, least=2)
_ALARM_COLUMNS = Columns(ALARMS, [{"asset"}, {"at"}], ALARM_NOUN, least=2)


class Event(NamedTuple):
    """What was done to an asset: number of the asset as compared, ns since 1970, id of the event, what.

    ``quiet``: nothing was done. ``unclear``: nobody knows which of both, so that no alarm can answer it.
    """

    asset: str
    at_ns: int
    number: str
    content: str
    quiet: bool
    unclear: bool = False


class Alarm(NamedTuple):
    """What a platform raised: asset, ns, the event it names, what it says.

    ``counts`` False: its state or level says that it is no alarm, or (``unclear``) nobody knows what they say.
    """

    asset: str
    at_ns: int
    number: str
    content: str
    counts: bool
    unclear: bool


@dataclass(frozen=True, slots=True)
class Drill:
    """Events and alarms of all tables, each once, in order of time; ``zoned``: how their times were written; what has to be told."""

    events: tuple[Event, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    zones: frozenset[str] = frozenset()
    remarks: tuple[Reason, ...] = ()
    has_events: bool = False
    has_alarms: bool = False

    @property
    def rows(self) -> tuple[Event | Alarm, ...]:
        """Everything that happened."""
        return (*self.events, *self.alarms)

    def merge(self, other: Self) -> Self:
        """Both; the same row counts once."""
        remarks = {(each.code, each.text): each for each in (*self.remarks, *other.remarks)}
        return type(self)(
            tuple(sorted({*self.events, *other.events}, key=_moment)),
            tuple(sorted({*self.alarms, *other.alarms}, key=_moment)),
            self.zones | other.zones,
            tuple(remarks[key] for key in sorted(remarks, key=lambda each: (each[0], each[1].zh))),
            self.has_events or other.has_events,
            self.has_alarms or other.has_alarms,
        )


def _moment(row: Event | Alarm) -> tuple[int, tuple[object, ...]]:
    return row.at_ns, tuple(row)


def events(data: bytes, name: str, named: Mapping[str, str] | None = None, sheet: str = "") -> Drill:
    """The injected events in ``data``; UnreadableError with row and cure for a time or an asset that is not understood."""
    table = _table(data, name, _EVENT_COLUMNS, named, sheet)
    zones: set[str] = set()
    caveats = Caveats(table)
    found = {
        Event(
            _whose(row),
            at_ns(row, zones),
            fold(stated(row["number"])),
            fold(stated(row["content"])),
            *_kind(row, caveats),
        )
        for row in table
    }
    strange = sorted({each.asset for each in found if each.unclear})
    told = [WORDS.reason("unclear-event", names=strange, count=len(strange))] if strange else []
    told += _unread(table)
    return Drill(tuple(sorted(found, key=_moment)), (), frozenset(zones), tuple(told), has_events=True)


def alarms(data: bytes, name: str, named: Mapping[str, str] | None = None, sheet: str = "") -> Drill:
    """The alarms in ``data``; UnreadableError with row and cure for a time or an asset that is not understood."""
    table = _table(data, name, _ALARM_COLUMNS, named, sheet)
    zones: set[str] = set()
    caveats = Caveats(table)
    strange: list[str] = []
    found = set()
    for row in table:
        counts, known = _raised(row)
        afterwards = any(_AFTERWARDS.search(each) for each in table.cells[row.at])
        if counts and (afterwards or against_record(row, caveats)):
            counts = known = False
        if not known:
            strange.append(f"{row['asset']} ({row['state'] or row['level']})")
        number_, content = fold(stated(row["number"])), fold(stated(row["content"]))
        found.add(Alarm(_whose(row), at_ns(row, zones), number_, content, counts, not known))
    told = [WORDS.reason("unclear-alarm", names=strange, count=len(strange))] if strange else []
    told += _unread(table)
    return Drill((), tuple(sorted(found, key=_moment)), frozenset(zones), tuple(told), has_alarms=True)


def at_ns(row: Row, zones: set[str]) -> int:
    """When: a number in the heading's unit, or a date with a time; how it was written is added to ``zones``."""
    text = narrow(row["at"])
    plain = number(text)
    if plain is not None and not has_unit(row, "at"):
        told = Text(f"“{row['at']}”没有单位。", f"{row['at']!r} has no unit.")
        raise row.refuse(told, "write the unit behind the heading, as (ms).")
    if plain is not None:
        zones.add("epoch")
        if "." in text or "e" in text.lower():
            return round(Quantity(plain, row.table.unit("at", "s")).to("ns"))
    elif not re.search(r"(?:Z|[+-]\d{2}:?\d{2})$", text):
        zones.add("local")
    else:
        zones.add("epoch")
    found = row.instant_ns("at")
    if found is None:
        raise row.refuse(Text("没有时刻。", "it has no time."), "write when it happened.")
    return found


def _table(data: bytes, name: str, columns: Columns, named: Mapping[str, str] | None, sheet: str) -> Table:
    own = Columns(columns.usual, columns.needed, columns.noun, named or {}, least=2)
    table = tables.read(data, own, name=name, sheet=sheet)
    titled(table)
    sole(table, own, ("at", "level", "state"))
    sole(table, _WHOSE, ("asset",))
    return table


def _whose(row: Row) -> str:
    number_ = fold(stated(row["asset"]))
    if not number_:
        raise row.refuse(Text("没有资产编号。", "it names no asset."), "say which asset it was.")
    return number_


def _kind(row: Row, caveats: Caveats) -> tuple[bool, bool]:
    """(whether a row says that nothing was done, whether its word is not understood: then it can be neither event nor control)."""
    word = " ".join(narrow(row["what"]).lower().split())
    if against_record(row, caveats):
        return False, True
    if "what" not in row:
        return False, False
    if _QUIET.search(fold(row.table.head[row.table.index["what"]]).lower()):
        said = agreed(word)
        return (said is True, said is None) if word not in _CONTROL else (True, False)
    if word in _CONTROL or _QUIET.search(word):
        return True, False
    return False, bool(_NOTHING.search(word)) or not _DONE.search(word)


def _raised(row: Row) -> tuple[bool, bool]:
    """(whether the row is an alarm, whether its words are understood)."""
    state, level = (" ".join(narrow(row[each]).lower().split()) for each in ("state", "level"))
    if state in _CLEARED or level in _NO_LEVEL:
        return False, True
    known = state in _RAISED and bool(_LEVEL.fullmatch(level))
    if ("state" in row and not state) or ("level" in row and not level):
        return False, False
    return known, known


def _unread(table: Table) -> Iterator[Reason]:
    if table.unread:
        yield WORDS.reason("unread", columns=table.unread)
