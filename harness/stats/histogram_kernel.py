# SPDX-License-Identifier: Apache-2.0
"""The inner loop of the latency histogram: one pass over a block that stays in the first-level cache.

Imported only when values are counted, because numba takes longer to import than the command line to start.
Measured here: 8 bytes a value are read once; four interleaved tables keep a repeated bin from waiting for its own
store, and unsigned indices keep numba from testing each of them for a negative sign (377 -> 560 M values/s).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import int64, njit, uint32, uint64

MANTISSA_BITS = 10
EXACT_LIMIT = 1 << 53
"""Values from here on have no exact float64 and are counted as ``huge``."""
BINS = 53 << MANTISSA_BITS
_SHIFT = uint64(52 - MANTISSA_BITS)
_BASE = uint64(1023 << MANTISSA_BITS)
_LOW32 = (1 << 32) - 1
_BLOCK = 2048

Ints = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def count_block(values: Ints, tables: Any, cuts: Ints, over: Ints, facts: Ints) -> None:
    """Count ``values`` (int64, at most 2^28 of them) into the four columns of ``tables`` and into ``over`` and ``facts``.

    ``tables``: uint32 (BINS, 4). ``over[i]`` grows by the number of values above ``cuts[i]``. ``facts``: smallest and
    largest value, sum of the high and of the low 32 bits, counts of negative, zero and huge values.
    """
    flat = tables.ravel()
    floats = np.empty(_BLOCK, np.float64)
    bits = floats.view(np.uint64)
    for start in range(0, values.size, _BLOCK):
        block = values[start : start + _BLOCK]
        low, high = _describe(block, floats, facts)
        for i in range(cuts.size):
            cut, above = cuts[i], int64(0)
            if cut >= high:
                continue
            for j in range(block.size):
                above += int64(block[j] > cut)
            over[i] += above
        size = block.size
        if low < 1 or high >= EXACT_LIMIT:
            size = _keep_regular(block, floats, facts)
        if size < _BLOCK:
            _fill(floats, size, flat)
        for j in range(0, _BLOCK, 4):
            flat[((bits[j] >> _SHIFT) - _BASE) << uint64(2)] += uint32(1)
            flat[((bits[j + 1] >> _SHIFT) - _BASE) << uint64(2) | uint64(1)] += uint32(1)
            flat[((bits[j + 2] >> _SHIFT) - _BASE) << uint64(2) | uint64(2)] += uint32(1)
            flat[((bits[j + 3] >> _SHIFT) - _BASE) << uint64(2) | uint64(3)] += uint32(1)


@njit(cache=True, nogil=True)
def _describe(block: Ints, floats: Any, facts: Ints) -> tuple[int, int]:
    """Smallest and largest value of the block, folded into ``facts`` with two partial sums; ``floats`` gets the values."""
    low = high = block[0]
    upper = lower = int64(0)
    for j in range(block.size):
        value = block[j]
        low, high = min(low, value), max(high, value)
        upper += value >> 32
        lower += value & _LOW32
        floats[j] = value
    facts[0], facts[1] = min(facts[0], low), max(facts[1], high)
    facts[2] += upper
    facts[3] += lower
    return low, high


@njit(cache=True, nogil=True)
def _keep_regular(block: Ints, floats: Any, facts: Ints) -> int:
    """Keep in ``floats`` the values a bin exists for and say how many; the others are counted apart, never clipped."""
    size = 0
    for value in block:
        if value < 0:
            facts[4] += 1
        elif value == 0:
            facts[5] += 1
        elif value >= EXACT_LIMIT:
            facts[6] += 1
        else:
            floats[size] = value
            size += 1
    return size


@njit(cache=True, nogil=True)
def _fill(floats: Any, size: int, flat: Any) -> None:
    """Fill a short block up with ones and take their counts (bin 0) back beforehand, modulo 2^32."""
    floats[size:] = 1.0
    for lane in range(4):
        flat[lane] -= uint32((_BLOCK - size + lane) // 4)
