# SPDX-License-Identifier: Apache-2.0
"""The simulated receiver in real time, in a process of its own: on a pseudo-terminal, as a TCP server, or into a file.

Who reads a pseudo-terminal at another speed than the receiver's gets what a real port would hear. The child gets
its settings from :mod:`harness.kit.children`, answers with where it talks, and ends with its parent.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from harness.errors import InstrumentError
from harness.kit.children import child, ended, say, work
from probes.gnss.simulators.device import LiveReceiver, Receiver
from probes.gnss.simulators.receiver import bursts, simulate, surroundings

_START_S = 60.0
_EPOCHS_WAITING = 20
"""Epochs kept for a reader that is late; of more the oldest are lost."""


@contextmanager
def live(config: Mapping[str, Any], folder: Path) -> Iterator[Mapping[str, Any]]:
    """A receiver that talks meanwhile: ``serial`` or ``tcp`` (an address) or ``file``, and truth as ``receiver`` gives it.

    ``to``: ``pty`` (the default), ``tcp`` or ``tcp:PORT``, or a file; ``baud`` of the pseudo-terminal. The other settings
    are :class:`Receiver`'s; ``start`` is now unless it is set. SpecError for a wrong setting.
    """
    from tempfile import TemporaryDirectory

    began, told = int(time.time()), LiveReceiver.parse(config)
    device = told if told.start else told.but(start=datetime.fromtimestamp(began, UTC).isoformat())
    own = device.model_dump(include=set(Receiver.model_fields))
    settings = {"device": own, "began": began, "to": told.to, "baud": told.baud, "folder": str(folder.absolute())}
    with (
        TemporaryDirectory(prefix="yanshou-gnss-") as name,
        child("probes.gnss.simulators.live", settings, "simulated receiver") as process,
    ):
        yield process.answer(_START_S) | surroundings(device, Path(name))


class _Outlet(Protocol):
    """Where a receiver talks to; what nobody reads in time is lost, as on a real line."""

    where: dict[str, str]

    def send(self, data: bytes) -> None:
        """Send one epoch."""


class _Terminal:
    """A pseudo-terminal whose other end has a speed, like a serial line."""

    def __init__(self, baud: int) -> None:
        import termios
        import tty

        self._baud = baud
        self._waiting: list[bytes] = []
        self._master, self._line = os.openpty()
        tty.setraw(self._line)  # kept open: a line without a reader stays a line
        self._speeds = _speeds()
        number = next((number for number, speed in self._speeds.items() if speed == baud), termios.B38400)
        state = termios.tcgetattr(self._line)
        termios.tcsetattr(self._line, termios.TCSANOW, [*state[:4], number, number, state[6]])
        os.set_blocking(self._master, False)
        self.where = {"serial": os.ttyname(self._line)}

    def send(self, data: bytes) -> None:
        import termios

        from probes.gnss.formats.uart import heard

        read = self._speeds.get(termios.tcgetattr(self._line)[5], self._baud)
        if read != self._baud:
            data = heard(data, self._baud, read)
        self._waiting.append(data)
        if len(self._waiting) > _EPOCHS_WAITING:
            del self._waiting[1]  # the first may be half written: sentences are lost whole
        with suppress(BlockingIOError):
            while self._waiting:
                written = os.write(self._master, self._waiting[0])
                self._waiting[0] = self._waiting[0][written:]
                if not self._waiting[0]:
                    del self._waiting[0]


def _speeds() -> dict[int, int]:
    """Speeds in baud by their number in the terminal interface."""
    import termios

    names = (name for name in vars(termios) if name.startswith("B") and name[1:].isdecimal())
    return {getattr(termios, name): int(name[1:]) for name in names}


class _Server:
    """A TCP server that sends every client what comes from now on."""

    def __init__(self, port: int) -> None:
        try:
            self._server = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            msg = f"Port {port} cannot be opened: {error.strerror}."
            raise InstrumentError(msg, cure="use another port, or tcp for any.") from None
        self._server.setblocking(False)
        self._clients: list[socket.socket] = []
        self.where = {"tcp": f"127.0.0.1:{self._server.getsockname()[1]}"}

    def send(self, data: bytes) -> None:
        with suppress(BlockingIOError):
            while True:
                client, _ = self._server.accept()
                client.setblocking(False)
                self._clients.append(client)
        for client in self._clients[:]:
            try:
                client.sendall(data)
            except OSError:
                client.close()
                self._clients.remove(client)


class _File:
    """A file that grows."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            msg = f"{path} cannot be written: {error.strerror}."
            raise InstrumentError(msg, cure="name a file in a folder you may write to.") from None
        self.where = {"file": str(path)}

    def send(self, data: bytes) -> None:
        self._file.write(data)


def _outlet(settings: Mapping[str, Any]) -> _Outlet:
    kind, _, detail = settings["to"].partition(":")
    if kind == "pty":
        return _Terminal(settings["baud"])
    if kind == "tcp" and (not detail or detail.isdecimal()):
        return _Server(int(detail or 0))
    return _File(Path(settings["folder"]) / settings["to"])


def main(settings: dict[str, Any]) -> None:
    """The child: say each epoch at its own time, from the first that is not over, until the parent wants the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    device = Receiver(**settings["device"])
    outlet, run = _outlet(settings), simulate(device)
    say(outlet.where)
    ready = time.time() - settings["began"]
    for second, burst in zip(run.seconds.tolist(), bursts(device, run), strict=True):
        if second < ready:
            continue
        if ended(max(0.0, settings["began"] + second - time.time())):
            return
        outlet.send(burst)
    ended(None)


if __name__ == "__main__":
    sys.exit(work(main))
