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
_HALF_NS = 500_000_000
_CHORD_M, _BEND_DEG, _PAUSE_NS = (0.1, 2.0), 10.0, 10 * 10**9
LONGEST_S = 1.0
"""A receiver answers later than it measures, and within a second."""
_VARIES = 0.1
"""Least RMS variation of the velocity, as a share of the RMS speed, that tells a delay from an offset."""
_STRETCHES = 10
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
    """The motion of the truth at some moments, all of them known: what a second moved it by, and the way it took.

    Neighbouring samples of a truth differ by its own noise as well: that is neither motion nor a turn.
    """
    if len(time_ns) < 2:
        return Drive(0.0, 0.0, 0.0, 0.0)
    before, after = (time_ns + sign * _HALF_NS for sign in (-1, 1))
    told = trajectory.known(before) & trajectory.known(after)
    if not told.any():
        return Drive(0.0, 0.0, 0.0, 0.0)
    step = (trajectory.at(after[told]) - trajectory.at(before[told]))[:, :2]
    speed = np.hypot(step[:, 0], step[:, 1]) * 1e9 / (2 * _HALF_NS)
    path, turned = _way(time_ns, trajectory.at(time_ns)[:, :2])
    moving = float(np.count_nonzero(speed >= MOVING_M_S)) / len(time_ns)
    return Drive(path, float(np.median(speed)), moving, turned)


def _way(time_ns: Ints, at: Floats) -> tuple[float, float]:
    """(length in m, degrees turned in all) of a way through places (n, 2), walked in chords that noise cannot bend.

    A turn is counted once it reaches ten degrees; where the record pauses, from the last heading before to the first after.
    """
    chord = float(np.clip(np.hypot(*np.ptp(at, axis=0)) / 8, *_CHORD_M))
    path, turned, last = 0.0, 0.0, None
    start, clock = at[0], int(time_ns[0])
    for moment, place in zip(time_ns.tolist(), at, strict=True):
        paused, clock = moment - clock > _PAUSE_NS, moment
        if paused:
            start = place
            continue
        way = place - start
        length = float(np.hypot(way[0], way[1]))
        if length < chord:
            continue
        heading = float(np.degrees(np.arctan2(way[0], way[1])))
        path, start = path + length, place
        if last is None:
            last = heading
        bend = abs((heading - last + 180) % 360 - 180)
        if bend >= _BEND_DEG:
            turned, last = turned + bend, heading
    return path, turned


def latency_of(trajectory: Trajectory, time_ns: Ints, found: Floats) -> tuple[float, float] | None:
    """(latency, standard uncertainty) in s: how much earlier the truth is where the fixes say they are.

    Regression of the horizontal error on velocity and a constant, repeated at the shifted times; None where the velocity does
    not vary enough to tell them apart. The uncertainty is that of independent residuals, or of ten stretches of the drive
    where neighbours hang together, whichever is larger.
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
        spread = max(
            float(np.sqrt((residual**2).mean() / power)), _by_stretches((varying * residual).sum(axis=1)) / power
        )
        delay += step
    return delay, spread


def _by_stretches(scores: Floats) -> float:
    """Standard deviation of the sum of scores whose neighbours hang together, from the sums of ten stretches."""
    sums = np.array([part.sum() for part in np.array_split(scores, min(_STRETCHES, len(scores)))])
    return float(np.sqrt((sums**2).sum() * len(sums) / max(1, len(sums) - 1)))


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
