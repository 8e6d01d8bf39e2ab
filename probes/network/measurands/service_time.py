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
from fractions import Fraction
from typing import Any

from harness.effort import Effort
from harness.kit import estimates
from harness.kit.contradictions import contradicted
from harness.kit.listings import Listing
from harness.kit.parts import Part, absent, every, least
from harness.model import About, Outcome, Side
from harness.plugins import Request, Shown
from harness.stats import reliability
from harness.stats.quantile import Sample
from probes.network.digests.node import PAUSE_NS, Node, joined
from probes.network.digests.paths import INTERRUPTION_NS, down_after, nanoseconds
from probes.network.measurands import figures, window
from probes.network.measurands.journey import along, off_track, place_columns, placed
from probes.network.measurands.view import Evidence, preconditions, remarks, sparse
from probes.network.measurands.words import WORDS, facts, listing, names

_S_NS, _MS_NS, _HOUR_S = 10**9, 10**6, 3600
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without answers: last answered probe before it, length, both ns."""

    node: Node
    at_ns: int
    length_ns: int


Statistic = Callable[["_Service", Request], Part]


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


def _in_service(view: Evidence, request: Request, statistic: Statistic, named: tuple[str, str]) -> Outcome:
    """Each terminal for itself; of the window nothing is sampled, and what was not watched counts as down."""
    told, link = remarks(view, request), _link(request)
    invalid = preconditions(view, request, losses=True, times=True)
    if link is None:
        invalid = (WORDS.reason("no-survival-time"), *invalid)
    if invalid or link is None:
        return Outcome(None, invalid=invalid, remarks=told)
    found = [_service(node, link, view) for node in joined(view.answering)]
    found = [each for each in found if each.watched_s]
    if not found:
        return Outcome(None, lacks=(WORDS.lack("too-short", Side.BOTH),), remarks=told)
    asked = request.among(len(view.members))
    parts = [
        replace(part, lacks=(*sparse(view, link), *part.lacks), effort=each.effort)
        for each in found
        for part in (statistic(each, asked),)
    ]
    unit, method = named
    process = request.about is About.PROCESS
    outcome = every(
        [*parts, *window.silent(view)],
        request,
        unit,
        WORDS.text(f"{method}-of-events" if process else method),
        high_is_worse=False,
    )
    lacks = (*outcome.lacks, *(window.stretches(view, request) if process else ()))
    terminals = len({(node.address, node.port) for node in view.members})
    effort = {**least(part.effort for part in parts), "terminals": terminals}
    return replace(outcome, remarks=(*outcome.remarks, *told), lacks=lacks, effort=effort, window=window.whole(view))


@dataclass(frozen=True, slots=True)
class _Service:
    """One terminal: outages (s), time watched (s), its window (s), time in service for sure (s), and how often watching paused.

    ``unsure_s``: by how much the length of an outage may be overstated. ``asked``: probes sent, over ``span_ns``.
    """

    label: str
    down: tuple[float, ...]
    watched_s: float
    window_s: float
    served_s: float
    pauses: int
    unsure_s: float
    asked: int
    span_ns: int

    @property
    def effort(self) -> dict[str, Effort]:
        return {
            "duration": window.time(window.watched(self.span_ns, self.asked)),
            "coverage": Fraction(min(self.watched_s, self.window_s)) / Fraction(self.window_s or 1.0),
        }


def _service(node: Node, link: int, view: Evidence) -> _Service:
    sent, answered, whole = node.sent[link], node.answered[link], window.whole(view) or (0, 0)
    starts, stops = answered.gaps_within(sent)
    lengths = stops - starts
    down = (lengths[lengths > link] - link) / _S_NS
    watched, first, last = int(sent.lengths.sum()), int(sent.start[0]), int(sent.stop[-1])
    late = (first - whole[0] > PAUSE_NS) + (whole[1] - last > PAUSE_NS)
    return _Service(
        node.label,
        tuple(down.tolist()),
        watched / _S_NS,
        window.length(first, last, whole) / _S_NS,
        (int(answered.lengths.sum()) + link * int((lengths > link).sum())) / _S_NS,
        len(sent) - 1 + late,
        2 * watched / max(1, node.n - 1) / _S_NS,
        node.n,
        last - first,
    )


def _available(each: _Service, request: Request) -> Part:
    """Of the window exactly; of the system by its outages and the declared longest one."""
    told: dict[str, Any] = {"outages": len(each.down), "down_s": math.fsum(each.down), "watched_s": each.watched_s}
    if request.about is About.PROCESS:
        longest = window.time(round(max(each.down, default=0.0) * _S_NS))
        asked, remark = contradicted(request, "longest_credible_outage", longest)
        declared = asked.constant("longest_credible_outage")
        worst = None if declared is None else min(float(declared.to("s")), each.watched_s)
        part = estimates.unavailable(each.down, each.watched_s, asked, worst, each.label, good=True)
        lower = None if part.lower is None else max(0.0, part.lower)
        return replace(part, lower=lower, remarks=remark, diagnostics=told)
    value = 1 - math.fsum(each.down) / each.watched_s
    lower = min(value, each.served_s / each.window_s)
    upper = 1 - math.fsum(max(0.0, length - each.unsure_s) for length in each.down) / each.window_s
    return Part(each.label, value, lower, max(value, upper), len(each.down), 1.0, diagnostics=told)


def _between_failures(each: _Service, request: Request) -> Part:
    """Without any failure the value is the time in service itself, and there is no upper bound.

    Of the window: time in service over failures, a stretch that was not watched being one.
    """
    hours, n = (each.watched_s - math.fsum(each.down)) / _HOUR_S, len(each.down)
    told: dict[str, Any] = {"failures": n, "in_service_h": hours}
    if request.about is About.PROCESS:
        low, high = (reliability.mtbf(n, hours, risk) for risk in (request.risk_below, request.risk_above))
        value = hours if low.value is None else low.value
        return Part(each.label, value, low.lower, high.upper, n, float(n), diagnostics=told)
    value, upper = hours / max(1, n), hours / n if n else None
    return Part(each.label, value, hours / max(1, n + each.pauses), upper, n, float(n), diagnostics=told)


def _interrupted(view: Evidence, request: Request, part: Callable[[Sequence[float]], Part], method: str) -> Outcome:
    """A statistic of the lengths in ms of all interruptions longer than the threshold."""
    invalid, told = preconditions(view, request, losses=True, times=True), (*remarks(view, request), *off_track(view))
    if invalid:
        return Outcome(None, invalid=invalid, remarks=told)
    over = _over(request)
    lengths = sorted(gap.length_ns / _MS_NS for gap in gaps(view.answering, over))
    seen = part(lengths)
    facts_told = {"interruptions": len(lengths), "interval_ms": view.interval_ns / _MS_NS}
    seen = replace(seen, lacks=(*sparse(view, over), *seen.lacks), diagnostics=facts_told)
    outcome = every([seen, *window.silent(view)], request, "ms", WORDS.text(method))
    effort = least(window.effort(view, node, request) for node in view.answering)
    return replace(outcome, remarks=told, effort=effort, window=window.whole(view))


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
