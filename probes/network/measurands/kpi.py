# SPDX-License-Identifier: Apache-2.0
"""network.kpi: 5G 网络掉线率 from tables that others kept: operator counters, drive tests. Never a packet loss ratio. Pure.

``counter-ratio``: abnormal releases over sessions carried, as network management systems print it: (hand-over-out
failures + releases by radio link failure + other abnormal ones) / (carried over + set up + handed in).
``drive-test``: drops over successful set-ups; a long call counts as one set-up for every 90 s.
Both sides of a ratio are needed of every table: what was not found is no zero.
``retainability``: abnormal releases with data in a buffer per hour of session time (the form of 3GPP TS 28.554 §6.5.1).

Counters of a network count the window whole, so of the window there is no sampling error, only a denominator that must be able
to show a violation. Calls of a drive test are a sample of a route, whatever the verdict speaks of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce

from harness.effort import Effort
from harness.kit import estimates
from harness.kit.figures import Table
from harness.kit.parts import Part, every
from harness.model import About, Outcome, Side, Text
from harness.plugins import Ask, Input, Request, Shown
from harness.quantity import Quantity
from probes.network.measurands import window
from probes.network.measurands.words import WORDS, head, listing
from probes.network.traces.counters import CALL_S, CALLS, CARRIED, PARTS, RELEASES, WHOLE, Counters


def view(inputs: Sequence[Input], ask: Ask) -> Counters:  # noqa: ARG001 - the interface of every view
    """The sums over all tables; an indicator may read packets beside them, for its other readings."""
    return reduce(
        Counters.merge, (each.summary for each in inputs if isinstance(each.summary, Counters)), Counters.none()
    )


def counter_ratio(seen: Counters, request: Request) -> Outcome:
    """Abnormal releases over sessions carried."""
    drops, carried = (sum(seen.totals[key] for key in keys) for keys in (RELEASES, CARRIED))
    carried *= seen.tell(((WHOLE,), PARTS), CARRIED)
    part = None
    if carried and drops <= carried:
        whole = _counted(Fraction(drops, carried), carried, (carried, "1"), request)
        part = whole or estimates.proportion(drops, carried, request)
    return _judged(seen, request, part, ("1", WORDS.text("method-counter-ratio")), {"trials": carried})


def drive_test(seen: Counters, request: Request) -> Outcome:
    """Drops over successful set-ups."""
    method = WORDS.text("method-drive-test", seconds=CALL_S)
    calls, drops = seen.totals["calls"] * seen.tell((("drops",),), CALLS), seen.totals["drops"]
    part = estimates.proportion(drops, calls, request) if calls and drops <= calls else None
    return _judged(seen, request, part, ("1", method), {"trials": calls})


def retainability(seen: Counters, request: Request) -> Outcome:
    """Releases with data in a buffer per hour of session time."""
    seconds, releases = seen.totals["session_seconds"], seen.totals["active_releases"]
    seconds *= seen.tell((("active_releases",),), ("session_seconds",))
    hours = seconds / 3600
    part = None
    if hours:
        whole = _counted(releases / hours, releases, (hours, "/h"), request)
        part = whole or estimates.rate(releases, hours, request)
    named = ("/h", WORDS.text("method-retainability"))
    return _judged(seen, request, part, named, {"node-time": Quantity(Fraction(seconds), "s")})


def _counted(value: float | Fraction, n: int, denominator: tuple[float, str], request: Request) -> Part | None:
    """The figure of a window that was counted whole: its bounds are the value. None of the system, of which it is a sample."""
    if request.about is not About.WINDOW:
        return None
    units, unit = denominator
    return Part("", value, value, value, n, float(units), *window.rate_of(units, unit, request))


def show(seen: Counters, _outcome: Outcome, _request: Request) -> Shown:
    """The sums of the counters."""
    rows = [(head(name), number) for name, number in sorted(seen.totals.items())]
    table = Table(WORDS.text("figure-counters"), [head("counter"), head("total")], rows)
    return Shown((table,), (listing("counters", (("counter", ""), ("total", "")), rows),))


def _judged(
    seen: Counters, request: Request, part: Part | None, named: tuple[str, Text], effort: Mapping[str, Effort]
) -> Outcome:
    if part is None:
        return Outcome(None, lacks=(WORDS.lack("no-counters", Side.BOTH),), remarks=seen.remarks)
    found = {"counters-with-holes": sorted(seen.holes), "counters-strange": sorted(seen.strange)}
    doubts = (WORDS.lack(key, count=len(names), names=names) for key, names in found.items() if names)
    lacks = (*part.lacks, *doubts)
    part = replace(
        part, lacks=lacks, diagnostics={"rows": seen.rows, **dict(sorted(seen.totals.items()))}, effort=effort
    )
    unit, method = named
    return replace(every([part], request, unit, method), remarks=(WORDS.reason("supplied-by-client"), *seen.remarks))
