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
from probes.gnss.formats.machine import byte, commas32, get, load64, put, unequal32

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
    gga, rmc, gns = get(state, 0), get(state, STATE), get(state, 2 * STATE)
    last = offset = get(state, 2)
    for r in range(count):
        kind = get(rows, 3 * r)
        if kind == GGA:
            start = get(rows, 3 * r + 1)
            gga, offset = buffer + start, base + start
            wrong = _differs(gga, rmc, RMC) or _differs(gga, gns, GNS)
        elif kind == RMC:
            rmc = buffer + get(rows, 3 * r + 1)
            wrong = _differs(gga, rmc, RMC)
        elif kind == GNS:
            gns = buffer + get(rows, 3 * r + 1)
            wrong = _differs(gga, gns, GNS)
        else:
            continue
        if wrong and (out == 0 or last != offset):
            put(found, out, offset)
            last, out = offset, out + 1
    for slot in range(len(KINDS)):
        _keep(buffer, rows, count, base, state, kept, slot)
    return out


@njit(cache=True, nogil=True)
def _keep(  # noqa: PLR0917 - as above
    buffer: Any, rows: Any, count: Any, base: Any, state: Any, kept: Any, slot: Any
) -> None:
    """Write down the last sentence of a kind, and the first one where none was seen before."""
    kind, at = KINDS[slot], STATE * slot
    final = count - 1
    while final >= 0 and get(rows, 3 * final) != kind:
        final -= 1
    if final < 0:
        return
    if get(state, at + 4) == 0:
        first = 0
        while get(rows, 3 * first) != kind:
            first += 1
        start = get(rows, 3 * first + 1)
        put(state, at + 3, base + start)
        put(state, at + 4, get(rows, 3 * first + 2) - start)
        _copy(buffer + start, get(state, at + 4), kept + ROOM * (len(KINDS) + slot))
    start = get(rows, 3 * final + 1)
    put(state, at, kept + ROOM * slot)
    put(state, at + 1, get(rows, 3 * final + 2) - start)
    put(state, at + 2, base + start)
    _copy(buffer + start, get(state, at + 1), kept + ROOM * slot)


@njit(cache=True, nogil=True)
def _copy(line: Any, length: Any, to: Any) -> None:
    """The first bytes of a sentence, zeros behind them."""
    for at in range(0, ROOM, 8):
        put(to, at // 8, np.int64(load64(line, at)) if at < min(length, LONGEST) else np.int64(0))


@njit(cache=True, nogil=True, forceinline=True)
def _differs(mine: Any, other: Any, kind: Any) -> Any:
    """Whether a GGA and a sentence of another kind, by their addresses, are of one talker and moment, and of two places; 0 is none."""
    if mine == 0 or other == 0 or (load64(mine, 1) ^ load64(other, 1)) & np.uint64(0xFFFF):
        return False
    early, here = load64(mine, _TIME) ^ load64(other, _TIME), 17
    if early and byte(mine, 13) != _COMMA:
        return False
    if byte(mine, 16) != _COMMA or load64(mine, 9) ^ load64(other, 9):  # hhmmss.ss, as nearly always
        here = _same_field(mine, other, _TIME)
    if here == 0:
        return False
    there = here if kind == GNS else here + 2 if byte(other, here + 1) == _COMMA else _next(other, here)
    differ, behind = unequal32(mine + here, other + there), commas32(mine, here)
    for _ in range(3):
        behind &= behind - np.uint64(1)
    if differ & (
        (behind & -behind) - np.uint64(1)
    ):  # before the comma behind the longitude's letter; without one, anywhere
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
