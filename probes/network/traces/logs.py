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
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from harness.errors import SpecError
from harness.kit.packed import unpacked
from harness.kit.tables import Columns, Row, Table, cells, decoded, dotted, happened, read, unedited
from harness.kit.tables.columns import stated_unit
from harness.kit.tables.reading import MAX_BYTES
from harness.kit.track import Track
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import Quantity, unit_of
from harness.series import Event
from probes.network.traces.log_rows import MOST_MISSING, Rows
from probes.network.traces.log_words import LOST, address_of, fates, nothing_beside, plain
from probes.network.traces.pings import is_ping, is_windows, read_ping
from probes.network.traces.programs import read_program
from probes.network.traces.said.columns import answers_came, delay_itself, nothing_else
from probes.network.traces.said.copies import copies, repeated
from probes.network.traces.said.ends import packets_alone
from probes.network.traces.said.json_rows import as_table
from probes.network.traces.said.moments import coarse, moments, undated
from probes.network.traces.said.titles import one_terminal, other_links, true_record, units_above, whole_record
from probes.network.traces.session import Session, exchanges, no_strays
from probes.network.traces.strangers import refuse_stranger

NOUN = Text("日志", "log")
MOST_ROWS = 4_000_000
_FIELDS = {
    "time": (
        "time",
        "timestamp",
        "pub_time",
        "sent",
        "时间",
        "发送时间",
        "时刻",
        "发送时刻",
        "测试时间",
        "時間",
        "datetime",
        "send_time",
        "sent_at",
        "时间戳",
    ),
    "delay": (
        *(
            "delay",
            "rtt",
            "latency",
            "时延",
            "往返时延",
            "延迟",
            "往返延迟",
            "往返时间",
            "网络时延",
            "网络延迟",
            "双向时延",
            "环回时延",
            "端到端往返时延",
            "响应时间",
        ),
        *(
            "roundtriptime",
            "round_trip_time",
            "round-trip time",
            "round_trip",
            "roundtrip",
            "ping",
            "ping_time",
            "latenz",
            "网路延迟",
            "往返時延",
            "網路延遲",
            "遅延",
            "往復遅延",
        ),
    ),
    "sequence": ("sequence", "seq", "icmp_seq", "序号"),
    "latitude": ("latitude", "lat", "纬度"),
    "longitude": ("longitude", "lon", "lng", "经度"),
    "x": ("x", "utmx", "east"),
    "y": ("y", "utmy", "north"),
    "speed": ("speed", "velocity", "速度"),
    "cell": ("cell", "cellid", "小区"),
    "lost": ("lost", "loss", "丢包", "是否丢包", "丢失"),
    "status": ("status", "result", "success", "状态", "结果", "测试结果", "是否成功"),
}
_NUMBERS = ("time", "delay", "sequence", "latitude", "longitude", "x", "y", "speed")
_USUAL_UNITS = {"time": "s", "delay": "ms", "speed": "m/s"}
_WRAP = 1 << 16
_WHOLE = re.compile(r"\.0+$")
_CONSOLE = "cp866"
"""Gives every byte a letter, and those of Russian consoles the right one: elsewhere units are in ASCII."""
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*([^\W\d_]+)")

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Form:
    """How a table is to be read: header name of each of :data:`COLUMNS`, and units that its header does not state."""

    columns: Mapping[str, str]
    units: Mapping[str, str]


def decode(data: bytes, name: str, form: Form, waiting_ns: int) -> tuple[Session, Track]:
    """The packets and the track of a log; DecodeError when no reader understands it, or when it contradicts itself."""
    data = unpacked(data, MAX_BYTES, NOUN, name)
    if data[:2] != b"PK":
        if data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"} and b'"round_trips"' not in data:
            data = _from_json(data, name)
        rows = _program(data, name)
        if rows is not None:
            return _session(rows, name, waiting_ns), Track.none()
    columns = Columns(
        _FIELDS,
        ({"time"}, {"delay", "latitude", "x"}),
        NOUN,
        form.columns,
        delimiters=",;\t| ",
        most_rows=MOST_ROWS,
        unnamed=True,
    )
    table = packets_alone(unedited(read(data, columns, name=name)))
    links = _nothing_said(table, columns)
    table = dotted(table, _NUMBERS)
    rows, track = _columns(table, form)
    delay_itself(table)
    if links:
        rows.tell("log-other-link", len(links), *links)
    return _session(rows, name, waiting_ns), track


