# SPDX-License-Identifier: Apache-2.0
"""Bytes to summaries: each chunk of each trace once, for all indicators that read it, in any order and on any executor.

While a campaign records, :class:`Memory` keeps what is merged already, so that a look costs the bytes that are new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from harness import installed
from harness.errors import YanshouError
from harness.model import Indicator
from harness.plugins import Ask, Asked, Chunk, Trace
from harness.records import Record
from harness.spec import Profile

Key = tuple[str, str]
"""Indicator and source: who recorded a trace."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One chunk to summarise: whose it is, and everything a worker needs."""

    key: Key
    probe: str
    chunk: Chunk
    asked: Asked


def owners(profile: Profile, identifier: str) -> tuple[str, ...]:
    """The indicators whose traces ``identifier`` reads: itself first, then those it borrows from."""
    binding = profile.bindings.get(identifier)
    return (identifier,) if binding is None else (identifier, *binding.borrowed)


def traces_of(profile: Profile, record: Record, identifier: str) -> list[Trace]:
    """The traces that the indicator reads, its own before borrowed ones; none without a binding."""
    if identifier not in profile.bindings:
        return []
    return [each for owner in owners(profile, identifier) for each in record.traces if each.indicator == owner]


def ask_of(profile: Profile, indicator: Indicator) -> Ask:
    """What ``indicator`` asks of the traces it reads."""
    limits = (each.limit for each in profile.criteria(indicator.id))
    return Ask(
        indicator.id,
        indicator.readings,
        tuple(limit for limit in limits if limit is not None),
        profile.declared.get(indicator.id, {}),
        defaults_of(indicator),
        profile.practice,
    )


def defaults_of(indicator: Indicator) -> dict[str, Any]:
    """The constants that hold where a profile declares none."""
    return {name: rule.default for name, rule in indicator.constants.items() if rule.default is not None}


def asked_of(profile: Profile, trace: Trace) -> Asked:
    """The union of what every reader of ``trace`` asks, in the order of the scenario."""
    readers = [
        each
        for each in profile.scenario.indicators
        if each.id in profile.bindings and trace.indicator in owners(profile, each.id)
    ]
    asks = tuple(ask_of(profile, each) for each in readers)
    return Asked(asks, trace.settings, profile.project, trace.digests)


def summarise(
    profile: Profile, traces: Sequence[Trace], executor: Executor | None = None, progress: Progress | None = None
) -> dict[Key, Any]:
    """One summary a trace, or the error that refuses it; traces without any chunk are absent."""
    jobs = [
        Job((trace.indicator, trace.source), trace.probe, chunk, asked)
        for trace in traces
        for asked in [asked_of(profile, trace)]
        for chunk in installed.probe(trace.probe).chunks(trace)
    ]
    return _merged(jobs, executor, progress or (lambda _done, _total: None))


@dataclass(slots=True)
class Memory:
    """What a looker keeps between looks: per trace the merged summary of all chunks that are final, and the last of them."""

    merged: dict[Key, Any] = field(default_factory=dict)
    done: dict[Key, Chunk] = field(default_factory=dict)

    def summarise(self, profile: Profile, traces: Sequence[Trace]) -> dict[Key, Any]:
        """As :func:`summarise` over whole records, decoding only what came since the last call and the last chunk again."""
        found: dict[Key, Any] = {}
        for trace in traces:
            key, asked = (trace.indicator, trace.source), asked_of(profile, trace)
            fresh = list(_whole_chunks(trace, self.done.get(key)))
            jobs = [Job(key, trace.probe, whole, asked) for _, whole in fresh]
            self._settle(key, jobs[:-1], fresh[-2][0] if fresh[:-1] else None)
            last = _merged(jobs[-1:], None).get(key)
            if last is not None or key in self.merged:
                found[key] = _joined(self.merged.get(key), last)
        return found

    def _settle(self, key: Key, jobs: Sequence[Job], done: Chunk | None) -> None:
        """Keep what is final; ``done`` is the last of it as its probe cut it, which it has to know again."""
        if done is not None:
            self.merged[key] = _joined(self.merged.get(key), _merged(jobs, None).get(key))
            self.done[key] = done


def _joined(before: Any, after: Any) -> Any:
    """Both together; a refusal stands for the whole trace, the earlier one first."""
    parts = [each for each in (before, after) if each is not None]
    refused = [each for each in parts if isinstance(each, YanshouError)]
    if refused or len(parts) < 2:
        return (refused or parts or [None])[0]
    return parts[0].merge(parts[1])


def _whole_chunks(trace: Trace, done: Chunk | None) -> Iterator[tuple[Chunk, Chunk]]:
    """Each piece after ``done``, and as far as whole records go: the last piece of a segment may end in the middle of one."""
    probe = installed.probe(trace.probe)
    chunks = list(probe.chunks(trace, done))
    last = {chunk.path: chunk for chunk in chunks}
    for chunk in chunks:
        if last[chunk.path] is not chunk:
            yield chunk, chunk
        elif chunk.start < (end := probe.whole(chunk.path, chunk.start)):
            yield chunk, replace(chunk, stop=end if chunk.stop < 0 else min(chunk.stop, end))


def _merged(
    jobs: Sequence[Job], executor: Executor | None, progress: Progress = lambda _done, _total: None
) -> dict[Key, Any]:
    """Merged per trace; the refusal of one chunk, the first in the order of the evidence, stands for its trace."""
    heaps: dict[Key, Heap] = {}
    refused: dict[Key, tuple[str, YanshouError]] = {}
    for done, (job, summary) in enumerate(_summarised(jobs, executor), start=1):
        if isinstance(summary, YanshouError):
            place = (f"{job.chunk.path}:{job.chunk.start:020}", summary)
            refused[job.key] = min(refused.get(job.key, place), place, key=lambda found: found[0])
        else:
            heaps.setdefault(job.key, Heap()).take(summary)
        progress(done, len(jobs))
    return {key: heap.merged() for key, heap in heaps.items()} | {key: error for key, (_, error) in refused.items()}


@dataclass(slots=True)
class Heap:
    """Summaries of one trace, merged like with like: a hundred thousand documents cost each of them a few merges, not all."""

    parts: list[tuple[int, Any]] = field(default_factory=list)

    def take(self, summary: Any) -> None:
        """One more, behind those that came before it."""
        count = 1
        while self.parts and self.parts[-1][0] <= count:
            before, last = self.parts.pop()
            summary, count = last.merge(summary), before + count
        self.parts.append((count, summary))

    def merged(self) -> Any:
        """All of them in their order."""
        return reduce(lambda one, other: one.merge(other), (each for _, each in self.parts))


def _summarised(jobs: Sequence[Job], executor: Executor | None) -> Iterable[tuple[Job, Any]]:
    if executor is None:
        return map(_summarise, jobs)
    return (future.result() for future in as_completed([executor.submit(_summarise, job) for job in jobs]))


def _summarise(job: Job) -> tuple[Job, Any]:
    """Run in a worker: the chunk's summary, or the error that says why there is none."""
    try:
        return job, installed.probe(job.probe).summarise(job.chunk, job.asked)
    except YanshouError as error:
        return job, error
