# SPDX-License-Identifier: Apache-2.0
"""Decode a STAMP trace (:mod:`probes.network.wire.layout`) into columns, a row a probe that was sent. Pure.

Columns of ``probes``: target (index into the session's list), slot (of the timetable), sequence, size (UDP payload, B),
scheduled, t1_user, t1 (kernel if known), t2, t3 (the reflector's), t4, t4_user (all ns since 1970 UTC, 0 = none),
ttl and traffic_class (of the reply), sender_ttl (as the reflector saw it), reflector_sequence, replies, flags.
error and reflector_error are the two error estimates as on the wire; what the reply's TLVs told:
:data:`probes.network.wire.extensions.COLUMNS`. ``strays``: target and fate of packets that no probe owns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from harness.series import Event, Series
from probes.network.traces.session import (
    ALIEN,
    ANSWERED,
    FOREIGN,
    FORGED,
    KERNEL_RX,
    KERNEL_TX,
    LATE,
    Session,
    mode_of,
    named,
)
from probes.network.wire import extensions, layout
from probes.network.wire.packet import LAYOUTS, decode_reflectors, decode_senders
from probes.network.wire.pcapng import PACKET, STATISTICS
from probes.network.wire.timestamps import unix_of
from probes.network.wire.walk import Bytes, walk

Column = npt.NDArray[np.int64]
_OF_REPLY = (
    "t2",
    "t3",
    "t4",
    "t4_user",
    "ttl",
    "traffic_class",
    "sender_ttl",
    "reflector_sequence",
    "reflector_error",
    "replies",
)
_UNITS = dict.fromkeys(("scheduled", "t1_user", "t1", "t2", "t3", "t4", "t4_user"), "ns") | {"size": "B"}


def read_header(data: Bytes, at: int = 0) -> dict[str, Any]:
    """The session's JSON from the section block at ``at``; DecodeError when it is not one of ours."""
    texts = []
    try:
        end = at + int.from_bytes(data[at + 4 : at + 8].tobytes(), "little") - 4
        options = _options(data[at + 24 : end].tobytes())
        texts = [value.decode() for code, value in options if code == 1]
        found: dict[str, Any] = json.loads("".join(texts[1:]))
        sound = named(found["targets"]) and int(found["waiting_time_ns"]) > 0 and mode_of(found) in LAYOUTS
        if found["format"] == layout.FORMAT and sound:
            return found
    except (ValueError, KeyError, TypeError):
        pass
    msg = f"The section at byte {at} is not a STAMP session recorded by yanshou."
    raise DecodeError(msg, cure="use `yanshou analyse network` for captures made by other programs.")


def decode(data: Bytes, start: int, header: Mapping[str, Any]) -> Session:
    """The records of ``data`` from ``start``, all of the session ``header``; damage ends it with an event."""
    walked = walk(data, start)
    blocks = walked.blocks
    events = _notes(data, blocks[blocks[:, 2] == STATISTICS])
    if walked.stop < len(data):
        events.append(Event("stamp.damaged", walked.stop, {"bytes": len(data) - walked.stop}))
    packets = _packets(data, blocks[blocks[:, 2] == PACKET, 0], header, events)
    return Session(header, _probes(data, packets, header, tuple(events)), _strays(packets))


@dataclass(frozen=True, slots=True)
class _Packets:
    """Sound packet blocks of one mode: kind letter, target, comment matrix, time, place and size of the UDP payload, TTL."""

    mode: str
    sent: npt.NDArray[np.bool_]
    target: Column
    comment: Bytes
    time: Column
    payload: Column
    size: Column
    ttl: Column
    traffic_class: Column