def _from_json(data: bytes, name: str) -> bytes:
    """A log in JSON as a table; what is none as it is."""
    found = as_table(decoded(data, NOUN, name), name)
    return data if found is None else found.encode()


def _nothing_said(table: Table, columns: Columns) -> list[str]:
    """Words for a link that is no 5G; UnreadableError where a title or a column says that the delays are not what they seem."""
    if "delay" not in table:
        return []
    true_record(table.above, table.name)
    one_terminal(table.above, table.name)
    nothing_beside(table, columns)
    found = nothing_else(table, named="delay" in columns.named)
    happened(table)
    return sorted({*found, *other_links(table.above)})


def _program(data: bytes, name: str) -> Rows | None:
    """What a program printed; None for a table. UnreadableError as its reader says.

    Windows prints in the code page of its console, which nothing in the bytes names: where they are no text of another kind, what is
    read is the form of its lines, whose letters do not matter, held to its own totals.
    """
    try:
        text = undated(decoded(data, NOUN, name))
        refuse_stranger(text, name)
        if is_ping(text):
            whole_record((line for line in text.splitlines() if "=" not in line and ": [" not in line), name)
            return read_ping(text, name)
        return read_program(text, name)
    except UnreadableError:
        printed = data.decode(_CONSOLE)
        if data.isascii() or data.startswith(_MARKS) or not is_windows(printed):
            raise
        return read_ping(printed, name)


def _session(rows: Rows, name: str, waiting_ns: int) -> Session:
    due, delay = np.array(rows.due, np.int64), np.array(rows.delay, np.int64)
    copy = repeated(delay[np.argsort(due, kind="stable")])
    if copy >= 0:
        text = Text(
            f"自第 {copy + 1} 个报文起，上千个时延与前面的逐位相同：同一段测量被写了两次。",
            f"From packet {copy + 1} on, more than a thousand delays are those of an earlier stretch to the last digit: it was written twice.",
        )
        raise UnreadableError(text, cure="take the copies out.", where=name)
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
    events = [Event("stamp.malformed", 0, {"rows": rows.damaged})] if rows.damaged else []
    events += [Event("stamp.told", 0, {"key": key, "count": count, "words": words}) for key, count, words in rows.told]
    probes = exchanges(
        answered,
        tuple(events),
        scheduled=due,
        t1=begun,
        t4=np.where(answered, begun + delay, 0),
        ttl=np.array(rows.ttl, np.int64),
        replies=np.where(answered, np.array(rows.replies, np.int64), 0),
    )
    return Session(header, probes, no_strays())


def _columns(table: Table, form: Form) -> tuple[Rows, Track]:
    """The packets and the places of a table. Every row is a packet: with a word for its delay, or said to be lost, it was lost."""
    units = {key: _unit(table, key, form) for key in _USUAL_UNITS if key in form.units or key in table}
    per_time, per_delay = (_ns(units.get(key, _USUAL_UNITS[key])) for key in ("time", "delay"))
    _units_above(table, per_delay)
    rows, points, numbers = Rows(), [], []
    delayed, placed = "delay" in table, bool({"latitude", "x", "cell"} & table.index.keys())
    lost, words, timeless = fates(table), Counter[str](), list[int]()
    stated = "time" in form.units or bool(stated_unit(table.head[table.index["time"]]))
    texts = (moments(table, per_time, stated=stated), table.column("delay"), table.column("sequence"))
    again = copies(table) if delayed else frozenset[int]()
    trips: list[tuple[int | None, int | None]] = [(None, None)] * len(table)
    for at, (due, lag, number) in enumerate(zip(*texts, strict=True)):
        if at in again:
            continue
        delay = _delay(lag, per_delay)
        trips[at] = due, delay
        if due is None:
            timeless.append(table.lines[at])
            continue
        if placed:
            points.append((due, Row(table, at)))
        if delayed:
            words.update([lag] if delay is None else [])
            rows.add(due, -1 if delay is None or lost[at] else delay, 0)
            numbers.append(number)
    answers_came(table, trips)
    step = coarse(rows.due)
    if step:
        rows.tell("log-times-coarse", step)
    _zeros(rows)
    if delayed and timeless:
        rows.tell("log-rows-unread", len(timeless), f"{table.name}:{timeless[0]}")
    elif timeless:
        rows.damaged += len(timeless)
    if words:
        rows.tell("log-words", words.total(), *sorted(words))
    if again:
        rows.tell("log-rows-twice", len(again))
    if table.unread and delayed:
        rows.tell("log-columns-unread", len(table.unread), *table.unread)
    told = _fill(rows, numbers) or -1 in rows.delay
    rows.mode = "log" if told else "log-arrivals"
    rows.address = address_of(table) if delayed else ""
    rows.replies = [int(delay >= 0) for delay in rows.delay]
    rows.ttl = [0] * len(rows.due)
    return rows, _track_of(points, float(Quantity(Fraction(1), units.get("speed", "m/s")).to("m/s")))


