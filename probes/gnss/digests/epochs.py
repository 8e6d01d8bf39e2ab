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


def interval_ns(log: Log, settings: Comparison) -> int:
    """Nominal time between epochs: from the declared rate, else the most frequent difference; 0 when neither is there."""
    if settings.rate:
        return round(10**9 / settings.rate)
    steps = np.diff(log.time_ns)
    steps = steps[steps > 0]
    if len(steps) == 0:
        return 0
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])


def expected_epochs(log: Log, settings: Comparison) -> int:
    """Epochs there should have been between the first and the last one received."""
    step = interval_ns(log, settings)
    if not len(log):
        return 0
    return 1 if step == 0 else round(int(log.time_ns[-1] - log.time_ns[0]) / step) + 1


def switched_off(log: Log, settings: Comparison) -> int:
    """Epochs that could not be there: from the last one before a declared power-on to that moment, where nothing was heard."""
    step = interval_ns(log, settings)
    if step == 0 or len(log) < 2:
        return 0
    absent = 0
    for mark in settings.power_on:
        after = int(np.searchsorted(log.time_ns, mark))
        if 0 < after < len(log):
            absent += max(0, (mark - int(log.time_ns[after - 1])) // step - 1)
    return absent


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
