# SPDX-License-Identifier: Apache-2.0
"""Asking for values again and again until the planned end; a peer that goes away is told, and tried again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from harness.errors import InstrumentError
from harness.kit.lines import Writer, line
from harness.plugins import Sink

_CHECKPOINT_S = 5.0


class Port(Protocol):
    """A peer that answers."""

    def open(self) -> None:
        """Connect; InstrumentError with the cure when the peer is not there or refuses."""

    def poll(self) -> Iterable[Mapping[str, Any]]:
        """A row for everything that is asked for; OSError when the connection is gone."""

    def close(self) -> None:
        """Let go of it."""


class PollSource:
    """Asks every ``every`` for the planned time; a resumed run opens a new segment."""

    appendable = False

    def __init__(self, port: Port, settings: Any, writer: Writer) -> None:
        """Nothing is opened yet."""
        self._port, self._writer = port, writer
        self._every_s, self._duration_s = float(settings.every_s), float(settings.duration_s)

    def preflight(self) -> None:
        """Connect and ask once; InstrumentError with the cure, also where nothing that is asked for has a value."""
        self._port.open()
        try:
            told = list(self._port.poll())
        except OSError as error:
            msg = f"The peer went away: {error}."
            raise InstrumentError(msg, cure="check that it runs.") from None
        finally:
            self._port.close()
        if not any(each.get("good") and each.get("value") is not None for each in told):
            first = told[0]
            why = first.get("failed") or (first["status"] if not first.get("good") else "no value that can be read")
            msg = f"Nothing that is asked for has a value; {first['place']}: {why}."
            raise InstrumentError(msg, cure="check the addresses: name space, unit, table, type and order of words.")

    def record(self, sink: Sink) -> None:
        """Ask until the planned end."""
        sink.write(self._writer.header)
        start = time.monotonic() - float(sink.state.get("elapsed_s", 0.0))
        due, kept, there = time.monotonic(), time.monotonic(), False
        try:
            while (elapsed := time.monotonic() - start) < self._duration_s and not sink.stopping:
                if time.monotonic() < due:
                    time.sleep(min(0.2, due - time.monotonic()))
                    continue
                there = self._ask(sink, there=there)
                due = max(due + self._every_s, time.monotonic())
                sink.progress(elapsed, self._duration_s)
                if time.monotonic() - kept > _CHECKPOINT_S:
                    kept = time.monotonic()
                    sink.checkpoint({"elapsed_s": round(elapsed, 3)})
        finally:
            self._port.close()

    def _ask(self, sink: Sink, *, there: bool) -> bool:
        """One round; whether the peer is there after it."""
        try:
            if not there:
                self._port.open()
            sink.write(b"".join(line({"t": time.time_ns(), **row}) for row in self._port.poll()))
        except (OSError, InstrumentError):
            sink.write(line({"t": time.time_ns(), "down": True}))
            self._port.close()
            return False
        return True
