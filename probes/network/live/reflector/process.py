# SPDX-License-Identifier: Apache-2.0
"""Reflectors in a process of their own, so that they do not share an interpreter lock with the sender.

The child answers with the addresses, or with what is wrong, and at its end with its counts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from harness.kit.children import child, ended, say, work

_START_S = 120.0  # the loop is compiled when it is used for the first time


@contextmanager
def reflectors(
    addresses: Sequence[tuple[str, int]],
    silent: Sequence[tuple[str, int]] = (),
    *,
    key: bytes = b"",
    ptp: bool = False,
) -> Iterator[list[tuple[str, int]]]:
    """Reflect on ``addresses`` meanwhile and yield them with their ports; ``silent`` ones are open but never answer.

    Port 0 lets the kernel choose. InstrumentError with the cure when a port cannot be opened.
    """
    settings = {"addresses": [*addresses], "silent": [*silent], "key": key.hex(), "ptp": ptp}
    with child("probes.network.live.reflector.process", settings, "reflector process") as process:
        yield [(host, port) for host, port in process.answer(_START_S)["addresses"]]


def _reflect(settings: dict[str, Any]) -> dict[str, Any]:
    from probes.network.live.reflector.serve import serve_all

    counts = serve_all(
        [(host, port) for host, port in settings["addresses"]],
        [(host, port) for host, port in settings["silent"]],
        ready=lambda addresses: say({"addresses": addresses}),
        stopping=ended,
        key=bytes.fromhex(settings["key"]),
        ptp=settings["ptp"],
    )
    return asdict(counts)


if __name__ == "__main__":
    sys.exit(work(_reflect))
