# SPDX-License-Identifier: Apache-2.0
"""``service.availability``: the share of the time in which the service answered, from regular requests.

An outage is a run of failed requests. It lasted at least from the first failed one to the last, at most from the last answer
before to the first answer after; what nobody watched is no time at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from harness.kit import estimates
from harness.kit.parts import Part, absent, every
from harness.model import Outcome, Side
from harness.plugins import Request
from probes.service.formats.words import WORDS
from probes.service.measurands.view import S_NS, Service, View, effort, finished, good, label, lacks


@dataclass(frozen=True, slots=True)
class Watched:
    """Seconds watched, and of each outage the least and the most it can have lasted."""

    seconds: float
    least: tuple[float, ...]
    most: tuple[float, ...]


def available(view: View, request: Request) -> Outcome:
    """The share of the time without outage, with the declared longest credible one."""
    parts = [_part(view, each, request) for each in view.services]
    return finished(every(parts, request, "1", WORDS.text("method-availability"), high_is_worse=False), view)


def _part(view: View, service: Service, request: Request) -> Part:
    name, told = label(view, service), lacks(service, request, random=False)
    found = watched(service, request)
    if not found.seconds:
        return absent(name, *(told or (WORDS.lack("no-requests", Side.BOTH),)))
    interval = request.constant("probe_interval")
    gaps = [np.diff(np.sort(each.rows["due"])) for each in service.runs if len(each.rows) > 1]
    longest = max((float(each.max()) for each in gaps if len(each)), default=0.0) / S_NS
    if interval is not None and longest > 1.5 * float(interval.to("s")):
        told = (*told, WORDS.lack("probed-too-seldom", declared=interval, found=round(longest, 3)))
    credible = request.constant("longest_credible_outage")
    worst = None if credible is None else min(float(credible.to("s")), found.seconds)
    asked = request.among(len(view.services))
    high = estimates.unavailable(found.most, found.seconds, asked, worst, good=True)
    low = estimates.unavailable(found.least, found.seconds, asked, worst, good=True)
    part = replace(high, upper=low.upper, n=len(service.rows))
    return replace(part, label=name, lacks=(*part.lacks, *told), effort=effort(service, request))


def watched(service: Service, request: Request) -> Watched:
    """What the runs of one endpoint saw."""
    seconds, least, most = 0.0, list[float](), list[float]()
    for run in service.runs:
        rows = np.sort(run.rows, order="due")
        due, fine = rows["due"] / S_NS, good(rows, request)
        if len(due) < 2:
            continue
        seconds += float(due[-1] - due[0])
        edges = np.flatnonzero(np.diff(np.concatenate(([False], ~fine, [False])).astype(np.int8)))
        for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            before, after = float(due[max(0, first - 1)]), float(due[min(len(due) - 1, stop)])
            most.append(max(after - before, 1e-9))
            least.append(max(float(due[stop - 1] - due[first]), 1e-9))
    return Watched(seconds, tuple(least), tuple(most))
