# SPDX-License-Identifier: Apache-2.0
"""HL7 v2 over MLLP: a message, its acknowledgement, and the receiver's list from the web or from the file it is exported to."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import InstrumentError
from harness.kit.unreadable import UnreadableError
from probes.health.formats import hl7
from probes.health.formats.forms import Answer
from probes.health.live.transport import Outgoing, Piece
from probes.health.live.web import Web, checking
from probes.health.plans.settings import Hl7Settings

_PIECE = 1 << 16


class MllpTransport:
    """One connection for all messages, opened when it is needed."""

    def __init__(self, settings: Hl7Settings, folder: Path) -> None:
        """Nothing is opened yet."""
        self._settings, self._timeout_s = settings, float(settings.timeout)
        self._sock: socket.socket | None = None
        token = "" if settings.token is None else settings.token.text("the token of the list")
        on_web = urlsplit(settings.list).scheme in {"http", "https"}
        self._tls = None if settings.tls is None else folder / settings.tls
        self._web = Web(settings.list, self._timeout_s, token, self._tls) if on_web else None
        self._file = folder / settings.list

    def greet(self, run: str) -> None:  # noqa: ARG002 - the interface of every carrier
        """Somebody listens at the port, and the list can be read."""
        try:
            self._open()
        except OSError as error:
            msg = f"No receiver answers at {self._settings.mllp}: {error}."
            raise InstrumentError(msg, cure="check that it runs, the port, and the firewall between.") from None
        try:
            self._list()
        except OSError as error:
            msg = f"The receiver's list {self._settings.list} cannot be read: {error}."
            raise InstrumentError(msg, cure="check the address or path, and who may read it.") from None

    def send(self, record: Outgoing) -> Answer:
        """The acknowledgement; ConnectionError when there is none in time, or it is no frame."""
        sock = self._open()
        deadline, data = time.monotonic() + self._timeout_s, b""
        try:
            sock.sendall(hl7.framed(record.body))
            while True:
                found, data = hl7.unframed(data)
                if found:
                    break
                sock.settimeout(max(0.001, deadline - time.monotonic()))
                part = sock.recv(_PIECE)
                if not part:
                    raise ConnectionResetError("the receiver closed the connection")
                data += part
                if len(data) > hl7.MOST_BYTES or time.monotonic() > deadline:
                    raise TimeoutError("no acknowledgement in time")
        except UnreadableError as error:
            self.close()
            raise ConnectionError(error.problem) from None
        except OSError:
            self.close()
            raise
        if len(found) > 1 or data:
            self.close()  # what is left belongs to no message that was sent
        return Answer(0, found[0])

    def look(self, record: Outgoing) -> bytes | None:
        """The message in the receiver's list with this control id."""
        for each in hl7.page(self._list()).entries:
            body = each.body or b""
            if record.identifier.encode() in body and hl7.record(body).identifier == record.identifier:
                return body
        return None

    def inventory(self, run: str) -> Iterator[Piece]:  # noqa: ARG002 - the interface of every carrier
        """The list as it is."""
        yield Piece("", self._list())

    def close(self) -> None:
        """Let go of both."""
        if self._sock is not None:
            self._sock.close()
        self._sock = None
        if self._web is not None:
            self._web.close()

    def _list(self) -> bytes:
        if self._web is None:
            return self._file.read_bytes()
        reply = self._web.ask("GET", "")
        if reply.status != 200:
            msg = f"status {reply.status}"
            raise ConnectionError(msg)
        return reply.body

    def _open(self) -> socket.socket:
        if self._sock is None:
            self._sock = socket.create_connection(self._settings.mllp, self._timeout_s)
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                try:
                    self._sock = checking(self._tls).wrap_socket(self._sock, server_hostname=self._settings.mllp.host)
                except OSError:
                    self.close()
                    raise
        self._sock.settimeout(self._timeout_s)
        return self._sock
