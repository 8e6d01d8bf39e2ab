# SPDX-License-Identifier: Apache-2.0
"""From numbers to a part of a verdict: each statistic with the request's own risks, its lacks and what would mend them.

The bound towards PASS holds at risk alpha, the one towards FAIL at beta (:attr:`Request.risk_above`, ``risk_below``).
Nothing here decides: :func:`harness.kit.parts.every` joins the parts and decide.py judges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Protocol, SupportsIndex

from harness.errors import StatisticsError
from harness.kit import advice
from harness.kit.parts import Part, Real, absent
from harness.kit.words import Catalogue
from harness.model import Lack, Need, Reason, Side
from harness.plugins import Request
from harness.stats import before_after, binomial, bursts, reliability
from harness.stats import quantile as ranks
from harness.stats import ratio as ratios
from harness.stats.before_after import Counts
from harness.stats.inputs import Values
from harness.stats.quantile import Ranked

WORDS, CONSTANTS = Catalogue("harness", "estimates"), Catalogue("harness", "constants")


class _Told(Protocol):
    """What statistics say beside a bound."""

    @property
    def missing(self) -> Reason | None:
        """Why a bound is None."""

    @property
    def need(self) -> Need | None:
        """What would give it."""


def _lacks(found: _Told) -> tuple[Lack, ...]:
    return () if found.missing is None else (Lack(found.missing),)


def proportion(x: SupportsIndex, n: SupportsIndex, ask: Request, label: str = "") -> Part:
    """Share of ``n`` independent trials in which ``x`` events came, exact (Clopper-Pearson); StatisticsError for n = 0."""
    events, trials = int(x), int(n)
    lower, upper = binomial.lower(x, n, ask.risk_below), binomial.upper(x, n, ask.risk_above)
    need = advice.for_share(events, trials, (lower, upper), ask)
    return Part(label, Fraction(events, trials), lower, upper, trials, float(trials), need=need)


def bursty(
    table: Mapping[int, int],
    n: SupportsIndex,
    ask: Request,
    longest: Real | None = None,
    label: str = "",
    *,
    good: bool = False,
    constant: str = "longest_credible_burst",
) -> Part:
    """Share of ``n`` trials lost in the bursts of ``table`` {length: number}; ``good``: the share that was not lost.

    ``longest``: the declared worst burst L0; without it fewer than ten bursts leave PASS open (harness.stats.bursts), and the
    need says how ``constant`` is declared.
    """
    above, below = (ask.risk_below, ask.risk_above) if good else (ask.risk_above, ask.risk_below)
    longest, told = _believed(longest, max(table, default=0), constant, ("packets" if "burst" in constant else ""))
    high, low = bursts.bounds(table, n, above, longest), bursts.bounds(table, n, below, longest)
    part = replace(_lost(high, low.lower, int(n), label, good=good), remarks=told)
    if high.missing is not None:
        return replace(part, need=advice.to_declare(ask, constant, max(table, default=0)))
    if longest is None:
        return part
    return replace(part, need=advice.for_bursts(table, int(n), longest, (low.lower, high.upper), ask, good=good))


def unavailable(
    durations: Sequence[float],
    observed: Real,
    ask: Request,
    longest: Real | None = None,
    label: str = "",
    *,
    good: bool = False,
) -> Part:
    """Share of the time ``observed`` spent in outages of ``durations`` (same unit); ``good``: the share without outage."""
    above, below = (ask.risk_below, ask.risk_above) if good else (ask.risk_above, ask.risk_below)
    longest, told = _believed(longest, max(durations, default=0.0), "longest_credible_outage", "s")
    high = bursts.unavailability(durations, observed, above, longest)
    low = bursts.unavailability(durations, observed, below, longest)
    part = replace(_lost(high, low.lower, len(durations), label, good=good), remarks=told)
    if high.missing is not None:
        return replace(part, need=advice.to_declare(ask, "longest_credible_outage", max(durations, default=0.0), "s"))
    return part


def _believed(longest: Real | None, seen: Real, name: str, unit: str) -> tuple[Real | None, tuple[Reason, ...]]:
    """The declared worst event, unless a worse one was seen: then none is declared, and it is told."""
    if longest is None or seen <= longest * _ROUNDED:
        return longest, ()
    facts = {"held": f"{float(longest):g} {unit}".strip(), "seen": f"{float(seen):g} {unit}".strip()}
    return None, (CONSTANTS.reason("contradicted", constant=name, **facts),)


_ROUNDED = 1 + 1e-9
"""Sums of floats differ by so much from what they mean."""


def _lost(high: bursts.BurstBounds, lower: float, n: int, label: str, *, good: bool) -> Part:
    part = Part(label, high.value, lower, high.upper, n, high.n_eff, _lacks(high), high.need)
    return complement(part) if good else part


def complement(part: Part) -> Part:
    """One minus the share: the bounds change places, what is missing stays."""
    value, lower, upper = (None if each is None else 1 - each for each in (part.value, part.upper, part.lower))
    return replace(part, value=value, lower=lower, upper=upper)


def quantile(ranked: Ranked, q: Real, ask: Request, label: str = "") -> Part:
    """The q-quantile of independent trials by order statistics; too few of them leave the verdict open and say how many."""
    high, low = ranks.bounds(ranked, q, ask.risk_above), ranks.bounds(ranked, q, ask.risk_below)
    lacks, need = _few(ranked.n, q, ask, known=(low.lower is not None, high.upper is not None))
    return Part(label, high.value, low.lower, high.upper, ranked.n, float(ranked.n), lacks, need)


def _few(n: int, q: Real, ask: Request, known: tuple[bool, bool]) -> tuple[tuple[Lack, ...], Need | None]:
    """What is missing when the bound towards PASS does not exist: at least ln(risk)/ln(q) trials (ISO 16269-6)."""
    above = ask.limit is None or ask.limit.upper
    if known[1 if above else 0]:
        return (), None
    risk, tail = (ask.risk_above, float(q)) if above else (ask.risk_below, 1 - float(q))
    least = math.ceil(math.log(float(risk)) / math.log(tail))
    share = f"{float(q) * 100:.6g} %"
    lack = WORDS.lack("few-trials", n=n, share=share, least=least)
    return (lack,), Need(WORDS.text("trials-wanted", least=least, n=n), "pass", "trials", least)


_SIGNED = range(6, 501)
"""Pairs with which the signed-rank test can see anything at the usual risk and its exact distribution is quick to have."""
BATCHES = 20
"""Stretches that a mean in time is taken from; fewer steps than that give no bounds."""


def mean(totals: Values, counts: Values, ask: Request, label: str = "") -> Part:
    """Mean of values that depend on their neighbours: rows (sum, number) in time order, 20 batch means, Student's t.

    A stretch counts with its number of values. StatisticsError below 20 rows.
    """
    import numpy as np
    from scipy import special

    total, number = np.asarray(totals, np.float64), np.asarray(counts, np.float64)
    if len(total) < BATCHES:
        msg = f"{len(total)} steps with data are too few for a mean with bounds."
        raise StatisticsError(msg, cure=f"record at least {BATCHES} steps.")
    sums, sizes = (np.array([part.sum() for part in np.array_split(each, BATCHES)]) for each in (total, number))
    value = float(sums.sum() / sizes.sum())
    deviations = (sums - value * sizes) * BATCHES / sizes.sum()
    error = float(np.sqrt((deviations**2).sum() / (BATCHES * (BATCHES - 1))))
    low, high = (
        float(special.stdtrit(BATCHES - 1, 1 - float(risk))) * error for risk in (ask.risk_below, ask.risk_above)
    )
    return Part(label, value, value - low, value + high, int(number.sum()), float(BATCHES))


def rate(events: SupportsIndex, exposure: Real, ask: Request, label: str = "") -> Part:
    """Events over exposure (node-hours, months), exact Poisson bounds; StatisticsError for an exposure of zero."""
    lower = reliability.rate(events, exposure, ask.risk_below).lower
    upper = reliability.rate(events, exposure, ask.risk_above).upper
    return Part(label, int(events) / float(exposure), lower, upper, int(events), float(int(events)))


def ratio(a: Values, b: Values, ask: Request, label: str = "") -> Part:
    """Ratio of the means of paired runs by Fieller's bounds; a denominator not told from zero leaves the verdict open."""
    high, low = ratios.fieller(a, b, ask.risk_above), ratios.fieller(a, b, ask.risk_below)
    return Part(label, high.value, low.lower, high.upper, high.n, float(high.n), _lacks(high), high.need)


