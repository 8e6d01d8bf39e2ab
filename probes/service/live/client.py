# SPDX-License-Identifier: Apache-2.0
"""One request over a connection of its own or an idle one: every step and every arrival of bytes stamped and written."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

from probes.service.digests.exchange import Answer
from probes.service.formats import asks, http, layout
from probes.service.live.wires import Plain, Wire, nothing, sealed

_IDLE_S = 0.05
"""After the last mark of an answer, how long the end of the message is waited for before the connection is given up."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how: host, port, TLS or not, the path, the name in the head, a key, an authority, a time limit, reuse."""

    host: str
    port: int
    tls: bool
    path: str
    name: str
    key: str
    authority: str
    timeout_s: float
    kept: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From the settings of the generator: ``url`` up to /v1, ``api``."""
        parts = urlsplit(given["url"])
        assert parts.hostname is not None  # noqa: S101 - settings are checked
        tls = parts.scheme == "https"
        ends = {"chat": asks.CHAT, "completions": asks.COMPLETIONS, "json": ""}[given.get("api", "chat")]
        path = (parts.path.rstrip("/").removesuffix(ends) + ends or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(
            parts.hostname,
            parts.port or (443 if tls else 80),
            tls,
            path,
            parts.netloc.rpartition("@")[2],
            given.get("key", ""),
            given.get("authority", ""),
            float(given.get("timeout_s", 60)),
            bool(given.get("kept")),
        )


class _Failed(Exception):  # noqa: N818 - it never leaves this module
    """No connection: ``how`` in the words of the trace."""

    def __init__(self, how: str, detail: str) -> None:
        super().__init__(detail)
        self.how = how


class Client:
    """Requests to one target; ``write`` takes lines of the trace, ``zero_ns`` is the zero of all stamps."""

    def __init__(self, target: Target, write: Callable[[bytes], None], zero_ns: int) -> None:
        """Nothing is connected yet."""
        self._target, self._write, self._zero = target, write, zero_ns
        self._idle: list[Wire] = []
        self._stopped = asyncio.Event()
        self._tls = _context(target.authority) if target.tls else None

    def _now(self) -> int:
        return time.monotonic_ns() - self._zero

    def stop(self) -> None:
        """End what is under way; the trace says so."""
        self._stopped.set()

    def close(self) -> None:
        """Close idle connections."""
        for each in self._idle:
            each.abort()

    async def ask(self, number: int, due_ns: int, body: bytes, facts: Mapping[str, Any]) -> None:
        """One request, to its end."""
        self._write(layout.begun(number, due_ns, self._now(), body, **facts))
        asked = asyncio.ensure_future(self._asked(number, body))
        stopped = asyncio.ensure_future(self._stopped.wait())
        done, _ = await asyncio.wait(
            {asked, stopped}, timeout=self._target.timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        stopped.cancel()
        if asked not in done:
            asked.cancel()
            await asyncio.wait({asked})
            self._write(layout.ended(number, self._now(), "stopped" if self._stopped.is_set() else "timeout"))
            return
        how, at, detail = asked.result()
        self._write(layout.ended(number, at, how, detail))

    async def _asked(self, number: int, body: bytes) -> tuple[str, int, str]:
        """How it ended, when, and in which words."""
        data = http.request(self._target.path, self._target.name, body, self._target.key, kept=self._target.kept)
        stamps: dict[str, int] = {}
        while True:
            call = self._taken()
            kept = call is not None
            try:
                call = call or await self._connected(stamps)
            except _Failed as failed:
                return failed.how, self._now(), str(failed)
            how, at, touched = await self._exchanged(number, call, data, stamps if not kept else {}, kept=kept)
            if kept and how in {"eof", "reset"} and not touched:
                continue  # the peer had closed the idle connection: nothing of this request was answered
            return how, at, ""

    def _taken(self) -> Wire | None:
        while self._idle:
            call = self._idle.pop()
            if call.open:
                return call
        return None

    async def _exchanged(
        self, number: int, call: Wire, data: bytes, stamps: Mapping[str, int], *, kept: bool
    ) -> tuple[str, int, bool]:
        answer, over = Answer(), asyncio.get_running_loop().create_future()
        sent = asyncio.get_running_loop().create_future()

        def arrived(piece: bytes, at: int, late: int) -> None:
            self._write(layout.received(number, at, piece, late))
            answer.take(piece, at)
            if answer.over and not over.done():
                over.set_result(("done", at))

        def lost(error: Exception | None, at: int) -> None:
            if not sent.done():
                sent.set_result(at)
            if not over.done():
                over.set_result(("reset" if error is not None else "eof", at))

        def drained(at: int) -> None:
            if not sent.done():
                sent.set_result(at)

        call.arrived, call.lost = arrived, lost
        call.drained = drained
        at = self._now()
        try:
            if call.write(data) and not sent.done():
                sent.set_result(at)
            sent_ns = await sent
            self._write(layout.connected(number, kept=kept, stamps=stamps, sent_ns=sent_ns))
            how, at = await over
            await self._left(call, answer, how)
        except asyncio.CancelledError:
            call.arrived, call.lost = nothing, nothing
            call.abort()
            raise
        return how, at, answer.first_byte_ns is not None

    async def _left(self, call: Wire, answer: Answer, how: str) -> None:
        """Keep the connection for the next request where that is wanted and possible; else close it."""
        wanted = self._target.kept and how == "done"
        if wanted and not answer.response.whole and answer.transcript.done:
            until = time.monotonic() + _IDLE_S
            while call.open and not answer.response.whole and time.monotonic() < until:  # noqa: ASYNC110 - bytes, no event
                await asyncio.sleep(0.002)
        call.arrived, call.lost = nothing, nothing
        if wanted and answer.response.kept and call.open:
            self._idle.append(call)
        else:
            call.abort()

    async def _connected(self, stamps: dict[str, int]) -> Wire:
        sock = await self._socket(stamps)
        if self._tls is None:
            return Plain(sock, self._now)
        try:
            call = await sealed(sock, self._tls, self._target.host, self._now)
        except asyncio.CancelledError:
            sock.close()
            raise
        except OSError as error:
            sock.close()
            raise _Failed("tls", _words(error)) from None
        stamps["tls"] = self._now()
        return call

    async def _socket(self, stamps: dict[str, int]) -> socket.socket:
        loop, host, port = asyncio.get_running_loop(), self._target.host, self._target.port
        try:
            ip_address(host)
            places = [(socket.AF_INET6 if ":" in host else socket.AF_INET, (host, port))]
        except ValueError:
            try:
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except OSError as error:
                raise _Failed("dns", _words(error)) from None
            places = [(family, address[:2]) for family, _, _, _, address in found]  # type: ignore[misc]
            stamps["dns"] = self._now()
        failed = _Failed("dns", "the name has no address")
        for family, address in places:
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                await loop.sock_connect(sock, address)
            except OSError as error:
                sock.close()
                refused = isinstance(error, ConnectionRefusedError)
                failed = _Failed("refused" if refused else "unreachable", _words(error))
            except BaseException:
                sock.close()
                raise
            else:
                stamps["tcp"] = self._now()
                return sock
        raise failed


def _context(authority: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=authority or None)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _words(error: OSError) -> str:
    return str(error.strerror or error)[:200]
