# SPDX-License-Identifier: Apache-2.0
"""Arithmetic modulo a 256-bit prime, compiled: four limbs of 64 bits, Montgomery form (P. L. Montgomery, Math. Comp. 44, 1985).

A number is an array of four uint64, the least first. ``m`` is the modulus, ``k`` is -1/m mod 2^64.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Limbs = NDArray[np.uint64]
WORD = 1 << 64


def limbs(numbers: Iterable[int]) -> Limbs:
    """Numbers below 2^256 as rows of four limbs."""
    joined = b"".join(each.to_bytes(32, "little") for each in numbers)
    return np.frombuffer(joined, "<u8").reshape(-1, 4).astype(np.uint64)


def number(row: Limbs) -> int:
    """The number of four limbs."""
    return int.from_bytes(row.astype("<u8").tobytes(), "little")


@intrinsic
def _mac(typing: Any, a: Any, b: Any, c: Any, d: Any) -> Any:  # noqa: ARG001 - numba's signature of an intrinsic
    """(low, high) of a·b + c + d, which 128 bits always hold."""
    signature = types.UniTuple(types.uint64, 2)(types.uint64, types.uint64, types.uint64, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        a, b, c, d = (builder.zext(each, wide) for each in args)
        total = builder.add(builder.add(builder.mul(a, b), c), d)
        high = builder.trunc(builder.lshr(total, ir.Constant(wide, 64)), narrow)
        return context.make_tuple(builder, signature.return_type, (builder.trunc(total, narrow), high))

    return signature, generate


@njit(cache=True, nogil=True, inline="always")
def _reduce(t0, t1, t2, t3, top, m, out):  # noqa: ANN001, ANN202 - compiled
    """``out`` = t - m where t >= m, else t."""
    one, none = np.uint64(1), np.uint64(0)
    borrow = none
    s0 = t0 - m[0]
    borrow = one if t0 < m[0] else none
    s1 = t1 - m[1] - borrow
    borrow = one if (t1 < m[1] or (t1 == m[1] and borrow)) else none
    s2 = t2 - m[2] - borrow
    borrow = one if (t2 < m[2] or (t2 == m[2] and borrow)) else none
    s3 = t3 - m[3] - borrow
    borrow = one if (t3 < m[3] or (t3 == m[3] and borrow)) else none
    if top or not borrow:
        out[0], out[1], out[2], out[3] = s0, s1, s2, s3
    else:
        out[0], out[1], out[2], out[3] = t0, t1, t2, t3


@njit(cache=True, nogil=True)
def mul(a, b, m, k, out):  # noqa: ANN001, ANN201 - compiled
    """``out`` = a·b/2^256 mod m."""
    none = np.uint64(0)
    t0 = t1 = t2 = t3 = t4 = none
    for i in range(4):
        each = b[i]
        t0, c = _mac(a[0], each, t0, none)
        t1, c = _mac(a[1], each, t1, c)
        t2, c = _mac(a[2], each, t2, c)
        t3, c = _mac(a[3], each, t3, c)
        t4, t5 = _mac(np.uint64(1), t4, c, none)
        q = t0 * k
        _, c = _mac(q, m[0], t0, none)
        t0, c = _mac(q, m[1], t1, c)
        t1, c = _mac(q, m[2], t2, c)
        t2, c = _mac(q, m[3], t3, c)
        t3, c = _mac(np.uint64(1), t4, c, none)
        t4 = t5 + c
    _reduce(t0, t1, t2, t3, t4 != none, m, out)


@njit(cache=True, nogil=True)
def add(a, b, m, out):  # noqa: ANN001, ANN201 - compiled
    """``out`` = a + b mod m."""
    none, one = np.uint64(0), np.uint64(1)
    t0, c = _mac(one, a[0], b[0], none)
    t1, c = _mac(one, a[1], b[1], c)
    t2, c = _mac(one, a[2], b[2], c)
    t3, c = _mac(one, a[3], b[3], c)
    _reduce(t0, t1, t2, t3, c != none, m, out)


@njit(cache=True, nogil=True)
def sub(a, b, m, out):  # noqa: ANN001, ANN201 - compiled
    """``out`` = a - b mod m."""
    one, none = np.uint64(1), np.uint64(0)
    borrow = none
    for i in range(4):
        x, y = a[i], b[i]
        out[i] = x - y - borrow
        borrow = one if (x < y or (x == y and borrow)) else none
    if borrow:
        c = none
        for i in range(4):
            out[i], c = _mac(one, out[i], m[i], c)


@njit(cache=True, nogil=True)
def is_zero(a):  # noqa: ANN001, ANN201 - compiled
    """Whether a number is zero."""
    return a[0] == 0 and a[1] == 0 and a[2] == 0 and a[3] == 0


@njit(cache=True, nogil=True)
def same(a, b):  # noqa: ANN001, ANN201 - compiled
    """Whether two numbers are equal."""
    return a[0] == b[0] and a[1] == b[1] and a[2] == b[2] and a[3] == b[3]


@njit(cache=True, nogil=True)
def inverse(a, m, k, unit, out):  # noqa: ANN001, ANN201 - compiled
    """``out`` = 1/a mod a prime m, as a^(m-2); ``unit``: 2^256 mod m."""
    result, power = unit.copy(), a.copy()
    exponent = m.copy()
    exponent[0] -= np.uint64(2)  # both primes end in a limb above two
    for i in range(256):
        if (exponent[i >> 6] >> np.uint64(i & 63)) & np.uint64(1):
            mul(result, power, m, k, result)
        mul(power, power, m, k, power)
    out[:] = result
