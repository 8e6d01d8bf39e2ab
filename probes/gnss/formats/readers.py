# SPDX-License-Identifier: Apache-2.0
"""Logs that carry a full date with each position: RTKLIB .pos, Trimble PTNL,GGK, Unicore BESTNAVA, CSV with a mapping.

Each becomes the same EPOCH rows as GGA, with UTC ns since 1970 for the time and the ellipsoidal height where the format
has it. They are small and are read line by line.
"""

from __future__ import annotations

import binascii
import csv
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from probes.gnss.formats import fields
from probes.gnss.formats.clock import utc_ns

Rows = npt.NDArray[Any]
GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
_LEAPS = (
    (datetime(2017, 1, 1, tzinfo=UTC), 18),
    (datetime(2015, 7, 1, tzinfo=UTC), 17),
    (datetime(2012, 7, 1, tzinfo=UTC), 16),
    (datetime(2009, 1, 1, tzinfo=UTC), 15),
    (datetime(2006, 1, 1, tzinfo=UTC), 14),
    (datetime(1999, 1, 1, tzinfo=UTC), 13),
)
"""GPS time minus UTC in s from each date on (IERS Bulletin C); none has been announced since 2017."""
_RTKLIB = {1: 4, 2: 5, 3: 9, 4: 2, 5: 1, 6: 3}
_GGK = {0: 0, 1: 1, 2: 5, 3: 4, 4: 2}
_BESTNAV = {"NONE": 0, "SINGLE": 1, "PSRDIFF": 2, "SBAS": 9, "L1_FLOAT": 5, "IONOFREE_FLOAT": 5, "NARROW_FLOAT": 5}
_BESTNAV |= {"L1_INT": 4, "WIDE_INT": 4, "NARROW_INT": 4, "INS": 6, "FIXEDPOS": 7}

Row = tuple[int, float, float, float, float, int, int, float, int, int]
"""UTC ns, latitude, longitude, altitude, separation, quality, satellites, age, decimals of minutes, of height."""
Reader = Callable[[bytes, Mapping[str, Any]], Iterator[tuple[int, Row]]]


def read_epochs(data: bytes, kind: str, config: Mapping[str, Any]) -> Rows:
    """EPOCH rows of ``data`` in the format ``kind`` (:data:`READERS`); lines that are none are passed over."""
    found = list(READERS[kind](data, config))
    out = np.zeros(len(found), dtype=fields.EPOCH)
    names = (
        "tod_ns",
        "lat_deg",
        "lon_deg",
        "altitude_m",
        "separation_m",
        "quality",
        "satellites",
        "age_s",
        "decimals",
        "height_decimals",
    )
    out["offset"] = [offset for offset, _ in found]
    for column, name in enumerate(names):
        out[name] = [row[column] for _, row in found]
    out["hdop"] = np.nan
    return out


def utc(gps: datetime) -> datetime:
    """UTC of a GPS time."""
    return gps - timedelta(seconds=next((leap for since, leap in _LEAPS if gps >= since + timedelta(seconds=leap)), 0))


def _ns(moment: datetime) -> int:
    whole = moment.replace(microsecond=0)
    return int(whole.timestamp()) * 10**9 + moment.microsecond * 1000


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    offset = 0
    for line in data.splitlines(keepends=True):
        yield offset, line.decode("ascii", "replace").strip()
        offset += len(line)


def _minute_decimals(text: str) -> int:
    """Decimals of a minute that decimals of a degree are worth, rounded down: nine decimals of a degree are seven."""
    return max(0, len(text.partition(".")[2]) - 2)


