# SPDX-License-Identifier: Apache-2.0
"""What the truth says of a drive, and how the log's clock stands to the truth's: delay, or a wrong time scale. Pure.

The horizontal error of a fix is a constant offset b minus the velocity times the delay: e = b - v d. Both can be told apart
only where the velocity varies, by turns or by speed; on one heading and speed any offset along the track looks like a delay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from probes.gnss.truth.trajectory import Trajectory

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MOVING_M_S = 0.1
"""Speed from which on a receiver is in motion."""
LONGEST_S = 1.0
"""A receiver answers later than it measures, and within a second."""
_VARIES = 0.1
"""Least RMS variation of the velocity, as a share of the RMS speed, that tells a delay from an offset."""
_SCALES_S = (18, 4, 14)
"""GPS time and BeiDou time minus UTC, and one minus the other, since 2017."""
_FITS_M = 1.0
"""RMS distance at which fixes and truth are the same drive."""


@dataclass(frozen=True, slots=True)
class Drive:
    """Path in m, median speed in m/s, share of the fixes in motion, and degrees turned in all while moving."""

    path_m: float
    speed_m_s: float
    moving: float
    turn_deg: float


def drive_of(trajectory: Trajectory, time_ns: Ints) -> Drive:
    """The motion of the truth at some moments, all of them known."""
    if len(time_ns) < 2:
        return Drive(0.0, 0.0, 0.0, 0.0)
    velocity = trajectory.velocity(time_ns)[:, :2]
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    moving = speed >= MOVING_M_S
    heading = np.unwrap(np.arctan2(velocity[moving, 0], velocity[moving, 1]))
    turned = float(np.degrees(np.abs(np.diff(heading)).sum())) if len(heading) > 1 else 0.0
    at = trajectory.at(time_ns)[:, :2]
    path = float(np.hypot(*np.diff(at, axis=0).T).sum())
    return Drive(path, float(np.median(speed)), float(moving.mean()), turned)


def latency_of(trajectory: Trajectory, time_ns: Ints, found: Floats) -> tuple[float, float] | None:
    """(latency, standard uncertainty) in s: how much earlier the truth is where the fixes say they are.

    Regression of the horizontal error on velocity and a constant, repeated at the shifted times; None where the velocity does
    not vary enough to tell them apart. The uncertainty takes the residuals for independent and is therefore a lower bound.
    """
    delay, spread = 0.0, 0.0
    for _ in range(4):
        shifted = time_ns - round(delay * 1e9)
        known = trajectory.known(shifted)
        if np.count_nonzero(known) < 3:
            return None
        velocity = trajectory.velocity(shifted[known])[:, :2]
        error = (found[known] - trajectory.at(shifted[known]))[:, :2]
        varying = velocity - velocity.mean(axis=0)
        power, whole = float((varying**2).sum()), float((velocity**2).sum())
        if power < 1e-6 * len(velocity) or power < _VARIES**2 * whole:
            return None
        step = -float((varying * error).sum()) / power
        residual = error - error.mean(axis=0) + varying * step
        delay, spread = delay + step, float(np.sqrt((residual**2).mean() / power))
    return delay, spread


def possible(latency: tuple[float, float]) -> bool:
    """Whether a receiver can have this delay: none answers before it measures."""
    delay, spread = latency
    return -3 * spread - 1e-3 <= delay <= LONGEST_S


def shifted_scale_s(trajectory: Trajectory, time_ns: Ints, found: Floats) -> float:
    """By how many seconds the log's clock differs from the truth's, where the fixes fit only then; 0.0 where they fit as they are."""
    here = _distance_m(trajectory, time_ns, found)
    if here < _FITS_M:
        return 0.0
    tried = [(_distance_m(trajectory, time_ns - round(each * 1e9), found), each) for each in _candidates()]
    best, shift = min(tried)
    return shift if best < min(_FITS_M, here / 10) else 0.0


def _candidates() -> Iterator[float]:
    for seconds in _SCALES_S:
        yield from (float(seconds), -float(seconds))
    for quarter in range(1, 57):  # time zones stand at quarters of an hour
        yield from (900.0 * quarter, -900.0 * quarter)


def _distance_m(trajectory: Trajectory, time_ns: Ints, found: Floats) -> float:
    """RMS horizontal distance of fixes from a truth that moves, infinite where most of it is unknown."""
    known = trajectory.known(time_ns)
    if np.count_nonzero(known) < max(3, len(time_ns) / 4):
        return float("inf")
    error = (found[known] - trajectory.at(time_ns[known]))[:, :2]
    return float(np.sqrt((error**2).sum(axis=1).mean()))
