# SPDX-License-Identifier: Apache-2.0
"""The reference trajectory: where the antenna truly was at the epochs of the fixes, and how well that is known.

Between samples: cubic Hermite where the velocity is given, else a cubic spline; its error is bounded by what leaving
out every other sample does, divided by 8 (the cubic's error falls with the fourth power of the step; 16 would be the
limit). Never beyond the ends, never across a gap wider than twice the usual step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from harness.kit import tables
from harness.kit.tables.columns import stated_unit
from harness.model import Text
from probes.gnss.truth.geodesy import WGS84, Ellipsoid, Origin, enu

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WIDEST_GAP = 2.0
"""Steps: between samples farther apart than this the truth is unknown."""
_PLACES = (("e", "n", "u"), ("lat", "lon", "height"))
_VELOCITY = ("ve", "vn", "vu")
_ATTITUDE = ("heading", "pitch", "roll")
_DEGREES = ("lat", "lon", *_ATTITUDE)
_UNITS = dict.fromkeys(_VELOCITY, "m/s")
_FARTHEST_M = 100_000.0
"""From the origin, and of a height."""
DEGREES = frozenset({"", "deg", "degree", "degrees", "°", "度"})
_HEADINGS = {
    "time": ("time", "utc", "timestamp", "unix", "时间", "时刻", "UTC时间"),
    "e": ("e", "east", "东", "东向"),
    "n": ("n", "north", "北", "北向"),
    "u": ("u", "up", "天", "天向"),
    "lat": ("lat", "latitude", "纬度"),
    "lon": ("lon", "longitude", "经度"),
    "height": ("height", "ellipsoidal height", "大地高", "椭球高"),
    "ve": ("ve", "东向速度"),
    "vn": ("vn", "北向速度"),
    "vu": ("vu", "天向速度"),
    "heading": ("heading", "航向", "航向角"),
    "pitch": ("pitch", "俯仰", "俯仰角"),
    "roll": ("roll", "横滚", "横滚角"),
}
_COLUMNS = tables.Columns(
    _HEADINGS,
    [{"time"}],
    Text("参考轨迹", "reference trajectory"),
    delimiters=",;\t ",
    least=2,
    most_rows=10_000_000,
)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Samples of the truth in order of time.

    ``time_ns`` UTC; ``enu_m`` (n, 3) about the origin; ``velocity_m_s`` (n, 3) or None; ``attitude_deg`` (n, 3)
    heading from north clockwise, pitch up, roll right, or None.
    """

    time_ns: Ints
    enu_m: Floats
    velocity_m_s: Floats | None = None
    attitude_deg: Floats | None = None

    @property
    def step_ns(self) -> float:
        """The usual time between samples."""
        return float(np.median(np.diff(self.time_ns)))

    def known(self, time_ns: Ints) -> npt.NDArray[np.bool_]:
        """Where the truth can be told: between two samples that are not too far apart."""
        after = np.searchsorted(self.time_ns, time_ns, side="right").clip(1, len(self.time_ns) - 1)
        gap = self.time_ns[after] - self.time_ns[after - 1]
        inside = (time_ns >= self.time_ns[0]) & (time_ns <= self.time_ns[-1])
        return np.asarray(inside & (gap <= WIDEST_GAP * self.step_ns))

    def at(self, time_ns: Ints) -> Floats:
        """True east, north, up in m at ``time_ns`` (all of them known), shape (n, 3)."""
        return np.asarray(self._curve((time_ns - self.time_ns[0]) / 1e9))

    def velocity(self, time_ns: Ints) -> Floats:
        """True velocity in m/s at ``time_ns``, shape (n, 3)."""
        return np.asarray(self._curve((time_ns - self.time_ns[0]) / 1e9, 1))

    def interpolation_error_m(self) -> tuple[float, float]:
        """Bounds (horizontal, vertical) in m for the error between samples; 0 with fewer than nine samples."""
        if len(self.time_ns) < 9:
            return 0.0, 0.0
        kept = slice(None, None, 2)
        velocity = None if self.velocity_m_s is None else self.velocity_m_s[kept]
        coarse = Trajectory(self.time_ns[kept], self.enu_m[kept], velocity)
        left_out = self.time_ns[1::2]
        known = coarse.known(left_out)
        miss = np.abs(coarse.at(left_out[known]) - self.enu_m[1::2][known])
        if len(miss) == 0:
            return 0.0, 0.0
        return float(np.hypot(miss[:, 0], miss[:, 1]).max()) / 8, float(miss[:, 2].max()) / 8

    def attitude(self, time_ns: Ints) -> Floats | None:
        """Attitude in degrees at ``time_ns``, heading unwrapped before it is interpolated; None when there is none."""
        if self.attitude_deg is None:
            return None
        turned = np.degrees(np.unwrap(np.radians(self.attitude_deg), axis=0))
        return np.stack([np.interp(time_ns, self.time_ns, turned[:, axis]) for axis in range(3)], axis=1)

    @cached_property
    def _curve(self) -> Any:
        from scipy.interpolate import CubicHermiteSpline, CubicSpline

        seconds = (self.time_ns - self.time_ns[0]) / 1e9
        if self.velocity_m_s is not None:
            return CubicHermiteSpline(seconds, self.enu_m, self.velocity_m_s, axis=0)
        return CubicSpline(seconds, self.enu_m, axis=0)


