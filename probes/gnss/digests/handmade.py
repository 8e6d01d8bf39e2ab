# SPDX-License-Identifier: Apache-2.0
"""What positions of a receiver at rest never do by themselves: stand still for a while, run along straight lines, change the geoid below them. Pure.

Noise of tenths of a millimetre is in every fixed solution, so that fine enough digits show where an epoch was repeated or interpolated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from probes.gnss.digests.log import Log
from probes.gnss.formats.nmea import FIXED

Floats = npt.NDArray[np.float64]
_FINE, _FINEST = (7, 3), (8, 4)
"""Decimals of minutes and of the height from which on digits are fine enough (0.2 mm), and very fine."""
_STILL = {_FINE: 10, _FINEST: 5}
"""Epochs that stand at one place before they are no measurements."""
_LINE, _LEAST = 10, 5
"""Epochs on one line, and how many steps of the last digit it must be long."""
_MOST, _WAYS = 0.6, 3
"""Share of epochs on lines above which these must lead at least that many ways: what drifts as a whole is no filled hole."""
_BETWEEN, _APART = (0.3, 0.95), 10
"""Share of epochs midway between their neighbours, and how many steps those must be apart."""
_BENT, _SOME = 4, 0.01
"""Steps by which some epochs turn aside from the way of the others, and the least share of them: without any the log is smooth as a whole."""
_LEVELS, _RANGE_M = 3, 0.005
"""Values of the geoid's height at one place, and how far they may lie apart: firmware may change its model once."""


def handmade(log: Log) -> int:
    """How many fixed epochs of a receiver at rest repeat a place or lie on a line between others; 0 where digits are too coarse to tell."""
    fixed = log.epochs[log.epochs["quality"] == FIXED]
    grade = _grade(fixed)
    if grade is None or len(fixed) < 2 * _LINE:
        return 0
    steps = _steps(fixed, grade)
    bends = np.abs(steps[2:] - 2 * steps[1:-1] + steps[:-2])[:, :2].max(axis=1)
    if (bends >= _BENT).mean() < _SOME:
        return 0
    return int(np.count_nonzero(_standing(steps, _STILL[grade]) | _lined(steps) | _midway(steps)))


def levels(log: Log) -> int:
    """How many heights of the geoid the fixed epochs of a receiver at rest state, 0 where they are few or near each other."""
    found = log.epochs["separation_m"][log.epochs["quality"] == FIXED]
    found = np.unique(found[np.isfinite(found)])
    return len(found) if len(found) > _LEVELS and float(np.ptp(found)) > _RANGE_M else 0


def _grade(fixed: Any) -> tuple[int, int] | None:
    if len(fixed) == 0:
        return None
    places = int(np.median(fixed["decimals"])), int(np.median(fixed["height_decimals"]))
    return next((each for each in (_FINEST, _FINE) if places[0] >= each[0] and places[1] >= each[1]), None)


def _steps(fixed: Any, grade: tuple[int, int]) -> Floats:
    """Latitude, longitude and height in steps of their last digit, shape (n, 3)."""
    minutes, metres = (10.0**each for each in grade)
    return np.stack([fixed["lat_deg"] * 60 * minutes, fixed["lon_deg"] * 60 * minutes, fixed["altitude_m"] * metres], 1)


def _standing(steps: Floats, least: int) -> npt.NDArray[np.bool_]:
    """Which belong to a run of at least ``least`` at one place."""
    ends = np.flatnonzero(np.concatenate([[True], (np.abs(np.diff(steps, axis=0)) > 0.01).any(axis=1), [True]]))
    lengths = np.diff(ends)
    return np.repeat(lengths >= least, lengths)


def _lined(steps: Floats) -> npt.NDArray[np.bool_]:
    """Which belong to :data:`_LINE` epochs in a row on the chord between the first and the last of them."""
    windows = np.lib.stride_tricks.sliding_window_view(steps, _LINE, axis=0)
    first, last = windows[..., :1], windows[..., -1:]
    chord = first + (last - first) * np.linspace(0, 1, _LINE)
    near = (np.abs(windows - chord) <= 1.01).all(axis=(1, 2))
    long = (np.abs(last - first)[:, :2, 0] >= _LEAST).any(axis=1)
    starts = np.flatnonzero(near & long)
    out = np.zeros(len(steps), dtype=np.bool_)
    out[np.unique(starts[:, None] + np.arange(_LINE))] = True
    ways = np.unique(np.rint((last - first)[starts, :2, 0] / _LINE), axis=0)
    return out if out.mean() < _MOST or len(ways) >= _WAYS else np.zeros_like(out)


def _midway(steps: Floats) -> npt.NDArray[np.bool_]:
    """Which lie midway between their neighbours, where these are far enough from each other and the rest is not smooth at all."""
    out = np.zeros(len(steps), dtype=np.bool_)
    off = np.abs(steps[1:-1] - (steps[2:] + steps[:-2]) / 2)
    apart = (np.abs(steps[2:] - steps[:-2])[:, :2] >= _APART).any(axis=1)
    out[1:-1] = (off <= 1.01).all(axis=1) & apart
    bends = off[~out[1:-1], :2].max(axis=1, initial=0)
    filled = _BETWEEN[0] <= out.mean() <= _BETWEEN[1] and float(np.median(bends)) >= _APART
    return out if filled else np.zeros_like(out)
