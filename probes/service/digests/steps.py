# SPDX-License-Identifier: Apache-2.0
"""Whether a service holds its objective at one load, looked at several times while the load is on, and which load comes next.

Requests share a queue, so bad answers come in bursts and their number says less than it seems. PASS takes the bound of Fay and
Feuer with a worst credible burst that the record itself tells: the integrated autocorrelation time of the latencies, in
requests, which grows with the queue long before an answer is bad (short records are allowed for). FAIL takes Student's t of
batch means. A record shorter than fifty of those times proves nothing good (docs/decisions/0023-largest-load.md).

Each load is looked at ``LOOKS`` times and at most ``tests`` loads are tried; the risk is shared among all looks of all loads, and
at one load only one of the two claims can be wrong, so that a search errs with the stated risk at most.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.stats import bursts
from harness.stats.autocorrelation import integrated_time
from probes.service.digests import rows
from probes.service.digests.rows import Rows

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
LOOKS = (Fraction(1, 4), Fraction(1, 2), Fraction(1))
"""Shares of the planned requests at which a load is judged."""
WARM_UP = Fraction(1, 10)
"""Share of the planned requests at the start that is left out: an empty queue flatters."""
BATCHES = 20
TIMES = 50
"""Autocorrelation times that a record has to last before it proves anything good."""
_SHORT = 20.0
"""Correction of the time for short records: tau (1 + 20 tau / n), as harness.stats.rms."""
_CREDIBLE = 1.5
"""The worst credible burst in autocorrelation times (seeded simulations of five queues in tests/probes/service)."""
_JOIN = 5
"""Bad answers with fewer good ones between them belong together."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one load came to: PASS, FAIL or open ("") at the ``look``-th look; shares of good answers; ``tau`` in requests."""

    verdict: str
    look: int
    n: int
    share: float
    lower: float
    upper: float
    tau: float


def tests(rates: int) -> int:
    """Loads that a search among ``rates`` tries at most."""
    return 2 * max(1, math.ceil(math.log2(rates + 1)))


def looks(planned: int) -> list[int]:
    """After how many requests a load is judged."""
    return [math.ceil(planned * each) for each in LOOKS]


def meets(asked: Rows, ttft_ns: int, tpot_ns: int) -> Bools:
    """Which requests were answered whole within both times; an answer of one token has no second time to meet."""
    alone = (asked["tokens"] > 0) & (asked["tokens"] <= asked["choices"])
    in_time = (rows.tpot_ns(asked) <= tpot_ns) | alone
    return np.asarray(rows.good(asked) & (rows.ttft_ns(asked) <= ttft_ns) & in_time)


def judged(good: Bools, series: Sequence[Floats], planned: int, least: Fraction, risk: Fraction) -> Step:
    """The first look that decides, over requests in the order in which they were due; else the last one that there was.

    ``series``: latencies of the same requests, as far as they are known; ``least``: share of good answers; ``risk``: of one load.
    """
    found = Step("", 0, 0, 0.0, 0.0, 1.0, 1.0)
    skipped = math.floor(planned * WARM_UP)
    for number, count in enumerate(looks(planned), 1):
        if count > len(good):
            break
        part = slice(skipped, count)
        found = _look(good[part], [each[part] for each in series], least, risk / len(LOOKS), number)
        if found.verdict:
            break
    return found


def _look(good: Bools, series: Sequence[Floats], least: Fraction, risk: Fraction, number: int) -> Step:
    bad = ~good
    n = len(bad)
    share = float(good.mean()) if n else 0.0
    if n < 2 * BATCHES:
        return Step("", number, n, share, 0.0, 1.0, 1.0)
    tau = max(_time(each) for each in (*series, bad.astype(np.float64)))
    credible = max(1.0, _CREDIBLE * tau * (1 + _SHORT * tau / n))
    high = bursts.bounds(_bursts(bad), n, risk, credible).upper if n >= TIMES * tau else None
    lower = 0.0 if high is None else max(0.0, 1 - high)
    upper = min(1.0, 1 - _lowest(bad, risk))
    verdict = "PASS" if lower >= least else "FAIL" if upper < least else ""
    return Step(verdict, number, n, share, lower, upper, tau)


def _time(values: Floats) -> float:
    known = np.isfinite(values)
    filled = np.where(known, values, values[known].max() if known.any() else 0.0)
    try:
        return max(1.0, integrated_time(filled))
    except StatisticsError:  # all alike: nothing depends on anything
        return 1.0


def _bursts(bad: Bools) -> dict[int, int]:
    """Lengths of bursts, and how many of each there are."""
    at = np.flatnonzero(bad)
    if not at.size:
        return {}
    cuts = np.flatnonzero(np.diff(at) > _JOIN) + 1
    lengths = np.diff(np.concatenate(([0], cuts, [at.size])))
    each, many = np.unique(lengths, return_counts=True)
    return dict(zip(each.tolist(), many.tolist(), strict=True))


def _lowest(bad: Bools, risk: Fraction) -> float:
    """Lower bound of the share of bad answers by batch means."""
    from scipy import special

    means = np.array([part.mean() for part in np.array_split(bad, BATCHES)])
    error = float(means.std(ddof=1)) / math.sqrt(BATCHES)
    return max(0.0, float(means.mean()) - float(special.stdtrit(BATCHES - 1, 1 - float(risk))) * error)


def following(found: Mapping[int, str], rates: int) -> int | None:
    """The load to try next, as a place among ``rates`` ascending ones; None when the search is over.

    ``found``: the verdict of each place that was tried. By bisection first the largest load that holds, where what is open
    counts as not held; then the smallest that does not hold, where what is open counts as held.
    """
    low = max((at for at, verdict in found.items() if verdict == "PASS"), default=-1)
    high = min((at for at, verdict in found.items() if verdict != "PASS" and at > low), default=rates)
    if (middle := (low + high) // 2) > low:
        return middle
    high = min((at for at, verdict in found.items() if verdict == "FAIL"), default=rates)
    low = max((at for at, verdict in found.items() if verdict != "FAIL" and at < high), default=-1)
    return middle if (middle := (low + high) // 2) > low else None
