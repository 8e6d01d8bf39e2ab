# SPDX-License-Identifier: Apache-2.0
"""How much a sample of a slowly varying quantity says: autocovariance, integrated autocorrelation time, batch means.

Long series stay fast and small: the autocovariance is computed only up to the lags that are asked for, by FFT over
blocks of bounded size.
"""

from __future__ import annotations

import math

import numpy as np

from harness.errors import StatisticsError
from harness.stats import special
from harness.stats.inputs import Array, Values, finite

_BLOCK = 1 << 16


def autocovariance(values: Values, lags: int) -> Array:
    """Autocovariances at lags 0..``lags`` about the sample mean, divided by n at every lag (as R's acf), shape (lags + 1,)."""
    column = finite(values, "the series", 2)
    if not 0 <= lags < len(column):
        msg = f"lag {lags} of a series of {len(column)} values."
        raise StatisticsError(msg, cure="ask for a lag below the length of the series.")
    return _lagged(column - column.mean(), lags)


def integrated_time(values: Values) -> float:
    """Integrated autocorrelation time tau in samples, at least 1: the variance of the mean is tau times that of independence.

    Geyer's initial positive sequence (Statistical Science 7, 1992, 473): 2 sum_m (g(2m) + g(2m+1)) / g(0) - 1, summed while
    the pairs are positive. StatisticsError for a constant series, which says nothing about its own correlation.
    """
    column = finite(values, "the series", 2)
    centred = column - column.mean()
    _refuse_constant(column)
    lags = min(1023, len(column) - 1)
    while True:
        covariance = _lagged(centred, lags)
        pairs = covariance[: (lags + 1) // 2 * 2].reshape(-1, 2).sum(axis=1)
        ends = np.flatnonzero(pairs <= 0)
        if len(ends) or lags == len(column) - 1:
            break
        lags = min(4 * lags + 3, len(column) - 1)
    kept = pairs[: ends[0]] if len(ends) else pairs
    return max(1.0, 2 * math.fsum(kept) / float(covariance[0]) - 1)


def batch_means(values: Values, batches: int) -> Array:
    """Means of ``batches`` equal consecutive batches, the incomplete tail dropped, shape (batches,)."""
    column = finite(values, "the series", batches)
    size = len(column) // batches
    return np.asarray(column[: size * batches].reshape(batches, size).mean(axis=1))


def student_penalty(batches: int, level: float) -> float:
    """(z_alpha / t_alpha,k-1)^2: what a variance known from only k batches costs in degrees of freedom."""
    return float((special.ndtri(level) / special.stdtrit(batches - 1, level)) ** 2)


def _refuse_constant(column: Array) -> None:
    if (column == column[0]).all():
        msg = f"all {len(column)} values are {column[0]:g}: a frozen instrument looks like this."
        raise StatisticsError(msg, cure="check that the instrument was updating; record a varying quantity.")


def _lagged(centred: Array, lags: int) -> Array:
    """Sums of products at lags 0..lags over n, by FFT over blocks: memory is bounded by the block, not by n."""
    block = min(len(centred), max(_BLOCK, 2 * lags))
    size = 1 << (block + lags - 1).bit_length()
    total = np.zeros(lags + 1)
    for start in range(0, len(centred), block):
        ahead = np.fft.rfft(centred[start : start + block + lags], size)
        here = np.fft.rfft(centred[start : start + block], size)
        total += np.fft.irfft(ahead * here.conj(), size)[: lags + 1]
    return total / len(centred)
