# SPDX-License-Identifier: Apache-2.0
"""The two curves of chains: SM2 (GB/T 32918.5-2017) and secp256k1 (SEC 2), with tables of multiples kept per key.

Verification runs in batches: tens of thousands of signatures a second and core.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from probes.chain.wire import points
from probes.chain.wire.limbs import WORD, Limbs, limbs, number

Point = tuple[int, int]
_KEYS = 64
"""Tables of keys that are kept, 60 or 520 kB each."""
_MANY = 250
"""Signatures of one key from which the larger table pays."""
_TOGETHER = 32
"""Keys whose signatures are verified together."""


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
    def _form(self) -> tuple[Limbs, np.uint64, Limbs, bool]:
        """What the compiled code takes: modulus, -1/p mod 2^64, 2^256 mod p, whether a is -3."""
        modulus, unit = limbs([self.p, (1 << 256) % self.p])
        return modulus, np.uint64(-pow(self.p, -1, WORD) % WORD), unit, self.a != 0

    @cached_property
    def _square(self) -> Limbs:
        square: Limbs = limbs([(1 << 512) % self.p])[0]
        return square

    @cached_property
    def _base(self) -> Limbs:
        return self.comb((self.gx, self.gy), 8)

    def comb(self, point: Point, bits: int) -> Limbs:
        """The table of a point's multiples."""
        modulus, k, unit, minus_three = self._form
        x, y = self._lifted(point)
        table: Limbs = points.comb(x, y, bits, modulus, k, unit, minus_three)
        return table

    def _lifted(self, values: Sequence[int]) -> Limbs:
        modulus, k, _, _ = self._form
        lifted: Limbs = points.to_form(limbs(values), self._square, modulus, k)
        return lifted

    def holds(self, point: Point) -> bool:
        """Whether a point lies on the curve; infinity has no coordinates and never does."""
        x, y = point
        return x < self.p and y < self.p and (y * y - (x * x * x + self.a * x + self.b)) % self.p == 0

    def agree(self, us: Sequence[int], vs: Sequence[int], xs: Sequence[int], keys: Sequence[Point]) -> list[bool]:
        """Of each row whether the x of u·G + v·key is ``xs`` modulo n; the keys lie on the curve."""
        modulus, k, unit, minus_three = self._form
        first = [x % self.n for x in xs]
        lifted, also = self._lifted(first), self._lifted([x + self.n if x + self.n < self.p else 0 for x in first])
        scalars, found = (limbs(us), limbs(vs)), np.zeros(len(us), np.bool_)
        for bits, chosen, tables in _tables(self, keys):
            whose = np.array([chosen.get(each, -1) for each in keys], np.int64)
            at = np.flatnonzero(whose >= 0)
            found[at] = points.agree(
                scalars[0][at], scalars[1][at], lifted[at], also[at], whose[at],
                self._base, tables, bits, modulus, k, unit, minus_three,
            )  # fmt: skip
        return [bool(each) for each in found]

    def multiples(self, us: Sequence[int]) -> list[Point]:
        """u·G of each row; each u from 1 to n - 1."""
        modulus, k, unit, minus_three = self._form
        rows = points.multiples(limbs(us), self._base, modulus, k, unit, minus_three).reshape(-1, 4)
        plain = points.to_form(rows, limbs([1])[0], modulus, k)
        values = [number(each) for each in plain]
        return list(zip(values[::2], values[1::2], strict=True))

    def combination(self, u: int, v: int, point: Point) -> Point | None:
        """u·G + v·point, thousands a second; None is infinity."""
        modulus, k, unit, minus_three = self._form
        x, y = self._lifted(point)
        scalars = limbs([u % self.n, v % self.n])
        found = points.combination(scalars[0], scalars[1], x, y, self._base, modulus, k, unit, minus_three)
        x, y, z = (number(each) for each in points.to_form(found, limbs([1])[0], modulus, k))
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


def _tables(curve: Curve, keys: Sequence[Point]) -> Iterator[tuple[int, dict[Point, int], Limbs]]:
    """The tables of all keys, some together: (bits of a window, key → place, tables); a key that is met often has the larger one."""
    by_bits: dict[int, list[Point]] = {4: [], 8: []}
    for key, count in Counter(keys).items():
        used = _used(curve, key)
        used[0] += count
        by_bits[8 if used[0] >= _MANY else 4].append(key)
    for bits, found in by_bits.items():
        for begin in range(0, len(found), _TOGETHER):
            part = found[begin : begin + _TOGETHER]
            yield bits, {key: at for at, key in enumerate(part)}, np.stack([_table(curve, key, bits) for key in part])


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