def _packets(data: Bytes, at: Column, header: Mapping[str, Any], events: list[Event]) -> _Packets:
    mode, targets = mode_of(header), len(header["targets"])
    captured = _u32(data, at + 20)
    options = at + 28 + (captured + 3) // 4 * 4
    comment = _gather(data, options, 4 + layout.SENT_BYTES, len(data))
    sent = comment[:, 4] == ord("s")
    version = data[at + 28] >> 4 if len(at) else np.empty(0, np.uint8)
    headers = np.where(version == 6, 48, 28)
    target, digits = _number(comment, layout.TARGET)
    stated = comment[:, 2].astype(np.int64) | comment[:, 3].astype(np.int64) << 8
    expected = np.where(sent, layout.SENT_BYTES, layout.BACK_BYTES)
    sound = digits & (target < targets) & (stated == expected) & (captured >= headers + LAYOUTS[mode].size)
    sound &= ((version == 4) | (version == 6)) & _digits(comment, sent)
    if not sound.all():
        events.append(Event("stamp.malformed", int(at[~sound][0]), {"blocks": int((~sound).sum())}))
    ttl = data[at + 28 + np.where(version == 6, 7, 8)] if len(at) else version
    time = _u32(data, at + 12) << 32 | _u32(data, at + 16)
    first = data[at + 28].astype(np.int64) << 8 | data[at + 29] if len(at) else np.empty(0, np.int64)
    traffic_class = np.where(version == 6, first >> 4, first) & 0xFF
    columns = (sent, target, comment, time, at + 28 + headers, captured - headers, ttl.astype(np.int64), traffic_class)
    return _Packets(mode, *(column[sound] for column in columns))


def _probes(data: Bytes, packets: _Packets, header: Mapping[str, Any], events: tuple[Event, ...]) -> Series:
    sent = packets.sent
    rows = np.flatnonzero(sent)
    fields = decode_senders(_gather(data, packets.payload[rows], LAYOUTS[packets.mode].size), packets.mode)
    comment = packets.comment[rows]
    t1_user = unix_of(fields["timestamp"].astype(np.uint64), fields["error"].astype(np.uint16), packets.time[rows])
    kernel = comment[:, 4 + layout.SENT_CLOCK] == ord("k")
    columns = {
        "target": packets.target[rows],
        "slot": _number(comment, layout.SLOT)[0],
        "sequence": fields["sequence"].astype(np.int64),
        "size": packets.size[rows],
        "scheduled": _number(comment, layout.DUE)[0],
        "t1_user": t1_user,
        "t1": np.where(kernel, packets.time[rows], t1_user),
        **{name: np.zeros(len(rows), np.int64) for name in _OF_REPLY},
        **{name: np.full(len(rows), -1, np.int64) for name in extensions.COLUMNS},
        "error": fields["error"].astype(np.int64),
        "flags": np.where(kernel, KERNEL_TX, 0).astype(np.int64),
    }
    where = _answers(data, packets, fields, columns)
    if header.get("extensions"):
        _extended(data, packets, header, where, columns)
    return Series(columns, _UNITS, events)


def _answers(
    data: Bytes, packets: _Packets, sent: npt.NDArray[Any], columns: dict[str, Column]
) -> tuple[Column, Column]:
    """Put each record's replies into its probe's row; the packets that answered first, and whose rows they went to."""
    fate = packets.comment[:, 4 + layout.FATE]
    again = (fate == ord("a")) & (packets.comment[:, 5 + layout.FATE] == ord("g"))
    mine = ~packets.sent & ((fate == ord("f")) | again) & (np.cumsum(packets.sent) > 0)
    rows = np.flatnonzero(mine)
    owner = np.cumsum(packets.sent)[rows] - 1
    fields = decode_reflectors(_gather(data, packets.payload[rows], LAYOUTS[packets.mode].size), packets.mode)
    echo = (fields["sender_sequence"] == sent["sequence"][owner]) & (
        fields["sender_timestamp"] == sent["timestamp"][owner]
    )
    columns["flags"][owner[~echo]] |= FOREIGN
    np.add.at(columns["replies"], owner[echo], 1)
    first = echo & (fate[rows] == ord("f"))
    _first(packets, fields[first], rows[first], owner[first], columns)
    return rows[first], owner[first]


def _extended(
    data: Bytes,
    packets: _Packets,
    header: Mapping[str, Any],
    where: tuple[Column, Column],
    columns: dict[str, Column],
) -> None:
    """Put what the TLVs of first answers told into their probes' rows; ``where``: the packets and those rows."""
    rows, owner = where
    places = (packets.payload[rows], packets.size[rows], packets.traffic_class[rows])
    told, flags = extensions.read(data, *places, header)
    for name, column in told.items():
        columns[name][owner] = column
    columns["flags"][owner] |= flags


