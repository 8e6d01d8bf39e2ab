# SPDX-License-Identifier: Apache-2.0
"""What a STAMP trace amounts to, per target: counts, delay histograms, and spans of time. Merges in any order, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np

from harness.plugins import Ask, Asked
from harness.quantity import Quantity
from harness.series import Series
from harness.stats.histogram import cut_of
from probes.network.digests.node import Node, node_of
from probes.network.digests.way import Way, homes, ways
from probes.network.traces.session import ALIEN, FORGED, LATE, Session, mode_of

SILENT_AFTER_NS = 10_000_000_000
INTERRUPTION_NS = 150_000_000
_SILENCES = ("silent_after", "interruption_over")
_DEFAULTS = {
    "network.dropout": {"silent_after": f"{SILENT_AFTER_NS} ns"},
    "network.mobility": {"interruption_over": f"{INTERRUPTION_NS} ns"},
}
"""What a reading looks up where neither it nor the profile says otherwise."""
Key = tuple[str, int, str]
Told = tuple[str, int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PathSummary:
    """All targets of a trace, and what concerns the whole run.

    ``facts``: counted by the sender (failed calls, clock steps). ``dropped``: replies lost in this host's socket buffers.
    ``floors``: calibrations, as (p99.9 ns, number). ``waiting`` and ``intervals``: the waiting times and mean intervals, ns.
    ``damaged``: places where a segment could not be read on. ``modes``: how packets were sent; ``loads``: background bit/s asked.
    ``steps``: those of a configuration run, as (number, bit/s asked).
    ``paths``: how this host reached its targets, as its kernel said. ``schedules``: how moments of sending were chosen
    (harness.kit.timetable), "" where nobody says. ``told``: what its reader found in a file of others, as (key of
    words.toml, how many, words of the file).
    """

    nodes: Mapping[Key, Node]
    facts: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    floors: frozenset[tuple[int, int]] = frozenset()
    waiting: frozenset[int] = frozenset()
    intervals: frozenset[int] = frozenset()
    damaged: int = 0
    modes: frozenset[str] = frozenset()
    loads: frozenset[int] = frozenset()
    steps: frozenset[tuple[int, int]] = frozenset()
    paths: frozenset[Way] = frozenset()
    schedules: frozenset[str] = frozenset()
    told: frozenset[Told] = frozenset()

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
            modes=self.modes | other.modes,
            loads=self.loads | other.loads,
            steps=self.steps | other.steps,
            paths=self.paths | other.paths,
            schedules=self.schedules | other.schedules,
            told=self.told | other.told,
        )

    def canonical_bytes(self) -> bytes:
        """The same bytes for the same evidence, however it was cut."""
        rest = [(each.name, _plain(getattr(self, each.name))) for each in fields(self) if each.name != "nodes"]
        return repr((sorted(node.canonical() for node in self.nodes.values()), rest)).encode()

    def __eq__(self, other: object) -> bool:
        """Equal when their canonical bytes are."""
        return isinstance(other, PathSummary) and self.canonical_bytes() == other.canonical_bytes()

    __hash__ = None  # type: ignore[assignment]


def summarise(session: Session, asked: Asked) -> PathSummary:
    """Digest one decoded stretch of a trace for the limits and readings of all who read it. Pure."""
    cuts, silences = cuts_of(asked), sorted(set[int]().union(*map(silences_of, asked.asks)) or {SILENT_AFTER_NS})
    probes, header = session.probes, session.header
    notes = [event.detail for event in probes.events if event.code == "stamp.note"]
    unsent = _unsent(notes)
    order = np.argsort(probes["target"], kind="stable")
    bounds = np.searchsorted(probes["target"][order], np.arange(len(header["targets"]) + 1))
    nodes: dict[Key, Node] = {}
    for index, target in enumerate(header["targets"]):
        rows = order[bounds[index] : bounds[index + 1]]
        counts = Counter({"unsent": unsent[index], **_strays(session.strays, index)})
        own = Series({name: column[rows] for name, column in probes.columns.items()})
        node = node_of(
            target, own, counts, (cuts, silences), header
        )  # one that was never asked is a member all the same
        nodes[node.key] = nodes[node.key].merge(node) if node.key in nodes else node
    return PathSummary(
        nodes=nodes,
        facts=sum((Counter(_numbers(each.get("counts", {}))) for each in notes), Counter()),
        dropped=sum(int(each["dropped"]) for each in notes),
        floors=frozenset(_floor(each["calibration"]) for each in notes if "calibration" in each),
        waiting=frozenset({int(header["waiting_time_ns"])}),
        intervals=frozenset({int(header.get("schedule", {}).get("interval_ns", 0))}),
        modes=frozenset({mode_of(header)}),
        schedules=frozenset({str(header.get("schedule", {}).get("kind", ""))}),
        loads=frozenset({int(header.get("load_bit_s", 0))} - {0}),
        steps=frozenset((at, int(each)) for at, each in enumerate(header.get("load_steps_bit_s", ()), start=1)),
        paths=frozenset(way for each in notes for way in ways(each.get("paths"))) | homes(header["targets"]),
        told=frozenset(
            (str(each["key"]), int(each["count"]), tuple(map(str, each["words"])))
            for each in (event.detail for event in probes.events if event.code == "stamp.told")
        ),
        damaged=sum(
            int(event.detail.get("rows", 1))
            for event in probes.events
            if event.code in {"stamp.damaged", "stamp.malformed"}
        ),
    )


def cuts_of(asked: Asked) -> list[int]:
    """The delays in ns at which packets are counted exactly: every limit in time, every threshold of a reading."""
    cuts = {cut_of(limit) for limit in asked.limits if limit.quantity.dimension == "time"}
    thresholds = [each.parameters["threshold"] for each in asked.readings if "threshold" in each.parameters]
    return sorted(cuts | {nanoseconds(each) for each in thresholds})


def silences_of(ask: Ask) -> set[int]:
    """The times in ns after which a node counts as silent, interrupted or down, in any reading or as declared."""
    found: set[int] = set()
    for reading in ask.readings:
        given = {**_DEFAULTS.get(reading.measurand, {}), **reading.parameters, **ask.declared}
        found |= {nanoseconds(given[name]) for name in _SILENCES if name in given}
        found |= {down_after(given)} if "survival_time" in given else set()
    return found or {SILENT_AFTER_NS}


def down_after(given: Mapping[str, Any]) -> int:
    """Transfer interval plus survival time in ns: the gap between messages beyond which a service is down (TS 22.104)."""
    return nanoseconds(given["survival_time"]) + nanoseconds(given.get("transfer_interval", "0 s"))


def nanoseconds(value: object) -> int:
    """A time as the spec language writes it (``2 ms``, or a quantity) in whole ns."""
    quantity = value if isinstance(value, Quantity) else Quantity.parse(str(value))
    return round(quantity.to("ns"))


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


def _plain(value: object) -> object:
    if isinstance(value, Counter):
        return sorted(value.items())
    return sorted(value) if isinstance(value, frozenset) else value
