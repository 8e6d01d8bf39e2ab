# SPDX-License-Identifier: Apache-2.0
"""Customary figures of errors side by side: RMS, percentiles, maximum, by quality of the solution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def accuracy_block(enu_m: Floats) -> dict[str, Any]:
    """Every customary figure of errors east, north, up (n, 3) in m, side by side; heights that are missing are left out."""
    if len(enu_m) == 0:
        return {"n": 0}
    size, up = np.sqrt(enu_m[:, 0] ** 2 + enu_m[:, 1] ** 2), enu_m[:, 2][np.isfinite(enu_m[:, 2])]
    block = {"n": len(enu_m), **_sizes("horizontal", size, (50, 95))}
    return block | _sizes("vertical", np.abs(up), (95,)) if len(up) else block


def _sizes(name: str, size: Floats, percents: Sequence[int]) -> dict[str, float]:
    """RMS, percentiles and maximum of ``size``, sorted once for all of them."""
    ordered = np.sort(size)
    return {
        f"{name}_rms_m": float(np.sqrt(np.mean(size**2))),
        **{f"{name}_p{percent}_m": quantile_of(ordered, percent / 100) for percent in percents},
        f"{name}_max_m": float(ordered[-1]),
    }


def quantile_of(ordered: Floats, share: float) -> float:
    """The quantile of sorted values (n,), n > 0: numpy's linear interpolation (R's type 7) to the last bit, without its checks."""
    place = (len(ordered) - 1) * share
    low = int(place)
    one, other, part = float(ordered[low]), float(ordered[min(low + 1, len(ordered) - 1)]), place - low
    return one + (other - one) * part if part < 0.5 else other - (other - one) * (1 - part)


def by_quality(quality: npt.NDArray[np.int16], enu_m: Floats) -> dict[str, Floats]:
    """The rows of ``enu_m`` (n, 3) of each quality, (n,), in order."""
    values = np.flatnonzero(np.bincount(quality.astype(np.int64) + 1)) - 1
    return {str(each): enu_m.compress(quality == each, axis=0) for each in values}
