# SPDX-License-Identifier: Apache-2.0
"""Rows of probes and replies, and the compiled functions that :mod:`probes.network.wire.open_probes` works on them with. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.network.wire.blocks import (
    AROUND_BYTES,
    IS_AGAIN,
    IS_ALIEN,
    IS_FIRST,
    IS_FORGED,
    IS_LATE,
    back_block,
    sent_block,
)
from probes.network.wire.digest import copy
from probes.network.wire.frames import FORGED, HEARD, hear, write_request

STEP_NS = 1_000_000
"""A change of the wall clock against the monotonic one by more than this between two looks is a step."""
SESSION, SLOT, SEQUENCE, DUE, T1, WIRE, OFFSET, KERNEL, REPLIES, FIRST, LAST, WORDS = range(12)
"""Columns of a probe: as sent (due, offset: see :mod:`probes.network.live.exchange`), kernel T1, number of replies, rows of the first and
the last of them (-1: none)."""
NEXT, AT, SIZE, T4, USER, TTL, CLASS, FROM_KERNEL, REPLY_WORDS = range(9)
"""Columns of a reply: row of the next to the same probe (-1: none), first byte, bytes, T4, time of the call, TTL, class, whether T4 is
the kernel's."""
ALIENS, WRONG, NOT_KEPT, UNMATCHED, STEPPED, SHORT, SHORT_BYTES, FACTS = range(8)
"""Places in the counts of what has no probe, and of probes across a clock step."""
MOST_REPLIES = 99
MOST_ALIENS = 10_000
REMEMBERED = 1024


@njit("void(i8[:,::1],i8,i8,i8[:,::1])", cache=True, nogil=True)
def placed(probes: Any, first: Any, stop: Any, place: Any) -> None:
    """Note at which row each session's sequence is."""
    for row in range(first, stop):
        place[probes[row, SESSION], probes[row, SEQUENCE] & place.shape[1] - 1] = row


@njit("i8(i8[:,::1],i8[:,::1],i8,i8)", cache=True, nogil=True)
def row_of(probes: Any, place: Any, session: Any, sequence: Any) -> Any:
    """The row of this probe; -1 when it is not under way."""
    row = place[session, sequence & place.shape[1] - 1]
    if row >= len(probes) or probes[row, SESSION] != session or probes[row, SEQUENCE] != sequence:
        return -1
    return row


@njit("void(i8[:,::1],i8[:,::1],i8[:,::1],i8[::1])", cache=True, nogil=True)
def departed(wire: Any, probes: Any, place: Any, facts: Any) -> None:
    """Give each probe its kernel T1; a time outside [before send, time of the call] belongs to another packet."""
    for i in range(len(wire)):
        row = row_of(probes, place, wire[i, 0], wire[i, 1])
        if row >= 0 and probes[row, T1] <= wire[i, 2] <= wire[i, 3]:
            probes[row, KERNEL] = wire[i, 2]
        else:
            facts[UNMATCHED] += 1


@njit("void(i8[::1],i8,i8[::1])", cache=True, nogil=True)
def on_scale(back: Any, offset: Any, out: Any) -> None:
    """T4 and the time of the call on the scale of a probe sent at ``offset``: a step between both is taken out.

    The kernel's time may be from before or after the step: it is the latest of both readings that is not after the call.
    """
    step = back[7] - offset
    kernel, user = back[3] or back[4], back[4]
    if abs(step) > STEP_NS:
        user -= step
        if kernel > user or (kernel - step > kernel and kernel - step <= user):
            kernel -= step
    out[0], out[1] = kernel, user


