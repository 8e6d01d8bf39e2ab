# SPDX-License-Identifier: Apache-2.0
"""The two curves of chains: SM2 (GB/T 32918.5-2017) and secp256k1 (SEC 2), with tables of multiples kept per key.

Verification runs in batches: tens of thousands of signatures a second and core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from probes.chain.wire import points
from probes.chain.wire.limbs import Limbs, Number, form, from_bytes, limbs, number, unit, words

Point = tuple[int, int]
_KEYS = 64
"""Tables of keys that are kept, 60 or 520 kB each."""
_MANY = 250
"""Signatures of one key from which the larger table pays."""
_TOGETHER = 32
"""Keys whose signatures are verified together."""


class Claimed(Protocol):
    """A digest of 32 bytes and the signature of it, r|s."""

    @property
    def digest(self) -> bytes:
        """What is signed."""

    @property
    def signature(self) -> bytes:
        """The two numbers, 32 bytes each."""


@dataclass(frozen=True)
class Curve:
    """y² = x³ + a·x + b over p, base point (gx, gy) of prime order n, cofactor one; a is -3 or 0."""

    p: int
    a: int
    b: int
    n: int
    gx: int
    gy: int

    @cached_property
    def _form(self) -> tuple[Number, Number, bool]:
        """What the compiled code takes: one in the form of p, that form, whether a is -3."""
        return words(unit(self.p)), form(self.p), self.a != 0

    @cached_property
    def _square(self) -> Number:
        return words(unit(self.p) ** 2 % self.p)

    @cached_property
    def order(self) -> tuple[Number, Number, Number]:
        """What the compiled code takes to count modulo n: 2^512 and 2^256 mod n, the form of n."""
        return words((1 << 512) % self.n), words((1 << 256) % self.n), form(self.n)

    @cached_property
    def _base(self) -> Limbs:
        return self.comb((self.gx, self.gy), points.BASE_BITS)[np.newaxis]

    def comb(self, point: Point, bits: int) -> Limbs:
        """The table of a point's multiples."""
        x, y = (words(each * unit(self.p) % self.p) for each in point)
        table: Limbs = points.comb(x, y, bits, *self._form)
        return table

    def holds(self, point: Point) -> bool:
        """Whether a point lies on the curve; infinity has no coordinates and never does."""
        x, y = point
        return x < self.p and y < self.p and (y * y - (x * x * x + self.a * x + self.b)) % self.p == 0

    def signed(
        self, meant: Callable[..., Any], claims: Sequence[Claimed], keys: Sequence[bytes], ways: Sequence[int] = ()
    ) -> list[bool]:
        """Of each claim whether its key of 64 bytes signed; a key off the curve, or a signature of another length, never.

        ``meant``: u, v and x of a claim (:mod:`probes.chain.wire.signed`). ``ways``: where given, which of the points that fit
        a signature is meant of each (v, 0 to 3).
        """
        known = {key: point for key in dict.fromkeys(keys) if (point := self.point(key)) is not None}
        usable = [
            at
            for at, (one, key) in enumerate(zip(claims, keys, strict=True))
            if len(one.signature) == 64 and key in known
        ]
        found = np.zeros(len(claims), np.bool_)
        if usable:
            told = from_bytes(b"".join([claims[at].digest for at in usable]))
            u, v, x, fit = meant(told, from_bytes(b"".join([claims[at].signature for at in usable])), *self.order)
            place = {key: at for at, key in enumerate(known)}
            whose = np.array([place[keys[at]] for at in usable])
            way = np.array([ways[at] for at in usable] if ways else [-1] * len(usable))
            found[np.array(usable)[fit]] = self.agree((u[fit], v[fit], x[fit]), way[fit], [*known.values()], whose[fit])
        return cast("list[bool]", found.tolist())

    def point(self, key: bytes) -> Point | None:
        """The key of 64 bytes as a point of the curve; None where it is none."""
        found = (int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big"))
        return found if len(key) == 64 and self.holds(found) else None

    def agree(
        self,
        rows: tuple[Limbs, Limbs, Limbs],
        ways: NDArray[np.int64],
        keys: Sequence[Point],
        whose: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Of each row (u, v, x) whether the x of u·G + v·key is x modulo n; ``whose``: the key that each row is about.

        ``ways``: -1, or which of the points with such an x it is (v, 0 to 3).
        """
        order = np.argsort(whose, kind="stable")  # rows of one key together find its table in the cache
        u, v, x = (each[order] for each in rows)
        ways, whose = ways[order], whose[order]
        lifted = points.to_form(x, self._square, self._form[1])
        also = points.raised(x, words(self.n), words(self.p - self.n), self._square, self._form[1])
        found = np.zeros(len(whose), np.bool_)
        for bits, chosen, tables in _tables(self, keys, np.bincount(whose, minlength=len(keys))):
            place = np.full(len(keys), -1)
            place[chosen] = np.arange(len(chosen))
            at = np.flatnonzero(place[whose] >= 0)
            found[order[at]] = points.agree(
                u[at], v[at], lifted[at], also[at], ways[at], place[whose[at]], self._base, tables, bits, *self._form
            )
        return found

    def multiples(self, us: Sequence[int]) -> list[Point]:
        """u·G of each row; each u from 1 to n - 1."""
        rows = points.multiples(limbs(us), self._base, *self._form)
        values = [number(each) for each in points.to_form(rows, words(1), self._form[1])]
        return list(zip(values[::2], values[1::2], strict=True))

    def combination(self, u: int, v: int, point: Point) -> Point | None:
        """u·G + v·point, thousands a second; None is infinity."""
        at = [words(each * unit(self.p) % self.p) for each in point]
        scalars = limbs([u % self.n]), limbs([v % self.n])
        found = points.combination(*scalars, at[0], at[1], self._base, *self._form)
        x, y, z = (number(each) * pow(unit(self.p), -1, self.p) % self.p for each in found)
        if not z:
            return None
        inverse = pow(z, -1, self.p)
        return x * inverse * inverse % self.p, y * pow(inverse, 3, self.p) % self.p

    def lift(self, x: int, *, odd: bool) -> Point | None:
        """The point with this x and this parity of y; None where there is none."""
        square = (x * x * x + self.a * x + self.b) % self.p
        y = pow(square, (self.p + 1) // 4, self.p)  # both primes are 3 mod 4
        if x >= self.p or y * y % self.p != square:
            return None
        return x, y if y & 1 == odd else self.p - y


@lru_cache(_KEYS)
def _used(curve: Curve, key: Point) -> list[int]:  # noqa: ARG001 - what it is remembered by
    """How many signatures of a key there were so far, in a list of one."""
    return [0]


@lru_cache(_KEYS)
def _table(curve: Curve, key: Point, bits: int) -> Limbs:
    return curve.comb(key, bits)


def _tables(
    curve: Curve, keys: Sequence[Point], counts: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.int64], Limbs]]:
    """The tables of all keys, some together: (bits of a window, their keys, tables); a key that is met often has the larger one."""
    by_bits: dict[int, list[int]] = {4: [], 8: []}
    for at, (key, count) in enumerate(zip(keys, counts, strict=True)):
        used = _used(curve, key)
        used[0] += int(count)
        by_bits[8 if used[0] >= _MANY else 4].append(at)
    for bits, found in by_bits.items():
        found.sort(key=keys.__getitem__)
        for begin in range(0, len(found), _TOGETHER):
            part = found[begin : begin + _TOGETHER]
            yield bits, np.array(part, np.int64), _beside(curve, tuple(keys[at] for at in part), bits)


@lru_cache(4)
def _beside(curve: Curve, keys: tuple[Point, ...], bits: int) -> Limbs:
    """The tables of keys that sign together again and again."""
    return np.stack([_table(curve, key, bits) for key in keys])


SM2 = Curve(
    p=0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF,
    a=-3,
    b=0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93,
    n=0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
    gx=0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    gy=0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SECP256K1 = Curve(
    p=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F,
    a=0,
    b=7,
    n=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    gx=0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    gy=0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
