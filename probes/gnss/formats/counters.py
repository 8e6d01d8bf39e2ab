# SPDX-License-Identifier: Apache-2.0
"""What a time-interval counter writes: a table of time and offset with its units in the head, TICC's channels, or one column.

The world is closed: a head with a unit or a column that is not known, and a row of another width than the head, are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from harness.errors import DecodeError
from harness.kit.tables.commas import comma, plain
from probes.gnss.formats.clock import utc_ns
from probes.gnss.formats.denials.remarks import says_unmeasured

UNITS = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9, "ps": 1e-12}
UNITS |= {"秒": 1.0, "毫秒": 1e-3, "微秒": 1e-6, "纳秒": 1e-9, "皮秒": 1e-12}
_TIMES = {"time", "t", "timestamp", "epoch", "unix", "utc", "date", "时间", "时刻"}
_OFFSETS = {"offset", "value", "phase", "x", "ti", "interval", "difference", "diff", "偏差", "时间差", "钟差"}
_OFFSETS |= {"时差", "偏移", "时间偏差", "相位差", "授时偏差"}
_HEADING = re.compile(r"(?P<name>[^\W\d_]+)[ _]*(?:[\[(（_/ ] *)?(?P<unit>[^\W\d_]*) *[\])）]?")
_TI = re.compile(r"(?P<offset>\S+) +TI\(A->B\)")
_CHANNEL = re.compile(r"(?P<time>\d+\.\d+) +ch(?P<channel>[AB])")


class Counted(NamedTuple):
    """Samples of a counter in s; ``timed``: whether it wrote a time, else ``time_s`` counts samples; ``unread`` lines."""

    time_s: list[float]
    offset_s: list[float]
    timed: bool
    unread: int
    repeated: int = 0


def read_counter(text: str) -> Counted | None:
    """The samples, None where the text is no counter's. DecodeError for a head or a row that cannot be understood."""
    lines = [line.strip() for line in text.splitlines()]
    for line in lines:
        noted = line.startswith("#") or _number(re.split(r"[;,\s]", line, maxsplit=1)[0]) is None
        if noted and says_unmeasured(line):
            msg = f"{line[:60]!r} says that this is no record as it was measured."
            raise DecodeError(msg, cure="export every row as it was measured.")
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        return None
    if sum(_TI.fullmatch(line) is not None for line in lines) > len(lines) / 2:
        return _intervals(lines)
    if sum(_CHANNEL.fullmatch(line) is not None for line in lines) > len(lines) / 2:
        return _channels(lines)
    return _table(lines)


def _intervals(lines: Sequence[str]) -> Counted:
    found = [match for line in lines if (match := _TI.fullmatch(line)) and _number(match["offset"]) is not None]
    offsets = [float(match["offset"]) for match in found]
    return Counted(
        [float(each) for each in range(len(offsets))], offsets, timed=False, unread=len(lines) - len(offsets)
    )


def _channels(lines: Sequence[str]) -> Counted:
    """B minus A of the pulses of one second; a pulse without its twin is not read."""
    pulses: dict[str, dict[int, float]] = {"A": {}, "B": {}}
    for line in lines:
        match = _CHANNEL.fullmatch(line)
        if match:
            pulses[match["channel"]][round(float(match["time"]))] = float(match["time"])
    both = sorted(set(pulses["A"]) & set(pulses["B"]))
    offsets = [pulses["B"][each] - pulses["A"][each] for each in both]
    return Counted([float(each) for each in both], offsets, timed=True, unread=len(lines) - 2 * len(both))


def _table(lines: Sequence[str]) -> Counted | None:
    separator = next((each for each in (";", "\t", ",") if each in lines[min(1, len(lines) - 1)]), None)
    rows = [[cell.strip() for cell in line.split(separator)] for line in lines]
    if separator != ",":
        rows = _dotted(rows)
    head = rows[0] if _value(rows[0][-1]) is None else None
    body = rows[1:] if head else rows
    if not body or not _is_row(body[0]):
        return None
    if head is None and len(body[0]) > 2:
        return None
    time, offset, scale = _columns(head, len(body[0]))
    times: list[float] = []
    offsets: list[float] = []
    unread = 0
    for row in body:
        at = None if time is None else _value(row[time] if time < len(row) else "", scale[0])
        value = _number(row[offset]) if len(row) == len(body[0]) else None
        if value is None or (time is not None and at is None):
            unread += 1
            continue
        times.append(float(len(times)) if at is None else at)
        offsets.append(value * scale[1])
    if time is None:
        return Counted(times, offsets, timed=False, unread=unread)
    once = dict.fromkeys(zip(times, offsets, strict=True))  # a log appended to itself is one log
    return Counted([at for at, _ in once], [each for _, each in once], True, unread, len(times) - len(once))


def _dotted(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows with decimal points; DecodeError where a comma may be a separator of thousands as well, or a column has both kinds."""
    kinds = [{comma(row[at]) for row in rows if at < len(row)} for at in range(max(map(len, rows)))]
    decimal = any("decimal" in each for each in kinds)
    for at, each in enumerate(kinds):
        if "thousands" in each or ("decimal" in each and "point" in each) or ("either" in each and not decimal):
            cell = next(row[at] for row in rows if at < len(row) and "," in row[at])
            msg = f"{cell!r} has a comma that may be a decimal comma or a separator of thousands."
            raise DecodeError(msg, cure="write numbers with a decimal point and without separators, as 1234.5.")
    return [[plain(cell, "decimal") for cell in row] for row in rows]


def _is_row(row: Sequence[str]) -> bool:
    return _number(row[-1]) is not None and all(_value(cell) is not None for cell in row[:2])


def _columns(head: Sequence[str] | None, width: int) -> tuple[int | None, int, tuple[float, float]]:
    """(column of the time, of the offset, their factors to s)."""
    if head is None:
        return (0, 1, (1.0, 1.0)) if width == 2 else (None, 0, (1.0, 1.0))
    if len(head) != width:
        msg = f"The head has {len(head)} columns, the rows have {width}."
        raise DecodeError(msg, cure="give every column a name.")
    found: dict[str, tuple[int, float]] = {}
    for at, heading in enumerate(head):
        match = _HEADING.fullmatch(heading.strip())
        name = match["name"].lower() if match else heading
        kind = "time" if name in _TIMES else "offset" if name in _OFFSETS else ""
        unit = match["unit"] if match else ""
        if not kind or unit not in UNITS or kind in found:
            msg = f"The column {heading!r} of this table of offsets is not understood."
            raise DecodeError(msg, cure="keep two columns, like time_s and offset_ns (s, ms, us, ns, ps).")
        found[kind] = (at, UNITS[unit])
    if "offset" not in found:
        raise DecodeError("This table names no column of offsets.", cure="call it offset_s or offset_ns.")
    time, scale = found.get("time", (None, 1.0))
    return time, found["offset"][0], (scale, found["offset"][1])


def _number(text: str) -> float | None:
    try:
        return float(text) if re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", text) else None
    except ValueError:
        return None


def _value(text: str, scale: float = 1.0) -> float | None:
    """A number in s, or an ISO 8601 time."""
    plain = _number(text)
    if plain is not None:
        return plain * scale
    try:
        return utc_ns(text) / 1e9
    except ValueError:
        return None
