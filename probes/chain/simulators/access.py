# SPDX-License-Identifier: Apache-2.0
"""What an access point answers that speaks TLCP: SM2 certificates, and a signature over the client's random number and its own."""

from __future__ import annotations

import random

from probes.chain.formats.tlcp import VERSION
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
