# SPDX-License-Identifier: Apache-2.0
"""When each probe of each target is due: an absolute timetable from a seed (RFC 3432 periodic, RFC 2330 §11.1 Poisson). Pure.

The timetable never waits for replies, so a stalled path cannot hide its own delay (coordinated omission).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

KINDS = ("periodic", "poisson", "jittered", "burst")
BURST_GAP_NS = 100_000
"""Between two packets of one burst."""
_JITTER = 0.5
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Timetable:
    """One session a target; every session sends one probe each ``interval_ns`` on average, in its own order of time."""

    kind: str
    interval_ns: int
    seed: int
    burst: int = 10

    def due(self, target: int) -> Iterator[int]:
        """Offsets from the start in ns, ascending, without end: slot 0, 1, 2 … of ``target``.

        ``periodic``: a random phase within the first interval, then equal steps. ``poisson``: independent
        exponential gaps, which cannot fall into step with TDD frames or DRX cycles. ``jittered``: equal steps, each probe
        later by up to half a step, evenly distributed. ``burst``: ``burst`` probes 0.1 ms apart, then a
        pause that keeps the mean rate; the first burst begins at a random phase.
        """
        generator = np.random.Generator(np.random.PCG64([self.seed, target]))
        if self.kind == "periodic":
            return self._periodic(int(generator.integers(self.interval_ns)))
        if self.kind == "jittered":
            return self._jittered(generator)
        if self.kind == "burst":
            return self._bursts(int(generator.integers(self.interval_ns * self.burst)))
        return self._poisson(generator)

    def _periodic(self, phase_ns: int) -> Iterator[int]:
        at = phase_ns
        while True:
            yield at
            at += self.interval_ns

    def _jittered(self, generator: np.random.Generator) -> Iterator[int]:
        width = max(1, round(self.interval_ns * _JITTER))
        at = int(generator.integers(self.interval_ns))
        while True:
            for move in generator.integers(width, size=_BLOCK).tolist():
                yield at + move
                at += self.interval_ns

    def _bursts(self, phase_ns: int) -> Iterator[int]:
        at, gap = phase_ns, min(BURST_GAP_NS, self.interval_ns)
        while True:
            yield from range(at, at + self.burst * gap, gap)
            at += self.burst * self.interval_ns

    def _poisson(self, generator: np.random.Generator) -> Iterator[int]:
        at = 0
        while True:
            for gap in np.rint(generator.exponential(self.interval_ns, _BLOCK)).astype(np.int64).tolist():
                at += gap
                yield at
