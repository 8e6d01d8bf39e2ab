# SPDX-License-Identifier: Apache-2.0
"""Bounds for a loss ratio or an unavailability whose events come in bursts.

Fay and Feuer (Statistics in Medicine 16, 1997, 791): bursts arrive as a Poisson process, their lengths L_i have any
distribution, y = sum L_i, v = sum L_i^2, w = max(longest seen, L0 declared). The upper bound is safe while w is at
least the mean burst: seen from ten bursts on, or declared (L0, the worst credible burst). Clopper-Pearson alone
covers 49-70 % of the time on bursts of 5 to 100 packets (measured); the upper bound is the larger of the two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import SupportsIndex

from harness.errors import StatisticsError
from harness.kit.words import Catalogue
from harness.model import Need, Reason
from harness.stats import binomial, special
from harness.stats.inputs import Real, count, finite, nonnegative, positive, risk, share

WORDS = Catalogue("harness", "statistics")
ENOUGH = 10
"""Bursts from which the observed lengths speak for themselves (coverage simulations, docs/explanations/bursts.md)."""


@dataclass(frozen=True, slots=True)
class BurstBounds:
    """A lost share with its bounds, each one-sided at level 1 - alpha.

    ``upper`` is None, and ``missing`` and ``need`` are set, while the burst length is unknown (fewer than ten bursts
    and no L0). ``lower`` stands in any case: a FAIL proven by it is a FAIL, so pass ``missing`` on as a remark. ``n_eff``: independent trials that
    would say as much. ``worst``: the w of the formula. Lengths and ``total`` share one unit: packets, or seconds.
    """

    value: float
    lower: float
    upper: float | None
    total: float
    lost: float
    bursts: int
    longest: float
    worst: float
    n_eff: float
    missing: Reason | None = None
    need: Need | None = None


@dataclass(frozen=True, slots=True)
class Gilbert:
    """Gilbert's two-state chain fitted to a burst table: a description, never a verdict.

    ``p``: P(good -> bad) a packet, ``r``: P(bad -> good), ``mean_burst`` = 1/r packets, ``deff``: how many times
    more packets are needed than with independent loss.
    """

    p: float
    r: float
    loss: float
    mean_burst: float
    deff: float


def bounds(table: Mapping[int, int], n: SupportsIndex, alpha: Real, longest: Real | None = None) -> BurstBounds:
    """Loss ratio of ``n`` packets from ``table`` {burst length: how many}, with ``longest`` = L0 declared in packets.

    Upper: max(Fay-Feuer, Clopper-Pearson), at most 1; lower: Fay-Feuer. StatisticsError for contradictory counts.
    All lost is a loss of 1; whether the path existed at all is for the probe to say (INVALID).
    """
    total, level = count(n, "the number of packets", 1), risk(alpha)
    lengths = {count(k, "a burst length", 1): count(c, "a number of bursts") for k, c in table.items()}
    lost = sum(length * many for length, many in lengths.items())
    exact = binomial.upper(lost, total, level)
    return _bounds(_Moments.of(lengths), total, level, longest, exact)


def unavailability(durations: Sequence[float], observed: Real, alpha: Real, longest: Real | None = None) -> BurstBounds:
    """Share of ``observed`` time spent in outages of the given ``durations`` (same unit), ``longest`` = L0 declared.

    No outage and L0 declared: upper = 3.0 L0 / observed at 95 %. From which moment a bad second counts as an
    outage is the caller's declared parameter. StatisticsError for a duration <= 0 or more outage than observation.
    """
    total, level = positive(observed, "the observed time"), risk(alpha)
    times = finite(durations, "the outages") if len(durations) else finite([1.0], "none")[:0]
    if (times <= 0).any():
        raise StatisticsError("an outage lasts zero or less.", cure="check the order of its start and end.")
    moments = _Moments(len(times), math.fsum(times), math.fsum(times * times), float(max(times, default=0.0)))
    return _bounds(moments, total, level, longest, 0.0)


def gilbert(table: Mapping[int, int], n: SupportsIndex) -> Gilbert | None:
    """Gilbert's chain (loss 1 in the bad state) fitted to the burst table of ``n`` packets; None without any loss."""
    total = count(n, "the number of packets", 1)
    seen, lost = sum(table.values()), sum(length * many for length, many in table.items())
    if seen == 0 or lost >= total:
        return None
    p, r = seen / (total - lost), seen / lost
    deff = design_effect(min(p, 1 - 1e-12), r) if r < 1 else 1.0
    return Gilbert(p=p, r=r, loss=lost / total, mean_burst=lost / seen, deff=deff)


