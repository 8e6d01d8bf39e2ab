# SPDX-License-Identifier: Apache-2.0
"""What the kernel knows about its clock (adjtimex(2)): synchronised or not, and its maximum error."""

from __future__ import annotations

import ctypes
import sys
import time
from dataclasses import dataclass
from typing import Any

_STA_UNSYNC = 0x0040
_TIME_ERROR = 5
_LARGEST_ERROR_US = 16_000_000
"""The kernel's own limit, NTP_PHASE_LIMIT: what a clock that nobody holds is taken for."""


class _Timex(ctypes.Structure):
    """struct timex of <sys/timex.h>, as far as it is read; the rest is room for the kernel to write."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What the kernel says of CLOCK_REALTIME; None where it does not tell (not Linux, or refused)."""

    synchronised: bool | None
    max_error_us: int | None

    @property
    def held(self) -> bool:
        """Whether it is known to be synchronised."""
        return self.synchronised is True

    @property
    def bound_ns(self) -> int:
        """A bound on its error; 16 s where the kernel does not tell."""
        return (_LARGEST_ERROR_US if self.max_error_us is None else self.max_error_us) * 1000


def kernel_clock() -> KernelClock:
    """The kernel's view of its clock now."""
    unknown = KernelClock(None, None)
    if not sys.platform.startswith("linux"):
        return unknown
    timex = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return unknown
    if answer < 0:
        return unknown
    return KernelClock(answer != _TIME_ERROR and not timex.status & _STA_UNSYNC, timex.maxerror)


def clock_state() -> dict[str, Any]:
    """For a journal: wall and monotonic time in ns, and what :func:`kernel_clock` says."""
    clock = kernel_clock()
    return {
        "wall_ns": str(time.time_ns()),
        "monotonic_ns": str(time.monotonic_ns()),
        "synchronised": clock.synchronised,
        "max_error_us": clock.max_error_us,
    }
