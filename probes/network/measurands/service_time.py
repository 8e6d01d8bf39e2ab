# SPDX-License-Identifier: Apache-2.0
"""Readings of time in service: network.availability (3GPP TS 22.104 with survival time) and network.mobility (interruptions).

A message is missing when it brought no answer within the waiting time. The service is down from the moment a gap between
answered messages outlasts transfer interval plus survival time, so a gap g costs g minus both; an interruption is the
whole gap. Where probing itself paused, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.kit import estimates
from harness.kit.listings import Listing
from harness.kit.parts import Part, absent, every
from harness.model import Outcome, Side
from harness.plugins import Request, Shown
from harness.stats import reliability
from harness.stats.quantile import Sample
from probes.network.digests.node import Node
from probes.network.digests.paths import INTERRUPTION_NS, down_after, nanoseconds
from probes.network.measurands import figures
from probes.network.measurands.journey import along, off_track, place_columns, placed
from probes.network.measurands.view import Evidence, preconditions, remarks, sparse, unheard
from probes.network.measurands.words import WORDS, facts, listing, names

_S_NS, _MS_NS, _HOUR_S = 10**9, 10**6, 3600
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without answers: last answered probe before it, length, both ns."""

    node: Node
    at_ns: int
    length_ns: int


Downtime = Callable[[Sequence[float], float, Request], Part]


def availability(view: Evidence, request: Request) -> Outcome:
    """Share of time in which the service delivered."""
    return _in_service(view, request, _available, ("1", "method-availability"))


def between_failures(view: Evidence, request: Request) -> Outcome:
    """Mean time between failures in h."""
    return _in_service(view, request, _between_failures, ("h", "method-between-failures"))


def show_availability(view: Evidence, outcome: Outcome, request: Request) -> Shown:
    """A table of nodes, the silent ones, and every outage."""
    link = None if outcome.estimate is None else _link(request)
    outages = [] if link is None else _listed(gaps(view.answering, link), link)
    return Shown((figures.node_table(view.nodes),), (_gaps("outages", outages), names("silent", view.mute)))


def longest_interruption(view: Evidence, request: Request) -> Outcome:
    """The longest interruption in ms: a census of the drive, exact up to one probing interval."""
    over = _over(request)

    def part(lengths: Sequence[float]) -> Part:
        longest = estimates.longest(lengths)
        return longest if lengths else replace(longest, upper=over / _MS_NS)  # none was longer than that

    return _interrupted(view, request, part, "method-longest-gap")


def interruption_quantile(view: Evidence, request: Request) -> Outcome:
    """A quantile of the lengths of the interruptions, ms."""

    def part(lengths: Sequence[float]) -> Part:
        if not lengths:
            return absent("", WORDS.lack("no-interruption", Side.BOTH))
        return estimates.quantile(Sample(lengths), request.share("q", "95 %"), request)

    return _interrupted(view, request, part, "method-interruptions")


def show_mobility(view: Evidence, outcome: Outcome, request: Request) -> Shown:
    """Every interruption with its place, a table of nodes, and where the drive was slow."""
    if outcome.invalid:
        return Shown((figures.node_table(view.nodes),), (names("silent", view.mute),))
    over = _over(request)
    found = gaps(view.answering, over)
    breaks = [
        {**each, **placed(view.track, gap.at_ns, gap.length_ns)}
        for each, gap in zip(_listed(found, 0), found[:_MOST], strict=True)
    ]
    pictures, lists = along(view, [gap.at_ns for gap in found])
    own = (
        _gaps("interruptions", breaks, place_columns(view.track)),
        facts("threshold", {"over_ms": over / _MS_NS}),
        names("silent", view.mute),
    )
    return Shown((figures.node_table(view.nodes), *pictures), (*own, *lists))


