# SPDX-License-Identifier: Apache-2.0
"""Receivers that are still talking: serial port, TCP server, UDP datagrams. Bytes go to the evidence as they come.

A receiver that is unplugged, or a connection that drops, is told in the journal and tried again every second until the
planned end: what was recorded stays, and the gap is seen by the decoder as a gap.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from harness.errors import InstrumentError
from harness.plugins import Sink
from harness.quantity import Quantity
from probes.gnss.sources import attach_trajectory, readable

POLL_S = 0.5
"""How long one read waits, so that a stop is obeyed soon."""
AGAIN_S = 1.0
CHECKPOINT_S = 5.0
SILENT_S = 5.0
"""After so long without a byte, or without a sentence, the operator is told."""
BLOCK = 65536


class Port(Protocol):
    """An open connection to a receiver."""

    def read(self) -> bytes:
        """What came within ``POLL_S``, b"" for nothing; OSError when the connection is gone."""

    def close(self) -> None:
        """Let go of it."""


class StreamSource:
    """Records one live receiver for ``duration``; a resumed run records what is left of it."""

    appendable = True

    def __init__(self, config: Mapping[str, Any], folder: Path, connect: Callable[[], Port], name: str) -> None:
        """``connect`` opens the port or raises InstrumentError; ``name`` is what the operator calls it."""
        self._config, self._folder, self._connect, self._name = config, folder, connect, name
        self._duration_s = float(Quantity.parse(str(config["duration"])).to("s"))

    def preflight(self) -> None:
        """InstrumentError when the receiver cannot be reached or the trajectory cannot be read."""
        if "trajectory" in self._config:
            readable(self._folder / str(self._config["trajectory"]))
        self._connect().close()

    def record(self, sink: Sink) -> None:
        """Read until the planned duration is over, reconnecting whenever the receiver goes away."""
        if sink.position == 0:
            attach_trajectory(self._config, self._folder, sink)
        _Recording(sink, self._connect, self._duration_s).run()


class _Recording:
    """One run of a stream: the clock of the plan, and what the operator is told on the way."""

    def __init__(self, sink: Sink, connect: Callable[[], Port], duration_s: float) -> None:
        self._sink, self._connect, self._duration_s = sink, connect, duration_s
        self._began = time.monotonic() - float(sink.state.get("elapsed_s", 0.0))
        self._noted = self._began
        self._heard = time.monotonic()
        self._sentence = self._told = False

    @property
    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began

    @property
    def _over(self) -> bool:
        return self._sink.stopping or self._elapsed_s >= self._duration_s

    def run(self) -> None:
        while not self._over:
            try:
                port = self._connect()
            except InstrumentError:
                time.sleep(AGAIN_S)  # told when it was lost; here again until it is back
                continue
            try:
                self._listen(port)
            except OSError as error:
                self._sink.event("gnss.connection-lost", {"error": str(error), "at_byte": self._sink.position})
            finally:
                port.close()

    def _listen(self, port: Port) -> None:
        while not self._over:
            data = port.read()
            if data:
                self._sink.write(data)
                self._heard = time.monotonic()
                self._sentence = self._sentence or b"$G" in data or b"$B" in data
            self._watch()

    def _watch(self) -> None:
        """Progress, a checkpoint now and then, and one warning when nothing that looks like NMEA comes."""
        now = time.monotonic()
        self._sink.progress(self._elapsed_s, self._duration_s, f"{self._sink.position} B")
        silent = now - self._heard >= SILENT_S
        if (silent or (not self._sentence and self._elapsed_s >= SILENT_S)) and not self._told:
            self._told = True
            what = "silence" if silent else "no-sentence"
            hint = "no byte came" if silent else "bytes come, but no NMEA sentence: another baud rate, or NMEA is off"
            self._sink.event(f"gnss.{what}", {"hint": hint, "at_byte": self._sink.position})
        if now - self._noted >= CHECKPOINT_S:
            self._noted = now
            self._sink.checkpoint({"elapsed_s": round(self._elapsed_s, 3)})


class _Serial:
    """A serial port through pyserial."""

    def __init__(self, path: str, baud: int) -> None:
        import serial

        try:
            self._port = serial.Serial(path, baud, timeout=POLL_S, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            msg = f"The serial port {path} cannot be opened: {error}."
            raise InstrumentError(
                msg, cure=f"plug the receiver in and check its name; ports here: {_ports()}."
            ) from None

    def read(self) -> bytes:
        data: bytes = self._port.read(1)
        waiting = self._port.in_waiting
        return data + self._port.read(min(waiting, BLOCK)) if data and waiting else data

    def close(self) -> None:
        self._port.close()


class _Socket:
    """A TCP connection or a bound UDP socket."""

    def __init__(self, sock: socket.socket, *, stream: bool) -> None:
        self._sock, self._stream = sock, stream
        sock.settimeout(POLL_S)

    def read(self) -> bytes:
        try:
            data = self._sock.recv(BLOCK)
        except TimeoutError:
            return b""
        if self._stream and not data:
            raise ConnectionResetError("the receiver closed the connection")
        return data

    def close(self) -> None:
        self._sock.close()


def serial_source(config: Mapping[str, Any], folder: Path) -> StreamSource:
    """``serial: /dev/ttyUSB0``, ``baud: 115200``."""
    path, baud = str(config["serial"]), int(config.get("baud", 115200))
    return StreamSource(config, folder, lambda: _Serial(path, baud), path)


def tcp_source(config: Mapping[str, Any], folder: Path) -> StreamSource:
    """``tcp: HOST:PORT`` of a receiver or gpsd-like server that sends its raw stream."""
    host, port = address(str(config["tcp"]))

    def connect() -> Port:
        try:
            return _Socket(socket.create_connection((host, port), timeout=3), stream=True)
        except OSError as error:
            msg = f"No receiver answers at {host}:{port}: {error}."
            raise InstrumentError(
                msg, cure="check the address, and that the receiver serves its stream there."
            ) from None

    return StreamSource(config, folder, connect, f"{host}:{port}")


def udp_source(config: Mapping[str, Any], folder: Path) -> StreamSource:
    """``udp: ADDRESS:PORT`` on which a receiver's datagrams arrive."""
    host, port = address(str(config["udp"]))

    def connect() -> Port:
        with contextlib.ExitStack() as undo:
            try:
                family, kind, _, _, place = socket.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM)[0]
                sock = undo.enter_context(socket.socket(family, kind))
                sock.bind(place)
            except OSError as error:
                msg = f"Datagrams cannot be received on {host}:{port}: {error}."
                raise InstrumentError(msg, cure="use an address of this machine and a port that is free.") from None
            undo.pop_all()
        return _Socket(sock, stream=False)

    return StreamSource(config, folder, connect, f"{host}:{port}")


def address(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``[IPv6]:PORT``, as the settings' check let it through."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def _ports() -> str:
    from serial.tools.list_ports import comports

    return ", ".join(sorted(each.device for each in comports())) or "none"
