# SPDX-License-Identifier: Apache-2.0
"""A receiver whose raw stream arrives as MQTT messages: payloads are written one after the other, as they come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from harness.errors import InstrumentError
from harness.model import Text
from probes.gnss.live.files import secret
from probes.gnss.live.stream import POLL_S, StreamSource

_CONNECT_S = 10.0


def mqtt_source(config: Mapping[str, Any], folder: Path) -> StreamSource:
    """``mqtt: mqtt://HOST:PORT/TOPIC``, ``user``, ``password: env:NAME``, ``field`` of JSON payloads that holds the stream."""
    parts = urlsplit(str(config["mqtt"]))
    host, port, topic = parts.hostname or "", parts.port or 1883, parts.path.lstrip("/")
    user, field = config.get("user"), str(config.get("field", ""))

    def connect() -> Subscription:
        return Subscription(host, port, topic, None if user is None else (str(user), secret(config)), field)

    return StreamSource(config, folder, connect, f"{host}:{port}/{topic}")


def inner(payload: bytes, field: str) -> bytes:
    """The text under ``field`` of a JSON payload; the payload itself where no field is named or it holds none."""
    if not field:
        return payload
    try:
        found = json.loads(payload)[field]
    except (ValueError, KeyError, TypeError):
        return payload
    return found.encode() if isinstance(found, str) else payload


class Subscription:
    """One topic of a broker; :class:`probes.gnss.live.stream.Port`."""

    remark: Text | None = None

    def __init__(self, host: str, port: int, topic: str, account: tuple[str, str] | None, field: str) -> None:
        """Connect and subscribe; InstrumentError when the broker is not there or refuses."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self._field = field
        self._payloads: SimpleQueue[bytes] = SimpleQueue()
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._client = Client(CallbackAPIVersion.VERSION2)
        if account is not None:
            self._client.username_pw_set(*account)
        self._client.on_message = self._take
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

    def _take(self, _client: Any, _data: Any, message: Any) -> None:
        if not message.retain:  # what the broker kept from before is not live
            self._payloads.put(inner(bytes(message.payload), self._field))

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
