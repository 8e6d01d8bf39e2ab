# SPDX-License-Identifier: Apache-2.0
"""Power analysers and supplies by SCPI: over a TCP socket, a serial line, or VISA."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from harness.errors import InstrumentError
from harness.kit.ports import SerialPort, TcpPort
from harness.kit.streams import Pace
from probes.compute.live.reading import Reading
from probes.compute.plans.meters import ScpiSettings
from probes.compute.wire import scpi

_ANSWER_S = 3.0
_PACE = Pace(poll_s=0.002)
_NOUN = "power analyser"
_RANGE_EVERY_S = 10.0


class ScpiMeter:
    """An analyser with fixed ranges; its range is asked again and again, so that a change is seen."""

    def __init__(self, settings: ScpiSettings) -> None:
        """Greet it, set the item to active power, and learn its range; InstrumentError where it ranges by itself."""
        self._dialect = settings.dialect
        self._line: _Port | _Visa = _Visa(settings.visa) if settings.visa is not None else _Port(settings)
        try:
            self.identity = self.mark = self._line.ask(scpi.IDENTITY).strip()
            for command in scpi.SETUP[self._dialect]:
                self._line.tell(command)
            self._range_w = self._range()
        except InstrumentError:
            self._line.close()
            raise
        self._asked = time.monotonic()
        self.facts: Mapping[str, Any] = {} if self._range_w is None else {"range_w": self._range_w}

    def read(self) -> Reading:
        """Active power in W."""
        now = time.monotonic()
        if self._range_w is not None and now - self._asked > _RANGE_EVERY_S:
            self._range_w, self._asked = self._range(), now
        return Reading(scpi.number(self._line.ask(scpi.POWER[self._dialect])), range_w=self._range_w)

    def close(self) -> None:
        """Let go of it."""
        self._line.close()

    def _range(self) -> float | None:
        question = scpi.RANGES[self._dialect]
        if not question:
            return None
        found = scpi.ranges(self._line.ask(question))
        if found.auto:
            msg = f"{self.identity or 'The analyser'} changes its range by itself."
            raise InstrumentError(msg, cure="find the range in a trial run, then fix current and voltage range.")
        return found.watts


class _Port:
    """Lines over TCP or a serial port."""

    def __init__(self, settings: ScpiSettings) -> None:
        self._port: TcpPort | SerialPort
        if settings.tcp is not None:
            self._port = TcpPort(settings.tcp.host, settings.tcp.port, noun=_NOUN, pace=_PACE)
        else:
            self._port = SerialPort(settings.serial or "", settings.baud, noun=_NOUN, pace=_PACE)

    def tell(self, command: str) -> None:
        try:
            self._port.write(command.encode("ascii") + b"\n")
        except OSError as error:
            raise _gone(error) from None

    def ask(self, question: str) -> str:
        self._drain()
        self.tell(question)
        heard, end = bytearray(), time.monotonic() + _ANSWER_S
        try:
            while b"\n" not in heard and time.monotonic() < end:
                heard += self._port.read()
        except OSError as error:
            raise _gone(error) from None
        if b"\n" not in heard:
            msg = f"The power analyser does not answer {question}."
            raise InstrumentError(msg, cure="check the dialect, and that nobody else talks to it.")
        return heard.decode("ascii", "replace").strip()

    def close(self) -> None:
        self._port.close()

    def _drain(self) -> None:
        """What comes late belongs to an earlier question and is no answer to the next."""
        try:
            while self._port.read():
                pass
        except OSError as error:
            raise _gone(error) from None


class _Visa:
    """The same by VISA, for USB and VXI-11."""

    def __init__(self, resource: str) -> None:
        try:
            import pyvisa
        except ImportError:
            raise InstrumentError("VISA is not installed.", cure="pip install yanshou[visa].") from None
        name, _, library = resource.partition("@@")
        try:
            self._manager = pyvisa.ResourceManager(library or "@py")
            self._device: Any = self._manager.open_resource(name, read_termination="\n", write_termination="\n")
            self._device.timeout = _ANSWER_S * 1000
        except (pyvisa.Error, ValueError, OSError) as error:
            msg = f"The VISA resource {name} cannot be opened: {error}."
            raise InstrumentError(msg, cure="list what is there with pyvisa-info or the maker's tool.") from None

    def tell(self, command: str) -> None:
        try:
            self._device.write(command)
        except Exception as error:  # noqa: BLE001 - each back end has errors of its own
            raise _gone(error) from None

    def ask(self, question: str) -> str:
        try:
            return str(self._device.query(question)).strip()
        except Exception as error:  # noqa: BLE001 - each back end has errors of its own
            raise _gone(error) from None

    def close(self) -> None:
        self._device.close()


def _gone(error: Exception) -> InstrumentError:
    msg = f"The power analyser is gone: {error}."
    return InstrumentError(msg, cure="look at its power and its cable.")
