# SPDX-License-Identifier: Apache-2.0
"""One target of a STAMP trace as counts, delays and spans of time. Merges in any order, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.series import Series
from harness.stats.histogram import Histogram
from probes.network.digests.delays import BURST_LINK_NS, Delays
from probes.network.digests.direction import Ledger
from probes.network.digests.rhythm import Rhythm
from probes.network.digests.round_trips import CREDIT_NS, RoundTrips, round_trips
from probes.network.traces.conditions import IDLE, LOAD, MOST_STEPS, step
from probes.network.traces.session import ANSWERED, FOREIGN, KERNEL_RX, KERNEL_TX
from probes.network.traces.spans import Spans
from probes.network.wire.extensions import FREE_RUNNING, REMARKED_BACK, REMARKED_THERE, UNSUPPORTED
from probes.network.wire.timestamps import SYNCHRONISED, errors_ns

PAUSE_NS = 10_000_000_000
"""Probing paused when nothing was sent for longer; that time was not watched."""
CONDITIONS = {
    IDLE: " (空载 idle)",
    LOAD: " (带载 loaded)",
    **{step(each): f" (配置第 {each} 档 step {each})" for each in range(1, MOST_STEPS + 1)},
}
"""Under which a terminal is tested one after the other, and what its label says of it."""
STALL_NS = 1_000_000
"""This host stalled when a probe left, or its reply was read, later than this after its time."""

_FLAGGED = {
    "foreign": FOREIGN,
    "kernel_tx": KERNEL_TX,
    "kernel_rx": KERNEL_RX,
    "unsupported": UNSUPPORTED,
    "remarked_there": REMARKED_THERE,
    "remarked_back": REMARKED_BACK,
    "free_running": FREE_RUNNING,
}

Column = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Node:
    """One target. ``counts``: sent, lost, late, duplicate, alien, unsent, foreign, reordered, broken (a negative round trip), ….

    ``rtt``: corrected round trips, ``calm``: those no stall of this host touched, ``forward`` and ``backward``: one-way
    delays by the two clocks as they stood. ``raw``: round trips as measured. ``lost`` links at one second, ``sent`` and
    ``answered`` at each time in ns that some reading asks for. ``ttl``: smallest and largest of the replies, ``sender_ttl``:
    of the requests as the reflector saw them, 0 = none. ``error_ns``: the largest sum of both clocks' stated errors.
    ``step_ns``: the largest step that all of this host's times are multiples of, 0 = no time seen. ``probed``: when it was
    asked, pauses left out. ``residence_ns``: the longest time that the reflector says it kept a packet. ``rhythm``: when and in
    which sizes packets left, against what the trace claims.
    """

    label: str
    name: str
    address: str
    port: int
    condition: str
    counts: Counter[str]
    trips: Delays
    calm: Delays
    forward: Delays
    backward: Delays
    raw: Histogram
    lost: Spans
    sent: Mapping[int, Spans]
    answered: Mapping[int, Spans]
    ttl: tuple[int, int]
    sender_ttl: tuple[int, int]
    ledger: Ledger
    error_ns: float
    step_ns: int
    probed: Spans
    residence_ns: int
    rhythm: Rhythm

    @property
    def key(self) -> tuple[str, int, str]:
        """What makes it this target and no other: address, port, and under which condition it was tested."""
        return self.address, self.port, self.condition

    @property
    def n(self) -> int:
        """Packets sent."""
        return self.counts["sent"]

    @property
    def rtt(self) -> Histogram:
        """Corrected round trips in ns."""
        return self.trips.hist

    @property
    def over(self) -> Mapping[int, Spans]:
        """Per cut in ns, when packets were lost or above it."""
        return self.trips.over

    @property
    def seconds(self) -> Column:
        """Rows (second, number, sum of round trips in ns)."""
        return self.trips.seconds

    def merge(self, other: Node) -> Node:
        """Both stretches of the same target."""
        first = min(self, other, key=lambda node: (node.label, node.name))
        return replace(
            first,
            counts=self.counts + other.counts,
            trips=self.trips.merge(other.trips),
            calm=self.calm.merge(other.calm),
            forward=self.forward.merge(other.forward),
            backward=self.backward.merge(other.backward),
            raw=self.raw.merge(other.raw),
            lost=self.lost.merge(other.lost),
            sent={key: self.sent[key].merge(other.sent[key]) for key in self.sent},
            answered={key: self.answered[key].merge(other.answered[key]) for key in self.answered},
            ttl=_range([*self.ttl, *other.ttl]),
            sender_ttl=_range([*self.sender_ttl, *other.sender_ttl]),
            ledger=self.ledger.merge(other.ledger),
            error_ns=max(self.error_ns, other.error_ns),
            step_ns=gcd(self.step_ns, other.step_ns),
            probed=self.probed.merge(other.probed),
            residence_ns=max(self.residence_ns, other.residence_ns),
            rhythm=self.rhythm.merge(other.rhythm),
        )

    def canonical(self) -> tuple[Any, ...]:
        """The same value for the same evidence."""
        spans = [sorted((key, each.canonical()) for key, each in part.items()) for part in (self.sent, self.answered)]
        counts = sorted((name, number) for name, number in self.counts.items() if number)
        delays = [each.canonical() for each in (self.trips, self.calm, self.forward, self.backward)]
        rest = (self.raw.to_bytes(), self.lost.canonical(), spans, self.ttl, self.sender_ttl, self.ledger.canonical())
        ends = (self.error_ns, self.step_ns, self.probed.canonical(), self.residence_ns, self.rhythm.canonical())
        return self.label, self.name, *self.key, counts, delays, *rest, *ends


def node_of(
    target: Mapping[str, Any],
    probes: Series,
    counts: Counter[str],
    asked: tuple[Sequence[int], Sequence[int]],
    header: Mapping[str, Any],
) -> Node:
    """The digest of one target's probes; ``counts`` of what has no probe are added to. ``asked``: cuts and silences in ns."""
    cuts, silences = asked
    due = probes["scheduled"]
    answered = (probes["flags"] & ANSWERED) != 0
    trips = round_trips(probes)
    sound = answered & (trips.raw >= 0)
    stalled = sound & _stalled(probes)
    one_way = sound & (probes["t2"] > 0)
    clock_error, unsynchronised = _clocks(probes, one_way)
    counts = counts + _counted(probes, answered, trips, sound)
    counts += Counter({"stalled": int(stalled.sum()), "one_way": int(one_way.sum()), "unsynchronised": unsynchronised})
    host = str(target.get("address", target["id"]))
    kept = ~stalled
    delays = Delays.of(trips.corrected, due, sound, cuts)
    calm = Delays.of(trips.corrected[kept], due[kept], sound[kept], cuts) if stalled.any() else delays
    return Node(
        label=_label(target),
        name=str(target.get("name", "")),
        address=host,
        port=int(target.get("port", 0)),
        condition=str(target.get("condition", "")),
        counts=counts,
        trips=delays,
        calm=calm,
        forward=Delays.of(probes["t2"] - probes["t1"], due, one_way, cuts),
        backward=Delays.of(probes["t4"] - probes["t3"], due, one_way, cuts),
        raw=Histogram(cuts).add(trips.raw[sound]),
        lost=Spans.of(due[~answered], BURST_LINK_NS),
        sent={silence: Spans.of(due, silence) for silence in silences},
        answered={silence: Spans.of(due[answered], silence) for silence in silences},
        ttl=_range(probes["ttl"][answered].tolist()),
        sender_ttl=_range(probes["sender_ttl"][answered].tolist()),
        ledger=Ledger.of(f"{target.get('local', '')}|{target.get('local_port', 0)}", probes),
        error_ns=clock_error,
        step_ns=int(np.gcd.reduce(np.concatenate([probes["t1"], probes["t4"][answered]]))) if len(probes) else 0,
        probed=Spans.of(due, PAUSE_NS),
        residence_ns=int(trips.residence[sound & trips.valid].max(initial=0)),
        rhythm=Rhythm.of(header, probes["t1"], probes["size"], answered),
    )


