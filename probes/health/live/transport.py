# SPDX-License-Identifier: Apache-2.0
"""What every carrier's live half does: greet, send, look for one record, read the receiver's own list."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from probes.health.formats.forms import Answer


def path_to(host: str, port: int) -> dict[str, str]:
    """The address that a name stands for, and our own on the way there; both empty where that cannot be told now."""
    try:
        family, _, _, _, there = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(there)
            return {"address": str(there[0]), "local": str(sock.getsockname()[0])}
    except OSError:
        return {"address": "", "local": ""}


class Outgoing(NamedTuple):
    """A record on its way: the run, its identifier, its bytes."""

    run: str
    identifier: str
    body: bytes


class Piece(NamedTuple):
    """A piece of the receiver's list: a page of it, or with ``handle`` one record that it names."""

    handle: str
    body: bytes


class Transport(Protocol):
    """One receiver. OSError where it cannot be reached or falls silent; InstrumentError where trying again is of no use."""

    def greet(self, run: str) -> None:
        """Find out whether it is there and speaks the protocol; ``run`` is empty before one has begun."""

    def send(self, record: Outgoing) -> Answer:
        """Send a record once; when this fails nobody knows whether it arrived."""

    def look(self, record: Outgoing) -> bytes | None:
        """The receiver's answer that has the record; None where it does not have it yet."""

    def inventory(self, run: str) -> Iterator[Piece]:
        """The receiver's own list of what it holds of the run, to its end."""

    def close(self) -> None:
        """Let go of it."""
