# SPDX-License-Identifier: Apache-2.0
"""Numbers of ports for servers of tests that are told theirs before they run.

They lie below the ephemeral range: no outgoing connection takes one meanwhile, and a client that tries again and again where
nobody listens yet cannot meet itself there, as TCP allows. Each process has a stretch of its own and gives none twice.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_FIRST, _STRETCH = 10_000, 500
_USUAL_EPHEMERAL = 32_768
_KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)


def free_port(host: str = "127.0.0.1", kind: socket.SocketKind | None = None) -> int:
    """A port of ``host`` that nobody has, never the same one twice; for ``kind``, or for TCP and UDP both."""
    for port in _OWN:
        if all(_free(host, port, each) for each in (_KINDS if kind is None else (kind,))):
            return port
    raise AssertionError("every port of this process is given away")


def _free(host: str, port: int, kind: socket.SocketKind) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as sock:
        try:
            sock.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True


def _ephemeral() -> int:
    """The first port that the kernel gives away by itself."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _USUAL_EPHEMERAL


def _ports() -> Iterator[int]:
    """The own stretch, and then those of others: a port that is taken is passed over."""
    last = _ephemeral()
    begins = range(min(_FIRST, last - _STRETCH), last - _STRETCH + 1, _STRETCH)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    own = os.getppid() + int(worker) if worker.isdecimal() else os.getpid()  # workers of one run side by side
    for turn in range(len(begins)):
        begin = begins[(own + turn) % len(begins)]
        yield from range(begin, begin + _STRETCH)


_OWN = _ports()
