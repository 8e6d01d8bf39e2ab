# SPDX-License-Identifier: Apache-2.0
"""What RMC and GNS say of a solution beside GGA's quality: a fix that another sentence of the epoch denies is none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.gnss.formats.machine import byte, get

SURE, UNFIXED = 1, 2
"""Of RMC: its position is not void; its position is not fixed."""
GNS_SEEN, GNS_BEIDOU, GNS_FIXED, GNS_UNREAL = 1, 2, 4, 8
"""Of GNS: it is there; BeiDou takes part; a system is fixed (R); a system is estimated, manual or simulated."""


@njit(cache=True, nogil=True)
def stated(line: Any, fields: Any, memory: Any) -> Any:
    """What an RMC says of its position: SURE with status A, UNFIXED with another or with mode F, E, M, N or S."""
    if byte(line, get(memory, 1) + 1) != 0x41:
        return np.int64(UNFIXED)
    if fields > 12 and get(memory, 12) - get(memory, 11) == 2:
        letter = byte(line, get(memory, 11) + 1)
        if letter == 0x46 or letter == 0x45 or letter == 0x4D or letter == 0x4E or letter == 0x53:  # noqa: PLR1714 - compiled
            return np.int64(SURE | UNFIXED)
    return np.int64(SURE)


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
