# SPDX-License-Identifier: Apache-2.0
"""network.dropout: 5G 网络掉线率 from keep-alive probing on site; never a packet loss ratio.

A node that stays silent longer than T (``silent_after``, default 10 s) while it is being probed has dropped. A session
begins with a node's first answer and ends with a drop; when the node answers again, the next session begins. Where
probing itself paused, nothing is said: neither session nor drop. Where births and wills on an MQTT broker were recorded, a
session is from birth to will or farewell, and a will is a drop. Three readings: drops per session, offline share of
node-time, drops per hour of session time (the form of 3GPP TS 28.554 retainability).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from harness.model import Estimate, Outcome, Reason
from harness.plugins import Input, Request
from harness.quantity import Quantity
from harness.stats import bursts, reliability
from probes.network.digests.node import Node
from probes.network.digests.paths import SILENT_AFTER_NS, nanoseconds
from probes.network.measurands import figures, sentences
from probes.network.measurands.view import Evidence, concluded, gather, remarks
from probes.network.traces.presence import BIRTH, WILL, Presence
from probes.network.traces.spans import Spans

_HOUR_NS = 3600 * 10**9
_S_NS = 10**9
_KEEPALIVE_NS = 90 * 10**9


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


class _Found(NamedTuple):
    """A statistic over all nodes with its bounds, and the bursts behind it."""

    value: float
    unit: str
    n: int
    lower: float
    upper: float | None
    method: str
    bursts: bursts.BurstBounds | None = None


def dropout(inputs: Sequence[Input], request: Request) -> Outcome:
    """The drop-out rate over all nodes by the reading's statistic."""
    evidence = gather(inputs)
    silence = silent_after(request)
    told = by_broker(inputs)
    if request.reading.statistic not in _STATISTICS:
        return Outcome(None, invalid=(sentences.NO_RULE,))
    if not evidence.answering and not told:
        return Outcome(None, invalid=(sentences.NO_ANSWER if evidence.nodes else sentences.NO_NODES,))
    if evidence.arrivals_only:
        return Outcome(None, invalid=(sentences.LOSSES_UNKNOWN,))
    watches = [watch(node, silence) for node in evidence.nodes if node.n]
    probed = {each.label for each in watches}
    watches += [each for label, each in sorted(told.items()) if label not in probed]
    losses = sum(each.summary.broker_losses for each in inputs if isinstance(each.summary, Presence))
    unseen = unnoticed(told, watches, silence)
    if not sum(each.online for each in watches):
        return Outcome(None, missing=(sentences.TOO_SHORT,))
    found = _STATISTICS[request.reading.statistic](watches, request, silence)
    unknown = found.bursts.missing if found.bursts is not None else None
    return concluded(
        _estimate(found, watches, request),
        request,
        missing=(*_sparse(evidence, silence), *([unknown] if unknown is not None else [])),
        remarks=(
            *remarks(evidence),
            *([sentences.BY_BROKER] if told else []),
            *([sentences.broker_lost(losses)] if losses else []),
            *([sentences.wills_unseen(unseen)] if unseen else []),
        ),
        need={} if found.bursts is None else found.bursts.need,
        figures=(figures.node_table(evidence.nodes),),
        listing={
            "silent": evidence.mute,
            "drops": _drops(watches),
            "wills": _drops(list(told.values())),
            "wills_unseen_by_probing": unseen,
        },
    )


def silent_after(request: Request) -> int:
    """T in ns: as declared, else as the reading says, else 10 s."""
    given = request.context.declared.get("silent_after", request.reading.parameters.get("silent_after"))
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


def by_broker(inputs: Sequence[Input]) -> dict[str, Watch]:
    """What births and wills on MQTT brokers tell, by terminal: one that is probed too is watched by the probe, not twice."""
    found = [each.summary for each in inputs if isinstance(each.summary, Presence)]
    whole = reduce(Presence.merge, found) if found else None
    if whole is None or not len(whole.watched):
        return {}
    names = np.unique(whole.rows["who"])
    return {str(who): _told(str(who), whole.rows[whole.rows["who"] == who], whole.watched) for who in names}


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


