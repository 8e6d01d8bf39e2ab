# SPDX-License-Identifier: Apache-2.0
"""System calls that compiled loops make (64-bit Linux): clocks, waiting, whole batches of datagrams, kernel timestamps.

Numba calls the C library by symbol, so there is no compiler on site and no interpreter between two packets. Structures
are arrays: a ``struct mmsghdr`` is eight words of 64 bits (recvmmsg(2)), an ``iovec`` two. An error number is read from
``errno`` right after the call.
"""

from __future__ import annotations

import platform
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit, types

BATCH = 32
WAIT_EVENTS = 64
ERROR_EVENT = 8  # EPOLLERR
DONT_WAIT, ERROR_QUEUE = 0x40, 0x2000
AGAIN = 11
_CONTROL = 256
_NAME = 28
_EVENT_BYTES, _EVENT_DATA = (
    (12, 4) if platform.machine() == "x86_64" else (16, 8)
)  # packed on x86-64 alone (epoll_ctl(2))
_SOL_SOCKET, _TIMESTAMPING = 1, 37
_IPV6 = 41 * 256  # below: level times 256 plus type, of IP (0), IPv6 and sockets
_TTL, _TOS, _PKTINFO, _ERROR = 2, 1, 8, 11
_HOPS, _TCLASS, _PKTINFO6, _ERROR6 = _IPV6 + 52, _IPV6 + 67, _IPV6 + 50, _IPV6 + 25
_TIMES, _LOSSES = 256 + _TIMESTAMPING, 256 + 40
KERNEL, TTL, CLASS, DROPPED, INFO, NUMBER = range(6)
"""Places in what :func:`controls` writes: kernel time (0: none), TTL, traffic class, losses of the socket so far (-1: not
said), where the packet information lies (-1: nowhere), id of a transmit time (-1: none)."""
_FROM_TIMESTAMPING = 4
_SOFTWARE_AND_RX = 16 | 8
_TX_WITH_IDS = 2 | 128 | 2048

_int, _word, _unsigned = types.int32, types.intp, types.uint32
_clock_gettime: Any = types.ExternalFunction("clock_gettime", _int(_int, _word))
_ppoll: Any = types.ExternalFunction("ppoll", _int(_word, _word, _word, _word))
_epoll_wait: Any = types.ExternalFunction("epoll_wait", _int(_int, _word, _int, _int))
_recvmmsg: Any = types.ExternalFunction("recvmmsg", _int(_int, _word, _unsigned, _int, _word))
_sendmsg: Any = types.ExternalFunction("sendmsg", _word(_int, _word, _int))
_send: Any = types.ExternalFunction("send", _word(_int, _word, _word, _int))
_setsockopt: Any = types.ExternalFunction("setsockopt", _int(_int, _int, _int, _word, _unsigned))
_errno: Any = types.ExternalFunction("__errno_location", types.CPointer(_int)())  # type: ignore[no-untyped-call]


class Mail(NamedTuple):
    """Room for a batch of datagrams; ``headers`` and ``pieces`` hold the addresses of the other three, which must live as long."""

    headers: npt.NDArray[np.int64]
    pieces: npt.NDArray[np.int64]
    names: npt.NDArray[np.uint8]
    controls: npt.NDArray[np.uint8]
    payloads: npt.NDArray[np.uint8]


@njit("void(i8[:,::1],i8)", cache=True, nogil=True)
def fresh(headers: Any, count: int) -> None:
    """Make the first ``count`` headers ready to receive again."""
    for i in range(count):
        headers[i, 1], headers[i, 5], headers[i, 6] = _NAME, _CONTROL, 0


def mail(size: int) -> Mail:
    """Room for :data:`BATCH` datagrams of up to ``size`` bytes each."""
    made = Mail(
        np.zeros((BATCH, 8), np.int64),
        np.zeros((BATCH, 2), np.int64),
        np.zeros((BATCH, 32), np.uint8),
        np.zeros((BATCH, _CONTROL), np.uint8),
        np.zeros((BATCH, size), np.uint8),
    )
    each = np.arange(BATCH)
    made.pieces[:, 0] = made.payloads.ctypes.data + each * size
    made.pieces[:, 1] = size
    made.headers[:, 0] = made.names.ctypes.data + each * 32
    made.headers[:, 2] = made.pieces.ctypes.data + each * 16
    made.headers[:, 3] = 1
    made.headers[:, 4] = made.controls.ctypes.data + each * _CONTROL
    fresh(made.headers, BATCH)
    return made


@njit("i8(i8)", cache=True, nogil=True)
def clock(which: int) -> Any:
    """Ns of CLOCK_REALTIME (0) or CLOCK_MONOTONIC (1)."""
    spec = np.empty(2, np.int64)
    _clock_gettime(which, spec.ctypes.data)
    return spec[0] * 1_000_000_000 + spec[1]


