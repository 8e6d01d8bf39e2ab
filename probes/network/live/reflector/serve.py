# SPDX-License-Identifier: Apache-2.0
"""What `yanshou serve reflect` (`yanshou reflect`) does: a stateful STAMP reflector on the edge server until a signal ends it."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from harness.kit.settings import Secret
from probes.network.live.reflector.reflector import Counts, Reflector
from probes.network.plans.keys import stamp_key
from probes.network.wire.sizes import PORT


def arguments(parser: ArgumentParser) -> None:
    """The command line of the service."""
    parser.add_argument(
        "--listen",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="监听地址，可重复；缺省：全部 / where it listens, repeatable; default: all",
    )
    parser.add_argument("--port", type=_port, default=PORT, help="UDP 端口，缺省 862 / UDP port, by default 862")
    parser.add_argument(
        "--key",
        default="",
        metavar="env:NAME|FILE",
        help="只用认证模式，用这把密钥 / authenticated mode only, with this key",
    )
    parser.add_argument(
        "--time-format", choices=("ntp", "ptp"), default="ntp", help="它自己的时间戳格式 / of its own time stamps"
    )


def run(options: Namespace, say: Callable[[str], None]) -> Mapping[str, int]:
    """Serve until a signal: says the addresses once they are open, and gives what was done."""

    def ready(places: list[tuple[str, int]]) -> None:
        say("\n".join(f"{host} {port}" for host, port in places))
        if not options.listen:
            for each in _own_addresses():
                sys.stderr.write(f"登记表 address 列可填 / for the address column of the register: {each}\n")

    everywhere = ("::", "0.0.0.0")  # noqa: S104 - a reflector serves every interface unless told otherwise
    counts = serve(options.listen or everywhere, options.port, ready, key=options.key, time_format=options.time_format)
    return asdict(counts)


def _own_addresses() -> list[str]:
    """The addresses of this host by which another can reach it, the one towards the default route first; none where unknown."""
    found = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))  # UDP: nothing is sent
            found.append(str(probe.getsockname()[0]))
    return found


def serve(
    addresses: Sequence[str],
    port: int = PORT,
    ready: Callable[[list[tuple[str, int]]], None] | None = None,
    stopping: Callable[[], bool] | None = None,
    *,
    key: str = "",
    time_format: str = "ntp",
) -> Counts:
    """Reflect on ``port`` of each address until SIGINT, SIGTERM or ``stopping()``; returns what was done.

    ``ready`` gets the (address, port) pairs once they are open; port 0 lets the kernel choose. InstrumentError, with
    the cure, when a port is in use or reserved or an address is not this host's. Call it from the main thread.
    ``key`` (``env:NAME`` or a file): only authenticated packets are answered. ``time_format``: ``ntp`` or ``ptp``.
    """
    secret = stamp_key(Secret.parse_or_file(key), Path()) if key else b""
    return serve_all([(each, port) for each in addresses], (), ready, stopping, key=secret, ptp=time_format == "ptp")


def serve_all(
    addresses: Sequence[tuple[str, int]],
    silent: Sequence[tuple[str, int]] = (),
    ready: Callable[[list[tuple[str, int]]], None] | None = None,
    stopping: Callable[[], bool] | None = None,
    *,
    key: bytes = b"",
    ptp: bool = False,
) -> Counts:
    """As :func:`serve`, a port each; ``silent`` addresses are open but never answer (for simulated dead terminals)."""
    stop = threading.Event()
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    opened = []
    try:
        opened = [Reflector(addresses, key, ptp=ptp)]
        opened.append(Reflector(silent))
        opened[0].warm_up()
        if ready is not None:
            ready(opened[0].addresses + opened[1].addresses)
        opened[0].run(lambda: stop.is_set() or (stopping is not None and stopping()))
        return opened[0].counts
    finally:
        for each in opened:
            each.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65_536:
        raise ValueError
    return number
