# SPDX-License-Identifier: Apache-2.0
"""ECDSA over secp256k1 as chains use it (SEC 1): the signer is recovered from r|s|v, further signatures of one signer in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from probes.chain.wire import signed
from probes.chain.wire.curves import SECP256K1, Claimed, Point
from probes.chain.wire.keccak import keccak256

_MOST = 4096
_KEYS: dict[bytes, bytes] = {}
"""Keys of addresses that signed before: which key an address is of never changes. At most so many are kept."""


class Seal(NamedTuple):
    """What is said to be signed: a digest, r|s (64 bytes), and which of the four keys that fit is meant (v, 0 to 3)."""

    digest: bytes
    signature: bytes
    recovery: int


class Named(Claimed, Protocol):
    """A claim that says which of the four keys that fit is meant."""

    @property
    def recovery(self) -> int:
        """Its v, 0 to 3."""


def recover(seal: Named) -> bytes | None:
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


def valid(claims: Sequence[Claimed], keys: Sequence[bytes]) -> list[bool]:
    """Of each claim whether its key of 64 bytes signed, whichever v it says."""
    return SECP256K1.signed(signed.ecdsa, claims, keys)


def signers(seals: Sequence[Named], claimed: Sequence[bytes]) -> list[bytes | None]:
    """The address that signed each; the key of a signer who is ``claimed`` again is recovered once and then only checked.

    ``claimed``: the address each is said to come from, empty where nobody says. None where nobody can have signed.
    """
    keys = {said: key for said in set(claimed) if (key := _KEYS.get(said)) is not None}
    found: list[bytes | None] = [None] * len(seals)
    later = []
    for at, said in enumerate(claimed):
        if said in keys:
            later.append(at)
        elif (key := recover(seals[at])) is not None:
            found[at] = owner = address(key)
            keys.setdefault(owner, key)
    _remember(keys)
    known = [seals[at] for at in later]
    good = SECP256K1.signed(signed.ecdsa, known, [keys[claimed[at]] for at in later], [each.recovery for each in known])
    for at, fits in zip(later, good, strict=True):
        other = None if fits else recover(seals[at])
        found[at] = claimed[at] if fits else None if other is None else address(other)
    return found


def _remember(keys: Mapping[bytes, bytes]) -> None:
    _KEYS.update(keys)
    for oldest in [*_KEYS][: max(0, len(_KEYS) - _MOST)]:
        _KEYS.pop(oldest, None)


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
