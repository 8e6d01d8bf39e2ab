# SPDX-License-Identifier: Apache-2.0
"""Experience points while they are looked at: registered so far, visited and entered so far. Pure."""

from __future__ import annotations

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.immersive.measurands.live import View as Visited
from probes.immersive.measurands.points import View as Registered
from probes.immersive.traces.words import POINTS, VISITS


def registered(view: Registered, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Points whose proofs are in order, and by name those that lack one."""
    del outcome, request
    if not view.items:
        return ()
    good = sum(each.counts for each in view.items)
    told = [Line(POINTS.text("now-title"), POINTS.text("now", good=good, all=len(view.items)))]
    bad = tuple(each.point.name for each in view.items if each.faults)
    if bad:
        told.append(Line(POINTS.text("now-refused-title"), POINTS.text("now-names", count=len(bad)), True, bad))
    return tuple(told)


def visited(view: Visited, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Visits so far, points that went well at each of them, and those that did not by name."""
    del outcome, request
    if not view.places:
        return ()
    visits = sum(len(each.visits) for each in view.places)
    good = sum(each.counts for each in view.places)
    told = [Line(VISITS.text("now-title"), VISITS.text("now-visits", visits=visits, good=good, all=len(view.places)))]
    for key, names in (
        ("now-faults-title", tuple(each.name for each in view.places if each.faults)),
        ("now-doubts-title", tuple(each.name for each in view.places if each.doubts and not each.faults)),
    ):
        told += [Line(VISITS.text(key), VISITS.text("now-names", count=len(names)), True, names)] if names else []
    return tuple(told)
