# SPDX-License-Identifier: Apache-2.0
"""What RMC, GNS, GLL, VTG, GSA and DTM say of a solution beside GGA's quality: a fix that another sentence of the epoch denies is none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.gnss.formats.machine import byte, get, load64

SURE, UNFIXED = 1, 2
"""Of RMC: its position is not void; its position is not fixed."""
GNS_SEEN, GNS_BEIDOU, GNS_FIXED, GNS_UNREAL, MODE_DENIED = 1, 2, 4, 8, 16
"""Of GNS: it is there; BeiDou takes part; a system is fixed (R); a system is estimated, manual or simulated. Of GLL and VTG: no satellite fix;
of DTM: another datum than WGS 84's, in which no receiver measures."""
GSA_SOLVED, GSA_UNSOLVED = 32, 64
"""Of GSA: a fix in three dimensions; none, or one that holds the height. A system that takes no part may say so beside others."""
OF_GSA = GSA_SOLVED | GSA_UNSOLVED
OF_NO_SYSTEM = MODE_DENIED | OF_GSA
"""What says nothing about which systems take part."""

_W84 = int.from_bytes(b"W84,", "little")


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

    A blank mode, and the K of an old VTG without one, say nothing. A DTM denies with a datum that is neither blank nor W84.
    """
    if byte(buffer, start + 3) == 0x44:
        datum = load64(buffer, start + 7) & np.uint64(0xFFFFFFFF)
        return byte(buffer, start + 7) != 0x2C and datum != _W84
    letter = byte(buffer, stop - 1)
    silent = letter == 0x2C or letter == 0x4B  # noqa: PLR1714 - compiled
    return byte(buffer, stop - 2) == 0x2C and not silent and not _measured(letter)


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
