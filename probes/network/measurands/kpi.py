# SPDX-License-Identifier: Apache-2.0
"""network.kpi: 5G 网络掉线率 from tables that others kept: operator counters, drive tests. Never a packet loss ratio. Pure.

``counter-ratio``: abnormal releases over sessions carried, as network management systems print it: (hand-over-out
failures + releases by radio link failure + other abnormal ones) / (carried over + set up + handed in).
``drive-test``: drops over successful set-ups; a long call counts as one set-up for every 90 s.
Both sides of a ratio are needed of every table: what was not found is no zero.
``retainability``: abnormal releases with data in a buffer per hour of session time (the form of 3GPP TS 28.554 §6.5.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from harness.kit import estimates
from harness.kit.figures import Table
from harness.kit.parts import Part, every
from harness.model import Outcome, Side, Text
from harness.plugins import Ask, Input, Request, Shown
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
    return _ratio(seen, request, drops, carried, WORDS.text("method-counter-ratio"))


def drive_test(seen: Counters, request: Request) -> Outcome:
    """Drops over successful set-ups."""
    method = WORDS.text("method-drive-test", seconds=CALL_S)
    calls = seen.totals["calls"] * seen.tell((("drops",),), CALLS)
    return _ratio(seen, request, seen.totals["drops"], calls, method)


def retainability(seen: Counters, request: Request) -> Outcome:
    """Releases with data in a buffer per hour of session time."""
    hours, releases = seen.totals["session_seconds"] / 3600, seen.totals["active_releases"]
    hours *= seen.tell((("active_releases",),), ("session_seconds",))
    part = estimates.rate(releases, hours, request) if hours else None
    return _judged(seen, request, part, ("/h", WORDS.text("method-retainability")))


def show(seen: Counters, _outcome: Outcome, _request: Request) -> Shown:
    """The sums of the counters."""
    rows = [(head(name), number) for name, number in sorted(seen.totals.items())]
    table = Table(WORDS.text("figure-counters"), [head("counter"), head("total")], rows)
    return Shown((table,), (listing("counters", (("counter", ""), ("total", "")), rows),))


def _ratio(seen: Counters, request: Request, drops: int, sessions: int, method: Text) -> Outcome:
    known = sessions and drops <= sessions
    part = estimates.proportion(drops, sessions, request) if known else None
    return _judged(seen, request, part, ("1", method))


def _judged(seen: Counters, request: Request, part: Part | None, named: tuple[str, Text]) -> Outcome:
    if part is None:
        return Outcome(None, lacks=(WORDS.lack("no-counters", Side.BOTH),), remarks=seen.remarks)
    part = replace(part, diagnostics={"rows": seen.rows, **dict(sorted(seen.totals.items()))})
    unit, method = named
    return replace(every([part], request, unit, method), remarks=(WORDS.reason("supplied-by-client"), *seen.remarks))