def read_trajectory(path: Path, origin: Origin, shape: Ellipsoid = WGS84) -> Trajectory:
    """Read a table with a header: ``time`` (ISO 8601 UTC or Unix seconds), e,n,u in m or lat,lon,height; optional ve,vn,vu, attitude.

    Lengths and velocities may state another unit in their heading, as ``e (mm)``. DecodeError names the line and the cure, also
    for a column that is not known: half a velocity or an attitude under another name would be passed over in silence.
    """
    return _parsed(path.read_bytes(), path.name, origin, shape)


@lru_cache(maxsize=4)
def _parsed(data: bytes, name: str, origin: Origin, shape: Ellipsoid) -> Trajectory:
    """One reading for all indicators that compare with the same drive."""
    table = tables.dotted(tables.unedited(tables.read(data, _COLUMNS, name=name)), _COLUMNS.usual.keys())
    place = next((each for each in _PLACES if all(name in table for name in each)), None)
    _check_columns(table, place)
    time_ns = _times(table)
    if len(table) < 2 or (np.diff(time_ns) <= 0).any():
        msg = f"{name} has {len(table)} samples and its times do not all increase."
        raise DecodeError(msg, cure="sort it by time and leave every time in it once.", where=name)
    assert place is not None  # noqa: S101 - a table without a place is refused above
    xyz = _numbers(table, place)
    _check_places(table, place, xyz)
    return Trajectory(
        time_ns,
        xyz if place[0] == "e" else enu(xyz[:, 0], xyz[:, 1], xyz[:, 2], origin, shape),
        _numbers(table, _VELOCITY) if _VELOCITY[0] in table else None,
        _numbers(table, _ATTITUDE) if _ATTITUDE[0] in table else None,
    )


def _check_columns(table: tables.Table, place: tuple[str, ...] | None) -> None:
    """DecodeError for a table without a whole place, or with columns that belong to nothing."""
    if place is None:
        msg = f"{table.name} has the columns {', '.join(each.strip() for each in table.head)}."
        raise DecodeError(msg, cure="give it time and e,n,u (m from the origin) or lat,lon,height.", where=table.name)
    halves = [group for group in (_VELOCITY, _ATTITUDE) if len({name in table for name in group}) > 1]
    other = [name for group in _PLACES if group != place for name in group if name in table]
    strange = [*table.unread, *(name for group in halves for name in group if name in table), *other]
    if strange:
        msg = f"{table.name} has columns that are not understood: {', '.join(strange)}."
        cure = "keep time, e,n,u or lat,lon,height, and where known ve,vn,vu and heading,pitch,roll, all three of them."
        raise DecodeError(msg, cure=cure, where=table.name)


def _check_places(table: tables.Table, place: tuple[str, ...], xyz: Floats) -> None:
    """DecodeError for angles in another unit, for places that cannot be those of a drive, with their line."""
    for name in _DEGREES:
        heading = table.head[table.index[name]].strip() if name in table else ""
        if stated_unit(heading).casefold() not in DEGREES:
            msg = f"The column {heading!r} of {table.name} is not in degrees."
            raise DecodeError(msg, cure="write angles in decimal degrees.", where=table.name)
    most = np.array([_FARTHEST_M] * 3 if place[0] == "e" else [90.0, 180.0, _FARTHEST_M])
    wrong = np.flatnonzero((np.abs(xyz) > most).any(axis=1))
    if len(wrong):
        row = int(wrong[0])
        msg = f"{table.name} has the place {', '.join(f'{name} {each:g}' for name, each in zip(place, xyz[row], strict=True))}."
        cure = "write e,n,u in m within 100 km of the origin, or lat,lon in degrees within 90 and 180, latitude first."
        raise DecodeError(msg, cure=cure, where=f"{table.name}:{table.lines[row]}")


def lever_arm_enu(arm_m: tuple[float, float, float], attitude_deg: Floats | None, count: int) -> Floats | None:
    """The lever arm (front, right, down) in east, north, up at each epoch, shape (count, 3); None when attitude is needed.

    A vertical arm needs none. Rotation: heading about down, then pitch, then roll (aerospace sequence).
    """
    front, right, down = arm_m
    if front == 0 and right == 0:
        return np.tile(np.array([0.0, 0.0, -down]), (count, 1))
    if attitude_deg is None:
        return None
    yaw, pitch, roll = np.radians(attitude_deg).T
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    north = cy * cp * front + (cy * sp * sr - sy * cr) * right + (cy * sp * cr + sy * sr) * down
    east = sy * cp * front + (sy * sp * sr + cy * cr) * right + (sy * sp * cr - cy * sr) * down
    up = -(-sp * front + cp * sr * right + cp * cr * down)
    return np.stack([east, north, up], axis=1)


def _times(table: tables.Table) -> Ints:
    found = table.instants_ns("time")
    if None in found:
        where = f"{table.name}:{table.lines[found.index(None)]}"
        raise DecodeError("A time is missing.", cure="give every sample a time.", where=where)
    return np.array(found, dtype=np.int64)


def _numbers(table: tables.Table, names: tuple[str, ...]) -> Floats:
    """The columns as numbers in m, m/s and degrees; DecodeError where one is blank."""
    columns = [
        table.numbers(name) if name in _DEGREES else table.quantities(name, _UNITS.get(name, "m")) for name in names
    ]
    found = np.array(columns, dtype=np.float64).T
    blank = np.flatnonzero(np.isnan(found).any(axis=1))
    if len(blank):
        msg, where = f"{', '.join(names)} are not all numbers.", f"{table.name}:{table.lines[blank[0]]}"
        raise DecodeError(msg, cure="put one finite number in each column.", where=where)
    return found
