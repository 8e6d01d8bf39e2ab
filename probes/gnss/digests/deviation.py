# SPDX-License-Identifier: Apache-2.0
"""Errors against the truth: east, north, up in metres at every epoch that can be compared, nothing dropped silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.gnss.digests.log import DAY_NS, Log
from probes.gnss.digests.motion import Drive, drive_of, latency_of, possible, shifted_scale_s
from probes.gnss.formats.nmea import FIXED
from probes.gnss.truth.geodesy import WGS84, Ellipsoid, Origin, enu
from probes.gnss.truth.settings import Comparison
from probes.gnss.truth.trajectory import Trajectory, lever_arm_enu, read_trajectory

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """The epochs that have a position and a truth, one row each, in order of time.

    ``enu_m`` (n, 3) position minus truth; ``log`` the same epochs; ``whole`` the log they come from (settling cut off).
    ``left_out``: how many epochs were not compared, by cause. ``latency_s`` and its standard uncertainty, and
    None where the motion does not tell it from a constant error; ``corrected`` whether it was taken off. ``drive`` what the
    truth says of the motion; ``wrong_scale_s`` by how many whole seconds the clocks of truth and log seem to differ.
    ``interpolation_m`` bounds (horizontal, vertical).
    """

    settings: Comparison
    whole: Log
    log: Log
    enu_m: Floats
    left_out: Mapping[str, int] = field(default_factory=dict)
    latency_s: tuple[float, float] | None = None
    interpolation_m: tuple[float, float] = (0.0, 0.0)
    attitude_missing: bool = False
    drive: Drive | None = None
    wrong_scale_s: float = 0.0
    corrected: bool = False

    @property
    def fixed(self) -> npt.NDArray[np.bool_]:
        """Which epochs are fixed solutions."""
        return np.asarray(self.log.epochs["quality"] == FIXED)

    @property
    def horizontal_m(self) -> Floats:
        """Length of the horizontal error, shape (n,)."""
        return np.asarray(np.hypot(self.enu_m[:, 0], self.enu_m[:, 1]))


def compared(log: Log, settings: Comparison, trajectory: Path | None) -> Deviations:
    """Errors of a log against the truth of ``settings``, or against the trajectory in the file at ``trajectory``."""
    whole, left_out = prepared(log, settings)
    has = np.isfinite(whole.epochs["lat_deg"]) & np.isfinite(whole.epochs["lon_deg"]) & (whole.epochs["quality"] > 0)
    log = whole.where(has)
    left_out["without_position"] = int(np.count_nonzero(~has))
    if settings.mode == "dynamic":
        return _moving(settings, whole, log, left_out, trajectory)
    return Deviations(settings, whole, log, reported(log, settings) + _shift(settings), left_out)


def _shift(settings: Comparison) -> Floats:
    """What brings the positions into the truth's frame and epoch, east, north, up in m."""
    shift = settings.transformation
    return np.array((0.0, 0.0, 0.0) if shift is None else (shift.e, shift.n, shift.u))


def prepared(log: Log, settings: Comparison, *, settled: bool = True) -> tuple[Log, dict[str, int]]:
    """One receiver's epochs, each time once, after settling where ``settled``; and how many were left out by cause."""
    left_out = {"untimed": log.untimed[0]}
    if settings.talker:
        mine = log.epochs["talker"] == int.from_bytes(settings.talker.encode()[:2], "little")
        left_out["other_talker"] = int(np.count_nonzero(~mine))
        log = log.where(mine)
    again = repeated(log)
    left_out["repeated"] = int(np.count_nonzero(again))
    log = log.where(~again)
    fixes = log.time_ns[log.epochs["quality"] == FIXED]
    if settled and settings.settle and len(fixes):
        late = log.time_ns >= fixes[0] + int(settings.settle * 1e9)
        left_out["settling"] = int(np.count_nonzero(~late))
        log = log.where(late)
    return log, left_out


