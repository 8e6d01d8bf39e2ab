# SPDX-License-Identifier: Apache-2.0
"""MQTT in a capture: every publication once, whoever carried it, with who published and what the broker delivered. Pure.

A publication travels to the broker and from there to each subscriber, so a capture holds it several times: one direction is
counted, and of several subscribers the one that got it most often. A message sent again (DUP) is the same message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.plant.wire import mqtt
from probes.plant.wire.packets import Capture, Place
from probes.plant.wire.streams import Piece, pieces

_OF_BROKER, _OF_CLIENT = {2, 9, 11, 13}, {1, 8, 10, 12, 14}
_USUAL = {1883, 8883}
_TLS = b"\x16\x03"


MOST_MESSAGES = 4_000_000
"""Publications of one capture, which are all held in memory."""


class Heard(NamedTuple):
    """One publication on one connection: when, which, from the broker or to it, the message itself."""

    time_ns: int
    connection: int
    delivered: bool
    message: mqtt.Publication


@dataclass(slots=True)
class _Side:
    """What one end of a connection says."""

    decoder: mqtt.Decoder = field(default_factory=mqtt.Decoder)
    aliases: dict[int, str] = field(default_factory=dict)
    sent: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    kinds: set[int] = field(default_factory=set)
    found: list[tuple[int, mqtt.Publication]] = field(default_factory=list)


@dataclass(slots=True)
class _Talk:
    """One connection: its two sides by who speaks, and the protocol level."""

    sides: dict[Place, _Side] = field(default_factory=dict)
    version: int = 4
    others: bool = False
    """Whether this is no MQTT after all."""


@dataclass(slots=True)
class Conversations:
    """A pass over a capture; ``heard`` in order of time, and what could not be read."""

    heard: list[Heard] = field(default_factory=list)
    lost_bytes: int = 0
    encrypted: int = 0
    connections: int = 0
    taken: int = 0
    torn: str = ""
    cut: int = 0
    first_ns: int = 0
    last_ns: int = 0

    def delivered(self) -> Iterator[tuple[int, mqtt.Publication]]:
        """What brokers delivered, each publication once; what was published where nothing was delivered at all."""
        down = any(each.delivered for each in self.heard)
        return once(each for each in self.heard if each.delivered == down)

    def published(self) -> Iterator[tuple[int, mqtt.Publication]]:
        """Every publication once, seen in whichever direction; what goes to a broker is live, retained or not."""
        return once(
            each if each.delivered else each._replace(message=each.message._replace(retained=False))
            for each in self.heard
        )


def once(heard: Iterable[Heard]) -> Iterator[tuple[int, mqtt.Publication]]:
    """(time, message), as often as the connection that carried it most often did."""
    carried: Counter[tuple[int, str, bytes, bool]] = Counter()
    counted: Counter[tuple[str, bytes, bool]] = Counter()
    for each in heard:
        key = (each.message.topic, each.message.payload, each.message.retained)
        carried[each.connection, *key] += 1
        if carried[each.connection, *key] > counted[key]:
            counted[key] += 1
            yield each.time_ns, each.message


def listen(capture: Capture) -> Conversations:
    """Every MQTT publication in a capture; UnreadableError when it is none."""
    found, talks = Conversations(), dict[int, _Talk]()
    for piece in pieces(capture):
        talk = talks.setdefault(piece.connection, _Talk())
        if not talk.others:
            _take(talk, piece, found)
    for number, talk in talks.items():
        if talk.others:
            continue
        found.connections += 1
        broker = _broker(talk)
        for place, side in talk.sides.items():
            found.lost_bytes += side.decoder.lost
            found.heard += [Heard(at, number, place == broker, message) for at, message in side.found]
    found.heard.sort(key=lambda each: each.time_ns)
    found.torn, found.cut, found.first_ns, found.last_ns = capture.torn, capture.cut, capture.first_ns, capture.last_ns
    return found


def _take(talk: _Talk, piece: Piece, found: Conversations) -> None:
    if not talk.sides:
        if piece.data.startswith(_TLS):
            found.encrypted += 1
            talk.others = True
            return
        if not _is_mqtt(piece.data):
            talk.others = _USUAL.isdisjoint({piece.source[1], piece.target[1]})
            if talk.others:
                return
    side = talk.sides.setdefault(piece.source, _Side())
    talk.sides.setdefault(piece.target, _Side())
    for packet in side.decoder.take(piece.data, gap=piece.gap):
        side.kinds.add(packet.kind)
        if packet.kind == mqtt.CONNECT:
            talk.version = mqtt.version_of(packet) or talk.version
        elif packet.kind == mqtt.PUBLISH:
            message = _message(side, packet, talk.version)
            found.taken += message is not None
            if found.taken > MOST_MESSAGES:
                raise _too_many()
            if message is not None:
                side.found.append((piece.time_ns, message))


def _too_many() -> UnreadableError:
    most = MOST_MESSAGES
    text = Text(f"抓包文件中的 MQTT 消息超过 {most} 条。", f"The capture holds more than {most} messages of MQTT.")
    return UnreadableError(text, cure="split it with `editcap -c`, or record with plant.mqtt.")


def _message(side: _Side, packet: mqtt.Packet, version: int) -> mqtt.Publication | None:
    """A publication with the topic that its alias stands for; None where it cannot be read or was sent before."""
    message = mqtt.publication(packet, version)
    if message is None:
        side.decoder.lost += len(packet.body)
        return None
    if message.alias:
        topic = message.topic or side.aliases.get(message.alias, "")
        if not topic:
            side.decoder.lost += len(packet.body)
            return None
        side.aliases[message.alias] = topic
        message = message._replace(topic=topic)
    if message.identifier:
        same = side.sent.get(message.identifier) == (message.topic, message.payload)
        side.sent[message.identifier] = (message.topic, message.payload)
        if message.again and same:
            return None
    return message


def _is_mqtt(data: bytes) -> bool:
    """Whether a connection may begin with these bytes: whole packets, or a connect."""
    probe = mqtt.Decoder()
    first = next(probe.take(data), None)
    return first is not None and not probe.lost


def _broker(talk: _Talk) -> Place | None:
    """The end that answers; where nothing tells, the one at a usual port, else at the lower one."""
    for place, side in talk.sides.items():
        if side.kinds & _OF_BROKER and not side.kinds & _OF_CLIENT:
            return place
    for place, side in talk.sides.items():
        if side.kinds & _OF_CLIENT:
            return next((each for each in talk.sides if each != place), None)
    return min(talk.sides, key=lambda each: (each[1] not in _USUAL, each[1]), default=None)
