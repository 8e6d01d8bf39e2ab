# SPDX-License-Identifier: Apache-2.0
"""Round-trip times from decoded probes: what the network took, and how each number was made. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.series import Series

Column = npt.NDArray[np.int64]


CREDIT_NS = 100_000
"""At most so much of the reflector's own time is taken off: the far end states it about itself, and nobody checks it."""


class RoundTrips(NamedTuple):
    """ns, shape (n,): T4 - T1 (``raw``), the same less what is credited of T3 - T2 (``corrected``), where that held, and T3 - T2."""

    raw: Column
    corrected: Column
    valid: npt.NDArray[np.bool_]
    residence: Column


def round_trips(answered: Series) -> RoundTrips:
    """Of probes that were answered in time. T3 - T2 is one clock's difference, so no synchronisation is needed.

    A reflector whose T3 - T2 is negative or longer than the whole trip is not believed: ``corrected`` is then ``raw``,
    the larger number, and no more than :data:`CREDIT_NS` is believed of any. A negative ``raw`` (the clock was set back) is kept as it is and never ``valid``.
    """
    raw = answered["t4"] - answered["t1"]
    residence = answered["t3"] - answered["t2"]
    valid = (residence >= 0) & (residence <= raw)
    corrected = np.where(valid, raw - np.minimum(residence, CREDIT_NS), raw)
    return RoundTrips(raw, corrected, valid & (raw >= 0), residence)
