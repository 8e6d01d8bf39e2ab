# SPDX-License-Identifier: Apache-2.0
"""One web server: a connection that is kept, bodies of bounded size, every way of losing it a ConnectionError or TimeoutError."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from harness.errors import UsageError

MOST_BYTES = 64 << 20
_PIECE = 1 << 18


class Reply(NamedTuple):
    """A status, the headers by small letters, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Web:
    """Requests below one address; opened when it is needed."""

    def __init__(self, url: str, timeout_s: float, token: str = "", tls: Path | None = None) -> None:
        """``token``: a bearer token; ``tls``: what the server's certificate is checked by. Nothing is opened yet."""
        self.url = url
        self._parts, self._timeout_s = urlsplit(url), timeout_s
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._tls = tls
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer; ``path`` is below the address, or a whole address on the same server. OSError when it is lost."""
        kept = self._connection is not None
        try:
            return self._ask(method, path, body, headers or {})
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            if not kept or method not in {"GET", "PROPFIND"}:
                raise
        return self._ask(method, path, body, headers or {})  # the server had closed an idle connection

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        try:
            connection = self._open()
            connection.request(method, self._target(path), body, {**self._headers, **headers})
            response = connection.getresponse()
            parts, size = [], 0
            while part := response.read(_PIECE):
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    msg = f"it answers with more than {MOST_BYTES >> 20} MiB"
                    raise ConnectionError(msg)
            if response.length:
                raise http.client.IncompleteRead(b"".join(parts))
        except OSError:
            self.close()
            raise
        except http.client.HTTPException as error:
            self.close()
            raise ConnectionError(str(error) or type(error).__name__) from None
        if response.will_close:
            self.close()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, told, b"".join(parts))

    def _target(self, path: str) -> str:
        """The path on the server; ConnectionError for an address on another one, which would see the token."""
        found = urlsplit(urljoin(self.url + "/", path))
        if (found.scheme, found.hostname, found.port or _usual(found.scheme)) != (
            self._parts.scheme,
            self._parts.hostname,
            self._parts.port or _usual(self._parts.scheme),
        ):
            msg = f"it leads to another server: {found.hostname}"
            raise ConnectionError(msg)
        return (found.path or "/") + (f"?{found.query}" if found.query else "")

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host = self._parts.hostname or ""
            if self._parts.scheme == "https":
                context = checking(self._tls)
                self._connection = http.client.HTTPSConnection(
                    host, self._parts.port or 443, timeout=self._timeout_s, context=context
                )
            else:
                self._connection = http.client.HTTPConnection(host, self._parts.port or 80, timeout=self._timeout_s)
        return self._connection

    def close(self) -> None:
        """Take leave."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def checking(tls: Path | None) -> ssl.SSLContext:
    """What certificates are checked by: the file, else what this machine trusts; UsageError where it holds none."""
    try:
        return ssl.create_default_context(cafile=tls)
    except (ssl.SSLError, OSError) as error:
        msg = f"{tls} holds no certificate that can be read: {error}."
        raise UsageError(msg, cure="give the CA certificates as PEM.") from None


def _usual(scheme: str) -> int:
    return 443 if scheme == "https" else 80
