# SPDX-License-Identifier: Apache-2.0
"""What `yanshou reflect` does: a stateful STAMP reflector on the edge server until a signal ends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from probes.network.live.reflector.reflector import Counts, Reflector
from probes.network.plans.secret import read_key
from probes.network.wire.packet import PORT


def serve(
    addresses: Sequence[str] = ("0.0.0.0", "::"),  # noqa: S104 - a reflector serves every interface unless told otherwise
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
    secret = read_key(key, Path()) if key else b""
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
