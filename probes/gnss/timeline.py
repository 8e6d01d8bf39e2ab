# SPDX-License-Identifier: Apache-2.0
"""Sentences that belong together, found by walking two sorted columns once: dates and satellites for every epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

DAY_NS = 86_400 * 10**9
BEIDOU = 4
"""NMEA systemId of BDS."""
Rows = npt.NDArray[Any]


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
    found, others = np.full(len(tod), -1, dtype=np.int16), np.full(len(tod), -1, dtype=np.int16)
    after = 0
    for i in range(len(tod)):
        while after < len(places) and places[after] < position[i]:
            after += 1
        for row in (after, after - 1):
            if found[i] < 0 and 0 <= row < len(places) and times[row] == tod[i]:
                found[i], others[i] = beidou[row], rest[row]
    return found, others


def joined(rows: Rows, tod: int) -> Rows:
    """USE rows in which those before the first known time belong to ``tod`` and consecutive ones of one time are one."""
    if len(rows) and rows["tod_ns"][0] < 0:
        rows = rows.copy()
        rows["tod_ns"][rows["tod_ns"] < 0] = tod
    again = rows["tod_ns"][1:] == rows["tod_ns"][:-1]
    if not again.any():
        return rows
    first = np.flatnonzero(np.concatenate([[True], ~again]))
    one = rows[first]
    one["sats"] = np.add.reduceat(rows["sats"].astype(np.int64), first, axis=0).clip(0, 255)
    one["gns"] = np.maximum.reduceat(rows["gns"], first)
    return one


def satellite_columns(rows: Rows) -> tuple[Rows, Rows, Rows]:
    """Time of day, BeiDou and other satellites of USE rows; BeiDou is -1 where no system is named."""
    total = rows["sats"].sum(axis=1, dtype=np.int64)
    beidou = np.maximum(rows["sats"][:, BEIDOU].astype(np.int64), (rows["gns"] == 2).astype(np.int64))
    beidou[(total == rows["sats"][:, 0]) & (rows["gns"] == 0)] = -1
    return np.ascontiguousarray(rows["tod_ns"]), beidou, total - rows["sats"][:, BEIDOU]


def within_piece(epochs: Rows, use: Rows) -> tuple[Rows, Rows, tuple[int, int]]:
    """(satellites of each epoch, rows to keep, epochs at either edge) of a piece whose neighbours are not known yet.

    Satellites int16[n, 2]: BeiDou, others. Only rows at the edges can change, and only they are kept; the epochs
    beside them are looked at again when the pieces are put together.
    """
    rows = joined(use, -1)
    found = attached(
        np.ascontiguousarray(epochs["tod_ns"]) % DAY_NS,
        np.ascontiguousarray(epochs["offset"]),
        rows["offset"],
        *satellite_columns(rows),
    )
    sats = np.stack(found, axis=1)
    if len(rows) <= 4:
        return sats, rows, (len(epochs), 0)
    head = int(np.count_nonzero(epochs["offset"] <= rows["offset"][1]))
    tail = int(np.count_nonzero(epochs["offset"] > rows["offset"][-2]))
    return sats, rows[[0, 1, -2, -1]], (head, tail)