def repeated(log: Log) -> npt.NDArray[np.bool_]:
    """Epochs that repeat the one before: same time, same position (one receiver heard twice)."""
    again = np.zeros(len(log), dtype=np.bool_)
    same = log.time_ns[1:] == log.time_ns[:-1]
    for name in ("lat_deg", "lon_deg", "altitude_m", "quality"):
        column = log.epochs[name]
        same = same & ((column[1:] == column[:-1]) | (np.isnan(column[1:]) & np.isnan(column[:-1])))
    again[1:] = same
    return again


def conflicting(log: Log) -> int:
    """Number of times that are there more than once with different contents: two receivers in one log."""
    tod = log.epochs["tod_ns"]
    leap = (tod >= DAY_NS) & (tod < DAY_NS + 10**9)  # 23:59:60 is the same number of ns as the midnight after it
    same = (log.time_ns[1:] == log.time_ns[:-1]) & (leap[1:] == leap[:-1])
    return int(np.count_nonzero(same))


def coarse_times(log: Log) -> bool:
    """Whether times repeat because they carry too few decimals: below a second, neighbours differ by their last digit."""
    if len(log) < 4 or not conflicting(log):
        return False
    steps = np.diff(log.time_ns)
    least = int(steps[steps > 0].min(initial=DAY_NS))
    return least < 10**9 and int(np.gcd.reduce(log.time_ns)) == least


def rollover_weeks(log: Log) -> int:
    """Weeks by which dates inside the log jump, where that is about a thousand; 0 without."""
    if not log.dated:
        return 0
    weeks = np.diff(log.time_ns) / (7 * DAY_NS)
    far = weeks[np.abs(weeks) > 1000]
    return round(float(far[0])) if len(far) else 0


def moved_m(log: Log) -> float:
    """Extent in m of the fixed solutions: the longer side of the box around them, nine of ten of them."""
    fixed = log.epochs[(log.epochs["quality"] == FIXED) & np.isfinite(log.epochs["lat_deg"])]
    if len(fixed) < 20:
        return 0.0
    place = Origin(float(fixed["lat_deg"][0]), float(fixed["lon_deg"][0]), 0.0)
    at = enu(fixed["lat_deg"], fixed["lon_deg"], np.zeros(len(fixed)), place)[:, :2]
    low, high = np.quantile(at, [0.05, 0.95], axis=0)
    return float((high - low).max())


def reported(log: Log, settings: Comparison) -> Floats:
    """The positions of a log that has a truth, as :func:`positions` about the truth's origin."""
    truth = settings.reference
    assert truth is not None  # noqa: S101 - a mode without its truth is refused when the profile loads
    return positions(log, truth.origin, truth.ellipsoid, ellipsoidal=truth.height_kind == "ellipsoidal")


def positions(log: Log, place: Origin, shape: Ellipsoid = WGS84, *, ellipsoidal: bool = True) -> Floats:
    """East, north, up about a place, m; without a height up is NaN and the horizontal part still right near it.

    ``ellipsoidal``: whether the place's height is, so that the receiver's geoid is added to its own.
    """
    altitude, separation = log.epochs["altitude_m"], log.epochs["separation_m"]
    height = altitude + separation if ellipsoidal else altitude
    absent = np.isnan(height)
    shown = np.where(absent, place.height_m, height)
    at = enu(log.epochs["lat_deg"], log.epochs["lon_deg"], shown, place, shape)
    at[absent, 2] = np.nan
    return at


