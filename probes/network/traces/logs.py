# SPDX-License-Identifier: Apache-2.0
"""Latency logs of other programs as columns: tables with a head (CSV, XLSX, or cells apart by blanks), and `ping` output. Pure.

A table has a time and a delay, and may have a sequence number, a place, a speed and a cell. Units stand in the header,
as ``delay(ms)``, or in the settings; without either, times are in s, delays in ms, speeds in m/s. What a log cannot tell
stays unknown: without sequence numbers or rows of lost packets nobody knows what was lost.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from harness.errors import SpecError
from harness.kit.tables import Columns, Row, Table, cells, decoded, read
from harness.kit.track import Track
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import Quantity, unit_of
from harness.series import Event
from probes.network.traces.session import Session, exchanges, no_strays

NOUN = Text("日志", "log")
MOST_MISSING = 1_000_000
MOST_ROWS = 4_000_000
_FIELDS = {
    "time": ("time", "timestamp", "pub_time", "sent", "时间", "发送时间"),
    "delay": ("delay", "rtt", "latency", "时延", "往返时延"),
    "sequence": ("sequence", "seq", "icmp_seq", "序号"),
    "latitude": ("latitude", "lat", "纬度"),
    "longitude": ("longitude", "lon", "lng", "经度"),
    "x": ("x", "utmx", "east"),
    "y": ("y", "utmy", "north"),
    "speed": ("speed", "velocity", "速度"),
    "cell": ("cell", "cellid", "小区"),
}
COLUMNS = tuple(_FIELDS)
_USUAL_UNITS = {"time": "s", "delay": "ms", "speed": "m/s"}
_LOST = {"", "-", "nan", "lost", "timeout", "丢失", "超时"}
_REPLY = re.compile(
    r"^(?:\[(?P<at>\d{9,11}\.\d+)\] )?\d+ bytes from \S+(?: \(\S+\))?: icmp_seq=(?P<seq>\d+) (?:ttl|hlim)=(?P<ttl>\d+) "
    r"time=(?P<ms>[\d.]+) ms(?P<dup> \(DUP!\))?\s*$"
)
_SENT = re.compile(r"^(\d+) packets transmitted")
_HEAD = re.compile(r"^PING \S+ \((?P<address>[0-9a-fA-F.:]+)\)")

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Form:
    """How a table is to be read: header name of each of :data:`COLUMNS`, and units that its header does not state."""

    columns: Mapping[str, str]
    units: Mapping[str, str]


@dataclass(slots=True)
class _Rows:
    """Packets in order of the log: due time, delay (-1: lost), replies, TTL; what the log cannot tell is said in ``mode``."""

    due: list[int]
    delay: list[int]
    replies: list[int]
    ttl: list[int]
    mode: str = "log"
    address: str = ""
    damaged: int = 0


def decode(data: bytes, name: str, form: Form, waiting_ns: int) -> tuple[Session, Track]:
    """The packets and the track of a log; DecodeError when it is neither a table with a head nor `ping` output."""
    if data.removeprefix(codecs.BOM_UTF8).startswith(b"PING "):
        rows, track = _ping(decoded(data, NOUN, name)), Track.none()
    else:
        columns = Columns(
            _FIELDS,
            ({"time"}, {"delay", "latitude", "x"}),
            NOUN,
            form.columns,
            delimiters=",;\t ",
            most_rows=MOST_ROWS,
            unnamed=True,
        )
        rows, track = _columns(read(data, columns, name=name), form)
    return _session(rows, name, waiting_ns), track


def _session(rows: _Rows, name: str, waiting_ns: int) -> Session:
    due, delay = np.array(rows.due, np.int64), np.array(rows.delay, np.int64)
    answered = (delay >= 0) & (delay <= waiting_ns)
    step = max(1, int(np.gcd.reduce(delay[delay >= 0]))) if (delay > 0).any() else 1
    begun = due // step * step  # a fine time beside a coarse delay makes the delay no finer
    gaps = np.diff(np.sort(due))
    header = {
        "mode": rows.mode,
        "waiting_time_ns": waiting_ns,
        "schedule": {"interval_ns": int(np.median(gaps)) if len(gaps) else 0},
        "targets": [{"id": rows.address or name, "address": rows.address}],
    }
    events = (Event("stamp.malformed", 0, {"rows": rows.damaged}),) if rows.damaged else ()
    probes = exchanges(
        answered,
        events,
        scheduled=due,
        t1=begun,
        t4=np.where(answered, begun + delay, 0),
        ttl=np.array(rows.ttl, np.int64),
        replies=np.where(answered, np.array(rows.replies, np.int64), 0),
    )
    return Session(header, probes, no_strays())


def _ping(text: str) -> _Rows:
    """`ping` of iputils: a probe a second unless times were printed (-D); numbers that are missing were lost."""
    lines = text.splitlines()
    head, found = _HEAD.match(lines[0]), [each for line in lines if (each := _REPLY.match(line))]
    replies: dict[int, re.Match[str]] = {}
    copies: dict[int, int] = {}
    for each in found:
        number = int(each["seq"])
        replies.setdefault(number, each)
        copies[number] = copies.get(number, 0) + 1
    sent = max([*replies, *(int(each[1]) for line in lines if (each := _SENT.match(line)))], default=0)
    rows = _Rows([], [], [], [], address=head["address"] if head else "")
    rows.damaged = sum(line.startswith(tuple("0123456789[")) and " bytes " in line for line in lines) - len(found)
    for number in range(1, min(sent, MOST_MISSING) + 1):
        reply = replies.get(number)
        rows.due.append(_printed(reply) if reply and reply["at"] else number * 10**9)
        rows.delay.append(int(Decimal(reply["ms"]) * 10**6) if reply else -1)
        rows.replies.append(copies.get(number, 0))
        rows.ttl.append(int(reply["ttl"]) if reply else 0)
    if any(each["at"] for each in found):
        rows.due = _between(rows.due)
    return rows


def _printed(reply: re.Match[str]) -> int:
    """When the request left, by the time printed with its reply."""
    return int((Decimal(reply["at"]) * 10**3 - Decimal(reply["ms"])) * 10**6)


def _between(due: Sequence[int]) -> list[int]:
    """Times of lost requests, which have none, set evenly between their neighbours'."""
    known = np.array([at for at, value in enumerate(due) if value > 10**17])
    values = np.array([due[at] for at in known], np.int64)
    shift = np.interp(np.arange(len(due)), known, (values - values[0]).astype(np.float64))
    return [value if value > 10**17 else int(values[0]) + round(shift[at]) for at, value in enumerate(due)]


