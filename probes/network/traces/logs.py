# SPDX-License-Identifier: Apache-2.0
"""Latency logs of other programs as columns: tables with a header line (CSV, or cells apart by blanks), and `ping` output. Pure.

A table has a time and a delay, and may have a sequence number, a place, a speed and a cell. Units stand in the header,
as ``delay(ms)``, or in the settings; without either, times are in s, delays in ms, speeds in m/s. What a log cannot tell
stays unknown: without sequence numbers or rows of lost packets nobody knows what was lost.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from harness.kit.track import Track
from harness.series import Event
from probes.network.traces.session import Session, exchanges, no_strays
from probes.network.traces.terminals import decoded_text

COLUMNS = ("time", "delay", "sequence", "latitude", "longitude", "x", "y", "speed", "cell")
MOST_MISSING = 1_000_000
_ALIASES = {
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
_DEFAULT_UNITS = {"time": "s", "delay": "ms", "speed": "m/s"}
_PER = {"s": Decimal(10**9), "ms": Decimal(10**6), "us": Decimal(1000), "µs": Decimal(1000), "ns": Decimal(1)}
_SPEEDS = {"m/s": 1.0, "km/h": 1 / 3.6}
_LOST = {"", "-", "nan", "lost", "timeout", "丢失", "超时"}
_DATES = ("%Y.%m.%d_%H.%M.%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
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
    """The packets and the track of a log; DecodeError when it is neither a table with a header nor `ping` output."""
    text = decoded_text(data, name)
    rows, track = (_ping(text), Track.none()) if text.startswith("PING ") else _table(text, name, form)
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


def _table(text: str, name: str, form: Form) -> tuple[_Rows, Track]:
    lines = text.splitlines()
    apart = csv.reader(io.StringIO(text, newline="")) if lines and "," in lines[0] else iter(map(str.split, lines))
    head = [cell.strip() for cell in next(apart, [])]
    places = _places(head, form)
    if "time" not in places or not {"delay", "latitude", "x"} & places.keys():
        msg = f"{name} is no log: its first line names no time, or neither a delay nor a place."
        raise DecodeError(msg, cure="name the columns in the settings, as columns: {time: sent_at, delay: rtt}.")
    units = {key: _unit(key, head[place], form) for key, place in places.items() if key in _DEFAULT_UNITS}
    rows, points, numbers = _Rows([], [], [], []), [], []
    for cells in apart:
        row = {key: cells[place].strip() for key, place in places.items() if place < len(cells)}
        if not any(row.values()):
            continue
        due = _moment(row.get("time", ""), units["time"])
        delay = _delay(row.get("delay", ""), units.get("delay", "ms"))
        if due is None or delay is None:
            rows.damaged += 1
            continue
        points.append((due, row))
        if "delay" in places:
            rows.due.append(due)
            rows.delay.append(delay)
            numbers.append(row.get("sequence", ""))
    told = _fill(rows, numbers) or -1 in rows.delay
    rows.mode = "log" if told else "log-arrivals"
    rows.replies = [int(delay >= 0) for delay in rows.delay]
    rows.ttl = [0] * len(rows.due)
    return rows, _track_of(points, _SPEEDS[units.get("speed", "m/s")])


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


def _places(head: Sequence[str], form: Form) -> dict[str, int]:
    """Which cell holds what: by the settings first, then by the names that logs use."""
    bare = [re.sub(r"\([^)]*\)$", "", cell).strip().lower() for cell in head]
    found = {key: head.index(given) for key, given in form.columns.items() if given in head}
    for key, names in _ALIASES.items():
        place = next((bare.index(each) for each in names if each in bare), None)
        if key not in form.columns and place is not None:
            found[key] = place
    return found


def _unit(key: str, head: str, form: Form) -> str:
    """Of the settings, of the header, or the usual one; an unknown unit of the header is the usual one."""
    stated = re.search(r"\(([^)]*)\)$", head)
    given = form.units.get(key) or (stated[1] if stated else "")
    known = _SPEEDS if key == "speed" else _PER
    return given if given in known else _DEFAULT_UNITS[key]


def _moment(text: str, unit: str) -> int | None:
    """Ns since 1970 UTC of a number in ``unit`` or of a date and time (UTC where no zone is written)."""
    try:
        value = Decimal(text) * _PER[unit]
        return int(value) if value.is_finite() and abs(value) < 1 << 62 else None
    except InvalidOperation:
        moment = next(_dates(text), None)
    return None if moment is None else round(moment.timestamp() * 10**6) * 1000


def _dates(text: str) -> Iterator[datetime]:
    for form in _DATES:
        try:
            yield datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return
    yield found if found.tzinfo else found.replace(tzinfo=UTC)


def _delay(text: str, unit: str) -> int | None:
    """Ns; -1 for a packet that was lost, None for what is no delay."""
    if text.lower() in _LOST:
        return -1
    try:
        value = Decimal(text) * _PER[unit]
    except InvalidOperation:
        return None
    return int(value) if value.is_finite() and 0 <= value < 1 << 60 else None


def form_of(config: Mapping[str, Any]) -> Form:
    """The form that settings describe."""
    return Form(dict(config.get("columns", {})), dict(config.get("units", {})))


def _track_of(points: Sequence[tuple[int, Mapping[str, str]]], per_speed: float) -> Track:
    """A track from cells of a table (latitude and longitude, or x and y; speed; cell), by time in ns; rows without any are left out."""
    grid = not any(row.get("latitude") for _, row in points)
    names = ("x", "y") if grid else ("longitude", "latitude")
    found = [
        (time, *(_number(row.get(name, "")) for name in names), _number(row.get("speed", "")) * per_speed, cell, grid)
        for time, row in points
        if (cell := row.get("cell", "")[:24]) or row.get(names[0])
    ]
    return Track.of(found)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
