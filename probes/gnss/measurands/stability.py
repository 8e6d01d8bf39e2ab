# SPDX-License-Identifier: Apache-2.0
"""Allan deviation and its kin on phase data (NIST SP 1065; ITU-T G.810): what a clock does over an interval tau.

Input are segments of evenly spaced phase in s; a gap ends a segment and nothing is averaged across it. Sums over
segments are divided by the number of terms of all of them, so one segment gives the textbook value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Segments = Sequence[Floats]
GAP = 3.0
"""Samples farther apart than this many usual intervals are not connected."""


def segments(time_s: Floats, offset_s: Floats) -> tuple[list[Floats], float]:
    """Evenly spaced pieces of a series and their step in s: samples of one instant averaged, gaps cut, times interpolated.

    Samples that are even already (within 1 % of the step) are taken as they are. Step 0 for fewer than two instants.
    """
    order = np.argsort(time_s, kind="stable")
    moments, first = np.unique(time_s[order], return_index=True)
    if len(moments) < 2:
        return [], 0.0
    counts = np.diff(np.append(first, len(order)))
    values, gaps = np.add.reduceat(offset_s[order], first) / counts, np.diff(moments)
    step = round(float(np.median(gaps)), 9)
    cuts = np.flatnonzero(gaps > GAP * step) + 1
    parts = zip(np.split(moments, cuts), np.split(values, cuts), strict=True)
    return [_even(at, value, step) for at, value in parts if len(at) > 1], step


def _even(at: Floats, value: Floats, step: float) -> Floats:
    if np.abs(np.diff(at) - step).max() <= 0.01 * step:
        return value
    grid = np.arange(at[0], at[-1] + step / 2, step)
    return np.interp(grid, at, value)


def octaves(parts: Segments) -> list[int]:
    """Averaging factors 1, 2, 4 … for which every deviation has at least one term."""
    longest = max((len(part) for part in parts), default=0)
    return [2**k for k in range(longest.bit_length()) if 3 * 2**k < longest]


def allan(parts: Segments, step_s: float, m: int) -> float | None:
    """Allan deviation at tau = m * step, without overlap (SP 1065 eq. 4); None without a term."""
    return _deviation(parts, lambda x: _second_difference(x[::m], 1), 2 * (m * step_s) ** 2)


def overlapping_allan(parts: Segments, step_s: float, m: int) -> float | None:
    """Overlapping Allan deviation (SP 1065 eq. 7); None without a term."""
    return _deviation(parts, lambda x: _second_difference(x, m), 2 * (m * step_s) ** 2)


def modified_allan(parts: Segments, step_s: float, m: int) -> float | None:
    """Modified Allan deviation (SP 1065 eq. 11); None without a term."""

    def terms(x: Floats) -> Floats:
        second = _second_difference(x, m)
        total = np.concatenate([[0.0], np.cumsum(second)])
        return np.asarray((total[m:] - total[:-m]) / m) if len(second) >= m else np.empty(0)

    return _deviation(parts, terms, 2 * (m * step_s) ** 2)


def time_deviation(parts: Segments, step_s: float, m: int) -> float | None:
    """TDEV in s: modified Allan deviation times tau / sqrt 3 (ITU-T G.810 II.3); None without a term."""
    modified = modified_allan(parts, step_s, m)
    return None if modified is None else modified * m * step_s / math.sqrt(3)


def mtie(parts: Segments, m: int) -> float | None:
    """Maximum time interval error in s over windows of m steps (ITU-T G.810 II.5); None when no segment is that long."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    found = []
    for x in parts:
        if len(x) > m:
            size, left = m + 1, (m + 1) // 2
            high = maximum_filter1d(x, size)[left : len(x) - m + left]
            low = minimum_filter1d(x, size)[left : len(x) - m + left]
            found.append(float((high - low).max()))
    return max(found, default=None)


def drift(part: Floats, step_s: float) -> tuple[float, float]:
    """Frequency offset (s/s) and largest residual (s) of a straight line through one segment: what a holdover loses."""
    at = np.arange(len(part)) * step_s
    slope, start = np.polyfit(at, part, 1)
    return float(slope), float(np.abs(part - (slope * at + start)).max())


def steepest(parts: Segments, step_s: float, m: int) -> float | None:
    """The slope (s/s) of largest magnitude of straight lines through any m steps; None when no segment is that long."""
    found = [slope for part in parts if len(part) > m >= 1 for slope in _slopes(part, m) / step_s]
    return max(found, key=abs, default=None)


def _slopes(x: Floats, m: int) -> Floats:
    """Least-squares slopes, a sample, of every window of m steps: extremes only, from running sums."""
    count, index = m + 1, np.arange(len(x)) - len(x) / 2
    sums, moments = (np.concatenate([[0.0], np.cumsum(each)]) for each in (x, x * index))
    centre = index[: len(x) - m] + m / 2
    slopes = (moments[count:] - moments[:-count] - centre * (sums[count:] - sums[:-count])) / (
        count * (count * count - 1) / 12
    )
    return np.array([slopes.min(), slopes.max()])


def _second_difference(x: Floats, m: int) -> Floats:
    return np.asarray(x[2 * m :] - 2 * x[m:-m] + x[: -2 * m]) if len(x) > 2 * m else np.empty(0)


def _deviation(parts: Segments, terms: Callable[[Floats], Floats], scale: float) -> float | None:
    every = np.concatenate([np.empty(0), *(terms(part) for part in parts)])
    return None if len(every) == 0 else math.sqrt(float(np.mean(every**2)) / scale)
