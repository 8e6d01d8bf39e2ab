# SPDX-License-Identifier: Apache-2.0
"""Receivers that are still talking: serial port, TCP server, UDP datagrams. Bytes go to the evidence as they come.

A receiver that is unplugged, or a connection that drops, is told in the journal and tried again every second until the
planned end. What was recorded stays; what comes after begins a new segment, so that no sentence is joined over the break.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from harness.errors import InstrumentError
from harness.model import Text
from harness.plugins import Sink
from harness.quantity import Quantity
from probes.gnss.live import positions
from probes.gnss.live.files import attach_trajectory, readable
from probes.gnss.live.watch import StreamWatch

POLL_S = 0.5
"""How long one read waits, so that a stop is obeyed soon."""
AGAIN_S = 1.0
CHECKPOINT_S = 5.0
BLOCK = 65536
GPSD_WATCH = b'?WATCH={"enable":true,"raw":2};\n'
"""Asks gpsd for the receiver's own bytes, unchanged (gpsd_json(5), "raw": 2)."""


class Port(Protocol):
    """An open connection to a receiver."""

    remark: Text | None
    """What the operator should know about it; None for nothing."""

    def read(self) -> bytes:
        """What came within ``POLL_S``, b"" for nothing; OSError when the connection is gone."""

    def close(self) -> None:
        """Let go of it."""


class StreamSource:
    """Records one live receiver for ``duration``; a resumed run records what is left of it, in a new segment."""

    appendable = False

    def __init__(
        self,
        config: Mapping[str, Any],
        folder: Path,
        connect: Callable[[], Port],
        name: str,
        check: Callable[[Port], None] = lambda _port: None,
    ) -> None:
        """``connect`` opens the port or raises InstrumentError; ``name`` is what the operator calls it.

        ``check`` looks at an open port before recording and raises InstrumentError when it is not what it should be.
        """
        self._config, self._folder, self._connect, self._name, self._check = config, folder, connect, name, check
        self._duration_s = float(Quantity.parse(str(config["duration"])).to("s"))

    def preflight(self) -> None:
        """InstrumentError when the receiver cannot be reached or understood, or the trajectory cannot be read."""
        if "trajectory" in self._config:
            readable(self._folder / str(self._config["trajectory"]))
        with contextlib.closing(self._connect()) as port:
            self._check(port)

    def record(self, sink: Sink) -> None:
        """Read until the planned duration is over, reconnecting whenever the receiver goes away."""
        if sink.position == 0:
            attach_trajectory(self._config, self._folder, sink)
        _Recording(sink, self._connect, self._duration_s, self._name).run()


class _Recording:
    """One run of a stream: the clock of the plan, and what the operator is told on the way."""

    def __init__(self, sink: Sink, connect: Callable[[], Port], duration_s: float, name: str) -> None:
        self._sink, self._connect, self._duration_s, self._name = sink, connect, duration_s, name
        self._began = time.monotonic() - float(sink.state.get("elapsed_s", 0.0))
        self._noted = time.monotonic()
        self._away: float | None = None
        self._watch = StreamWatch(self._tell, self._noted)
        self._remarked = False

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
            except InstrumentError as error:
                self._lost(error.problem)
                self._pause()
                continue
            self._back()
            with contextlib.closing(port):
                self._listen(port)

    def _listen(self, port: Port) -> None:
        opened = time.monotonic()
        try:
            while not self._over:
                data = port.read()
                if data:
                    self._sink.write(data)
                    self._watch.take(data, time.monotonic())
                    positions.note(self._name, self._watch.position)
                self._note()
                if port.remark is not None and not self._remarked:
                    self._remarked = True
                    self._tell("port", port.remark, {})
        except OSError as error:
            self._lost(str(error))
            self._sink.roll()
            if time.monotonic() - opened < AGAIN_S:
                self._pause()  # one who hangs up at once is not called again at once

    def _pause(self) -> None:
        self._note()
        time.sleep(AGAIN_S)

    def _lost(self, why: str) -> None:
        if self._away is None:
            self._away = time.monotonic()
            said = Text(f"与 {self._name} 的连接中断：{why}", f"The connection to {self._name} is lost: {why}")
            self._tell("connection-lost", said, {"error": why})

    def _back(self) -> None:
        if self._away is not None:
            seconds = round(time.monotonic() - self._away, 1)
            self._away = None
            said = Text(
                f"与 {self._name} 的连接中断 {seconds:g} s 后恢复。",
                f"{self._name} is connected again after {seconds:g} s.",
            )
            self._tell("connected-again", said, {"seconds": seconds})

    def _tell(self, kind: str, said: Text, facts: dict[str, Any]) -> None:
        body = {**facts, "at_byte": self._sink.position, "text": {"zh": said.zh, "en": said.en}}
        self._sink.event(f"gnss.{kind}", body)

    def _note(self) -> None:
        """Progress, what the stream has to say, a checkpoint now and then."""
        now = time.monotonic()
        self._sink.progress(self._elapsed_s, self._duration_s, f"{self._sink.position} B")
        self._watch.tick(now)
        if now - self._noted >= CHECKPOINT_S:
            self._noted = now
            self._sink.checkpoint({"elapsed_s": round(self._elapsed_s, 3)})


class _Stream:
    """A TCP connection; one whose other end vanished without a word ends after half a minute."""

    remark: Text | None = None

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        sock.settimeout(POLL_S)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4)):
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def read(self) -> bytes:
        try:
            data = self._sock.recv(BLOCK)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionResetError("the receiver closed the connection")
        return data

    def close(self) -> None:
        self._sock.close()


class _Datagrams:
    """A bound UDP socket; remarks on a second sender, whose sentences would mix with the first one's."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._senders: set[str] = set()
        self.remark: Text | None = None
        sock.settimeout(POLL_S)

    def read(self) -> bytes:
        try:
            data, sender = self._sock.recvfrom(BLOCK)
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
                f"数据报来自多个地址（{every}），可能混有两台接收机。",
                f"Datagrams come from several addresses ({every}): two receivers may be mixed.",
            )

    def close(self) -> None:
        self._sock.close()


def tcp_source(config: Mapping[str, Any], folder: Path) -> StreamSource:
    """``tcp: HOST:PORT`` of a receiver that serves its stream, or of gpsd, which wants ``greeting: gpsd`` first."""
    host, port = address(str(config["tcp"]))
    greeting = GPSD_WATCH if config.get("greeting") == "gpsd" else b""

    def connect() -> Port:
        try:
            sock = socket.create_connection((host, port), timeout=3)
            sock.sendall(greeting)
            return _Stream(sock)
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
        return _Datagrams(sock)

    return StreamSource(config, folder, connect, f"{host}:{port}")


def address(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``[IPv6]:PORT``, as the settings' check let it through."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)
