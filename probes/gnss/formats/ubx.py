# SPDX-License-Identifier: Apache-2.0
"""Positions in u-blox binary messages: NAV-PVT, NAV-HPPOSLLH (0.1 mm), NAV-RELPOSNED, NAV-SAT (u-blox M8/F9 interface descriptions).

NMEA of these receivers has five decimals of a minute unless told otherwise, 18 mm: too coarse for any centimetre. The
binary messages of the same receiver are fine enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.gnss.formats import fields

Rows = npt.NDArray[Any]
PVT, HPPOSLLH, SAT, RELPOSNED = 0x07, 0x14, 0x35, 0x3C
_HEADER = 6
_PVT = np.dtype(
    {
        "names": [
            "itow",
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "valid",
            "nano",
            "fix",
            "flags",
            "count",
            "lon",
            "lat",
            "height",
            "sea",
            "accuracy",
            "more",
        ],
        "formats": [
            "<u4",
            "<u2",
            "u1",
            "u1",
            "u1",
            "u1",
            "u1",
            "u1",
            "<i4",
            "u1",
            "u1",
            "u1",
            "<i4",
            "<i4",
            "<i4",
            "<i4",
            "<u4",
            "<u2",
        ],
        "offsets": [0, 4, 6, 7, 8, 9, 10, 11, 16, 20, 21, 23, 24, 28, 32, 36, 40, 78],
        "itemsize": 92,
    }
)
_HP = np.dtype(
    {
        "names": ["flags", "itow", "lon", "lat", "height", "sea", "lon_hp", "lat_hp", "height_hp", "sea_hp"],
        "formats": ["u1", "<u4", "<i4", "<i4", "<i4", "<i4", "i1", "i1", "i1", "i1"],
        "offsets": [3, 4, 8, 12, 16, 20, 24, 25, 26, 27],
        "itemsize": 36,
    }
)
_RELATIVE = np.dtype(
    {
        "names": ["itow", "n", "e", "d", "n_hp", "e_hp", "d_hp", "flags"],
        "formats": ["<u4", "<i4", "<i4", "<i4", "i1", "i1", "i1", "<u4"],
        "offsets": [4, 8, 12, 16, 32, 33, 34, 60],
        "itemsize": 64,
    }
)
POSITION = np.dtype(
    [
        ("offset", "<i8"),
        ("itow", "<i8"),
        ("time_ns", "<i8"),
        ("quality", "<i2"),
        ("satellites", "<i2"),
        ("v", "<f8", (4,)),
    ]
)
"""One position: ``v`` is latitude, longitude (degrees), ellipsoidal height, height above sea (m); time -1 where it has none."""
SATELLITES = np.dtype([("offset", "<i8"), ("itow", "<i8"), ("beidou", "<i8"), ("others", "<i8")])
RELATIVE = np.dtype([("offset", "<i8"), ("itow", "<i8"), ("quality", "<i2"), ("enu", "<f8", (3,))])
_BEIDOU, _USED = 3, 0x08
_WIDE_MM = 500
"""Horizontal accuracy that no fixed solution has."""
_NO_PLACE = 0x01
"""Of PVT's second flags: longitude, latitude and height are invalid."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Messages by kind in order of the stream, offsets in the segment."""

    pvt: Rows
    precise: Rows
    satellites: Rows
    relative: Rows


def columns(buffer: npt.NDArray[np.uint8], rows: npt.NDArray[np.int64], base: int) -> Columns:
    """Read the NAV messages of ``rows`` (class, start, stop) from ``buffer``; ``base`` is the offset of its first byte."""
    kind, size = buffer[rows[:, 1] + 3], rows[:, 2] - rows[:, 1] - 8
    return Columns(
        _pvt(*_payloads(buffer, rows[(kind == PVT) & (size == _PVT.itemsize)], _PVT), base),
        _precise(*_payloads(buffer, rows[(kind == HPPOSLLH) & (size == _HP.itemsize)], _HP), base),
        _satellites(buffer, rows[(kind == SAT) & (size >= 8)], base),
        _relative(*_payloads(buffer, rows[(kind == RELPOSNED) & (size == _RELATIVE.itemsize)], _RELATIVE), base),
    )


def together(parts: Sequence[Columns]) -> Columns:
    """All messages of the parts, one after the other."""
    names = (("pvt", POSITION), ("precise", POSITION), ("satellites", SATELLITES), ("relative", RELATIVE))
    return Columns(
        *(
            np.concatenate([getattr(part, name) for part in parts]) if parts else np.empty(0, kind)
            for name, kind in names
        )
    )


def shifted(part: Columns, base: int) -> Columns:
    """The messages with ``base`` added to their offsets."""
    found = [getattr(part, name).copy() for name in ("pvt", "precise", "satellites", "relative")]
    for rows in found:
        rows["offset"] += base
    return Columns(*found)


def _payloads(buffer: npt.NDArray[np.uint8], rows: Rows, kind: np.dtype[Any]) -> tuple[Rows, Rows]:
    """(start of each message, its payload as a record)."""
    places = rows[:, 1, None] + _HEADER + np.arange(kind.itemsize)
    return rows[:, 1], np.ascontiguousarray(buffer[places]).view(kind).reshape(-1)