def design_effect(p: Real, r: Real, h: Real = 1.0) -> float:
    """Variance of the loss count over that of independent loss, Gilbert-Elliott chain with P(G->B) = p, P(B->G) = r, loss h in B.

    1 + 2 h^2 pi (1 - pi) / (P (1 - P)) * lam / (1 - lam), pi = p/(p+r), P = h pi, lam = 1 - p - r.
    """
    to_bad, to_good = share(p, "P(good -> bad)"), share(r, "P(bad -> good)")
    weight = positive(h, "the loss in the bad state")
    bad = to_bad / (to_bad + to_good)
    loss, memory = weight * bad, 1 - to_bad - to_good
    if weight > 1:
        msg = f"a loss share of {weight} in the bad state."
        raise StatisticsError(msg, cure="declare a share up to 1.")
    return 1 + 2 * weight**2 * bad * (1 - bad) / (loss * (1 - loss)) * memory / (1 - memory)


@dataclass(frozen=True, slots=True)
class _Moments:
    """Number, sum, sum of squares and maximum of the burst lengths."""

    bursts: int
    y: float
    v: float
    longest: float

    @classmethod
    def of(cls, table: Mapping[int, int]) -> _Moments:
        """Of a table {length: how many}, summed exactly as integers."""
        y = sum(length * many for length, many in table.items())
        v = sum(length * length * many for length, many in table.items())
        longest = max((length for length, many in table.items() if many), default=0)
        return cls(sum(table.values()), y, v, longest)


def _bounds(seen: _Moments, total: float, level: float, longest: Real | None, least: float) -> BurstBounds:
    declared = 0.0 if longest is None else nonnegative(longest, "the declared longest burst L0")
    if seen.y > total:
        msg = f"{seen.y:g} lost of {total:g} observed contradict each other."
        raise StatisticsError(msg, cure="count losses and trials over the same records.")
    known = declared > 0 or seen.bursts >= ENOUGH
    worst = max(seen.longest, declared)
    return BurstBounds(
        value=seen.y / total,
        lower=_lower(seen, level) / total,
        upper=min(1.0, max(least, _upper(seen, worst, level) / total)) if known else None,
        total=total,
        lost=seen.y,
        bursts=seen.bursts,
        longest=seen.longest,
        worst=worst,
        n_eff=total * (seen.y + worst) / (seen.v + worst**2) if worst else total,
        missing=None if known else _unknown(seen.bursts),
        need=None if known else _enough(),
    )


def _upper(seen: _Moments, w: float, level: float) -> float:
    """(v + w^2) / (2 (y + w)) * chi2inv(1 - alpha, 2 (y + w)^2 / (v + w^2)), in units of length.

    At least -ln(alpha) sqrt(v + w^2): at risks below 0.0125 a short burst added to a long w would otherwise lower
    the bound. At the usual risks this term never counts; with it, more loss never gives a smaller bound.
    """
    y, v = seen.y + w, seen.v + w * w
    gamma = float(v / y * special.gammainccinv(y * y / v, level))
    return max(gamma, -math.log(level) * math.sqrt(v))


def _lower(seen: _Moments, level: float) -> float:
    """V / (2 y) * chi2inv(alpha, 2 y^2 / v), in units of length; 0 without loss."""
    y, v = seen.y, seen.v
    return float(v / y * special.gammaincinv(y * y / v, level)) if y else 0.0


def _unknown(bursts: int) -> Reason:
    return WORDS.reason("burst_length_unknown", bursts=bursts, enough=ENOUGH)


def _enough() -> Need:
    return Need(WORDS.text("bursts-wanted", enough=ENOUGH), "pass", "bursts", ENOUGH)
