# SPDX-License-Identifier: Apache-2.0
"""Values that were asked for, node by node and register by register, as signals: a bad status or an old source time proves nothing."""

from __future__ import annotations

from harness.kit.lines import Session
from probes.plant.digests.listening import taken
from probes.plant.digests.signals import Gathering, Signals, Source
from probes.plant.wire import payloads

_END_NS = 1 << 63


def polled(session: Session, kind: str) -> Signals:
    """Rows ``{t, place, value, taken, good}`` or ``{t, place, failed}``; a row that is none counts as damaged."""
    gathering, first, last, breaks, damaged = Gathering(kind), 0, 0, 0, 0
    newest: dict[str, int] = {}
    before: dict[str, int] = {}
    for row in session:
        try:
            at = int(row["t"])
            if not 0 <= at < _END_NS:
                raise ValueError  # noqa: TRY301 - a row of no time is none
            first, last = min(first or at, at), max(last, at)
            if "place" not in row:
                breaks += bool(row.get("down"))
                continue
            source = Source(str(row["place"]))
            gathering.messages += 1
            if "failed" in row:
                gathering.nothing(source, "silent")
                continue
            stated, value = int(row.get("taken") or 0), row["value"]
            said = payloads.single(value)
            if row.get("good") is not True:
                gathering.nothing(source, "bad")
            elif value is None or not said.readable:
                gathering.nothing(source, "unreadable")
            elif not said.values:
                gathering.nothing(source, "alive")  # a text that says the time, a sum, or that somebody is there
            elif stated and (stated <= newest.get(source.place, 0) or stated == before.get(source.place)):
                gathering.nothing(source, "alive")  # the same sample read once more is no new value
            else:
                newest[source.place] = min(stated, at)  # a clock that ran ahead once makes nothing old afterwards
                before[source.place] = stated
                gathering.values(source, taken(at, stated), said.values)
        except (KeyError, TypeError, ValueError, OverflowError):
            damaged += 1
    spans = ((first, last),) if first else ()
    return gathering.done(spans, damaged=damaged + session.damaged, breaks=breaks)