def _pos(data: bytes, config: Mapping[str, Any]) -> Iterator[tuple[int, Row]]:
    """RTKLIB solution in degrees: date and time, or GPS week and second, then lat, lon, height, Q, ns, …, age.

    Lines of seven numbers are second of week, lat, lon, height, and three deviations (OB_GINS): no date and, without a
    Q, quality 1. DecodeError for coordinates that are not degrees.
    """
    del config
    scale, separation = "GPST", 0.0
    for offset, line in _lines(data):
        if line.startswith("%"):
            _check_degrees(line)
            scale = next((name for name in ("UTC", "GPST", "JST") if f"{name} " in line and "latitude" in line), scale)
            separation = math.nan if "/geodetic" in line else separation
            continue
        cells = line.split()
        try:
            time_ns, at = _solution_time(cells, scale)
            lat, lon, height = map(float, cells[at : at + 3])
            short = len(cells) == 7
            quality = 1 if short else _RTKLIB.get(int(cells[at + 3]), 0)
            count, age = (-1, math.nan) if short else (int(cells[at + 4]), float(cells[at + 11]))
        except (ValueError, IndexError):
            continue
        if abs(lat) <= 90 and abs(lon) <= 360:
            digits = (_minute_decimals(cells[at]), len(cells[at + 2].partition(".")[2]))
            yield offset, (time_ns, lat, lon, height, separation, quality, count, age, *digits)


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
        return _ns(utc(GPS_EPOCH + seconds)), 2
    moment = datetime.strptime(f"{cells[0]} {cells[1]}", "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return _ns({"GPST": utc(moment), "JST": moment - timedelta(hours=9)}.get(scale, moment)), 2


_SENTENCE = re.compile(rb"\$(PTNL,GGK,[^*$\r\n]+)\*([0-9A-Fa-f]{2})")


def _ggk(data: bytes, config: Mapping[str, Any]) -> Iterator[tuple[int, Row]]:
    """Trimble PTNL,GGK: time, mmddyy, lat, lon, quality, satellites, DOP, EHT + ellipsoidal height."""
    del config
    for match in _SENTENCE.finditer(data):
        if reduce(xor, match[1]) != int(match[2], 16):
            continue
        cells = match[1].decode("ascii").split(",")
        try:
            moment = datetime.strptime(f"{cells[3]} {cells[2].ljust(9, '0')}", "%m%d%y %H%M%S.%f").replace(tzinfo=UTC)
            lat, lon = _dm(cells[4], cells[5], "S"), _dm(cells[6], cells[7], "W")
            quality, count, height = int(cells[8]), int(cells[9]), cells[11].removeprefix("EHT")
            row = (
                _ns(moment),
                lat,
                lon,
                float(height),
                0.0,
                _GGK.get(quality, 5 if quality in {10, 11, 12, 13} else 0),
            )
        except (ValueError, IndexError):
            continue
        digits = min(len(cells[4].partition(".")[2]), len(cells[6].partition(".")[2]))
        yield match.start(), (*row, count, math.nan, digits, len(height.partition(".")[2]))


def _dm(text: str, side: str, negative: str) -> float:
    dot = text.index(".")
    degrees = int(text[: dot - 2]) + float(text[dot - 2 :]) / 60
    return -degrees if side == negative else degrees


_MESSAGE = re.compile(rb"#(BESTNAVA,[^*\r\n]+;[^*\r\n]+)\*([0-9A-Fa-f]{8})")


def _bestnav(data: bytes, config: Mapping[str, Any]) -> Iterator[tuple[int, Row]]:
    """Unicore BESTNAVA: header with week and ms of GPS time, body with status, type, lat, lon, height above sea, undulation.

    Its checksum is CRC-32 without the final inversion, as in NovAtel's ASCII messages.
    """
    del config
    for match in _MESSAGE.finditer(data):
        if binascii.crc32(match[1], 0xFFFFFFFF) ^ 0xFFFFFFFF != int(match[2], 16):
            continue
        head, body = (part.split(",") for part in match[1].decode("ascii").split(";", 1))
        try:
            gps = GPS_EPOCH + timedelta(weeks=int(head[4]), milliseconds=int(head[5]))
            quality = _BESTNAV.get(body[1], 1) if body[0] == "SOL_COMPUTED" else 0
            lat, lon, sea, undulation = map(float, body[2:6])
            row = (_ns(utc(gps)), lat, lon, sea, undulation, quality, int(body[14]), float(body[11]))
        except (ValueError, IndexError):
            continue
        yield match.start(), (*row, _minute_decimals(body[2]), len(body[4].partition(".")[2]))


def _csv(data: bytes, config: Mapping[str, Any]) -> Iterator[tuple[int, Row]]:
    """A CSV whose columns the settings name: ``columns`` {time, lat, lon, height, quality…}, ``qualities`` {their word: GGA's}.

    A word that ``qualities`` does not name is no solution: the epoch stays, with quality 0.
    """
    names = {key: str(value) for key, value in dict(config.get("columns", {})).items()}
    qualities = {str(key): int(value) for key, value in dict(config.get("qualities", {})).items()}
    text = data.decode("utf-8-sig", "replace")
    for index, cells in enumerate(csv.DictReader(text.splitlines())):
        try:
            lat, lon, height = cells[names["lat"]].strip(), cells[names["lon"]].strip(), cells[names["height"]].strip()
            status = cells[names["quality"]].strip()
            quality = qualities.get(status, 0) if qualities else int(status)
            moment = _moment(cells[names["time"]].strip())
            row = (
                moment,
                float(lat),
                float(lon),
                float(height),
                0.0,
                quality,
                int(cells.get(names.get("satellites", ""), -1)),
            )
        except (KeyError, ValueError, AttributeError):
            continue
        digits = min(_minute_decimals(lat), _minute_decimals(lon))
        yield index, (*row, math.nan, digits, len(height.partition(".")[2]))


def _moment(text: str) -> int:
    """UTC ns of ISO 8601, of Unix seconds, or of Unix milliseconds (12 digits and more)."""
    if re.fullmatch(r"\d{12,14}", text):
        return int(text) * 10**6
    if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
        whole, _, rest = text.partition(".")
        return int(whole) * 10**9 + int(rest.ljust(9, "0")[:9] or 0)
    return utc_ns(text)


READERS: Mapping[str, Reader] = {"pos": _pos, "ggk": _ggk, "bestnav": _bestnav, "csv": _csv}
