# SPDX-License-Identifier: Apache-2.0
"""Background traffic of a stated rate, from a process of its own so that it does not slow the probes down.

UDP datagrams of 1200 B to a port that nobody serves (RFC 863 discard by default); what the kernel took is counted, so
the report can say which load there really was. The child ends when its standard input closes.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

from harness.kit.children import child, ended, work

_PAYLOAD = 1200
_HEADERS = 28
_TICK_NS = 1_000_000


@contextmanager
def background(
    targets: Sequence[tuple[str, int]], rate_bit_s: int, start_ns: int, stop_ns: int
) -> Iterator[Callable[[], dict[str, int]]]:
    """Send ``rate_bit_s`` (IP bytes, all targets together) between two monotonic times; yields what ends and counts it.

    The counts: load_bytes, load_wanted_bytes (for as long as it ran), load_ns, load_refused datagrams.
    """
    settings = {"targets": [*targets], "rate": rate_bit_s, "start": start_ns, "stop": stop_ns}
    with child("probes.network.live.load", settings, "background traffic") as sender:
        yield sender.last


def _send(settings: dict[str, Any]) -> dict[str, int]:
    """Every millisecond, what is owed by then; a tick that comes late sends no more than 20 ms' worth at once."""
    sockets = [_connected(host, port) for host, port in settings["targets"]]
    counts = dict.fromkeys(("load_bytes", "load_wanted_bytes", "load_ns", "load_refused"), 0)
    start, turn = settings["start"], 0
    size = _PAYLOAD + _HEADERS
    packets_per_ns = settings["rate"] / 8 / size / 1e9
    most = max(1, round(20 * _TICK_NS * packets_per_ns))
    while (now := time.monotonic_ns()) < settings["stop"] and not ended(max(_TICK_NS, start - now) / 1e9):
        elapsed = time.monotonic_ns() - start
        owed = int(elapsed * packets_per_ns) - turn
        for _ in range(min(most, owed)):
            sent = _datagram(sockets[turn % len(sockets)])
            counts["load_bytes" if sent else "load_refused"] += size if sent else 1
            turn += 1
        turn += max(0, owed - most)
        counts["load_ns"] = max(0, elapsed)
    counts["load_wanted_bytes"] = int(counts["load_ns"] * packets_per_ns) * size
    return counts


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
