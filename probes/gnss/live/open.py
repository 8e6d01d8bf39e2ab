# SPDX-License-Identifier: Apache-2.0
"""Where a receiver's bytes come from. Sources record; they decode nothing and judge nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.kit.broker import Broker, TopicPort
from harness.kit.files import FileSource
from harness.kit.ports import SerialPort, TcpPort, UdpPort
from harness.kit.streams import USUAL, Pace, Port, Stream, StreamSource, Tell
from harness.kit.words import Catalogue
from harness.plugins import Source
from probes.gnss.live.positions import HERE, Positions
from probes.gnss.live.speed import check_speed
from probes.gnss.live.watch import StreamWatch
from probes.gnss.truth.sources import StreamSettings, Topic

GPSD_WATCH = b'?WATCH={"enable":true,"raw":2};\n'
"""Asks gpsd for the receiver's own bytes, unchanged (gpsd_json(5), "raw": 2)."""
_NOUN = "receiver"


def open_source(
    settings: StreamSettings,
    folder: Path,
    attach: Mapping[str, str | None] | None = None,
    *,
    pace: Pace = USUAL,
    positions: Positions = HERE,
    noun: str = "log",
) -> Source:
    """The source that the settings name; nothing is opened yet. ``attach``: files kept beside the trace, by their names there.

    ``noun``: the key of the words for what a file of it is.
    """
    kept = {name: folder / file for name, file in (attach or {}).items() if file is not None}
    if settings.file is not None:
        return FileSource([folder / settings.file], Catalogue("probes.gnss").text(noun), attach=kept)
    assert settings.duration is not None  # noqa: S101 - a live source without it is refused when the profile loads
    return StreamSource(_stream(settings, folder, pace, positions), settings.duration, kept)


def _stream(settings: StreamSettings, folder: Path, pace: Pace, positions: Positions) -> Stream:
    if settings.serial is not None:
        return _serial(settings.serial, settings.baud, pace, positions)
    if settings.mqtt is not None:
        return _topic(settings, settings.mqtt, folder, pace, positions)
    if settings.tcp is not None:
        host, port = settings.tcp
        greeting = GPSD_WATCH if settings.greeting == "gpsd" else b""
        connect = lambda: TcpPort(host, port, noun=_NOUN, greeting=greeting, pace=pace)  # noqa: E731 - one word a port
        return _watched(connect, f"{host}:{port}", pace, positions)
    assert settings.udp is not None  # noqa: S101 - exactly one source is given
    host, port = settings.udp
    return _watched(lambda: UdpPort(host, port, pace=pace), f"{host}:{port}", pace, positions)


def _serial(path: str, baud: int, pace: Pace, positions: Positions) -> Stream:
    """A serial port, whose speed is checked before recording."""

    def connect() -> SerialPort:
        return SerialPort(path, baud, noun=_NOUN, pace=pace)

    def check(port: Port) -> None:
        if isinstance(port, SerialPort):
            check_speed(port, path, baud)

    return _watched(connect, path, pace, positions, check)


def _topic(settings: StreamSettings, topic: Topic, folder: Path, pace: Pace, positions: Positions) -> Stream:
    """A receiver whose raw stream arrives as MQTT messages, one after the other, as they come."""
    secret = settings.password

    def password() -> str:
        return "" if secret is None else secret.text("the broker's password", folder)

    broker = Broker(topic.host, topic.port, settings.user or "", password)
    connect = lambda: TopicPort(broker, topic.name, lambda payload: inner(payload, settings.field), pace)  # noqa: E731 - as above
    return _watched(connect, f"{broker}/{topic.name}", pace, positions)


def _watched(
    connect: Callable[[], Port],
    name: str,
    pace: Pace,
    positions: Positions,
    check: Callable[[Port], None] = lambda _port: None,
) -> Stream:
    """A stream that tells the operator about silence and lost fixes, and others where the receiver is."""

    def watch(tell: Tell, now: float) -> StreamWatch:
        return StreamWatch(tell, now, lambda position: positions.note(name, position))

    return Stream(connect, name, "gnss", check, watch, pace)


def inner(payload: bytes, field: str) -> bytes:
    """The text under ``field`` of a JSON payload; the payload itself where no field is named or it holds none."""
    if not field:
        return payload
    try:
        found = json.loads(payload)[field]
    except (ValueError, KeyError, TypeError):
        return payload
    return found.encode() if isinstance(found, str) else payload
