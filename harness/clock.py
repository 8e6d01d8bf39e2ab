# SPDX-License-Identifier: Apache-2.0
"""What the kernel knows about its clock (adjtimex(2)): synchronised or not, and its maximum error."""

from __future__ import annotations

import ctypes
import sys
import time
from typing import Any

_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


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


def clock_state() -> dict[str, Any]:
    """Wall and monotonic time in ns, whether the kernel holds its clock synchronised, its maximum error in µs.

    ``synchronised`` and ``max_error_us`` are None where the system cannot tell (not Linux, or refused).
    """
    state: dict[str, Any] = {"wall_ns": str(time.time_ns()), "monotonic_ns": str(time.monotonic_ns())}
    return {**state, **_kernel()}


def _kernel() -> dict[str, Any]:
    unknown: dict[str, Any] = {"synchronised": None, "max_error_us": None}
    if not sys.platform.startswith("linux"):
        return unknown
    timex = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return unknown
    if answer < 0:
        return unknown
    synchronised = answer != _TIME_ERROR and not timex.status & _STA_UNSYNC
    return {"synchronised": synchronised, "max_error_us": timex.maxerror}
