# SPDX-License-Identifier: Apache-2.0
"""Moments on absolute deadlines: slack of timers, real-time priority and who runs where, as far as this process may.

Sleeping for a period drifts; sleeping until the next of a fixed row of deadlines does not. What was granted is written down.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

_PR_SET_TIMERSLACK = 29
_PRIORITY = 50


@contextmanager
def punctual(cpus: Sequence[int] = ()) -> Iterator[dict[str, Any]]:
    """This thread at its most punctual meanwhile; gives what was granted: timer slack in ns, FIFO, the processors.

    ``cpus``: processors to keep to; ``cpus_asked`` beside ``cpus`` shows where that was not granted.
    """
    granted: dict[str, Any] = {"timer_slack_ns": None, "fifo": False, "cpus": None}
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0) == 0:
            granted["timer_slack_ns"] = 1
    before = None
    with suppress(OSError, AttributeError):
        before = (os.sched_getscheduler(0), os.sched_getparam(0))
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
        granted["fifo"] = True
    everywhere = None
    with suppress(OSError, AttributeError, ValueError):
        everywhere = os.sched_getaffinity(0)
        if cpus:
            granted["cpus_asked"] = sorted(cpus)
            os.sched_setaffinity(0, cpus)
    with suppress(OSError, AttributeError):
        granted["cpus"] = sorted(os.sched_getaffinity(0))
    try:
        yield granted
    finally:
        with suppress(OSError, AttributeError):
            if everywhere is not None and cpus:
                os.sched_setaffinity(0, everywhere)
        if granted["fifo"] and before is not None:
            with suppress(OSError):
                os.sched_setscheduler(0, *before)


@dataclass(slots=True)
class Ticks:
    """Deadlines every ``period_ns`` of the monotonic clock; one that has passed already is missed, and counted."""

    period_ns: int
    missed: int = 0
    late_ns: int = 0
    """Of the last one."""
    _next: int = 0

    def wait(self) -> None:
        """Until the next deadline that is still to come."""
        now = time.monotonic_ns()
        if not self._next:
            self._next = now
        behind = (now - self._next) // self.period_ns
        if behind > 0:
            self.missed += behind
            self._next += behind * self.period_ns
        if self._next > now:
            time.sleep((self._next - now) / 1e9)
        self.late_ns = time.monotonic_ns() - self._next
        self._next += self.period_ns
