# SPDX-License-Identifier: Apache-2.0
"""When each slot of each target is due: an absolute timetable from a seed (RFC 3432 periodic, RFC 2330 §11.1 Poisson). Pure.

The timetable never waits for replies, so a stalled path cannot hide its own delay (coordinated omission).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

KINDS = ("periodic", "poisson", "jittered", "burst")
BURST_GAP_NS = 100_000
"""Between two slots of one burst."""
NEVER = np.iinfo(np.int64).max
_BLOCK = 1024

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timetable:
    """One session a target; every session has one slot each ``interval_ns`` on average, in its own order of time."""

    kind: str
    interval_ns: int
    seed: int
    burst: int = 10

    def blocks(self, target: int) -> Iterator[Column]:
        """Offsets from the start in ns, ascending, without end, in blocks: slot 0, 1, 2 … of ``target``.

        ``periodic``: a random phase within the first interval, then equal steps. ``poisson``: independent
        exponential gaps, which cannot fall into step with TDD frames or DRX cycles. ``jittered``: equal steps, each slot
        later by up to half a step, evenly distributed. ``burst``: ``burst`` slots 0.1 ms apart, then a
        pause that keeps the mean rate; the first burst begins at a random phase.
        """
        generator = np.random.Generator(np.random.PCG64([self.seed, target]))
        if self.kind == "poisson":
            return self._poisson(generator)
        phase = int(generator.integers(self.interval_ns * (self.burst if self.kind == "burst" else 1)))
        if self.kind == "burst":
            return self._bursts(phase)
        return self._even(phase, generator if self.kind == "jittered" else None)

    def due(self, target: int) -> Iterator[int]:
        """As :meth:`blocks`, one by one."""
        for block in self.blocks(target):
            yield from block.tolist()

    def _even(self, phase_ns: int, jitter: np.random.Generator | None) -> Iterator[Column]:
        steps, at = np.arange(_BLOCK) * self.interval_ns, phase_ns
        while True:
            yield at + steps + (0 if jitter is None else jitter.integers(max(1, self.interval_ns // 2), size=_BLOCK))
            at += _BLOCK * self.interval_ns

    def _bursts(self, phase_ns: int) -> Iterator[Column]:
        at, steps = phase_ns, np.arange(self.burst) * min(BURST_GAP_NS, self.interval_ns)
        while True:
            yield at + steps
            at += self.burst * self.interval_ns

    def _poisson(self, generator: np.random.Generator) -> Iterator[Column]:
        at = 0
        while True:
            gaps = np.rint(generator.exponential(self.interval_ns, _BLOCK)).astype(np.int64)
            yield at + np.cumsum(gaps)
            at += int(gaps.sum())


@dataclass(slots=True)
class _Track:
    """Slots of one target that were drawn and not yet handed out: blocks to come, first number, times."""

    blocks: Iterator[Column]
    number: int
    times: Column


class Agenda:
    """What is due next, all targets together: a timetable each with its own start, cut to its length."""

    def __init__(
        self,
        table: Timetable,
        starts_ns: Sequence[int],
        first: Sequence[int],
        *,
        count: int | Sequence[int],
        duration_ns: int | Sequence[int],
    ) -> None:
        """``starts_ns``: per target; ``first``: the slot with which it goes on; the end: ``count`` slots or ``duration_ns``, 0: no end.

        Both ends hold for all targets, or are given per target.
        """
        self._starts = np.asarray(starts_ns, np.int64)
        self._first = np.asarray(first, np.int64)
        self._count, self._duration = (
            np.broadcast_to(each, self._starts.shape).tolist() for each in (count, duration_ns)
        )
        self._tracks = [_Track(table.blocks(at), 0, np.empty(0, np.int64)) for at in range(len(starts_ns))]
        self._next = np.array([self._head(at) for at in range(len(starts_ns))], np.int64)

    @property
    def over(self) -> bool:
        """Whether nothing more is due, ever."""
        return bool((self._next == NEVER).all())

    def until(self, time_ns: int) -> tuple[Column, Column, Column]:
        """Times, targets and slots of everything due before ``time_ns`` that was not handed out before, in order of time."""
        parts = [self._taken(int(at), time_ns) for at in np.flatnonzero(self._next < time_ns)]
        if not parts:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
        due, target, slot = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(due, kind="stable")
        return due[order], target[order], slot[order]

    def _taken(self, at: int, time_ns: int) -> tuple[Column, Column, Column]:
        due, slots = [], []
        while self._next[at] < time_ns:
            track = self._tracks[at]
            stop = int(np.searchsorted(track.times, time_ns - self._starts[at]))
            stop = min(stop, self._count[at] - track.number) if self._count[at] else stop
            due.append(track.times[:stop] + self._starts[at])
            slots.append(np.arange(track.number, track.number + stop))
            track.number, track.times = track.number + stop, track.times[stop:]
            self._next[at] = self._head(at)
        times, numbers = np.concatenate(due), np.concatenate(slots)
        kept = numbers >= self._first[at]
        return times[kept], np.full(int(kept.sum()), at, np.int64), numbers[kept]

    def _head(self, at: int) -> int:
        """When the next slot of a target is due; :data:`NEVER` after its end."""
        track = self._tracks[at]
        count, duration = self._count[at], self._duration[at]
        if count and track.number >= count:
            return NEVER
        if not len(track.times):
            track.times = next(track.blocks)
        if duration and track.times[0] >= duration:
            return NEVER
        end = len(track.times) if not duration else int(np.searchsorted(track.times, duration))
        track.times = track.times[:end]
        return int(track.times[0] + self._starts[at])
