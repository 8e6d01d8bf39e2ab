# SPDX-License-Identifier: Apache-2.0
"""TCP payloads of a capture, both directions of each connection put in order: pcap and pcapng, small files as handshakes are.

Bytes that a capture lacks end a stream there; what came twice counts once. (draft-ietf-opsawg-pcap, -pcapng)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from harness.errors import DecodeError

_MAGIC = {
    b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">",
}  # fmt: skip
_SECTION, _ORDER = 0x0A0D0D0A, 0x1A2B3C4D
_NULL, _ETHERNET, _RAW, _LOOP, _SLL, _SLL2 = 0, 1, 101, 108, 113, 276
_UDP, _GRE, _VXLAN, _ERSPAN, _BRIDGED, _DEEPEST = 17, 47, 4789, b"\x88\xbe", b"\x65\x58", 2
_TCP, _SYN = 6, 0x02
_VLANS = {0x8100, 0x88A8}
_LARGEST = 1 << 20
"""Bytes of one direction that are put together; a handshake is far smaller."""

End = tuple[bytes, int]


@dataclass(frozen=True, slots=True)
class Connection:
    """One TCP connection: what its opener sent, and what came back."""

    opener: End
    other: End
    sent: bytes
    answered: bytes


def is_capture(data: bytes) -> bool:
    """Whether a file begins as a capture does."""
    return data[:4] in _MAGIC or data[:4] == b"\x0a\x0d\x0d\x0a"


def connections(data: bytes) -> list[Connection]:
    """Every connection, in the order in which they begin; DecodeError for a broken capture."""
    pieces: dict[tuple[End, End], list[tuple[int, bytes]]] = {}
    start: dict[tuple[End, End], int] = {}
    order: list[tuple[End, End]] = []
    for linktype, frame in _frames(data):
        found = _segment(linktype, frame)
        if found is None:
            continue
        way, sequence, flags, payload = found
        if way not in pieces and way[::-1] not in pieces:
            order.append(way)
        pieces.setdefault(way, []).append((sequence, payload))
        if flags & _SYN:
            start.setdefault(way, sequence + 1)
    return [
        Connection(
            way[0],
            way[1],
            _joined(pieces.get(way, []), start.get(way)),
            _joined(pieces.get(way[::-1], []), start.get(way[::-1])),
        )
        for way in order
    ]


def _joined(pieces: list[tuple[int, bytes]], start: int | None) -> bytes:
    """Payloads in the order of their sequence numbers, up to the first gap."""
    held = [(sequence, payload) for sequence, payload in pieces if payload]
    if not held:
        return b""
    base = held[0][0] if start is None else start
    out = bytearray()
    for at, payload in sorted(((sequence - base) & 0xFFFFFFFF, payload) for sequence, payload in held):
        if at > len(out) or len(out) > _LARGEST:
            break
        out += payload[len(out) - at :]
    return bytes(out)


def _frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    if data[:4] in _MAGIC:
        yield from _pcap(data, _MAGIC[data[:4]])
    else:
        yield from _pcapng(data)


def _pcap(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    if len(data) < 24:
        raise _broken()
    linktype = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        yield linktype, data[at + 16 : at + 16 + size]
        at += 16 + size


def _pcapng(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, order, links = 0, "<", list[int]()
    while at + 12 <= len(data):
        kind = struct.unpack_from(order + "I", data, at)[0]
        if kind == _SECTION:
            order = "<" if struct.unpack_from("<I", data, at + 8)[0] == _ORDER else ">"
            links = []
        size = struct.unpack_from(order + "I", data, at + 4)[0]
        if size < 12 or size % 4:
            raise _broken()
        if kind == 1 and at + 10 <= len(data):
            links.append(struct.unpack_from(order + "H", data, at + 8)[0])
        elif kind == 6 and at + 28 <= len(data):
            interface, _, _, kept = struct.unpack_from(order + "4I", data, at + 8)
            if interface < len(links):
                yield links[interface], data[at + 28 : at + 28 + kept]
        elif kind == 3 and links:
            kept = struct.unpack_from(order + "I", data, at + 8)[0]
            yield links[0], data[at + 12 : at + 12 + min(kept, size - 16)]
        at += size


def _segment(linktype: int, frame: bytes) -> tuple[tuple[End, End], int, int, bytes] | None:
    """(from, to), sequence number, flags and payload of a TCP segment; None for what is none."""
    packet = _packet(linktype, frame)
    for _ in range(_DEEPEST):
        packet = _inner(packet) or packet
    if len(packet) < 20:
        return None
    if packet[0] >> 4 == 4:
        head, total = 4 * (packet[0] & 15), int.from_bytes(packet[2:4], "big")
        fragment = int.from_bytes(packet[6:8], "big") & 0x3FFF
        if packet[9] != _TCP or fragment or head < 20:
            return None
        ends, body = (packet[12:16], packet[16:20]), packet[head : total or None]
    elif packet[0] >> 4 == 6 and len(packet) >= 40 and packet[6] == _TCP:
        ends, body = (packet[8:24], packet[24:40]), packet[40 : 40 + int.from_bytes(packet[4:6], "big")]
    else:
        return None
    if len(body) < 20:
        return None
    source, target, sequence = struct.unpack_from(">HHI", body)
    return ((ends[0], source), (ends[1], target)), sequence, body[13], body[4 * (body[12] >> 4) :]


def _inner(packet: bytes) -> bytes:
    """The packet that a mirror carries inside GRE (RFC 2784, 2890), ERSPAN or VXLAN (RFC 7348); nothing where there is none."""
    if len(packet) < 40 or packet[0] >> 4 not in {4, 6}:
        return b""
    old = packet[0] >> 4 == 4
    kind, body = (packet[9], packet[4 * (packet[0] & 15) :]) if old else (packet[6], packet[40:])
    if kind == _UDP and int.from_bytes(body[2:4], "big") == _VXLAN:
        return _packet(_ETHERNET, body[16:])
    if kind != _GRE or len(body) < 4:
        return b""
    carried, at = body[2:4], 4 + sum(4 for bit in (0x80, 0x20, 0x10) if body[0] & bit)
    if carried in {b"\x08\x00", b"\x86\xdd"}:
        return body[at:]
    if carried == _ERSPAN:  # its first form has no head, and no sequence number
        return _packet(_ETHERNET, body[at + (8 if body[0] & 0x10 else 0) :])
    return _packet(_ETHERNET, body[at:]) if carried == _BRIDGED else b""


def _packet(linktype: int, frame: bytes) -> bytes:
    if linktype == _ETHERNET:
        at = 12
        while int.from_bytes(frame[at : at + 2], "big") in _VLANS:
            at += 4
        return frame[at + 2 :] if frame[at : at + 2] in {b"\x08\x00", b"\x86\xdd"} else b""
    skipped = {_NULL: 4, _LOOP: 4, _RAW: 0, 12: 0, 228: 0, 229: 0, _SLL: 16, _SLL2: 20}.get(linktype)
    return b"" if skipped is None else frame[skipped:]


def _broken() -> DecodeError:
    return DecodeError("This capture is cut off.", cure="capture the handshake again.")
