# SPDX-License-Identifier: Apache-2.0
"""STAMP packets as bytes of arrays: requests made, replies believed, requests answered. The loops of both ends call these. Pure.

Requests are made from a template (:mod:`probes.network.wire.modes`): only sequence, timestamp, counter, digests and
checksum are written per packet. Layouts: RFC 8762 §4.2 and §4.3; TLVs: RFC 8972 §4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.network.wire.digest import copy, sign, signed
from probes.network.wire.timestamps import NTP_EPOCH_S, SECOND_NS
from probes.network.wire.tlv import (
    CLASS_OF_SERVICE,
    DIGEST_BYTES,
    DIRECT_MEASUREMENT,
    EXTRA_PADDING,
    HMAC,
    INTEGRITY,
    MALFORMED,
    TIMESTAMP_INFORMATION,
    UNRECOGNISED,
)

UNAUTHENTICATED, AUTHENTICATED, ECHO = 0, 1, 2
NOTHING, HEARD, FORGED = 0, 1, 2
"""What a payload is to a sender: no answer, an answer, an answer with a wrong HMAC."""
SHORTEST_BYTES = 14  # sequence, timestamp, error estimate: what a TWAMP-light sender sends at least
_BASE, _AUTHENTIC, _COVERED = 44, 112, 96
_ECHO_HEAD = 8
_SOFTWARE_LOCAL = 2  # timestamp method, RFC 8972 §4.3
_FREE_RUNNING, _NTP = 5, 1  # synchronization source, RFC 8972 §4.3
_TAI_AHEAD_S = 37


@njit("void(u1[::1],i8,i8,i8)", cache=True, nogil=True)
def put(data: Any, at: Any, width: Any, value: Any) -> None:
    """Write ``value`` big-endian."""
    field = data[at : at + width]
    for i in range(width):
        field[i] = value >> 8 * (width - 1 - i) & 255


@njit("i8(u1[::1],i8,i8)", cache=True, nogil=True)
def get(data: Any, at: Any, width: Any) -> Any:
    """Read a big-endian number; eight bytes as int64."""
    value, field = np.int64(0), data[at : at + width]
    for i in range(width):
        value = value << 8 | np.int64(field[i])
    return value


@njit("i8(i8,b1)", cache=True, nogil=True)
def wire_time(unix_ns: Any, ptp: Any) -> Any:
    """The 64-bit timestamp of ``unix_ns`` as int64: :func:`probes.network.wire.timestamps.ntp_of` or ``ptp_of``."""
    seconds = unix_ns // SECOND_NS
    rest = unix_ns - seconds * SECOND_NS
    if ptp:
        return (seconds + _TAI_AHEAD_S << 32) + rest
    return (seconds + NTP_EPOCH_S << 32) + ((rest << 33) // SECOND_NS + 1 >> 1)


@njit("i8(u1[::1],i8,i8)", cache=True, nogil=True)
def word_sum(data: Any, at: Any, stop: Any) -> Any:
    """The sum of 16-bit words from ``at`` to ``stop``, an odd byte padded with zero (RFC 1071)."""
    total, words, rest = np.int64(0), data[at:stop], (stop - at) // 2
    for i in range(rest):
        total += np.int64(words[2 * i]) << 8 | np.int64(words[2 * i + 1])
    if stop - at & 1:
        total += np.int64(words[stop - at - 1]) << 8
    return total


@njit("i8(i8)", cache=True, nogil=True)
def folded(total: Any) -> Any:
    """The checksum of a sum of 16-bit words: its one's complement."""
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


@njit("i8(u1[::1],i8,i8)", cache=True, nogil=True)
def _tlv(data: Any, at: Any, stop: Any) -> Any:
    """Where the TLV at ``at`` ends; -1 when it does not fit before ``stop``."""
    if at + 4 > stop:
        return -1
    end = at + 4 + (np.int64(data[at + 2]) << 8 | np.int64(data[at + 3]))
    return end if end <= stop else -1


@njit("i8(u1[::1],i8,i8,i8)", cache=True, nogil=True)
def find(data: Any, at: Any, stop: Any, kind: Any) -> Any:
    """Where the first TLV of ``kind`` begins; -1 when there is none."""
    end = _tlv(data, at, stop)
    while end >= 0:
        if data[at + 1] == kind:
            return at
        at, end = end, _tlv(data, end, stop)
    return -1


@njit("b1(u1[::1],i8,i8)", cache=True, nogil=True)
def _needs_seal(data: Any, at: Any, stop: Any) -> Any:
    """Whether there is a TLV besides Extra Padding."""
    end = _tlv(data, at, stop)
    while end >= 0:
        if data[at + 1] != EXTRA_PADDING:
            return True
        at, end = end, _tlv(data, end, stop)
    return False


@njit("i8(u1[::1],i8,i8,u1[::1])", cache=True, nogil=True)
def _covered(data: Any, at: Any, stop: Any, text: Any) -> Any:
    """Write what an HMAC TLV at ``stop`` covers: the packet's sequence number and the TLVs before it without Extra Padding."""
    size = 4
    copy(data, 0, 4, text, 0)
    end = _tlv(data, at, stop)
    while end >= 0:
        if data[at + 1] != EXTRA_PADDING:
            copy(data, at, end - at, text, size)
            size += end - at
        at, end = end, _tlv(data, end, stop)
    return size


