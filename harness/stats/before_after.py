# SPDX-License-Identifier: Apache-2.0
"""Has something changed by the promised share? Paired means at a target ratio, log ratios, and ratios of event rates.

"Cost down 25 %" for the same products before and after: d = after - 0.75 before, one-sided t on the mean of d. The bounds
of the ratio itself are Fieller's (:func:`harness.stats.ratio.fieller`): they exclude the target exactly when t does.
Events counted in several projects or months scatter more than Poisson allows where one cause makes many of them:
:func:`scattered_ratio` measures that and widens its bounds. Without a control group a verdict says "change observed",
never "caused"; with one, :func:`net_of_control` divides what happened anyway out of the change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, SupportsIndex

import numpy as np

from harness.errors import StatisticsError
from harness.stats import binomial, special
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


_ALIKE = 1e-12
"""Standard errors of logarithms below it are rounding of floats, not scatter."""
REGRESSION = 0.1
"""How far apart in log(after/before) the best unit and the worst have to be before regression to the mean is suspected."""


class Counts(NamedTuple):
    """Events of every project, line or month (whole numbers) and the exposure of each (floor area, months, orders)."""

    events: Values
    exposures: Values


@dataclass(frozen=True, slots=True)
class Scattered:
    """A rate ratio whose bounds allow for the scatter seen: ``dispersion`` is 1 for Poisson, ``freedom`` its degrees.

    ``inflation``: so many events tell as much as one independent event would. Bounds are None without freedom.
    """

    value: float | None
    lower: float | None
    upper: float | None
    n: int
    dispersion: float | None
    freedom: int
    inflation: float


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
    logs = _logs(before, after)
    n, mean = len(logs), math.fsum(logs) / len(logs)
    error = math.sqrt(math.fsum((logs - mean) ** 2) / (n * (n - 1)))
    if error < _ALIKE:
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


def scattered_ratio(after: Counts, before: Counts, alpha: Real) -> Scattered:
    """Rate after over rate before, conditional on the sum, with the dispersion that the projects themselves show.

    phi = Pearson's chi-square over its df = (n1 - 1) + (n0 - 1), each side about its own rate; counts are divided by
    max(1, phi (t_df/z)^2) before Clopper-Pearson, so that the bounds are never closer than :func:`rate_ratio`'s.
    StatisticsError without events, or for an exposure that is not positive.
    """
    sides = [_cells(*after, "after"), _cells(*before, "before")]
    (x1, e1), (x0, e0) = ((math.fsum(x), math.fsum(e)) for x, e in sides)
    plain, level = rate_ratio(int(x1), e1, int(x0), e0, alpha), risk(alpha)
    freedom = sum(len(x) - 1 for x, _ in sides if x.any())
    if not freedom:
        return Scattered(plain.value, None, None, plain.n, None, 0, 1.0)
    phi = math.fsum(_pearson(x, e) for x, e in sides if x.any()) / freedom
    inflation = max(1.0, phi * float(special.stdtrit(freedom, level) / special.ndtri(level)) ** 2)
    if inflation == 1:
        return Scattered(plain.value, plain.lower, plain.upper, plain.n, phi, freedom, inflation)
    scale, x1, x0 = e0 / e1, x1 / inflation, x0 / inflation
    low = float(special.betaincinv(x1, x0 + 1, level)) if x1 else 0.0
    high = float(special.betainccinv(x1 + 1, x0, level)) if x0 else 1.0
    lower = low / (1 - low) * scale if low < 1 else math.inf
    return Scattered(
        plain.value, lower, high / (1 - high) * scale if high < 1 else None, plain.n, phi, freedom, inflation
    )


def net_of_control(before: Values, after: Values, other_before: Values, other_after: Values, alpha: Real) -> Change:
    """Geometric mean of after/before over that of a control group, bounds by Welch's t on the logs.

    StatisticsError for fewer than two pairs in either group, or where all ratios of both are equal.
    """
    logs = [_logs(before, after), _logs(other_before, other_after)]
    means = [math.fsum(each) / len(each) for each in logs]
    squares = [
        math.fsum((each - mean) ** 2) / (len(each) * (len(each) - 1)) for each, mean in zip(logs, means, strict=True)
    ]
    if sum(squares) < _ALIKE**2:
        raise StatisticsError("all ratios are equal.", cure="check that the pairs were measured independently.")
    freedom = sum(squares) ** 2 / math.fsum(v * v / (len(each) - 1) for v, each in zip(squares, logs, strict=True))
    half, mean = float(-special.stdtrit(freedom, risk(alpha))) * math.sqrt(sum(squares)), means[0] - means[1]
    return Change(math.exp(mean), math.exp(mean - half), math.exp(mean + half), sum(map(len, logs)))


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


def regresses(before: Values, after: Values) -> bool:
    """Whether the units that were worst before changed most: what chance alone does when a bad period is the baseline.

    The slope of log(after/before) on log(before) is below zero (t, 5 %) and sets the best unit and the worst at least
    :data:`REGRESSION` apart. Values must be positive; fewer than four units say nothing.
    """
    logs, x = _logs(before, after), np.log(finite(before, "the values before"))
    spread = math.fsum((x - x.mean()) ** 2)
    if len(logs) < 4 or not spread:
        return False
    slope = math.fsum((x - x.mean()) * (logs - logs.mean())) / spread
    rest = math.fsum((logs - logs.mean() - slope * (x - x.mean())) ** 2)
    clear = slope * math.sqrt(spread * (len(logs) - 2)) < float(special.stdtrit(len(logs) - 2, 0.05)) * math.sqrt(rest)
    return bool(clear and -slope * float(np.ptp(x)) >= REGRESSION)


def _pairs(before: Values, after: Values) -> tuple[Array, Array]:
    old, new = finite(before, "the values before", 2), finite(after, "the values after", 2)
    if len(old) != len(new):
        msg = f"{len(old)} values before and {len(new)} after are no pairs."
        raise StatisticsError(msg, cure="pass the same units before and after, in the same order.")
    if len(old) > 2000:
        msg = f"{len(old)} pairs are samples, not units."
        raise StatisticsError(msg, cure="aggregate to one value a product, line or month.")
    return old, new


def _logs(before: Values, after: Values) -> Array:
    """The logarithms of after/before of every pair; StatisticsError where one is not positive."""
    old, new = _pairs(before, after)
    if (old <= 0).any() or (new <= 0).any():
        raise StatisticsError(
            "a value is zero or negative.", cure="use Fieller's ratio of means instead of logarithms."
        )
    logs: Array = np.log(new / old)
    return logs


def _cells(events: Values, exposures: Values, side: str) -> tuple[Array, Array]:
    x, e = finite(events, f"the events {side}"), finite(exposures, f"the exposures {side}")
    if len(x) != len(e):
        msg = f"{len(x)} counts and {len(e)} exposures {side} do not belong together."
        raise StatisticsError(msg, cure="pass one count and one exposure a project or month.")
    if (x < 0).any() or (x != np.floor(x)).any():
        msg = f"a count {side} is not a whole number."
        raise StatisticsError(msg, cure="count events; do not scale or average counts.")
    for each in e:
        positive(float(each), f"an exposure {side}")
    return x, e


def _pearson(x: Array, e: Array) -> float:
    """Chi-square of counts about their common rate."""
    expected = e * (math.fsum(x) / math.fsum(e))
    return math.fsum((x - expected) ** 2 / expected)


def _doubled_midranks(sizes: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Twice the average ranks, whole numbers even with ties."""
    _, group, times = np.unique(sizes, return_inverse=True, return_counts=True)
    ends = np.cumsum(times)
    return np.asarray((2 * ends - times + 1)[group], dtype=np.int64)
