# SPDX-License-Identifier: Apache-2.0
"""TLCP handshakes (GB/T 38636-2020): what a server answered in clear, and the hello that asks it for nothing else.

Record and hello of version 1.1 (0x0101) and a suite of SM2, SM4 and SM3 are TLCP; certificates come as [sign, encrypt, CA …]. A server
signs the client's random number with its own: only that shows that it has the key and that nobody plays an older answer again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import DecodeError
from probes.chain.formats.certificate import Certificate, parse, raw
from probes.chain.wire import sm2
from probes.chain.wire.packets import connections

VERSION = 0x0101
SUITES = {
    0xE011: "ECDHE_SM4_CBC_SM3",
    0xE013: "ECC_SM4_CBC_SM3",
    0xE051: "ECDHE_SM4_GCM_SM3",
    0xE053: "ECC_SM4_GCM_SM3",
}
"""Suites of SM2, SM3 and SM4; those of the standard with RSA or SHA-256 are not among them."""
_HANDSHAKE, _ALERT = 22, 21
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE, _EXCHANGE, _REQUEST, _DONE = 1, 2, 11, 12, 13, 14
_EPHEMERAL, _NAMED_CURVE = {0xE011, 0xE051}, 3
_LONGEST = 1 << 14


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a server said in clear. ``suite``: 0 where there was no ServerHello; ``done``: its flight is whole."""

    record_version: int
    version: int
    suite: int
    certificates: tuple[Certificate, ...]
    client_certificate_requested: bool
    alert: int | None
    done: bool
    broken: tuple[str, ...] = ()
    """Certificates that cannot be read, as sentences."""
    signed: bool | None = None
    """Whether the server signed this very handshake by SM2; None where the client's random number is not known."""

    @property
    def tlcp(self) -> bool:
        """TLCP was spoken and a suite of 国密 chosen."""
        return self.record_version == self.version == VERSION and self.suite in SUITES

    @property
    def suite_name(self) -> str:
        """As ``0xE013 ECC_SM4_CBC_SM3``."""
        return f"0x{self.suite:04X} {SUITES.get(self.suite, '')}".rstrip()


def captured(data: bytes) -> list[Handshake]:
    """Every TLS or TLCP handshake in a capture that its server answered."""
    return [found for each in connections(data) if (found := answered(each.answered, each.sent)) is not None]


def answered(stream: bytes, asked: bytes = b"") -> Handshake | None:
    """What a server's bytes say; None where they are no TLS or TLCP. ``asked``: the client's, which they answer."""
    record, messages, alert = 0, b"", None
    at = 0
    while at + 5 <= len(stream):
        kind, version = stream[at], int.from_bytes(stream[at + 1 : at + 3], "big")
        size = int.from_bytes(stream[at + 3 : at + 5], "big")
        if kind not in range(20, 25) or version >> 8 not in {1, 3} or size > _LONGEST + 2048:
            break
        if kind != _HANDSHAKE:
            alert = stream[at + 6] if kind == _ALERT and size == 2 and at + 7 <= len(stream) else alert
            record = record or (version if kind == _ALERT else 0)
            break  # what follows is under keys
        record = record or version
        messages += stream[at + 5 : at + 5 + size]
        at += 5 + size
    return _flight((record, alert), messages, _random(asked)) if record else None


def _random(asked: bytes) -> bytes:
    """The random number of a ClientHello; empty where there is none."""
    hello = asked[:1] == bytes([_HANDSHAKE]) and asked[5:6] == bytes([_CLIENT_HELLO]) and len(asked) >= 43
    return asked[11:43] if hello else b""


def _flight(told: tuple[int, int | None], messages: bytes, asked: bytes) -> Handshake:
    record, alert = told
    version = suite = at = 0
    certificates: list[Certificate] = []
    broken: list[str] = []
    random, exchange, whole = b"", b"", list[bytes]()
    requested = done = False
    while at + 4 <= len(messages) and not done:
        kind, size = messages[at], int.from_bytes(messages[at + 1 : at + 4], "big")
        body = messages[at + 4 : at + 4 + size]
        if len(body) < size:
            break
        if kind == _SERVER_HELLO and size >= 38:
            version, behind = int.from_bytes(body[:2], "big"), 35 + body[34]
            suite, random = int.from_bytes(body[behind : behind + 2], "big"), body[2:34]
        elif kind == _EXCHANGE:
            exchange = body
        elif kind == _CERTIFICATE:
            whole = [*_listed(body)]
            for each in whole:
                try:
                    certificates.append(parse(each))
                except DecodeError as error:
                    broken.append(error.problem)
        requested |= kind == _REQUEST
        done = kind == _DONE
        at += 4 + size
    signed = _signed(suite, exchange, asked + random, whole) if asked else None
    return Handshake(record, version, suite, tuple(certificates), requested, alert, done, tuple(broken), signed)


def _signed(suite: int, exchange: bytes, randoms: bytes, certificates: Sequence[bytes]) -> bool:
    """Whether the key of the first certificate signed both random numbers and what the suite has behind them (6.4.5.4).

    That is the encryption certificate, or the server's ephemeral key.
    """
    if len(certificates) < 2 or len(exchange) < 8:
        return False
    told = len(certificates[1]).to_bytes(3, "big") + certificates[1]
    if suite in _EPHEMERAL:
        told = exchange[: 4 + exchange[3]] if exchange[0] == _NAMED_CURVE else b""
        exchange = exchange[len(told) :]
    try:
        key = parse(certificates[0]).key
    except DecodeError:
        return False
    size = int.from_bytes(exchange[:2], "big")
    signature = raw(exchange[2:]) if told and size == len(exchange) - 2 else b""
    return bool(key and signature) and sm2.valid([sm2.Signed(sm2.digest(randoms + told, key), signature, key)])[0]


def _listed(body: bytes) -> Sequence[bytes]:
    found, at = [], 3
    while at + 3 <= len(body):
        size = int.from_bytes(body[at : at + 3], "big")
        found.append(body[at + 3 : at + 3 + size])
        at += 3 + size
    return found


def hello(random: bytes) -> bytes:
    """A ClientHello that offers TLCP and its suites of 国密 only; ``random``: 32 bytes."""
    suites = b"".join(each.to_bytes(2, "big") for each in SUITES)
    body = VERSION.to_bytes(2, "big") + random + b"\0" + len(suites).to_bytes(2, "big") + suites + b"\x01\x00"
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return bytes([_HANDSHAKE]) + VERSION.to_bytes(2, "big") + len(message).to_bytes(2, "big") + message
