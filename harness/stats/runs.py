# SPDX-License-Identifier: Apache-2.0
"""A mergeable table of bursts: lengths of runs of lost slots, stitched over the edges of any split.

A slot is a place in a sequence that can be lost: a packet's sequence number, a second. Losses at most ``gap`` slots
apart belong to one burst (1: only neighbours), whose length is the number of lost slots in it. The table depends on
the positions of the losses alone: a burst is closed once everything within ``gap`` of it has been seen, until then it
stays open with its absolute positions, so parts may come in any order, with holes between them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError


class Burst(NamedTuple):
    """Lost slots that belong together: position of the first and of the last one, and how many they are."""

    first: int
    last: int
    length: int


class Span(NamedTuple):
    """Slots [start, stop) that were seen without a hole, and the bursts near its ends that may still grow."""

    start: int
    stop: int
    open: tuple[Burst, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """Bursts of one stream: ``closed`` maps length to number, ``spans`` are what was seen, ascending, never touching."""

    gap: int
    closed: Mapping[int, int]
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, start: int, lost: npt.NDArray[np.bool_], gap: int = 1) -> Runs:
        """The slots ``start``, ``start`` + 1 … of which ``lost`` (shape (n,), bool) says which ones are missing."""
        if lost.ndim != 1 or lost.dtype != np.bool_:
            msg = f"the losses are {lost.dtype} of shape {lost.shape}."
            raise StatisticsError(msg, cure="pass a row of booleans, one a slot.")
        return cls.at(start, start + lost.size, start + np.flatnonzero(lost), gap)

    @classmethod
    def at(cls, start: int, stop: int, lost: npt.NDArray[np.int64], gap: int = 1) -> Runs:
        """The slots [start, stop) of which those at the ascending positions ``lost`` are missing.

        StatisticsError for positions outside, repeated or out of order, or a gap below 1.
        """
        if gap < 1:
            msg = f"losses {gap} slots apart cannot be one burst."
            raise StatisticsError(msg, cure="declare a gap of at least 1 slot (1: only neighbours).")
        if lost.size and (lost[0] < start or lost[-1] >= stop or bool((np.diff(lost) <= 0).any())):
            msg = f"lost positions are not ascending within [{start}, {stop})."
            raise StatisticsError(msg, cure="sort them, drop repetitions, and count slots as the sender numbered them.")
        if not lost.size:
            return cls(gap, {}, (Span(start, stop, ()),) if stop > start else ())
        edges = np.flatnonzero(np.diff(lost) > gap) + 1
        heads = lost[np.concatenate(([0], edges))]
        tails = lost[np.concatenate((edges - 1, [lost.size - 1]))]
        lengths = np.diff(np.concatenate(([0], edges, [lost.size])))
        safe = (heads - gap >= start) & (tails + gap < stop)
        sizes, numbers = np.unique(lengths[safe], return_counts=True)
        rows = zip(*(part[~safe].tolist() for part in (heads, tails, lengths)), strict=True)
        closed = dict(zip(sizes.tolist(), numbers.tolist(), strict=True))
        return cls(gap, closed, (Span(start, stop, tuple(Burst(*row) for row in rows)),))

    @property
    def slots(self) -> int:
        """How many slots were seen."""
        return sum(span.stop - span.start for span in self.spans)

    @property
    def lost(self) -> int:
        """How many of them were lost."""
        still_open = sum(burst.length for span in self.spans for burst in span.open)
        return still_open + sum(length * number for length, number in self.closed.items())

    def merge(self, other: Runs) -> Runs:
        """The bursts of both; associative and commutative. StatisticsError for another gap or slots seen twice."""
        if self.gap != other.gap:
            msg = f"bursts with gaps of {self.gap} and {other.gap} slots cannot be merged."
            raise StatisticsError(msg, cure="summarise both with the same declared gap.")
        closed, spans = Counter(self.closed) + Counter(other.closed), list[Span]()
        for span in sorted((*self.spans, *other.spans)):
            if spans and span.start < spans[-1].stop:
                msg = f"slots [{span.start}, {min(span.stop, spans[-1].stop)}) were seen twice."
                raise StatisticsError(msg, cure="merge each chunk once, and only chunks of one stream.")
            touching = bool(spans) and span.start == spans[-1].stop
            spans.append(_stitched(spans.pop(), span, self.gap, closed) if touching else span)
        return Runs(self.gap, dict(closed), tuple(spans))

    def table(self) -> dict[int, int]:
        """The finished table {length: number}, ascending; open bursts are joined across holes of at most ``gap``."""
        table = Counter(self.closed)
        still_open = [burst for span in self.spans for burst in span.open]
        table.update(burst.length for burst in _joined(still_open, self.gap))
        return dict(sorted(table.items()))

    def to_bytes(self) -> bytes:
        """Canonical JSON: the same for any split and order of the same slots."""
        body = {"schema": "yanshou.runs/1", "gap": self.gap, "closed": sorted(self.closed.items()), "spans": self.spans}
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hex."""
        return sha256(self.to_bytes()).hexdigest()


def table_of(streams: Iterable[Runs]) -> dict[int, int]:
    """One table {length: number} over several streams, ascending: bursts of different streams are different bursts."""
    total: Counter[int] = Counter()
    for stream in streams:
        total.update(stream.table())
    return dict(sorted(total.items()))


def _stitched(left: Span, right: Span, gap: int, closed: Counter[int]) -> Span:
    """Two touching spans as one; bursts that can no longer grow move to ``closed``."""
    start, stop = left.start, right.stop
    bursts = _joined((*left.open, *right.open), gap)
    safe = [burst for burst in bursts if burst.first - gap >= start and burst.last + gap < stop]
    closed.update(burst.length for burst in safe)
    return Span(start, stop, tuple(burst for burst in bursts if burst not in safe))


def _joined(bursts: Iterable[Burst], gap: int) -> list[Burst]:
    """Ascending bursts, those at most ``gap`` apart made one."""
    found: list[Burst] = []
    for burst in bursts:
        if found and burst.first - found[-1].last <= gap:
            before = found.pop()
            found.append(Burst(before.first, burst.last, before.length + burst.length))
        else:
            found.append(burst)
    return found