def _columns(table: Table, form: Form) -> tuple[_Rows, Track]:
    """The packets and the places of a table; rows without a time, or with a delay that is none, are counted as damaged."""
    units = {key: _unit(table, key, form) for key in _USUAL_UNITS if key in form.units or key in table}
    per_time, per_delay = (_ns(units.get(key, _USUAL_UNITS[key])) for key in ("time", "delay"))
    rows, points, numbers = _Rows([], [], [], []), [], []
    delayed, placed = "delay" in table, bool({"latitude", "x", "cell"} & table.index.keys())
    for row in table if table.workbook else ():
        _check_time(row)
    texts = (table.column(key) for key in ("time", "delay", "sequence"))
    for at, (time, lag, number) in enumerate(zip(*texts, strict=True)):
        due, delay = _moment(time, per_time), _delay(lag, per_delay)
        if due is None or delay is None:
            rows.damaged += 1
            continue
        if placed:
            points.append((due, Row(table, at)))
        if delayed:
            rows.due.append(due)
            rows.delay.append(delay)
            numbers.append(number)
    told = _fill(rows, numbers) or -1 in rows.delay
    rows.mode = "log" if told else "log-arrivals"
    rows.replies = [int(delay >= 0) for delay in rows.delay]
    rows.ttl = [0] * len(rows.due)
    return rows, _track_of(points, float(Quantity(Fraction(1), units.get("speed", "m/s")).to("m/s")))


def _fill(rows: _Rows, numbers: Sequence[str]) -> bool:
    """Put in the packets whose sequence numbers are missing, as lost; False when there are no usable numbers."""
    if not numbers or not all(each.isascii() and each.isdigit() and len(each) < 16 for each in numbers):
        return False
    missing: list[int] = []
    pairs = zip(rows.due, map(int, numbers), strict=True)
    for (before, low), (after, high) in pairwise(sorted(pairs, key=lambda pair: pair[1])):
        gap = min(max(0, high - low - 1), MOST_MISSING - len(missing))
        missing += [before + (after - before) * step // (gap + 1) for step in range(1, gap + 1)]
    rows.due += missing
    rows.delay += [-1] * len(missing)
    return True


def _unit(table: Table, key: str, form: Form) -> str:
    """Of the settings, of the heading, or the usual one; UnreadableError for one that nobody knows."""
    usual = _USUAL_UNITS[key]
    if key not in form.units:
        dated = key == "time" and all(cells.number(row[key]) is None for row in islice(table, 20))
        return usual if dated else table.unit(key, usual)
    try:
        known = unit_of(form.units[key])[0] == unit_of(usual)[0]
    except SpecError:
        known = False
    if not known:
        text = Text(f"“{form.units[key]}”不是 {key} 的单位。", f"{form.units[key]!r} is no unit of {key}.")
        raise UnreadableError(text, cure=f"write units: {{{key}: {usual}}} in the profile.", where=table.name)
    return form.units[key]


def _ns(unit: str) -> Decimal:
    """How many ns a unit of time has."""
    per = Quantity(Fraction(1), unit).to("ns")
    return Decimal(per.numerator) / Decimal(per.denominator)


def _check_time(row: Row) -> None:
    if row.is_serial("time"):
        text = Text(
            "该时刻是电子表格内部的日期序号，精度不够。", "The time is a spreadsheet's own serial, which is rounded."
        )
        raise row.refuse(text, "write it as text, as 2026-11-21T08:00:00.100Z.")


def _moment(text: str, per: Decimal) -> int | None:
    """Ns since 1970 UTC of a number in units of ``per`` ns or of a date and time (UTC where no zone is written)."""
    try:
        value = Decimal(text) * per
    except InvalidOperation:
        return cells.instant_ns(text)
    return int(value) if value.is_finite() and abs(value) < 1 << 62 else None


def _delay(text: str, per: Decimal) -> int | None:
    """Ns; -1 for a packet that was lost, None for what is no delay."""
    if text.lower() in _LOST:
        return -1
    try:
        value = Decimal(text) * per
    except InvalidOperation:
        return None
    return int(value) if value.is_finite() and 0 <= value < 1 << 60 else None


def _track_of(points: Sequence[tuple[int, Row]], per_speed: float) -> Track:
    """A track from cells of a table (latitude and longitude, or x and y; speed; cell), by time in ns; rows without any are left out."""
    grid = not any(row["latitude"] for _, row in points)
    names = ("x", "y") if grid else ("longitude", "latitude")
    found = [
        (time, *(_number(row[name]) for name in names), _number(row["speed"]) * per_speed, cell, grid)
        for time, row in points
        if (cell := row["cell"][:24]) or row[names[0]]
    ]
    return Track.of(found)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
