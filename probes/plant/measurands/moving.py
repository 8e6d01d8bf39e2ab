# SPDX-License-Identifier: Apache-2.0
"""Whether a source still moves at a moment: values that changed once and then froze are as dead as values that never change.

Time is time that was listened: what nobody heard is held against nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from probes.plant.digests.signals import MINUTE_NS, Signal

_SLOWER = 20
"""Times its usual time between changes that a slow source may stand: by chance one in a million does."""
_LEAST_STRETCHES = 3
WINDOW_NS = 600 * 10**9
Flags = npt.NDArray[np.bool_]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Listened:
    """The time that was listened, as a clock that stands while nobody did. ``spans``: apart and ascending, UTC ns."""

    spans: tuple[tuple[int, int], ...]
    window_ns: int

    @property
    def whole_ns(self) -> int:
        """All of it."""
        return sum(stop - start for start, stop in self.spans)

    @property
    def stretch_ns(self) -> int:
        """How long any source may stand: a window, and no more than a third of all the time."""
        return min(self.window_ns, self.whole_ns // _LEAST_STRETCHES)

    def clock(self, moments: Times) -> Times:
        """The clock at some moments, ns."""
        if not self.spans:
            return np.zeros(len(moments), np.int64)
        starts, stops = (np.array([each[at] for each in self.spans], np.int64) for at in (0, 1))
        before = np.append(0, np.cumsum(stops - starts)[:-1])
        place = np.searchsorted(starts, moments, side="right") - 1
        held = np.maximum(place, 0)
        found: Times = before[held] + np.clip(moments - starts[held], 0, stops[held] - starts[held])
        return found


NEVER = Listened((), 0)
"""Nobody listened."""


def joined_spans(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that overlap as one, ascending."""
    found: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found


def moves(signal: Signal, at: Times, oldest_ns: int, listened: Listened) -> Flags:
    """Whether a source still moves at each moment: it changed within a stretch, its fresh time, or many of its usual changes."""
    changes = listened.clock(signal.moved)
    gaps = np.diff(changes)
    usual = int(np.median(gaps)) if len(gaps) else 0
    slow = (
        usual * _SLOWER if usual > 2 * MINUTE_NS else 0
    )  # of quicker ones only the last change in each minute is known
    longest = max(listened.stretch_ns, oldest_ns, slow)
    now = listened.clock(at)
    places = np.searchsorted(signal.moved, at, side="right") - 1
    since = np.where(places >= 0, changes[np.maximum(places, 0)], 0) if len(changes) else np.zeros(len(at), np.int64)
    found: Flags = now - since <= longest
    return found
