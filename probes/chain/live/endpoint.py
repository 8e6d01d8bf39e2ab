# SPDX-License-Identifier: Apache-2.0
"""One node's address for JSON-RPC: a connection that is kept, bodies of bounded size, an answer within its time."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from harness.errors import DecodeError, InstrumentError
from probes.chain.formats.certificate import parse

MOST_BYTES = 256 << 20
"""Of one body; what is larger is not read further."""
_PIECE = 1 << 20


class AnswerError(InstrumentError):
    """No answer, as a code: silent, timeout, too-large, cut-off; ``wait_s``: how long the node asks to wait, -1 where it does not say."""

    def __init__(self, problem: str, fault: str, wait_s: float = -1.0) -> None:
        """Keep the code beside the sentence."""
        super().__init__(problem, cure="check that the node runs and that its address is right.")
        self.fault, self.wait_s = fault, wait_s


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with its status; ``wait_s``: by Retry-After, -1 where it says none."""

    status: int
    body: bytes
    wait_s: float


class Endpoint:
    """One connection at a time; opened when it is needed, again after it broke."""

    def __init__(self, url: str, timeout_s: float, most_bytes: int = MOST_BYTES) -> None:
        """Nothing is opened yet."""
        parts = urlsplit(url)
        self._host, self._tls = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout_s, self._most = timeout_s, most_bytes
        self._connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes) -> Answer:
        """The answer to a body; AnswerError where there is none. A connection that the node closed meanwhile is opened again once."""
        fresh = self._connection is None
        try:
            return self._post(body)
        except (ConnectionError, http.client.RemoteDisconnected, http.client.BadStatusLine) as error:
            self.close()
            if fresh:
                raise AnswerError(self._told(f"does not answer: {error}."), "silent") from None
        try:
            return self._post(body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise AnswerError(self._told(f"does not answer: {error}."), "silent") from None

    def _post(self, body: bytes) -> Answer:
        deadline = time.monotonic() + self._timeout_s
        try:
            connection = self._open()
            connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            data = self._read(response, deadline)
        except TimeoutError:
            self.close()
            raise AnswerError(self._told("did not answer in time."), "timeout") from None
        except http.client.IncompleteRead:
            self.close()
            raise AnswerError(self._told("broke off its answer."), "cut-off") from None
        except ConnectionError:
            raise
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise AnswerError(self._told(f"does not answer: {error}."), "silent") from None
        if response.will_close:
            self.close()
        return Answer(response.status, data, _seconds(response.getheader("Retry-After")))

    def _read(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        parts, size = [], 0
        while part := response.read(_PIECE):
            parts.append(part)
            size += len(part)
            if size > self._most:
                self.close()
                raise AnswerError(self._told(f"answers with more than {self._most >> 20} MiB."), "too-large")
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:
            raise http.client.IncompleteRead(b"".join(parts))
        return b"".join(parts)

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._tls:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whose it is is judged, not trusted
                self._connection = http.client.HTTPSConnection(
                    self._host, self._port, timeout=self._timeout_s, context=context
                )
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        return self._connection

    def tls_key(self) -> str:
        """SHA-256 of the key of its TLS certificate while the connection is open; empty without TLS."""
        sock = self.sock
        if not isinstance(sock, ssl.SSLSocket):
            return ""
        whole = sock.getpeercert(binary_form=True) or b""
        try:
            return sha256(parse(whole).key or whole).hexdigest()
        except DecodeError:
            return sha256(whole).hexdigest()

    @property
    def sock(self) -> socket.socket | None:
        """Its socket while the connection is open."""
        return getattr(self._connection, "sock", None)

    def _told(self, what: str) -> str:
        return f"{self._host}:{self._port} {what}"

    def close(self) -> None:
        """Take leave."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _seconds(text: str | None) -> float:
    """Of Retry-After; -1 where the node does not say, 1 where it says a date."""
    try:
        return -1.0 if text is None else min(60.0, max(0.0, float(text)))
    except ValueError:
        return 1.0
