# SPDX-License-Identifier: Apache-2.0
"""Round-trip times from decoded probes: what the network took, and how each number was made. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.series import Series

Column = npt.NDArray[np.int64]


class RoundTrips(NamedTuple):
    """ns, shape (n,): T4 - T1 (``raw``), the same less the reflector's own time T3 - T2 (``corrected``), and where that held."""

    raw: Column
    corrected: Column
    valid: npt.NDArray[np.bool_]


def round_trips(answered: Series) -> RoundTrips:
    """Of probes that were answered in time. T3 - T2 is one clock's difference, so no synchronisation is needed.

    A reflector whose T3 - T2 is negative or longer than the whole trip is not believed: ``corrected`` is then ``raw``,
    the larger number. A negative ``raw`` (the clock was set back) is kept as it is and never ``valid``.
    """
    raw = answered["t4"] - answered["t1"]
    residence = answered["t3"] - answered["t2"]
    valid = (residence >= 0) & (residence <= raw)
    return RoundTrips(raw, np.where(valid, raw - residence, raw), valid & (raw >= 0))