def _told(who: str, rows: npt.NDArray[Any], watched: Spans) -> Watch:
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


def _session_ratio(watches: Sequence[Watch], request: Request, silence_ns: int) -> _Found:
    """Drops over sessions begun; drops of several nodes within T of each other are one burst."""
    sessions = sum(each.sessions for each in watches)
    together = Spans.of(np.concatenate([each.drops for each in watches]), silence_ns)
    table = {int(k): int(c) for k, c in zip(*np.unique(together.count, return_counts=True), strict=True)}
    seen = bursts.bounds(table, sessions, request.alpha, 1)
    lower = bursts.bounds(table, sessions, request.beta, 1).lower
    method = "drops over sessions, Fay-Feuer on simultaneous drops, at least Clopper-Pearson"
    return _Found(seen.value, "1", sessions, lower, seen.upper, method, seen)


def _offline_time(watches: Sequence[Watch], request: Request, _silence_ns: int) -> _Found:
    """Offline time over watched node-time, seconds."""
    durations = (np.concatenate([each.offline for each in watches]) / _S_NS).tolist()
    watched = sum(each.watched for each in watches) / _S_NS
    declared = request.context.declared.get("longest_credible_outage")
    longest = None if declared is None else Quantity.parse(str(declared)).to("s")
    seen = bursts.unavailability(durations, watched, request.alpha, longest)
    lower = bursts.unavailability(durations, watched, request.beta, longest).lower
    method = "offline share of node-time, Fay-Feuer on outages"
    return _Found(seen.value, "1", len(durations), lower, seen.upper, method, seen)


def _per_hour(watches: Sequence[Watch], request: Request, _silence_ns: int) -> _Found:
    """Drops per hour of session time (Poisson)."""
    hours = sum(each.online for each in watches) / _HOUR_NS
    drops = sum(len(each.drops) for each in watches)
    lower = reliability.rate(drops, hours, request.beta).lower
    upper = reliability.rate(drops, hours, request.alpha).upper
    return _Found(drops / hours, "/h", drops, lower, upper, "drops per session-hour, exact Poisson bounds")


def _estimate(found: _Found, watches: Sequence[Watch], request: Request) -> Estimate:
    return Estimate(
        value=found.value,
        unit=found.unit,
        n=found.n,
        n_eff=float(found.n) if found.bursts is None else found.bursts.n_eff,
        lower=found.lower,
        upper=found.upper,
        confidence=1 - max(request.alpha, request.beta),
        method=found.method,
        diagnostics={
            "nodes": len(watches),
            "sessions": sum(each.sessions for each in watches),
            "drops": sum(len(each.drops) for each in watches),
            "offline_s": sum(int(each.offline.sum()) for each in watches) / _S_NS,
            "watched_node_hours": sum(each.watched for each in watches) / _HOUR_NS,
            "silent_after_s": silent_after(request) / _S_NS,
        },
    )


def _sparse(evidence: Evidence, silence_ns: int) -> list[Reason]:
    slowest = max((each for summary in evidence.summaries for each in summary.intervals), default=0)
    return [sentences.sparse(slowest, silence_ns)] if slowest * 2 > silence_ns else []


def _drops(watches: Sequence[Watch]) -> list[dict[str, Any]]:
    """Every drop: node, when its last answer was asked for (ns since 1970 UTC), and for how long it was silent."""
    return [
        {"node": each.label, "address": each.address, "at_ns": at, "silent_s": length / _S_NS}
        for each in watches
        for at, length in zip(each.drops.tolist(), each.offline.tolist(), strict=True)
    ][:1000]


_STATISTICS: Mapping[str, Callable[[Sequence[Watch], Request, int], _Found]] = {
    "session-ratio": _session_ratio,
    "offline-time": _offline_time,
    "sessions-per-hour": _per_hour,
}
