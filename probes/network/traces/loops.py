# SPDX-License-Identifier: Apache-2.0
"""How messages of a broker are kept, as JSON lines, and the closed loops among them as columns. Pure.

The first line is the session: which topics carry sensor events, which actuator commands, and the JSON key of the
correlation id in both. Then a line a message: ``t`` (ns since 1970 UTC when this host got it), ``topic``, ``payload`` (base64).
One clock stamps both ends of a loop, so none has to be synchronised.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.errors import DecodeError
from harness.series import Event, Series
from probes.network.traces.session import Session, exchanges, no_strays

FORMAT = "yanshou.mqtt/1"


def header(session: Mapping[str, Any]) -> bytes:
    """The first line of a session."""
    return _line({"format": FORMAT, **session})


def message(time_ns: int, topic: str, payload: bytes) -> bytes:
    """The line of one message."""
    return _line({"t": time_ns, "topic": topic, "payload": b64encode(payload).decode()})


def decode(data: bytes) -> Session:
    """Every event with its command, if one came in time; DecodeError when the first line is no session of ours.

    The first message with an id counts. A command without an event answers nothing and is left out.
    """
    lines = data.split(b"\n")
    session = _session(lines[0])
    events: dict[str, int] = {}
    commands: dict[str, int] = {}
    damaged = 0
    for line in filter(None, lines[1:]):
        found = _message(line, session)
        damaged += found is None
        if found is not None:
            kind, key, time_ns = found
            if kind:
                (events if kind == "events" else commands).setdefault(key, time_ns)
    notes = (Event("stamp.malformed", 0, {"rows": damaged}),) if damaged else ()
    probes = _loops(events, commands, int(session["waiting_time_ns"]), notes)
    return Session(session, probes, no_strays())


def matches(topic: str, wanted: str) -> bool:
    """Whether a topic fits a filter with + and # (MQTT 5.0 §4.7.1)."""
    levels, parts = topic.split("/"), wanted.split("/")
    for at, part in enumerate(parts):
        if part == "#":
            return True
        if at >= len(levels) or part not in {"+", levels[at]}:
            return False
    return len(levels) == len(parts)


def _loops(events: Mapping[str, int], commands: Mapping[str, int], waiting_ns: int, notes: tuple[Event, ...]) -> Series:
    starts = sorted((time_ns, key) for key, time_ns in events.items())
    begun = np.array([time_ns for time_ns, _ in starts], np.int64)
    ended = np.array([commands.get(key, 0) for _, key in starts], np.int64)
    answered = (ended >= begun) & (ended - begun <= waiting_ns)
    return exchanges(answered, notes, scheduled=begun, t4=np.where(answered, ended, 0))


def _session(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        sound = found["format"] == FORMAT and int(found["waiting_time_ns"]) > 0 and bool(found["targets"])
        sound = sound and all(isinstance(found[key], str) for key in ("events", "commands", "key"))
    except (ValueError, KeyError, TypeError):
        sound, found = False, {}
    if not sound:
        msg = "This is not a record of MQTT messages by yanshou."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    return dict(found)


def _message(line: bytes, session: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """(``events``, ``commands`` or nothing, correlation id, time) of a line; None when it is damaged or has no id."""
    try:
        row = json.loads(line)
        kind = next((each for each in ("events", "commands") if matches(row["topic"], session[each])), "")
        key = json.loads(b64decode(row["payload"], validate=True))[session["key"]] if kind else ""
        return kind, str(key), int(row["t"])
    except (ValueError, KeyError, TypeError, AttributeError, Base64Error):
        return None


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
