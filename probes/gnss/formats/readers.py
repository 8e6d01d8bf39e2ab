# SPDX-License-Identifier: Apache-2.0
"""Logs that carry a full date with each position: RTKLIB .pos, a CSV with a mapping, and what :mod:`probes.gnss.formats.vendor` reads.

Each becomes the same EPOCH rows as GGA, with UTC ns since 1970 for the time and the ellipsoidal height where the format
has it. They are small and are read line by line. What cannot be read is counted by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from harness.kit import tables
from harness.kit.tables.cells import instant_ns
from harness.kit.tables.columns import stated_unit
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import Quantity
from probes.gnss.formats import fields, vendor
from probes.gnss.formats.alarms import refuse_remarks
from probes.gnss.formats.beside import deviating, incredible, nothing_beside
from probes.gnss.formats.denials.remarks import as_measured
from probes.gnss.formats.denials.rtklib import LEAST_RATIO, least_ratio
from probes.gnss.formats.gps_time import GPS_EPOCH, Reading, Row, Rows, minute_decimals, ns, utc
from probes.gnss.formats.nmea import FIXED

Epochs = npt.NDArray[Any]
Reader = Callable[[bytes, Reading], Rows]
_RTKLIB = {0: 0, 1: 4, 2: 5, 3: 9, 4: 2, 5: 1, 6: 3}
_NAMES: tuple[str, ...] = (
    *("tod_ns", "lat_deg", "lon_deg", "altitude_m", "separation_m"),
    *("quality", "satellites", "age_s", "decimals", "height_decimals"),
)
_WIDTHS = (15, 24)
"""Cells of a solution's line without and with velocities, its date and time being two."""
_FINE = 7
"""Decimals from which on a number without a head is one of degrees: metres of a baseline have four."""
_MOST_ROWS = 10_000_000
_HIGHEST_M = 100_000.0
_UNSURE = "fixed, with a ratio below the threshold"
_NOT_CREDIBLE = "fixed, with a ratio, a dilution, an age or satellites that go with no fix"
_DEGREES = {"", "deg", "degree", "degrees", "°", "度"}


def read_epochs(data: bytes, kind: str, config: Mapping[str, Any]) -> tuple[Epochs, Mapping[str, int]]:
    """EPOCH rows of ``data`` in the format ``kind`` (:data:`READERS`), and what of that format could not be read, by name.

    DecodeError for a remark that takes the log back.
    """
    refuse_remarks(data, titles=kind != "csv")
    reading = Reading(config)
    found = [(offset, _placed(row, reading)) for offset, row in READERS[kind](data, reading)]
    out = np.zeros(len(found), dtype=fields.EPOCH)
    out["offset"] = [offset for offset, _ in found]
    for column, name in enumerate(_NAMES):
        out[name] = [row[column] for _, row in found]
    out["hdop"] = np.nan
    return out, dict(sorted(reading.unread.items()))


def _placed(row: Row, reading: Reading) -> Row:
    """The row; an epoch that claims a place which is none, or a height that is no number, is one without a solution."""
    lat, lon, height, quality = row[1], row[2], row[3], row[5]
    if quality <= 0 or _on_earth(lat, lon, 0.0 if math.isnan(height) else height):
        return row
    reading.unread["positions of no place"] += 1
    return (row[0], math.nan, math.nan, math.nan, row[4], 0, *row[6:])


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    offset = 0
    for line in data.splitlines(keepends=True):
        yield offset, line.decode("ascii", "replace").strip()
        offset += len(line)


def _pos(data: bytes, reading: Reading) -> Rows:
    """RTKLIB solution in degrees: date and time, or GPS week and second, then lat, lon, height, Q, ns, …, age.

    Lines of seven numbers are second of week, lat, lon, height, and three deviations (OB_GINS): no date and, without a
    Q, quality 1. The cells of a line must be those of the head, or of RTKLIB's own without one; there, numbers with few
    decimals may be metres and are refused. DecodeError for a head of coordinates that are not degrees, or of a filter that no receiver is.
    """
    scale, separation, width, least = "GPST", 0.0, 0, LEAST_RATIO
    for offset, line in _lines(data):
        if line.startswith("%"):
            _check_degrees(line)
            least = least_ratio(line) or least
            if "latitude" in line:
                scale = _scale(line)
                width = len(line.replace(",", " ").removeprefix("%").split()) + 1
            separation = math.nan if "/geodetic" in line else separation
            continue
        cells = line.replace(",", " ").split()
        if not cells:
            continue
        if not cells[0][0].isdigit():
            reading.unread["lines of a solution"] += bool(width)
            continue
        row = _solution(cells, scale, separation, (width, least), reading)
        if row is None:
            reading.unread["lines of a solution"] += 1
        else:
            yield offset, row


