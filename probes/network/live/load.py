# SPDX-License-Identifier: Apache-2.0
"""Background traffic of stated rates, from a process of its own so that it does not slow the probes down.

UDP datagrams of 1200 B to a port that nobody serves (RFC 863 discard by default); what the kernel took is counted, and told
every second, so the report can say which load there really was and an interruption loses little of it. The child ends when
its standard input closes.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from harness.kit.children import Child, child, ended, say, work

_PAYLOAD = 1200
_HEADERS = 28
_TICK_NS = 1_000_000
_TELL_NS = 1_000_000_000
_END_S = 5.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """``bit_s`` (IP bytes, all targets together) between two monotonic times; ``name`` stands before its counts."""

    name: str
    start_ns: int
    stop_ns: int
    bit_s: int


class Load:
    """Traffic under way. Its counts, each after the name of the stretch: bytes, wanted_bytes (for as long as it ran), ns, refused."""

    def __init__(self, sender: Child | None) -> None:
        """The process that sends; None where there is no load at all."""
        self._sender, self._rest = sender, b""

    def counts(self) -> Counter[str]:
        """What was sent since this was last asked."""
        return self._told(0.0) if self._sender is not None else Counter()

    def end(self) -> Counter[str]:
        """Let it end, and what was sent since it was last asked."""
        if self._sender is None:
            return Counter()
        self._sender.end()
        return self._told(_END_S)

    def _told(self, within_s: float) -> Counter[str]:
        """All lines that are there; with time to wait, all that come until its end."""
        found: Counter[str] = Counter()
        while self._sender is not None and (read := self._sender.read(within_s)):
            *lines, self._rest = (self._rest + read).split(b"\n")
            for line in lines:
                found.update(json.loads(line))
        return found


@contextmanager
def background(targets: Sequence[tuple[str, int]], stretches: Sequence[Stretch]) -> Iterator[Load]:
    """Send the ``stretches``, in order of time, to all ``targets`` in turn meanwhile; no process where there are none."""
    if not stretches:
        yield Load(None)
        return
    settings = {"targets": [*targets], "stretches": [[each.name, *_times(each)] for each in stretches]}
    with child("probes.network.live.load", settings, "background traffic") as sender:
        yield Load(sender)


def _times(each: Stretch) -> tuple[int, int, int]:
    return each.start_ns, each.stop_ns, each.bit_s


def _send(settings: dict[str, Any]) -> None:
    sockets = [_connected(host, port) for host, port in settings["targets"]]
    for name, *times in settings["stretches"]:
        _stretch(sockets, Stretch(name, *times))


def _stretch(sockets: Sequence[socket.socket], stretch: Stretch) -> None:
    """Every millisecond, what is owed by then; a tick that comes late sends no more than 20 ms' worth at once."""
    size, start = _PAYLOAD + _HEADERS, max(stretch.start_ns, time.monotonic_ns())
    packets_per_ns = stretch.bit_s / 8 / size / 1e9
    most = max(1, round(20 * _TICK_NS * packets_per_ns))
    counts, told, turn, elapsed = Counter[str](), Counter[str](), 0, 0
    due = start + _TELL_NS
    while (now := time.monotonic_ns()) < stretch.stop_ns and not ended(max(_TICK_NS, start - now) / 1e9):
        elapsed = max(0, time.monotonic_ns() - start)
        owed = int(elapsed * packets_per_ns) - turn
        for _ in range(min(most, owed)):
            sent = _datagram(sockets[turn % len(sockets)])
            counts["bytes" if sent else "refused"] += size if sent else 1
            turn += 1
        turn += max(0, owed - most)
        if now >= due:
            _tell(stretch.name, counts, told, elapsed, int(elapsed * packets_per_ns) * size)
            due += _TELL_NS
    _tell(stretch.name, counts, told, elapsed, int(elapsed * packets_per_ns) * size)


def _tell(name: str, counts: Counter[str], told: Counter[str], elapsed_ns: int, wanted: int) -> None:
    """What came since the last time; nothing where nothing did."""
    counts["ns"], counts["wanted_bytes"] = elapsed_ns, wanted
    if more := counts - told:
        say({f"{name}_{key}": number for key, number in more.items()})
    told.update(more)


def _datagram(sock: socket.socket) -> bool:
    """Whether the kernel took it; an ICMP error about an earlier one takes the first try."""
    for _ in range(2):
        try:
            sock.send(bytes(_PAYLOAD))
        except OSError:
            continue
        return True
    return False


def _connected(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.connect((host, port))
    return sock


if __name__ == "__main__":
    sys.exit(work(_send))