@njit("void(u1[::1],i8,i8,i8[:,::1])", cache=True, nogil=True)
def _seal(data: Any, at: Any, stop: Any, pads: Any) -> None:
    """Compute the HMAC TLV anew, where there is one."""
    place = find(data, at, stop, HMAC)
    if place >= 0 and place + 4 + DIGEST_BYTES <= stop:
        text = np.empty(4 + place - at, np.uint8)
        sign(pads, text, 0, _covered(data, at, place, text), data, place + 4)


@njit("b1(u1[::1],i8,i8,i8[:,::1])", cache=True, nogil=True)
def _sealed(data: Any, at: Any, stop: Any, pads: Any) -> Any:
    """Whether the TLVs carry a right HMAC TLV, or need none: nothing but Extra Padding."""
    place = find(data, at, stop, HMAC)
    if place < 0:
        return not _needs_seal(data, at, stop)
    if place + 4 + DIGEST_BYTES > stop or get(data, place + 2, 2) != DIGEST_BYTES:
        return False
    text = np.empty(4 + place - at, np.uint8)
    return signed(pads, text, 0, _covered(data, at, place, text), data, place + 4)


@njit("void(u1[::1],u1[::1],i8,i8,i8,i8,i8,i8[:,::1])", cache=True, nogil=True)
def write_request(
    out: Any, template: Any, size: Any, mode: Any, sequence: Any, stamp: Any, mark: Any, pads: Any
) -> None:
    """A request of ``size`` bytes from its template; ``mark``: of an echo, as :func:`hear` knows its reply."""
    copy(template, 0, size, out, 0)
    head = _ECHO_HEAD if mode == ECHO else 0
    tail = _AUTHENTIC if mode == AUTHENTICATED else head + _BASE
    put(out, head, 4, sequence)
    put(out, 16 if mode == AUTHENTICATED else head + 4, 8, stamp)
    if tail + 16 <= size and out[tail + 1] == DIRECT_MEASUREMENT:
        put(out, tail + 4, 4, sequence + 1)
    if mode == AUTHENTICATED:
        sign(pads, out, 0, _COVERED, out, _COVERED)
        _seal(out, tail, size, pads)
    elif mode == ECHO:
        out[0] = 128 if mark >> 16 else 8
        put(out, 4, 2, mark)
        put(out, 6, 2, sequence)
        put(out, 2, 2, folded(word_sum(out, 0, size)))


@njit("void(u1[::1],i8,i8,i8,i8[:,::1],i8[::1])", cache=True, nogil=True)
def hear(data: Any, size: Any, mode: Any, mark: Any, pads: Any, found: Any) -> None:
    """Write what ``size`` bytes answer: NOTHING, HEARD or FORGED; the sender's sequence; its timestamp as on the wire.

    ``mark``: of an echo, the type of replies times 65536 plus the identifier, 0 where the kernel checks that.
    """
    found[0] = NOTHING
    if mode == ECHO:
        known = size >= _ECHO_HEAD + _BASE and data[0] == mark >> 16
        if known and (mark & 0xFFFF == 0 or get(data, 4, 2) == mark & 0xFFFF):
            found[0], found[1], found[2] = HEARD, get(data, 8, 4), get(data, 12, 8)
    elif mode == UNAUTHENTICATED:
        if size >= _BASE:
            found[0], found[1], found[2] = HEARD, get(data, 24, 4), get(data, 28, 8)
    elif size >= _AUTHENTIC:
        right = signed(pads, data, 0, _COVERED, data, _COVERED) and _sealed(data, _AUTHENTIC, size, pads)
        found[0], found[1], found[2] = (HEARD if right else FORGED), get(data, 48, 4), get(data, 64, 8)


@njit("b1(u1[::1],i8,i8,i8[:,::1])", cache=True, nogil=True)
def readable(data: Any, size: Any, mode: Any, pads: Any) -> Any:
    """Whether a reflector answers these ``size`` bytes; with a key only what has the right HMAC."""
    if mode == AUTHENTICATED:
        return size >= _AUTHENTIC and signed(pads, data, 0, _COVERED, data, _COVERED)
    return size >= SHORTEST_BYTES


@njit("i8(u1[::1],i8,i8)", cache=True, nogil=True)
def session_of(data: Any, size: Any, mode: Any) -> Any:
    """The SSID of a readable request (RFC 8972 §3); 0 where the packet is too short to have one."""
    at = 26 if mode == AUTHENTICATED else 14
    return get(data, at, 2) if size >= at + 2 else 0