def gaps(nodes: Sequence[Node], link_ns: int) -> list[Gap]:
    """Every gap between answers longer than ``link_ns`` while the node was being probed, in order of time."""
    found = []
    for node in nodes:
        starts, stops = node.answered[link_ns].gaps_within(node.sent[link_ns])
        long = stops - starts > link_ns
        pairs = zip(starts[long].tolist(), (stops - starts)[long].tolist(), strict=True)
        found += [Gap(node, at, length) for at, length in pairs]
    return sorted(found, key=lambda gap: (gap.at_ns, gap.node.label))


def _in_service(view: Evidence, request: Request, downtime: Downtime, named: tuple[str, str]) -> Outcome:
    told, link = remarks(view), _link(request)
    invalid = preconditions(view, request, losses=True)
    if link is None:
        invalid = (WORDS.reason("no-survival-time"), *invalid)
    if invalid or link is None:
        return Outcome(None, invalid=invalid, remarks=told)
    watched = sum(int(node.sent[link].lengths.sum()) for node in view.answering) / _S_NS
    if not watched:
        return Outcome(None, lacks=(WORDS.lack("too-short", Side.BOTH),), remarks=told)
    part = downtime([(gap.length_ns - link) / _S_NS for gap in gaps(view.answering, link)], watched, request)
    part = replace(part, lacks=(*sparse(view, link), *part.lacks, *unheard(view)))
    unit, method = named
    return replace(every([part], request, unit, WORDS.text(method), high_is_worse=False), remarks=told)


def _available(down: Sequence[float], watched: float, request: Request) -> Part:
    declared = request.constant("longest_credible_outage")
    longest = None if declared is None else declared.to("s")
    part = estimates.unavailable(down, watched, request, longest, good=True)
    told = {"outages": len(down), "down_s": math.fsum(down), "watched_s": watched}
    lower = None if part.lower is None else max(0.0, part.lower)
    return replace(part, lower=lower, diagnostics=told)


def _between_failures(down: Sequence[float], watched: float, request: Request) -> Part:
    """Without any failure the value is the time in service itself, and there is no upper bound."""
    hours, n = (watched - math.fsum(down)) / _HOUR_S, len(down)
    low, high = (reliability.mtbf(n, hours, risk) for risk in (request.risk_below, request.risk_above))
    told = {"failures": n, "in_service_h": hours}
    return Part("", hours if low.value is None else low.value, low.lower, high.upper, n, float(n), diagnostics=told)


def _interrupted(view: Evidence, request: Request, part: Callable[[Sequence[float]], Part], method: str) -> Outcome:
    """A statistic of the lengths in ms of all interruptions longer than the threshold."""
    invalid, told = preconditions(view, request, losses=True), (*remarks(view), *off_track(view))
    if invalid:
        return Outcome(None, invalid=invalid, remarks=told)
    over = _over(request)
    lengths = sorted(gap.length_ns / _MS_NS for gap in gaps(view.answering, over))
    seen = part(lengths)
    facts_told = {"interruptions": len(lengths), "interval_ms": view.interval_ns / _MS_NS}
    seen = replace(seen, lacks=(*sparse(view, over), *seen.lacks, *unheard(view)), diagnostics=facts_told)
    return replace(every([seen], request, "ms", WORDS.text(method)), remarks=told)


def _link(request: Request) -> int | None:
    """Transfer interval plus survival time in ns; None where no survival time is given."""
    given = {**request.reading.parameters, **request.declared}
    return down_after(given) if "survival_time" in given else None


def _over(request: Request) -> int:
    given = request.constant("interruption_over")
    return INTERRUPTION_NS if given is None else nanoseconds(given)


def _listed(found: Sequence[Gap], link_ns: int) -> list[dict[str, Any]]:
    return [
        {
            "node": gap.node.label,
            "address": gap.node.address,
            "at_ns": gap.at_ns,
            "length_ms": (gap.length_ns - link_ns) / _MS_NS,
        }
        for gap in found[:_MOST]
    ]


def _gaps(key: str, rows: Sequence[Mapping[str, Any]], more: Sequence[tuple[str, str]] = ()) -> Listing:
    return listing(key, (("node", ""), ("address", ""), ("at_ns", "ns"), ("length_ms", "ms"), *more), rows)
