# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of runs: when each ran, how many items it did, on which model, and what was odd about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self

import numpy as np

from harness.model import Reason
from probes.compute.formats.events import Events
from probes.compute.formats.power import Floats, Ints
from probes.compute.traces.recorded import Calls


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run. ``rate``: items a second as its log says where the single calls (n,) are not recorded; else None.

    ``operations``: of one item, as counted where it ran; None: as the settings say. ``kernels``: of a microbenchmark,
    (operations, ns, calls) summed by kernel. ``broken``: reasons that make the run worth nothing.
    """

    name: str
    begin_ns: int
    end_ns: int
    clock: str
    rate: float | None
    start_ns: Ints
    stop_ns: Ints
    count: Ints
    operations: float | None = None
    precision: str = ""
    sparsity: str = ""
    host: str = ""
    throttled: int = 0
    temperature_ns: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    temperature_c: Floats = field(default_factory=lambda: np.empty(0, np.float64))
    kernels: Mapping[str, tuple[float, int, int]] = field(default_factory=dict)
    broken: tuple[Reason, ...] = ()
    remarks: tuple[Reason, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of when and how much: a copied run has the same."""
        columns = self.start_ns.tobytes() + self.stop_ns.tobytes() + self.count.tobytes()
        plain = f"{self.begin_ns} {self.end_ns} {self.rate!r} {sorted(self.kernels.items())!r} {len(self.broken)}"
        return sha256(plain.encode() + columns).hexdigest()


@dataclass(frozen=True, slots=True)
class Work:
    """Runs in the order of time; a run that is recorded twice counts once."""

    runs: tuple[Run, ...] = ()

    def merge(self, other: Self) -> Self:
        """The runs of both."""
        known = {each.digest: each for each in (*self.runs, *other.runs)}
        return type(self)(tuple(sorted(known.values(), key=lambda each: (each.begin_ns, each.digest))))

    def canonical_bytes(self) -> bytes:
        """By which two digests are compared."""
        return "\n".join(each.digest for each in self.runs).encode()


_BREAKING = {
    "compute.calls-doubled",
    "compute.run-invalid",
    "compute.not-performance",
    "compute.loadgen-errors",
    "compute.broken-lines",
}


def of_events(log: Events, name: str) -> Work:
    """The runs of an event log that others wrote: one, or none where it names no window."""
    broken = tuple(each for each in log.events if each.code in _BREAKING)
    remarks = tuple(each for each in log.events if each.code not in _BREAKING)
    rate = log.samples_per_second if not len(log.start_ns) else None
    return Work(
        tuple(
            Run(
                name,
                begin,
                end,
                log.clock,
                rate,
                log.start_ns,
                log.end_ns,
                log.count,
                precision=str(log.facts.get("precision", "")),
                sparsity=str(log.facts.get("sparsity", "")),
                broken=broken,
                remarks=remarks,
                facts=log.facts,
            )
            for begin, end in log.windows
        )
    )


def of_calls(calls: Calls, name: str) -> Work:
    """The run of a session recorded here; one without a call is kept, so that a crash is not forgotten."""
    start, stop, count = calls.columns
    warm_ns, warm = calls.temperature
    begin = int(start.min()) if len(start) else int(calls.facts.get("t", 0))
    facts = calls.facts
    kernels = {
        each: (own[0][0], sum(ns for _, ns, _ in own), sum(n for _, _, n in own)) for each, own in calls.kernels.items()
    }
    return Work(
        (
            Run(
                name,
                begin,
                int(stop.max()) if len(stop) else begin,
                "utc",
                None,
                start,
                stop,
                count,
                operations=float(facts["operations"]) if facts.get("operations") else None,
                precision=str(facts.get("precision", "")),
                sparsity=str(facts.get("sparsity", "")),
                host=str(facts.get("host", "")),
                throttled=calls.throttled,
                temperature_ns=warm_ns,
                temperature_c=warm,
                kernels=kernels,
                broken=tuple(calls.errors),
                facts={key: facts[key] for key in ("workload", "sha256", "runner", "run", "ids") if key in facts},
            ),
        )
    )
