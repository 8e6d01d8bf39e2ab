# SPDX-License-Identifier: Apache-2.0
"""How TCP connects are kept, and as columns: JSON lines for the session and its notes, a row of integers a connect. Pure.

A row: target, slot, due, start of connect(2), its end (ns since 1970 UTC), the kernel's own SYN-to-SYN-ACK time in µs
(0: none), outcome (1 connected, 2 refused: the host did answer, 0 neither within the waiting time).
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from harness.errors import DecodeError
from harness.kit.lines import lines_of, parsed
from harness.plugins import Chunk
from harness.series import Event, Series
from probes.network.traces.session import KERNEL_RX, Session, exchanges, named, no_strays

FORMAT = "yanshou.tcp/1"
_NONE, _CONNECTED, _REFUSED = range(3)


def row(*values: int) -> bytes:
    """A connect, as the module says."""
    return b",".join(b"%d" % value for value in values) + b"\n"


def decode(chunk: Chunk) -> Session:
    """One session, or a piece of one, read line by line; DecodeError when its first line is none of ours. Damaged lines are told by an event."""
    lines = lines_of(chunk)
    place = chunk.detail.get("head")
    opening = lines if place is None else lines_of(Chunk(chunk.path, int(place)))
    head = _head(next(opening, b""))
    count, events, damaged = len(head["targets"]), list[Event](), 0
    numbers = array("q")
    for line in lines:
        if line.startswith(b"{"):
            events.append(_note(line))
        elif (found := _row(line, count)) is not None:
            numbers.extend(found)
        else:
            damaged += 1
    if damaged:
        events.append(Event("stamp.malformed", 0, {"rows": damaged}))
    table = np.frombuffer(numbers, np.int64).reshape(-1, 7)
    return Session(head, _columns(table, tuple(events)), no_strays())


def _head(line: bytes) -> dict[str, Any]:
    head = parsed(line) or {}
    try:
        sound = head["format"] == FORMAT and int(head["waiting_time_ns"]) > 0 and named(head["targets"])
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        msg = "This is not a record of TCP connects by yanshou."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    return head


def _columns(table: Any, events: tuple[Event, ...]) -> Series:
    target, slot, due, start, end, kernel_us, outcome = table.T
    answered, timed = outcome != _NONE, (kernel_us > 0) & (outcome == _CONNECTED)
    return exchanges(
        answered,
        events,
        target=target,
        slot=slot,
        sequence=slot,
        scheduled=due,
        t1=start,
        t4=np.where(answered, np.where(timed, start + kernel_us * 1000, end), 0),
        t4_user=np.where(answered, end, 0),
        flags=np.where(timed, KERNEL_RX, 0),
    )


def _row(line: bytes, targets: int) -> list[int] | None:
    parts = line.split(b",")
    if len(parts) != 7 or not all(part.isdigit() and len(part) < 19 + 1 for part in parts):
        return None
    values = [int(part) for part in parts]
    sound = values[0] < targets and values[6] <= _REFUSED and max(values) < 1 << 62
    return values if sound else None


def _note(line: bytes) -> Event:
    facts = parsed(line)
    return (
        Event("stamp.malformed", 0, {"rows": 1}) if facts is None else Event("stamp.note", 0, {**facts, "dropped": 0})
    )
