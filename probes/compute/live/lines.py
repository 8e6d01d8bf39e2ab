# SPDX-License-Identifier: Apache-2.0
"""Meters on a bus: DL/T 645-2007 and Modbus, on a serial line or behind a serial server. One question, one answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import InstrumentError
from harness.kit.ports import SerialPort, TcpPort
from harness.kit.streams import Pace
from probes.compute.live.reading import Reading
from probes.compute.plans.meters import Dlt645Settings, ModbusSettings
from probes.compute.wire import dlt645, modbus

_ANSWER_S = 1.5
_PACE = Pace(poll_s=0.002)
_NOUN = "meter"
ACTIVE_POWER = "02030000"


class _Line:
    """Bytes out, and in until the answer is whole."""

    def __init__(self, serial: str | None, baud: int, tcp: Any, *, even: bool = False) -> None:
        self._port: TcpPort | SerialPort
        if tcp is not None:
            self._port = TcpPort(tcp.host, tcp.port, noun=_NOUN, pace=_PACE)
        else:
            self._port = SerialPort(serial or "", baud, noun=_NOUN, pace=_PACE, parity="E" if even else "N")

    def ask(self, question: bytes, whole: Callable[[bytes], bool]) -> bytes:
        """The answer; InstrumentError when none comes in time. What came before the question is thrown away."""
        try:
            self._drop()
            self._port.write(question)
            heard, end = bytearray(), time.monotonic() + _ANSWER_S
            while not whole(bytes(heard)) and time.monotonic() < end:
                heard += self._port.read()
        except OSError as error:
            msg = f"The meter is gone: {error}."
            raise InstrumentError(msg, cure="look at its power and its cable.") from None
        if not whole(bytes(heard)):
            msg = f"The meter does not answer within {_ANSWER_S:g} s ({len(heard)} bytes came)."
            raise InstrumentError(msg, cure="check address, speed and parity, and the polarity of the two wires.")
        return bytes(heard)

    def close(self) -> None:
        self._port.close()

    def _drop(self) -> None:
        """What comes late belongs to an earlier question and is no answer to the next."""
        end = time.monotonic() + _ANSWER_S
        while self._port.read():
            if time.monotonic() > end:
                msg = "The meter's line never falls silent."
                raise InstrumentError(msg, cure="look for another master on it, or for a meter that sends by itself.")


class Dlt645Meter:
    """An energy meter asked for its active power; a reverse power is told as such and is no load."""

    def __init__(self, settings: Dlt645Settings) -> None:
        """Greet it; InstrumentError when it does not answer."""
        self._address = settings.address.rjust(12, "0")
        self._line = _Line(settings.serial, settings.baud, settings.tcp, even=settings.parity == "even")
        self.identity = self.mark = f"DL/T 645 {self._address}"
        self.facts: Mapping[str, Any] = {}
        try:
            self.read()
        except InstrumentError:
            self.close()
            raise

    def read(self) -> Reading:
        """Active power, in W."""
        heard = self._line.ask(dlt645.request(self._address, ACTIVE_POWER), lambda data: self._own(data) is not None)
        frame = self._own(heard)
        assert frame is not None  # noqa: S101 - the line waited for it
        if frame.refused:
            msg = f"The meter {self._address} refuses: {frame.error}."
            raise InstrumentError(msg, cure="check that it measures active power.")
        found = dlt645.values(frame)
        if isinstance(found, str) or frame.di != ACTIVE_POWER:
            msg = f"The meter {self._address} answers what was not asked ({found if isinstance(found, str) else frame.di})."
            raise InstrumentError(msg, cure="let nobody else ask on the same bus.")
        return Reading(None if found[0].value is None else float(found[0].value) * 1000)

    def close(self) -> None:
        """Let go of it."""
        self._line.close()

    def _own(self, data: bytes) -> dlt645.Frame | None:
        """The reply of this meter among what came; an echo of the question is none."""
        own = [each for each in dlt645.frames(data) if isinstance(each, dlt645.Frame) and each.reply]
        return next((each for each in own if each.address == self._address), None)


class ModbusMeter:
    """A meter whose register, kind and order of words are declared."""

    def __init__(self, settings: ModbusSettings) -> None:
        """Greet it; InstrumentError when it does not answer."""
        self._settings, self._transaction = settings, 0
        self._line = _Line(settings.serial, settings.baud, settings.tcp)
        self._wanted = modbus.Wanted(
            settings.unit,
            modbus.FUNCTIONS[settings.function],
            settings.register_,
            2 if settings.kind.endswith("32") else 1,
        )
        self.identity, self.mark = f"Modbus unit {settings.unit}", ""
        self.facts: Mapping[str, Any] = {}
        try:
            self.read()
        except InstrumentError:
            self.close()
            raise

    def read(self) -> Reading:
        """The register, in W."""
        own, serial = self._settings, self._settings.serial is not None
        self._transaction = (self._transaction + 1) & 0xFFFF
        question = modbus.rtu(self._wanted) if serial else modbus.tcp(self._wanted, self._transaction)

        def whole(data: bytes) -> bool:
            size = modbus.length(data, serial=serial)
            return size is not None and len(data) >= size

        heard = self._line.ask(question, whole)
        data = modbus.registers(heard, self._wanted, None if serial else self._transaction)
        return Reading(modbus.value(data, own.kind, own.words) * own.scale)

    def close(self) -> None:
        """Let go of it."""
        self._line.close()
