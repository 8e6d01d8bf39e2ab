# SPDX-License-Identifier: Apache-2.0
"""The live half of ``network.presence``: a subscriber of births, wills and the broker's own count of clients."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from paho.mqtt.client import MQTTMessage

from harness.plugins import Sink
from harness.quantity import Quantity
from probes.network.live.broker import Broker, end, subscribe
from probes.network.traces import presence

_POLL_S = 0.2


class PresenceSource:
    """Subscribes for the planned time; a resumed run opens a new segment."""

    appendable = False

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        """Take checked settings; nothing is opened yet."""
        self._broker = Broker.of(config, folder)
        self._pattern = presence.Pattern.of(str(config["topic"]))
        words = {key: str(config.get(key, value)) for key, value in presence.DEFAULTS.items()}
        self._session = {
            "topic": self._pattern.topic,
            "keys": {key: str(value) for key, value in config.get("keys", {}).items()},
            "state": str(config.get("state", "state")),
            **words,
        }
        self._duration_ns = round(Quantity.parse(str(config["duration"])).to("ns"))
        self._messages: SimpleQueue[bytes] = SimpleQueue()

    def preflight(self) -> None:
        """Connect and subscribe once; InstrumentError with the cure when the broker refuses."""
        end(subscribe(self._broker, self._topics, self._hear))

    def record(self, sink: Sink) -> None:
        """Keep messages until the planned end; a line a second says that the subscription stands."""
        self._messages = SimpleQueue()
        sink.write(presence.header(self._session))
        start = time.monotonic_ns() - int(sink.state.get("elapsed_ns", 0))
        client = subscribe(self._broker, self._topics, self._hear)
        ticked, there = -presence.TICK_NS, True
        try:
            while (elapsed := time.monotonic_ns() - start) < self._duration_ns and not sink.stopping:
                self._drain(sink)
                before, there = there, client.is_connected()
                if before and not there:
                    sink.write(presence.down(time.time_ns()))
                if there and elapsed - ticked >= presence.TICK_NS // 2:
                    ticked = elapsed
                    sink.write(presence.tick(time.time_ns()))
                    sink.checkpoint({"elapsed_ns": elapsed})
                sink.progress(elapsed / 1e9, self._duration_ns / 1e9, "MQTT")
        finally:
            end(client)

    @property
    def _topics(self) -> list[str]:
        return [self._pattern.filter, presence.BROKER_CLIENTS]

    def _hear(self, got: MQTTMessage) -> None:
        self._messages.put(presence.message(time.time_ns(), got.topic, bytes(got.payload), retained=got.retain))

    def _drain(self, sink: Sink) -> None:
        lines = []
        try:
            lines.append(self._messages.get(timeout=_POLL_S))
            while True:
                lines.append(self._messages.get_nowait())
        except Empty:
            if lines:
                sink.write(b"".join(lines))