def census(count: int, rows: int, label: str = "") -> Part:
    """A count over all ``rows``: nothing was sampled, so the bounds are the value."""
    return Part(label, count, count, count, rows, float(rows))


def longest(durations: Values, label: str = "") -> Part:
    """The longest of what happened: a fact of this record, its bounds are the value; zero when nothing happened."""
    value = max((float(each) for each in durations), default=0.0)
    return Part(label, value, value, value, len(durations), float(len(durations)))


def change(before: Values, after: Values, ask: Request, label: str = "", *, rise: bool = False) -> Part:
    """By what share the mean of the same units fell (``rise``: rose), by Fieller's bounds of the ratio of their means.

    Beside it stands Wilcoxon's signed-rank test at the limit; where it does not see what is proven, one pair may carry the
    result and that is told. StatisticsError where every unit changed by the same share: such values were computed.
    """
    if len(after) < 2:
        return absent(label, _few_pairs(len(after)))
    high, low = (ratios.fieller(after, before, risk) for risk in _ratio_risks(ask, rise=rise))
    told = {"ratio": high.value}
    if min(*before, *after) > 0:
        told["geometric_ratio"] = before_after.log_ratio(before, after, 0.05).value or 0.0
    part = Part(label, None, None, None, high.n, float(high.n), _lacks(high), high.need)
    part = _moved((high.value, low.lower, high.upper), part, rise=rise)
    limit = None if ask.limit is None else ask.limit.quantity.to("1")
    if limit is None or (not rise and limit >= 1) or high.n > _SIGNED.stop:
        return replace(part, diagnostics=told)
    p = before_after.paired(before, after, 1 + limit if rise else 1 - limit, ask.risk_below).p_wilcoxon
    alone = part.lower is not None and part.lower >= limit and high.n in _SIGNED and p > 2 * ask.risk_below
    return replace(part, remarks=(WORDS.reason("one-pair"),) if alone else (), diagnostics={**told, "signed_rank_p": p})


