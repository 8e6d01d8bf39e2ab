# SPDX-License-Identifier: Apache-2.0
"""A live subscription to a real broker: five thousand assets, both versions of MQTT, a broker that goes down, one that refuses."""

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from harness.errors import InstrumentError, UsageError
from harness.kit.broker import Broker
from harness.testing import MemorySink
from probes.plant.digests.signals import Signals
from probes.plant.instruments.messages import MQTT
from probes.plant.live import subscriber
from probes.plant.measurands.presence import states
from probes.plant.simulators import encoding
from probes.plant.simulators.plant import simulate
from probes.plant.traces import assets
from tests.ports import free_port
from tests.probes.network.recording import source_of
from tests.waiting import gone, joined, living, served, until

ASSETS, ROUNDS = 5_000, 6


def publisher(port: int) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", port), 60)
    link.sendall(encoding.packet(0x10, encoding.text("MQTT") + b"\x04\x02\0\0" + encoding.text("plant")))
    link.recv(4)
    return link


SPEAKER = """
import socket, sys, threading
from probes.plant.simulators import encoding
from tests.probes.plant.live.test_messages import publisher
port, assets, rounds = map(int, sys.argv[1:])
batches, identifier = [], 0
for step in range(rounds):
    for first in range(0, assets, 100):
        batch = []
        for each in range(first, first + 100):
            identifier = identifier % 65_000 + 1
            payload = b'{"value": %d.5, "step": %d}' % ((step * 37 + each) % 11, step)
            batch.append(encoding.publish(f"plant/A{each:05d}", payload, identifier=identifier))
        batches.append(b"".join(batch))
link, left = publisher(port), 4 * assets * rounds
def count():
    global left
    while left:
        left -= len(link.recv(1 << 16))
listener = threading.Thread(target=count)
listener.start()
for each in batches:
    link.sendall(each)
listener.join(60)
link.close()
"""
"""Every asset in turn at QoS 1, as fast as the broker acknowledges; in a process of its own."""


def recorded(sink: MemorySink) -> list[dict]:
    return [row for each in sink.data.splitlines()[1:] if "topic" in (row := json.loads(each))]


def digest(sink: MemorySink, folder: Path) -> Signals:
    from harness.plugins import Asked, Chunk

    path = folder / "0001.jsonl"
    path.write_bytes(sink.data)
    return MQTT.summarise(Chunk(path), Asked())


@contextmanager
def recording(settings: dict, enough: int) -> Iterator[MemorySink]:
    """A recording that goes on until there are enough messages."""
    source, sink = source_of(MQTT, {"broker": "127.0.0.1", "duration": "60 s", **settings}), Until(enough)
    thread = Thread(target=source.record, args=(sink,))
    thread.start()
    try:
        yield sink
    except BaseException:
        sink.enough = 0
        raise
    finally:
        joined(thread, 70)


class Until(MemorySink):
    """A sink that wants an end when there are enough messages, or after a minute."""

    def __init__(self, enough: int) -> None:
        super().__init__()
        self._left, self._end = enough, time.monotonic() + 60

    def write(self, data: bytes) -> None:
        super().write(data)
        self._left -= data.count(b'"topic"')

    @property
    def stopping(self) -> bool:
        return self.enough == 0 or self._left <= 0 or time.monotonic() > self._end


@pytest.mark.timeout(60)
def test_a_broker_that_vanished_without_a_word_is_a_broken_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriber, "_KEEPALIVE_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def greet() -> socket.socket:
            link, _ = server.accept()
            link.settimeout(30)
            link.recv(4096)
            link.sendall(encoding.packet(0x20, b"\0\0"))
            link.recv(4096)
            link.sendall(encoding.packet(0x90, b"\0\1\1"))
            return link

        with ThreadPoolExecutor(1) as pool:
            greeted = pool.submit(greet)
            link = subscriber.Subscriber(Broker(*server.getsockname()), ["plant/#"])
            with greeted.result(60):
                assert link.connected
                until(lambda: link.drain(0.1, list) or not link.connected, 30, "the link is still taken for whole")
            link.close()


