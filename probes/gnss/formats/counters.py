# SPDX-License-Identifier: Apache-2.0
"""What a time-interval counter writes: a table of time and offset with its units in the head, TICC's channels, or one column.

The world is closed: a head with a unit or a column that is not known, and a row of another width than the head, are refused by name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

from harness.errors import DecodeError
from harness.kit import tables
from harness.kit.tables.commas import comma, plain
from harness.model import Text
from probes.gnss.formats.clock import utc_ns
from probes.gnss.formats.denials.remarks import as_measured, says_unmeasured

UNITS = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9, "ps": 1e-12}
UNITS |= {"sec": 1.0, "msec": 1e-3, "usec": 1e-6, "nsec": 1e-9, "psec": 1e-12}
UNITS |= {"秒": 1.0, "毫秒": 1e-3, "微秒": 1e-6, "纳秒": 1e-9, "皮秒": 1e-12}
_DAY = {"d": 86400.0, "day": 86400.0, "天": 86400.0}
_TIMES = {"time", "t", "timestamp", "epoch", "unix", "utc", "date", "时间", "时刻", "测量时间", "采样时间"}
_DATES = {"date", "日期", "datum"}
_MJD = "mjd"
_NUMBERS = re.compile(r"(?:no|num|number|nr|n|index|idx|#|序号|编号|样本号|id)\.?", re.IGNORECASE)
"""Headings of a column that may number the rows."""
_OFFSETS = {"offset", "value", "phase", "x", "ti", "interval", "difference", "diff", "偏差", "时间差", "钟差"}
_OFFSETS |= {"时差", "偏移", "时间偏差", "相位差", "授时偏差"}
_OFFSETS |= {"授时误差", "时间误差", "同步偏差", "同步误差"}
_HEADING = re.compile(
    r"(?:1?pps|秒脉冲)?[ _-]*(?P<name>[^\W\d_]+)[ _]*(?:[\[(（_/ ] *)?(?P<unit>[^\W\d_]*) *[\])）]?", re.IGNORECASE
)
_WITH_UNIT = re.compile(r"(?P<number>[-+]?\d[\d.]*(?:[eE][-+]?\d+)?)\s*(?P<unit>[^\W\d_]+)")
_TI = re.compile(r"(?P<offset>\S+) +TI\(A->B\)")
_CHANNEL = re.compile(r"(?P<time>\d+\.\d+) +ch(?P<channel>[AB])")


_MOST_ROWS = 1_000_000


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


def read_workbook(data: bytes) -> Counted | None:
    """The same from a workbook. UnreadableError for one that is none, or says itself that it is no record of what was measured."""
    columns = tables.Columns(
        {"offset": _headings(_OFFSETS), "time": _headings(_TIMES - _DATES | {_MJD})},
        [{"offset"}],
        Text("时间偏差表", "table of offsets"),
        most_rows=_MOST_ROWS,
    )
    table = as_measured(tables.unedited(tables.read(data, columns, name="offsets")))
    days = table.index["time"] if "time" in table and all(row.is_serial("time") for row in table) else -1
    rows = [[f"{_seconds(cell)}" if at == days else cell.strip() for at, cell in enumerate(row)] for row in table.cells]
    return _of_rows([list(table.head), *rows])


def _seconds(serial: str) -> float:
    """The spreadsheet's own day and time in s, from a day on that does not matter; a millisecond is the least that it holds."""
    return round(float(serial) * 86_400_000) / 1000


def _headings(names: set[str]) -> list[str]:
    """Names as they stand alone and behind that of a pulse."""
    return [f"{pulse}{each}" for pulse in ("", "pps", "1pps", "秒脉冲") for each in sorted(names)]


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
    rows = [_cells(line, separator) for line in lines]
    return _of_rows(rows if separator == "," else _dotted(rows))


def _cells(line: str, separator: str | None) -> list[str]:
    """The cells of a line, without quotation marks around them."""
    if separator is None or '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def _of_rows(rows: list[list[str]]) -> Counted | None:
    """What rows of cells say, the first of which may be their head."""
    rows = _numbered_once(rows)
    head = rows[0] if _value(rows[0][-1]) is None and _WITH_UNIT.fullmatch(rows[0][-1]) is None else None
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
        value = _offset(row[offset], scale[1]) if len(row) == len(body[0]) else None
        if value is None or (time is not None and at is None):
            unread += 1
            continue
        times.append(float(len(times)) if at is None else at)
        offsets.append(value)
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


def _numbered_once(rows: list[list[str]]) -> list[list[str]]:
    """The rows without a column that numbers them one by one, and with date and time of day in one cell."""
    head, body = rows[0], rows[1:]
    if len(head) > 1 and body and _NUMBERS.fullmatch(head[0].strip()):
        numbers = [_number(row[0]) for row in body]
        if None not in numbers and all(row == number for row, number in enumerate(numbers, int(numbers[0] or 0))):
            rows = [row[1:] for row in rows]
    names = [each.strip().lower() for each in rows[0]]
    if len(names) == 3 and names[0] in _DATES and names[1] in _TIMES:
        rows = [
            [rows[0][1], rows[0][2]],
            *([f"{row[0]}T{row[1]}", *row[2:]] if len(row) > 2 else row for row in rows[1:]),
        ]
    return rows


def _is_row(row: Sequence[str]) -> bool:
    offset = _number(row[-1]) is not None or _WITH_UNIT.fullmatch(row[-1]) is not None
    return offset and all(_value(cell) is not None for cell in row[: min(2, len(row) - 1)])


def _offset(text: str, scale: float) -> float | None:
    """An offset in s: by the unit of the cell itself, else in that of the heading; None for what is no number or in no known unit."""
    value, said = _number(text), _WITH_UNIT.fullmatch(text)
    if value is not None or said is None:
        return None if value is None else value * scale
    value = _number(said["number"])
    return None if value is None or said["unit"] not in UNITS else value * UNITS[said["unit"]]


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
        if name == _MJD and not unit:
            kind, unit = "time", "d"
        known = UNITS | _DAY if kind == "time" else UNITS
        if not kind or unit not in known or kind in found:
            msg = f"The column {heading!r} of this table of offsets is not understood."
            raise DecodeError(msg, cure="keep two columns, like time_s and offset_ns (s, ms, us, ns, ps).")
        found[kind] = (at, known[unit])
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
        return utc_ns(text.replace("/", "-")) / 1e9
    except ValueError:
        return None
