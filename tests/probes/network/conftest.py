# SPDX-License-Identifier: Apache-2.0
"""Traces made by hand, with a truth that the test chose, and a sink that keeps what a source writes."""

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from harness.account.calibration import InstrumentInUse
from harness.model import About
from harness.plugins import Input
from harness.testing import Question, inputs_of
from probes.network.instruments.stamp import PROBE
from probes.network.wire import layout
from probes.network.wire.datagram import Endpoint, datagram
from probes.network.wire.packet import ReflectorPacket, SenderPacket
from probes.network.wire.timestamps import error_estimate, ntp_of
from tests.ports import free_port
from tests.probes.network.made import asked
from tests.waiting import joined, living, served

START_NS = 1_763_740_800_000_000_137  # a clock that resolves nanoseconds
ERROR = error_estimate(1_000_000, synchronised=True)


_GAPS: Any = np.cumsum(np.random.Generator(np.random.PCG64(8)).exponential(size=200_000))


def drawn(slot: int, mean_ns: int = 1_000_000) -> int:
    """When a slot of a Poisson schedule is due."""
    return START_NS + round(_GAPS[slot] * mean_ns)


class Sink:
    """Keeps what a source writes."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.states: list[Mapping[str, Any]] = []
        self.state: Mapping[str, Any] = {}
        self.stopping = False
        self.config_folder = Path()

    @property
    def position(self) -> int:
        return len(self.data)

    def write(self, data: bytes) -> None:
        self.data += data

    def roll(self) -> None:
        raise AssertionError("not used")

    def attach(self, name: str, data: bytes) -> None:
        raise AssertionError("not used")

    def event(self, kind: str, body: Mapping[str, Any]) -> None:
        self.events.append((kind, body))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        self.states.append(state)

    def progress(self, done: float, total: float, text: str = "") -> None:
        assert done >= 0
        assert total > 0


class Builders:
    """Pieces of a trace: a header, then records."""

    START_NS = START_NS
    drawn = staticmethod(drawn)

    @staticmethod
    def header(
        targets: int,
        waiting_ns: int = 3_000_000_000,
        interval_ns: int = 1_000_000,
        address: str = "10.9.0.{}",
        kind: str = "poisson",
    ) -> bytes:
        described = [
            {"id": f"T-{index:03d}", "name": f"terminal {index}", "address": address.format(index + 1), "port": 862}
            for index in range(targets)
        ]
        schedule = {"kind": kind, "interval_ns": interval_ns, "seed": 1}
        return layout.header({"targets": described, "waiting_time_ns": waiting_ns, "schedule": schedule})

    @staticmethod
    def record(
        target: int,
        slot: int,
        delay_ns: int | None,
        *,
        at_ns: int | None = None,
        residence_ns: int = 50_000,
        copies: int = 1,
        ttl: int = 63,
    ) -> bytes:
        """One probe and its replies; ``delay_ns``: the corrected round trip, None: lost."""
        due = START_NS + slot * 1_000_000 if at_ns is None else at_ns
        here, there = Endpoint.of("10.9.255.1", 50_000), Endpoint.of(f"10.9.0.{target + 1}", 862)
        asked = SenderPacket(slot, ntp_of(due), ERROR)
        replies = 0 if delay_ns is None else copies
        wire = datagram(here, there, asked.encode(), 64)
        block = layout.sent(target, slot, due, due, wire, replies=replies, kernel=True)
        for copy in range(replies):
            assert delay_ns is not None
            received = due + delay_ns // 2
            answer = ReflectorPacket(
                sequence=slot,
                timestamp=ntp_of(received + residence_ns),
                error=ERROR,
                ssid=0,
                received=ntp_of(received),
                sender_sequence=slot,
                sender_timestamp=ntp_of(due),
                sender_error=ERROR,
                sender_ttl=64,
            )
            back = due + delay_ns + residence_ns + copy
            fate = layout.FIRST if copy == 0 else layout.AGAIN
            wire = datagram(there, here, answer.encode(), ttl)
            block += layout.back(target, back + 5_000, back, wire, fate=fate, kernel=True)
        return block

    @staticmethod
    def stray(target: int, fate: str) -> bytes:
        """A packet that came back and that no probe owns."""
        here, there = Endpoint.of("10.9.255.1", 50_000), Endpoint.of(f"10.9.0.{target + 1}", 862)
        wire = datagram(there, here, bytes(44), 63)
        return layout.back(target, START_NS, START_NS, wire, fate=fate, kernel=True)


class Odd:
    """A peer on loopback that answers as the test says, in a thread of its own."""

    def __init__(self, answer: Callable[[bytes], list[bytes]]) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(0.1)
        self.port = self.sock.getsockname()[1]
        self.answer, self.ending = answer, False
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while not self.ending:
            try:
                data, peer = self.sock.recvfrom(2048)
            except TimeoutError:
                continue
            for reply in self.answer(data):
                self.sock.sendto(reply, peer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ending = True
        joined(self.thread)
        self.sock.close()


@contextmanager
def mosquitto(peer: Callable[[str], str], folder: Path, lines: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A real mosquitto on loopback, on a port of its own, with further lines of configuration; its port and process."""
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nsys_interval 1\n{lines}", encoding="utf-8")
    with living([peer("mosquitto"), "-c", str(config)], stderr=subprocess.DEVNULL) as child:
        try:
            served(port, child)
            yield port, child
        finally:
            child.terminate()


@pytest.fixture
def broker(peer: Callable[[str], str], tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A mosquitto that lets everybody in and tells its clients every second: port and process."""
    with mosquitto(peer, tmp_path, "allow_anonymous true\n") as found:
        yield found


@pytest.fixture
def private_broker(
    peer: Callable[[str], str], tmp_path: Path
) -> Callable[[str], AbstractContextManager[tuple[int, subprocess.Popen[bytes]]]]:
    """Starts a mosquitto with lines of configuration of the test's own."""
    return lambda lines: mosquitto(peer, tmp_path, lines)


@pytest.fixture
def odd() -> type[Odd]:
    return Odd


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture(scope="session")
def make() -> type[Builders]:
    return Builders


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Any]:
    """Estimate a reading from trace bytes: ``judge(data, measurand, statistic, parameters, limit, declared)``."""

    def estimate(
        data: bytes,
        measurand: str,
        statistic: str,
        parameters: Mapping[str, Any] | None = None,
        limit: str = "",
        declared: Mapping[str, Any] | None = None,
        others: Sequence[Input] = (),
        about: About = About.WINDOW,
        *,
        practice: bool = False,
        instruments: tuple[InstrumentInUse, ...] = (),
    ) -> Any:
        question = Question(
            measurand,
            statistic,
            limit,
            parameters or {},
            declared or {},
            about=about,
            practice=practice,
            instruments=instruments,
        )
        own = inputs_of(PROBE, data, question, tmp_path / "stamp", {"targets": ["10.9.0.1"], "count": 1})
        return asked([*own, *others], question)

    return estimate
