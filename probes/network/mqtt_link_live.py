# SPDX-License-Identifier: Apache-2.0
"""A subscription on a broker that is there again after the link to it broke."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from harness.errors import InstrumentError

_CONNECT_S = 10.0
_KEEPALIVE_S = 30


def subscribe(place: tuple[str, int], topics: Sequence[str], hear: Callable[[MQTTMessage], None]) -> Client:
    """A client that is connected, subscribed and hears; InstrumentError with the cure when the broker refuses. End it with :func:`end`."""
    host, port = place
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, got: hear(got)
    ready: SimpleQueue[bool] = SimpleQueue()
    client.on_connect = lambda found, *_: found.subscribe([(topic, 0) for topic in sorted(set(topics))])
    client.on_subscribe = lambda *_: ready.put(True)
    try:
        client.connect(host, port, keepalive=_KEEPALIVE_S)
        client.loop_start()
        ready.get(timeout=_CONNECT_S)
    except (OSError, Empty) as error:
        end(client)
        msg = f"The MQTT broker {host}:{port} does not take subscriptions: {error or 'no answer'}."
        raise InstrumentError(msg, cure="check that it runs, the port, and that it lets this host in.") from None
    return client


def end(client: Client) -> None:
    """Take leave of the broker."""
    client.disconnect()
    client.loop_stop()
