# SPDX-License-Identifier: Apache-2.0
"""One kind of delay of one target: a histogram, what was over each limit, and sums per second. Merges in any order, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.histogram import Histogram
from probes.network.traces.spans import Spans

BURST_LINK_NS = 1_000_000_000
"""Losses closer than this belong to one burst (facts of the method: harness.stats.bursts)."""
SECOND_NS = 1_000_000_000

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Delays:
    """``hist``: the delays of packets that have one, ns. ``over``, per cut in ns: when packets due were lost or above it.

    ``seconds``: rows (second, number, sum of delays in ns), shape (n, 3). ``peaks``: rows (second, largest delay in ns), shape (n, 2).
    """

    hist: Histogram
    over: Mapping[int, Spans]
    seconds: Column
    peaks: Column

    @classmethod
    def of(cls, delay_ns: Column, due_ns: Column, known: npt.NDArray[np.bool_], cuts: Sequence[int]) -> Delays:
        """From the delay of every packet, where ``known``; a packet without one is over every cut."""
        values = delay_ns[known]
        return cls(
            Histogram(cuts).add(values),
            {cut: Spans.of(due_ns[~known | (delay_ns > cut)], BURST_LINK_NS) for cut in cuts},
            summed(np.stack([due_ns[known] // SECOND_NS, np.ones_like(values), values], axis=1)),
            largest(np.stack([due_ns[known] // SECOND_NS, values], axis=1)),
        )

    def merge(self, other: Delays) -> Delays:
        """Those of both."""
        return Delays(
            self.hist.merge(other.hist),
            {cut: self.over[cut].merge(other.over[cut]) for cut in self.over},
            summed(np.concatenate([self.seconds, other.seconds])),
            largest(np.concatenate([self.peaks, other.peaks])),
        )

    def canonical(self) -> tuple[Any, ...]:
        """The same value for the same packets."""
        over = sorted((cut, each.canonical()) for cut, each in self.over.items())
        return self.hist.to_bytes(), over, self.seconds.tobytes(), self.peaks.tobytes()


def largest(rows: Column) -> Column:
    """Rows (second, value) with the largest of equal seconds, in order of time."""
    if not len(rows):
        return np.empty((0, 2), np.int64)
    ordered = rows[np.argsort(rows[:, 0], kind="stable")]
    heads = np.flatnonzero(np.diff(ordered[:, 0], prepend=ordered[0, 0] - 1))
    return np.stack([ordered[heads, 0], np.maximum.reduceat(ordered[:, 1], heads)], axis=1)


def summed(rows: Column) -> Column:
    """Rows (second, number, sum) with equal seconds added up, in order of time."""
    if not len(rows):
        return np.empty((0, 3), np.int64)
    second = rows[:, 0]
    ordered = rows if (second[1:] >= second[:-1]).all() else rows[np.argsort(second, kind="stable")]
    heads = np.flatnonzero(np.diff(ordered[:, 0], prepend=ordered[0, 0] - 1))
    number, total = (np.add.reduceat(ordered[:, column], heads) for column in (1, 2))
    return np.stack([ordered[heads, 0], number, total], axis=1)
