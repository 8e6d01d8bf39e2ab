# SPDX-License-Identifier: Apache-2.0
"""Sentences that belong together, found by walking two sorted columns once: dates and satellites for every epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from probes.gnss.formats.modes import GNS_BEIDOU, OF_GSA, OF_NO_SYSTEM

DAY_NS = 86_400 * 10**9
SECOND_NS = 10**9
BEIDOU = 4
"""NMEA systemId of BDS."""
Rows = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def dated(tod: Any, position: Any, places: Any, times: Any, days: Any) -> Any:
    """UTC ns of each epoch from its time of day, shape (n,), by the nearest of the dated sentences (at least one).

    ``position`` of the epochs and ``places`` of the sentences ascend; ``times`` of day and ``days`` since 1970 are the
    sentences'. An epoch more than twelve hours from its sentence's time lies across midnight from it.
    """
    out, stop, last = np.empty(len(tod), dtype=np.int64), 0, len(places) - 1
    for near in range(len(places)):
        start = stop  # these epochs are nearer to this sentence than to the next, or as near as to it
        while stop < len(tod) and (near == last or position[stop] - places[near] <= places[near + 1] - position[stop]):
            stop += 1
        day, time = days[near], times[near]
        for i in range(start, stop):
            ahead = tod[i] - time
            out[i] = (day - (ahead > DAY_NS // 2) + (ahead < -(DAY_NS // 2))) * DAY_NS + tod[i]
    return out


@njit(cache=True, nogil=True)
def denied(tod: Any, position: Any, places: Any, times: Any, says: Any) -> Any:
    """Which epochs have a sentence of the same time that says there is no fix, or such ones on either side; shape (n,).

    ``position`` of the epochs and ``places`` of the sentences ascend; ``says`` is the sentences' word, ``times`` their time
    of day. Two sentences before and two after an epoch are asked.
    """
    out, stop, last = np.zeros(len(tod), dtype=np.bool_), 0, len(places) - 1
    for after in range(len(places) + 1):
        start = stop
        while stop < len(tod) and (after > last or places[after] >= position[stop]):
            stop += 1
        first, beyond = max(after - 2, 0), min(after + 2, len(places))
        if stop == start or not says[first:beyond].any():
            continue
        out[start:stop] = says[min(after, last)] and says[max(after - 1, 0)]
        for row in range(first, beyond):
            if says[row]:
                for i in range(start, stop):
                    out[i] |= times[row] == tod[i]
    return out


@njit(cache=True, nogil=True)
def attached(epochs: Any, base: Any, use: Any, out: Any) -> None:
    """Fill ``out`` int16[n, 3] with (BeiDou, other satellites) used at each of n epochs, -1 where nothing says, and GNS's flags.

    ``epochs`` and ``use`` are the words of EPOCH and USE rows, offsets of the epochs without ``base``. The row after the
    GGA is its own when the times agree (receivers send GSA after GGA); else the one before it. Where neither is, GSA once a
    second holds for the epochs of that second.
    """
    after = 0
    for i in range(len(epochs)):
        while after < len(use) and use[after, 0] < epochs[i, 0] + base:
            after += 1
        out[i, 0] = out[i, 1] = -1
        out[i, 2] = 0
        tod = epochs[i, 1] % DAY_NS
        for whole in (1, SECOND_NS):
            for row in (after, after - 1):
                known = out[i, 0] >= 0 or out[i, 2] & ~OF_GSA != 0
                if not known and 0 <= row < len(use) and use[row, 1] >= 0 and use[row, 1] // whole == tod // whole:
                    out[i, 0], out[i, 1] = _satellites(use[row, 2])
                    out[i, 2] = (use[row, 2] >> 56) & 0xFF


@njit(cache=True, nogil=True)
def _satellites(packed: Any) -> Any:
    """(BeiDou, other satellites) of the last word of a USE row: seven counts and the flag of GNS; -1 where no system is named."""
    total = np.int64(0)
    for system in range(7):
        total += (packed >> (8 * system)) & 0xFF
    beidou, unnamed, flag = (packed >> (8 * BEIDOU)) & 0xFF, packed & 0xFF, (packed >> 56) & 0xFF
    rest = total - beidou
    if total == unnamed and flag & ~OF_NO_SYSTEM == 0:
        return np.int64(-1), rest
    if total > unnamed:  # GSA names the satellites: a letter of GNS adds none
        return beidou, rest
    return np.int64(flag & GNS_BEIDOU != 0), rest


_SELDOM_NS, _EVENLY = 10 * SECOND_NS, 0.95
"""How seldom GSA may come, and the share of its intervals that have to be the same."""


def between(time_ns: Rows, beidou: Rows, others: Rows) -> tuple[Rows, Rows]:
    """The satellites of epochs in order of time, also of those between two GSA that come evenly, if more seldom than epochs: the fewer BeiDou of both.

    Some receivers are told to write GSA every five seconds; where it comes now and then, what it left out may be what is bad.
    """
    silent = np.flatnonzero(beidou < 0)
    if not len(silent):  # as nearly always
        return beidou, others
    told = np.flatnonzero(beidou >= 0)
    steps = np.diff(time_ns[told])
    if len(steps) < 2:
        return beidou, others
    values, counts = np.unique(steps, return_counts=True)
    usual = values[np.argmax(counts)]
    if not 0 < usual <= _SELDOM_NS or counts.max() < _EVENLY * len(steps):
        return beidou, others
    after = np.searchsorted(told, silent)
    last, following = told[np.maximum(after - 1, 0)], told[np.minimum(after, len(told) - 1)]
    near = (after > 0) & (time_ns[silent] - time_ns[last] < usual) & (time_ns[following] - time_ns[last] <= usual)
    beidou, others = beidou.copy(), others.copy()
    beidou[silent[near]] = np.minimum(beidou[last], beidou[following])[near]
    others[silent[near]] = np.maximum(others[last], others[following])[near]
    return beidou, others


def words(rows: Rows) -> Rows:
    """Records as the eight-byte words they consist of, shape (n, words): what compiled code reads."""
    return np.ascontiguousarray(rows).view(np.int64).reshape(-1, rows.dtype.itemsize // 8)


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
    one["gns"] = np.bitwise_or.reduceat(rows["gns"], first)
    return one


def within_piece(epochs: Rows, use: Rows) -> tuple[Rows, Rows, tuple[int, int]]:
    """(satellites of each epoch, rows to keep, epochs at either edge) of a piece whose neighbours are not known yet.

    Satellites int16[n, 3]: BeiDou, others, flags of GNS. Only rows at the edges can change, and only they are kept; the epochs
    beside them are looked at again when the pieces are put together.
    """
    rows = joined(use, -1)
    sats = np.empty((len(epochs), 3), dtype=np.int16)
    attached(words(epochs), 0, words(rows), sats)
    if len(rows) <= 4:
        return sats, rows, (len(epochs), 0)
    head = int(np.count_nonzero(epochs["offset"] <= rows["offset"][1]))
    tail = int(np.count_nonzero(epochs["offset"] > rows["offset"][-2]))
    return sats, rows[[0, 1, -2, -1]], (head, tail)
