# SPDX-License-Identifier: Apache-2.0
"""A window that lies outside the power log: shifted by a time zone, or not recorded? A shift is found and told, never taken."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from harness.model import Reason
from probes.compute.digests.energy import Prefix
from probes.compute.formats.power import PowerLog
from probes.compute.formats.words import WORDS

_STEP_NS = 900 * 10**9
"""Zones differ by quarters of an hour."""
_MOST = 4 * 26
"""Quarters of an hour to either side: zones span 26 h."""
_CONTRAST = 0.5
"""A shift is the better place when power steps up twice as much there."""


class Placed(NamedTuple):
    """Whether a window can be taken where it is, and what is to be told of it."""

    taken: bool
    events: tuple[Reason, ...]


def placed(log: PowerLog, energy: Prefix, begin_ns: int, end_ns: int) -> Placed:
    """Where the window lies in the log."""
    if log.disorder:
        return Placed(taken=False, events=(WORDS.reason("no-order"),))
    first, last = int(energy.at_ns[0]), int(energy.at_ns[-1])
    covered = first <= begin_ns and end_ns <= last
    shifts = [step * _STEP_NS for step in range(-_MOST, _MOST + 1) if step]
    fitting = [each for each in shifts if first <= begin_ns + each and end_ns + each <= last]
    here = _contrast(energy, begin_ns, end_ns) if covered else 0.0
    best = max(fitting, key=lambda each: (_contrast(energy, begin_ns + each, end_ns + each), -abs(each)), default=None)
    if best is not None:
        there = _contrast(energy, begin_ns + best, end_ns + best)
        if not covered or (there > 0.1 and here < _CONTRAST * there):
            return Placed(taken=False, events=(WORDS.reason("zone-shift", shift_s=best / 1e9),))
    if covered:
        return Placed(taken=True, events=())
    overlap = max(0, min(end_ns, last) - max(begin_ns, first))
    key = "window-cut" if overlap else "window-outside"
    return Placed(taken=False, events=(WORDS.reason(key, covered_s=overlap / 1e9, wanted_s=(end_ns - begin_ns) / 1e9),))


def _contrast(energy: Prefix, begin_ns: int, end_ns: int) -> float:
    """(mean power inside - mean power outside) / inside; 0 where there is no outside."""
    first, last = int(energy.at_ns[0]), int(energy.at_ns[-1])
    outside_ns = (last - first) - (end_ns - begin_ns)
    if outside_ns < 2 * 10**9:
        return 0.0
    inside = float(energy.energy_j(np.array([begin_ns]), np.array([end_ns]))[0])
    total = float(energy.joules[-1] - energy.joules[0])
    mean = inside / (end_ns - begin_ns)
    return (mean - (total - inside) / outside_ns) / mean if mean > 0 else 0.0
