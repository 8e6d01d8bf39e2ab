# SPDX-License-Identifier: Apache-2.0
"""Positions that RMC and GNS tell of the moment of a GGA: they are of one solution, so that another place contradicts it.

Compared as text, and as numbers where that differs: one of them may have fewer digits. Sentences of another talker are another receiver's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from probes.gnss.formats.fields import degrees
from probes.gnss.formats.kernel import GGA, GNS, PADDING, RMC
from probes.gnss.formats.machine import byte, get, load64, put

Ints = npt.NDArray[np.int64]
KINDS = (GGA, RMC, GNS)
STATE = 5
"""Words of each kind: address and length of the last sentence, its offset; offset and length of the first one."""
LONGEST = 128
"""Bytes of a sentence that are kept: time and place stand at its beginning."""
ROOM = LONGEST + PADDING
_SLACK = 1.5
"""Steps of the coarser one's last digit by which rounding and cutting off may differ."""
_NEAR = 3e-5
"""Minutes (5 cm) within which nothing contradicts: some firmware filters the place of RMC."""
_TIME, _COMMA = 7, 0x2C


class Last(NamedTuple):
    """A sentence at an edge of a piece: where it begins, and its first bytes."""

    offset: int
    text: bytes


@njit(cache=True, nogil=True)
def apart(  # noqa: PLR0917 - addresses of the caller's arrays
    buffer: Any, rows: Any, count: Any, base: Any, state: Any, kept: Any, found: Any
) -> Any:
    """Offsets of the GGA among ``count`` sentences of ``rows`` whose place another sentence contradicts, into ``found``; how many.

    ``state`` int64[3, STATE] holds the last sentence of each kind from call to call, zeros at first; ``kept`` uint8[6, ROOM] the text of these and
    of the first ones.
    """
    out = 0
    for r in range(count):
        kind = get(rows, 3 * r)
        if kind != GGA and kind != RMC and kind != GNS:  # noqa: PLR1714 - compiled
            continue
        slot = 0 if kind == GGA else 1 if kind == RMC else 2
        start, length = get(rows, 3 * r + 1), get(rows, 3 * r + 2) - get(rows, 3 * r + 1)
        put(state, STATE * slot, buffer + start)
        put(state, STATE * slot + 1, length)
        put(state, STATE * slot + 2, base + start)
        if get(state, STATE * slot + 4) == 0:
            put(state, STATE * slot + 3, base + start)
            put(state, STATE * slot + 4, length)
            _copy(buffer + start, length, kept + ROOM * (len(KINDS) + slot))
        wrong = _differs(state, 1) or _differs(state, 2) if slot == 0 else _differs(state, slot)
        if wrong and (out == 0 or get(found, out - 1) != get(state, 2)):
            put(found, out, get(state, 2))
            out += 1
    for slot in range(len(KINDS)):
        line, mine = get(state, STATE * slot), kept + ROOM * slot
        if line != 0 and line != mine:  # noqa: PLR1714 - compiled
            _copy(line, get(state, STATE * slot + 1), mine)
            put(state, STATE * slot, mine)
    return out


