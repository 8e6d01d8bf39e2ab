# SPDX-License-Identifier: Apache-2.0
"""STAMP test packets, unauthenticated mode, wire-exact (RFC 8762 §4.2.1 and §4.3.1, SSID of RFC 8972 §3).

Both directions are 44 bytes of UDP payload; a longer packet carries an Extra Padding TLV (RFC 8972 §4.1).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError, UsageError

PORT = 862  # RFC 8545 §4
BASE_BYTES = 44
TLV_BYTES = 4
LARGEST_BYTES = 65_000
_PADDING = 1
_UNRECOGNISED = 0x80  # the sender sets U; a reflector that knows the TLV clears it (RFC 8972 §4)
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


def padding(size_bytes: int) -> bytes:
    """What follows the 44 bytes in a payload of ``size_bytes``: nothing, or an Extra Padding TLV; UsageError if impossible."""
    if size_bytes == BASE_BYTES:
        return b""
    if not BASE_BYTES + TLV_BYTES <= size_bytes <= LARGEST_BYTES:
        msg = f"A STAMP packet cannot have {size_bytes} B of UDP payload."
        raise UsageError(msg, cure=f"use {BASE_BYTES} B, or {BASE_BYTES + TLV_BYTES} B to {LARGEST_BYTES} B.")
    length = size_bytes - BASE_BYTES - TLV_BYTES
    return struct.pack(">BBH", _UNRECOGNISED, _PADDING, length) + bytes(length)


def decode_senders(payloads: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Sender packets from their first 44 bytes, shape (n, 44), as records of :data:`SENDER_DTYPE`, shape (n,)."""
    return np.ascontiguousarray(payloads).view(SENDER_DTYPE).reshape(-1)


def decode_reflectors(payloads: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Reflector packets from their first 44 bytes, shape (n, 44), as records of :data:`REFLECTOR_DTYPE`, shape (n,)."""
    return np.ascontiguousarray(payloads).view(REFLECTOR_DTYPE).reshape(-1)


def _long_enough(payload: bytes) -> bytes:
    if len(payload) < BASE_BYTES:
        msg = f"{len(payload)} bytes are too few for a STAMP packet."
        raise DecodeError(msg, cure="check the peer speaks STAMP.")
    return payload
