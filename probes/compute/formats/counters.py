# SPDX-License-Identifier: Apache-2.0
"""Running counters that wrap: RAPL, NVML, meters. What cannot be unwrapped without a guess is refused, never added.

A wrap loses one whole range. How often a counter wrapped between two readings is only known where the longest time between
readings is below half the time that one round takes at the most the device can draw.
"""

from __future__ import annotations

import numpy as np

from probes.compute.formats.power import Floats, Ints, unreadable


def unwrapped(at_ns: Ints, counts: Ints, full_range: int | None, most_per_s: float | None) -> Floats:
    """The counts since the first reading, (n,), as if the counter never wrapped.

    ``full_range``: what one round counts (``max_energy_range_uj``, which is the largest value: a round is one more);
    ``most_per_s``: counts a second at the greatest power, for the rule above. UnreadableError where a fall cannot be told from
    a reset, because the range is unknown, or rounds may have been missed.
    """
    steps = np.diff(counts)
    falls = steps < 0
    if full_range is None:
        if falls.any():
            raise unreadable("no-range", "record the counter's range beside it.", count=int(falls.sum()))
        return np.asarray(counts - counts[0], np.float64)
    if full_range <= 0 or (counts > full_range).any() or (counts < 0).any():
        raise unreadable(
            "counter-range", "record the counter and its own range.", most=int(counts.max()), range=full_range
        )
    gap_s = float(np.diff(at_ns).max()) / 1e9 if len(at_ns) > 1 else 0.0
    if most_per_s is None or most_per_s * gap_s * 2 > full_range:
        cure = "read the counter more often, and state the most it can draw."
        raise unreadable("rounds-missed", cure, gap=gap_s, round=full_range / most_per_s if most_per_s else "–")
    steps = np.where(falls, steps + full_range + 1, steps)
    return np.concatenate(([0.0], np.cumsum(steps.astype(np.float64))))
