# SPDX-License-Identifier: Apache-2.0
"""The host's clock as the kernel sees it, and a timer that epoll can wait for with nanosecond deadlines (Linux)."""

from __future__ import annotations

import ctypes
import os
import struct
import time
from dataclasses import dataclass
from typing import Self

from harness.errors import InstrumentError

_libc = ctypes.CDLL(None, use_errno=True)
_STA_UNSYNC, _STA_NANO = 0x0040, 0x2000
_TIMEX_BYTES = 208  # struct timex on 64-bit Linux (adjtimex(2)); reserved words included
_NONBLOCK_CLOEXEC = 0o2000000 | 0o4000
_ABSOLUTE = 1
_TIMER_SLACK = 29


@dataclass(frozen=True, slots=True)
class ClockState:
    """What adjtimex(2) says: whether the kernel holds the clock for synchronised, and its bound on the error."""

    synchronised: bool
    maximum_error_ns: int


def clock_state() -> ClockState:
    """The kernel's view of CLOCK_REALTIME; unsynchronised with an error of 16 s when the kernel does not tell."""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = _libc.adjtimex(buffer)
    if state < 0:
        return ClockState(synchronised=False, maximum_error_ns=16_000_000_000)
    _modes, _offset, _frequency, maximum_us, _estimated_us, status = struct.unpack_from("@Iqqqqi", buffer)
    return ClockState(state != 5 and not status & _STA_UNSYNC, maximum_us * 1000)


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
