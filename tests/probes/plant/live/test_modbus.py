# SPDX-License-Identifier: Apache-2.0
"""Modbus with a real server, over TCP and over a serial line (RTU, a pair of pseudo terminals)."""

import asyncio
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from harness.errors import InstrumentError
from harness.testing import MemorySink
from probes.plant.digests.polling import polled
from probes.plant.digests.signals import Signals, Source
from probes.plant.instruments.polls import MODBUS
from probes.plant.live import modbus
from probes.plant.measurands.presence import standing
from tests.ports import free_port
from tests.probes.network.recording import session_of, source_of
from tests.waiting import accepted, joined, listening, living, until


def device() -> SimDevice:
    """A float at 100 and a word at 110, that stand still, and a word at 120 that counts what it is asked."""
    return SimDevice(
        id=1,
        simdata=[
            SimData(100, values=21.5, datatype=DataType.FLOAT32),
            SimData(110, values=7, datatype=DataType.UINT16),
            SimData(120, values=-40, datatype=DataType.INT16),
        ],
        action=_varied,
    )


_STEPS = {"at": 0}


async def _varied(function: int, start: int, address: int, count: int, registers: list[int], values: Any) -> None:
    """Another temperature each time the word at 120 is read."""
    if (values is None and start <= 120 < start + max(count, 1)) or address == 120:
        _STEPS["at"] += 1
        at = 120 - start if len(registers) > 120 - start >= 0 else 0
        registers[at] = 200 + _STEPS["at"] * 37 % 11


@contextmanager
def serving(make: Callable[[], Any]) -> Iterator[None]:
    """A server in a loop of its own."""
    loop, up, held = asyncio.new_event_loop(), Event(), {}

    async def work() -> None:
        held["server"] = make()
        await held["server"].listen()
        up.set()
        held["over"] = asyncio.Event()
        await held["over"].wait()
        await held["server"].shutdown()

    thread = Thread(target=lambda: loop.run_until_complete(work()))
    thread.start()
    assert up.wait(60), "the server did not start"
    time.sleep(0.1)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(held["over"].set)
        joined(thread)
        loop.close()


def heard(settings: dict) -> Signals:
    source = source_of(MODBUS, {"every": "100 ms", "duration": "1500 ms", **settings})
    source.preflight()
    sink = MemorySink()
    source.record(sink)
    return polled(session_of(sink.data, MODBUS.form.format), "modbus")


POINTS = ["1/holding/100/float32", "1/holding/110", "1/holding/120/int16", "1/holding/900"]


def check(found: Signals) -> None:
    ranges = found.sources[Source(POINTS[0])].ranges["value"]
    assert (ranges.low, ranges.high) == (21.5, 21.5)
    states = [standing(found.sources[Source(each)]) for each in POINTS]
    assert states == ["frozen", "frozen", "networked", "silent"]


def test_registers_are_read_by_their_type_and_exceptions_are_told() -> None:
    port = free_port()
    with serving(lambda: ModbusTcpServer(device(), address=("127.0.0.1", port))):
        check(heard({"tcp": f"127.0.0.1:{port}", "points": POINTS}))


def test_a_serial_line_says_the_same(peer: Callable[[str], str], tmp_path: Path) -> None:
    ends = [tmp_path / "ours", tmp_path / "theirs"]
    command = [peer("socat"), *(f"pty,raw,echo=0,link={each}" for each in ends)]
    with living(command) as cable:
        until(lambda: all(each.exists() for each in ends), otherwise="socat made no line")
        theirs = os.path.realpath(ends[1])
        try:
            with serving(lambda: ModbusSerialServer(device(), port=theirs, baudrate=115200)):
                check(heard({"serial": str(ends[0]), "baud": 115200, "points": POINTS}))
        finally:
            cable.terminate()


def test_a_device_that_is_not_there_is_one_sentence() -> None:
    port = free_port()
    assert not listening(port)
    with pytest.raises(InstrumentError, match="No Modbus device answers"):
        source_of(MODBUS, {"tcp": f"127.0.0.1:{port}", "points": ["1/coil/1"], "duration": "1 s"}).preflight()


Answer = Callable[[int, int], bytes]
"""From unit and function to what a gateway says after the head: function and more; nothing: it says nothing at all."""


@contextmanager
def gateway(answer: Answer) -> Iterator[int]:
    """A gateway that answers as it likes; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def work() -> None:
            with accepted(listener) as peer:
                while len(asked := peer.recv(12)) == 12:
                    number, _, _, unit, function = struct.unpack(">HHHBB", asked[:8])
                    said = answer(unit, function)
                    if said:
                        peer.sendall(struct.pack(">HHHB", number, 0, len(said) + 1, unit) + said)

        thread = Thread(target=work, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def polled_once(answer: Answer, *points: str) -> list[dict[str, Any]]:
    with gateway(answer) as peer:
        settings = MODBUS.settings.parse({"tcp": f"127.0.0.1:{peer}", "points": list(points), "duration": "1 s"})
        port = modbus.ModbusPort(settings, points)
        port.open()
        rows = [dict(each) for each in port.poll()]
        port.close()
    return rows


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _, function: bytes([function | 0x80, 0x0B]), "exception 11"),
        (lambda *_: b"\x04\x04\x41\xac\0\0", "another answer"),  # another table than the one that was asked
        (lambda _, function: bytes([function, 2]) + b"\x41\xac", "another answer"),
        (lambda _, function: bytes([function, 8]) + b"\x41\xac\0\0" * 2, "another answer"),
        (lambda _, function: bytes([function, 0]), "another answer"),
    ],
    ids=["exception", "another-table", "too-short", "too-long", "empty"],
)
def test_an_answer_to_something_else_is_no_value(answer: Answer, why: str) -> None:
    assert polled_once(answer, "1/holding/100/float32") == [{"place": "1/holding/100/float32", "failed": why}]


def test_a_dead_device_behind_a_gateway_is_waited_for_once_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus, "_TIMEOUT_S", 0.1)
    asked = []

    def answer(unit: int, function: int) -> bytes:
        asked.append(unit)
        return bytes([function, 2, 0, 7]) if unit == 2 else b""

    rows = polled_once(answer, "1/holding/1", "1/holding/2", "1/holding/3", "2/holding/1")
    assert [each.get("failed") for each in rows] == ["no answer"] * 3 + [None]
    assert asked.count(1) == 2, "one question and its one repetition, not three of each"


def test_points_that_all_give_nothing_are_told_before_anything_is_recorded() -> None:
    with gateway(lambda _, function: bytes([function | 0x80, 2])) as port:
        source = source_of(MODBUS, {"tcp": f"127.0.0.1:{port}", "points": ["1/holding/9"], "duration": "1 s"})
        with pytest.raises(InstrumentError, match="1/holding/9: exception 2"):
            source.preflight()
