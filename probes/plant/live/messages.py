# SPDX-License-Identifier: Apache-2.0
"""The live half of ``plant.mqtt``: every message as a line, and a line a second that says that the link stands."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.broker import kept
from harness.kit.lines import Writer, line
from harness.plugins import Sink
from probes.plant.live.subscriber import Subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kit.broker import BrokerSettings, Message

_TICK_S = 1.0
_POLL_S = 0.2


class MessageSource:
    """Keeps every message of its topics; a resumed run opens a new segment."""

    appendable = False

    def __init__(self, settings: BrokerSettings, folder: Path, writer: Writer) -> None:
        """Nothing is opened yet."""
        self._broker, self._writer = settings.place(folder), writer
        self._topics = tuple(getattr(settings, "topics", ("#",)))
        self._version = 5 if getattr(settings, "version", "") == "5" else 4
        self._duration_s = float(settings.duration_s)

    def preflight(self) -> None:
        """Connect and subscribe once; InstrumentError with the cure when the broker refuses."""
        Subscriber(self._broker, self._topics, self._version).close()

    def record(self, sink: Sink) -> None:
        """Keep messages until the planned end."""
        sink.write(self._writer.header)
        start = time.monotonic() - float(sink.state.get("elapsed_s", 0.0))
        ticked, there = start - _TICK_S, True

        def take(found: Sequence[Message]) -> None:
            sink.write(b"".join(line(kept(each)) for each in found))

        with closing(Subscriber(self._broker, self._topics, self._version)) as subscriber:
            while (elapsed := time.monotonic() - start) < self._duration_s and not sink.stopping:
                subscriber.drain(_POLL_S, take)
                before, there = there, subscriber.connected
                if before and not there:
                    sink.write(line({"t": time.time_ns(), "down": True}))
                if there and time.monotonic() - ticked >= _TICK_S:
                    ticked = time.monotonic()
                    sink.write(line({"t": time.time_ns()}))
                    sink.checkpoint({"elapsed_s": round(elapsed, 3)})
                    sink.progress(elapsed, self._duration_s, "MQTT")
