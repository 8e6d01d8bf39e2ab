# SPDX-License-Identifier: Apache-2.0
"""One answer over HTTP/1.1 from bytes in any pieces (RFC 9112): status, content type, body, and whether it is whole."""

from __future__ import annotations

import re
from typing import Any

import h11

_HIT = re.compile(r"(?<![a-z])hit(?![a-z])")
_YES = {"1", "true", "yes"}
_WHO = {"server", "via", "x-powered-by", "x-served-by", "x-backend"}
_STANDS_IN = re.compile(r"(?<![a-z])(?:mock|mocked|simulated|simulation|stub|stubbed|fake|dry-run)(?![a-z])")
_MOCKS = re.compile(r"wiremock|mock-?server|mockoon|hoverfly|microcks|json-server|mountebank|prism|(?<![a-z])mock")
LARGEST_HEAD = 1 << 18
"""Bytes of the head of an answer."""


class Response:
    """Bytes in, bytes of the body out. ``fault``: what is wrong with the bytes, as ``not-http`` or ``encoded``."""

    def __init__(self) -> None:
        """A POST has been sent."""
        self.status: int | None = None
        self.content_type = ""
        self.whole = self.kept = False
        """``whole``: the end of the message was seen. ``kept``: the connection may serve another request."""
        self.fault = ""
        self.cached = self.mocked = False
        """Whether its head says that it came from a cache, or from a program that stands in for the service."""
        self._start = b""
        self._wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self._wire.send(h11.Request(method="POST", target="/", headers=[("Host", "h"), ("Content-Length", "0")]))
        self._wire.send(h11.EndOfMessage())

    def feed(self, data: bytes) -> bytes:
        """The bytes of the body that ``data`` holds; none after a fault or after the end."""
        if self.fault or self.whole or not data:
            return b""
        self._start = (self._start + data[:5])[:5]
        return self._read(data)

    def close(self) -> bytes:
        """The peer ended the connection."""
        if self.fault or self.whole or not self._start:
            return b""
        return self._read(b"")

    def _read(self, data: bytes) -> bytes:
        body = self._body(data)
        return b"" if self.fault == "encoded" else body

    def _body(self, data: bytes) -> bytes:
        body = b""
        try:
            self._wire.receive_data(data)
            while True:
                event: Any = self._wire.next_event()
                if isinstance(event, h11.Response):
                    self._head(event)
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self.whole = True
                    self.kept = self._wire.our_state is h11.DONE and self._wire.their_state is h11.DONE
                    return body
                elif not isinstance(event, h11.InformationalResponse):
                    return body
        except h11.RemoteProtocolError:
            self.fault = "cut" if not data and self._start.startswith(b"HTTP/"[: len(self._start)]) else "not-http"
            return body

    def _head(self, event: h11.Response) -> None:
        self.status = event.status_code
        named = {bytes(name).lower(): bytes(value) for name, value in event.headers}
        self.content_type = named.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        for name, value in event.headers:
            self._says(bytes(name).decode("latin-1").lower(), bytes(value).decode("latin-1").strip().lower())
        if named.get(b"content-encoding", b"identity").strip().lower() not in {b"", b"identity"}:
            self.fault = "encoded"

    def _says(self, name: str, value: str) -> None:
        hit = "cache" in name and (_HIT.search(value) is not None or ("hit" in name and value in _YES))
        old = name == "age" and value.isascii() and value.isdecimal() and int(value) > 0
        self.cached = self.cached or hit or old or (name == "warning" and value.startswith(("110", "111")))
        stands_in = _STANDS_IN.search(name) is not None and value not in {"", "0", "false", "no"}
        self.mocked = self.mocked or stands_in or (name in _WHO and _MOCKS.search(value) is not None)


def request(target: str, host: str, body: bytes, key: str = "", *, kept: bool = False) -> bytes:
    """The bytes of a POST of JSON; ``kept``: the connection shall serve further requests."""
    head = [
        f"POST {target} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Accept: text/event-stream, application/json",
        "Accept-Encoding: identity",
        "User-Agent: yanshou",
        *([f"Authorization: Bearer {key}"] if key else []),
        f"Connection: {'keep-alive' if kept else 'close'}",
    ]
    return "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n" + body
