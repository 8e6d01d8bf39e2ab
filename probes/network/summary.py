# SPDX-License-Identifier: Apache-2.0
"""What a STAMP trace amounts to, per target: counts, delay histograms, and spans of time. Merges in any order, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from harness.plugins import Context
from harness.quantity import Quantity
from harness.series import Series
from harness.stats.histogram import Histogram, cut_of
from probes.network.spans import Spans
from probes.network.stamp_decode import ALIEN, ANSWERED, FORGED, KERNEL_RX, KERNEL_TX, LATE, Session
from probes.network.stamp_rtt import round_trips

BURST_LINK_NS = 1_000_000_000
"""Losses closer than this belong to one burst (facts of the method: harness.stats.bursts)."""
SILENT_AFTER_NS = 10_000_000_000
SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Node:
    """One target. ``counts``: sent, lost, late, duplicate, alien, unsent, foreign, unordered, broken (a negative round trip), ….

    ``rtt``: corrected round trips in ns, ``raw``: as measured. ``lost``, and per cut in ns ``over`` (lost or above it), link
    at one second. ``sent`` and ``answered`` link at each time in ns after which a node counts as silent. ``ttl``: smallest
    and largest of the replies, 0 = none. ``seconds``: rows (second, number, sum of round trips in ns).
    """

    label: str
    name: str
    address: str
    port: int
    counts: Counter[str]
    rtt: Histogram
    raw: Histogram
    lost: Spans
    over: Mapping[int, Spans]
    sent: Mapping[int, Spans]
    answered: Mapping[int, Spans]
    seconds: npt.NDArray[np.int64]
    ttl: tuple[int, int]

    @property
    def key(self) -> tuple[str, int]:
        """What makes it this target and no other: address and port."""
        return self.address, self.port

    @property
    def n(self) -> int:
        """Packets sent."""
        return self.counts["sent"]

    def merge(self, other: Node) -> Node:
        """Both stretches of the same target."""
        first = min(self, other, key=lambda node: (node.label, node.name))
        return replace(
            first,
            counts=self.counts + other.counts,
            rtt=self.rtt.merge(other.rtt),
            raw=self.raw.merge(other.raw),
            lost=self.lost.merge(other.lost),
            over=_merged(self.over, other.over),
            sent=_merged(self.sent, other.sent),
            answered=_merged(self.answered, other.answered),
            seconds=_summed(np.concatenate([self.seconds, other.seconds])),
            ttl=_range([*self.ttl, *other.ttl]),
        )

    def canonical(self) -> tuple[Any, ...]:
        """The same value for the same evidence."""
        spans = [
            sorted((key, each.canonical()) for key, each in part.items())
            for part in (self.over, self.sent, self.answered)
        ]
        counts = sorted((name, number) for name, number in self.counts.items() if number)
        tail = (
            self.rtt.to_bytes(),
            self.raw.to_bytes(),
            self.lost.canonical(),
            spans,
            self.seconds.tobytes(),
            self.ttl,
        )
        return self.label, self.name, self.address, self.port, counts, *tail


@dataclass(frozen=True, slots=True)
class StampSummary:
    """All targets of a trace, and what concerns the whole run.

    ``facts``: counted by the sender (failed calls, clock steps). ``dropped``: replies lost in this host's socket buffers.
    ``floors``: calibrations, as (p99.9 ns, number). ``waiting`` and ``intervals``: the waiting times and mean intervals, ns.
    ``damaged``: places where a segment could not be read on. ``unsynchronised``: stretches begun on an unsynchronised clock.
    """

    nodes: Mapping[tuple[str, int], Node]
    facts: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    floors: frozenset[tuple[int, int]] = frozenset()
    waiting: frozenset[int] = frozenset()
    intervals: frozenset[int] = frozenset()
    damaged: int = 0
    resolution_ns: int = 1

    def merge(self, other: Self) -> Self:
        """The digest of both traces."""
        nodes = dict(self.nodes)
        for key, node in other.nodes.items():
            nodes[key] = nodes[key].merge(node) if key in nodes else node
        return replace(
            self,
            nodes=nodes,
            facts=self.facts + other.facts,
            dropped=self.dropped + other.dropped,
            floors=self.floors | other.floors,
            waiting=self.waiting | other.waiting,
            intervals=self.intervals | other.intervals,
            damaged=self.damaged + other.damaged,
            resolution_ns=max(self.resolution_ns, other.resolution_ns),
        )

    def canonical_bytes(self) -> bytes:
        """The same bytes for the same evidence, however it was cut."""
        rest = [(each.name, _plain(getattr(self, each.name))) for each in fields(self) if each.name != "nodes"]
        return repr((sorted(node.canonical() for node in self.nodes.values()), rest)).encode()

    def __eq__(self, other: object) -> bool:
        """Equal when their canonical bytes are."""
        return isinstance(other, StampSummary) and self.canonical_bytes() == other.canonical_bytes()

    __hash__ = None  # type: ignore[assignment]


def summarise(session: Session, context: Context) -> StampSummary:
    """Digest one decoded stretch of a trace for the limits and readings of ``context``. Pure."""
    cuts, silences = cuts_of(context), silences_of(context)
    probes, header = session.probes, session.header
    notes = [event.detail for event in probes.events if event.code == "stamp.note"]
    unsent = _unsent(notes)
    order = np.argsort(probes["target"], kind="stable")
    bounds = np.searchsorted(probes["target"][order], np.arange(len(header["targets"]) + 1))
    nodes: dict[tuple[str, int], Node] = {}
    for index, target in enumerate(header["targets"]):
        rows = order[bounds[index] : bounds[index + 1]]
        counts = Counter({"unsent": unsent[index], **_strays(session.strays, index)})
        if len(rows) or sum(counts.values()):
            node = _node(
                target, Series({name: column[rows] for name, column in probes.columns.items()}), counts, cuts, silences
            )
            nodes[node.key] = nodes[node.key].merge(node) if node.key in nodes else node
    return StampSummary(
        nodes=nodes,
        facts=sum((Counter(_numbers(each.get("counts", {}))) for each in notes), Counter()),
        dropped=sum(int(each["dropped"]) for each in notes),
        floors=frozenset(_floor(each["calibration"]) for each in notes if "calibration" in each),
        waiting=frozenset({int(header["waiting_time_ns"])}),
        intervals=frozenset({int(header.get("schedule", {}).get("interval_ns", 0))}),
        damaged=sum(event.code in {"stamp.damaged", "stamp.malformed"} for event in probes.events),
    )


def cuts_of(context: Context) -> list[int]:
    """The delays in ns at which packets are counted exactly: every limit in time, every threshold of a reading."""
    cuts = {cut_of(limit) for limit in context.limits if limit.quantity.dimension == "time"}
    thresholds = [each.parameters["threshold"] for each in context.readings if "threshold" in each.parameters]
    return sorted(cuts | {nanoseconds(each) for each in thresholds})


def silences_of(context: Context) -> list[int]:
    """The times in ns after which a node counts as silent, in any reading or as declared."""
    given = [each.parameters["silent_after"] for each in context.readings if "silent_after" in each.parameters]
    if "silent_after" in context.declared:
        given.append(context.declared["silent_after"])
    return sorted({nanoseconds(each) for each in given} or {SILENT_AFTER_NS})


def nanoseconds(value: object) -> int:
    """A time as the spec language writes it (``2 ms``, or a quantity) in whole ns."""
    quantity = value if isinstance(value, Quantity) else Quantity.parse(str(value))
    return round(quantity.to("ns"))


def _node(
    target: Mapping[str, Any], probes: Series, counts: Counter[str], cuts: list[int], silences: list[int]
) -> Node:
    flags, times = probes["flags"], probes["scheduled"]
    answered = (flags & ANSWERED) != 0
    trips = round_trips(probes.where(answered))
    sound = trips.raw >= 0
    rtt = np.full(len(probes), np.iinfo(np.int64).max)
    rtt[np.flatnonzero(answered)[sound]] = trips.corrected[sound]
    counts = counts + _counted(probes, answered, trips.valid, sound)
    return Node(
        label=str(target["id"]),
        name=str(target.get("name", "")),
        address=str(target.get("address", target["id"])),
        port=int(target.get("port", 0)),
        counts=counts,
        rtt=Histogram(cuts).add(trips.corrected[sound]),
        raw=Histogram(cuts).add(trips.raw[sound]),
        lost=Spans.of(times[~answered], BURST_LINK_NS),
        over={cut: Spans.of(times[rtt > cut], BURST_LINK_NS) for cut in cuts},
        sent={silence: Spans.of(times, silence) for silence in silences},
        answered={silence: Spans.of(times[answered], silence) for silence in silences},
        seconds=_per_second(probes["t1"][answered][sound], trips.corrected[sound]),
        ttl=_range(probes["ttl"][answered].tolist()),
    )


def _counted(
    probes: Series, answered: npt.NDArray[np.bool_], valid: npt.NDArray[np.bool_], sound: npt.NDArray[np.bool_]
) -> Counter[str]:
    flags = probes["flags"]
    return Counter(
        {
            "sent": len(probes),
            "answered": int(answered.sum()),
            "lost": int((~answered).sum()),
            "duplicate": int(np.maximum(probes["replies"] - 1, 0).sum()),
            "foreign": int(((flags & 8) != 0).sum()),
            "kernel_tx": int(((flags & KERNEL_TX) != 0).sum()),
            "kernel_rx": int(((flags & KERNEL_RX) != 0).sum()),
            "corrected": int(valid.sum()),
            "broken": int((~sound).sum()),
        }
    )


def _per_second(times_ns: npt.NDArray[np.int64], rtt_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return _summed(np.stack([times_ns // SECOND_NS, np.ones_like(rtt_ns), rtt_ns], axis=1))


def _summed(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows (second, number, sum) with equal seconds added up, in order of time."""
    keys, place = np.unique(rows[:, 0], return_inverse=True)
    added = np.zeros((len(keys), 2), np.int64)
    np.add.at(added, place, rows[:, 1:])
    return np.column_stack([keys, added]) if len(keys) else np.empty((0, 3), np.int64)


def _merged(left: Mapping[int, Spans], right: Mapping[int, Spans]) -> dict[int, Spans]:
    return {key: left[key].merge(right[key]) for key in left}


def _strays(strays: Series, target: int) -> dict[str, int]:
    fates = strays["fate"][strays["target"] == target]
    counted = {"late": LATE, "alien": ALIEN, "forged": FORGED}
    return {name: int((fates == fate).sum()) for name, fate in counted.items()}


def _unsent(notes: Iterable[Mapping[str, Any]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for note in notes:
        for index, number in _numbers(note.get("unsent", {})).items():
            if index.isdigit():
                total[int(index)] += number
    return total


def _numbers(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        return {}
    return {str(key): number for key, number in value.items() if isinstance(number, int) and number > 0}


def _floor(value: object) -> tuple[int, int]:
    found = _numbers(value)
    return found.get("p99_9_ns", 0), found.get("n", 0)


def _range(values: Iterable[int]) -> tuple[int, int]:
    seen = [value for value in values if value > 0]
    return (min(seen), max(seen)) if seen else (0, 0)


def _plain(value: object) -> object:
    if isinstance(value, Counter):
        return sorted(value.items())
    return sorted(value) if isinstance(value, frozenset) else value
