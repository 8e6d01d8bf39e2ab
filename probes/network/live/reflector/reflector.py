# SPDX-License-Identifier: Apache-2.0
"""A stateful STAMP Session-Reflector on any number of addresses: one thread, epoll, a compiled loop (RFC 8762 §4.3).

Stateful: it counts its own packets per session, so the sender can tell forward loss from backward loss.
Answers TWAMP-light senders as well (RFC 5357 Appendix I): a packet shorter than 44 bytes is read as if padded with zeros.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.clock import kernel_clock
from probes.network.live.calls import mail
from probes.network.live.reflector import loop
from probes.network.live.sockets import bind, open_socket, resolve, tell_local_address
from probes.network.wire.digest import pads_of
from probes.network.wire.frames import AUTHENTICATED, UNAUTHENTICATED
from probes.network.wire.timestamps import error_estimate

_ROWS = 8192
_WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
_TURN_NS = 200_000_000
_RENEW_NS = 10_000_000_000
_LARGEST = 65_535


@dataclass(slots=True)
class Counts:
    """What a reflector did: datagrams answered, unreadable ones, replies the kernel refused, datagrams lost to a full buffer.

    ``unauthentic``: with a key, datagrams without the right HMAC, which get no answer.
    """

    reflected: int = 0
    unreadable: int = 0
    unauthentic: int = 0
    refused: int = 0
    overflow: int = 0
    sessions: int = 0


class Reflector:
    """Reflects on every address given; the sockets are open from the beginning, so a reader may send at once."""

    def __init__(self, addresses: Sequence[tuple[str, int]], key: bytes = b"", *, ptp: bool = False) -> None:
        """Open a socket for each (host, port), port 0: the kernel's choice; InstrumentError with the cure.

        With a ``key`` only authenticated packets are answered (RFC 8762 §4.4). ``ptp``: own times in PTPv2 format.
        """
        self._key, self._ptp = key, ptp
        self._sockets: list[socket.socket] = []
        self._counts = np.zeros(5, np.int64)
        self.addresses: list[tuple[str, int]] = []
        try:
            for host, port in addresses:
                self._open(host, port)
        except BaseException:
            self.close()
            raise

    @property
    def counts(self) -> Counts:
        """What was done so far."""
        done, other, refused, overflow, sessions = self._counts.tolist()
        unreadable, unauthentic = (0, other) if self._key else (other, 0)
        return Counts(done, unreadable, unauthentic, refused, overflow, sessions)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Reflect until ``stopping()`` says so; it is asked at least five times a second."""
        with select.epoll() as waiting:
            for sock in self._sockets:
                waiting.register(sock.fileno(), select.EPOLLIN)
            ports = np.zeros(max((sock.fileno() for sock in self._sockets), default=0) + 1, np.int64)
            table = np.zeros((_ROWS, loop.WAYS, loop.SESSION_WORDS), np.int64)
            room, reply, pads = mail(_LARGEST), mail(_LARGEST), pads_of(self._key)
            inward = (room.headers, room.names, room.controls, room.payloads)
            outward = (reply.headers, reply.pieces, reply.controls, reply.payloads)
            knobs, renew = self._knobs(), time.monotonic_ns() + _RENEW_NS
            while not stopping():
                knobs[0] = time.monotonic_ns() + _TURN_NS
                loop.serve(waiting.fileno(), ports, *inward, *outward, table, self._counts, knobs, pads)
                if time.monotonic_ns() > renew:
                    knobs, renew = self._knobs(), time.monotonic_ns() + _RENEW_NS

    def warm_up(self) -> None:
        """Compile the loop, or load it as it was compiled before; the first packet then waits for nothing."""
        once = iter([False])
        self.run(lambda: next(once, True))

    def close(self) -> None:
        """Close every socket."""
        for sock in self._sockets:
            sock.close()
        self._sockets.clear()

    def _open(self, host: str, port: int) -> None:
        family, address = resolve(host, port)
        sock = open_socket(family, transmit_times=False)
        self._sockets.append(sock)
        self.addresses.append(bind(sock, address))
        if address[0] in _WILDCARDS:
            tell_local_address(sock)

    def _knobs(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """End of the turn, mode, PTP format, stated error estimate, whether the clock is synchronised."""
        clock = kernel_clock()
        error = error_estimate(clock.bound_ns, synchronised=clock.held, ptp=self._ptp)
        mode = AUTHENTICATED if self._key else UNAUTHENTICATED
        return np.array([0, mode, self._ptp, error, clock.held], np.int64)
