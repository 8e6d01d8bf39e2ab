# SPDX-License-Identifier: Apache-2.0
"""What other sentences say of a solution beside GGA's quality: a fix that another sentence of the epoch denies is none, and an alarm is heard."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.gnss.formats.denials.makers import field, wide
from probes.gnss.formats.machine import byte, commas32, get, load64, trailing_zeros

SURE, UNFIXED, OF_ZDA = 1, 2, 4
"""Of RMC: its position is not void; its position is not fixed. That ZDA says the day."""
GNS_SEEN, GNS_BEIDOU, GNS_FIXED, GNS_UNREAL, MODE_DENIED = 1, 2, 4, 8, 16
"""Of GNS: it is there; BeiDou takes part; a system is fixed (R); a system is estimated, manual or simulated. Of GLL, VTG, and sentences and
messages of makers: no fix as good as GGA's; of GST: a deviation that no fix has; of DTM: another datum than WGS 84's, in which no receiver measures."""
GSA_SOLVED, GSA_UNSOLVED = 32, 64
"""Of GSA: a fix in three dimensions; none, or one that holds the height. A system that takes no part may say so beside others."""
OF_GSA = GSA_SOLVED | GSA_UNSOLVED
OF_NO_SYSTEM = MODE_DENIED | OF_GSA
"""What says nothing about which systems take part."""

_FLAGS = np.arange(256)
UNREAL = (_FLAGS & GNS_SEEN != 0) & ((_FLAGS & GNS_FIXED == 0) | (_FLAGS & GNS_UNREAL != 0))
"""For each sum of flags, whether GNS denies the fix."""
DENIED = UNREAL | (_FLAGS & MODE_DENIED != 0) | ((_FLAGS & GSA_UNSOLVED != 0) & (_FLAGS & GSA_SOLVED == 0))
"""For each sum of flags, whether any sentence of the epoch denies the fix."""
_W84 = int.from_bytes(b"W84,", "little")
_JAM, _SPF = (int.from_bytes(word, "little") for word in (b"jam", b"spf"))
_FLOA = int.from_bytes(b"floa", "little")
_SPOO, _ITDE, _SIMU, _EPLA = (int.from_bytes(word, "little") for word in (b"spoo", b"itde", b"simu", b"epla"))


@njit(cache=True, nogil=True)
def stated(line: Any, fields: Any, memory: Any) -> Any:
    """What an RMC says of its position: SURE with status A, UNFIXED with another, or with any mode but A, D, P and R."""
    if byte(line, get(memory, 1) + 1) != 0x41:
        return np.int64(UNFIXED)
    if fields > 12 and get(memory, 12) - get(memory, 11) == 2:
        letter = byte(line, get(memory, 11) + 1)
        if not _measured(letter):
            return np.int64(SURE | UNFIXED)
    return np.int64(SURE)


@njit(cache=True, nogil=True)
def _measured(letter: Any) -> Any:
    """Whether a mode letter may stand beside a fix: A, D, P or R; older receivers say A or D of an RTK fix."""
    return letter == 0x41 or letter == 0x44 or letter == 0x50 or letter == 0x52  # noqa: PLR1714 - compiled


@njit(cache=True, nogil=True)
def denying(buffer: Any, start: Any, stop: Any) -> Any:
    """Whether a GLL or VTG from '$' to the end of its body says that there is no satellite fix: by a mode, or by GLL's status V.

    A blank mode, and the K of an old VTG without one, say nothing. A DTM denies with a datum that is neither blank nor W84, or an offset.
    """
    if byte(buffer, start + 3) == 0x44:
        datum = load64(buffer, start + 7) & np.uint64(0xFFFFFFFF)
        other = byte(buffer, start + 7) != 0x2C and datum != _W84
        return other or shifted(buffer, start, stop)
    letter = byte(buffer, stop - 1)
    silent = letter == 0x2C or letter == 0x4B  # noqa: PLR1714 - compiled
    return byte(buffer, stop - 2) == 0x2C and not silent and not _measured(letter)


@njit(cache=True, nogil=True)
def shifted(buffer: Any, start: Any, stop: Any) -> Any:
    """Whether a DTM states an offset of latitude, longitude or height (fields 3, 5, 7) that is not zero."""
    for number in (3, 5, 7):
        for at in range(field(buffer, start, stop, number), stop):
            if byte(buffer, at) == 0x2C:
                break
            if 0x31 <= byte(buffer, at) <= 0x39:
                return True
    return False


@njit(cache=True, nogil=True)
def modes(line: Any, start: Any, stop: Any) -> Any:
    """What the mode letters of a GNS say, as USE calls it; the fourth is BeiDou's."""
    flags = np.int64(GNS_SEEN)
    for at in range(start, stop):
        letter = byte(line, at)
        if letter == 0x52:
            flags |= GNS_FIXED
        if letter == 0x45 or letter == 0x4D or letter == 0x53:  # noqa: PLR1714 - compiled
            flags |= GNS_UNREAL
        solved = letter == 0x41 or letter == 0x44 or letter == 0x46 or letter == 0x50 or letter == 0x52  # noqa: PLR1714
        if at - start == 3 and solved:
            flags |= GNS_BEIDOU
    return flags


