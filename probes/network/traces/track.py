# SPDX-License-Identifier: Apache-2.0
"""Tracks from the cells of a table and from NMEA RMC sentences (:mod:`harness.kit.track`). Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor
from typing import Any

from harness.kit.track import Track

KNOT = 1852 / 3600


def track_of(points: Sequence[tuple[int, Mapping[str, str]]], per_speed: float) -> Track:
    """A track from cells of a table (latitude and longitude, or x and y; speed; cell), by time in ns; rows without any are left out."""
    grid = not any(row.get("latitude") for _, row in points)
    names = ("x", "y") if grid else ("longitude", "latitude")
    found = [
        (time, *(_number(row.get(name, "")) for name in names), _number(row.get("speed", "")) * per_speed, cell, grid)
        for time, row in points
        if (cell := row.get("cell", "")[:24]) or row.get(names[0])
    ]
    return Track.of(found)


def nmea_track(data: bytes) -> Track:
    """A track from RMC sentences with a right checksum and status A (NMEA 0183); the others count as damaged."""
    found, damaged = [], 0
    for line in data.split(b"\n"):
        if line[3:6] == b"RMC" and line.startswith(b"$"):
            row = _rmc(line.strip())
            damaged += row is None
            found += [row] if row else []
    return Track.of(found, damaged)


def _rmc(line: bytes) -> tuple[Any, ...] | None:
    """The row of a sentence; an empty tuple when the receiver says its position is void, None when it is damaged."""
    body, star, check = line[1:].partition(b"*")
    cells = body.decode("ascii", "replace").split(",")
    try:
        if not star or int(check[:2], 16) != reduce(xor, body, 0) or len(cells) < 10:
            return None
        if cells[2] != "A":
            return ()
        date = datetime.strptime(cells[9], "%d%m%y").replace(tzinfo=UTC)
        clock = timedelta(hours=int(cells[1][:2]), minutes=int(cells[1][2:4]), seconds=float(cells[1][4:]))
        time_ns = int(date.timestamp()) * 10**9 + round(clock.total_seconds() * 10**6) * 1000
        north, east = _degrees(cells[3], 2, cells[4] == "S"), _degrees(cells[5], 3, cells[6] == "W")
        return time_ns, east, north, float(cells[7] or "nan") * KNOT, "", False
    except ValueError:
        return None


def _degrees(text: str, digits: int, negative: bool) -> float:
    value = int(text[:digits]) + float(text[digits:]) / 60
    return -value if negative else value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