def test_five_thousand_assets_are_counted_and_none_is_lost_at_qos_1(mosquitto: int, tmp_path: Path) -> None:
    settings = {"port": mosquitto, "topics": ["plant/#"]}
    total = ASSETS * ROUNDS
    with recording(settings, total) as sink:
        until(lambda: sink.position, otherwise="nothing is recorded")
        time.sleep(0.5)
        command = [sys.executable, "-c", SPEAKER, str(mosquitto), str(ASSETS), str(ROUNDS)]
        subprocess.run(command, check=True, timeout=90)
    rows = recorded(sink)
    assert len(rows) == total
    assert set(Counter(row["topic"] for row in rows).values()) == {ROUNDS}
    times = [row["t"] for row in rows]
    fastest = max(5_000 / max(1, after - before) * 1e9 for before, after in zip(times, times[5_000:], strict=False))
    assert fastest >= 10_000, f"{fastest:.0f} messages a second at the subscriber"
    found = digest(sink, tmp_path)
    assert (len(found.rows), found.messages, found.damaged) == (ASSETS, total, 0)


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_simulated_plant_on_a_real_broker_is_seen_through(mosquitto: int, version: str, tmp_path: Path) -> None:
    faults = {"silent": 1, "stale": 2, "frozen": 1, "retained": 2, "alive": 1}
    config = {"count": 20, "period": "200 ms", "broker": f"127.0.0.1:{mosquitto}", **faults}
    with simulate(config, tmp_path) as plant:
        register = assets.read(Path(plant["register"]).read_bytes(), "register.csv")
        sink = MemorySink()
        source_of(MQTT, {"broker": "127.0.0.1", "port": mosquitto, "version": version, "duration": "3 s"}).record(sink)
    found = digest(sink, tmp_path)
    why = Counter(states(register, found, found.spans[0][1], 3.0).why.values())
    assert why["networked"] <= 20 - sum(faults.values())
    assert (why["silent"], why["retained"]) == (1, 2), "Sparkplug births may have come before the subscription"


def test_what_was_said_while_the_link_was_broken_comes_later(peer: Callable[[str], str], tmp_path: Path) -> None:
    port, config = free_port(), tmp_path / "m.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\npersistence_location {tmp_path}/\n"
    )

    def start() -> subprocess.Popen[bytes]:
        child = subprocess.Popen([peer("mosquitto"), "-c", str(config)], stderr=subprocess.DEVNULL)
        served(port, child)
        return child

    broker = start()
    try:
        with recording({"port": port}, 3) as sink:
            until(lambda: sink.position, otherwise="nothing is recorded")
            time.sleep(0.5)
            with publisher(port) as link:
                link.sendall(encoding.publish("plant/A1", b"1", identifier=1))
                link.recv(4)
            time.sleep(0.3)
            broker.terminate()
            gone(broker)
            broker = start()
            with publisher(port) as link:
                for number in (2, 3):
                    link.sendall(encoding.publish("plant/A1", b"%d" % number, identifier=number))
                    link.recv(4)
    finally:
        broker.terminate()
        gone(broker)
    found = digest(sink, tmp_path)
    assert (found.messages, found.breaks) == (3, 1)
    assert next(iter(found.sources.values())).ranges["0"].times == 3


def test_a_broker_that_refuses_is_one_sentence(peer: Callable[[str], str], tmp_path: Path) -> None:
    port, config = free_port(), tmp_path / "m.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\nuser root\n")
    with living([peer("mosquitto"), "-c", str(config)], stderr=subprocess.DEVNULL) as child:
        served(port, child)
        for version in ("3.1.1", "5"):
            with pytest.raises(InstrumentError, match="refuses") as caught:
                source_of(
                    MQTT, {"broker": "127.0.0.1", "port": port, "version": version, "duration": "1 s"}
                ).preflight()
            assert "password" in caught.value.cure
        child.terminate()
    with pytest.raises(InstrumentError, match="No MQTT broker"):
        source_of(MQTT, {"broker": "127.0.0.1", "port": port, "duration": "1 s"}).preflight()


def test_a_password_that_is_not_there_is_told_before_anything_is_recorded(mosquitto: int) -> None:
    settings = {"broker": "127.0.0.1", "port": mosquitto, "user": "u", "password": "env:NOT_THERE", "duration": "1 s"}
    with pytest.raises(UsageError, match="NOT_THERE"):
        source_of(MQTT, settings).preflight()
