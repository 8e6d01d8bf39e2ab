# SPDX-License-Identifier: Apache-2.0
"""Has something changed by the promised share? Paired means at a target ratio, log ratios, and ratios of event rates.

"Cost down 25 %" for the same products before and after: d = after - 0.75 before, one-sided t on the mean of d. The bounds
of the ratio itself are Fieller's (:func:`harness.stats.ratio.fieller`): they exclude the target exactly when t does.
Without a control group a verdict says "change observed", never "caused".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from scipy import special

from harness.errors import StatisticsError
from harness.stats import binomial
from harness.stats.inputs import Array, Real, Values, count, finite, positive, risk


@dataclass(frozen=True, slots=True)
class Paired:
    """d = after - target * before over n pairs: mean with one-sided bounds at 1 - alpha each, and Student's t.

    ``p_below``: p-value of the claim mean(d) < 0 (the share fell below the target). ``p_wilcoxon``, ``median``: two-sided
    signed-rank test and Hodges-Lehmann estimate as a check that one pair does not carry the result.
    """

    n: int
    mean: float
    lower: float
    upper: float
    t: float
    p_below: float
    p_wilcoxon: float
    median: float


@dataclass(frozen=True, slots=True)
class Change:
    """A ratio after / before with one-sided bounds at level 1 - alpha each; ``upper`` None: nothing counted before."""

    value: float | None
    lower: float
    upper: float | None
    n: int


def paired(before: Values, after: Values, target: Real, alpha: Real) -> Paired:
    """Test after = ``target`` * before on pairs of the same unit; ``before``, ``after`` shape (n,), 2 <= n <= 2000.

    StatisticsError for unequal lengths, constant differences, or more pairs (aggregate first).
    """
    old, new = _pairs(before, after)
    level, share = risk(alpha), positive(target, "the target ratio")
    d = new - share * old
    n, mean = len(d), math.fsum(d) / len(d)
    error = math.sqrt(math.fsum((d - mean) ** 2) / (n * (n - 1)))
    if error == 0:
        raise StatisticsError("all differences are equal.", cure="check that the pairs were measured independently.")
    half = float(-special.stdtrit(n - 1, level)) * error
    p = float(special.stdtr(n - 1, mean / error))
    return Paired(n, mean, mean - half, mean + half, mean / error, p, signed_rank(d), hodges_lehmann(d))


def log_ratio(before: Values, after: Values, alpha: Real) -> Change:
    """Geometric mean of after/before with bounds exp(t interval of the logs); every value must be positive."""
    old, new = _pairs(before, after)
    if (old <= 0).any() or (new <= 0).any():
        raise StatisticsError(
            "a value is zero or negative.", cure="use Fieller's ratio of means instead of logarithms."
        )
    logs = np.log(new / old)
    n, mean = len(logs), math.fsum(logs) / len(logs)
    error = math.sqrt(math.fsum((logs - mean) ** 2) / (n * (n - 1)))
    if error == 0:
        raise StatisticsError("all ratios are equal.", cure="check that the pairs were measured independently.")
    half = float(-special.stdtrit(n - 1, risk(alpha))) * error
    return Change(math.exp(mean), math.exp(mean - half), math.exp(mean + half), n)


def rate_ratio(
    after: SupportsIndex, exposure_after: Real, before: SupportsIndex, exposure_before: Real, alpha: Real
) -> Change:
    """Rate after over rate before from event counts and exposures (months, orders), conditional on their sum.

    pi ~ Clopper-Pearson of after/(after + before); ratio = pi/(1 - pi) * E_before/E_after. StatisticsError without events.
    """
    scale = positive(exposure_before, "the exposure before") / positive(exposure_after, "the exposure after")
    x1, x0 = count(after, "the events after"), count(before, "the events before")
    if x1 + x0 == 0:
        raise StatisticsError("no event before and none after.", cure="observe longer: nothing can be compared yet.")
    low, high = binomial.bounds(x1, x1 + x0, alpha)
    upper = None if x0 == 0 else high / (1 - high) * scale
    return Change(x1 / x0 * scale if x0 else None, low / (1 - low) * scale if low < 1 else math.inf, upper, x1 + x0)


def rate_ratio_p(
    after: SupportsIndex, exposure_after: Real, before: SupportsIndex, exposure_before: Real, target: Real
) -> float:
    """p-value of the claim "the rate ratio is below ``target``" (exact, conditional on the sum of the counts)."""
    e1, e0 = positive(exposure_after, "the exposure after"), positive(exposure_before, "the exposure before")
    odds = positive(target, "the target ratio") * e1 / e0
    return binomial.cumulative(
        after, count(after, "the events after") + count(before, "the events before"), odds / (1 + odds)
    )


def signed_rank(differences: Values) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test, exact given the (mid)ranks, zeros dropped; 1 when all are zero."""
    d = finite(differences, "the differences")
    d = d[d != 0]
    if len(d) == 0:
        return 1.0
    ranks = _doubled_midranks(np.abs(d))
    chances = np.ones(1)
    for rank in ranks:
        shifted = np.concatenate([np.zeros(rank), chances])
        shifted[: len(chances)] += chances
        chances = shifted / 2
    observed = int(ranks[d > 0].sum())
    tail = min(math.fsum(chances[: observed + 1]), math.fsum(chances[observed:]))
    return min(1.0, 2 * tail)


def hodges_lehmann(differences: Values) -> float:
    """Median of all pairwise means (d_i + d_j)/2, i <= j: the estimate that belongs to the signed-rank test."""
    d = finite(differences, "the differences")
    i, j = np.triu_indices(len(d))
    return float(np.median((d[i] + d[j]) / 2))


def _pairs(before: Values, after: Values) -> tuple[Array, Array]:
    old, new = finite(before, "the values before", 2), finite(after, "the values after", 2)
    if len(old) != len(new):
        msg = f"{len(old)} values before and {len(new)} after are no pairs."
        raise StatisticsError(msg, cure="pass the same units before and after, in the same order.")
    if len(old) > 2000:
        msg = f"{len(old)} pairs are samples, not units."
        raise StatisticsError(msg, cure="aggregate to one value a product, line or month.")
    return old, new


def _doubled_midranks(sizes: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Twice the average ranks, whole numbers even with ties."""
    _, group, times = np.unique(sizes, return_inverse=True, return_counts=True)
    ends = np.cumsum(times)
    return np.asarray((2 * ends - times + 1)[group], dtype=np.int64)
