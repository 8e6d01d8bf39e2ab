# SPDX-License-Identifier: Apache-2.0
"""network.dropout: 5G 网络掉线率 from keep-alive probing on site; never a packet loss ratio.

A node that stays silent longer than T (``silent_after``, default 10 s) while it is being probed has dropped. A session
begins with a node's first answer and ends with a drop; when the node answers again, the next session begins. A pause of
probing begins no session and ends none, its time is not counted, and a session counts only once it was observable for T.
Where births and wills on an MQTT broker were recorded, a session is from birth to will or farewell, and a will is a drop.
Three statistics: drops per session, offline share of node-time, drops per hour of session time (the form of 3GPP TS 28.554
retainability), for each node, or for their pool where the reading says ``fleet: pool``.

Probing throughout sees every drop, so of the agreed window there is no sampling error: only what was not watched, which
counts against PASS. Of the system, what falls silent together is one event with many victims, and may be the whole site.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.effort import Effort
from harness.kit import estimates
from harness.kit.contradictions import contradicted
from harness.kit.listings import Listing
from harness.kit.parts import Part, absent, every, least
from harness.model import About, Lack, Outcome, Side
from harness.plugins import Ask, Input, Request, Shown
from probes.network.digests.node import PAUSE_NS, plain
from probes.network.digests.paths import SILENT_AFTER_NS, nanoseconds
from probes.network.measurands import figures, window
from probes.network.measurands.identities import one_each
from probes.network.measurands.view import Evidence, gather, no_answer, path, remarks, sparse
from probes.network.measurands.watches import Watch, by_broker, unnoticed, watch
from probes.network.measurands.words import WORDS, listing, names
from probes.network.traces.presence import Presence
from probes.network.traces.spans import Spans

_HOUR_NS = 3600 * 10**9
_S_NS = 10**9
_MOST = 1000
_WORST = 10


@dataclass(frozen=True, slots=True)
class View:
    """Everything that was probed, and what brokers told, by terminal."""

    evidence: Evidence
    told: Mapping[str, Watch]
    broker_losses: int


def view(inputs: Sequence[Input], ask: Ask) -> View:
    """Probes, births and wills of all inputs."""
    brokers = [each.summary for each in inputs if isinstance(each.summary, Presence)]
    return View(gather(inputs, ask), by_broker(brokers), sum(each.broker_losses for each in brokers))


def session_ratio(seen: View, request: Request) -> Outcome:
    """Drops over sessions begun."""

    def window_part(fleet: _Fleet) -> Part:
        drops, sessions = fleet.drops, max(1, fleet.sessions)
        lacks, need = window.rate_of(fleet.sessions, "1", request)
        value = Fraction(drops, sessions)
        upper = Fraction(min(sessions, drops + fleet.pauses), sessions)
        return Part(fleet.label, value, value, max(value, upper), sessions, float(sessions), lacks, need)

    def process_part(fleet: _Fleet) -> Part:
        sessions = max(1, fleet.sessions)
        return estimates.bursty(fleet.together(request), sessions, request, min(fleet.site, sessions), fleet.label)

    return _judged(seen, request, (window_part, process_part), ("1", "method-session-ratio"))


def offline_time(seen: View, request: Request) -> Outcome:
    """Offline time over node-time; of the window, time that nobody watched counts as offline towards PASS."""

    def window_part(fleet: _Fleet) -> Part:
        whole = max(1, fleet.window_ns)
        lacks, need = window.rate_of(whole / silent_after(request), "1", request)
        sure = sum(max(0, length - each.unsure) for each in fleet.watches for length in each.offline.tolist())
        down = sum(int(each.offline.sum()) for each in fleet.watches)
        value = Fraction(down, max(1, sum(each.watched for each in fleet.watches)))
        upper = 1 - Fraction(min(whole, sum(each.online for each in fleet.watches)), whole)
        return Part(fleet.label, value, Fraction(sure, whole), max(value, upper), 1, 1.0, lacks, need)

    def process_part(fleet: _Fleet) -> Part:
        return _offline_of_process(fleet, request)

    return _judged(seen, request, (window_part, process_part), ("1", "method-offline-time"))


def _offline_of_process(fleet: _Fleet, request: Request) -> Part:
    """Outages of nodes that fall silent together are one; the declared longest may strike the whole site."""
    longest = max((int(each.offline.max(initial=0)) for each in fleet.watches), default=0)
    asked, told = contradicted(request, "longest_credible_outage", window.time(longest))
    declared = asked.constant("longest_credible_outage")
    worst = None if declared is None else float(declared.to("s")) * fleet.site
    watched = sum(each.watched for each in fleet.watches) / _S_NS
    down = np.concatenate([each.offline for each in fleet.watches]) / _S_NS
    joined = _joined(np.concatenate([each.drops for each in fleet.watches]), down, silent_after(request))
    part = estimates.unavailable(joined, watched, request, None if worst is None else min(worst, watched), fleet.label)
    return replace(part, remarks=told)


def _joined(at: npt.NDArray[np.int64], down: npt.NDArray[np.float64], link_ns: int) -> list[float]:
    """The time lost in each event: drops that began within ``link_ns`` of each other are one."""
    if not len(at):
        return []
    order = np.argsort(at, kind="stable")
    heads = np.flatnonzero(np.diff(at[order], prepend=at[order][0] - link_ns - 1) > link_ns)
    found: list[float] = np.add.reduceat(down[order], heads).tolist()
    return found


def per_hour(seen: View, request: Request) -> Outcome:
    """Drops per hour of session time."""

    def window_part(fleet: _Fleet) -> Part:
        hours = fleet.hours
        lacks, need = window.rate_of(hours, "/h", request)
        value, upper = fleet.drops / hours, (fleet.drops + fleet.pauses) / hours
        return Part(fleet.label, value, value, upper, fleet.drops, float(fleet.drops), lacks, need)

    def process_part(fleet: _Fleet) -> Part:
        """Fay and Feuer's bounds of a rate: victims of each event, per hour; the scale is fine enough for any rate."""
        scale = 3600.0
        sizes = [float(size) for size, many in fleet.together(request).items() for _ in range(many)]
        exposure = max(fleet.hours * scale, float(sum(sizes)))
        part = estimates.unavailable(sizes, exposure, request, float(fleet.site), fleet.label)
        value, lower, upper = (None if each is None else each * scale for each in (part.value, part.lower, part.upper))
        return replace(part, value=value, lower=lower, upper=upper)

    return _judged(seen, request, (window_part, process_part), ("/h", "method-drops-per-hour"))


