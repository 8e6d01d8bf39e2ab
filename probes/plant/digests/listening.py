# SPDX-License-Identifier: Apache-2.0
"""MQTT messages, plain and Sparkplug B, as signals: births, deaths, aliases, gaps in the sequence; what is not live proves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.kit.unreadable import UnreadableError
from probes.plant.digests.signals import Gathering, Signals, Source
from probes.plant.traces.screens import Shown, valued
from probes.plant.traces.terms import fold
from probes.plant.wire import payloads, sparkplug

_HOST_COMMANDS = {"NCMD", "DCMD", "STATE"}
_CONTROL = ("Node Control/", "Device Control/", "bdSeq", "Properties/")
_LATE_NS = 10**9
Node = tuple[str, str]


class Message(NamedTuple):
    """One message as it was heard: ns since 1970 UTC, topic, payload, whether the broker had kept it from before."""

    time_ns: int
    topic: str
    payload: bytes
    retained: bool


@dataclass(slots=True)
class _Session:
    """Of an edge node: the next sequence number, its birth's bdSeq, the names of aliases by device, who is alive."""

    next: int | None = None
    death: object = None
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    last: tuple[str, bytes] = ("", b"")
    """The message before: the same bytes with the same number are the same message, delivered twice."""


@dataclass(slots=True)
class Sparkplug:
    """The sessions of all edge nodes: messages in, in their order; counts by kind, births, deaths and what broke the rules."""

    nodes: dict[Node, _Session] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    born: dict[sparkplug.Address, int] = field(default_factory=dict)
    dead: dict[sparkplug.Address, int] = field(default_factory=dict)
    gaps: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    """Rules that were broken, by the identifier of the technology compatibility kit (Sparkplug 3.0.0), or a code of our own."""

    def take(self, message: Message, address: sparkplug.Address) -> tuple[sparkplug.Payload | None, bool]:
        """(payload, whether it is of a live session); the payload is None where it cannot be read or speaks for no device."""
        session = self.nodes.setdefault((address.group, address.node), _Session())
        if address.kind not in _HOST_COMMANDS and session.last == (message.topic, message.payload):
            self.broken["repeated"] += 1
            return None, False
        self.counts[address.kind] += 1
        if address.kind in _HOST_COMMANDS:
            return None, False
        session.last = (message.topic, message.payload)
        try:
            payload = sparkplug.decode(message.payload)
        except UnreadableError:
            self.broken["unreadable"] += 1
            return None, False
        if message.retained:
            self.broken["tck-id-topics-nbirth-mqtt" if address.kind == "NBIRTH" else "retained"] += 1
            return payload, False
        if address.kind == "NDEATH":
            return payload, self._node_dies(session, address, payload, message.time_ns)
        self._sequence(session, address.kind, payload)
        return payload, self._lives(session, address, payload, message.time_ns)

    @property
    def online(self) -> list[sparkplug.Address]:
        """The devices that are alive at the end."""
        return [
            sparkplug.Address("", *node, device)
            for node, session in sorted(self.nodes.items())
            for device in sorted(session.alive - {""})
        ]

    def named(self, address: sparkplug.Address, metric: sparkplug.Metric) -> str:
        """A metric's name, by its alias where it has none of its own; empty where nobody said what the alias stands for."""
        if metric.name or metric.alias is None:
            return metric.name
        session = self.nodes[address.group, address.node]
        return session.names.get((address.device, metric.alias), session.names.get(("", metric.alias), ""))

    def _sequence(self, session: _Session, kind: str, payload: sparkplug.Payload) -> None:
        if payload.sequence is None:
            self.broken["tck-id-payloads-sequence-num-always-included"] += 1
            return
        if kind == "NBIRTH":
            if payload.sequence:
                self.broken["tck-id-topics-nbirth-seq-num"] += 1
        elif session.next is not None and payload.sequence != session.next:
            self.gaps += 1
            self.broken["tck-id-payloads-sequence-num-incrementing"] += 1
        session.next = (payload.sequence + 1) % 256

    def _lives(self, session: _Session, address: sparkplug.Address, payload: sparkplug.Payload, at: int) -> bool:
        """Births, deaths and data of what is alive; False for data of what was never born."""
        device = address.device
        if address.kind in {"NBIRTH", "DBIRTH"}:
            if address.kind == "NBIRTH":
                session.alive, session.names = set(), {}
                session.death = next((each.value for each in payload.metrics if each.name == "bdSeq"), None)
                if session.death is None:
                    self.broken["tck-id-payloads-nbirth-bdseq"] += 1
            elif "" not in session.alive and session.next is not None:
                self.broken["tck-id-payloads-dbirth-order"] += 1
            named = ((device, each.alias, each.name) for each in payload.metrics if each.alias is not None)
            session.names.update({(who, alias): name for who, alias, name in named})
            session.alive.add(device)
            self.born.setdefault(address._replace(kind=""), at)
            return True
        if address.kind == "DDEATH":
            session.alive.discard(device)
            self.dead.setdefault(address._replace(kind=""), at)
            return False
        if device not in session.alive:
            self.broken["data-without-birth"] += 1
            return False
        return True

    def _node_dies(self, session: _Session, address: sparkplug.Address, payload: sparkplug.Payload, at: int) -> bool:
        """A node's death takes its devices along, unless it is the will of an earlier session (another bdSeq)."""
        number = next((each.value for each in payload.metrics if each.name == "bdSeq"), None)
        if session.death is not None and number is not None and number != session.death:
            self.broken["stale-death"] += 1
            return False
        for device in sorted(session.alive | {""}):
            self.dead.setdefault(sparkplug.Address("", address.group, address.node, device), at)
        session.alive, session.next = set(), None
        return True


