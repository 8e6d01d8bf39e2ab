# SPDX-License-Identifier: Apache-2.0
"""Messages of an MQTT broker, with user and TLS where it asks for them; a subscription is there again after the link broke."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Annotated, Any, NamedTuple, Self

from pydantic import Field, model_validator

from harness.errors import InstrumentError
from harness.kit.lines import Writer, line
from harness.kit.settings import Cure, FileName, In, InFile, Port, Secret, Settings, wrong
from harness.kit.streams import USUAL, Pace
from harness.model import Text
from harness.plugins import Sink
from harness.spec.written import Line

PORT, TLS_PORT = 1883, 8883
_CONNECT_S = 10.0
_KEEPALIVE_S = 30


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and how it lets us in; ``tls`` is a file with the certificates it is checked by.

    ``password`` is asked when a connection is made, never kept.
    """

    host: str
    port: int = PORT
    user: str = ""
    password: Callable[[], str] = str
    tls: Path | None = None

    def __str__(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


class BrokerSettings(Settings):
    """Where a broker is, how it lets us in, and for how long messages are kept."""

    host: Annotated[Line, Cure("write broker: 10.20.0.1.")] = Field(
        alias="broker", title="代理的主机名或地址。", description="host name or address of the broker."
    )
    port: Annotated[Port | None, Cure(f"write port: {PORT}.")] = Field(
        None,
        title=f"端口；{PORT}，写了 tls 时为 {TLS_PORT}。",
        description=f"its port; {PORT}, or {TLS_PORT} with tls.",
    )
    user: Line | None = Field(
        None, title="用户名（代理要求登录时）。", description="user name, where the broker asks for one."
    )
    password: Annotated[Secret | None, Cure("write password: env:NAME.")] = Field(
        None, title="口令所在：env:变量名。", description="where the password is: env:NAME."
    )
    tls: Annotated[FileName | None, InFile("put the broker's CA certificate beside the profile.")] = Field(
        None,
        title="用来核对代理的证书，PEM 文件。",
        description="certificates that the broker is checked by, a PEM file.",
    )
    duration_s: Annotated[Fraction, In("s", "1 ms"), Cure("write duration: 30 min.")] = Field(
        alias="duration", title="记录多久，如 30 min。", description="how long messages are kept, like 30 min."
    )

    @property
    def planned_duration_s(self) -> Fraction:
        """How long messages are kept."""
        return self.duration_s

    @model_validator(mode="after")
    def _with_password(self) -> Self:
        if self.user is not None and self.password is None:
            raise wrong("The user has no password.", "write password: env:NAME.", "password")
        return self

    def place(self, folder: Path) -> Broker:
        """The broker; ``tls`` is looked for in ``folder``."""
        tls = None if self.tls is None else folder / self.tls
        port = self.port or (PORT if tls is None else TLS_PORT)
        return Broker(self.host, port, self.user or "", self._secret, tls)

    def _secret(self) -> str:
        return "" if self.password is None else self.password.text("the broker's password")


class Message(NamedTuple):
    """One message: when this host got it (ns since 1970 UTC); ``retained``: the broker kept it from before."""

    time_ns: int
    topic: str
    payload: bytes
    retained: bool


class Subscription:
    """Topics of a broker; one that lost its broker comes back by itself and subscribes again."""

    def __init__(self, broker: Broker, topics: Sequence[str], qos: int = 0) -> None:
        """Connect and subscribe; InstrumentError with the cure when the broker is not there or refuses every topic."""
        self._broker, self._topics, self._qos = broker, sorted(set(topics)), qos
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._client = _client(broker)
        self._client.on_message = self._hear
        self._client.on_connect = self._greeted
        self._client.on_subscribe = lambda _client, _data, _mid, reasons, _more: self._answers.put(_refused(reasons))
        try:
            self._client.connect(broker.host, broker.port, keepalive=_KEEPALIVE_S)
            self._client.loop_start()
            refusal = self._answers.get(timeout=_CONNECT_S)
        except (OSError, Empty) as error:
            self.close()
            msg = f"No MQTT broker takes subscriptions at {broker}: {error or 'no answer'}."
            raise InstrumentError(
                msg, cure="check that it runs, the port, TLS, and that it lets this host in."
            ) from None
        if refusal:
            self.close()
            msg = f"The MQTT broker {broker} refuses {', '.join(self._topics)}: {refusal}."
            raise InstrumentError(msg, cure="check user, password and the access rules of the topics.")

    @property
    def connected(self) -> bool:
        """Whether the link to the broker stands now."""
        return bool(self._client.is_connected())

    def drain(self, wait_s: float) -> list[Message]:
        """Every message that is there, waiting up to ``wait_s`` for the first."""
        found = []
        try:
            found.append(self._messages.get(timeout=wait_s))
            while True:
                found.append(self._messages.get_nowait())
        except Empty:
            return found

    def close(self) -> None:
        """Take leave of the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _greeted(self, client: Any, _data: object, _flags: object, reason: Any, _more: object) -> None:
        if reason.is_failure:
            self._answers.put(str(reason))
        else:
            client.subscribe([(topic, self._qos) for topic in self._topics])

    def _hear(self, _client: Any, _data: object, got: Any) -> None:
        # not got.topic: one that is no UTF-8 would end the thread that listens, and the link would seem to stand in silence
        topic = bytes(got._topic).decode("utf-8", "backslashreplace")  # noqa: SLF001 - paho offers the bytes nowhere else
        self._messages.put(Message(time.time_ns(), topic, bytes(got.payload), bool(got.retain)))


class TopicPort:
    """The payloads of one topic as a stream, one after the other as they come; a :class:`harness.kit.streams.Port`."""

    remark: Text | None = None

    def __init__(self, broker: Broker, topic: str, inner: Callable[[bytes], bytes], pace: Pace = USUAL) -> None:
        """Subscribe; ``inner`` gives what of a payload belongs to the stream. InstrumentError as :class:`Subscription`."""
        self._subscription = Subscription(broker, [topic], qos=1)
        self._inner, self._pace = inner, pace

    def read(self) -> bytes:
        """Every payload that came; ConnectionError when the broker is gone. What it kept from before is not live."""
        found = self._subscription.drain(self._pace.poll_s)
        if not found and not self._subscription.connected:
            raise ConnectionResetError("the broker closed the connection")
        return b"".join(self._inner(each.payload) for each in found if not each.retained)

    def close(self) -> None:
        """Take leave of the broker."""
        self._subscription.close()


def kept(message: Message) -> Mapping[str, Any]:
    """A message as a row of a trace: ``t``, ``topic``, ``payload`` in base64, ``retain``."""
    payload = b64encode(message.payload).decode()
    return {"t": message.time_ns, "topic": message.topic, "payload": payload, "retain": message.retained}


class SubscriptionSource:
    """Keeps every message of its topics as lines (:mod:`harness.kit.lines`); a resumed run opens a new segment.

    With ``tick_s`` a row ``{"t": …}`` says now and then that the subscription stands, and ``{"t": …, "down": true}`` that
    the link to the broker broke.
    """

    appendable = False

    def __init__(
        self,
        settings: BrokerSettings,
        folder: Path,
        topics: Sequence[str],
        writer: Writer,
        *,
        tick_s: float = 0.0,
        after_s: float = 0.0,
        pace: Pace = USUAL,
    ) -> None:
        """Nothing is opened yet. ``tick_s`` 0: no ticks; ``after_s``: how long to go on after the planned end."""
        self._broker, self._topics, self._writer = settings.place(folder), topics, writer
        self._duration_s = float(settings.duration_s) + after_s
        self._tick_s, self._pace = tick_s, pace

    def preflight(self) -> None:
        """Connect and subscribe once; InstrumentError with the cure when the broker refuses."""
        Subscription(self._broker, self._topics).close()

    def record(self, sink: Sink) -> None:
        """Keep messages until the planned end."""
        sink.write(self._writer.header)
        start = time.monotonic() - float(sink.state.get("elapsed_s", 0.0))
        ticked, there = start - self._tick_s, True
        with closing(Subscription(self._broker, self._topics)) as subscription:
            while (elapsed := time.monotonic() - start) < self._duration_s and not sink.stopping:
                if found := subscription.drain(self._pace.poll_s):
                    sink.write(b"".join(line(kept(each)) for each in found))
                sink.progress(elapsed, self._duration_s, "MQTT")
                before, there = there, subscription.connected
                if not self._tick_s:
                    continue
                if before and not there:
                    sink.write(line({"t": time.time_ns(), "down": True}))
                if there and time.monotonic() - ticked >= self._tick_s:
                    ticked = time.monotonic()
                    sink.write(line({"t": time.time_ns()}))
                    sink.checkpoint({"elapsed_s": round(elapsed, 3)})


def _client(broker: Broker) -> Any:
    """A client that can be let in; UsageError when the password is not at its place, InstrumentError for the file."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2)
    if broker.user:
        client.username_pw_set(broker.user, broker.password())
    if broker.tls is not None:
        try:
            client.tls_set(ca_certs=str(broker.tls))
        except (OSError, ValueError) as error:
            msg = f"The certificates {broker.tls.name} cannot be used: {error}."
            raise InstrumentError(msg, cure="write tls: and a PEM file beside the profile.") from None
    return client


def _refused(reasons: Sequence[Any]) -> str:
    """Why the broker grants none of the topics; empty when it grants one."""
    return str(reasons[0]) if all(reason.is_failure for reason in reasons) else ""