@njit("i8()", cache=True, nogil=True)
def wall_offset() -> Any:
    """CLOCK_REALTIME minus CLOCK_MONOTONIC, from the tightest of five readings."""
    best, found = np.int64(1 << 62), np.int64(0)
    for _ in range(5):
        before, wall, after = clock(1), clock(0), clock(1)
        if after - before < best:
            best, found = after - before, wall - (before + after) // 2
    return found


@njit("i8()", cache=True, nogil=True)
def last_error() -> Any:
    """Errno of the last call of this thread."""
    return np.int64(_errno()[0])


@njit("void(i8,i8)", cache=True, nogil=True)
def sleep_on(poll_fd: int, wait_ns: int) -> None:
    """Wait until the epoll descriptor has something, or for this long; a signal ends it sooner."""
    wanted = np.empty(2, np.int32)
    wanted[0], wanted[1] = poll_fd, 1
    spec = np.empty(2, np.int64)
    spec[0], spec[1] = wait_ns // 1_000_000_000, wait_ns % 1_000_000_000
    _ppoll(wanted.ctypes.data, 1, spec.ctypes.data, 0)


@njit("i8(u1[::1],i8,i8)", cache=True, nogil=True)
def little(data: Any, at: int, width: int) -> Any:
    """A little-endian number; this host's own order is taken to be that."""
    value = np.int64(0)
    for i in range(width):
        value |= np.int64(data[at + i]) << 8 * i
    return value


@njit("i8(i8,u1[::1],i8[:,::1])", cache=True, nogil=True)
def ready(poll_fd: int, events: Any, out: Any) -> Any:
    """Fill rows of ``out`` with (descriptor, events) of what is ready now; how many."""
    count = _epoll_wait(poll_fd, events.ctypes.data, WAIT_EVENTS, 0)
    for i in range(count):
        at = i * _EVENT_BYTES
        out[i, 0] = little(events, at + _EVENT_DATA, 4)
        out[i, 1] = little(events, at, 4)
    return max(0, count)


@njit("i8(i8,i8[:,::1],i8)", cache=True, nogil=True)
def receive(fd: int, headers: Any, flags: int) -> Any:
    """Datagrams received into the batch without waiting, or minus errno."""
    count = _recvmmsg(fd, headers.ctypes.data, BATCH, flags | DONT_WAIT, 0)
    return np.int64(count) if count >= 0 else -last_error()


@njit("i8(i8,u1[::1],i8)", cache=True, nogil=True)
def send(fd: int, data: Any, size: int) -> Any:
    """0, or the errno of sending ``size`` bytes on a connected socket."""
    sent = _send(fd, data.ctypes.data, size, DONT_WAIT)
    return 0 if sent >= 0 else last_error()


@njit("i8(i8,i8[::1])", cache=True, nogil=True)
def send_header(fd: int, header: Any) -> Any:
    """0, or the errno of sending what one message header describes."""
    sent = _sendmsg(fd, header.ctypes.data, DONT_WAIT)
    return 0 if sent >= 0 else last_error()


@njit("b1(i8)", cache=True, nogil=True)
def count_anew(fd: int) -> Any:
    """Let the ids of transmit times begin again at 0 with the next packet; False when the kernel refuses."""
    flags = np.empty(1, np.int32)
    flags[0] = _SOFTWARE_AND_RX
    if _setsockopt(fd, _SOL_SOCKET, _TIMESTAMPING, flags.ctypes.data, 4) != 0:
        return False
    flags[0] = _SOFTWARE_AND_RX | _TX_WITH_IDS
    return _setsockopt(fd, _SOL_SOCKET, _TIMESTAMPING, flags.ctypes.data, 4) == 0


@njit("void(u1[::1],i8,i8[::1])", cache=True, nogil=True)
def controls(data: Any, size: int, seen: Any) -> None:
    """Write what the control messages of a datagram say (cmsg(3)) to ``seen``; ``size``: msg_controllen."""
    seen[KERNEL], seen[TTL], seen[CLASS], seen[DROPPED], seen[INFO], seen[NUMBER] = 0, 0, 0, -1, -1, -1
    at = 0
    while at + 16 <= size:
        length, level, kind = little(data, at, 8), little(data, at + 8, 4), little(data, at + 12, 4)
        if length < 16 or at + length > size:
            break
        value, place = at + 16, level * 256 + kind
        if place == _TIMES:
            seen[KERNEL] = little(data, value, 8) * 1_000_000_000 + little(data, value + 8, 8)
        elif place == _LOSSES:
            seen[DROPPED] = little(data, value, 4)
        elif place in (_ERROR, _ERROR6) and data[value + 4] == _FROM_TIMESTAMPING:
            seen[NUMBER] = little(data, value + 12, 4)
        elif place in (_TTL, _HOPS):
            seen[TTL] = little(data, value, 4)
        elif place in (_TOS, _TCLASS):
            seen[CLASS] = np.int64(data[value])
        elif place in (_PKTINFO, _PKTINFO6):
            seen[INFO] = value
        at += (length + 7) // 8 * 8
