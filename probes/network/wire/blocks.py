# SPDX-License-Identifier: Apache-2.0
"""The packet blocks of a STAMP trace written into an array, byte for byte as :mod:`probes.network.wire.layout` says. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.network.wire import layout
from probes.network.wire.digest import copy
from probes.network.wire.frames import folded, put, word_sum
from probes.network.wire.pcapng import INBOUND, OUTBOUND, PACKET

AROUND_BYTES = 300
"""The most that a block adds to its payload: framing, IP and UDP headers, comment, padding."""
FATES = (layout.FIRST, layout.AGAIN, layout.LATE, layout.ALIEN, layout.FORGED)
IS_FIRST, IS_AGAIN, IS_LATE, IS_ALIEN, IS_FORGED = range(5)
_SENT = np.frombuffer(layout.SENT.format(0, 0, 0, 0, "kernel").encode(), np.uint8)
_BACK = np.stack([np.frombuffer(layout.BACK.format(0, 0, fate, "kernel").encode(), np.uint8) for fate in FATES])
_PYTHON = np.frombuffer(b"python", np.uint8)
_UDP = 17


@njit("void(u1[::1],i8,i8,i8)", cache=True, nogil=True)
def _little(out: Any, at: Any, width: Any, value: Any) -> None:
    field = out[at : at + width]
    for i in range(width):
        field[i] = value >> 8 * i & 255


@njit("void(u1[::1],i8,i8,i8)", cache=True, nogil=True)
def _digits(out: Any, start: Any, stop: Any, value: Any) -> None:
    field = out[start:stop]
    for i in range(stop - start):
        tens = value // 10
        field[stop - start - 1 - i] = 48 + value - tens * 10
        value = tens


@njit("void(u1[::1],i8,i8,i8,i8)", cache=True, nogil=True)
def _patch(out: Any, at: Any, stop: Any, ttl: Any, traffic_class: Any) -> None:
    """Lengths, TTL, class and checksums of the IP packet at ``at``."""
    six = out[at] >> 4 == 6
    over = at + (40 if six else 20)
    if six:
        put(out, at, 4, 6 << 28 | traffic_class << 20)
        put(out, at + 4, 2, stop - over)
        out[at + 7] = ttl
    else:
        out[at + 1], out[at + 8] = traffic_class, ttl
        put(out, at + 2, 2, stop - at)
        put(out, at + 10, 2, 0)
        put(out, at + 10, 2, folded(word_sum(out, at, over)))
    if out[at + (6 if six else 9)] == _UDP:
        put(out, over + 4, 2, stop - over)
        put(out, over + 6, 2, 0)
        addresses = word_sum(out, at + (8 if six else 12), over)
        sealed = folded(addresses + stop - over + _UDP + word_sum(out, over, stop))
        put(out, over + 6, 2, sealed or 0xFFFF)


@njit("i8(u1[::1],i8,u1[::1],i8,u1[::1],i8,i8,i8,i8,i8,i8)", cache=True, nogil=True)
def _framed(
    out: Any,
    at: Any,
    head: Any,
    head_size: Any,
    payload: Any,
    size: Any,
    ttl: Any,
    traffic_class: Any,
    time_ns: Any,
    comment_size: Any,
    direction: Any,
) -> Any:
    """A packet block up to its comment, and what follows that; where the comment begins. ``head``: IP and UDP headers."""
    data, length = at + 28, head_size + size
    copy(head, 0, head_size, out, data)
    copy(payload, 0, size, out, data + head_size)
    _patch(out, data, data + length, ttl, traffic_class)
    comment = data + (length + 3) // 4 * 4 + 4
    flags = comment + (comment_size + 3) // 4 * 4
    for place in range(data + length, comment):
        out[place] = 0
    for place in range(comment + comment_size, flags + 16):
        out[place] = 0
    end = flags + 16 - at
    _little(out, at, 4, PACKET)
    _little(out, at + 4, 4, end)
    _little(out, at + 8, 4, 0)
    _little(out, at + 12, 4, time_ns >> 32)
    _little(out, at + 16, 4, time_ns)
    _little(out, at + 20, 4, length)
    _little(out, at + 24, 4, length)
    out[comment - 4] = 1
    _little(out, comment - 2, 2, comment_size)
    out[flags], out[flags + 2], out[flags + 4] = 2, 4, direction
    _little(out, flags + 12, 4, end)
    return comment


@njit("i8(u1[::1],i8,u1[::1],i8,u1[::1],i8,i8,i8,i8,i8,i8,i8,i8,b1)", cache=True, nogil=True)
def sent_block(
    out: Any,
    at: Any,
    head: Any,
    head_size: Any,
    payload: Any,
    size: Any,
    ttl: Any,
    traffic_class: Any,
    time_ns: Any,
    target: Any,
    slot: Any,
    due_ns: Any,
    replies: Any,
    kernel: Any,
) -> Any:
    """As :func:`probes.network.wire.layout.sent`; where the block ends."""
    comment = _framed(out, at, head, head_size, payload, size, ttl, traffic_class, time_ns, layout.SENT_BYTES, OUTBOUND)
    copy(_SENT, 0, layout.SENT_BYTES, out, comment)
    _digits(out, comment + layout.TARGET[0], comment + layout.TARGET[1], target)
    _digits(out, comment + layout.SLOT[0], comment + layout.SLOT[1], slot)
    _digits(out, comment + layout.DUE[0], comment + layout.DUE[1], due_ns)
    _digits(out, comment + layout.REPLIES[0], comment + layout.REPLIES[1], replies)
    if not kernel:
        copy(_PYTHON, 0, 6, out, comment + layout.SENT_CLOCK)
    return comment + (layout.SENT_BYTES + 3) // 4 * 4 + 16


@njit("i8(u1[::1],i8,u1[::1],i8,u1[::1],i8,i8,i8,i8,i8,i8,i8,b1)", cache=True, nogil=True)
def back_block(
    out: Any,
    at: Any,
    head: Any,
    head_size: Any,
    payload: Any,
    size: Any,
    ttl: Any,
    traffic_class: Any,
    time_ns: Any,
    target: Any,
    user_ns: Any,
    fate: Any,
    kernel: Any,
) -> Any:
    """As :func:`probes.network.wire.layout.back`, ``fate`` a place in :data:`FATES`; where the block ends."""
    comment = _framed(out, at, head, head_size, payload, size, ttl, traffic_class, time_ns, layout.BACK_BYTES, INBOUND)
    copy(_BACK[fate], 0, layout.BACK_BYTES, out, comment)
    _digits(out, comment + layout.TARGET[0], comment + layout.TARGET[1], target)
    _digits(out, comment + layout.USER[0], comment + layout.USER[1], user_ns)
    if not kernel:
        copy(_PYTHON, 0, 6, out, comment + layout.BACK_CLOCK)
    return comment + (layout.BACK_BYTES + 3) // 4 * 4 + 16
