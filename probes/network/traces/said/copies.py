# SPDX-License-Identifier: Apache-2.0
"""Long stretches of delays that stand in a log twice, digit by digit, whatever times and numbers they were given. Pure.

Nobody measures the same thousand delays again. Delays of few different values, and series of a short period as simulators make
them, come back by themselves: of those nothing is said.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_WINDOW = 64
"""Delays in a row that are compared."""
_LONG = 1000
"""Rows of a stretch, and rows between it and its copy, from which on they are told."""
_DISTINCT = 16
"""Different delays in a window, under which it may come back by chance."""
_FACTOR = np.uint64(6_364_136_223_846_793_005)


def repeated(delays: npt.NDArray[np.int64]) -> int:
    """Where a stretch of at least a thousand delays begins that was there before, in order of time; -1 where there is none."""
    if len(delays) < 2 * _LONG:
        return -1
    found = _hashes(delays)
    order = np.argsort(found, kind="stable")
    same = found[order][1:] == found[order][:-1]
    later, sooner = order[1:][same], order[:-1][same]
    far = np.sort(later[later - sooner >= _LONG])
    if len(far) < _LONG - _WINDOW:
        return -1
    for start in _runs(far):
        windows = [delays[start + at : start + at + _WINDOW] for at in range(0, _LONG - _WINDOW, 4 * _WINDOW)]
        if all(len(np.unique(each)) >= _DISTINCT for each in windows):
            return start
    return -1


def _hashes(delays: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """A number for each window, equal for equal windows."""
    values = delays.astype(np.uint64) * _FACTOR + np.uint64(1)
    found = np.zeros(len(values) - _WINDOW + 1, np.uint64)
    for at in range(_WINDOW):
        found = found * _FACTOR + values[at : at + len(found)]
    return found


def _runs(places: npt.NDArray[np.int64]) -> list[int]:
    """Beginnings of runs of successive places as long as a stretch."""
    cuts = np.flatnonzero(np.diff(places) != 1) + 1
    parts = np.split(places, cuts)
    return [int(each[0]) for each in parts if len(each) >= _LONG - _WINDOW]