def change_of_logs(before: Values, after: Values, ask: Request, label: str = "", *, rise: bool = False) -> Part:
    """The same by the geometric mean of the units' own ratios, t bounds of their logarithms; all values above zero."""
    if len(after) < 2:
        return absent(label, _few_pairs(len(after)))
    high, low = (before_after.log_ratio(before, after, risk) for risk in _ratio_risks(ask, rise=rise))
    return _moved((high.value, low.lower, high.upper), Part(label, None, None, None, high.n, float(high.n)), rise=rise)


def change_beside(
    before: tuple[Values, Values], after: tuple[Values, Values], ask: Request, label: str = "", *, rise: bool = False
) -> Part:
    """The same for (units, control group): what happened to the control group is divided out (Welch's t on logarithms)."""
    fewest = min(map(len, after))
    if fewest < 2:
        return absent(label, _few_pairs(fewest))
    high, low = (
        before_after.net_of_control(before[0], after[0], before[1], after[1], risk)
        for risk in _ratio_risks(ask, rise=rise)
    )
    return _moved((high.value, low.lower, high.upper), Part(label, None, None, None, high.n, float(high.n)), rise=rise)


def change_of_rate(before: Counts, after: Counts, ask: Request, label: str = "", *, rise: bool = False) -> Part:
    """By what share the events per exposure fell, with the scatter that the projects of each side show among themselves.

    One project a side says nothing about scatter and leaves the verdict open on both sides, and so does no event at all.
    """
    if not any((*before.events, *after.events)):
        return absent(label, WORDS.lack("no-event", Side.BOTH))
    high, low = (before_after.scattered_ratio(after, before, risk) for risk in _ratio_risks(ask, rise=rise))
    lacks = () if high.freedom else (WORDS.lack("no-scatter", Side.BOTH),)
    if high.value is None:
        lacks = (*lacks, WORDS.lack("nothing-before", Side.BOTH))
    remarks = (_scatter(high.dispersion or 0.0),) if high.inflation > 1 else ()
    told = {"dispersion": high.dispersion, "freedom": high.freedom, "events_after": sum(map(int, after.events))}
    part = Part(label, None, None, None, high.n, high.n / high.inflation, lacks, remarks=remarks, diagnostics=told)
    return _moved((high.value, low.lower, high.upper), part, rise=rise)


def _ratio_risks(ask: Request, *, rise: bool) -> tuple[Fraction, Fraction]:
    """Risks of the ratio's upper and lower bound: the upper bound of a ratio is the lower bound of a fall."""
    return (ask.risk_above, ask.risk_below) if rise else (ask.risk_below, ask.risk_above)


def _moved(ratio: tuple[Real | None, Real | None, Real | None], part: Part, *, rise: bool) -> Part:
    """``part`` with value and bounds of the ratio after/before as a rise, else as a fall."""
    value, low, high = (
        None if each is None or math.isinf(each) else (each - 1 if rise else 1 - each) for each in ratio
    )
    return replace(part, value=value, lower=low if rise else high, upper=high if rise else low)


def _scatter(dispersion: float) -> Reason:
    return WORDS.reason("scatter", dispersion=float(f"{dispersion:.3g}"))


def _few_pairs(count: int) -> Lack:
    return WORDS.lack("few-pairs", Side.BOTH, count=count)
