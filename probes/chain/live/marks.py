# SPDX-License-Identifier: Apache-2.0
"""What TCP tells of the machine behind an address: its time stamps (RFC 7323), its time to live, the kernel's round trip.

Heard by a packet socket beside the connections, where this process may open one (CAP_NET_RAW); else there are none.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

_IPV4, _TCP, _HEAD, _MOST = 0x0800, 6, 128, 600
_EVERY_NS = 500_000_000
_RTT, _INFO = struct.Struct("68xI"), 72
"""tcpi_rtt of struct tcp_info <linux/tcp.h>, in µs."""

Peer = tuple[str, int]


class Marks:
    """Listens meanwhile; :meth:`of` gives what one peer sent, at most one stamp every half second."""

    def __init__(self) -> None:
        """Begin to listen, where that is allowed."""
        self._heard: dict[Peer, dict[str, Any]] = {}
        self._lock, self._done = threading.Lock(), threading.Event()
        self._socket: socket.socket | None = None
        with suppress(OSError, AttributeError):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_IPV4))
            self._socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        if self._socket is not None:
            self._thread.start()

    def of(self, peer: Peer) -> Mapping[str, Any]:
        """``ttl`` and ``ticks``, (ns, stamp) each; empty where nothing was heard."""
        with self._lock:
            found = self._heard.get(peer)
            return {} if found is None else {"ttl": found["ttl"], "ticks": list(found["ticks"])}

    def close(self) -> None:
        """Listen no more."""
        self._done.set()
        if self._socket is not None:
            self._thread.join()
            self._socket.close()

    def _listen(self) -> None:
        assert self._socket is not None  # noqa: S101 - the thread runs with a socket only
        while not self._done.is_set():
            try:
                data = self._socket.recv(_HEAD)
            except TimeoutError:
                continue
            except OSError:
                return
            heard = stamped(data)
            if heard is not None:
                self._keep(*heard, time.time_ns())

    def _keep(self, peer: Peer, ttl: int, tick: int, now: int) -> None:
        with self._lock:
            own = self._heard.setdefault(peer, {"ttl": ttl, "ticks": []})
            ticks = own["ticks"]
            if len(ticks) < _MOST and (not ticks or now - ticks[-1][0] >= _EVERY_NS):
                ticks.append((now, tick))


def stamped(data: bytes) -> tuple[Peer, int, int] | None:
    """(who sent it, time to live, time stamp) of an IPv4 packet of TCP; None for any other, or one without a stamp."""
    if len(data) < 40 or data[0] >> 4 != 4 or data[9] != _TCP:
        return None
    begin = (data[0] & 15) * 4
    if len(data) < begin + 20:
        return None
    at, end = begin + 20, min(len(data), begin + (data[begin + 12] >> 4) * 4)
    while at < end and data[at] != 0:
        if data[at] == 1:
            at += 1
            continue
        size = data[at + 1] if at + 1 < end else 0
        if size < 2:
            return None
        if data[at] == 8 and size == 10 and at + 10 <= end:
            port = int.from_bytes(data[begin : begin + 2], "big")
            return (socket.inet_ntoa(data[12:16]), port), data[8], int.from_bytes(data[at + 2 : at + 6], "big")
        at += size
    return None


def route(sock: socket.socket | None) -> dict[str, Any]:
    """``peer``, its address and port as connected, and ``rtt_us`` by the kernel; empty where there is no connection."""
    if sock is None:
        return {}
    found: dict[str, Any] = {}
    with suppress(OSError, struct.error):
        host, port = sock.getpeername()[:2]
        found["peer"] = [host, port]
        found["rtt_us"] = _RTT.unpack(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO))[0]
    return found
