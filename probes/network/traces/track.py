# SPDX-License-Identifier: Apache-2.0
"""Where a terminal was, when, how fast and in which cell: rows in order of time, from a log or from NMEA RMC sentences. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor
from typing import Any

import numpy as np
import numpy.typing as npt

ROW = np.dtype([("time_ns", "i8"), ("east", "f8"), ("north", "f8"), ("speed", "f8"), ("cell", "U24"), ("grid", "?")])
KNOT = 1852 / 3600
_EARTH_M = 6_371_008.8
NEAR_NS = 2_000_000_000
"""A place is known within this time of a row of the track."""

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Structured rows (:data:`ROW`): east and north are degrees of longitude and latitude, or m where ``grid``; NaN: unknown."""

    rows: Rows

    @classmethod
    def none(cls) -> Track:
        """A track without rows."""
        return cls(np.empty(0, ROW))

    def merge(self, other: Track) -> Track:
        """All rows of both in order of time."""
        rows = np.concatenate([self.rows, other.rows])
        return Track(rows[np.lexsort([rows["cell"], np.nan_to_num(rows["east"]), rows["time_ns"]])])

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        """Equal when every row is."""
        return isinstance(other, Track) and self.rows.tobytes() == other.rows.tobytes()

    def __hash__(self) -> int:
        """Agree with ``==``."""
        return hash(self.rows.tobytes())

    def __repr__(self) -> str:
        """The rows, so that equal tracks look equal."""
        return f"Track({self.rows.tobytes().hex()})"

    def knowing(self, column: str) -> Track:
        """The rows that know a column: two tracks joined may tell places and cells in different rows."""
        values = self.rows[column]
        return Track(self.rows[values != "" if column == "cell" else ~np.isnan(values)])

    def nearest(self, at_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The row nearest in time to each moment, shape (n,); -1 where none is within :data:`NEAR_NS`."""
        if not len(self):
            return np.full(len(at_ns), -1)
        times = self.rows["time_ns"]
        after = np.clip(np.searchsorted(times, at_ns), 0, len(times) - 1)
        before = np.maximum(after - 1, 0)
        found = np.where(np.abs(times[after] - at_ns) < np.abs(times[before] - at_ns), after, before)
        return np.where(np.abs(times[found] - at_ns) <= NEAR_NS, found, -1)

    def metres(self) -> npt.NDArray[np.float64]:
        """East and north of the first place in m, shape (n, 2), by an equirectangular projection where in degrees."""
        places = np.stack([self.rows["east"], self.rows["north"]], axis=1)
        if not len(places):
            return places
        origin = places[0]
        if not self.rows["grid"].all():
            scale = math.radians(1) * _EARTH_M
            return np.asarray((places - origin) * [scale * math.cos(math.radians(origin[1])), scale])
        return np.asarray(places - origin)


def track_of(points: Sequence[tuple[int, Mapping[str, str]]], per_speed: float) -> Track:
    """A track from cells of a table (latitude and longitude, or x and y; speed; cell), by time in ns; rows without any are left out."""
    grid = not any(row.get("latitude") for _, row in points)
    names = ("x", "y") if grid else ("longitude", "latitude")
    found = [
        (time, *(_number(row.get(name, "")) for name in names), _number(row.get("speed", "")) * per_speed, cell, grid)
        for time, row in points
        if (cell := row.get("cell", "")[:24]) or row.get(names[0])
    ]
    return Track.none().merge(Track(np.array(found, ROW))) if found else Track.none()


def nmea_track(data: bytes) -> tuple[Track, int]:
    """A track from RMC sentences with a right checksum and status A (NMEA 0183), and how many RMC sentences were damaged."""
    found, damaged = [], 0
    for line in data.split(b"\n"):
        if line[3:6] == b"RMC" and line.startswith(b"$"):
            row = _rmc(line.strip())
            damaged += row is None
            found += [row] if row else []
    return (Track.none().merge(Track(np.array(found, ROW))) if found else Track.none()), damaged


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
