# SPDX-License-Identifier: Apache-2.0
"""STAMP test packets, wire-exact (RFC 8762 §4.2 and §4.3, SSID of RFC 8972 §3).

Unauthenticated, both directions are 44 bytes of UDP payload, authenticated 112; a longer packet carries TLVs, at the end
an Extra Padding TLV (RFC 8972 §4.1). How an authenticated packet is made and checked: :mod:`probes.network.wire.modes`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from probes.network.wire.sizes import AUTHENTIC_BYTES, BASE_BYTES

_SENDER = struct.Struct(">IQHH28x")
_REFLECTOR = struct.Struct(">IQHHQIQHHB3x")

SENDER_DTYPE = np.dtype([("sequence", ">u4"), ("timestamp", ">u8"), ("error", ">u2"), ("ssid", ">u2"), ("mbz", "V28")])
REFLECTOR_DTYPE = np.dtype(
    [
        ("sequence", ">u4"),
        ("timestamp", ">u8"),
        ("error", ">u2"),
        ("ssid", ">u2"),
        ("received", ">u8"),
        ("sender_sequence", ">u4"),
        ("sender_timestamp", ">u8"),
        ("sender_error", ">u2"),
        ("mbz", ">u2"),
        ("sender_ttl", "u1"),
        ("mbz_tail", "V3"),
    ]
)
_PLACES = {
    "sender": (("sequence", ">u4", 0), ("timestamp", ">u8", 16), ("error", ">u2", 24), ("ssid", ">u2", 26)),
    "reflector": (
        ("sequence", ">u4", 0),
        ("timestamp", ">u8", 16),
        ("error", ">u2", 24),
        ("ssid", ">u2", 26),
        ("received", ">u8", 32),
        ("sender_sequence", ">u4", 48),
        ("sender_timestamp", ">u8", 64),
        ("sender_error", ">u2", 72),
        ("sender_ttl", "u1", 80),
    ),
    "echo": (
        ("sequence", ">u4", 0),
        ("timestamp", ">u8", 4),
        ("error", ">u2", 12),
        ("received", ">u8", 4),
        ("sender_sequence", ">u4", 0),
        ("sender_timestamp", ">u8", 4),
        ("sender_error", ">u2", 12),
        ("sender_ttl", "u1", 16),
    ),
}


def _placed(kind: str, size: int) -> np.dtype[Any]:
    names, formats, offsets = zip(*_PLACES[kind], strict=True)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})


class Layout(NamedTuple):
    """Where the fields of the two packets lie: bytes of the base packet, records of what was sent and what came back."""

    size: int
    sender: np.dtype[Any]
    back: np.dtype[Any]


LAYOUTS = {
    "unauthenticated": Layout(BASE_BYTES, SENDER_DTYPE, REFLECTOR_DTYPE),
    "authenticated": Layout(AUTHENTIC_BYTES, _placed("sender", AUTHENTIC_BYTES), _placed("reflector", AUTHENTIC_BYTES)),
    "icmp": Layout(BASE_BYTES, SENDER_DTYPE, _placed("echo", BASE_BYTES)),
}
"""By the session's mode. ``icmp``: the echo reply carries the sender's own packet, and nothing of a reflector's."""


@dataclass(frozen=True, slots=True)
class SenderPacket:
    """A Session-Sender test packet; ``timestamp`` as on the wire, ``tail``: the bytes after the first 44 (TLVs)."""

    sequence: int
    timestamp: int
    error: int
    ssid: int = 0
    tail: bytes = b""

    def encode(self) -> bytes:
        """The UDP payload."""
        return _SENDER.pack(self.sequence & 0xFFFF_FFFF, self.timestamp, self.error, self.ssid) + self.tail

    @classmethod
    def decode(cls, payload: bytes) -> SenderPacket:
        """Read a payload; DecodeError when it is shorter than 44 bytes."""
        sequence, timestamp, error, ssid = _SENDER.unpack_from(_long_enough(payload))
        return cls(sequence, timestamp, error, ssid, payload[BASE_BYTES:])


@dataclass(frozen=True, slots=True)
class ReflectorPacket:
    """A Session-Reflector test packet: its own sequence and T3, T2, and what it copied from the sender."""

    sequence: int
    timestamp: int
    error: int
    ssid: int
    received: int
    sender_sequence: int
    sender_timestamp: int
    sender_error: int
    sender_ttl: int
    tail: bytes = b""

    def encode(self) -> bytes:
        """The UDP payload."""
        head = (self.sequence & 0xFFFF_FFFF, self.timestamp, self.error, self.ssid, self.received)
        copied = (self.sender_sequence, self.sender_timestamp, self.sender_error, 0, self.sender_ttl)
        return _REFLECTOR.pack(*head, *copied) + self.tail

    @classmethod
    def decode(cls, payload: bytes) -> ReflectorPacket:
        """Read a payload; DecodeError when it is shorter than 44 bytes."""
        fields = _REFLECTOR.unpack_from(_long_enough(payload))
        sequence, timestamp, error, ssid, received, sent, sent_at, sent_error, _mbz, ttl = fields
        head = (sequence, timestamp, error, ssid, received)
        return cls(*head, sent, sent_at, sent_error, ttl, payload[BASE_BYTES:])


def decode_senders(payloads: npt.NDArray[np.uint8], mode: str = "unauthenticated") -> npt.NDArray[Any]:
    """Sender packets from their base packets, shape (n, size of the mode), as records with the fields of :data:`SENDER_DTYPE`."""
    return np.ascontiguousarray(payloads).view(LAYOUTS[mode].sender).reshape(-1)


def decode_reflectors(payloads: npt.NDArray[np.uint8], mode: str = "unauthenticated") -> npt.NDArray[Any]:
    """What came back, from the base packets, shape (n, size of the mode), as records with the fields of :data:`REFLECTOR_DTYPE`."""
    return np.ascontiguousarray(payloads).view(LAYOUTS[mode].back).reshape(-1)


def _long_enough(payload: bytes) -> bytes:
    if len(payload) < BASE_BYTES:
        msg = f"{len(payload)} bytes are too few for a STAMP packet."
        raise DecodeError(msg, cure="check the peer speaks STAMP.")
    return payload
