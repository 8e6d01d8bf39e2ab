# SPDX-License-Identifier: Apache-2.0
"""Births and wills on an MQTT broker: which terminal said it is there, when, and when the broker published its will. Pure.

A trace is the session (topic pattern and what counts as birth, will or farewell), a line a message, and a line every second
that says the subscription stands (:class:`harness.kit.broker.SubscriptionSource`). A will (MQTT 5.0 §3.1.2.5) is published when a client goes without taking
leave, within one and a half of its keep-alive times: that is a drop. A farewell ends a session in order. A retained message
heard on subscribing tells a state, not a moment: it begins a session when it is a birth, and is no drop when it is a will.
A broker that goes away takes leave by publishing the wills of all its clients: wills just before the link to it broke are
its own doing, and end sessions without a drop.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from harness.kit.lines import Session as Recorded
from probes.network.traces.session import moment
from probes.network.traces.sightings import Sighting, Sightings, plain_address, plain_mac
from probes.network.traces.spans import Spans
from probes.network.wire.topics import IDENTITIES, Pattern

SOURCE = "mqtt"
BROKER_CLIENTS = "$SYS/broker/clients/connected"
BIRTH, WILL, FAREWELL = 1, 2, 3
TICK_NS = 1_000_000_000
ROW = np.dtype([("time_ns", "i8"), ("who", "U64"), ("state", "i1"), ("retained", "?")])
LINK_NS = 3 * TICK_NS

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """What a broker told: ``rows`` (:data:`ROW`) in order of time, when the subscription stood, and who is who.

    ``sightings``: one a terminal, with its identities. ``clients``: the largest number of clients the broker named, 0: none.
    ``broker_losses``: how often the link to the broker broke.
    """

    rows: Rows
    watched: Spans
    sightings: Sightings
    clients: int = 0
    damaged: int = 0
    broker_losses: int = 0

    def merge(self, other: Presence) -> Presence:
        """Both stretches."""
        rows = np.concatenate([self.rows, other.rows])
        return Presence(
            rows[np.lexsort([rows["state"], rows["who"], rows["time_ns"]])],
            self.watched.merge(other.watched),
            self.sightings.merge(other.sightings),
            max(self.clients, other.clients),
            self.damaged + other.damaged,
            self.broker_losses + other.broker_losses,
        )

    def canonical_bytes(self) -> bytes:
        """The same bytes for the same evidence."""
        seen = sorted(self.sightings.rows), self.clients, self.damaged, self.broker_losses
        return self.rows.tobytes() + repr((self.watched.canonical(), seen)).encode()


@dataclass(slots=True)
class _Reader:
    """Takes rows in; keeps states, ticks and identities."""

    session: Mapping[str, Any]
    pattern: Pattern
    states: list[tuple[int, re.Pattern[str]]]
    rows: list[tuple[int, str, int, bool]] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)
    downs: list[int] = field(default_factory=list)
    found: dict[str, Sighting] = field(default_factory=dict)
    clients: int = 0
    damaged: int = 0

    def take(self, row: Mapping[str, Any]) -> None:
        """One row; a damaged one is counted."""
        try:
            time_ns = moment(row["t"])
            if "topic" not in row:
                (self.downs if row.get("down") else self.ticks).append(time_ns)
            else:
                self._message(time_ns, str(row["topic"]), b64decode(row["payload"], validate=True), bool(row["retain"]))
        except (ValueError, KeyError, TypeError, AttributeError, Base64Error, OverflowError):
            self.damaged += 1

    def _message(self, time_ns: int, topic: str, payload: bytes, retained: bool) -> None:
        text = payload.decode("utf-8", "replace").strip()
        if topic == BROKER_CLIENTS:
            self.clients = max(self.clients, int(text))
            return
        match = self.pattern.expression.fullmatch(topic)
        if match is None:
            return
        body = _object(text)
        told = {**_told(body, self.session["keys"]), **match.groupdict()}
        state = self._state(told.pop("state", "") or str(body.get(self.session["state"], text)))
        seen = Sighting(
            SOURCE,
            plain_address(told.get("address", "")),
            plain_mac(told.get("mac", "")),
            re.sub(r"[-\s/]", "", told.get("imei", "")),
            re.sub(r"[-\s]", "", told.get("iccid", "")),
            told.get("asset", ""),
        )
        who = (seen.asset or seen.imei or seen.mac or seen.iccid or seen.address)[:64]
        if state and who:
            self.rows.append((time_ns, who, state, retained))
            self.found.setdefault(who, seen)

    def _state(self, text: str) -> int:
        return next((state for state, expression in self.states if expression.fullmatch(text.strip())), 0)


def decode(recorded: Recorded) -> Presence:
    """Everything in one session; DecodeError when it lacks what it is read by."""
    reader = _reader(recorded.facts)
    for row in recorded:
        reader.take(row)
    rows = np.array(reader.rows, ROW) if reader.rows else np.empty(0, ROW)
    rows = rows[np.lexsort([rows["state"], rows["who"], rows["time_ns"]])]
    for lost in reader.downs:
        near = (rows["state"] == WILL) & (rows["time_ns"] <= lost) & (rows["time_ns"] > lost - LINK_NS)
        rows["state"][near] = FAREWELL
    watched = Spans.of(np.array(reader.ticks, np.int64), LINK_NS)
    end = int(watched.stop[-1]) if len(watched) else 0
    seen = frozenset(
        sighting._replace(first_ns=start, last_ns=stop)
        for who, sighting in reader.found.items()
        for start, stop in _online(rows[rows["who"] == who], end)
    )
    damaged = reader.damaged + recorded.damaged
    return Presence(rows, watched, Sightings(frozenset({SOURCE}), seen), reader.clients, damaged, len(reader.downs))


def nothing(damaged: int = 0) -> Presence:
    """What a segment amounts to that tells nothing."""
    none = Spans.of(np.empty(0, np.int64), LINK_NS)
    return Presence(np.empty(0, ROW), none, Sightings(frozenset(), frozenset()), damaged=damaged)


def _online(rows: Rows, end: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of the times a terminal was there, ns; one that is there at the end was there until then."""
    since = 0
    for time_ns, _who, state, _retained in rows.tolist():
        if state == BIRTH:
            since = since or time_ns
        elif since:
            yield since, time_ns
            since = 0
    if since:
        yield since, max(since, end)


def _reader(facts: Mapping[str, Any]) -> _Reader:
    try:
        given = [(WILL, "offline"), (FAREWELL, "farewell"), (BIRTH, "online")]  # in doubt it was a drop
        states = [(state, re.compile(facts[key], re.IGNORECASE)) for state, key in given]
        reader = _Reader({"state": "state", **facts}, Pattern.of(facts["topic"]), states)
        sound = isinstance(facts["keys"], dict)
    except (ValueError, KeyError, TypeError, re.error):
        sound = False
    if not sound:
        msg = "This is not a record of MQTT births and wills by yanshou."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    return reader


def _object(text: str) -> Mapping[str, Any]:
    """The JSON object of a payload; empty when it is none."""
    if not text.startswith("{"):
        return {}
    try:
        return dict(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _told(body: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, str]:
    """Identities that the payload tells, by the keys of the settings."""
    return {name: str(body[key]) for name, key in keys.items() if name in IDENTITIES and key in body}
