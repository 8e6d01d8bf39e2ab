# SPDX-License-Identifier: Apache-2.0
"""Which epochs there should have been, and the times without fixed solution or without any epoch. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from probes.gnss.digests.log import Log
from probes.gnss.formats.nmea import FIXED
from probes.gnss.truth.settings import Comparison

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without fixed solution: from the last fixed epoch to the next, UTC ns; ``silent``: no epoch came at all."""

    start_ns: int
    stop_ns: int
    missing: int
    silent: bool
    ended: bool

    @property
    def seconds(self) -> float:
        """Length in s."""
        return (self.stop_ns - self.start_ns) / 1e9


NEAR = 0.25
"""Share of the declared interval by which the log's own may differ."""
START_S = 2.0
"""How long a live receiver may take to be opened and heard."""


def interval_ns(log: Log, settings: Comparison) -> int:
    """Time between epochs: the declared one, or the log's own where that is shorter or none is declared; 0 without either.

    A rate declared too low would hide losses: more epochs than expected could come.
    """
    own = own_interval_ns(log)
    if not settings.rate:
        return own
    declared = round(10**9 / settings.rate)
    return own if 0 < own < (1 - NEAR) * declared else declared


def rate_differs(log: Log, settings: Comparison) -> bool:
    """Whether the log's own interval is another than the declared one."""
    own = own_interval_ns(log)
    declared = float(10**9 / settings.rate) if settings.rate else float(own)
    return bool(own) and abs(own - declared) > NEAR * declared


def own_interval_ns(log: Log) -> int:
    """The most frequent difference between epochs, 0 when there is none."""
    steps = np.diff(log.time_ns)
    steps = steps[steps > 0]
    if len(steps) == 0:
        return 0
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])


def expected_epochs(log: Log, settings: Comparison, *, ended: bool = True) -> int:
    """Epochs there should have been, from the first to the last one received, and those without a time before and after them.

    Once the recording has ended at least as many as its planned duration holds, so that silence at either end counts.
    """
    step = interval_ns(log, settings)
    _, before, after = log.untimed
    planned = int(planned_s(settings) * 10**9 // step) if ended and step else 0
    if not len(log):
        return max(before, planned)
    inside = 1 if step == 0 else round(int(log.time_ns[-1] - log.time_ns[0]) / step) + 1
    return max(inside + before + after, planned)


def planned_s(settings: Comparison) -> float:
    """How long a live receiver must have been heard, 0.0 for a file."""
    return max(0.0, float(settings.planned_duration_s or 0) - START_S)


def off_grid(log: Log) -> int:
    """Epochs whose times lie between those of the others: a second receiver with another phase."""
    step = own_interval_ns(log)
    if step == 0 or len(log) < 3:
        return 0
    per_second = round(10**9 / step) if step < 10**9 else 1
    span = max(step, 10**9)  # 3 Hz is written .00 .33 .67: the grid is the rate's, not the rounded interval's
    phase = (log.time_ns % span) * per_second / span % 1.0
    size = 10 if step >= 10**8 else 4
    counts = np.bincount((phase * size + 0.5).astype(np.int64) % size, minlength=size)
    main = int(np.argmax(counts))
    near = counts[main] + counts[main - 1] + counts[(main + 1) % size]
    return len(log) - int(near)


def gaps(log: Log, settings: Comparison) -> list[Gap]:
    """Every time without fixed solution after the first one, in order; the last may not have ended."""
    step = interval_ns(log, settings)
    fixes = log.time_ns[log.epochs["quality"] == FIXED]
    if len(fixes) == 0 or step == 0:
        return []
    late = np.flatnonzero(np.diff(fixes) > 1.5 * step)
    pairs = [(int(fixes[i]), int(fixes[i + 1]), True) for i in late]
    if log.time_ns[-1] - fixes[-1] > 0.5 * step:
        pairs.append((int(fixes[-1]), int(log.time_ns[-1]) + step, False))
    return [_gap(log.time_ns, start, stop, step, ended=ended) for start, stop, ended in pairs]


def silences(log: Log, settings: Comparison) -> list[Gap]:
    """Every time without any epoch between the first and the last one received, in order."""
    step = interval_ns(log, settings)
    if step == 0:
        return []
    late = np.flatnonzero(np.diff(log.time_ns) > 1.5 * step)
    return [_gap(log.time_ns, int(log.time_ns[i]), int(log.time_ns[i + 1]), step, ended=True) for i in late]


def _gap(times: Ints, start: int, stop: int, step: int, *, ended: bool) -> Gap:
    received = np.searchsorted(times, stop) - np.searchsorted(times, start, side="right")
    return Gap(start, stop, max(1, round((stop - start) / step) - 1), bool(received == 0), ended)
