# SPDX-License-Identifier: Apache-2.0
"""STAMP optional extensions (RFC 8972 §4): what a sender asks for, and how a reflector treats what it gets. Pure.

A TLV is flags (U unrecognised, M malformed, I integrity failed), type, 16-bit length, value. Known ones come back with U
clear, unknown ones with U set. In authenticated mode an HMAC TLV follows all others but Extra Padding and covers the
packet's sequence number and the TLVs before it (§4.8); Extra Padding is never covered.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass

HEAD_BYTES = 4
UNRECOGNISED, MALFORMED, INTEGRITY = 0x80, 0x40, 0x20
EXTRA_PADDING, TIMESTAMP_INFORMATION, CLASS_OF_SERVICE, DIRECT_MEASUREMENT, HMAC = 1, 3, 4, 5, 8
DIGEST_BYTES = 16
HMAC_BYTES = HEAD_BYTES + DIGEST_BYTES
EXTENSIONS = {"direct-measurement": 12, "timestamp-information": 4, "class-of-service": 4}
"""What a profile may ask for, in the order in which it is sent, with the length of its value."""
_SOFTWARE_LOCAL = 2  # timestamp method, RFC 8972 §4.3
_FREE_RUNNING, _NTP = 5, 1  # synchronization source, RFC 8972 §4.3


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a reflector knows of the packet it answers: traffic class, packets of the session received and sent, its clock."""

    traffic_class: int = 0
    received: int = 0
    sent: int = 0
    synchronised: bool = False


def requests(names: tuple[str, ...], dscp: int = 0) -> bytes:
    """The TLVs that ask for ``names`` of :data:`EXTENSIONS`; class of service asks for ``dscp`` on the way back."""
    found = b""
    for name, length in EXTENSIONS.items():
        if name in names:
            value = struct.pack(">I", dscp << 26) if name == "class-of-service" else bytes(length)
            found += tlv(_TYPES[name], value)
    return found


def counted(tail: bytes, sent: int) -> bytes:
    """``tail`` with the sender's counter in its Direct Measurement TLV, which stands first when it is there (RFC 8972 §4.5)."""
    if len(tail) > 8 and tail[1] == DIRECT_MEASUREMENT:
        return tail[:4] + struct.pack(">I", sent & 0xFFFF_FFFF) + tail[8:]
    return tail


def tlv(kind: int, value: bytes) -> bytes:
    """A TLV as a sender writes it: U set, for the reflector to clear."""
    return struct.pack(">BBH", UNRECOGNISED, kind, len(value)) + value


def digest(key: bytes, text: bytes) -> bytes:
    """HMAC-SHA-256 cut to its first 128 bits (RFC 8762 §4.4, RFC 4868)."""
    return hmac.new(key, text, hashlib.sha256).digest()[:DIGEST_BYTES]


def seal(tail: bytes, sequence: int, key: bytes) -> bytes:
    """``tail`` with an HMAC TLV before its trailing Extra Padding, or as it is where there is nothing to protect."""
    cut = _protected(tail)
    if cut == 0:
        return tail
    return tail[:cut] + tlv(HMAC, digest(key, _covered(sequence, tail[:cut]))) + tail[cut:]


def sealed(tail: bytes, sequence: int, key: bytes) -> bool:
    """Whether the TLVs of ``tail`` carry a right HMAC TLV, or need none: nothing but Extra Padding."""
    for at, kind, length in _walk(tail):
        if kind == HMAC:
            value = tail[at + HEAD_BYTES : at + HEAD_BYTES + length]
            return hmac.compare_digest(value, digest(key, _covered(sequence, tail[:at])))
    return _protected(tail) == 0


