# SPDX-License-Identifier: Apache-2.0
"""What simulated plants write: MQTT packets and Sparkplug B payloads."""

from __future__ import annotations

import struct
from collections.abc import Iterable


def varint(value: int) -> bytes:
    """A number as MQTT and protobuf write it: seven bits a byte, the least first."""
    out = bytearray()
    while True:
        value, low = value >> 7, value & 127
        out.append(low | (128 if value else 0))
        if not value:
            return bytes(out)


def text(value: str) -> bytes:
    """A string of MQTT."""
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def packet(head: int, body: bytes) -> bytes:
    """A control packet."""
    return bytes([head]) + varint(len(body)) + body


def publish(topic: str, payload: bytes, *, retain: bool = False, identifier: int = 0) -> bytes:
    """A PUBLISH at QoS 0, or at QoS 1 where it has an identifier."""
    middle = struct.pack(">H", identifier) if identifier else b""
    return packet(0x30 | retain | (2 if identifier else 0), text(topic) + middle + payload)


def metric(name: str, value: float | str | bool, *, alias: int | None = None) -> bytes:
    """A metric of Sparkplug B; an empty name leaves it to the alias."""
    body = _bytes(1, name.encode()) if name else b""
    body += _number(2, alias) if alias is not None else b""
    if isinstance(value, bool):
        return body + _number(4, 11) + _number(14, int(value))
    if isinstance(value, str):
        return body + _number(4, 12) + _bytes(15, value.encode())
    if isinstance(value, int):
        return body + _number(4, 8) + _number(11, value & ((1 << 64) - 1))
    return body + _number(4, 10) + b"\x69" + struct.pack("<d", value)


def payload(time_ms: int, metrics: Iterable[bytes], sequence: int | None = None) -> bytes:
    """A payload of Sparkplug B."""
    body = _number(1, time_ms) + b"".join(_bytes(2, each) for each in metrics)
    return body if sequence is None else body + _number(3, sequence)


def _number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value
