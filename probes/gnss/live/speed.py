# SPDX-License-Identifier: Apache-2.0
"""The speed at which a receiver on a serial port can be understood."""

from __future__ import annotations

import contextlib
import time
from typing import Protocol

from harness.errors import InstrumentError
from probes.gnss.live.watch import WINDOW, speaks

USUAL = (115200, 9600, 38400, 460800, 57600, 230400, 921600, 19200, 4800)
"""Speeds of receivers, the most likely ones first."""
LISTEN_S = 1.6
"""How long a speed is tried: a receiver that talks once a second is heard in it."""


class Line(Protocol):
    """A serial line whose speed can be changed (:class:`harness.kit.ports.SerialPort`)."""

    def read(self) -> bytes:
        """What came."""

    def listen_at(self, baud: int) -> None:
        """Listen at another speed from now on; ValueError where the port has none such."""


def check_speed(port: Line, path: str, baud: int) -> None:
    """InstrumentError with the right speed when the receiver at ``path`` talks at another one than ``baud``."""
    found = speed_of(port, baud)
    if found != baud:
        msg = f"The receiver at {path} talks at {found} baud, not at {baud}."
        raise InstrumentError(msg, cure=f"write baud: {found}.")


def speed_of(port: Line, baud: int) -> int:
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


def _listen(port: Line) -> bytes:
    """What is heard until it is understood, or until ``LISTEN_S`` is over."""
    heard, until = b"", time.monotonic() + LISTEN_S
    while time.monotonic() < until and not speaks(heard):
        heard = (heard + port.read())[-WINDOW:]
    return heard
