# SPDX-License-Identifier: Apache-2.0
"""``service.availability``: the share of the time in which the service answered.

Of the window, requests at Poisson moments are draws of it, judged by that design. Requests at equal intervals see every outage
that lasts an interval or longer, and only those are meant: one lasted at least from its first failed request to its last, at
most from the answer before to the answer after, and nothing is sampled. What was planned and not asked counts as failed.
Of the service itself the outages are a sample, of which the longest credible one is declared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from harness.kit import estimates
from harness.kit.parts import Part, absent, every
from harness.model import About, Lack, Outcome, Side
from harness.plugins import Request
from harness.quantity import Quantity
from probes.service.digests import rows as columns
from probes.service.formats.words import WORDS
from probes.service.measurands.view import S_NS, Service, View, answered, between, effort, finished, label, lacks

LONGEST_INTERVAL = "1 min"
"""Between requests at equal intervals, where neither scenario nor profile says less: shorter outages are failed requests."""
_ROUNDED = 1.001


@dataclass(frozen=True, slots=True)
class Watched:
    """Seconds watched, and of each outage the least and the most it can have lasted."""

    seconds: float
    least: tuple[float, ...]
    most: tuple[float, ...]


def available(view: View, request: Request) -> Outcome:
    """The share of the time without outage, of the window or of the service."""
    parts = [_part(view, each, request) for each in view.services]
    method = WORDS.text(f"method-availability-{request.about}")
    return finished(every(parts, request, "1", method, high_is_worse=False), view)


def _part(view: View, service: Service, request: Request) -> Part:
    name, asked = label(view, service), request.among(len(view.services))
    drawn = request.about is About.WINDOW and {str(each.about.get("arrivals")) for each in service.runs} == {"poisson"}
    told = lacks(service, request, random=drawn)
    found = watched(service, request.constant("answer_within"))
    if not found.seconds:
        return absent(name, *(told or (WORDS.lack("no-requests", Side.BOTH),)))
    if drawn:
        part = _drawn(service, asked)
    else:
        told = (*told, *_seldom(service, request))
        part = _counted(service, found) if request.about is About.WINDOW else _of_process(found, asked)
    lacking = (*part.lacks, *told)
    return replace(part, label=name, n=len(service.rows), lacks=lacking, effort=effort(service, request))


def _drawn(service: Service, asked: Request) -> Part:
    """The share of moments at which a request was answered; one of unknown fate, or never made, counts against either verdict."""
    fine, sure = service.good(asked), ~columns.unfinished(service.rows)
    answered = int(fine.sum())
    worst = estimates.proportion(answered, len(fine) + _unasked(service), asked)
    best = estimates.proportion(answered, int(sure.sum()), asked) if sure.any() else worst
    return between(worst, best, upward=False)


def _counted(service: Service, found: Watched) -> Part:
    """What happened, between the least and the most that each outage can have lasted."""
    intervals = [float(np.diff(np.sort(each.rows["due"])).mean()) / S_NS for each in service.runs if len(each.rows) > 1]
    unasked = _unasked(service) * max(intervals, default=0.0)
    whole_s = found.seconds + unasked
    most = min(whole_s, math.fsum(found.most) + unasked)
    lower, upper = 1 - most / whole_s, 1 - min(math.fsum(found.least), found.seconds) / found.seconds
    return Part("", lower, lower, upper, len(service.rows), float(len(service.rows)))


def _of_process(found: Watched, asked: Request) -> Part:
    credible = asked.constant("longest_credible_outage")
    worst = None if credible is None else min(float(credible.to("s")), found.seconds)
    high = estimates.unavailable(found.most, found.seconds, asked, worst, good=True)
    low = estimates.unavailable(found.least, found.seconds, asked, worst, good=True)
    return replace(high, upper=low.upper)


def _unasked(service: Service) -> int:
    """Requests that were planned and are not in the trace."""
    return sum(max(0, each.planned - len(each.rows)) for each in service.sessions)


def _seldom(service: Service, request: Request) -> tuple[Lack, ...]:
    """Why an outage that counts may have gone unseen: nothing was asked for longer than the interval allows."""
    interval = request.constant("probe_interval", LONGEST_INTERVAL)
    gaps = [np.diff(np.sort(each.rows["due"])) for each in service.runs if len(each.rows) > 1]
    longest = max((float(each.max()) for each in gaps), default=0.0) / S_NS
    if interval is None or longest <= _ROUNDED * float(interval.to("s")):
        return ()
    return (WORDS.lack("probed-too-seldom", declared=interval, found=round(longest, 3)),)


def of_window(service: Service) -> dict[str, float | int | None]:
    """The share of the time, and how many outages: what ``yanshou analyse service`` prints."""
    found = watched(service, None)
    asked = len(service.rows) + _unasked(service)
    if not found.seconds:
        return {"share": None, "upper": None, "outages": 0}
    if {str(each.about.get("arrivals")) for each in service.runs} == {"poisson"}:
        answers = int(answered(service.rows, None).sum())
        return {"share": answers / asked, "upper": None, "outages": len(found.most)}
    part = _counted(service, found)
    share, upper = (None if each is None else float(each) for each in (part.lower, part.upper))
    return {"share": share, "upper": upper, "outages": len(found.most)}


def watched(service: Service, within: Quantity | None) -> Watched:
    """What the runs of one endpoint saw."""
    seconds, least, most = 0.0, list[float](), list[float]()
    for run in service.runs:
        rows = np.sort(run.rows, order="due")
        due, fine = rows["due"] / S_NS, answered(rows, within)
        if len(due) < 2:
            continue
        seconds += float(due[-1] - due[0])
        edges = np.flatnonzero(np.diff(np.concatenate(([False], ~fine, [False])).astype(np.int8)))
        for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            before, after = float(due[max(0, first - 1)]), float(due[min(len(due) - 1, stop)])
            most.append(max(after - before, 1e-9))
            least.append(max(float(due[stop - 1] - due[first]), 1e-9))
    return Watched(seconds, tuple(least), tuple(most))
