# SPDX-License-Identifier: Apache-2.0
"""Sparkplug B payloads and topics: the protobuf wire format, decoded by hand, and who is meant. Pure.

Eclipse Sparkplug 3.0.0 §6.4 (payload: 1 timestamp, 2 metrics, 3 seq, 4 uuid, 5 body; metric: 1 name, 2 alias, 3 timestamp,
4 datatype, 5 historical, 6 transient, 7 null, 10–17 values) and §4.1 (spBv1.0/group/type/node[/device]).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from harness.kit.unreadable import UnreadableError
from harness.model import Text

NAMESPACE = "spBv1.0"
KINDS = ("NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH", "NCMD", "DCMD", "STATE")
GOOD = 192
_MOST_METRICS, _LARGEST = 100_000, 1 << 24
_COMPRESSED = b"SPBV1.0_COMPRESSED"
_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
Value = int | float | bool | str | bytes | None


class Address(NamedTuple):
    """What a topic says: kind of message, group, edge node, device (empty for the node itself)."""

    kind: str
    group: str
    node: str
    device: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: name (empty where the alias stands for it), alias (None: none), time (ms, 0: none), value.

    ``historical``: kept from before, not live. ``quality``: as OPC numbers it (192: good), where the metric states one.
    """

    name: str
    alias: int | None
    time_ms: int
    value: Value
    historical: bool = False
    quality: int = GOOD


@dataclass(frozen=True, slots=True)
class Payload:
    """A decoded payload: time (ms since 1970 UTC, 0: none), metrics, sequence number (None: none)."""

    time_ms: int
    metrics: tuple[Metric, ...]
    sequence: int | None


def address(topic: str) -> Address | None:
    """Who is meant; None for a topic that is none of Sparkplug's, or of a kind that Sparkplug does not know."""
    parts = topic.split("/")
    if parts[0] != NAMESPACE:
        return None
    if parts[1:2] == ["STATE"] and len(parts) == 3:
        return Address("STATE", "", parts[2], "")
    if not 4 <= len(parts) <= 5 or not all(parts) or parts[2] not in KINDS[:8]:
        return None
    if (parts[2][0] == "D") != (len(parts) == 5):
        return None
    return Address(parts[2], parts[1], parts[3], parts[4] if len(parts) == 5 else "")


def decode(data: bytes) -> Payload:
    """The payload, what is compressed in it unpacked; UnreadableError where the bytes are none."""
    time_ms, sequence, metrics, form, body = 0, None, [], b"", b""
    for number, kind, value in _fields(data):
        if number == 1 and kind == 0:
            time_ms = int(value)
        elif number == 3 and kind == 0:
            sequence = int(value)
        elif number == 4 and kind == 2:
            form = _bytes(value)
        elif number == 5 and kind == 2:
            body = _bytes(value)
        elif number == 2 and kind == 2:
            metrics.append(_metric(_bytes(value)))
            if len(metrics) > _MOST_METRICS:
                raise _broken()
    if form == _COMPRESSED:
        inside = decode(_unpacked(body))
        return Payload(inside.time_ms or time_ms, inside.metrics, inside.sequence if sequence is None else sequence)
    return Payload(time_ms, tuple(metrics), sequence)


def _unpacked(data: bytes) -> bytes:
    """The payload in a compressed body (Sparkplug 2.2 §15.4: DEFLATE or GZIP), bounded; a payload in a payload once only."""
    machine = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        found = machine.decompress(data, _LARGEST)
    except zlib.error:
        raise _broken() from None
    if not machine.eof or _COMPRESSED in found:
        raise _broken()
    return found


def _metric(data: bytes) -> Metric:
    name, alias, time_ms, datatype, historical, null, quality = "", None, 0, 0, False, False, GOOD
    held: Value = None
    for number, kind, value in _fields(data):
        if number == 1 and kind == 2:
            name = _bytes(value).decode("utf-8", "replace")
        elif kind == 0 and number in {2, 3, 4, 5, 7}:
            whole = int(value)
            alias = whole if number == 2 else alias
            time_ms = whole if number == 3 else time_ms
            datatype = whole if number == 4 else datatype
            historical, null = historical or (number == 5 and whole != 0), null or (number == 7 and whole != 0)
        elif number == 9 and kind == 2:
            quality = _quality(_bytes(value))
        elif 10 <= number <= 17:
            held = _value(number, kind, value)
    bits = _SIGNED.get(datatype, 0)
    if bits and isinstance(held, int) and not isinstance(held, bool):
        held &= (1 << bits) - 1
        held -= (held >> (bits - 1)) << bits
    return Metric(name, alias, time_ms, None if null else held, historical, quality)


def _quality(data: bytes) -> int:
    """The property ``Quality`` (Sparkplug 3.0.0 §6.4.7: 0 bad, 192 good, 500 stale); GOOD where a metric has none."""
    names, values = [], []
    for number, _, value in _fields(data):
        if number == 1:
            names.append(_bytes(value))
        elif number == 2:
            values.append(next((int(each) for at, _, each in _fields(_bytes(value)) if at in {3, 4}), 0))
    return dict(zip(names, values, strict=False)).get(b"Quality", GOOD)


def _value(number: int, kind: int, value: int | bytes) -> Value:
    if number == 14 and kind == 0:
        return bool(value)
    if number in {10, 11} and kind == 0:
        return int(value)
    if (number, kind) in {(12, 5), (13, 1)}:
        return float(struct.unpack("<f" if kind == 5 else "<d", _bytes(value))[0])
    if number == 15 and kind == 2:
        return _bytes(value).decode("utf-8", "replace")
    if number in {16, 17} and kind == 2:
        return _bytes(value)
    raise _broken()


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    raise _broken()


def _fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """(field number, wire type, value) of a message (protobuf encoding)."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield number, kind, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in {1, 5}:
            size = 8 if kind == 1 else 4
        else:
            raise _broken()
        if not number or at + size > len(data):
            raise _broken()
        yield number, kind, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value & ((1 << 64) - 1), at
    raise _broken()


def _broken() -> UnreadableError:
    text = Text("载荷不是 Sparkplug B 的报文体。", "The payload is no Sparkplug B payload.")
    return UnreadableError(text, cure="record the messages as they come, without a gateway that repacks them.")
