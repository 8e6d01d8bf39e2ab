# SPDX-License-Identifier: Apache-2.0
"""A simulated plant: assets that speak MQTT and Sparkplug B to whoever connects, in a broker of its own or on one that is there."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import Field

from harness.errors import InstrumentError
from harness.kit.settings import Endpoint
from probes.plant.simulators import devices, encoding
from probes.plant.simulators.devices import Device, Edge, PlantSettings
from probes.plant.wire import mqtt


class Settings(PlantSettings):
    """The plant, and the broker that it speaks to."""

    broker: Endpoint | None = Field(
        None, description="a broker that is there, like 127.0.0.1:1883; by default the plant is a broker of its own."
    )


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``broker`` and ``port``, and the paths of ``register``, ``events``, ``alarms``, ``markers``, ``screen`` and ``draw``."""
    settings = Settings.parse(config)
    fleet = devices.devices(settings)
    with tempfile.TemporaryDirectory() as scratch, _spoken(settings, fleet) as (host, port):
        given = {}
        for name, text in devices.tables(settings, fleet).items():
            path = Path(scratch, f"{name}.csv")
            path.write_text(text, encoding="utf-8")
            given[name] = str(path)
            if name == "register" and settings.drawn:
                protocol = path.with_name("sample.draw.jsonl")
                protocol.write_bytes(devices.protocol(settings, text))
                given["draw"] = str(protocol)
        yield {"broker": host, "port": port, **given}


@contextmanager
def _spoken(settings: Settings, fleet: list[Device]) -> Iterator[tuple[str, int]]:
    over = threading.Event()
    if settings.broker is not None:
        place = (settings.broker.host, settings.broker.port)
        link, edge = _connected(place), Edge()
        now = time.time_ns() // 10**6
        kept = b"".join([*devices.kept(fleet, now), *edge.births(fleet, now)])
        # the ping is answered once the broker has all of it: whoever subscribes finds what it keeps
        _asked(link, place, kept + b"\xc0\x00")
        work = threading.Thread(target=_publish, args=(link, settings, fleet, edge, over), daemon=True)
        listener = None
    else:
        listener = socket.create_server(("127.0.0.1", 0))
        place = ("127.0.0.1", listener.getsockname()[1])
        work = threading.Thread(target=_serve, args=(listener, settings, fleet, over), daemon=True)
    work.start()
    try:
        yield place
    finally:
        over.set()
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        work.join(5)


def _serve(listener: socket.socket, settings: Settings, fleet: list[Device], over: threading.Event) -> None:
    """Accept subscribers until it is over; each hears the whole plant."""
    threads = []
    while not over.is_set():
        try:
            link, _ = listener.accept()
        except OSError:
            break
        thread = threading.Thread(target=_talk, args=(link, settings, fleet, over), daemon=True)
        thread.start()
        threads.append(thread)
    for each in threads:
        each.join(2)


def _talk(link: socket.socket, settings: Settings, fleet: list[Device], over: threading.Event) -> None:
    """Answer a client; once it has subscribed it hears what was kept, the births, and everything that is said."""
    decoder, begun = mqtt.Decoder(synchronised=True), 0.0
    edge, step = Edge(), 0
    link.settimeout(0.02)
    with link, suppress(OSError):
        while not over.is_set():
            with suppress(TimeoutError):
                data = link.recv(4096)
                if not data:
                    return
                for packet in decoder.take(data):
                    if packet.kind == 14:
                        return
                    answer = _answer(packet)
                    link.sendall(answer)
                    if packet.kind == 8 and not begun:
                        begun = time.monotonic()
                        now = time.time_ns() // 10**6
                        link.sendall(b"".join([*devices.kept(fleet, now), *edge.births(fleet, now)]))
            while begun and time.monotonic() >= begun + step * float(settings.period_s):
                link.sendall(b"".join(devices.said(fleet, edge, step, time.time_ns() // 10**6)))
                step += 1


def _answer(packet: mqtt.Packet) -> bytes:
    if packet.kind == mqtt.CONNECT:
        return encoding.packet(0x20, b"\0\0")
    if packet.kind == 8:
        return encoding.packet(0x90, packet.body[:2] + b"\0")
    return encoding.packet(0xD0, b"") if packet.kind == 12 else b""


def _connected(place: tuple[str, int]) -> socket.socket:
    """A session with a broker that is there."""
    try:
        link = socket.create_connection(place, timeout=5)
    except OSError as error:
        msg = f"No MQTT broker is at {place[0]}:{place[1]}: {error}."
        raise InstrumentError(msg, cure="start one, or leave broker: out.") from None
    _asked(link, place, encoding.packet(0x10, encoding.text("MQTT") + b"\x04\x02\0\0" + encoding.text("yanshou-plant")))
    return link


def _asked(link: socket.socket, place: tuple[str, int], data: bytes) -> None:
    """Say something that the broker answers; InstrumentError where it does not."""
    try:
        link.sendall(data)
        if not link.recv(4):
            raise ConnectionResetError("it hangs up")
    except OSError as error:
        link.close()
        msg = f"The MQTT broker at {place[0]}:{place[1]} does not answer: {error}."
        raise InstrumentError(msg, cure="check that it runs.") from None


def _publish(link: socket.socket, settings: Settings, fleet: list[Device], edge: Edge, over: threading.Event) -> None:
    """Speak on a broker that knows what it keeps."""
    step, begun = 0, time.monotonic()
    with link, suppress(OSError):
        while not over.is_set():
            if time.monotonic() < begun + step * float(settings.period_s):
                over.wait(0.01)
                continue
            link.sendall(b"".join(devices.said(fleet, edge, step, time.time_ns() // 10**6)))
            step += 1
        link.sendall(b"\xe0\x00")