def place(address: sparkplug.Address) -> str:
    """Where a device's values come from, as a topic without the kind of message."""
    return "/".join(each for each in (sparkplug.NAMESPACE, address.group, address.node, address.device) if each)


def signals(
    messages: Iterable[Message], spans: Iterable[tuple[int, int]], *, damaged: int = 0, breaks: int = 0
) -> Signals:
    """What a stream of messages says of every source."""
    gathering, rules = Gathering("mqtt"), Sparkplug()
    for message in messages:
        gathering.messages += 1
        address = sparkplug.address(message.topic)
        if address is not None:
            _sparkplug(gathering, rules, message, address)
        elif message.topic.startswith(("spBv1.0/", "spAv1.0/")):
            gathering.told["unknown-topic"] += 1
        elif not message.topic.startswith("$"):
            _plain(gathering, message)
    gathering.told.update(rules.broken)
    return gathering.done(spans, damaged=damaged, breaks=breaks)


def _plain(gathering: Gathering, message: Message) -> None:
    said = payloads.read(message.payload)
    source = Source(message.topic, said.identity)
    if message.retained:
        gathering.nothing(source, "retained")
    elif not said.readable:
        gathering.nothing(source, "unreadable")
    elif not said.values:
        gathering.nothing(source, "alive")
    elif not said.good:
        gathering.nothing(source, "bad")
    else:
        aged = message.time_ns - said.age_ns if said.age_ns else 0
        stated = min((each for each in (said.taken_ns, said.latest_ns, aged) if each > 0), default=0)
        gathering.values(source, taken(message.time_ns, stated), said.values)


def taken(heard_ns: int, stated_ns: int) -> int:
    """When a value was taken: as its device says where that is before it was heard; a clock that runs ahead helps nobody."""
    return stated_ns if 0 < stated_ns < heard_ns - _LATE_NS else heard_ns


def _sparkplug(gathering: Gathering, rules: Sparkplug, message: Message, address: sparkplug.Address) -> None:
    session = rules.nodes.get((address.group, address.node))
    alive = set(session.alive) if session else set()
    payload, live = rules.take(message, address)
    own = Source(place(address))
    if address.kind in _HOST_COMMANDS:
        return
    if address.kind == "NDEATH":
        for device in alive if live else ():
            gathering.state(Source(place(address._replace(device=device))), message.time_ns, born=False)
        return
    if address.kind == "DDEATH":
        gathering.state(own, message.time_ns, born=False)
        return
    if payload is None or not live:
        gathering.nothing(own, "retained" if message.retained else "unreadable" if payload is None else "unborn")
        return
    if address.kind == "NBIRTH":
        for device in alive - {""}:
            gathering.state(Source(place(address._replace(device=device))), message.time_ns, born=False)
    if address.kind in {"NBIRTH", "DBIRTH"}:
        gathering.state(own, message.time_ns, born=True)
    values = {}
    for metric in payload.metrics:
        name = rules.named(address, metric)
        if metric.historical or metric.value is None or metric.quality != sparkplug.GOOD or not name:
            continue
        if not name.startswith(_CONTROL) and not isinstance(metric.value, bytes):
            values[name] = float(metric.value) if isinstance(metric.value, int | float) else metric.value
    said = payloads.named(values)
    if said.values and said.good:
        gathering.values(own, taken(message.time_ns, payload.time_ms * 10**6), said.values)
    else:
        gathering.nothing(own, "bad" if said.values else "alive")


def shown(messages: Iterable[Message]) -> tuple[Shown, ...]:
    """What a platform's messages show of each asset, each value from when on it stood there."""
    stood: dict[tuple[str, str], str] = {}
    found: set[Shown] = set()
    for message in messages:
        said = payloads.read(message.payload)
        asset = fold(said.identity or message.topic.rpartition("/")[2])
        if message.retained or not said.readable or not asset:
            continue
        for name, value in said.values.items():
            text = valued(f"{value:.15g}" if isinstance(value, float) else value)
            if stood.get((asset, name)) != text:
                stood[asset, name] = text
                found.add(Shown(asset, message.time_ns, text))
    return tuple(sorted(found, key=lambda each: (each.at_ns, each.asset, each.value)))