def _solution(cells: Sequence[str], scale: str, separation: float, form: tuple[int, float], reading: Reading) -> Any:
    """The row of one line, None where it is no solution in degrees; ``form``: cells of the head's lines, the least ratio of a fix."""
    width, least = form
    short = len(cells) == 7
    if not short and (len(cells) != width if width else len(cells) not in _WIDTHS):
        return None
    try:
        time_ns, at = _solution_time(cells, scale)
        lat, lon, height = map(float, cells[at : at + 3])
        quality = 1 if short else reading.quality(_RTKLIB, int(cells[at + 3]))
        if not short and quality == FIXED and not max(float(cells[at + 5]), float(cells[at + 6])) < vendor.WIDEST_M:
            quality = reading.quality({}, vendor.TOO_WIDE)
        if not short and quality == FIXED and 0 < float(cells[at + 12]) < least:
            quality = reading.quality({}, _UNSURE)
        count, age = (-1, math.nan) if short else (int(cells[at + 4]), float(cells[at + 11]))
    except (ValueError, IndexError):
        return None
    places = [len(cell.partition(".")[2]) for cell in cells[at : at + 3]]
    if not _on_earth(lat, lon, height) or (not width and min(places[:2]) < _FINE):
        return None
    digits = (minute_decimals(cells[at]), places[2])
    return (time_ns, lat, lon, height, separation, quality, count, age, *digits)


def _on_earth(lat: float, lon: float, height: float) -> bool:
    """Whether these are degrees and metres of a place: NaN, infinity, minutes and radians turned elsewhere are none."""
    return abs(lat) <= 90 and abs(lon) <= 360 and abs(height) <= _HIGHEST_M


def _scale(head: str) -> str:
    """The scale of time that a head names; DecodeError for one that RTKLIB does not write."""
    word = head.replace(",", " ").removeprefix("%").split()[0]
    if word not in {"UTC", "GPST", "JST"}:
        msg = f"The times of this RTKLIB solution are in {word}."
        raise DecodeError(msg, cure="write it again with out-timesys = utc or gpst.")
    return word


def _check_degrees(line: str) -> None:
    """Refuse the header of a solution in another form: its numbers would be taken for degrees."""
    if "x-ecef" in line or "e-baseline" in line or "latitude(d" in line.replace("latitude(deg)", ""):
        cure = "write it again with out-solformat = llh and out-degform = deg."
        raise DecodeError("This RTKLIB solution is not in degrees.", cure=cure)


