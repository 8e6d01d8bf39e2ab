# SPDX-License-Identifier: Apache-2.0
"""Messages of a broker (:func:`harness.kit.broker.kept`), and the closed loops among them as columns. Pure.

The session says which topics carry sensor events, which actuator commands, and the JSON key of the correlation id in both.
One clock stamps both ends of a loop, so none has to be synchronised.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.errors import DecodeError
from harness.kit.lines import Session as Recorded
from harness.series import Event, Series
from probes.network.traces.session import Session, exchanges, moment, named, no_strays


def decode(recorded: Recorded) -> Session:
    """Every event with its command, if one came in time; DecodeError when the session lacks what it is read by.

    The first message with an id counts. A command without an event answers nothing and is left out.
    """
    session = _session(recorded.facts)
    events: dict[str, int] = {}
    commands: dict[str, int] = {}
    for row in recorded:
        found = _message(row, session)
        recorded.damaged += found is None
        if found is not None:
            kind, key, time_ns = found
            if kind:
                (events if kind == "events" else commands).setdefault(key, time_ns)
    notes = (Event("stamp.malformed", 0, {"rows": recorded.damaged}),) if recorded.damaged else ()
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


def _session(facts: Mapping[str, Any]) -> dict[str, Any]:
    try:
        sound = int(facts["waiting_time_ns"]) > 0 and named(facts["targets"])
        sound = sound and all(isinstance(facts[key], str) for key in ("events", "commands", "key"))
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        msg = "This is not a record of MQTT messages by yanshou."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    return dict(facts)


def _message(row: Mapping[str, Any], session: Mapping[str, Any]) -> tuple[str, str, int] | None:
    """(``events``, ``commands`` or nothing, correlation id, time) of a row; None when it is damaged or has no id."""
    try:
        kind = next((each for each in ("events", "commands") if matches(row["topic"], session[each])), "")
        key = json.loads(b64decode(row["payload"], validate=True))[session["key"]] if kind else ""
        return kind, str(key), moment(row["t"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, Base64Error):
        return None
