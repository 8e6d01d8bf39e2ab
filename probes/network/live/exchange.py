# SPDX-License-Identifier: Apache-2.0
"""The loop of a STAMP sender: sends when the timetable says, reads what comes, and writes both down as rows. Nothing is judged here.

It sleeps until shortly before a packet is due and then watches the clock, so a packet leaves within microseconds of its
time; one that cannot leave in time is counted as unsent, never sent later in its place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.network.live.calls import (
    AGAIN,
    BATCH,
    CLASS,
    DROPPED,
    ERROR_EVENT,
    ERROR_QUEUE,
    KERNEL,
    NUMBER,
    TTL,
    WAIT_EVENTS,
    clock,
    controls,
    count_anew,
    fresh,
    ready,
    receive,
    send,
    sleep_on,
    wall_offset,
)
from probes.network.wire.digest import copy
from probes.network.wire.frames import wire_time, write_request

POLL, UNTIL, GRACE, MODE, PTP, TRANSMIT, OFFSET, STEPS, CURSOR, SENT, BACK, BYTES, WIRE = range(13)
"""Places in the knobs: what is set, then what the loop keeps: wall less monotonic clock, steps of it, rows and bytes written."""
FD, NEXT, ARMED, MARK, LOSSES, RAW = range(6)
"""Columns of the sessions: descriptor, next sequence, sequence at which ids of transmit times began, mark of an echo, overflow so far,
whether the socket shows IPv4 headers."""
SENT_WORDS, BACK_WORDS, WIRE_WORDS = 7, 8, 4
"""Rows: (session, slot, sequence, due, T1, T1 on the wire, offset), (session, first byte, size, kernel time, time of the call, TTL,
class, offset), (session, sequence, kernel T1, time of the call)."""
STEP_NS = 1_000_000
"""A change of the wall clock against the monotonic one by more than this, between two looks, is a step."""
_SPIN_NS = 60_000
_AT_ONCE = 8


@njit("i8(i8[::1],i8,i8)", cache=True, nogil=True)
def _steady(knobs: Any, wall: Any, monotonic: Any) -> Any:
    """Wall less monotonic clock; a jump is believed when a tight reading confirms it, and counted."""
    if abs(wall - monotonic - knobs[OFFSET]) > STEP_NS:
        found = wall_offset()
        knobs[STEPS] += abs(found - knobs[OFFSET]) > STEP_NS
        knobs[OFFSET] = found
    return knobs[OFFSET]


@njit("b1(i8,u1[::1],i8,i8[:,::1],i8,i8[:,::1],b1)", cache=True, nogil=True)
def _gone(fd: Any, packet: Any, size: Any, sessions: Any, which: Any, errors: Any, transmit: Any) -> Any:
    """Whether the kernel took it; an ICMP error about an earlier packet takes the first try."""
    for _ in range(2):
        problem = send(fd, packet, size)
        if problem == 0:
            return True
        errors[0, problem & 255] += 1
        sessions[which, ARMED] = sessions[which, NEXT]
        if transmit and not count_anew(fd):
            return False
    return False


@njit("void(i8,i8,i8[:,::1],u1[:,::1],i8[:,::1],i8[:,::1],i8[::1])", cache=True, nogil=True)
def _departures(which: Any, fd: Any, headers: Any, ancillary: Any, sessions: Any, wire: Any, knobs: Any) -> None:
    """Note the transmit times in the error queue."""
    seen, got = np.empty(6, np.int64), BATCH
    while got == BATCH and knobs[WIRE] + BATCH <= len(wire):
        got = receive(fd, headers, ERROR_QUEUE)
        now = clock(0)
        for place in range(got):
            controls(ancillary[place], headers[place, 5], seen)
            if seen[KERNEL] and seen[NUMBER] >= 0:
                row, sequence = wire[knobs[WIRE]], (sessions[which, ARMED] + seen[NUMBER]) & 0xFFFF_FFFF
                row[0], row[1], row[2], row[3] = which, sequence, seen[KERNEL], now
                knobs[WIRE] += 1
        fresh(headers, max(0, got))


@njit(
    "b1(i8,i8,i8[:,::1],u1[:,::1],u1[:,::1],i8[:,::1],i8[:,::1],u1[::1],i8[:,::1],i8[::1],i8[::1])",
    cache=True,
    nogil=True,
)
def _arrivals(
    which: Any,
    fd: Any,
    headers: Any,
    ancillary: Any,
    payloads: Any,
    sessions: Any,
    back: Any,
    arena: Any,
    errors: Any,
    dropped: Any,
    knobs: Any,
) -> Any:
    """Note the datagrams that wait at one socket, up to a batch; False when there is no room for them."""
    if knobs[BACK] + BATCH > len(back) or knobs[BYTES] + payloads.size > len(arena):
        return False
    seen, got = np.empty(6, np.int64), receive(fd, headers, 0)
    if got < 0:
        errors[1, -got & 255] += got != -AGAIN
        return True
    user = clock(0)
    offset = _steady(knobs, user, clock(1))
    for place in range(got):
        controls(ancillary[place], headers[place, 5], seen)
        if seen[DROPPED] >= 0:
            dropped[0] += (seen[DROPPED] - sessions[which, LOSSES]) & 0xFFFF_FFFF
            sessions[which, LOSSES] = seen[DROPPED]
        row, over = back[knobs[BACK]], np.int64(payloads[place, 0] & 15) * 4 if sessions[which, RAW] else 0
        size = max(0, min(headers[place, 7], payloads.shape[1]) - over)
        copy(payloads[place], over, size, arena, knobs[BYTES])
        row[0], row[1], row[2], row[3] = which, knobs[BYTES], size, seen[KERNEL]
        row[4], row[5], row[6], row[7] = user, seen[TTL], seen[CLASS], offset
        knobs[BACK] += 1
        knobs[BYTES] += size
    fresh(headers, got)
    return True


@njit(
    "void(i8[::1],i8[::1],i8[::1],u1[:,::1],i8[::1],i8[:,::1],i8[::1],i8[:,::1],u1[:,::1],u1[:,::1],"
    "i8[:,::1],i8[:,::1],u1[::1],i8[:,::1],i8[:,::1],i8[::1],i8[::1],i8[::1],i8[:,::1])",
    cache=True,
    nogil=True,
)
def exchange(
    due: Any,
    who: Any,
    slots: Any,
    templates: Any,
    sizes: Any,
    sessions: Any,
    by_fd: Any,
    headers: Any,
    ancillary: Any,
    payloads: Any,
    sent: Any,
    back: Any,
    arena: Any,
    wire: Any,
    errors: Any,
    unsent: Any,
    dropped: Any,
    knobs: Any,
    pads: Any,
) -> None:
    """Send the slots (due, session, number; in order of time) and read until ``knobs[UNTIL]`` (monotonic), or until no row is left.

    ``templates`` and ``sizes``: requests, by slot in turn. ``headers`` to ``payloads``: room for mail. ``sent``, ``back``
    with ``arena``, ``wire``: rows written. ``errors``: by errno, of sending and receiving. ``unsent``: by session.
    """
    events, waiting = np.empty(WAIT_EVENTS * 16, np.uint8), np.empty((WAIT_EVENTS, 2), np.int64)
    packet, ptp, transmit = np.empty(templates.shape[1], np.uint8), knobs[PTP] != 0, knobs[TRANSMIT] != 0
    knobs[OFFSET] = _steady(knobs, clock(0), clock(1))
    while True:
        now, burst = clock(1), 0
        while knobs[CURSOR] < len(due) and due[knobs[CURSOR]] <= now and burst < _AT_ONCE:
            if knobs[SENT] == len(sent):
                return
            at, burst = knobs[CURSOR], burst + 1
            which, kind = who[at], slots[at] % len(sizes)
            knobs[CURSOR] += 1
            sequence, wall = sessions[which, NEXT], clock(0)
            now = clock(1)
            offset, stamp = _steady(knobs, wall, now), wire_time(wall, ptp)
            mark, mode = sessions[which, MARK], knobs[MODE]
            write_request(packet, templates[kind], sizes[kind], mode, sequence, stamp, mark, pads)
            late = now - due[at] > knobs[GRACE]
            if late or not _gone(sessions[which, FD], packet, sizes[kind], sessions, which, errors, transmit):
                unsent[which] += 1
                continue
            row = sent[knobs[SENT]]
            row[0], row[1], row[2], row[3] = which, slots[at], sequence, due[at]
            row[4], row[5], row[6] = wall, stamp, offset
            knobs[SENT] += 1
            sessions[which, NEXT] = (sequence + 1) & 0xFFFF_FFFF
        wait = (due[knobs[CURSOR]] if knobs[CURSOR] < len(due) else knobs[UNTIL]) - clock(1)
        if wait > _SPIN_NS:
            sleep_on(knobs[POLL], wait - _SPIN_NS)
        for i in range(ready(knobs[POLL], events, waiting)):
            fd = waiting[i, 0]
            if waiting[i, 1] & ERROR_EVENT:
                _departures(by_fd[fd], fd, headers, ancillary, sessions, wire, knobs)
            if not _arrivals(
                by_fd[fd], fd, headers, ancillary, payloads, sessions, back, arena, errors, dropped, knobs
            ):
                return
        full = knobs[WIRE] + BATCH > len(wire) or knobs[SENT] == len(sent)
        if full or (knobs[CURSOR] == len(due) and clock(1) >= knobs[UNTIL]):
            return