def _solution_time(cells: Sequence[str], scale: str) -> tuple[int, int]:
    """(ns, index of the latitude): UTC since 1970, or GPS time since the beginning of the week where no week is given."""
    if len(cells) == 7:
        return round(float(cells[0]) * 1000) * 10**6, 1
    if cells[0].isdecimal():
        seconds = timedelta(weeks=int(cells[0]), milliseconds=round(float(cells[1]) * 1000))
        return ns(utc(GPS_EPOCH + seconds)), 2
    clock = cells[1] if "." in cells[1] else f"{cells[1]}.0"
    moment = datetime.strptime(f"{cells[0]} {clock}", "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return ns({"GPST": utc(moment), "JST": moment - timedelta(hours=9)}.get(scale, moment)), 2


def _csv(data: bytes, reading: Reading) -> Rows:
    """A CSV whose columns the settings name: ``columns`` {time, lat, lon, height, quality…}, ``qualities`` {their word: GGA's}.

    A word that ``qualities`` does not name is no solution: the epoch stays, with quality 0. UnreadableError for a column that
    is not there, a row that is wider than the head, text in no known coding.
    """
    named = {key: str(value) for key, value in dict(reading.config.get("columns", {})).items()}
    qualities = {str(key): int(value) for key, value in dict(reading.config.get("qualities", {})).items()}
    if not data.strip():
        return
    columns = tables.Columns(
        {name: (heading,) for name, heading in named.items()},
        [{name} for name in named],
        Text("定位表", "table of positions"),
        named=named,
        most_rows=_MOST_ROWS,
    )
    read = as_measured(tables.unedited(tables.read(data, columns, name="positions")))
    table = tables.dotted(read, ("time", "lat", "lon", "height"))
    metre = _units(table)
    nothing_beside(table)
    deviations, others = tuple(deviating(table, vendor.WIDEST_M)), tuple(incredible(table))
    for row in table:
        moment = _moment(row)
        if moment is not None and not row["lat"] and not row["lon"]:  # an epoch without a solution
            yield row.at, (moment, math.nan, math.nan, math.nan, 0.0, 0, 0, math.nan, 0, 0)
            continue
        try:
            lat, lon, height = float(row["lat"]), float(row["lon"]), float(row["height"]) * metre
            count = int(row["satellites"] or -1)
        except ValueError:
            reading.unread["rows without coordinates"] += 1
            continue
        if not _on_earth(lat, lon, height):
            reading.unread["rows with coordinates of no place"] += 1
            continue
        if moment is None:
            reading.unread["times"] += 1
            continue
        quality = _csv_quality(row["quality"], qualities, reading)
        if quality == FIXED and any(wide(table.cells[row.at]) for wide in deviations):
            quality = reading.quality({}, vendor.TOO_WIDE)
        if quality == FIXED and any(beyond(table.cells[row.at]) for beyond in others):
            quality = reading.quality({}, _NOT_CREDIBLE)
        digits = min(minute_decimals(row["lat"]), minute_decimals(row["lon"]))
        values = (moment, lat, lon, height, 0.0, quality, count, math.nan, digits)
        places = len(row["height"].partition(".")[2]) - round(math.log10(metre))
        yield row.at, (*values, max(0, places))


_FROM_1900, _FROM_1904 = 25_569, 24_107
"""Days from the first day of a spreadsheet's calendar to 1970."""


def _moment(row: tables.Row) -> int | None:
    """UTC ns of the time of a row; a workbook's own days and times are told to the millisecond, which is the least they hold."""
    if not row.is_serial("time"):
        return instant(row["time"])
    days = Fraction(row["time"]) - (_FROM_1904 if row.table.from_1904 else _FROM_1900)
    return round(days * 86_400_000) * 10**6


def _units(table: tables.Table) -> float:
    """Metres in the unit of the heights; UnreadableError where a heading names an angle or a length that is not understood."""
    for name in ("lat", "lon"):
        heading = table.head[table.index[name]]
        if stated_unit(heading) not in _DEGREES:
            text = Text(f"“{heading}”一列不是以度计。", f"The column {heading!r} is not in degrees.")
            raise UnreadableError(text, cure="export the coordinates in decimal degrees.", where=table.name)
    return float(Quantity(Fraction(1), table.unit("height", "m")).to("m"))


def _csv_quality(word: str, qualities: Mapping[str, int], reading: Reading) -> int:
    if qualities:
        return reading.quality(qualities, word)
    if word.isdecimal() and int(word) <= 9:
        return int(word)
    reading.unread[f"quality {word}"] += 1
    return 0


def instant(text: str) -> int | None:
    """UTC ns of ISO 8601 ("UTC+08:00" names its zone), of Unix seconds, or of Unix milliseconds (12 digits and more)."""
    if re.fullmatch(r"\d{12,14}", text):
        return int(text) * 10**6
    if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
        return instant_ns(text)
    return None if re.fullmatch(r"[\d.]+", text) else instant_ns(re.sub(r" ?(?:UTC|GMT)(?=[+-]|$)", "", text))


READERS: Mapping[str, Reader] = {
    "pos": _pos,
    "ggk": vendor.ggk,
    "bestnav": vendor.bestnav,
    "bestpos": vendor.bestpos,
    "pvtsln": vendor.pvtsln,
    "ksxt": vendor.ksxt,
    "gns": vendor.gns,
    "csv": _csv,
}