def _first(
    packets: _Packets, fields: npt.NDArray[Any], rows: Column, owner: Column, columns: dict[str, Column]
) -> None:
    time, comment = packets.time[rows], packets.comment[rows]
    error = fields["error"].astype(np.uint16)
    kernel = comment[:, 4 + layout.BACK_CLOCK] == ord("k")
    if packets.mode != "icmp":  # an echo has no times of its own
        columns["t2"][owner] = unix_of(fields["received"].astype(np.uint64), error, time)
        columns["t3"][owner] = unix_of(fields["timestamp"].astype(np.uint64), error, time)
        columns["reflector_error"][owner] = error
        columns["reflector_sequence"][owner] = fields["sequence"]
        columns["sender_ttl"][owner] = fields["sender_ttl"]
    columns["t4"][owner] = time
    columns["t4_user"][owner] = _number(comment, layout.USER)[0]
    columns["ttl"][owner] = packets.ttl[rows]
    columns["traffic_class"][owner] = packets.traffic_class[rows]
    columns["flags"][owner] |= np.where(kernel, ANSWERED | KERNEL_RX, ANSWERED)


def _strays(packets: _Packets) -> Series:
    letter = packets.comment[:, 4 + layout.FATE]
    late = letter == ord("l")
    alien = (letter == ord("a")) & (packets.comment[:, 5 + layout.FATE] == ord("l"))
    forged = letter == ord("w")
    rows = ~packets.sent & (late | alien | forged)
    fate = np.select([late, forged], [LATE, FORGED], ALIEN)
    return Series({"target": packets.target[rows], "fate": fate[rows]})


def _notes(data: Bytes, blocks: Column) -> list[Event]:
    """Statistics blocks as ``stamp.note`` events: the JSON facts, and ``dropped`` from the block's own option."""
    events = []
    for offset, length in blocks[:, :2].tolist():
        options = dict(_options(data[offset + 20 : offset + length - 4].tobytes()))
        try:
            facts = json.loads(options.get(1, b"{}"))
            dropped = int.from_bytes(options.get(7, b"")[:8], "little")
            events.append(Event("stamp.note", offset, {**facts, "dropped": dropped}))
        except (ValueError, TypeError):
            events.append(Event("stamp.malformed", offset, {"blocks": 1}))
    return events


def _options(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 4 <= len(data):
        code, length = data[at] | data[at + 1] << 8, data[at + 2] | data[at + 3] << 8
        if code == 0:
            break
        found.append((code, data[at + 4 : at + 4 + length]))
        at += 4 + length + -length % 4
    return found


def _digits(comment: Bytes, sent: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether the numbers of each comment are digits."""
    probe = _number(comment, layout.SLOT)[1] & _number(comment, layout.DUE)[1]
    return np.where(sent, probe, _number(comment, layout.USER)[1])


def _number(comment: Bytes, place: tuple[int, int]) -> tuple[Column, npt.NDArray[np.bool_]]:
    """Decimal fields of the comments, shape (n,), and whether each is all digits; the option's head is 4 bytes."""
    digits = comment[:, 4 + place[0] : 4 + place[1]].astype(np.int64) - ord("0")
    valid: npt.NDArray[np.bool_] = np.all((digits >= 0) & (digits <= 9), axis=1)
    weights = 10 ** np.arange(place[1] - place[0] - 1, -1, -1, dtype=np.int64)
    return (digits * valid[:, None]) @ weights, valid


def _gather(data: Bytes, at: Column, width: int, limit: int | None = None) -> Bytes:
    """``width`` bytes from each place, shape (n, width); with ``limit``, places past the end repeat the last byte."""
    places = at[:, None] + np.arange(width)
    found: Bytes = data[places if limit is None else np.minimum(places, limit - 1)]
    return found


def _u32(data: Bytes, at: Column) -> Column:
    found: Column = np.ascontiguousarray(_gather(data, at, 4)).view("<u4").reshape(-1).astype(np.int64)
    return found
