# SPDX-License-Identifier: Apache-2.0
"""A receiver on a serial port, and the speed at which it can be understood."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError
from harness.model import Text
from probes.gnss.live.stream import BLOCK, POLL_S, StreamSource
from probes.gnss.live.watch import WINDOW, speaks

USUAL = (115200, 9600, 38400, 460800, 57600, 230400, 921600, 19200, 4800)
"""Speeds of receivers, the most likely ones first."""
LISTEN_S = 1.6
"""How long a speed is tried: a receiver that talks once a second is heard in it."""


class SerialPort:
    """A serial port through pyserial; :class:`probes.gnss.live.stream.Port`."""

    remark: Text | None = None

    def __init__(self, path: str, baud: int) -> None:
        """Open it for this process alone; InstrumentError with the ports that are there."""
        import serial

        try:
            self._port = serial.Serial(path, baud, timeout=POLL_S, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            msg = f"The serial port {path} cannot be opened: {error}."
            raise InstrumentError(
                msg, cure=f"plug the receiver in and check its name; ports here: {_ports()}."
            ) from None

    def read(self) -> bytes:
        """What came within ``POLL_S``; OSError when the port is gone."""
        data: bytes = self._port.read(1)
        if not data:
            return data
        with contextlib.suppress(OSError):  # unplugged after this byte: the next read says so
            data += self._port.read(min(self._port.in_waiting, BLOCK))
        return data

    def listen_at(self, baud: int) -> None:
        """Listen at another speed from now on; OSError or ValueError where the port has none such."""
        self._port.baudrate = baud
        self._port.reset_input_buffer()

    def close(self) -> None:
        """Let go of it."""
        self._port.close()


def serial_source(config: Mapping[str, Any], folder: Path) -> StreamSource:
    """``serial: /dev/ttyUSB0``, ``baud: 115200``."""
    path, baud = str(config["serial"]), int(config.get("baud", 115200))

    def check(port: Any) -> None:
        found = speed_of(port, baud)
        if found != baud:
            msg = f"The receiver at {path} talks at {found} baud, not at {baud}."
            raise InstrumentError(msg, cure=f"write baud: {found}.")

    return StreamSource(config, folder, lambda: SerialPort(path, baud), path, check)


def speed_of(port: SerialPort, baud: int) -> int:
    """The speed at which messages are understood; ``baud`` too when the port is silent or no usual speed helps."""
    heard = _listen(port)
    if not heard or speaks(heard):
        return baud
    for other in USUAL:
        with contextlib.suppress(ValueError):  # a speed that this port does not have
            port.listen_at(other)
            if speaks(_listen(port)):
                return other
    return baud


def _listen(port: SerialPort) -> bytes:
    """What is heard until it is understood, or until ``LISTEN_S`` is over."""
    heard, until = b"", time.monotonic() + LISTEN_S
    while time.monotonic() < until and not speaks(heard):
        heard = (heard + port.read())[-WINDOW:]
    return heard


def _ports() -> str:
    from serial.tools.list_ports import comports

    return ", ".join(sorted(each.device for each in comports())) or "none"
