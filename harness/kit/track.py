# SPDX-License-Identifier: Apache-2.0
"""Where something was, when, how fast and in which cell: places by time, from a log or a receiver. Pure.

A domain joins its own measurements with it by time; another domain may have recorded it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

ROW = np.dtype([("time_ns", "i8"), ("east", "f8"), ("north", "f8"), ("speed", "f8"), ("cell", "U24"), ("grid", "?")])
_EARTH_M = 6_371_008.8
NEAR_NS = 2_000_000_000
"""A place is known within this time of a row of the track."""

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Structured rows (:data:`ROW`): east and north are degrees of longitude and latitude, or m where ``grid``; NaN: unknown.

    ``damaged``: records of the trace that could not be read.
    """

    rows: Rows
    damaged: int = 0

    @classmethod
    def none(cls) -> Track:
        """A track without rows."""
        return cls(np.empty(0, ROW))

    @classmethod
    def of(cls, rows: Sequence[tuple[Any, ...]], damaged: int = 0) -> Track:
        """A track from tuples in the order of :data:`ROW`, by time."""
        return cls.none().merge(cls(np.array(list(rows), ROW), damaged))

    def merge(self, other: Track) -> Track:
        """All rows of both in order of time."""
        rows = np.concatenate([self.rows, other.rows])
        order = np.lexsort([rows["cell"], np.nan_to_num(rows["east"]), rows["time_ns"]])
        return Track(rows[order], self.damaged + other.damaged)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        """Equal when every row is."""
        return isinstance(other, Track) and (self.rows.tobytes(), self.damaged) == (other.rows.tobytes(), other.damaged)

    def __hash__(self) -> int:
        """Agree with ``==``."""
        return hash(self.rows.tobytes())

    def __repr__(self) -> str:
        """The rows, so that equal tracks look equal."""
        return f"Track({self.rows.tobytes().hex()}, {self.damaged})"

    def knowing(self, column: str) -> Track:
        """The rows that know a column: two tracks joined may tell places and cells in different rows."""
        values = self.rows[column]
        return Track(self.rows[values != "" if column == "cell" else ~np.isnan(values)], self.damaged)

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
