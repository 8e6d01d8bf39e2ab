# SPDX-License-Identifier: Apache-2.0
"""A stateful STAMP Session-Reflector on any number of addresses: one thread, epoll (RFC 8762 §4.3).

Stateful: it counts its own packets per session, so the sender can tell forward loss from backward loss.
Answers TWAMP-light senders as well (RFC 5357 Appendix I): a packet shorter than 44 bytes is read as if padded with zeros.
"""

from __future__ import annotations

import select
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from probes.network.live_clock import clock_state
from probes.network.live_socket import Received, bind, open_socket, receive, reply, resolve, tell_local_address
from probes.network.stamp_mode import Authenticated, Unauthenticated
from probes.network.stamp_packet import ReflectorPacket
from probes.network.stamp_tlv import Arrival, asked_dscp
from probes.network.timestamps import error_estimate, ntp_of, ptp_of

_SESSIONS = 65_536
_WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
_POLL_S = 0.2
_BATCH = 64


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


@dataclass(slots=True)
class _Port:
    """One socket with the next sequence number of each session (peer address, port, SSID)."""

    sock: socket.socket
    next: OrderedDict[tuple[str, int, int], int] = field(default_factory=OrderedDict)
    dropped: int = 0


class Reflector:
    """Reflects on every address given; the sockets are open from the beginning, so a reader may send at once."""

    def __init__(self, addresses: Sequence[tuple[str, int]], key: bytes = b"", *, ptp: bool = False) -> None:
        """Open a socket for each (host, port), port 0: the kernel's choice; InstrumentError with the cure.

        With a ``key`` only authenticated packets are answered (RFC 8762 §4.4). ``ptp``: own times in PTPv2 format.
        """
        self.counts = Counts()
        self._mode = Authenticated(key) if key else Unauthenticated()
        self._ptp = ptp
        self._stamp = ptp_of if ptp else ntp_of
        self._synchronised = False
        self._ports: dict[int, _Port] = {}
        self.addresses: list[tuple[str, int]] = []
        self._error = self._stated_error()
        try:
            for host, port in addresses:
                self._open(host, port)
        except BaseException:
            self.close()
            raise

    def run(self, stopping: Callable[[], bool]) -> None:
        """Reflect until ``stopping()`` says so; it is asked at least five times a second."""
        waiting = select.epoll()
        for fd in self._ports:
            waiting.register(fd, select.EPOLLIN)
        try:
            renew = time.monotonic()
            while not stopping():
                for fd, _events in waiting.poll(_POLL_S):
                    self._drain(self._ports[fd])
                if time.monotonic() > renew:
                    self._error, renew = self._stated_error(), time.monotonic() + 10
        finally:
            waiting.close()

    def close(self) -> None:
        """Close every socket."""
        for port in self._ports.values():
            port.sock.close()
        self._ports.clear()

    def _open(self, host: str, port: int) -> None:
        family, address = resolve(host, port)
        sock = open_socket(family, transmit_times=False)
        self._ports[sock.fileno()] = _Port(sock)
        self.addresses.append(bind(sock, address))
        if address[0] in _WILDCARDS:
            tell_local_address(sock)

    def _drain(self, port: _Port) -> None:
        for _ in range(_BATCH):
            try:
                request = receive(port.sock)
            except OSError:
                self.counts.refused += 1  # an ICMP error about an earlier reply
                continue
            if request is None:
                return
            self._answer(port, request)

    def _answer(self, port: _Port, request: Received) -> None:
        self.counts.overflow += request.dropped - port.dropped
        port.dropped = request.dropped
        sent = self._mode.asked(request.payload)
        if sent is None:
            self._refuse()
            return
        session = (*request.address[:2], sent.ssid)
        number = self._next(port, session)
        arrival = Arrival(request.traffic_class, number + 1, number, self._synchronised)
        dscp = asked_dscp(sent.tail)
        packet = ReflectorPacket(
            sequence=number,
            timestamp=self._stamp(time.time_ns()),
            error=self._error,
            ssid=sent.ssid,
            received=self._stamp(request.kernel_ns or request.user_ns),
            sender_sequence=sent.sequence,
            sender_timestamp=sent.timestamp,
            sender_error=sent.error,
            sender_ttl=request.ttl & 0xFF,
        )
        payload = self._mode.answer(packet, arrival, sent)
        try:
            reply(port.sock, payload, request, request.traffic_class >> 2 if dscp is None else dscp)
        except OSError:
            self.counts.refused += (
                1  # its number stays used: the request did arrive, and the reply was lost on the way back
            )
            return
        self.counts.reflected += 1

    def _next(self, port: _Port, session: tuple[str, int, int]) -> int:
        """This session's next sequence number; the session idle for longest is forgotten beyond 65 536 of them."""
        number = port.next.pop(session, 0)
        self.counts.sessions += number == 0
        port.next[session] = number + 1
        if len(port.next) > _SESSIONS:
            port.next.popitem(last=False)
        return number

    def _refuse(self) -> None:
        if isinstance(self._mode, Authenticated):
            self.counts.unauthentic += 1
        else:
            self.counts.unreadable += 1

    def _stated_error(self) -> int:
        state = clock_state()
        self._synchronised = state.synchronised
        return error_estimate(state.maximum_error_ns, synchronised=state.synchronised, ptp=self._ptp)
