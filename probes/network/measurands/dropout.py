# SPDX-License-Identifier: Apache-2.0
"""network.dropout: 5G 网络掉线率 from keep-alive probing on site; never a packet loss ratio.

A node that stays silent longer than T (``silent_after``, default 10 s) while it is being probed has dropped. A session
begins with a node's first answer and ends with a drop; when the node answers again, the next session begins. Where
probing itself paused, nothing is said: neither session nor drop. Where births and wills on an MQTT broker were recorded, a
session is from birth to will or farewell, and a will is a drop. Three readings: drops per session, offline share of
node-time, drops per hour of session time (the form of 3GPP TS 28.554 retainability).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit import estimates
from harness.kit.listings import Listing
from harness.kit.parts import Part, every
from harness.model import Outcome, Side
from harness.plugins import Ask, Input, Request, Shown
from probes.network.digests.node import Node
from probes.network.digests.paths import SILENT_AFTER_NS, nanoseconds
from probes.network.measurands import figures
from probes.network.measurands.view import Evidence, gather, no_answer, remarks, sparse, unheard
from probes.network.measurands.words import WORDS, listing, names
from probes.network.traces.presence import BIRTH, WILL, Presence
from probes.network.traces.spans import Spans

_HOUR_NS = 3600 * 10**9
_S_NS = 10**9
_KEEPALIVE_NS = 90 * 10**9
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Watch:
    """What one node did: sessions begun, when it dropped and for how long (ns), time watched and time in session (ns)."""

    label: str
    address: str
    sessions: int
    drops: npt.NDArray[np.int64]
    offline: npt.NDArray[np.int64]
    watched: int
    online: int


@dataclass(frozen=True, slots=True)
class View:
    """Everything that was probed, and what brokers told, by terminal."""

    evidence: Evidence
    told: Mapping[str, Watch]
    broker_losses: int


def view(inputs: Sequence[Input], ask: Ask) -> View:
    """Probes, births and wills of all inputs."""
    brokers = [each.summary for each in inputs if isinstance(each.summary, Presence)]
    return View(gather(inputs, ask), _by_broker(brokers), sum(each.broker_losses for each in brokers))


def session_ratio(seen: View, request: Request) -> Outcome:
    """Drops over sessions begun; drops of several nodes within T of each other are one burst."""
    silence = silent_after(request)

    def part(watches: Sequence[Watch]) -> Part:
        together = Spans.of(np.concatenate([each.drops for each in watches]), silence)
        return estimates.bursty(Counter(together.count.tolist()), sum(each.sessions for each in watches), request, 1)

    return _judged(seen, request, part, ("1", "method-session-ratio"))


def offline_time(seen: View, request: Request) -> Outcome:
    """Offline time over watched node-time."""

    def part(watches: Sequence[Watch]) -> Part:
        durations = (np.concatenate([each.offline for each in watches]) / _S_NS).tolist()
        declared = request.constant("longest_credible_outage")
        longest = None if declared is None else declared.to("s")
        return estimates.unavailable(durations, sum(each.watched for each in watches) / _S_NS, request, longest)

    return _judged(seen, request, part, ("1", "method-offline-time"))


def per_hour(seen: View, request: Request) -> Outcome:
    """Drops per hour of session time (Poisson)."""

    def part(watches: Sequence[Watch]) -> Part:
        hours = sum(each.online for each in watches) / _HOUR_NS
        return estimates.rate(sum(len(each.drops) for each in watches), hours, request)

    return _judged(seen, request, part, ("/h", "method-drops-per-hour"))


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


def _judged(seen: View, request: Request, part: Callable[[Sequence[Watch]], Part], named: tuple[str, str]) -> Outcome:
    """The pool of all nodes: the clause speaks of the network's drop-out rate, not of each terminal's."""
    evidence, silence = seen.evidence, silent_after(request)
    if not evidence.answering and not seen.told:
        return Outcome(None, invalid=(no_answer(evidence),))
    if evidence.arrivals_only:
        return Outcome(None, invalid=(WORDS.reason("losses-unknown"),))
    watches = _watches(seen, silence)
    if not sum(each.online for each in watches):
        return Outcome(None, lacks=(WORDS.lack("too-short", Side.BOTH),))
    found = part(watches)
    lacks = (*sparse(evidence, silence), *found.lacks, *unheard(evidence))
    found = replace(found, lacks=lacks, diagnostics=_told(watches, silence))
    unit, method = named
    unseen = unnoticed(seen.told, watches, silence)
    told = (
        *remarks(evidence),
        *([WORDS.reason("by-births-and-wills")] if seen.told else []),
        *([WORDS.reason("broker-lost", count=seen.broker_losses)] if seen.broker_losses else []),
        *([WORDS.reason("wills-unseen-by-probing", count=len(unseen), names=unseen)] if unseen else []),
    )
    return replace(every([found], request, unit, WORDS.text(method)), remarks=told)


def _watches(seen: View, silence_ns: int) -> list[Watch]:
    """What every node did: one that is probed too is watched by the probe, not twice."""
    watches = [watch(node, silence_ns) for node in seen.evidence.nodes if node.n]
    probed = {each.label for each in watches}
    return watches + [each for label, each in sorted(seen.told.items()) if label not in probed]


def silent_after(request: Request) -> int:
    """T in ns: as declared, else as the reading says, else 10 s."""
    given = request.constant("silent_after")
    return SILENT_AFTER_NS if given is None else nanoseconds(given)


def watch(node: Node, silence_ns: int) -> Watch:
    """Sessions, drops and offline time of one node; a node that never answered had no session to lose."""
    sent, answered = node.sent[silence_ns], node.answered[silence_ns]
    starts, stops = answered.gaps_within(sent)
    dropped = stops - starts > silence_ns
    online = int(answered.lengths.sum())
    return Watch(
        node.label,
        node.address,
        len(answered),
        starts[dropped],
        (stops - starts)[dropped],
        int(sent.lengths.sum()),
        online,
    )


def _by_broker(found: Sequence[Presence]) -> dict[str, Watch]:
    """What births and wills on MQTT brokers tell, by terminal."""
    whole = reduce(Presence.merge, found) if found else None
    if whole is None or not len(whole.watched):
        return {}
    names_told = np.unique(whole.rows["who"])
    return {str(who): _heard(str(who), whole.rows[whole.rows["who"] == who], whole.watched) for who in names_told}


def unnoticed(told: Mapping[str, Watch], watches: Sequence[Watch], silence_ns: int) -> list[str]:
    """Terminals with a will that their probing saw no drop near (within T and one and a half minutes of keep-alive)."""
    near = silence_ns + _KEEPALIVE_NS
    probed = {each.label: each for each in watches}
    return sorted(
        label
        for label, each in told.items()
        if probed.get(label, each) is not each
        and any(not (np.abs(probed[label].drops - at) <= near).any() for at in each.drops)
    )


def _heard(who: str, rows: npt.NDArray[Any], watched: Spans) -> Watch:
    """Sessions from birth to will or farewell, offline from a will to the next birth, both as long as the subscription stood.

    A will heard before any birth, as brokers keep them, ends no session; one kept from a time when the subscription was
    down does, at the moment when it was heard.
    """
    begun, gone, sessions, online = 0, 0, 0, 0
    drops, offline = list[int](), list[int]()
    for time_ns, _who, state, _retained in rows.tolist():
        if state == BIRTH:
            offline += [watched.within(gone, time_ns)] if gone else []
            sessions += not begun
            begun, gone = begun or time_ns, 0
        elif begun:
            online += watched.within(begun, time_ns)
            begun, gone = 0, time_ns if state == WILL else 0
            drops += [time_ns] if gone else []
    end = int(watched.stop[-1])
    online += watched.within(begun, end) if begun else 0
    offline += [watched.within(gone, end)] if gone else []
    lengths = np.maximum(np.array(offline, np.int64), 1)
    return Watch(who, "", sessions, np.array(drops, np.int64), lengths, online + int(lengths.sum()), online)


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