def _zeros(rows: Rows) -> None:
    """A delay of exactly zero is none where others have finer digits: some programs write it for a packet that was lost."""
    found = [each for each in rows.delay if each > 0]
    zeros = [at for at, each in enumerate(rows.delay) if each == 0]
    if zeros and found and math.gcd(*found) * 10 < min(found):
        for at in zeros:
            rows.delay[at] = -1
        rows.tell("log-words", len(zeros), "0")


def _fill(rows: Rows, numbers: Sequence[str]) -> bool:
    """Put in the packets whose sequence numbers are missing, as lost; False when there are no usable numbers.

    A number that was there already begins another session, or wraps at 16 bits; each session is filled apart.
    """
    numbers = [_WHOLE.sub("", each) for each in numbers]
    if not numbers or not all(each.isascii() and each.isdigit() and len(each) < 16 for each in numbers):
        return False
    missing: list[int] = []
    for session in _numbered(sorted(zip(rows.due, map(int, numbers), strict=True))):
        for (low, before), (high, after) in pairwise(sorted(session.items())):
            gap = min(max(0, high - low - 1), MOST_MISSING - len(missing))
            missing += [before + (after - before) * step // (gap + 1) for step in range(1, gap + 1)]
    rows.due += missing
    rows.delay += [-1] * len(missing)
    return True


def _numbered(pairs: Sequence[tuple[int, int]]) -> list[dict[int, int]]:
    """Sessions as {number: due time}, from (due time, number) in order of time."""
    sessions: list[dict[int, int]] = [{}]
    base = last = 0
    for due, number in pairs:
        wrapped = last < base + _WRAP <= last + 512 and number < 512
        if base + number in sessions[-1] or wrapped:
            if wrapped:
                base += _WRAP
            elif due != sessions[-1][base + number]:  # the same number at the same time is a duplicate
                sessions.append({})
                base = 0
        sessions[-1].setdefault(base + number, due)
        last = base + number
    return sessions


def _unit(table: Table, key: str, form: Form) -> str:
    """Of the settings, of the heading, or the usual one; UnreadableError for one that nobody knows, or for two that differ."""
    usual = _USUAL_UNITS[key]
    stated = stated_unit(table.head[table.index[key]]) if key in table else ""
    if stated and key in form.units and stated != form.units[key]:
        text = Text(
            f"{key} 的单位：表头写 {stated}，测试方案写 {form.units[key]}。",
            f"The unit of {key} is {stated} in the head and {form.units[key]} in the profile.",
        )
        raise UnreadableError(text, cure="take units out of the profile; the head has them.", where=table.name)
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


def _units_above(table: Table, per_delay: Decimal) -> None:
    """UnreadableError where a line above the head states another unit of the delays than they are read in."""
    for unit in units_above(table.above) if "delay" in table else ():
        if _ns(unit) != per_delay:
            text = Text(
                f"表头上方写着时延的单位是 {unit}，与表头的单位不同。",
                f"Above the head stands {unit} as the unit of the delays, and the head has another.",
            )
            raise UnreadableError(
                text, cure="write the unit in brackets behind the heading of the values.", where=table.name
            )


def _ns(unit: str) -> Decimal:
    """How many ns a unit of time has."""
    per = Quantity(Fraction(1), unit).to("ns")
    return Decimal(per.numerator) / Decimal(per.denominator)


def _delay(text: str, per: Decimal) -> int | None:
    """Ns; -1 for a packet that was lost, None for what is neither. A unit beside the number counts before the heading's."""
    if plain(text) in LOST:
        return -1
    number, unit = _WITH_UNIT.fullmatch(cells.narrow(text)), Decimal(per)
    if "_" in text:  # Python's own numbers have such separators, nobody's logs
        return None
    try:
        if number is not None:
            unit = _ns(number[2])
        value = Decimal(cells.narrow(text) if number is None else number[1]) * unit
    except (InvalidOperation, SpecError):
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
