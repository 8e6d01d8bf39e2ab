# SPDX-License-Identifier: Apache-2.0
"""MQTT 3.1, 3.1.1 and 5.0 packets out of a stream of bytes: publications, connects, wills. Pure.

MQTT 3.1.1 (OASIS, 2014) §2–3 and MQTT 5.0 (OASIS, 2019) §2–3; the decoder is strict, so that a stream joined in its middle is
taken up at the first packet that is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

CONNECT, PUBLISH = 1, 3
_FLAGS = {1: 0, 2: 0, 4: 0, 5: 0, 6: 2, 7: 0, 8: 2, 9: 0, 10: 2, 11: 0, 12: 0, 13: 0, 14: 0, 15: 0}
_PROTOCOLS = {(b"MQTT", 4): 4, (b"MQTT", 5): 5, (b"MQIsdp", 3): 3}
_LARGEST = 1 << 24


class Packet(NamedTuple):
    """One control packet: type, flags, its bytes behind the fixed header."""

    kind: int
    flags: int
    body: bytes


class Publication(NamedTuple):
    """A PUBLISH: topic, payload, whether it is retained, sent again, and its packet identifier (0 at QoS 0)."""

    topic: str
    payload: bytes
    retained: bool
    again: bool
    identifier: int
    alias: int


@dataclass(slots=True)
class Decoder:
    """Bytes of one direction in, packets out; ``lost`` counts bytes that were no packet."""

    rest: bytearray = field(default_factory=bytearray)
    lost: int = 0
    synchronised: bool = False

    def take(self, data: bytes, *, gap: bool = False) -> Iterator[Packet]:
        """The packets that are whole now; after a ``gap`` the next packet is looked for."""
        if gap:
            self.lost, self.rest, self.synchronised = self.lost + len(self.rest), bytearray(), False
        self.rest += data
        at, stuck = 0, False
        while at < len(self.rest) and not stuck:
            found = _packet(self.rest, at)
            if found is None:
                stuck = True
            elif found[0] is None or (not self.synchronised and not _plausible(found[0])):
                self.lost, at, self.synchronised = self.lost + 1, at + 1, False
            else:
                self.synchronised, at = True, found[1]
                yield found[0]
        del self.rest[:at]


def _packet(data: bytearray, start: int) -> tuple[Packet | None, int] | None:
    """The packet at ``start`` and where it ends; (None, 0) where there is none; None while it is not whole."""
    kind, flags = data[start] >> 4, data[start] & 15
    if not kind or (kind == PUBLISH and flags >> 1 & 3 == 3) or (kind != PUBLISH and flags != _FLAGS[kind]):
        return None, 0
    length, shift, at = 0, 0, start + 1
    while True:
        if at >= len(data):
            return (None, 0) if at > start + 4 else None
        length |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            break
        if at > start + 4:
            return None, 0
    if length > _LARGEST:
        return None, 0
    return (Packet(kind, flags, bytes(data[at : at + length])), at + length) if len(data) >= at + length else None


_SHORT = {2: range(2, 64), 4: range(2, 64), 9: range(3, 64), 12: range(1), 13: range(1)}
"""Packets other than PUBLISH and CONNECT that a stream joined in its middle may begin with, and how long they are."""


def _plausible(packet: Packet) -> bool:
    """Whether a packet may be the first one that is seen of a stream."""
    if packet.kind == PUBLISH:
        return publication(packet, 4) is not None
    return (packet.kind == CONNECT and version_of(packet) > 0) or len(packet.body) in _SHORT.get(packet.kind, ())


def version_of(connect: Packet) -> int:
    """The protocol level that a CONNECT asks for: 3, 4 or 5; 0 where it is no CONNECT of MQTT."""
    name, rest = _string(connect.body)
    return _PROTOCOLS.get((name, rest[0]), 0) if rest else 0


def publication(packet: Packet, version: int) -> Publication | None:
    """What a PUBLISH says; None where it is none in order (a topic of no UTF-8 or with wildcards, a cut packet)."""
    name, rest = _string(packet.body)
    try:
        topic = name.decode()
    except UnicodeDecodeError:
        return None
    identifier, alias = 0, 0
    if packet.flags & 6:
        if len(rest) < 2:
            return None
        identifier, rest = int.from_bytes(rest[:2], "big"), rest[2:]
    if version == 5:
        found = _properties(rest)
        if found is None:
            return None
        alias, rest = found
    if (not topic and not alias) or any(each in topic for each in "+#\0"):
        return None
    return Publication(topic, rest, bool(packet.flags & 1), bool(packet.flags & 8), identifier, alias)


def _string(data: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(data[:2], "big")
    return (data[2 : 2 + size], data[2 + size :]) if len(data) >= 2 + size else (b"", b"")


_SIZES = {1: 1, 2: 4, 35: 2}


def _properties(data: bytes) -> tuple[int, bytes] | None:
    """(topic alias, what follows) of the properties of a PUBLISH (MQTT 5.0 §3.3.2.3); None where they are none."""
    length, at = _variable(data, 0)
    end, alias = at + length, 0
    if length < 0 or end > len(data):
        return None
    while at < end:
        kind = data[at]
        if kind in _SIZES:
            size = _SIZES[kind]
            alias = int.from_bytes(data[at + 1 : at + 3], "big") if kind == 35 else alias
        elif kind in {3, 8, 9}:
            size = 2 + int.from_bytes(data[at + 1 : at + 3], "big")
        elif kind == 38:
            first = 2 + int.from_bytes(data[at + 1 : at + 3], "big")
            size = first + 2 + int.from_bytes(data[at + 1 + first : at + 3 + first], "big")
        elif kind == 11:
            size = _variable(data, at + 1)[1] - at - 1
        else:
            return None
        at += 1 + size
    return (alias, data[end:]) if at == end else None


def _variable(data: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer and what stands behind it; -1 where it is none."""
    value = 0
    for step in range(4):
        if at >= len(data):
            return -1, at
        value |= (data[at] & 127) << 7 * step
        at += 1
        if data[at - 1] < 128:
            return value, at
    return -1, at