@njit(
    "UniTuple(i8,3)(i8[:,::1],u1[::1],i8[:,::1],i8[:,::1],u1[::1],i8[:,::1],i8[:,::1],i8[:,::1],i8[:,::1],i8[::1],i8[::1],i8,i8[:,::1])",
    cache=True,
    nogil=True,
)
def match(
    back: Any,
    arena: Any,
    probes: Any,
    replies: Any,
    kept: Any,
    place: Any,
    lost: Any,
    lanes: Any,
    strays: Any,
    facts: Any,
    state: Any,
    mode: Any,
    pads: Any,
) -> Any:
    """Hang each reply on its probe, or put it among the ``strays``; replies and bytes kept, and strays."""
    found, times, count = np.zeros(3, np.int64), np.zeros(2, np.int64), 0
    answers, used = state[0], state[1]
    for i in range(len(back)):
        which, at, size = back[i, 0], back[i, 1], back[i, 2]
        hear(arena[at : at + size], size, mode, lanes[which, 3], pads, found)
        fate, row = IS_ALIEN, -1
        if found[0] == FORGED:
            facts[WRONG] += 1
            fate = IS_FORGED
        elif found[0] == HEARD:
            row = row_of(probes, place, which, found[1])
            memory = found[1] & REMEMBERED - 1
            if row >= 0 and probes[row, WIRE] == found[2]:
                on_scale(back[i], probes[row, OFFSET], times)
                facts[STEPPED] += abs(back[i, 7] - probes[row, OFFSET]) > STEP_NS
                if times[0] - (probes[row, KERNEL] or probes[row, T1]) > state[2]:
                    fate, row = IS_LATE, -1
            else:
                row = -1
                if lost[which, memory] == found[1] + 1:
                    fate, lost[which, memory] = IS_LATE, 0
        if row < 0:
            if fate != IS_LATE:
                facts[ALIENS] += 1
                facts[SHORT] += size < lanes[which, 4]
                facts[SHORT_BYTES] += size if size < lanes[which, 4] else 0
                if facts[ALIENS] > MOST_ALIENS or size < lanes[which, 4]:
                    facts[NOT_KEPT] += 1
                    continue
            strays[count, 0], strays[count, 1] = i, fate
            count += 1
        elif probes[row, REPLIES] < MOST_REPLIES:
            copy(arena, at, size, kept, used)
            entry = replies[answers]
            entry[NEXT], entry[AT], entry[SIZE], entry[T4], entry[USER] = -1, used, size, times[0], times[1]
            entry[TTL], entry[CLASS], entry[FROM_KERNEL] = back[i, 5], back[i, 6], back[i, 3] != 0
            if probes[row, FIRST] < 0:
                probes[row, FIRST] = answers
            else:
                replies[probes[row, LAST], NEXT] = answers
            probes[row, LAST] = answers
            probes[row, REPLIES] += 1
            answers, used = answers + 1, used + size
    return answers, used, count


@njit("i8(i8[:,::1],i8[:,::1],u1[::1],u1[:,::1],i8[:,::1],u1[::1])", cache=True, nogil=True)
def stray_blocks(strays: Any, back: Any, arena: Any, heads: Any, lanes: Any, out: Any) -> Any:
    """The blocks of packets that no open probe owns, rows (row of ``back``, fate); where they end."""
    end = 0
    for i in range(len(strays)):
        row = back[strays[i, 0]]
        which, at, size = row[0], row[1], row[2]
        end = back_block(
            out,
            end,
            heads[which],
            lanes[which, 0],
            arena[at : at + size],
            size,
            row[5],
            row[6],
            row[3] or row[4],
            which,
            row[4],
            strays[i, 1],
            row[3] != 0,
        )
    return end


@njit(
    "b1(i8,i8[:,::1],i8[:,::1],u1[::1],u1[:,:,::1],i8[:,::1],u1[:,::1],i8[::1],i8,i8[:,::1],i8[:,::1],u1[::1],i8[::1])",
    cache=True,
    nogil=True,
)
def settle(
    before_ns: Any,
    probes: Any,
    replies: Any,
    arena: Any,
    heads: Any,
    lanes: Any,
    templates: Any,
    sizes: Any,
    mode: Any,
    pads: Any,
    lost: Any,
    out: Any,
    state: Any,
) -> Any:
    """Write records from row ``state[0]`` on while there is room; whether it stopped for want of room. ``state[1]``: bytes."""
    packet = np.empty(templates.shape[1], np.uint8)
    while state[0] < len(probes):
        row = probes[state[0]]
        if row[T1] - row[OFFSET] > before_ns:
            return False
        which, kind, sequence = row[SESSION], row[SLOT] % len(sizes), row[SEQUENCE]
        need, reply = sizes[kind] + AROUND_BYTES, row[FIRST]
        while reply >= 0:
            need, reply = need + replies[reply, SIZE] + AROUND_BYTES, replies[reply, NEXT]
        if state[1] + need > len(out):
            return True
        write_request(packet, templates[kind], sizes[kind], mode, sequence, row[WIRE], lanes[which, 3], pads)
        end = sent_block(
            out,
            state[1],
            heads[0, which],
            lanes[which, 0],
            packet,
            sizes[kind],
            lanes[which, 1],
            lanes[which, 2],
            row[KERNEL] or row[T1],
            which,
            row[SLOT],
            row[DUE] + row[OFFSET],
            row[REPLIES],
            row[KERNEL] != 0,
        )
        if row[REPLIES] == 0:
            lost[which, sequence & REMEMBERED - 1] = sequence + 1
        fate, reply = IS_FIRST, row[FIRST]
        while reply >= 0:
            one = replies[reply]
            at, size = one[AT], one[SIZE]
            end = back_block(
                out,
                end,
                heads[1, which],
                lanes[which, 0],
                arena[at : at + size],
                size,
                one[TTL],
                one[CLASS],
                one[T4],
                which,
                one[USER],
                fate,
                one[FROM_KERNEL] != 0,
            )
            fate, reply = IS_AGAIN, one[NEXT]
        row[SESSION] = -1  # nobody's any more
        state[1] = end
        state[0] += 1
    return False
