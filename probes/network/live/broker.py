# SPDX-License-Identifier: Apache-2.0
"""A subscription on a broker, with user and TLS where the broker asks for them; it is there again after the link broke."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from harness.errors import InstrumentError, UsageError

_CONNECT_S = 10.0
_KEEPALIVE_S = 30


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and how it lets us in: ``password`` is ``env:NAME``, ``tls`` a file with the certificates it is checked by."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: Path | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any], folder: Path) -> Broker:
        """From checked settings: broker, port, user, password, tls."""
        tls = folder / str(config["tls"]) if config.get("tls") else None
        port = int(config.get("port", 1883 if tls is None else 8883))
        return cls(str(config["broker"]), port, str(config.get("user", "")), str(config.get("password", "")), tls)

    def __str__(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    def client(self) -> Client:
        """A client that can be let in; UsageError when the password is not in the environment, InstrumentError for the file."""
        client = Client(CallbackAPIVersion.VERSION2)
        if self.user:
            client.username_pw_set(self.user, _secret(self.password))
        if self.tls is not None:
            try:
                client.tls_set(ca_certs=str(self.tls))
            except (OSError, ValueError) as error:
                msg = f"The certificates {self.tls.name} cannot be used: {error}."
                raise InstrumentError(msg, cure="write tls: and a PEM file beside the profile.") from None
        return client


def subscribe(broker: Broker, topics: Sequence[str], hear: Callable[[MQTTMessage], None]) -> Client:
    """A client that is connected, subscribed and hears; InstrumentError with the cure when the broker refuses. End it with :func:`end`."""
    client = broker.client()
    said: SimpleQueue[str] = SimpleQueue()

    def connected(found: Client, _data: object, _flags: object, reason: Any, _more: object) -> None:
        if reason.is_failure:
            said.put(str(reason))
        else:
            found.subscribe([(topic, 0) for topic in sorted(set(topics))])

    client.on_message = lambda _client, _data, got: hear(got)
    client.on_connect = connected
    client.on_subscribe = lambda _client, _data, _mid, reasons, _more: said.put(_refused(reasons))
    try:
        client.connect(broker.host, broker.port, keepalive=_KEEPALIVE_S)
        client.loop_start()
        refusal = said.get(timeout=_CONNECT_S)
    except (OSError, Empty) as error:
        end(client)
        msg = f"The MQTT broker {broker} does not take subscriptions: {error or 'no answer'}."
        raise InstrumentError(msg, cure="check that it runs, the port, TLS, and that it lets this host in.") from None
    if refusal:
        end(client)
        msg = f"The MQTT broker {broker} refuses: {refusal}."
        raise InstrumentError(msg, cure="check user, password and the access rules of the topics.")
    return client


def end(client: Client) -> None:
    """Take leave of the broker."""
    client.disconnect()
    client.loop_stop()


def _refused(reasons: Sequence[Any]) -> str:
    """Why the broker grants none of the topics; empty when it grants one."""
    return str(reasons[0]) if all(reason.is_failure for reason in reasons) else ""


def _secret(place: str) -> str:
    """What the environment variable holds; UsageError when there is none."""
    value = os.environ.get(place.removeprefix("env:"))
    if value is None:
        msg = f"The environment variable {place.removeprefix('env:')} with the broker's password is not set."
        raise UsageError(msg, cure="export it in the shell that runs this.")
    return value
