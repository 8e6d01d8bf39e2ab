# SPDX-License-Identifier: Apache-2.0
"""Modbus with a real server, over TCP and over a serial line (RTU, a pair of pseudo terminals)."""

import asyncio
import os
import subprocess
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
from probes.plant.measurands.presence import standing
from tests.probes.network.recording import session_of, source_of
from tests.probes.plant.conftest import free_port, listening


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
    up.wait(10)
    time.sleep(0.1)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(held["over"].set)
        thread.join(10)
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
    with subprocess.Popen(command) as cable:
        while not all(each.exists() for each in ends):
            time.sleep(0.02)
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
