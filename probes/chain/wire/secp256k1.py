# SPDX-License-Identifier: Apache-2.0
"""ECDSA over secp256k1 as chains use it (SEC 1): the signer is recovered from r|s|v, further signatures of one signer in batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from probes.chain.wire.curves import SECP256K1, Point
from probes.chain.wire.keccak import keccak256

_LOW = (1 << 256) - 1


class Seal(NamedTuple):
    """What is said to be signed: a digest, r|s (64 bytes), and which of the four keys that fit is meant (v, 0 to 3)."""

    digest: bytes
    signature: bytes
    recovery: int


def recover(seal: Seal) -> bytes | None:
    """The 64 bytes of the key that signed; None where no key could have."""
    curve = SECP256K1
    r, s = int.from_bytes(seal.signature[:32], "big"), int.from_bytes(seal.signature[32:64], "big")
    if len(seal.signature) != 64 or not (0 < r < curve.n and 0 < s < curve.n and 0 <= seal.recovery < 4):
        return None
    point = curve.lift(r + (curve.n if seal.recovery & 2 else 0), odd=bool(seal.recovery & 1))
    if point is None:
        return None
    inverse, e = pow(r, -1, curve.n), int.from_bytes(seal.digest, "big")
    key = curve.combination(-e * inverse, s * inverse, point)
    return None if key is None else encoded(key)


def encoded(key: Point) -> bytes:
    """A key as 64 bytes."""
    return key[0].to_bytes(32, "big") + key[1].to_bytes(32, "big")


def address(key: bytes) -> bytes:
    """The last 20 bytes of the key's Keccak-256."""
    return keccak256(key)[-20:]


def valid(rows: Sequence[tuple[Seal, bytes]]) -> list[bool]:
    """Of each (seal, key of 64 bytes) whether the key signed."""
    n, found = SECP256K1.n, [False] * len(rows)
    points = {key: _point(key) for key in {key for _, key in rows}}
    told = [(at, points[key], *_scalars(seal)) for at, (seal, key) in enumerate(rows)]
    fit = [(at, key, r, s, e) for at, key, r, s, e in told if key is not None and 0 < r < n and 0 < s < n]
    inverse = _inverses([s for _, _, _, s, _ in fit])
    us = [e * each % n for each, (*_, e) in zip(inverse, fit, strict=True)]
    vs = [r * each % n for each, (_, _, r, _, _) in zip(inverse, fit, strict=True)]
    good = SECP256K1.agree(us, vs, [r for _, _, r, _, _ in fit], [key for _, key, *_ in fit])
    for (at, *_), same in zip(fit, good, strict=True):
        found[at] = same
    return found


def _point(key: bytes) -> Point | None:
    """The key as a point of the curve; None where it is none."""
    found = (int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big"))
    return found if len(key) == 64 and SECP256K1.holds(found) else None


def _scalars(seal: Seal) -> tuple[int, int, int]:
    """(r, s, digest) as numbers; zeros where the signature has another length."""
    if len(seal.signature) != 64:
        return 0, 0, 0
    whole = int.from_bytes(seal.signature, "big")
    return whole >> 256, whole & _LOW, int.from_bytes(seal.digest, "big")


def _inverses(values: Sequence[int]) -> list[int]:
    """1/value modulo n of each, none of them zero, at the price of one inversion."""
    n, run, before = SECP256K1.n, 1, list[int]()
    for each in values:
        before.append(run)
        run = run * each % n
    run, found = pow(run, -1, n), list[int]()
    for each, product in zip(reversed(values), reversed(before), strict=True):
        found.append(run * product % n)
        run = run * each % n
    return found[::-1]


def signers(seals: Sequence[Seal], claimed: Sequence[bytes]) -> list[bytes | None]:
    """The address that signed each; a signer who is ``claimed`` again is recovered once and then only checked.

    ``claimed``: the address each is said to come from, empty where nobody says. None where nobody can have signed.
    """
    keys: dict[bytes, bytes] = {}
    found: list[bytes | None] = [None] * len(seals)
    later = []
    for at, (seal, said) in enumerate(zip(seals, claimed, strict=True)):
        if said and said in keys:
            later.append(at)
            continue
        key = recover(seal)
        if key is not None:
            found[at] = address(key)
            keys.setdefault(address(key), key)
    good = valid([(seals[at], keys[claimed[at]]) for at in later])
    for at, fits in zip(later, good, strict=True):
        key = None if fits else recover(seals[at])
        found[at] = claimed[at] if fits else None if key is None else address(key)
    return found


def sealed(secret: int, rows: Sequence[tuple[bytes, int]]) -> list[Seal]:
    """The seal of each (digest, nonce) with one key; for simulators: not in constant time."""
    n, made = SECP256K1.n, []
    for (told, k), (x, y) in zip(rows, SECP256K1.multiples([k for _, k in rows]), strict=True):
        r, v = x % n, (y & 1) | (2 if x >= n else 0)
        s = pow(k, -1, n) * (int.from_bytes(told, "big") + r * secret) % n
        if 2 * s > n:
            s, v = n - s, v ^ 1
        made.append(Seal(told, r.to_bytes(32, "big") + s.to_bytes(32, "big"), v))
    return made


def public(secret: int) -> bytes:
    """The 64 bytes of the key of a secret."""
    return encoded(SECP256K1.multiples([secret])[0])