def reflect(tail: bytes, arrival: Arrival | None = None) -> bytes:
    """The TLVs after the base packet as they go back: same length, flags and values set by this reflector.

    A TLV that runs past the packet, or whose value has the wrong length for its type, gets the M flag; the first kind
    ends the walk. Fewer than 4 bytes at the end are no TLV (a TWAMP-light sender pads without one) and stay as they are.
    """
    seen, answer, at = arrival or Arrival(), bytearray(tail), 0
    while at + HEAD_BYTES <= len(answer):
        length = int.from_bytes(answer[at + 2 : at + 4], "big")
        kind = answer[at + 1]
        answer[at] &= ~(UNRECOGNISED | MALFORMED | INTEGRITY) & 0xFF
        if kind not in _KNOWN:
            answer[at] |= UNRECOGNISED
        stop = at + HEAD_BYTES + length
        if stop > len(answer):
            answer[at] |= MALFORMED
            break
        if _KNOWN.get(kind, length) not in {length, None}:
            answer[at] |= MALFORMED
        elif kind in _KNOWN:
            answer[at + HEAD_BYTES : stop] = _value(kind, bytes(answer[at + HEAD_BYTES : stop]), seen)
        at = stop
    return bytes(answer)


def refuse(tail: bytes) -> bytes:
    """The TLVs as they go back when their HMAC is wrong: untouched but for the I flag of each (RFC 8972 §4.8)."""
    answer = bytearray(tail)
    for at, _kind, _length in _walk(tail):
        answer[at] |= INTEGRITY
    return bytes(answer)


def reseal(tail: bytes, sequence: int, key: bytes) -> bytes:
    """``tail`` with its HMAC TLV computed anew for the reflector's own ``sequence``."""
    for at, kind, _length in _walk(tail):
        if kind == HMAC:
            start = at + HEAD_BYTES
            return tail[:start] + digest(key, _covered(sequence, tail[:at])) + tail[start + DIGEST_BYTES :]
    return tail


def asked_dscp(tail: bytes) -> int | None:
    """The DSCP that a Class of Service TLV asks for on the way back; None when there is no such TLV."""
    for at, kind, length in _walk(tail):
        if kind == CLASS_OF_SERVICE and length == _KNOWN[CLASS_OF_SERVICE]:
            return tail[at + HEAD_BYTES] >> 2
    return None


def _value(kind: int, value: bytes, seen: Arrival) -> bytes:
    """What a reflector writes into a known TLV of right length (RFC 8972 §4.3 to §4.5)."""
    if kind == TIMESTAMP_INFORMATION:
        source = _NTP if seen.synchronised else _FREE_RUNNING
        return bytes([source, _SOFTWARE_LOCAL] * 2)
    if kind == CLASS_OF_SERVICE:  # DSCP1 as asked, DSCP2 and ECN as received, RP 0: the request is granted
        asked = value[0] >> 2
        word = asked << 26 | seen.traffic_class >> 2 << 20 | (seen.traffic_class & 3) << 18
        return struct.pack(">I", word)
    if kind == DIRECT_MEASUREMENT:
        return value[:4] + struct.pack(">II", seen.received & 0xFFFF_FFFF, seen.sent & 0xFFFF_FFFF)
    return value


def _walk(tail: bytes) -> Iterator[tuple[int, int, int]]:
    """(offset, type, length) of every whole TLV."""
    at = 0
    while at + HEAD_BYTES <= len(tail):
        length = int.from_bytes(tail[at + 2 : at + 4], "big")
        if at + HEAD_BYTES + length > len(tail):
            return
        yield at, tail[at + 1], length
        at += HEAD_BYTES + length


def _protected(tail: bytes) -> int:
    """Where the last TLV that is not Extra Padding ends; 0 when there is none."""
    ends = [at + HEAD_BYTES + length for at, kind, length in _walk(tail) if kind != EXTRA_PADDING]
    return max(ends, default=0)


def _covered(sequence: int, tail: bytes) -> bytes:
    """What an HMAC TLV covers: the packet's sequence number and the TLVs before it without Extra Padding."""
    kept = b"".join(tail[at : at + HEAD_BYTES + length] for at, kind, length in _walk(tail) if kind != EXTRA_PADDING)
    return struct.pack(">I", sequence & 0xFFFF_FFFF) + kept


_TYPES = {
    "direct-measurement": DIRECT_MEASUREMENT,
    "timestamp-information": TIMESTAMP_INFORMATION,
    "class-of-service": CLASS_OF_SERVICE,
}
_KNOWN = {
    EXTRA_PADDING: None,
    TIMESTAMP_INFORMATION: 4,
    CLASS_OF_SERVICE: 4,
    DIRECT_MEASUREMENT: 12,
    HMAC: DIGEST_BYTES,
}
