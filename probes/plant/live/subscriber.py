# SPDX-License-Identifier: Apache-2.0
"""A subscriber of its own to an MQTT broker, for plants that say more a second than a general client can take down.

Sessions are kept by the broker (clean session off), subscriptions are at QoS 1 and each message is acknowledged after it was
handed on, so that none is lost while the link is broken. MQTT 3.1.1 and 5.0.
"""

from __future__ import annotations

import secrets
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence

from harness.errors import InstrumentError
from harness.kit.broker import Broker, Message
from probes.plant.wire import mqtt

_CONNECT_S = 10.0
_KEEPALIVE_S = 30
_SESSION_S = 3600
_READ = 1 << 18
_AGAIN_S = 1.0
_REFUSALS = {
    1: "another version of MQTT",
    2: "this client's name",
    3: "connections now",
    4: "user or password",
    5: "this host or user",
}


class Subscriber:
    """A link to a broker that comes back by itself."""

    def __init__(self, broker: Broker, topics: Sequence[str], version: int = 4) -> None:
        """Connect and subscribe; InstrumentError with the cure when the broker is not there or refuses."""
        self._broker, self._topics, self._version = broker, sorted(set(topics)), version
        self._name = f"yanshou-{secrets.token_hex(6)}"
        self._socket: socket.socket | None = None
        self._decoder = mqtt.Decoder(synchronised=True)
        self._aliases: dict[int, str] = {}
        self._again = self._spoken = self._heard = 0.0
        self._last: dict[int, tuple[str, bytes]] = {}
        self._early: list[mqtt.Packet] = []
        self._answer = b""
        self._open()

    @property
    def connected(self) -> bool:
        """Whether the link stands now."""
        return self._socket is not None

    def drain(self, wait_s: float, take: Callable[[Sequence[Message]], None]) -> None:
        """Hand on what comes within ``wait_s`` and acknowledge it; a broken link is opened again when its time comes."""
        if self._socket is None:
            self._reopen(wait_s)
            return
        try:
            if self._early:
                self._handle(b"", take)
            ready, _, _ = select.select([self._socket], [], [], 0 if self._pending() else wait_s)
            if ready or self._pending():
                data = self._socket.recv(_READ)
                if not data:
                    self._break()
                    return
                self._heard = time.monotonic()
                self._handle(data, take)
            if time.monotonic() - self._heard > 1.5 * _KEEPALIVE_S:
                self._break()  # our pings are not answered: who vanished without a word is noticed by the kernel much later
                return
            if time.monotonic() - self._spoken > _KEEPALIVE_S / 2:
                self._send(b"\xc0\x00")
        except OSError:
            self._break()

    def close(self) -> None:
        """Take leave, and let the broker forget the session."""
        if self._socket is None:
            return
        try:
            self._send(b"\xe0\x00" if self._version == 4 else b"\xe0\x07\x00\x05\x11" + struct.pack(">I", 0))
            if self._version == 4:
                self._socket.close()
                self._connect(clean=True)
                self._send(b"\xe0\x00")
        except (OSError, InstrumentError):
            pass
        self._break()

    def _pending(self) -> int:
        return self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0

    def _break(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._again = None, time.monotonic() + _AGAIN_S
        self._decoder, self._aliases = mqtt.Decoder(synchronised=True), {}

    def _reopen(self, wait_s: float) -> None:
        wait = self._again - time.monotonic()
        if wait > 0:
            time.sleep(min(wait_s, wait))
            return
        try:
            self._open()
        except InstrumentError:
            self._break()

    def _open(self) -> None:
        early = self._connect(clean=False)
        filters = b"".join(_text(each) + b"\x01" for each in self._topics)
        self._send(_packet(0x82, b"\x00\x01" + (b"\x00" if self._version == 5 else b"") + filters))
        self._early = early + self._until(9)
        codes = self._answer[3 if self._version == 5 else 2 :]
        if codes and all(each >= 0x80 for each in codes):
            self._break()
            msg = f"The MQTT broker {self._broker} refuses {', '.join(self._topics)}."
            raise InstrumentError(msg, cure="check user, password and the access rules of the topics.")

    def _connect(self, *, clean: bool) -> list[mqtt.Packet]:
        broker = self._broker
        password = broker.password() if broker.user else ""
        try:
            raw = socket.create_connection((broker.host, broker.port), timeout=_CONNECT_S)
            self._socket = raw
            if broker.tls is not None:
                self._socket = ssl.create_default_context(cafile=str(broker.tls)).wrap_socket(
                    raw, server_hostname=broker.host
                )
            flags = 2 * clean | (0xC0 if broker.user else 0)
            body = _text("MQTT") + bytes([self._version, flags]) + struct.pack(">H", _KEEPALIVE_S)
            if self._version == 5:
                body += b"\x05\x11" + struct.pack(">I", 0 if clean else _SESSION_S)
            body += _text(self._name)
            if broker.user:
                body += _text(broker.user) + _text(password)
            self._send(_packet(0x10, body))
            early = self._until(2)
        except OSError as error:
            self._break()
            msg = f"No MQTT broker takes subscriptions at {broker}: {error or 'no answer'}."
            raise InstrumentError(
                msg, cure="check that it runs, the port, TLS, and that it lets this host in."
            ) from None
        code = self._answer[1] if len(self._answer) > 1 else 255
        if code:
            self._break()
            msg = f"The MQTT broker {broker} refuses {_REFUSALS.get(code, f'the connection (code {code})')}."
            raise InstrumentError(msg, cure="check user, password, version and the access rules.")
        return early

    def _until(self, kind: int) -> list[mqtt.Packet]:
        """Packets before the one of a kind, which is kept as ``_answer``; OSError when none comes in time."""
        assert self._socket is not None  # noqa: S101 - connected by the caller
        found: list[mqtt.Packet] = []
        self._answer = b""
        end = time.monotonic() + _CONNECT_S
        while time.monotonic() < end:
            data = self._socket.recv(_READ)
            if not data:
                msg = "the broker closed the connection"
                raise ConnectionResetError(msg)
            self._heard = time.monotonic()
            packets = list(self._decoder.take(data))
            for at, packet in enumerate(packets):
                if packet.kind == kind:
                    self._answer = packet.body
                    return found + packets[at + 1 :]
                found.append(packet)
        raise TimeoutError("no answer")

    def _handle(self, data: bytes, take: Callable[[Sequence[Message]], None]) -> None:
        packets = [*self._early, *self._decoder.take(data)]
        self._early = []
        now, found, acknowledged = time.time_ns(), [], []
        for packet in packets:
            if packet.kind != mqtt.PUBLISH:
                continue
            said = mqtt.publication(packet, self._version)
            if said is None:
                continue
            topic = said.topic or self._aliases.get(said.alias, "")
            if said.alias:
                self._aliases[said.alias] = topic
            if said.identifier:
                acknowledged.append(b"\x40\x02" + said.identifier.to_bytes(2, "big"))
                known = self._last.get(said.identifier)
                self._last[said.identifier] = (topic, said.payload)
                if said.again and known == (topic, said.payload):
                    continue
            found.append(Message(now, topic, said.payload, said.retained))
        if found:
            take(found)
        if acknowledged:
            self._send(b"".join(acknowledged))

    def _send(self, data: bytes) -> None:
        assert self._socket is not None  # noqa: S101 - connected by the caller
        self._socket.settimeout(_CONNECT_S)
        self._socket.sendall(data)
        self._spoken = time.monotonic()


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _packet(head: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while True:
        size, low = divmod(size, 128)
        length += bytes([low | (128 if size else 0)])
        if not size:
            return bytes([head]) + length + body
