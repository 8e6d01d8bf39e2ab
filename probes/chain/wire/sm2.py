# SPDX-License-Identifier: Apache-2.0
"""SM2 signatures (GB/T 32918.2-2016) in batches: r|s of 64 bytes, keys of 64 bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from probes.chain.wire import signed
from probes.chain.wire.curves import SM2, Point
from probes.chain.wire.sm3 import sm3

IDENTITY = b"1234567812345678"
"""The signer's identity where nobody agreed on another (GM/T 0009-2012)."""


class Signed(NamedTuple):
    """What is said to be signed: the digest of SM3(Z | message), r and s, and the key (64 bytes)."""

    digest: bytes
    signature: bytes
    key: bytes


def point(key: bytes) -> Point | None:
    """The key as a point of the curve; 64 bytes, or 65 with the leading 04; None where it is none."""
    return SM2.point(_bare(key))


@lru_cache(1024)
def z_value(key: bytes, identity: bytes = IDENTITY) -> bytes:
    """ZA: SM3 over length of the identity in bits, identity, curve and key."""
    curve = (SM2.a % SM2.p, SM2.b, SM2.gx, SM2.gy)
    told = (8 * len(identity)).to_bytes(2, "big") + identity + b"".join(each.to_bytes(32, "big") for each in curve)
    return sm3(told + key[-64:])


def digest(message: bytes, key: bytes, identity: bytes | None = IDENTITY) -> bytes:
    """What is signed of a message: SM3(ZA | message); identity None: SM3(message), as signers without ZA do."""
    return sm3(message if identity is None else z_value(key[-64:], identity) + message)


def valid(rows: Sequence[Signed]) -> list[bool]:
    """Of each whether the signature is the key's."""
    return SM2.signed(signed.sm2, rows, [_bare(row.key) for row in rows])


def _bare(key: bytes) -> bytes:
    return key[1:] if len(key) == 65 and key[0] == 4 else key


def signatures(secret: int, rows: Sequence[tuple[bytes, int]]) -> list[bytes]:
    """r|s of each (digest, nonce) with one key; for simulators, whose keys protect nothing: not in constant time."""
    n, factor = SM2.n, pow(1 + secret, -1, SM2.n)
    made = []
    for (told, k), (x, _) in zip(rows, SM2.multiples([k for _, k in rows]), strict=True):
        r = (int.from_bytes(told, "big") + x) % n
        s = factor * (k - r * secret) % n
        made.append(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return made


def public(secret: int) -> bytes:
    """The 64 bytes of the key of a secret."""
    x, y = SM2.multiples([secret])[0]
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")
