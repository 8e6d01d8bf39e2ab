# SPDX-License-Identifier: Apache-2.0
"""Ports of live instruments: TCP server, UDP datagrams, serial line; each a :class:`harness.kit.streams.Port`."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from harness.errors import InstrumentError
from harness.kit.streams import USUAL, Pace
from harness.model import Text

BLOCK = 65536
_CONNECT_S = _WRITE_S = 3.0


class TcpPort:
    """A TCP connection; one whose other end vanished without a word ends after half a minute."""

    remark: Text | None = None

    def __init__(self, host: str, port: int, *, noun: str, greeting: bytes = b"", pace: Pace = USUAL) -> None:
        """Connect and send ``greeting``; InstrumentError when nobody answers. ``noun``: what it is, like ``receiver``."""
        self._noun = noun
        try:
            self._socket = socket.create_connection((host, port), timeout=_CONNECT_S)
            self._socket.sendall(greeting)
        except OSError as error:
            msg = f"No {noun} answers at {host}:{port}: {error}."
            raise InstrumentError(
                msg, cure=f"check the address, and that the {noun} serves its stream there."
            ) from None
        self._socket.settimeout(pace.poll_s)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4)):
            if hasattr(socket, name):
                self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def read(self) -> bytes:
        """What came; ConnectionError when the other end closed."""
        try:
            data = self._socket.recv(BLOCK)
        except TimeoutError:
            return b""
        if not data:
            msg = f"the {self._noun} closed the connection"
            raise ConnectionResetError(msg)
        return data

    def write(self, data: bytes) -> None:
        """Say something; OSError when the connection is gone."""
        self._socket.sendall(data)

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


class UdpPort:
    """A bound UDP socket; remarks on a second sender, whose records would mix with the first one's."""

    def __init__(self, host: str, port: int, *, pace: Pace = USUAL) -> None:
        """Bind; InstrumentError when the address is not this machine's or the port is taken."""
        self.remark: Text | None = None
        self._senders: set[str] = set()
        with contextlib.ExitStack() as undo:
            try:
                family, kind, _, _, place = socket.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM)[0]
                self._socket = undo.enter_context(socket.socket(family, kind))
                self._socket.bind(place)
            except (OSError, UnicodeError) as error:
                msg = f"Datagrams cannot be received on {host}:{port}: {error}."
                raise InstrumentError(msg, cure="use an address of this machine and a port that is free.") from None
            undo.pop_all()
        self._socket.settimeout(pace.poll_s)

    def read(self) -> bytes:
        """One datagram."""
        try:
            data, sender = self._socket.recvfrom(BLOCK)
        except TimeoutError:
            return b""
        if sender[0] not in self._senders:
            self._senders.add(sender[0])
            self._count()
        return data

    def _count(self) -> None:
        if len(self._senders) > 1:
            every = ", ".join(sorted(self._senders))
            self.remark = Text(
                f"数据报来自多个地址（{every}），可能混有两台设备。",
                f"Datagrams come from several addresses ({every}): two instruments may be mixed.",
            )

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


class SerialPort:
    """A serial port, for this process alone."""

    remark: Text | None = None

    def __init__(self, path: str, baud: int, *, noun: str, pace: Pace = USUAL, parity: str = "N") -> None:
        """Open it; InstrumentError with the ports that are there. ``parity``: N, E or O; a pseudo terminal has N alone."""
        import serial

        refusals: tuple[type[Exception], ...] = (serial.SerialException, OSError, ValueError)
        with contextlib.suppress(ImportError):  # not everywhere
            import termios

            refusals = (*refusals, termios.error)
        try:
            given: dict[str, Any] = {
                "timeout": pace.poll_s,
                "write_timeout": _WRITE_S,
                "exclusive": True,
                "parity": parity,
            }
            self._port = serial.Serial(path, baud, **given)
        except refusals as error:
            msg = f"The serial port {path} cannot be opened: {error}."
            raise InstrumentError(msg, cure=f"plug the {noun} in and check its name; ports here: {_ports()}.") from None

    def read(self) -> bytes:
        """What came; OSError when the port is gone."""
        data: bytes = self._port.read(1)
        if not data:
            return data
        with contextlib.suppress(OSError):  # unplugged after this byte: the next read says so
            data += self._port.read(min(self._port.in_waiting, BLOCK))
        return data

    def write(self, data: bytes) -> None:
        """Say something; OSError when the port is gone, or what is behind it takes nothing."""
        self._port.write(data)

    def listen_at(self, baud: int) -> None:
        """Listen at another speed from now on; OSError or ValueError where the port has none such."""
        self._port.baudrate = baud
        self._port.reset_input_buffer()

    def close(self) -> None:
        """Let go of it."""
        self._port.close()


def _ports() -> str:
    from serial.tools.list_ports import comports

    return ", ".join(sorted(each.device for each in comports())) or "none"
