# SPDX-License-Identifier: Apache-2.0
"""network.kpi: 5G 网络掉线率 from tables that others kept: operator counters, drive tests. Never a packet loss ratio. Pure.

``counter-ratio``: abnormal releases over sessions carried, as network management systems print it: (hand-over-out
failures + releases by radio link failure + other abnormal ones) / (carried over + set up + handed in).
``drive-test``: drops over successful set-ups; a long call counts as one set-up for every 90 s.
``retainability``: abnormal releases with data in a buffer per hour of session time (the form of 3GPP TS 28.554 §6.5.1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from harness.model import Estimate, Figure, Outcome, Text
from harness.plugins import Input, Request
from harness.stats import binomial, reliability
from probes.network.measurands import sentences
from probes.network.traces.counters import CALL_S, CARRIED, RELEASES, Counters


class _Found(NamedTuple):
    """A statistic with its bounds; ``n``: what it is out of."""

    value: float
    unit: str
    n: int
    lower: float
    upper: float
    method: str


def kpi(inputs: Sequence[Input], request: Request) -> Outcome:
    """The drop rate by the reading's statistic: counter-ratio, drive-test or retainability."""
    found = [each.summary for each in inputs if isinstance(each.summary, Counters)]
    compute = _STATISTICS.get(request.reading.statistic)
    if compute is None:
        return Outcome(None, invalid=(sentences.NO_RULE,))
    totals = sum((each.totals for each in found), Counter[str]())
    seen = compute(totals, request)
    if seen is None:
        return Outcome(None, missing=(sentences.NO_COUNTERS,))
    estimate = Estimate(
        value=seen.value,
        unit=seen.unit,
        n=seen.n,
        n_eff=float(seen.n),
        lower=seen.lower,
        upper=seen.upper,
        confidence=1 - max(request.alpha, request.beta),
        method=seen.method,
        diagnostics={"rows": sum(each.rows for each in found), **dict(sorted(totals.items()))},
    )
    return Outcome(estimate, remarks=(sentences.SUPPLIED,), figures=(_table(totals),), listing=dict(totals))


def _ratio(drops: int, sessions: int, request: Request, method: str) -> _Found | None:
    if not sessions or drops > sessions:
        return None
    lower = binomial.lower(drops, sessions, request.beta)
    return _Found(drops / sessions, "1", sessions, lower, binomial.upper(drops, sessions, request.alpha), method)


def _counter_ratio(totals: Mapping[str, int], request: Request) -> _Found | None:
    drops, carried = sum(totals[key] for key in RELEASES), sum(totals[key] for key in CARRIED)
    return _ratio(drops, carried, request, "abnormal releases over sessions carried, Clopper-Pearson")


def _drive_test(totals: Mapping[str, int], request: Request) -> _Found | None:
    method = f"drops over successful set-ups ({CALL_S} s of a long call count as one), Clopper-Pearson"
    return _ratio(totals["drops"], totals["calls"], request, method)


def _retainability(totals: Mapping[str, int], request: Request) -> _Found | None:
    hours, releases = totals["session_seconds"] / 3600, totals["active_releases"]
    if not hours:
        return None
    lower = reliability.rate(releases, hours, request.beta).lower
    upper = reliability.rate(releases, hours, request.alpha).upper
    return _Found(
        releases / hours, "/h", releases, lower, upper, "releases per hour of session time, exact Poisson bounds"
    )


def _table(totals: Mapping[str, int]) -> Figure:
    columns = [Text("计数项", "Counter"), Text("合计", "Total")]
    rows = [[name, number] for name, number in sorted(totals.items())]
    return Figure("table", Text("计数器合计", "Sums of the counters"), "", {"columns": columns, "rows": rows})


_STATISTICS: Mapping[str, Callable[[Mapping[str, int], Request], _Found | None]] = {
    "counter-ratio": _counter_ratio,
    "drive-test": _drive_test,
    "retainability": _retainability,
}
