# SPDX-License-Identifier: Apache-2.0
"""Events in time as spans: events no further apart than ``link`` belong to one span. Merging any parts in any order gives the whole.

Why that is exact: spans are the single-linkage clusters of points on a line, and an event inside a span lies within
``link`` of one of its events, so the clusters of a union follow from the spans of its parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Spans in order, disjoint by more than ``link`` ns: first event, last event and number of events of each, shape (n,)."""

    link: int
    start: Column
    stop: Column
    count: Column

    @classmethod
    def of(cls, times_ns: Column, link_ns: int) -> Spans:
        """The spans of ``times_ns`` in any order."""
        return _linked(link_ns, times_ns, times_ns, np.ones(len(times_ns), np.int64))

    def merge(self, other: Spans) -> Spans:
        """The spans of all events of both; both must have the same ``link``."""
        if self.link != other.link:
            msg = f"spans linked at {self.link} ns and at {other.link} ns do not merge"
            raise ValueError(msg)
        pairs = ((self.start, other.start), (self.stop, other.stop), (self.count, other.count))
        return _linked(self.link, *(np.concatenate(pair) for pair in pairs))

    def __eq__(self, other: object) -> bool:
        """Equal when link and every span agree."""
        return isinstance(other, Spans) and self.canonical() == other.canonical()

    def __hash__(self) -> int:
        """Agree with ``==``."""
        return hash(self.canonical())

    def __len__(self) -> int:
        """Number of spans."""
        return len(self.start)

    def canonical(self) -> tuple[int, bytes, bytes, bytes]:
        """The same bytes for the same spans."""
        return self.link, self.start.tobytes(), self.stop.tobytes(), self.count.tobytes()

    @property
    def lengths(self) -> Column:
        """Ns from the first to the last event of each span."""
        return self.stop - self.start

    def within(self, start: int, stop: int) -> int:
        """Ns that the spans cover between two moments."""
        return int(np.maximum(np.minimum(self.stop, stop) - np.maximum(self.start, start), 0).sum())

    def gaps_within(self, outer: Spans) -> tuple[Column, Column]:
        """(start, stop) of what each span of ``outer`` leaves between two of these spans or after the last of them.

        Before the first of all of them nothing is left: what had not begun has no gap. A later span of ``outer`` leaves what
        lies before its own first, or the whole of it where it has none.
        """
        first = np.searchsorted(self.start, outer.start, side="left")
        last = np.searchsorted(self.start, outer.stop, side="right")
        starts, stops = [], []
        for at in np.flatnonzero(last > 0):
            inner, begun = slice(first[at], last[at]), first[at] > 0
            starts.append(np.append(outer.start[at : at + begun], self.stop[inner]))
            end = max(outer.stop[at], self.stop[last[at] - 1])
            stops.append(np.append(self.start[inner][1 - begun :], end))
        if not starts:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        return np.concatenate(starts), np.concatenate(stops)


def _linked(link: int, start: Column, stop: Column, count: Column) -> Spans:
    if not len(start):
        return Spans(link, start, stop, count)
    if (start[1:] < start[:-1]).any():
        order = np.argsort(start, kind="stable")
        start, stop, count = start[order], stop[order], count[order]
    reach = np.maximum.accumulate(stop)
    heads = np.ones(len(start), np.bool_)
    heads[1:] = start[1:] - reach[:-1] > link
    first = np.flatnonzero(heads)
    last = np.append(first[1:], len(start)) - 1
    return Spans(link, start[first], reach[last], np.add.reduceat(count, first))
