# SPDX-License-Identifier: Apache-2.0
"""The live half of ``network.neighbours``: what `ip -json neighbour` says, as it says it."""

from __future__ import annotations

import json
import shutil
import subprocess

from harness.errors import InstrumentError
from harness.plugins import Sink

_WAIT_S = 10


class NeighboursSource:
    """One snapshot of the ARP and NDP tables."""

    appendable = True

    def __init__(self, interface: str) -> None:
        """Of one interface, or of all."""
        self._interface = interface

    def preflight(self) -> None:
        """Take one; InstrumentError with the cure when there is no iproute2 or no such interface."""
        self._snapshot()

    def record(self, sink: Sink) -> None:
        """Take one and keep it."""
        sink.write(self._snapshot())
        sink.progress(1, 1, "邻居表 / neighbour table")

    def _snapshot(self) -> bytes:
        program = shutil.which("ip")
        if program is None:
            raise InstrumentError("There is no `ip` program.", cure="install iproute2.")
        device = ["dev", self._interface] if self._interface else []
        command = [program, "-json", "neighbour", "show", *device]
        done = subprocess.run(command, capture_output=True, check=False, timeout=_WAIT_S)  # noqa: S603 - fixed words
        if done.returncode:
            msg = f"The neighbour table cannot be read: {done.stderr.decode(errors='replace').strip()}."
            raise InstrumentError(msg, cure="name an interface that `ip link` lists, or none.")
        return json.dumps(json.loads(done.stdout or b"[]"), separators=(",", ":")).encode() + b"\n"
