# SPDX-License-Identifier: Apache-2.0
"""Delays found in a capture as the numbers people ask for: quantiles, variation (RFC 5481), mean. Pure.

Quantiles are order statistics of the values themselves (nearest rank, ceil(q n)). Beyond two million values a flow's
earlier ones are known as counts in bins of relative width 2^-10; its quantiles are then upper edges of bins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.histogram import Histogram

Column = npt.NDArray[np.int64]
SHARES = {"p50": (1, 2), "p95": (95, 100), "p99": (99, 100), "p99_9": (999, 1000)}


def digest(values_ns: Column) -> dict[str, Any]:
    """n, min, p50, p95, p99, p99_9, max and mean of delays in ns; only n when there are none."""
    return digest_ranked(np.sort(values_ns))


def digest_ranked(ranked_ns: Column, earlier: Histogram | None = None) -> dict[str, Any]:
    """As :func:`digest`, of delays that are sorted already; ``earlier``: what is known of others only as counts in bins."""
    if earlier is not None:
        return _binned(earlier.merge(Histogram().add(ranked_ns)))
    if not len(ranked_ns):
        return {"n": 0}
    found: dict[str, Any] = {"n": len(ranked_ns), "min": int(ranked_ns[0])}
    found |= {name: int(ranked_ns[_rank(len(ranked_ns), share) - 1]) for name, share in SHARES.items()}
    return found | {"max": int(ranked_ns[-1]), "mean": float(ranked_ns.mean())}


def variation(found: Mapping[str, Any], ranked_steps_ns: Column) -> dict[str, Any]:
    """PDV: quantiles less the minimum; IPDV: size of the difference of neighbours, sorted already (RFC 5481 §4.1, §4.2)."""
    if found["n"] < 2 or not len(ranked_steps_ns):
        return {}
    pdv = {name: found[name] - found["min"] for name in (*SHARES, "max")}
    steps = digest_ranked(ranked_steps_ns)
    return {"pdv_ns": pdv, "ipdv_ns": {name: steps[name] for name in (*SHARES, "max", "mean")}}


def steps(values_ns: Column) -> Column:
    """Sizes of the differences of neighbours, sorted."""
    return np.sort(np.abs(np.diff(values_ns)))


def _binned(histogram: Histogram) -> dict[str, Any]:
    total = histogram.n
    found: dict[str, Any] = {"n": total, "min": histogram.low}
    found |= {name: histogram.bracket(_rank(total, share))[1] for name, share in SHARES.items()}
    return found | {"max": histogram.high, "mean": histogram.total / total, "relative_error": 2**-10}


def _rank(n: int, share: tuple[int, int]) -> int:
    return -(-n * share[0] // share[1])