@njit(cache=True, nogil=True)
def _copy(line: Any, length: Any, to: Any) -> None:
    """The first bytes of a sentence, zeros behind them."""
    for at in range(0, ROOM, 8):
        put(to, at // 8, np.int64(load64(line, at)) if at < min(length, LONGEST) else np.int64(0))


@njit(cache=True, nogil=True, forceinline=True)
def _differs(state: Any, slot: Any) -> Any:
    """Whether the last GGA and the last sentence of another kind are of one talker and moment, and of two places."""
    mine, other = get(state, 0), get(state, STATE * slot)
    if mine == 0 or other == 0 or (load64(mine, 1) ^ load64(other, 1)) & np.uint64(0xFFFF):
        return False
    early, here = load64(mine, _TIME) ^ load64(other, _TIME), 17
    if early and byte(mine, 13) != _COMMA:
        return False
    if byte(mine, 16) != _COMMA or load64(mine, 9) ^ load64(other, 9):  # hhmmss.ss, as nearly always
        here = _same_field(mine, other, _TIME)
    if here == 0:
        return False
    there = here if slot == 2 else here + 2 if byte(other, here + 1) == _COMMA else _next(other, here)
    for at in range(0, 32, 8):
        if load64(mine, here + at) != load64(other, there + at):
            return _far(mine, here, other, there)
    return False


@njit(cache=True, nogil=True)
def _same_field(mine: Any, other: Any, at: Any) -> Any:
    """Where the field behind the one at ``at`` begins if that is the same and not blank, else 0."""
    start = at
    while byte(mine, at) == byte(other, at):
        if byte(mine, at) == _COMMA:
            return at + 1 if at > start else 0
        at += 1
    return 0


@njit(cache=True, nogil=True)
def _next(line: Any, at: Any) -> Any:
    for _ in range(LONGEST):
        if byte(line, at) == _COMMA:
            break
        at += 1
    return at + 1


@njit(cache=True, nogil=True)
def _far(mine: Any, here: Any, other: Any, there: Any) -> Any:
    """Whether latitude or longitude, which begin there, differ by more than their digits explain; a blank is no place."""
    for letter in (0x53, 0x57):
        side, beyond = _next(mine, here), _next(other, there)
        value, places = degrees(mine, here, side - 1, side, letter)
        second, fewer = degrees(other, there, beyond - 1, beyond, letter)
        if not abs(value - second) <= max(_SLACK * 10.0 ** -min(places, fewer), _NEAR) / 60:
            return value == value and second == second  # noqa: PLR0124 - NaN
        here, there = _next(mine, side), _next(other, beyond)
    return False


class Places:
    """The last GGA, RMC and GNS of a stream that comes in blocks, and the first of each."""

    def __init__(self) -> None:
        """Nothing was seen."""
        self._state: Ints = np.zeros((len(KINDS), STATE), dtype=np.int64)
        self._kept = np.zeros((2 * len(KINDS), ROOM // 8), dtype=np.int64)
        self._found: Ints = np.empty(1 << 14, dtype=np.int64)
        self._addresses = [each.ctypes.data for each in (self._state, self._kept, self._found)]

    def take(self, buffer: int, rows: Ints, base: int) -> Ints:
        """Offsets of GGA that are contradicted among the sentences of ``rows``, or were by them; ``buffer`` is an address."""
        if len(rows) > len(self._found):
            self._found = np.empty(len(rows), dtype=np.int64)
            self._addresses[2] = self._found.ctypes.data
        return self._found[: apart(buffer, rows.ctypes.data, len(rows), base, *self._addresses)].copy()

    @property
    def edges(self) -> tuple[Mapping[int, Last], Mapping[int, Last]]:
        """The first and the last sentence of each kind, by its place in :data:`KINDS`."""
        heads, tails = {}, {}
        for slot, (_, length, offset, first, size) in enumerate(self._state.tolist()):
            if size:
                heads[slot] = Last(first, self._kept[len(KINDS) + slot].tobytes()[: min(size, LONGEST)])
                tails[slot] = Last(offset, self._kept[slot].tobytes()[: min(length, LONGEST)])
        return heads, tails


def across(before: Mapping[int, Last], after: Mapping[int, Last]) -> list[int]:
    """Offsets of GGA that the other side of a cut contradicts: ``before`` the last sentences of each kind, ``after`` the first ones."""
    found = []
    for slot, last in before.items():
        for other, first in after.items():
            if (slot == 0) != (other == 0):
                text = last.text.ljust(LONGEST, b"\0") + first.text.ljust(ROOM, b"\0")
                rows = [[KINDS[slot], 0, len(last.text)], [KINDS[other], LONGEST, LONGEST + len(first.text)]]
                data = np.frombuffer(text, dtype=np.uint8)
                if len(Places().take(data.ctypes.data, np.array(rows, dtype=np.int64), 0)):
                    found.append((last if slot == 0 else first).offset)
    return found
