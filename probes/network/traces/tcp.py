# SPDX-License-Identifier: Apache-2.0
"""How TCP connects are kept, and as columns: JSON lines for the session and its notes, a row of integers a connect. Pure.

A row: target, slot, due, start of connect(2), its end (ns since 1970 UTC), the kernel's own SYN-to-SYN-ACK time in µs
(0: none), outcome (1 connected, 2 refused: the host did answer, 0 neither within the waiting time).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.errors import DecodeError
from harness.series import Event, Series
from probes.network.traces.session import KERNEL_RX, Session, exchanges, no_strays

FORMAT = "yanshou.tcp/1"
HEAD = b'{"format":"yanshou.tcp/1"'
_NONE, _CONNECTED, _REFUSED = range(3)


def header(session: Mapping[str, Any]) -> bytes:
    """The first line of a session."""
    return json.dumps({"format": FORMAT, **session}, separators=(",", ":")).encode() + b"\n"


def notes(facts: Mapping[str, Any]) -> bytes:
    """A line of facts since the last one; every number adds up."""
    return json.dumps(facts, separators=(",", ":")).encode() + b"\n"


def row(*values: int) -> bytes:
    """A connect, as the module says."""
    return b",".join(b"%d" % value for value in values) + b"\n"


def sessions(data: bytes) -> list[tuple[int, int]]:
    """(start, stop) of each session in ``data``; bytes before the first header belong to none."""
    starts = []
    at = data.find(HEAD)
    while at >= 0:
        starts.append(at)
        at = data.find(b"\n" + HEAD, at) + 1 or -1
    return list(zip(starts, [*starts[1:], len(data)][: len(starts)], strict=True))


def decode(data: bytes) -> Session:
    """One session; DecodeError when its first line is none of ours. Damaged lines are skipped with an event."""
    lines = data.split(b"\n")
    try:
        head = json.loads(lines[0])
        count = len(head["targets"])
        sound = head["format"] == FORMAT and int(head["waiting_time_ns"]) > 0
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        msg = "This is not a record of TCP connects by yanshou."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    events = [_note(line) for line in lines[1:] if line.startswith(b"{")]
    rows = [_row(line, count) for line in lines[1:] if line and not line.startswith(b"{")]
    whole = [each for each in rows if each is not None]
    if len(whole) < len(rows):
        events.append(Event("stamp.malformed", 0, {"rows": len(rows) - len(whole)}))
    table = np.array(whole, np.int64).reshape(-1, 7)
    return Session(head, _columns(table, tuple(events)), no_strays())


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
    try:
        facts = json.loads(line)
    except ValueError:
        return Event("stamp.malformed", 0, {"rows": 1})
    return Event("stamp.note", 0, {**facts, "dropped": 0} if isinstance(facts, dict) else {"dropped": 0})