@njit("void(u1[::1],i8,i8,i8[::1])", cache=True, nogil=True)
def _fill(data: Any, at: Any, kind: Any, seen: Any) -> None:
    """What a reflector writes into a known TLV of right length (RFC 8972 §4.3 to §4.5)."""
    if kind == TIMESTAMP_INFORMATION:
        for i in range(4):
            data[at + i] = _SOFTWARE_LOCAL if i & 1 else (_NTP if seen[3] else _FREE_RUNNING)
    elif kind == CLASS_OF_SERVICE:  # DSCP1 as asked, DSCP2 and ECN as received, RP 0: the request is granted
        put(data, at, 4, (np.int64(data[at]) >> 2) << 26 | seen[0] >> 2 << 20 | (seen[0] & 3) << 18)
    elif kind == DIRECT_MEASUREMENT:
        put(data, at + 4, 4, seen[1])
        put(data, at + 8, 4, seen[2])


@njit("void(u1[::1],i8,i8,i8[::1])", cache=True, nogil=True)
def reflect(data: Any, at: Any, stop: Any, seen: Any) -> None:
    """Turn the TLVs of a request into those of its reply: same length, flags and values set by this reflector.

    A TLV that runs past the packet, or whose value has the wrong length for its type, gets the M flag; the first kind
    ends the walk. Fewer than 4 bytes at the end are no TLV (a TWAMP-light sender pads without one) and stay as they are.
    ``seen``: traffic class, packets of the session received and sent, whether the clock is synchronised.
    """
    while at + 4 <= stop:
        kind, size = np.int64(data[at + 1]), get(data, at + 2, 2)
        wanted = np.int64(-1)
        if kind in (TIMESTAMP_INFORMATION, CLASS_OF_SERVICE):
            wanted = np.int64(4)
        elif kind == DIRECT_MEASUREMENT:
            wanted = np.int64(12)
        elif kind == HMAC:
            wanted = np.int64(DIGEST_BYTES)
        flags = np.int64(data[at]) & 0x1F
        if wanted < 0 and kind != EXTRA_PADDING:
            flags |= UNRECOGNISED
        if at + 4 + size > stop:
            data[at] = flags | MALFORMED
            return
        if wanted not in (-1, size):
            flags |= MALFORMED
        else:
            _fill(data, at + 4, kind, seen)
        data[at] = flags
        at += 4 + size


@njit("i8(u1[::1],i8,i8,i8)", cache=True, nogil=True)
def asked_class(data: Any, size: Any, mode: Any, otherwise: Any) -> Any:
    """The DSCP that a Class of Service TLV asks for on the way back; ``otherwise`` when there is no such TLV."""
    tail = _AUTHENTIC if mode == AUTHENTICATED else _BASE
    at = find(data, tail, size, CLASS_OF_SERVICE)
    if at < 0 or get(data, at + 2, 2) != 4:
        return otherwise
    return np.int64(data[at + 4]) >> 2


@njit("void(u1[::1],u1[::1],i8[::1])", cache=True, nogil=True)
def _authentic(asked: Any, out: Any, own: Any) -> None:
    put(out, 16, 8, own[1])
    put(out, 24, 2, own[3])
    copy(asked, 26, 2, out, 26)
    put(out, 32, 8, own[2])
    copy(asked, 0, 4, out, 48)
    copy(asked, 16, 10, out, 64)
    out[80] = own[4] & 255


@njit("void(u1[::1],i8,i8)", cache=True, nogil=True)
def _refuse(data: Any, at: Any, stop: Any) -> None:
    end = _tlv(data, at, stop)
    while end >= 0:
        data[at] |= INTEGRITY
        at, end = end, _tlv(data, end, stop)


@njit("i8(u1[::1],i8,u1[::1],i8,i8[::1],i8[::1],i8[:,::1])", cache=True, nogil=True)
def answer(data: Any, size: Any, out: Any, mode: Any, own: Any, seen: Any, pads: Any) -> Any:
    """Write the reply to a readable request of ``size`` bytes and return its length: that of the request, at least the base's.

    ``own``: sequence, T3 and T2 as on the wire, error estimate, TTL of the request. A request shorter than 44 bytes is
    read as if padded with zeros; TLVs whose HMAC is wrong go back untouched but flagged (RFC 8972 §4.8).
    """
    tail = _AUTHENTIC if mode == AUTHENTICATED else _BASE
    stop = max(size, tail)
    asked = np.zeros(tail, np.uint8)
    copy(data, 0, min(size, tail), asked, 0)
    for i in range(tail):
        out[i] = 0
    copy(data, tail, stop - tail, out, tail)
    put(out, 0, 4, own[0])
    if mode == AUTHENTICATED:
        _authentic(asked, out, own)
        sound = _sealed(data, tail, stop, pads)
        sign(pads, out, 0, _COVERED, out, _COVERED)
        if not sound:
            _refuse(out, tail, stop)
            return stop
        reflect(out, tail, stop, seen)
        _seal(out, tail, stop, pads)
        return stop
    put(out, 4, 8, own[1])
    put(out, 12, 2, own[3])
    copy(asked, 14, 2, out, 14)
    put(out, 16, 8, own[2])
    copy(asked, 0, 14, out, 24)
    out[40] = own[4] & 255
    reflect(out, tail, stop, seen)
    return stop
