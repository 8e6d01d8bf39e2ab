# SPDX-License-Identifier: Apache-2.0
"""How a session's packets are put on the wire and believed: unauthenticated, authenticated, or inside an ICMP echo. Pure.

Authenticated (RFC 8762 §4.4): 112 bytes both ways, the last 16 an HMAC-SHA-256 over the first 96, cut to 128 bits.
A packet whose HMAC is wrong is no answer; both ends count it, and the sender keeps it in the trace.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hmac import compare_digest
from typing import NamedTuple, Protocol

from probes.network import stamp_tlv
from probes.network.datagram import checksum
from probes.network.stamp_packet import AUTHENTIC_BYTES, BASE_BYTES, ReflectorPacket, SenderPacket

SHORTEST_BYTES = 14  # sequence, timestamp, error estimate: what a TWAMP-light sender sends at least
_SENDER = struct.Struct(">I12xQHH68x")
_REFLECTOR = struct.Struct(">I12xQHH4xQ8xI12xQH6xB15x")
_COVERED = _SENDER.size
_ECHO = {4: (8, 0), 6: (128, 129)}  # echo request and reply (RFC 792, RFC 4443 §4)
_ECHO_HEAD = struct.Struct(">BBHHH")


class Heard(NamedTuple):
    """A reply as the sender reads it: the sender's sequence and timestamp it copied, and whether its HMAC is right."""

    sequence: int
    timestamp: int
    authentic: bool = True


class Mode(Protocol):
    """What a sender needs of a mode."""

    name: str
    base_bytes: int

    def ask(self, packet: SenderPacket) -> bytes:
        """The payload that carries ``packet`` with its TLVs."""

    def heard(self, payload: bytes) -> Heard | None:
        """What a payload answers; None when it cannot be an answer."""


class Unauthenticated:
    """Both ends of the unauthenticated mode."""

    name = "unauthenticated"
    base_bytes = BASE_BYTES

    def ask(self, packet: SenderPacket) -> bytes:
        """44 bytes and the TLVs."""
        return packet.encode()

    def heard(self, payload: bytes) -> Heard | None:
        """None below 44 bytes."""
        if len(payload) < BASE_BYTES:
            return None
        reply = ReflectorPacket.decode(payload)
        return Heard(reply.sender_sequence, reply.sender_timestamp)

    def asked(self, payload: bytes) -> SenderPacket | None:
        """A request; one shorter than 44 bytes is read as if padded with zeros, one below 14 bytes is none."""
        if len(payload) < SHORTEST_BYTES:
            return None
        return SenderPacket.decode(payload.ljust(BASE_BYTES, b"\0"))

    def answer(self, packet: ReflectorPacket, arrival: stamp_tlv.Arrival, asked: SenderPacket) -> bytes:
        """The reply with the sender's TLVs reflected."""
        tail = stamp_tlv.reflect(asked.tail, arrival)
        return packet.encode() + tail


@dataclass(frozen=True, slots=True, repr=False)
class Authenticated:
    """Both ends of the authenticated mode with a shared ``key``, which is never printed."""

    key: bytes
    name = "authenticated"
    base_bytes = AUTHENTIC_BYTES

    def ask(self, packet: SenderPacket) -> bytes:
        """112 bytes and the TLVs, protected by an HMAC TLV where there are any besides padding."""
        head = _SENDER.pack(packet.sequence & 0xFFFF_FFFF, packet.timestamp, packet.error, packet.ssid)
        return self._signed(head) + stamp_tlv.seal(packet.tail, packet.sequence, self.key)

    def heard(self, payload: bytes) -> Heard | None:
        """None below 112 bytes; ``authentic`` only when packet and TLVs are."""
        if len(payload) < AUTHENTIC_BYTES:
            return None
        own, _t3, _error, _ssid, _t2, sequence, timestamp, _sent_error, _ttl = _REFLECTOR.unpack_from(payload)
        sound = self._right(payload) and stamp_tlv.sealed(payload[AUTHENTIC_BYTES:], own, self.key)
        return Heard(sequence, timestamp, sound)

    def asked(self, payload: bytes) -> SenderPacket | None:
        """A request with the right HMAC; None for anything else."""
        if len(payload) < AUTHENTIC_BYTES or not self._right(payload):
            return None
        sequence, timestamp, error, ssid = _SENDER.unpack_from(payload)
        return SenderPacket(sequence, timestamp, error, ssid, payload[AUTHENTIC_BYTES:])

    def answer(self, packet: ReflectorPacket, arrival: stamp_tlv.Arrival, asked: SenderPacket) -> bytes:
        """The reply; TLVs whose HMAC is wrong go back untouched but flagged."""
        copied = (packet.sender_sequence, packet.sender_timestamp, packet.sender_error, packet.sender_ttl)
        own = (packet.sequence & 0xFFFF_FFFF, packet.timestamp, packet.error, packet.ssid, packet.received)
        if not stamp_tlv.sealed(asked.tail, asked.sequence, self.key):
            return self._signed(_REFLECTOR.pack(*own, *copied)) + stamp_tlv.refuse(asked.tail)
        tail = stamp_tlv.reflect(asked.tail, arrival)
        return self._signed(_REFLECTOR.pack(*own, *copied)) + stamp_tlv.reseal(tail, packet.sequence, self.key)

    def _signed(self, head: bytes) -> bytes:
        return head + stamp_tlv.digest(self.key, head)

    def _right(self, payload: bytes) -> bool:
        digest = stamp_tlv.digest(self.key, payload[:_COVERED])
        return compare_digest(payload[_COVERED:AUTHENTIC_BYTES], digest)


@dataclass(frozen=True, slots=True)
class Echo:
    """A STAMP sender packet inside an ICMP echo request (RFC 792, RFC 4443): any host answers, none tells its own times.

    ``identifier`` marks our requests on a raw socket; 0 on a ping socket, where the kernel chooses and checks it.
    """

    version: int
    identifier: int
    name = "icmp"
    base_bytes = 8 + BASE_BYTES

    def ask(self, packet: SenderPacket) -> bytes:
        """Type, code, checksum, identifier, sequence, then the packet. ICMPv6's checksum is the kernel's to write."""
        body = packet.encode()
        kind = _ECHO[self.version][0]
        head = _ECHO_HEAD.pack(kind, 0, 0, self.identifier, packet.sequence & 0xFFFF)
        return _ECHO_HEAD.pack(kind, 0, checksum(head + body), self.identifier, packet.sequence & 0xFFFF) + body

    def heard(self, payload: bytes) -> Heard | None:
        """None for what is no echo reply that carries a packet."""
        if len(payload) < self.base_bytes or payload[0] != _ECHO[self.version][1]:
            return None
        if self.identifier and int.from_bytes(payload[4:6], "big") != self.identifier:
            return None
        packet = SenderPacket.decode(payload[_ECHO_HEAD.size :])
        return Heard(packet.sequence, packet.timestamp)
