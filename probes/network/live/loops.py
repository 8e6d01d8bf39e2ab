# SPDX-License-Identifier: Apache-2.0
"""The live half of ``network.mqtt``: a subscriber that keeps every message of the topics named."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from paho.mqtt.client import Client, MQTTMessage

from harness.plugins import Sink
from harness.quantity import Quantity
from probes.network.live.broker import Broker, end, subscribe
from probes.network.traces import loops

_POLL_S = 0.2
_SECOND = 1_000_000_000


class MqttSource:
    """Subscribes for the planned time; a resumed run opens a new segment."""

    appendable = False

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        """Take checked settings; nothing is opened yet."""
        self._broker = Broker.of(config, folder)
        self._topics = {"events": str(config["events"]), "commands": str(config["commands"])}
        self._key = str(config.get("key", "id"))
        self._waiting_ns = round(Quantity.parse(str(config.get("waiting_time", "3 s"))).to("ns"))
        self._duration_ns = round(Quantity.parse(str(config["duration"])).to("ns"))
        self._messages: SimpleQueue[tuple[int, str, bytes]] = SimpleQueue()

    def preflight(self) -> None:
        """Connect and subscribe once; InstrumentError with the cure when the broker refuses."""
        end(self._begin())

    def record(self, sink: Sink) -> None:
        """Keep messages until the planned end and the waiting time after it."""
        target = {"id": str(self._broker), "address": "", "port": 0}
        session = {"mode": "mqtt", "waiting_time_ns": self._waiting_ns, "targets": [target], "key": self._key}
        sink.write(loops.header({**session, **self._topics}))
        done = int(sink.state.get("elapsed_ns", 0))
        start = time.monotonic_ns() - done
        client = self._begin()
        try:
            while (elapsed := time.monotonic_ns() - start) < self._duration_ns + self._waiting_ns and not sink.stopping:
                self._drain(sink)
                sink.progress(elapsed / _SECOND, (self._duration_ns + self._waiting_ns) / _SECOND, "MQTT")
        finally:
            end(client)

    def _drain(self, sink: Sink) -> None:
        lines = []
        try:
            lines.append(loops.message(*self._messages.get(timeout=_POLL_S)))
            while True:
                lines.append(loops.message(*self._messages.get_nowait()))
        except Empty:
            if lines:
                sink.write(b"".join(lines))

    def _begin(self) -> Client:
        return subscribe(self._broker, list(self._topics.values()), self._hear)

    def _hear(self, got: MQTTMessage) -> None:
        self._messages.put((time.time_ns(), got.topic, bytes(got.payload)))
