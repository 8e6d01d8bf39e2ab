# SPDX-License-Identifier: Apache-2.0
"""A receiver whose raw stream arrives as MQTT messages: payloads are written one after the other, as they come."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from harness.errors import InstrumentError
from probes.gnss.live_stream import POLL_S, StreamSource

_CONNECT_S = 10.0


def mqtt_source(config: Mapping[str, Any], folder: Path) -> StreamSource:
    """``mqtt: mqtt://HOST:PORT/TOPIC``; ``user`` and ``password`` where the broker wants them."""
    parts = urlsplit(str(config["mqtt"]))
    host, port, topic = parts.hostname or "", parts.port or 1883, parts.path.lstrip("/")
    user, password = config.get("user"), config.get("password")
    return StreamSource(
        config, folder, lambda: Subscription(host, port, topic, user, password), f"{host}:{port}/{topic}"
    )


class Subscription:
    """One topic of a broker; :class:`probes.gnss.live_stream.Port`."""

    def __init__(self, host: str, port: int, topic: str, user: Any = None, password: Any = None) -> None:
        """Connect and subscribe; InstrumentError when the broker is not there or refuses."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self._payloads: SimpleQueue[bytes] = SimpleQueue()
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._client = Client(CallbackAPIVersion.VERSION2)
        if user is not None:
            self._client.username_pw_set(str(user), None if password is None else str(password))
        self._client.on_message = lambda _client, _data, message: self._payloads.put(bytes(message.payload))
        self._client.on_connect = lambda _client, _data, _flags, reason, _more: self._answers.put(str(reason))
        self._client.on_subscribe = lambda _client, _data, _mid, reasons, _more: self._answers.put(str(reasons[0]))
        try:
            self._client.connect(host, port)
            self._client.loop_start()
            said = self._answers.get(timeout=_CONNECT_S)
            if said == "Success":
                self._client.subscribe(topic, qos=1)
                said = self._answers.get(timeout=_CONNECT_S)
        except (OSError, Empty) as error:
            self.close()
            msg = f"No broker answers at {host}:{port}: {error or 'silence'}."
            raise InstrumentError(msg, cure="check the address, and that the broker runs.") from None
        if not said.startswith("Granted"):
            self.close()
            msg = f"The broker at {host}:{port} refuses {topic!r}: {said}."
            raise InstrumentError(msg, cure="check user, password and the topic's access rule.")

    def read(self) -> bytes:
        """Every payload that came, waiting up to ``POLL_S`` for the first; ConnectionError when the broker is gone."""
        try:
            data = self._payloads.get(timeout=POLL_S)
        except Empty:
            if not self._client.is_connected():
                raise ConnectionResetError("the broker closed the connection") from None
            return b""
        while not self._payloads.empty():
            data += self._payloads.get()
        return data

    def close(self) -> None:
        """Let go of it."""
        self._client.disconnect()
        self._client.loop_stop()