def _label(target: Mapping[str, Any]) -> str:
    return f"{target['id']}{CONDITIONS.get(str(target.get('condition', '')), '')}"


def joined(nodes: Sequence[Node]) -> list[Node]:
    """Each terminal once: asked idle and then under load it is the same one, watched for longer."""
    found: dict[tuple[str, int, str], Node] = {}
    for at, node in enumerate(nodes):
        key = (node.address, node.port, "" if node.condition in CONDITIONS else f"{node.condition}|{at}")
        found[key] = found[key].merge(node) if key in found else node
    return [replace(node, label=plain(node.label)) for node in found.values()]


def plain(label: str) -> str:
    """The terminal's label without the condition under which it was tested."""
    for words in CONDITIONS.values():
        label = label.removesuffix(words)
    return label


def _stalled(probes: Series) -> Flags:
    """Where this host sent late, or read a reply late that the kernel had in time."""
    read_late = (probes["flags"] & KERNEL_RX != 0) & (probes["t4_user"] - probes["t4"] > STALL_NS)
    left_late = (probes["t1"] - probes["scheduled"] > STALL_NS) | (probes["t1_user"] - probes["scheduled"] > STALL_NS)
    stalled: Flags = read_late | left_late
    return stalled


def _clocks(probes: Series, one_way: Flags) -> tuple[float, int]:
    """The largest sum of both stated errors in ns, and packets where one side does not state that it is synchronised."""
    here, there = probes["error"][one_way], probes["reflector_error"][one_way]
    unsure = ((here & there & SYNCHRONISED) == 0) | (here & 0xFF == 0) | (there & 0xFF == 0)
    total = errors_ns(here) + errors_ns(there)
    return float(total.max(initial=0.0)), int(unsure.sum())


def _counted(probes: Series, answered: Flags, trips: RoundTrips, sound: Flags) -> Counter[str]:
    flags = probes["flags"]
    return Counter(
        {
            "sent": len(probes),
            "answered": int(answered.sum()),
            "lost": int((~answered).sum()),
            "duplicate": int(np.maximum(probes["replies"] - 1, 0).sum()),
            "reordered": _reordered(probes.where(answered)),
            **{name: int(((flags & flag) != 0).sum()) for name, flag in _FLAGGED.items()},
            "corrected": int((trips.valid & answered).sum()),
            "broken": int((answered & ~sound).sum()),
            "held": int((trips.valid & sound & (trips.residence > CREDIT_NS)).sum()),
        }
    )


def _reordered(answered: Series) -> int:
    """Replies with a smaller sequence number than one that came before (RFC 4737 §3.3), within one piece of the trace."""
    arrived = answered["sequence"][np.argsort(answered["t4"], kind="stable")]
    return int((arrived < np.maximum.accumulate(arrived)).sum()) if len(arrived) else 0


def _range(values: Iterable[int]) -> tuple[int, int]:
    seen = [value for value in values if value > 0]
    return (min(seen), max(seen)) if seen else (0, 0)
