# SPDX-License-Identifier: Apache-2.0
"""Sentences that belong together, found by walking two sorted columns once: dates and satellites for every epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

DAY_NS = 86_400 * 10**9


@njit(cache=True, nogil=True)
def dated(tod: Any, position: Any, places: Any, times: Any, days: Any) -> Any:
    """UTC ns of each epoch from its time of day, shape (n,), by the nearest of the dated sentences (at least one).

    ``position`` of the epochs and ``places`` of the sentences ascend; ``times`` of day and ``days`` since 1970 are the
    sentences'. An epoch more than twelve hours from its sentence's time lies across midnight from it.
    """
    out = np.empty(len(tod), dtype=np.int64)
    after = 0
    for i in range(len(tod)):
        while after < len(places) and places[after] < position[i]:
            after += 1
        near = min(after, len(places) - 1)
        before = max(near - 1, 0)
        if not abs(places[near] - position[i]) < abs(position[i] - places[before]):
            near = before
        ahead = tod[i] - times[near]
        day = days[near] - (ahead > DAY_NS // 2) + (ahead < -(DAY_NS // 2))
        out[i] = day * DAY_NS + tod[i]
    return out


@njit(cache=True, nogil=True)
def attached(tod: Any, position: Any, places: Any, times: Any, beidou: Any, rest: Any) -> Any:  # noqa: PLR0917
    """(BeiDou, other satellites) used at each epoch, -1 where nothing says, from the rows of satellite use.

    The row after the GGA is its own when the times agree (receivers send GSA after GGA); else the one before it.
    """
    found, others = np.full(len(tod), -1, dtype=np.int64), np.full(len(tod), -1, dtype=np.int64)
    after = 0
    for i in range(len(tod)):
        while after < len(places) and places[after] < position[i]:
            after += 1
        for row in (after, after - 1):
            if found[i] < 0 and 0 <= row < len(places) and times[row] == tod[i]:
                found[i], others[i] = beidou[row], rest[row]
    return found, others
