# SPDX-License-Identifier: Apache-2.0
"""Simulated plants that are asked: an OPC UA server (the extra ``opcua``) and a Modbus/TCP device (the extra ``modbus``).

The same assets and faults as those that speak MQTT: a silent one has no node, a stale one keeps its first value and its time, a
frozen one repeats one value, of a retained one there is only the last usable value, one that is merely alive has a broken sensor.
"""

from __future__ import annotations

import asyncio
import csv
import struct
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, UsageError
from probes.plant.simulators.devices import Device, PlantSettings, devices

_START_S, _END_S = 60.0, 10.0
_SPACE = "urn:yanshou:simulated"


@contextmanager
def opcua(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``url`` and the path of ``register``, in which the node ids are the addresses."""
    _needed("asyncua", "opcua")
    settings = PlantSettings.parse(config)
    fleet = devices(settings)
    with (
        _registered(settings, fleet, lambda each: f"ns=2;s={each.number}") as register,
        _working(lambda up, over: _opcua(settings, fleet, up, over)) as port,
    ):
        yield {"url": f"opc.tcp://127.0.0.1:{port}/", "register": register}


@contextmanager
def modbus(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``tcp`` (host and port) and the path of ``register``, in which the points are the addresses."""
    _needed("pymodbus", "modbus")
    settings = PlantSettings.parse(config)
    fleet = devices(settings)
    with (
        _registered(settings, fleet, lambda each: f"1/holding/{2 * each.index}/float32") as register,
        _working(lambda up, over: _modbus(settings, fleet, up, over)) as port,
    ):
        yield {"tcp": f"127.0.0.1:{port}", "register": register}


async def _opcua(settings: PlantSettings, fleet: Sequence[Device], up: Future[int], over: asyncio.Event) -> None:
    from asyncua import ua
    from asyncua.server.server import Server
    from asyncua.ua.status_codes import StatusCodes

    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0/")
    space = await server.register_namespace(_SPACE)
    plant = await server.nodes.objects.add_object(space, "Plant")
    nodes = {
        each: await plant.add_variable(f"ns={space};s={each.number}", each.number, each.value(0))
        for each in fleet
        if each.fault != "silent"
    }
    states = {"retained": StatusCodes.UncertainLastUsableValue, "alive": StatusCodes.BadSensorFailure}
    step = 0
    async with server:
        assert server.bserver is not None  # noqa: S101 - it listens
        up.set_result(server.bserver.port)
        while not over.is_set():
            for each, node in nodes.items():
                if each.fault != "stale" or step < 2:
                    state = ua.StatusCode(ua.UInt32(states.get(each.fault, StatusCodes.Good)))
                    now: Any = datetime.now(UTC)
                    await node.write_value(ua.DataValue(ua.Variant(each.value(step)), state, SourceTimestamp=now))
            step += 1
            await _until(over, float(settings.period_s))


async def _modbus(settings: PlantSettings, fleet: Sequence[Device], up: Future[int], over: asyncio.Event) -> None:
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    held = {"step": 0}
    known = {2 * each.index: each for each in fleet if each.fault not in {"silent", "alive"}}

    async def read(_function: int, start: int, address: int, count: int, registers: list[int], values: Any) -> None:
        device = known.get(address)
        if device is not None and values is None:
            step = (
                0 if device.fault == "retained" else min(held["step"], 1) if device.fault == "stale" else held["step"]
            )
            words = struct.unpack(">HH", struct.pack(">f", device.value(step)))
            registers[address - start : address - start + min(count, 2)] = words[: min(count, 2)]

    data = [SimData(address, values=0.0, datatype=DataType.FLOAT32) for address in sorted(known)]
    server = ModbusTcpServer(SimDevice(id=1, simdata=data, action=read), address=("127.0.0.1", 0))
    await server.listen()
    listening: Any = server.transport
    up.set_result(listening.sockets[0].getsockname()[1])
    try:
        while not over.is_set():
            await _until(over, float(settings.period_s))
            held["step"] += 1
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


async def _until(over: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(over.wait(), seconds)
    except TimeoutError:
        return


@contextmanager
def _working(work: Callable[[Future[int], asyncio.Event], Coroutine[Any, Any, None]]) -> Iterator[int]:
    """A server in a loop and a thread of its own; yields its port, which it keeps from the beginning."""
    loop, up, over = asyncio.new_event_loop(), Future[int](), asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(work(up, over))
        except Exception as error:
            if up.done():
                raise
            up.set_exception(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield _begun(up)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(_END_S)
        if not thread.is_alive():
            loop.close()


def _begun(up: Future[int]) -> int:
    """The port of a server once it is there; InstrumentError where it fails before, or takes too long."""
    try:
        return up.result(_START_S)
    except Exception as error:  # noqa: BLE001 - of a library: whatever it raises, the plant is not there
        said = f"{type(error).__name__} {error}".strip()
        msg = f"The simulated plant did not start: {said}."
        raise InstrumentError(msg, cure="simulate fewer devices, or look for what else this machine does.") from None


@contextmanager
def _registered(settings: PlantSettings, fleet: Sequence[Device], address: Callable[[Device], str]) -> Iterator[str]:
    """The register of a plant, as a file while it is there."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "register.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("资产编号", "关键设备", "节点地址", "上报周期(s)"))
            period = f"{float(settings.period_s):g}"
            writer.writerows((each.number, "是" if each.key else "否", address(each), period) for each in fleet)
        yield str(path)


def _needed(package: str, extra: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        msg = f"This plant is simulated by {package}."
        raise UsageError(msg, cure=f"pip install 'yanshou[{extra}]'.")
