# SPDX-License-Identifier: Apache-2.0
"""Which rows of a long record a picture needs, found by numpy: what the kit would keep of all of them, at a fraction of the time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.kit.figures import HEAVIEST, POINTS


def drawn(weight: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Rows to draw, in order: evenly spaced ones and those with the largest ``weight`` (n,)."""
    if len(weight) <= POINTS:
        return np.arange(len(weight))
    even = np.linspace(0, len(weight) - 1, POINTS - HEAVIEST).round().astype(np.int64)
    return np.unique(np.concatenate([even, np.argsort(-weight, kind="stable")[:HEAVIEST]]))