def show(seen: View, _outcome: Outcome, request: Request) -> Shown:
    """A table of nodes; silent nodes, drops and wills by name."""
    watches = _watches(seen, silent_after(request))
    unseen = unnoticed(seen.told, watches, silent_after(request))
    lists = (
        names("silent", seen.evidence.mute),
        _drops("drops", watches),
        _drops("wills", list(seen.told.values())),
        names("wills_unseen_by_probing", unseen),
    )
    return Shown((figures.node_table(seen.evidence.nodes),), lists)


@dataclass(frozen=True, slots=True)
class _Fleet:
    """The nodes of one part: a single one, or the pool. ``window``: first and last moment of the agreed window.

    ``site``: how many nodes may fall silent at once.
    """

    label: str
    watches: Sequence[Watch]
    window: tuple[int, int]
    site: int

    @property
    def sessions(self) -> int:
        return sum(each.sessions for each in self.watches)

    @property
    def drops(self) -> int:
        return sum(len(each.drops) for each in self.watches)

    @property
    def pauses(self) -> int:
        """Stretches that were not watched, each of which may hide a drop."""
        start, stop = self.window
        late = sum((each.first - start > PAUSE_NS) + (stop - each.last > PAUSE_NS) for each in self.watches)
        return late + sum(each.pauses for each in self.watches)

    @property
    def hours(self) -> float:
        return max(1, sum(each.online for each in self.watches)) / _HOUR_NS

    @property
    def window_ns(self) -> int:
        """Node-time of the agreed window; what a node was not watched at its ends is part of it, but for a moment."""
        return sum(window.length(each.first, each.last, self.window) for each in self.watches)

    def together(self, request: Request) -> Counter[int]:
        """How many events of each number of victims: drops within T of each other are one."""
        spans = Spans.of(np.concatenate([each.drops for each in self.watches]), silent_after(request))
        return Counter(spans.count.tolist())


Ways = tuple[Callable[[_Fleet], Part], Callable[[_Fleet], Part]]


