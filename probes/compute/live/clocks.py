# SPDX-License-Identifier: Apache-2.0
"""The clock of the measured host beside ours, asked by SNTP; and a clock that answers, for hosts without a time server."""

from __future__ import annotations

import socket
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from harness.errors import DecodeError, UsageError
from harness.kit.values import HostPort
from probes.compute.wire import sntp

_TIMES, _WAIT_S, _REST_S = 8, 0.5, 0.05
_PORT = 11123


def asked(endpoint: str, phase: str) -> dict[str, Any]:
    """A row of the record: eight exchanges with a clock, its answers as they came; ``error`` where none came."""
    host, _, port = endpoint.rpartition(":")
    row: dict[str, Any] = {"clock": phase, "of": endpoint, "t1": [], "t4": [], "raw": []}
    try:
        kind = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)[0]
        with socket.socket(kind[0], kind[1]) as sock:
            sock.settimeout(_WAIT_S)
            sock.connect(kind[4])
            for _ in range(_TIMES):
                with suppress(OSError):
                    _once(sock, row)
                time.sleep(_REST_S)
    except (OSError, ValueError) as error:
        row["problem"] = str(error)
    return row


def _once(sock: socket.socket, row: dict[str, Any]) -> None:
    """One question; stray answers to earlier ones are passed over until the time is up."""
    sent = time.time_ns()
    began = time.monotonic_ns()
    sock.send(sntp.request(sent))
    while time.monotonic_ns() - began < _WAIT_S * 1e9:
        data = sock.recv(512)
        heard = sent + time.monotonic_ns() - began
        with suppress(DecodeError):
            sntp.exchange(data, sent, heard)
            for key, value in (("t1", sent), ("t4", heard), ("raw", data.hex())):
                row[key].append(value)
            return


def arguments(parser: ArgumentParser) -> None:
    """The command line of ``yanshou serve clock``."""
    parser.add_argument(
        "--bind", default=f"127.0.0.1:{_PORT}", metavar="ADDRESS:PORT", help="在哪里应答 / where it answers"
    )
    parser.add_argument(
        "--count",
        type=int,
        default=0,
        metavar="N",
        help="应答几次；缺省直到 Ctrl-C / how many answers; without it until Ctrl-C",
    )


def run(options: Namespace, say: Callable[[object], None]) -> dict[str, Any]:
    """Answer SNTP with the clock of this host; it tells the time, it does not set any."""
    place = HostPort.read(options.bind)
    answered = 0
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock, suppress(KeyboardInterrupt):
        try:
            sock.bind((place.host, place.port))
        except OSError as error:
            msg = f"The clock cannot answer at {place}: {error.strerror}."
            raise UsageError(msg, cure="name a free port above 1023 with --bind.") from None
        say(f"clock {place}")
        while not options.count or answered < options.count:
            data, who = sock.recvfrom(512)
            received = time.time_ns()
            with suppress(DecodeError, OSError):
                sock.sendto(sntp.answer(data, received, time.time_ns()), who)
                answered += 1
    return {"bind": str(place), "answered": answered}