def _moving(settings: Comparison, whole: Log, log: Log, left_out: dict[str, int], path: Path | None) -> Deviations:
    truth = settings.reference
    assert truth is not None  # noqa: S101 - a mode without its truth is refused when the profile loads
    if path is None:
        return Deviations(settings, whole, log.where(np.zeros(len(log), dtype=np.bool_)), np.empty((0, 3)), left_out)
    trajectory = read_trajectory(path, truth.origin, truth.ellipsoid)
    positioned, known = log, trajectory.known(log.time_ns)
    left_out["outside_trajectory"] = int(np.count_nonzero(~known))
    log = log.where(known)
    lever = settings.lever_arm
    front, right, down = (0.0, 0.0, 0.0) if lever is None else (lever.front, lever.right, lever.down)
    arm = lever_arm_enu((front, right, down), trajectory.attitude(log.time_ns), len(log))
    found = reported(log, settings) + _shift(settings) - (0.0 if arm is None else arm)
    fixed = log.epochs["quality"] == FIXED
    latency = latency_of(trajectory, log.time_ns[fixed], found[fixed])
    result = Deviations(
        settings,
        whole,
        log,
        found - trajectory.at(log.time_ns),
        left_out,
        latency,
        trajectory.interpolation_error_m(),
        attitude_missing=arm is None,
        drive=drive_of(trajectory, log.time_ns[fixed]),
        wrong_scale_s=_wrong_scale_s(trajectory, positioned, settings),
    )
    if settings.latency == "correct" and latency is not None and possible(latency):
        return _corrected(result, trajectory, found, latency)
    return result


def _wrong_scale_s(trajectory: Trajectory, log: Log, settings: Comparison) -> float:
    """By how much the fixes fit the trajectory at another whole-second or time-zone offset, where they do not fit as they are."""
    fixed = log.where(log.epochs["quality"] == FIXED)
    return shifted_scale_s(trajectory, fixed.time_ns, reported(fixed, settings)) if len(fixed) > 2 else 0.0


def _corrected(before: Deviations, trajectory: Trajectory, found: Floats, latency: tuple[float, float]) -> Deviations:
    """Compared at the times that the delay leads to; twice its uncertainty moves the truth along the track."""
    delay, spread = latency
    speed = 0.0 if before.drive is None else before.drive.speed_m_s
    across, up = before.interpolation_m
    shifted = before.log.time_ns - round(delay * 1e9)
    known = trajectory.known(shifted)
    left_out = {**before.left_out, "outside_after_latency": int(np.count_nonzero(~known))}
    enu_m = found[known] - trajectory.at(shifted[known])
    bound = (across + 2 * spread * speed, up)
    log = before.log.where(known)
    return replace(before, log=log, enu_m=enu_m, left_out=left_out, interpolation_m=bound, corrected=True)


def quanta_m(log: Log, decimals: int, height_decimals: int, lat_deg: float) -> tuple[float, float, float]:
    """Size in m of one step of the last digit: north, east, up; infinite where there are no digits at all."""
    if decimals < 0 or height_decimals < 0 or len(log) == 0:
        return (np.inf, np.inf, np.inf)
    step = 10.0**-decimals / 60.0
    metre = np.pi / 180 * 6371008.8
    return (step * metre, step * metre * float(np.cos(np.radians(lat_deg))), 10.0**-height_decimals)


def effective_decimals(log: Log) -> tuple[int, int]:
    """Decimals of minutes and of height that really vary: trailing zeros in every epoch are no resolution; -1 for none.

    Those of most epochs count: programs that write tables trim the zeros a value happens to end in.
    """
    if len(log) == 0:
        return -1, -1
    minutes = np.concatenate([_minutes(log.epochs["lat_deg"]), _minutes(log.epochs["lon_deg"])])
    return (
        _varying(minutes, int(np.median(log.epochs["decimals"]))),
        _varying(log.epochs["altitude_m"], int(np.median(log.epochs["height_decimals"]))),
    )


def _minutes(degrees: Any) -> Floats:
    magnitude = np.abs(degrees)
    return np.asarray((magnitude - np.floor(magnitude)) * 60.0)


def _varying(values: Floats, decimals: int) -> int:
    finite = values[np.isfinite(values)]
    while decimals > 0 and len(finite):
        if (np.rint(finite * 10.0**decimals) % 10 != 0).any():
            return decimals
        decimals -= 1
    return decimals
