# SPDX-License-Identifier: Apache-2.0
"""A connection whose arrivals are stamped: by the kernel where the bytes are plain, else as soon as they are deciphered.

A plain socket's bytes carry the moment at which the kernel took the last of them from the network (SO_TIMESTAMPNS), so that a
machine that reads them a little late does not make the service look slow. Read very late, several pieces have become one: how
late is told, and who decodes does not take the first of them for as late as the last. Under TLS the moment is that of the read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from collections.abc import Callable
from typing import Any, Protocol

_STAMP = getattr(socket, "SO_TIMESTAMPNS", 35)
_OLDEST_NS = 10 * 10**9
"""A stamp of the kernel that is older, or ahead, comes from a clock that was set meanwhile."""
_TIME = struct.Struct("qq")


def nothing(*_: object) -> None:
    """Nobody listens."""


class Wire(Protocol):
    """One connection; who asks sets what is called."""

    arrived: Callable[[bytes, int, int], None]
    """Bytes, when the last of them came, and how much later they were read, in ns."""
    lost: Callable[[Exception | None, int], None]
    drained: Callable[[int], None]
    open: bool

    def write(self, data: bytes) -> bool:
        """Hand bytes over; whether the kernel has taken all of them, else ``drained`` is called."""

    def abort(self) -> None:
        """End it."""


class Plain:
    """Without TLS."""

    def __init__(self, sock: socket.socket, now: Callable[[], int]) -> None:
        """A socket that is connected."""
        self._sock, self._now, self._left = sock, now, b""
        self.arrived: Callable[[bytes, int, int], None] = nothing
        self.lost: Callable[[Exception | None, int], None] = nothing
        self.drained: Callable[[int], None] = nothing
        self.open = True
        sock.setsockopt(socket.SOL_SOCKET, _STAMP, 1)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._read)

    def write(self, data: bytes) -> bool:
        """Send what can be sent at once."""
        self._left += data
        self._send()
        return not self._left

    def _send(self) -> None:
        try:
            self._left = self._left[self._sock.send(self._left) :]
        except BlockingIOError:
            pass
        except OSError as error:
            self._end(error)
            return
        if self._left:
            self._loop.add_writer(self._sock, self._more)

    def _more(self) -> None:
        self._loop.remove_writer(self._sock)
        self._send()
        if self.open and not self._left:
            self.drained(self._now())

    def _read(self) -> None:
        try:
            data, told, _, _ = self._sock.recvmsg(1 << 16, 64)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(error)
            return
        late = _age_ns(told)
        if data:
            self.arrived(data, self._now() - late, late)
        else:
            self._end(None)

    def _end(self, error: Exception | None) -> None:
        if self.open:
            self.abort()
            self.lost(error, self._now())

    def abort(self) -> None:
        """Close the socket."""
        if self.open:
            self.open = False
            self._loop.remove_reader(self._sock)
            self._loop.remove_writer(self._sock)
            self._sock.close()


def _age_ns(told: list[tuple[int, int, bytes]]) -> int:
    """How long ago the kernel took the bytes that were just read; 0 where it does not say."""
    now_ns = time.time_ns()
    for level, kind, data in told:
        if level == socket.SOL_SOCKET and kind == _STAMP and len(data) >= _TIME.size:
            seconds, rest = _TIME.unpack(data[: _TIME.size])
            age = now_ns - (seconds * 10**9 + rest)
            return age if 0 <= age < _OLDEST_NS else 0
    return 0


class Sealed(asyncio.Protocol):
    """Under TLS."""

    def __init__(self, now: Callable[[], int]) -> None:
        """Not yet connected."""
        self._now = now
        self._transport: asyncio.Transport
        self.arrived: Callable[[bytes, int, int], None] = nothing
        self.lost: Callable[[Exception | None, int], None] = nothing
        self.drained: Callable[[int], None] = nothing
        self.open = True

    def write(self, data: bytes) -> bool:
        """Encipher and send."""
        self._transport.write(data)
        return not self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """End it without a farewell."""
        self.open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is over."""
        self._transport = transport  # type: ignore[assignment]
        self._transport.set_write_buffer_limits(0)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self.arrived(data, self._now(), 0)

    def resume_writing(self) -> None:
        """Everything was sent."""
        self.drained(self._now())

    def connection_lost(self, exc: Exception | None) -> None:
        """It ended."""
        self.open = False
        self.lost(exc, self._now())


async def sealed(sock: socket.socket, context: ssl.SSLContext, host: str, now: Callable[[], int]) -> Sealed:
    """TLS over a connected socket; OSError where the handshake fails."""
    loop: Any = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Sealed(now), sock=sock, ssl=context, server_hostname=host)
    found: Sealed = wire
    return found
