# SPDX-License-Identifier: Apache-2.0
"""A timer that epoll can wait for with nanosecond deadlines, and how far the two clocks of the kernel are apart (Linux)."""

from __future__ import annotations

import ctypes
import os
import struct
import time
from typing import Self

from harness.errors import InstrumentError

_libc = ctypes.CDLL(None, use_errno=True)
_NONBLOCK_CLOEXEC = 0o2000000 | 0o4000
_ABSOLUTE = 1
_TIMER_SLACK = 29


def clock_offset_ns() -> int:
    """CLOCK_REALTIME minus CLOCK_MONOTONIC, from the tightest of three readings; a change of it is a step or a slew."""
    readings = []
    for _ in range(3):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        readings.append((after - before, wall - (before + after) // 2))
    return min(readings)[1]


def wake_sharply() -> None:
    """Let the kernel wake this thread at the time it asked for, not up to 50 µs later to save power (PR_SET_TIMERSLACK)."""
    _libc.prctl(_TIMER_SLACK, ctypes.c_ulong(1), 0, 0, 0)


class Timer:
    """A timerfd on CLOCK_MONOTONIC: ``fd`` becomes readable at the time armed."""

    def __init__(self) -> None:
        """Open it; InstrumentError when the kernel has no descriptors left."""
        self.fd: int = _libc.timerfd_create(time.CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self.fd < 0:
            msg = f"No timer: {os.strerror(ctypes.get_errno())}."
            raise InstrumentError(msg, cure="raise `ulimit -n`.")
        self._spec = ctypes.create_string_buffer(32)

    def arm(self, monotonic_ns: int) -> None:
        """Fire once at this time; at once when it has passed."""
        struct.pack_into("@qqqq", self._spec, 0, 0, 0, *divmod(max(1, monotonic_ns), 1_000_000_000))
        _libc.timerfd_settime(self.fd, _ABSOLUTE, self._spec, None)

    def clear(self) -> None:
        """Make it unreadable again."""
        try:
            os.read(self.fd, 8)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.fd)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