def _pvt(starts: Rows, found: Rows, base: int) -> Rows:
    out = np.zeros(len(found), dtype=POSITION)
    out["offset"], out["itow"], out["satellites"] = starts + base, found["itow"], found["count"]
    out["v"][:, 0], out["v"][:, 1] = found["lat"] / 1e7, found["lon"] / 1e7
    out["v"][:, 2], out["v"][:, 3] = found["height"] / 1e3, found["sea"] / 1e3
    months = (found["year"].astype(np.int64) - 1970) * 12 + found["month"] - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + found["day"] - 1
    seconds = (days * 24 + found["hour"]) * 3600 + found["minute"].astype(np.int64) * 60 + found["second"]
    # the receiver's clock is off by up to a millisecond: navigation epochs are whole milliseconds
    out["time_ns"] = seconds * 10**9 + np.rint(found["nano"] / 1e6).astype(np.int64) * 10**6
    out["time_ns"][found["valid"] & 3 != 3] = -1
    carrier = np.where(found["accuracy"] < _WIDE_MM, found["flags"] >> 6, np.minimum(found["flags"] >> 6, 1))
    good = (found["flags"] & 1 == 1) & np.isin(found["fix"], (2, 3, 4))
    quality = np.select([carrier == 2, carrier == 1, found["flags"] & 2 == 2], [4, 5, 2], 1)
    placed = (np.abs(out["v"][:, 0]) <= 90) & (np.abs(out["v"][:, 1]) <= 180) & (found["more"] & _NO_PLACE == 0)
    out["quality"] = np.where(good & placed, quality, np.where(found["fix"] == 1, 6, 0))
    return out


def _precise(starts: Rows, found: Rows, base: int) -> Rows:
    out = np.zeros(len(found), dtype=POSITION)
    out["offset"], out["itow"], out["time_ns"] = starts + base, found["itow"], -1
    for column, name, unit in ((0, "lat", 1e9), (1, "lon", 1e9), (2, "height", 1e4), (3, "sea", 1e4)):
        fine = 100 if column < 2 else 10
        out["v"][:, column] = (found[name].astype(np.int64) * fine + found[f"{name}_hp"]) / unit
    out["quality"] = np.where(found["flags"] & 1, 0, 1)
    return out


def _satellites(buffer: npt.NDArray[np.uint8], rows: Rows, base: int) -> Rows:
    out = np.zeros(len(rows), dtype=SATELLITES)
    for index, (start, stop) in enumerate(rows[:, 1:].tolist()):
        payload = buffer[start + _HEADER : stop - 2]
        each = payload[8 : 8 + 12 * int(payload[5])]
        each = each[: len(each) // 12 * 12].reshape(-1, 12)
        used = each[each[:, 8] & _USED != 0, 0]
        beidou = int(np.count_nonzero(used == _BEIDOU))
        out[index] = (start + base, int(payload[:4].view("<u4")[0]), beidou, len(used) - beidou)
    return out


def _relative(starts: Rows, found: Rows, base: int) -> Rows:
    out = np.zeros(len(found), dtype=RELATIVE)
    out["offset"], out["itow"] = starts + base, found["itow"]
    for column, name, sign in ((0, "e", 1), (1, "n", 1), (2, "d", -1)):
        out["enu"][:, column] = sign * (found[name].astype(np.int64) * 100 + found[f"{name}_hp"]) / 1e4
    carrier, good = found["flags"] >> 3 & 3, found["flags"] & 5 == 5  # gnssFixOK and relPosValid
    out["quality"] = np.where(good, np.select([carrier == 2, carrier == 1], [4, 5], 2), 0)
    return out


def epochs(messages: Columns) -> tuple[Rows, Rows]:
    """(EPOCH rows with UTC ns since 1970 for their time, satellites int16[n, 2]: BeiDou and others or -1) of NAV-PVT.

    The coordinates are HPPOSLLH's where the receiver sent it for the same time of week, else PVT's own.
    """
    pvt = messages.pvt[messages.pvt["time_ns"] >= 0]
    out = np.zeros(len(pvt), dtype=fields.EPOCH)
    values, fine = pvt["v"].copy(), np.zeros(len(pvt), dtype=np.bool_)
    row = _same_time(pvt, messages.precise)
    fine = row >= 0
    values[fine] = messages.precise["v"][row[fine]]
    fine[fine] &= messages.precise["quality"][row[fine]] > 0
    values[~fine] = pvt["v"][~fine]
    out["offset"], out["tod_ns"] = pvt["offset"], pvt["time_ns"]
    out["lat_deg"], out["lon_deg"], out["altitude_m"] = values[:, 0], values[:, 1], values[:, 3]
    out["separation_m"] = values[:, 2] - values[:, 3]
    out["hdop"], out["age_s"] = np.nan, np.nan
    out["quality"], out["satellites"] = pvt["quality"], pvt["satellites"]
    out["decimals"], out["height_decimals"] = np.where(fine, 7, 5), np.where(fine, 4, 3)
    out["talker"] = int.from_bytes(b"UB", "little")
    sats = np.full((len(pvt), 2), -1, dtype=np.int16)
    row = _same_time(pvt, messages.satellites)
    sats[row >= 0, 0] = messages.satellites["beidou"][row[row >= 0]]
    sats[row >= 0, 1] = messages.satellites["others"][row[row >= 0]]
    return out, sats


def _same_time(pvt: Rows, other: Rows) -> npt.NDArray[np.int64]:
    """For each PVT the row of ``other`` with its time of week that stands nearest after or before it, -1 for none."""
    found = np.full(len(pvt), -1, dtype=np.int64)
    if len(other) == 0:
        return found
    after = np.searchsorted(other["offset"], pvt["offset"])
    for candidate in (after, after - 1, after + 1, after - 2):
        row = candidate.clip(0, len(other) - 1)
        right = (found < 0) & (candidate == row) & (other["itow"][row] == pvt["itow"])
        found[right] = row[right]
    return found
