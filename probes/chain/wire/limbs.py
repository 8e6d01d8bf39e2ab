# SPDX-License-Identifier: Apache-2.0
"""Arithmetic modulo a 256-bit prime, compiled: four words of 64 bits, Montgomery form (P. L. Montgomery, Math. Comp. 44, 1985).

A number is a tuple of four uint64, the least first: values that stay in registers. ``f`` is the form of the modulus m. Arrays,
whose rows are numbers, only keep them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

Limbs = NDArray[np.uint64]
Number = tuple[np.uint64, ...]
WORD = 1 << 64
_PLAIN = 6
"""Words of a form whose numbers stay as they are."""
_NUMBER = types.UniTuple(types.uint64, 4)
_BYTE = ir.IntType(8)
_I64, _I128, _I320 = ir.IntType(64), ir.IntType(128), ir.IntType(320)


def limbs(numbers: Iterable[int]) -> Limbs:
    """Numbers below 2^256 as rows of four words."""
    joined = b"".join(each.to_bytes(32, "little") for each in numbers)
    return np.frombuffer(joined, "<u8").reshape(-1, 4).astype(np.uint64)


def from_bytes(joined: bytes) -> Limbs:
    """Big-endian numbers of 32 bytes, one behind the other, as rows of four words."""
    return np.frombuffer(joined, ">u8").reshape(-1, 4)[:, ::-1].astype(np.uint64)


def words(value: int) -> Number:
    """A number below 2^256 as the compiled code takes it."""
    return tuple(np.uint64(value >> (64 * at) & (WORD - 1)) for at in range(4))


def number(row: Iterable[np.uint64]) -> int:
    """The number of four words."""
    return sum(int(each) << (64 * at) for at, each in enumerate(row))


def form(modulus: int) -> Number:
    """What the compiled code takes of an odd modulus: its words, -1/m mod 2^64, and 2^256 - m where that is one word.

    Where it is one word, numbers stay as they are, since a product is soon reduced; else they are in Montgomery form.
    """
    found = (*words(modulus), np.uint64(-pow(modulus, -1, WORD) % WORD))
    return (*found, np.uint64((1 << 256) - modulus)) if (1 << 256) - modulus < WORD else found


def unit(modulus: int) -> int:
    """What one is in that form."""
    return 1 if len(form(modulus)) == _PLAIN else (1 << 256) % modulus


def _joined(builder: Any, words_: Any, count: int) -> Any:
    """One integer of 320 bits of the first words of a tuple."""
    found = ir.Constant(_I320, 0)
    for at in range(count):
        each = builder.zext(builder.extract_value(words_, at), _I320)
        found = builder.or_(found, builder.shl(each, ir.Constant(_I320, 64 * at)))
    return found


def _wide(operation: Callable[[Any, Any, Any, Any], Any]) -> Callable[[Any, Any, Any, Any], Any]:
    """An intrinsic of two tuples and a form that works on integers of 320 bits, which LLVM turns into chains of carries."""

    def typed(typing: Any, a: Any, b: Any, f: Any) -> Any:  # noqa: ARG001 - numba's signature of an intrinsic
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            given = (_joined(builder, args[0], len(a)), _joined(builder, args[1], len(b)), _joined(builder, args[2], 4))
            whole = operation(builder, *given)
            parts = [builder.trunc(builder.lshr(whole, ir.Constant(_I320, 64 * at)), _I64) for at in range(4)]
            return context.make_tuple(builder, signature.return_type, parts)

        return _NUMBER(a, b, f), generate

    return typed


def _less(builder: Any, total: Any, modulus: Any) -> Any:
    """``total`` - modulus where that is not negative, else ``total``."""
    smaller = builder.sub(total, modulus)
    return builder.select(builder.icmp_signed("<", smaller, ir.Constant(_I320, 0)), total, smaller)


def _difference(builder: Any, a: Any, b: Any, modulus: Any) -> Any:
    found = builder.sub(a, b)
    below = builder.icmp_signed("<", found, ir.Constant(_I320, 0))
    return builder.add(found, builder.select(below, modulus, ir.Constant(_I320, 0)))


add = intrinsic(_wide(lambda builder, a, b, m: _less(builder, builder.add(a, b), m)))
"""a + b mod m, of numbers below m; a may have a fifth word."""
sub = intrinsic(_wide(_difference))
"""a - b mod m, of numbers below m."""


@intrinsic
def _mac(typing: Any, a: Any, b: Any, c: Any, d: Any) -> Any:  # noqa: ARG001 - numba's signature of an intrinsic
    """(low, high) of a·b + c + d, which 128 bits always hold."""
    signature = types.UniTuple(types.uint64, 2)(types.uint64, types.uint64, types.uint64, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, c, d = (builder.zext(each, _I128) for each in args)
        total = builder.add(builder.add(builder.mul(a, b), c), d)
        high = builder.trunc(builder.lshr(total, ir.Constant(_I128, 64)), _I64)
        return context.make_tuple(builder, signature.return_type, (builder.trunc(total, _I64), high))

    return signature, generate


@intrinsic
def ahead(typing: Any, array: Any, at: Any) -> Any:  # noqa: ARG001 - numba's signature of an intrinsic
    """Have the element ``at`` of a contiguous array, counted as if it were flat, brought near; it is needed soon."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        data = context.make_array(array)(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), _BYTE.as_pointer())
        flag = ir.IntType(32)
        wanted = ir.FunctionType(ir.VoidType(), [place.type, flag, flag, flag])
        fetch = cgutils.get_or_insert_function(builder.module, wanted, "llvm.prefetch.p0i8")
        builder.call(fetch, [place, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@njit(cache=True, nogil=True, inline="always")
def _row(a, each, t, f):  # noqa: ANN001, ANN202 - compiled
    """One row of a·b: ``t`` + a·each, reduced by one word."""
    none, one = np.uint64(0), np.uint64(1)
    t0, c = _mac(a[0], each, t[0], none)
    t1, c = _mac(a[1], each, t[1], c)
    t2, c = _mac(a[2], each, t[2], c)
    t3, c = _mac(a[3], each, t[3], c)
    t4, t5 = _mac(one, t[4], c, none)
    q = t0 * f[4]
    _, c = _mac(q, f[0], t0, none)
    t0, c = _mac(q, f[1], t1, c)
    t1, c = _mac(q, f[2], t2, c)
    t2, c = _mac(q, f[3], t3, c)
    t3, c = _mac(one, t4, c, none)
    return t0, t1, t2, t3, t5 + c


@njit(cache=True, nogil=True, inline="always")
def _product(a, b):  # noqa: ANN001, ANN202 - compiled
    """a·b as eight words."""
    none = np.uint64(0)
    t0, t1, t2, t3, t4 = _times(a, b[0], (none, none, none, none))
    t1, t2, t3, t4, t5 = _times(a, b[1], (t1, t2, t3, t4))
    t2, t3, t4, t5, t6 = _times(a, b[2], (t2, t3, t4, t5))
    t3, t4, t5, t6, t7 = _times(a, b[3], (t3, t4, t5, t6))
    return (t0, t1, t2, t3), (t4, t5, t6, t7)


@njit(cache=True, nogil=True, inline="always")
def _times(a, each, t):  # noqa: ANN001, ANN202 - compiled
    """a·each + t as five words."""
    t0, c = _mac(a[0], each, t[0], np.uint64(0))
    t1, c = _mac(a[1], each, t[1], c)
    t2, c = _mac(a[2], each, t[2], c)
    t3, c = _mac(a[3], each, t[3], c)
    return t0, t1, t2, t3, c


@njit(cache=True, nogil=True)
def mul(a, b, f):  # noqa: ANN001, ANN201 - compiled
    """a·b mod m of plain numbers, a·b/2^256 mod m of those in Montgomery form."""
    none = np.uint64(0)
    if len(f) == _PLAIN:  # known when this is compiled
        low, high = _product(a, b)
        rest = f[len(f) - 1]
        t0, t1, t2, t3, top = _times(high, rest, low)
        t0, c = _mac(top, rest, t0, none)
        return add((t0, t1, t2, t3), (none, c), f)
    t = _row(a, b[0], (none, none, none, none, none), f)
    t = _row(a, b[1], t, f)
    t = _row(a, b[2], t, f)
    t = _row(a, b[3], t, f)
    return add(t, (none,), f)


@njit(cache=True, nogil=True)
def is_zero(a):  # noqa: ANN001, ANN201 - compiled
    """Whether a number is zero."""
    return (a[0] | a[1] | a[2] | a[3]) == 0


@njit(cache=True, nogil=True)
def same(a, b):  # noqa: ANN001, ANN201 - compiled
    """Whether two numbers are equal."""
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0


@njit(cache=True, nogil=True)
def less(a, b):  # noqa: ANN001, ANN201 - compiled
    """Whether a is smaller than b."""
    for at in range(3, -1, -1):
        if a[at] != b[at]:
            return a[at] < b[at]
    return False


@njit(cache=True, nogil=True)
def kept(array, row):  # noqa: ANN001, ANN201 - compiled
    """The number in a row of an array."""
    return array[row, 0], array[row, 1], array[row, 2], array[row, 3]


@njit(cache=True, nogil=True)
def keep(array, row, value):  # noqa: ANN001, ANN201 - compiled
    """Put a number into a row of an array."""
    array[row, 0], array[row, 1], array[row, 2], array[row, 3] = value


@njit(cache=True, nogil=True)
def inverse(a, unit, f):  # noqa: ANN001, ANN201 - compiled
    """1/a mod a prime m, as a^(m-2); ``unit``: one in the form of m."""
    result, power = unit, a
    exponent = (f[0] - np.uint64(2), f[1], f[2], f[3])  # the primes in use end in a word above two
    for part in exponent:
        for bit in range(64):
            if (part >> np.uint64(bit)) & np.uint64(1):
                result = mul(result, power, f)
            power = mul(power, power, f)
    return result
