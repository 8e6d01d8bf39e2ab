# SPDX-License-Identifier: Apache-2.0
"""Subscriptions on a real broker: what it lets in, what it refuses, and what is told when it goes away."""

import socket
import subprocess
import threading
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from harness.errors import InstrumentError
from harness.kit import lines
from harness.kit.broker import Broker, BrokerSettings, Subscription, SubscriptionSource, TopicPort
from harness.kit.settings import absent, findings
from harness.kit.streams import Pace
from harness.plugins import Chunk
from tests.waiting import accepted, gone, joined, until


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READER", "geheim")


Running = tuple[int, "subprocess.Popen[bytes]"]


def let_in(port: int, password: str = "geheim") -> Broker:  # noqa: S107 - of a broker that lives for a test
    return Broker("127.0.0.1", port, "reader", lambda: password)


def say(port: int, *messages: tuple[str, bytes, bool]) -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set("reader", "geheim")
    client.connect("127.0.0.1", port)
    client.loop_start()
    for topic, payload, retain in messages:
        client.publish(topic, payload, 1, retain=retain).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()


def recorded(sink: Any, port: int, duration_s: float, tick_s: float) -> threading.Thread:
    writer = lines.Writer("test.messages/1", {"topic": "open/#"})
    settings = BrokerSettings.parse(
        {"broker": "127.0.0.1", "port": port, "user": "reader", "password": "env:READER", "duration": f"{duration_s} s"}
    )
    source = SubscriptionSource(settings, Path(), ["open/#"], writer, tick_s=tick_s, pace=Pace(poll_s=0.05))
    source.preflight()
    thread = threading.Thread(target=source.record, args=(sink,))
    thread.start()
    time.sleep(0.5)
    return thread


def rows(sink: Any, tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(sink.data)
    return list(lines.read(Chunk(path), "test.messages/1"))


def test_every_message_is_a_row_with_its_payload_and_whether_it_was_kept(
    broker: Running, sink: Any, tmp_path: Path
) -> None:
    port, _ = broker
    say(port, ("open/old", b"\x00\xff", True))
    thread = recorded(sink, port, 2.0, 0.0)
    say(port, ("open/new", b"1", False), ("open/new", b"2", False))
    joined(thread)
    found = [(each["topic"], b64decode(each["payload"]), each["retain"]) for each in rows(sink, tmp_path)]
    assert found == [("open/old", b"\x00\xff", True), ("open/new", b"1", False), ("open/new", b"2", False)]
    assert sink.states == []


def test_ticks_say_that_the_subscription_stands_and_one_row_that_it_broke(
    broker: Running, sink: Any, tmp_path: Path
) -> None:
    port, child = broker
    thread = recorded(sink, port, 2.0, 0.2)
    child.terminate()
    joined(thread)
    found = rows(sink, tmp_path)
    assert [each.get("down", False) for each in found].count(True) == 1
    assert found[-1].get("down"), "no tick once the link is gone"
    assert len(found) >= 3
    assert sink.states


def test_a_broker_that_lets_nobody_in_or_grants_no_topic_is_one_sentence(broker: Running) -> None:
    port, _ = broker
    with pytest.raises(InstrumentError, match="refuses open/a: Not authorized"):
        Subscription(let_in(port, "wrong"), ["open/a"])


def test_nobody_at_the_port_is_one_sentence() -> None:
    with pytest.raises(InstrumentError, match=r"No MQTT broker takes subscriptions at 127\.0\.0\.1:1"):
        Subscription(Broker("127.0.0.1", 1), ["a"])


def test_certificates_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no PEM")
    with pytest.raises(InstrumentError, match=r"certificates ca\.pem cannot be used"):
        Subscription(Broker("127.0.0.1", 1, tls=tmp_path / "ca.pem"), ["a"])


def test_a_topic_is_a_stream_of_what_its_payloads_hold_and_ends_with_its_broker(broker: Running) -> None:
    port, child = broker
    say(port, ("open/raw", b"<before>", True))
    stream = TopicPort(let_in(port), "open/raw", lambda payload: payload.strip(b"<>"), Pace(poll_s=0.2))
    say(port, ("open/raw", b"<one>", False), ("open/raw", b"<two>", False))
    assert b"".join(stream.read() for _ in range(4)) == b"onetwo"
    child.terminate()
    gone(child)
    with pytest.raises(ConnectionError, match="the broker closed the connection"):
        list(iter(stream.read, None))
    stream.close()


def test_an_encrypted_broker_has_another_port_and_certificates_beside_the_profile(tmp_path: Path) -> None:
    given = {"broker": "edge", "duration": "1 min"}
    assert (BrokerSettings.parse(given).place(tmp_path).port, BrokerSettings.parse(given).duration_s) == (1883, 60)
    place = BrokerSettings.parse({**given, "tls": "ca.pem"}).place(tmp_path)
    assert (str(place), place.tls) == ("edge:8883", tmp_path / "ca.pem")
    (missing,) = absent(BrokerSettings.parse({**given, "tls": "ca.pem"}), tmp_path)
    assert (missing.keys, missing.cure) == (("tls",), "put the broker's CA certificate beside the profile.")


@pytest.mark.parametrize(
    ("change", "key", "cure"),
    [
        ({"broker": ""}, "broker", "write broker: 10.20.0.1."),
        ({"port": "x"}, "port", "write port: 1883."),
        ({"user": "u"}, "password", "write password: env:NAME."),
        ({"user": "u", "password": "open"}, "password", "write env:NAME."),
        ({"duration": "soon"}, "duration", "write a number and a unit"),
    ],
)
def test_wrong_settings_have_a_place_and_a_cure(change: dict[str, Any], key: str, cure: str) -> None:
    (found,) = findings(BrokerSettings, {"broker": "edge", "duration": "1 min", **change})
    assert found.keys in {(key,), ()}
    assert cure in found.cure


@pytest.mark.timeout(60)
def test_a_topic_that_is_no_text_is_kept_and_the_subscription_goes_on() -> None:
    """A real broker refuses such a publisher; others hand it on."""

    def said(topic: bytes) -> bytes:
        body = len(topic).to_bytes(2, "big") + topic + b"1"
        return bytes([0x30, len(body)]) + body

    def serve(server: socket.socket) -> socket.socket:
        link = accepted(server)
        link.recv(4096)
        link.sendall(b"\x20\x02\0\0")
        number = link.recv(4096)[2:4]
        link.sendall(b"\x90\x03" + number + b"\0" + said(b"a/\xff") + said(b"a/b"))
        return link

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        link = pool.submit(serve, server)
        host, port = server.getsockname()
        with closing(Subscription(Broker(host, port), ["a/#"])) as subscription, link.result(60):
            found = [*subscription.drain(10)]
            until(lambda: found.extend(subscription.drain(0.2)) or len(found) == 2, 30)
    assert [each.topic for each in found] == ["a/\\xff", "a/b"]