@njit(cache=True, nogil=True)
def dimensions(letter: Any) -> Any:
    """What the second field of a GSA says, as USE calls it: 3 is a fix in three dimensions; a blank says nothing."""
    if letter == 0x2C:
        return np.int64(0)
    return np.int64(GSA_SOLVED) if letter == 0x33 else np.int64(GSA_UNSOLVED)


@njit(cache=True, nogil=True, forceinline=True)
def spread(line: Any, length: Any) -> Any:
    """Whether a GST states a standard deviation of latitude or longitude that no fixed solution has."""
    commas = commas32(line, 0) | (commas32(line, 32) << np.uint64(32))
    for _ in range(5):
        commas &= commas - np.uint64(1)
    latitude = trailing_zeros(commas) + 1
    commas &= commas - np.uint64(1)
    longitude = trailing_zeros(commas) + 1
    if commas and longitude < length and _small(line, latitude) and _small(line, longitude):
        return False  # 0.007, as nearly always
    return _spread(line, length)


@njit(cache=True, nogil=True, forceinline=True)
def _small(line: Any, at: Any) -> Any:
    """Whether a number begins with 0.0 to 0.4."""
    return byte(line, at) == 0x30 and byte(line, at + 1) == 0x2E and 0x30 <= byte(line, at + 2) < 0x35


@njit(cache=True, nogil=True)
def _spread(line: Any, length: Any) -> Any:
    latitude = field(line, 0, length, 6)
    return wide(line, latitude, length) or wide(line, field(line, latitude, length, 1), length)


@njit(cache=True, nogil=True)
def alarming(buffer: Any, start: Any, stop: Any) -> Any:
    """Whether a sentence that nobody reads may speak of jamming, spoofing or simulation (jam, spoo, spf, itde, simu, repla, in any case).

    A remark that somebody wrote does, as far as is known here: a line that begins with # and no name of a message.
    """
    if byte(buffer, start) == 0x23 and not 0x41 <= byte(buffer, start + 1) <= 0x5A:
        return True
    for at in range(start, stop - 2):
        word = load64(buffer, at) | np.uint64(0x20202020)
        three, four = word & np.uint64(0xFFFFFF), word & np.uint64(0xFFFFFFFF)
        if three == np.uint64(_JAM) or three == np.uint64(_SPF):
            return True
        spoofed = four == np.uint64(_SPOO) or four == np.uint64(_ITDE)
        if at < stop - 3 and (spoofed or four == np.uint64(_SIMU) or four == np.uint64(_EPLA)):
            return True
    return False


@njit(cache=True, nogil=True)
def floating(buffer: Any, start: Any, stop: Any) -> Any:
    """Whether a sentence that nobody reads speaks of a float solution, in any case."""
    for at in range(start, stop - 3):
        if (load64(buffer, at) | np.uint64(0x20202020)) & np.uint64(0xFFFFFFFF) == np.uint64(_FLOA):
            return True
    return False
