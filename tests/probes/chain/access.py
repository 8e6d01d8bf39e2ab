# SPDX-License-Identifier: Apache-2.0
"""Access points that speak TLCP as a server does: SM2 certificates, and a signature over the client's random number and its own."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from probes.chain.formats.tlcp import SUITES, VERSION
from probes.chain.simulators.forge import Key, Style
from probes.chain.simulators.papers import certificate
from probes.chain.wire import der, sm2

STYLE = Style("fisco3", "sm3")
AUTHORITY, SIGNING, SEALING = (STYLE.key(each) for each in ("tlcp ca", "tlcp sign", "tlcp encrypt"))
_RNG = random.Random(5)
ROOT = certificate(("C", "CN"), ("CN", "TLCP CA"), key=AUTHORITY, rng=_RNG)
OWN = [
    certificate(("C", "CN"), ("CN", "access point"), key=key, issuer=(ROOT, AUTHORITY), rng=_RNG)
    for key in (SIGNING, SEALING)
]
RANDOM = _RNG.randbytes(32)


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _sized(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def flight(hello: bytes, *, suite: int = 0xE013, by: Key = SIGNING, spoil: int = 0) -> bytes:
    """What a server answers to a hello; ``by``: whose key signs, ``spoil``: a bit of the signature that is turned."""
    ephemeral = b"\x03\x00\x29" + _sized(b"\x04" + SEALING.public, 1) if suite in {0xE011, 0xE051} else b""
    told = hello[11:43] + RANDOM + (ephemeral or _sized(OWN[1], 3))
    signature = bytearray(sm2.signatures(by.secret, [(sm2.digest(told, by.public), 1 << 200)])[0])
    signature[-1] ^= spoil
    parts = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    exchange = ephemeral + _sized(der.sequence(*map(der.integer, parts)), 2)
    certificates = b"".join(_sized(each, 3) for each in (*OWN, ROOT))
    said = VERSION.to_bytes(2, "big") + RANDOM + b"\0" + suite.to_bytes(2, "big") + b"\0"
    messages = _message(2, said) + _message(11, _sized(certificates, 3)) + _message(12, exchange) + _message(14, b"")
    return b"\x16" + VERSION.to_bytes(2, "big") + _sized(messages, 2)


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """An access point on loopback that answers one hello."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[bytes] = []

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.recv(4096))
                connection.sendall(answer(heard[0]))
                connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)
        assert heard[0][:3] == bytes([22, 1, 1])
        assert all(each.to_bytes(2, "big") in heard[0] for each in SUITES)
