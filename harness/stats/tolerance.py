# SPDX-License-Identifier: Apache-2.0
"""One-sided tolerance limits of near-normal quantities from few runs (ISO 16269-6): power, TOPS; never latency.

"At least 95 % of units have at least this value" with confidence 1 - alpha: mean -+ k s, with k from the noncentral t.
"""

from __future__ import annotations

import math
from typing import SupportsIndex

from harness.errors import StatisticsError
from harness.stats import special
from harness.stats.inputs import Bounds, Real, Values, count, finite, risk, share


def factor(n: SupportsIndex, p: Real, alpha: Real) -> float:
    """K = t_{1 - alpha}(n - 1; noncentrality z_p sqrt n) / sqrt n: mean + k s covers the share ``p`` at level 1 - alpha."""
    runs = count(n, "the number of runs", 2)
    z = float(special.ndtri(share(p, "the covered share")))
    return float(special.nctdtrit(runs - 1, z * math.sqrt(runs), 1 - risk(alpha))) / math.sqrt(runs)


def bounds(values: Values, p: Real, alpha: Real) -> Bounds:
    """``(lower, upper)``: the share ``p`` lies above lower, and below upper, each at level 1 - alpha.

    StatisticsError for fewer than two, NaN or constant values.
    """
    column = finite(values, "the runs", 2)
    spread = float(column.std(ddof=1))
    if spread == 0:
        raise StatisticsError("all runs are equal.", cure="repeat the measurement independently; check its resolution.")
    half, mean = factor(len(column), p, alpha) * spread, math.fsum(column) / len(column)
    return Bounds(mean - half, mean + half)