def _judged(seen: View, request: Request, ways: Ways, named: tuple[str, str]) -> Outcome:
    """Each node proven for itself, or their pool where the reading asks for it."""
    evidence, silence = seen.evidence, silent_after(request)
    invalid = (*path(evidence, request), *evidence.found(spoiling=True), *evidence.timeless)
    if invalid:
        return Outcome(None, invalid=invalid, remarks=remarks(evidence, request))
    if not evidence.answering and not seen.told:
        return Outcome(None, invalid=(no_answer(evidence),))
    if evidence.arrivals_only:
        return Outcome(None, invalid=(WORDS.reason("losses-unknown"),))
    watches = [each for each in _watches(seen, silence) if each.known]
    if not watches:
        return Outcome(None, lacks=(WORDS.lack("too-short", Side.BOTH),))
    unit, method = named
    process = request.about is About.PROCESS
    span = min(each.first for each in watches), max(each.last for each in watches)
    pooled = request.parameter("fleet") == "pool"
    fleets = (
        [_Fleet("", watches, span, len(watches))]
        if pooled
        else [_Fleet(each.label, [each], span, 1) for each in watches]
    )
    silent = [*_never_on_line(seen, watches), *window.unread(evidence)]
    parts = [_part(fleet, ways[process], sparse(evidence, silence)) for fleet in fleets]
    outcome = every([*parts, *silent], request, unit, WORDS.text(f"{method}-of-events" if process else method))
    unseen = unnoticed(seen.told, watches, silence)
    told = (
        *outcome.remarks,
        *remarks(evidence, request),
        *([WORDS.reason("by-births-and-wills")] if seen.told else []),
        *([WORDS.reason("broker-lost", count=seen.broker_losses)] if seen.broker_losses else []),
        *([WORDS.reason("wills-unseen-by-probing", count=len(unseen), names=unseen)] if unseen else []),
    )
    estimate = outcome.estimate
    if estimate is not None:
        worst = sorted(watches, key=lambda each: (-int(each.offline.sum()), -len(each.drops), each.label))
        facts = {**_told(watches, silence), "worst_nodes": [each.label for each in worst[:_WORST]]}
        estimate = replace(estimate, diagnostics={**estimate.diagnostics, **facts})
    lacks = (*outcome.lacks, *(window.stretches(evidence, request) if process else ()))
    effort = {**least(part.effort for part in parts), "terminals": _terminals(watches) + len(silent), **_total(watches)}
    return replace(outcome, estimate=estimate, remarks=told, lacks=lacks, effort=effort, window=span)


def _part(fleet: _Fleet, way: Callable[[_Fleet], Part], lacks: Sequence[Lack]) -> Part:
    part = way(fleet)
    watched = sum(each.watched for each in fleet.watches)
    effort: dict[str, Effort] = {
        "duration": window.time(min(window.watched(each.last - each.first, each.asked) for each in fleet.watches)),
        "coverage": Fraction(min(watched, fleet.window_ns), max(1, fleet.window_ns)),
    }
    return replace(part, label=fleet.label, lacks=(*lacks, *part.lacks), effort=effort)


def _terminals(watches: Sequence[Watch]) -> int:
    """Distinct ones; of whom a broker told no address, by what it calls itself."""
    return len(one_each((each.label, each.address or each.label) for each in watches))


def _total(watches: Sequence[Watch]) -> dict[str, Effort]:
    """Node time and sessions of all nodes together."""
    return {
        "node-time": window.time(sum(each.online for each in watches)),
        "trials": sum(each.sessions for each in watches),
    }


def _never_on_line(seen: View, watches: Sequence[Watch]) -> list[Part]:
    """Declared nodes that were never on line: members of which nothing is proven."""
    known = {each.label for each in watches}
    labels = {plain(node.label) for node in seen.evidence.nodes} | set(seen.told)
    return [absent(label, WORDS.lack("silent-member")) for label in sorted(labels - known)]


def _watches(seen: View, silence_ns: int) -> list[Watch]:
    """What every node did: one that is probed too is watched by the probe, not twice."""
    watches = [watch(node, silence_ns) for node in seen.evidence.joined if node.n]
    probed = {each.label for each in watches}
    return watches + [each for label, each in sorted(seen.told.items()) if label not in probed]


def silent_after(request: Request) -> int:
    """T in ns: as declared, else as the reading says, else 10 s."""
    given = request.constant("silent_after")
    return SILENT_AFTER_NS if given is None else nanoseconds(given)


def _told(watches: Sequence[Watch], silence_ns: int) -> dict[str, Any]:
    return {
        "nodes": len(watches),
        "sessions": sum(each.sessions for each in watches),
        "drops": sum(len(each.drops) for each in watches),
        "offline_s": sum(int(each.offline.sum()) for each in watches) / _S_NS,
        "watched_node_hours": sum(each.watched for each in watches) / _HOUR_NS,
        "silent_after_s": silence_ns / _S_NS,
    }


def _drops(key: str, watches: Sequence[Watch]) -> Listing:
    """Every drop: node, when its last answer was asked for (ns since 1970 UTC), and for how long it was silent."""
    rows = [
        {"node": each.label, "address": each.address, "at_ns": at, "silent_s": length / _S_NS}
        for each in watches
        for at, length in zip(each.drops.tolist(), each.offline.tolist(), strict=True)
    ]
    return listing(key, (("node", ""), ("address", ""), ("at_ns", "ns"), ("silent_s", "s")), rows[:_MOST])
