# SPDX-License-Identifier: Apache-2.0
"""The operating log of a point, when it was really running: a table with a row a session, a row a day, or a row a sign of life.

The same time counts once, whatever rows say it; a session without its end counts for nothing. What contradicts itself, a stop
before its start, a day of more than 24 hours, a day twice, spoils the log, and is told with its line.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256

from harness.kit import tables
from harness.kit.tables import Columns, Row, Table, fold
from harness.kit.tables.cells import narrow, number
from harness.kit.tallies import tally
from harness.model import Reason, Text
from probes.immersive.traces.words import POINTS

_S, _DAY = 10**9, 86_400 * 10**9
_ALIKE = 10
"""Sessions from which times that are the same every day are told: a timetable is no log."""
FIELDS = {
    "start": (
        *("开始时间", "启动时间", "开机时间", "开放时间", "开放开始", "上线时间", "起始时间", "开始运行时间", "运行开始时间", "运行开始", "启动", "开机", "开始"),
        *("start time", "started at", "start", "started", "begin", "begin time", "power on", "online at", "from", "on"),
    ),
    "stop": (
        *("结束时间", "停止时间", "关机时间", "关闭时间", "开放结束", "下线时间", "终止时间", "截止时间", "结束运行时间", "运行结束时间", "运行结束", "停止", "关机", "结束"),
        *("stop time", "end time", "stopped at", "ended at", "stop", "stopped", "end", "ended", "finish", "power off", "offline at", "until", "to", "off"),
    ),
    "time": ("时间", "时刻", "记录时间", "上报时间", "心跳时间", "采集时间", "time", "timestamp", "at", "logged at"),
    "state": ("状态", "运行状态", "在线状态", "设备状态", "事件", "state", "status", "event"),
    "day": ("日期", "运行日期", "开放日期", "记录日期", "date", "day"),
    "hours": (
        *("运行时长", "运行小时数", "运行时间", "开放时长", "开机时长", "在线时长", "有效时长", "时长", "小时数"),
        *("running hours", "operating hours", "hours open", "hours", "duration", "uptime"),
    ),
}  # fmt: skip
NOUN = Text("运行日志", "operating log")
_ON = frozenset(
    [
        "运行",
        "运行中",
        "在线",
        "正常",
        "正常运行",
        "开机",
        "启动",
        "开放",
        "上线",
        "on",
        "online",
        "up",
        "running",
        "ok",
        "alive",
        "start",
        "started",
        "open",
        "opened",
        "heartbeat",
    ]
)
_OFF = frozenset(
    [
        "停止",
        "停机",
        "离线",
        "关机",
        "关闭",
        "下线",
        "故障",
        "异常",
        "维护",
        "暂停",
        "off",
        "offline",
        "down",
        "stopped",
        "stop",
        "closed",
        "close",
        "fault",
        "error",
        "maintenance",
        "检修",
    ]
)
_SILENT = 3
"""Steps of a log of signs of life after which a point that says nothing is not running."""
_HOUR = 3600 * _S
_LONGEST_STEP = 2 * _HOUR
"""Signs of life further apart than this say nothing of the time between them."""
_STOOD = re.compile(
    r"(?:停机|停运|停用|故障|离线|维护|关闭|中断|闭馆|检修)(?:时长|时间|小时数?|分钟数?)|\b(?:down[ -]?time|outage|idle|fault|offline)[ _]?(?:hours?|minutes?|time|duration)?\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"是否(?:开放|运行|营业|开机|在线|正常)|(?:is[ _])?(?:open|running|online|up)", re.IGNORECASE)
_HOW = re.compile(
    r"(?:运行|设备|在线|工作)?(?:状态|模式|状况)|事件|(?:operating[ _])?(?:state|status|mode|event)", re.IGNORECASE
)
_POINTS = frozenset(
    {
        "点位名称",
        "体验点名称",
        "体验点位名称",
        "体验点位",
        "体验点",
        "点位",
        "展项名称",
        "展项",
        "pointname",
        "experiencepoint",
        "point",
    }
)
_SHUT = frozenset({"否", "未", "不", "no", "n", "false", "f", "0", "×", "关", "停", "closed", "off"})
_NONE = frozenset({"", "无", "否", "-", "—", "/", "none", "no"})
_COLUMNS = Columns(FIELDS, [{"start", "day", "time"}, {"stop", "hours", "state"}], NOUN, least=2)
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Log:
    """``sessions``: [start, stop) in ns since 1970, in order, none twice; times without a zone are taken as they are written.

    ``faults``: what spoils it. ``told``: rows that repeat others or have no end, columns that nobody reads.
    """

    sessions: tuple[Span, ...] = ()
    faults: tuple[Reason, ...] = ()
    told: tuple[Reason, ...] = ()
    points: tuple[str, ...] = ()
    """The points that its rows name, where they name any."""

    @property
    def digest(self) -> str:
        """What two logs of the same sessions share: starts and stops to the minute."""
        minute = 60 * _S
        said = ";".join(f"{start // minute}-{stop // minute}" for start, stop in self.sessions)
        return sha256(said.encode()).hexdigest() if said else ""

    def within(self, period: tuple[date, date] | None) -> tuple[Span, ...]:
        """The times of running inside a period of days, those that overlap joined."""
        joined: list[Span] = []
        for start, stop in self.sessions:
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
            else:
                joined.append((start, stop))
        if period is None:
            return tuple(joined)
        first, last = _ns(period[0]), _ns(period[1] + timedelta(days=1))
        return tuple((max(start, first), min(stop, last)) for start, stop in joined if stop > first and start < last)


def hours(spans: Sequence[Span]) -> Fraction:
    """How long all of them are together."""
    return Fraction(sum(stop - start for start, stop in spans), 3600 * _S)


def longest_gap(spans: Sequence[Span]) -> Fraction:
    """The longest time between two of them, hours; zero where there are fewer than two."""
    gaps = [later[0] - sooner[1] for sooner, later in itertools.pairwise(spans)]
    return Fraction(max(gaps, default=0), 3600 * _S)


def read(data: bytes, name: str) -> Log:
    """The log in ``data``; UnreadableError for what is no such table, or a cell in it that says nothing."""
    table = tables.recorded(
        _read_only(tables.read(data, _COLUMNS, name=name)), _COLUMNS, ("start", "stop", "time", "day", "hours")
    )
    counted = tally(table, ("day", "start"), [each for each in ("hours",) if each in table])
    rows = counted.rows
    told = [POINTS.reason("log-repeated", log=name, count=len(counted.twice))] if counted.twice else []
    if table.unread:
        told.append(POINTS.reason("log-unread", log=name, columns=table.unread))
    if {"start", "stop"} <= table.index.keys():
        found = _sessions(rows, table, name)
    elif {"time", "state"} <= table.index.keys():
        found = _signs(rows, name)
    elif {"day", "hours"} <= table.index.keys():
        found = _days(rows, name)
    else:
        found = Log(faults=(POINTS.reason("log-half", log=name),))
    kept = [each for each in found.sessions if each[1] - each[0] <= _DAY]
    sessions = tuple(sorted(set(kept)))
    if len(kept) < len(found.sessions):
        told.append(POINTS.reason("log-long", log=name, count=len(found.sessions) - len(kept)))
    if (
        "start" in table
        and len(sessions) >= _ALIKE
        and len({(start % _DAY, stop % _DAY) for start, stop in sessions}) == 1
    ):
        told.append(POINTS.reason("log-alike", log=name, count=len(sessions)))
    return Log(sessions, found.faults, (*told, *found.told), _named(table))


def _named(table: Table) -> tuple[str, ...]:
    places = [at for at, heading in enumerate(table.head) if fold(heading) in _POINTS]
    return tuple(sorted({row[at].strip() for at in places for row in table.cells} - {""}))


def _read_only(table: Table) -> Table:
    """The table with the columns that its form of a log reads; what others say beside them is looked at as what nobody reads."""
    for form in ({"start", "stop"}, {"time", "state"}, {"day", "hours"}):
        if form <= table.index.keys():
            more = {"day", "hours"} if "start" in form else set()
            _stood(table, form)
            return replace(table, index={key: at for key, at in table.index.items() if key in form | more})
    return table


def _stood(table: Table, form: set[str]) -> None:
    """UnreadableError where a column beside the times of running says that the point stood still, or was closed."""
    for at, heading in enumerate(table.head):
        name = narrow(heading).strip()
        if at in {table.index[each] for each in form}:
            continue
        for row in table:
            said = narrow(table.cells[row.at][at]).strip()
            state = _HOW.fullmatch(name) is not None and "".join(said.split()).lower() in _OFF
            stood = _STOOD.search(name) is not None and (
                number(said) or (said and number(said) is None and said not in _NONE)
            )
            shut = _OPEN.fullmatch(name) is not None and said.casefold() in _SHUT
            if state or stood or shut:
                text = Text(
                    f"“{heading.strip()}”写着“{said}”：这段时间并未运行，或其中有停运，运行时长无从得知。",
                    f"{heading.strip()!r} says {said!r}: it did not run then, or not all of that time.",
                )
                raise row.refuse(text, "give the times in which the point ran, and no others.")


def _sessions(rows: Sequence[Row], table: Table, name: str) -> Log:
    spans: list[Span] = []
    faults, told = [], []
    endless = [row.line for row in rows if not row["stop"]]
    for row in rows:
        start, stop = _instant(row, "start"), _instant(row, "stop")
        if start is None:
            faults.append(POINTS.reason("log-no-start", log=name, line=row.line))
        elif stop is not None and stop <= start:
            faults.append(POINTS.reason("log-backwards", log=name, line=row.line))
        elif stop is not None:
            spans.append((start, stop))
    if endless:
        told.append(POINTS.reason("log-endless", log=name, count=len(endless), lines=endless))
    if _overlap(spans):
        told.append(POINTS.reason("log-overlapping", log=name))
    if "day" in table or "hours" in table:
        faults += _contradictions(rows, spans, name)
    return Log(tuple(spans), tuple(faults), tuple(told))


def _contradictions(rows: Sequence[Row], spans: Sequence[Span], name: str) -> list[Reason]:
    """Rows whose own duration is not the time between their start and stop."""
    found = []
    for row in rows:
        stated, start, stop = row.quantity("hours", "h"), _instant(row, "start"), _instant(row, "stop")
        if stated is None or start is None or stop is None or (start, stop) not in spans:
            continue
        if abs(stated - Fraction(stop - start, 3600 * _S)) > Fraction(1, 10):
            found.append(POINTS.reason("log-hours-differ", log=name, line=row.line, stated=float(stated)))
    return found


def _days(rows: Sequence[Row], name: str) -> Log:
    spans: list[Span] = []
    faults = []
    seen: set[date] = set()
    for row in rows:
        day, stated = row.day("day"), row.quantity("hours", "h")
        if day is None or stated is None:
            faults.append(POINTS.reason("log-blank", log=name, line=row.line))
        elif day in seen:
            faults.append(POINTS.reason("log-day-twice", log=name, line=row.line, day=str(day)))
        elif not 0 <= stated <= 24:
            faults.append(POINTS.reason("log-hours-impossible", log=name, line=row.line, hours=float(stated)))
        else:
            seen.add(day)
            spans += [(_ns(day), _ns(day) + int(stated * 3600 * _S))] if stated else []
    return Log(tuple(spans), tuple(faults))


def _signs(rows: Sequence[Row], name: str) -> Log:
    """Running from each sign of life to the next row: to one that says it stopped, or to another sign that did not come late."""
    faults: list[Reason] = []
    signs: list[tuple[int, bool]] = []
    for row in rows:
        at, word = _instant(row, "time"), "".join(row["state"].split()).lower()
        if at is None:
            faults.append(POINTS.reason("log-no-start", log=name, line=row.line))
        elif word not in _ON | _OFF:
            faults.append(POINTS.reason("log-state", log=name, line=row.line, word=row["state"] or "—"))
        else:
            signs.append((at, word in _ON))
    pairs = list(itertools.pairwise(sorted(signs)))
    steps = sorted(later[0] - sooner[0] for sooner, later in pairs if sooner[1] and later[1])
    longest = min(_LONGEST_STEP, _SILENT * steps[len(steps) // 2]) if steps else 0
    spans = [
        (sooner[0], later[0])
        for sooner, later in pairs
        if sooner[1] and later[0] > sooner[0] and (not later[1] or later[0] - sooner[0] <= longest)
    ]
    return Log(tuple(spans), tuple(faults))


def _instant(row: Row, field: str) -> int | None:
    """A moment as it is written; a workbook's own number of days is one."""
    if not row.is_serial(field):
        return row.instant_ns(field)
    value = row.value(field)
    if value is None:
        return None
    days = value - (24_107 if row.table.from_1904 else 25_569)
    return round(days * 86_400) * _S


def _overlap(spans: Sequence[Span]) -> bool:
    ordered = sorted(set(spans))
    return any(later[0] < sooner[1] for sooner, later in itertools.pairwise(ordered))


def _ns(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * _S
