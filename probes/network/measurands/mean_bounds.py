# SPDX-License-Identifier: Apache-2.0
"""Bounds for the mean of an autocorrelated series from sums per second: batch means (L. Schmeiser, Oper. Res. 30, 1982)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy import special

BATCHES = 20


def mean_bounds(
    seconds: npt.NDArray[np.int64], alpha: Fraction, beta: Fraction
) -> tuple[float, float, float, float] | None:
    """(mean, lower at beta, upper at alpha, effective n) from rows (second, number, sum); None below 20 seconds with data.

    The record is cut into 20 stretches of equally many seconds; a stretch's mean counts with its number of packets.
    """
    if len(seconds) < BATCHES:
        return None
    parts = [part[:, 1:].sum(axis=0) for part in np.array_split(seconds, BATCHES)]
    number, total = np.array(parts, np.float64).T
    mean = float(total.sum() / number.sum())
    deviations = (total - mean * number) * BATCHES / number.sum()
    error = float(np.sqrt((deviations**2).sum() / (BATCHES * (BATCHES - 1))))
    lower = mean - float(special.stdtrit(BATCHES - 1, 1 - float(beta))) * error
    upper = mean + float(special.stdtrit(BATCHES - 1, 1 - float(alpha))) * error
    return mean, lower, upper, float(BATCHES)
