# SPDX-License-Identifier: Apache-2.0
"""The loop of a STAMP reflector: batches in with kernel receive times, replies out one by one with T3 read right before each.

A batch of replies in one call would save little and would let all but the first wait behind a T3 that is no longer true.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.network.live.calls import (
    AGAIN,
    CLASS,
    DROPPED,
    INFO,
    KERNEL,
    TTL,
    WAIT_EVENTS,
    clock,
    controls,
    fresh,
    ready,
    receive,
    send_header,
    sleep_on,
)
from probes.network.wire.digest import copy
from probes.network.wire.frames import answer, asked_class, get, readable, session_of, wire_time

REFLECTED, UNREADABLE, REFUSED, OVERFLOW, SESSIONS = range(5)
"""Places in the counts."""
WAYS = 8
"""Sessions whose numbers fall on one row of the table; the one idle longest makes room for the ninth."""
SESSION_WORDS = 6
"""Socket and SSID, UDP port and family, two of address, next sequence number, last use (0: nobody's)."""
END, MODE, PTP, ERROR, SYNCHRONISED = range(5)
"""Places in the knobs."""
_FAMILY6 = 10
_OVER_NS, _PAUSE_NS = 30_000_000_000, 500_000_000
_SPIN_NS = 50_000  # datagrams closer than this keep the loop awake: waking it costs more than they do


@njit("i8(i8[:,:,::1],i8,u1[::1],i8,i8,i8[::1])", cache=True, nogil=True)
def _next(table: Any, fd: Any, name: Any, ssid: Any, asked: Any, counts: Any) -> Any:
    """This session's next sequence number; a session is a socket, a peer's address and port, and an SSID.

    RFC 8762 leaves its end open: it is over after :data:`_OVER_NS` without a packet, or when the sender begins again at 0 after
    a pause, so that a copy or a straggler of its first packet begins none.
    """
    six = name[0] == _FAMILY6
    first, second = fd << 16 | ssid, get(name, 2, 2) << 1 | (1 if six else 0)
    third, fourth = get(name, 8, 8) if six else get(name, 4, 4), get(name, 16, 8) if six else 0
    mixed = (first * 1_000_003 ^ second) * 1_000_003 ^ third * 7_919 ^ fourth * 104_729
    mixed ^= mixed >> 17 ^ mixed >> 31
    row, now, oldest = mixed & len(table) - 1, clock(1), 0
    for way in range(WAYS):
        used = table[row, way, 5]
        same = table[row, way, 0] == first and table[row, way, 1] == second
        if used and same and table[row, way, 2] == third and table[row, way, 3] == fourth:
            idle = now - used
            if idle > _OVER_NS or (asked == 0 and idle > _PAUSE_NS):
                table[row, way, 4] = 0
                counts[SESSIONS] += 1
            table[row, way, 4] += 1
            table[row, way, 5] = now
            return table[row, way, 4] - 1
        if used < table[row, oldest, 5]:
            oldest = way
    for place, word in enumerate((first, second, third, fourth, 1, now)):
        table[row, oldest, place] = word
    counts[SESSIONS] += 1
    return 0


@njit("i8(u1[::1],u1[::1],i8,i8,b1)", cache=True, nogil=True)
def _marks(to: Any, asked: Any, info_at: Any, dscp: Any, six: Any) -> Any:
    """Control messages of a reply: from the address that was asked, with this DSCP; their length."""
    size, width = 0, 0
    for i in range(64):
        to[i] = 0
    if info_at >= 0:
        width = 20 if six else 12
        to[0], to[8], to[12] = 16 + width, 41 if six else 0, 50 if six else 8
        if six:
            copy(asked, info_at, 16, to, 16)
        else:
            copy(asked, info_at + 8, 4, to, 20)
        size = 16 + (width + 7) // 8 * 8
    if dscp:
        to[size], to[size + 8], to[size + 12], to[size + 16] = 20, 41 if six else 0, 67 if six else 1, dscp << 2
        size += 24
    return size


@njit(
    "void(i8,i8[::1],i8[:,::1],u1[:,::1],u1[:,::1],u1[:,::1],i8[:,::1],i8[:,::1],u1[:,::1],u1[:,::1],i8[:,:,::1],i8[::1],i8[::1],i8[:,::1])",
    cache=True,
    nogil=True,
)
def serve(
    poll_fd: Any,
    ports: Any,
    headers: Any,
    names: Any,
    ancillary: Any,
    payloads: Any,
    out_headers: Any,
    out_pieces: Any,
    out_ancillary: Any,
    out_payloads: Any,
    table: Any,
    counts: Any,
    knobs: Any,
    pads: Any,
) -> None:
    """Answer everything until ``knobs[END]`` (monotonic ns); the arrays after ``ports`` are two rooms for mail, in and out.

    ``ports``: by descriptor, losses of that socket so far. ``table``: sessions, (a power of two, WAYS, SESSION_WORDS).
    """
    events, waiting = np.empty(WAIT_EVENTS * 16, np.uint8), np.empty((WAIT_EVENTS, 2), np.int64)
    seen, arrival, own = np.empty(6, np.int64), np.empty(4, np.int64), np.empty(5, np.int64)
    mode, ptp = knobs[MODE], knobs[PTP] != 0
    arrival[3], own[3] = knobs[SYNCHRONISED], knobs[ERROR]
    reply, reply_header, busy, last = out_payloads[0], out_headers[0], 0, 0
    while True:
        now = clock(1)
        if now >= knobs[END]:
            return
        count = ready(poll_fd, events, waiting)
        if count == 0 and now - busy > _SPIN_NS:
            sleep_on(poll_fd, knobs[END] - now)
        for i in range(count):
            fd = waiting[i, 0]
            got = receive(fd, headers, 0)
            if got < 0:
                counts[REFUSED] += got != -AGAIN  # an ICMP error about an earlier reply
                continue
            user_ns = clock(0)
            for place in range(got):
                data, size, name = payloads[place], headers[place, 7], names[place]
                controls(ancillary[place], headers[place, 5], seen)
                if seen[DROPPED] >= 0:
                    counts[OVERFLOW] += (seen[DROPPED] - ports[fd]) & 0xFFFF_FFFF
                    ports[fd] = seen[DROPPED]
                if not readable(data, size, mode, pads):
                    counts[UNREADABLE] += 1
                    continue
                number = _next(table, fd, name, session_of(data, size, mode), get(data, 0, 4), counts)
                arrival[0], arrival[1], arrival[2] = seen[CLASS], number + 1, number
                own[0], own[2], own[4] = number, wire_time(seen[KERNEL] or user_ns, ptp), seen[TTL]
                dscp = asked_class(data, size, mode, seen[CLASS] >> 2)
                reply_header[0], reply_header[1] = headers[place, 0], headers[place, 1]
                reply_header[5] = _marks(out_ancillary[0], ancillary[place], seen[INFO], dscp, name[0] == _FAMILY6)
                own[1] = wire_time(clock(0), ptp)
                out_pieces[0, 1] = answer(data, size, reply, mode, own, arrival, pads)
                if send_header(fd, reply_header) == 0:
                    counts[REFLECTED] += 1
                else:
                    counts[REFUSED] += (
                        1  # its number stays used: the request did arrive, the reply was lost on the way back
                    )
            fresh(headers, got)
            if user_ns - last < _SPIN_NS:
                busy = now
            last = user_ns
