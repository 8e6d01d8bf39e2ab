# SPDX-License-Identifier: Apache-2.0
"""The loops over millions of windows and events, compiled: a guessed cell and a walk, or two pointers that only move on."""

from __future__ import annotations

import numba
import numpy as np

from probes.compute.formats.power import Floats, Ints


@numba.njit(cache=True, nogil=True)
def _cell(at: Ints, moment: int, guess: int) -> int:  # pragma: no cover - compiled
    last = len(at) - 2
    cell = min(max(guess, 0), last)
    while cell > 0 and at[cell] > moment:
        cell -= 1
    while cell < last and at[cell + 1] <= moment:
        cell += 1
    return cell


@numba.njit(cache=True, nogil=True)
def windows(at: Ints, joules: Floats, watts: Floats, begin: Ints, end: Ints) -> Floats:  # pragma: no cover - compiled
    """Energy of each window in J, NaN where it reaches outside the samples; as :meth:`Prefix.upto` says, at speed.

    The cell is guessed from the mean rate and walked to, so that even jittered stamps cost a step or two.
    """
    found = np.empty(len(begin))
    rate = (len(at) - 1) / max(1.0, float(at[-1] - at[0]))
    for each in range(len(begin)):
        total = 0.0
        if begin[each] < at[0] or end[each] > at[-1] or end[each] < begin[each]:
            found[each] = np.nan
            continue
        for side in range(2):
            moment = begin[each] if side == 0 else end[each]
            cell = _cell(at, moment, int((moment - at[0]) * rate))
            dt = (moment - at[cell]) / 1e9
            width = (at[cell + 1] - at[cell]) / 1e9
            slope = (watts[cell + 1] - watts[cell]) / width if width > 0 else 0.0
            upto = joules[cell] + (watts[cell] + slope * dt / 2) * dt
            total += upto if side == 1 else -upto
        found[each] = total
    return found


@numba.njit(cache=True, nogil=True)
def align(at: Ints, events: Ints, out: Ints) -> None:  # pragma: no cover - compiled
    """Into ``out``: for each event (in order of time) the last sample at or before it, -1 before the first one."""
    event, count = 0, len(events)
    for sample in range(-1, len(at)):
        until = at[sample + 1] if sample + 1 < len(at) else np.iinfo(np.int64).max
        while event < count and events[event] < until:
            out[event] = sample
            event += 1
