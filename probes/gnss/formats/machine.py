# SPDX-License-Identifier: Apache-2.0
"""Eight bytes at a time: the three machine operations that numba does not offer by name.

The stop test is the zero-byte trick of Mycroft (1987): for a word ``x``, ``(x - 0x01…01) & ~x & 0x80…80`` has its
lowest set bit in the lowest zero byte; higher bits may be false, so only the lowest one is ever used.

Kernels take the ADDRESS of a buffer, not the array: numba counts references atomically at every call that passes an
array, which costs more than the work between two commas. The buffer's owner keeps it alive and padded.
For the same reason what runs for every field is inlined by force (``forceinline``): a call saves registers and returns
through memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

ONES = np.uint64(0x0101010101010101)
HIGH = np.uint64(0x8080808080808080)
COMMAS = np.uint64(0x2C2C2C2C2C2C2C2C)
DOTS = np.uint64(0x2E2E2E2E2E2E2E2E)
ZEROS = np.uint64(0x3030303030303030)
SIXES = np.uint64(0x0606060606060606)
HALVES = np.uint64(0xF0F0F0F0F0F0F0F0)
THREES = np.uint64(0x3333333333333333)
LANES = np.uint64(0x000000FF000000FF)


def _load64(typingctx: Any, address: Any, index: Any) -> Any:
    """The eight bytes from ``address + index`` as one little-endian word; the caller answers for the bounds."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        pointer = builder.inttoptr(builder.add(args[0], args[1]), ir.IntType(64).as_pointer())
        word = builder.load(pointer)
        word.align = 1
        return word

    del typingctx, address, index
    return types.uint64(types.int64, types.int64), generate


def _byte(typingctx: Any, address: Any, index: Any) -> Any:
    """The byte at ``address + index`` as a signed word 0..255; the caller answers for the bounds."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        pointer = builder.inttoptr(builder.add(args[0], args[1]), ir.IntType(8).as_pointer())
        return builder.zext(builder.load(pointer), ir.IntType(64))

    del typingctx, address, index
    return types.int64(types.int64, types.int64), generate


def _vector(builder: Any, address: Any, index: Any) -> Any:
    """The 32 bytes from ``address + index`` as a vector."""
    pointer = builder.inttoptr(builder.add(address, index), _BLOCK.as_pointer())
    block = builder.load(pointer)
    block.align = 1
    return block


def _bits(builder: Any, flags: Any) -> Any:
    """A vector of 32 flags as the low half of a word."""
    return builder.zext(builder.bitcast(flags, ir.IntType(32)), ir.IntType(64))


def _stops32(typingctx: Any, address: Any, index: Any) -> Any:
    """Bit i is set where byte i of the 32 from ``address + index`` is '*', '$', a control character or above 0x7F."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        block = _vector(builder, *args)
        # signed: bytes above 0x7F are negative, so one comparison finds them and the control characters
        low = builder.icmp_signed("<", block, _splat(0x20))
        star = builder.icmp_unsigned("==", block, _splat(0x2A))
        dollar = builder.icmp_unsigned("==", block, _splat(0x24))
        return _bits(builder, builder.or_(low, builder.or_(star, dollar)))

    del typingctx, address, index
    return types.uint64(types.int64, types.int64), generate


def _commas32(typingctx: Any, address: Any, index: Any) -> Any:
    """Bit i is set where byte i of the 32 from ``address + index`` is a comma."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        return _bits(builder, builder.icmp_unsigned("==", _vector(builder, *args), _splat(0x2C)))

    del typingctx, address, index
    return types.uint64(types.int64, types.int64), generate


def _unequal32(typingctx: Any, address: Any, other: Any) -> Any:
    """Bit i is set where byte i of the 32 from ``address`` is another one than that from ``other``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        zero = ir.Constant(ir.IntType(64), 0)
        blocks = [_vector(builder, each, zero) for each in args]
        return _bits(builder, builder.icmp_unsigned("!=", *blocks))

    del typingctx, address, other
    return types.uint64(types.int64, types.int64), generate


def _xor32(typingctx: Any, address: Any, index: Any, count: Any) -> Any:
    """XOR of the first ``count`` (0..32) of the 32 bytes from ``address + index``, still eight bytes wide."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        block = _vector(builder, args[0], args[1])
        undefined, zero = ir.Constant(_BLOCK, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), 32), None)
        first = builder.insert_element(undefined, builder.trunc(args[2], ir.IntType(8)), ir.Constant(ir.IntType(32), 0))
        limit = builder.shuffle_vector(first, undefined, zero)
        inside = builder.icmp_unsigned("<", ir.Constant(_BLOCK, list(range(32))), limit)
        words = builder.bitcast(builder.select(inside, block, _splat(0)), ir.VectorType(ir.IntType(64), 4))
        each = [builder.extract_element(words, ir.Constant(ir.IntType(32), lane)) for lane in range(4)]
        return builder.xor(builder.xor(each[0], each[1]), builder.xor(each[2], each[3]))

    del typingctx, address, index, count
    return types.uint64(types.int64, types.int64, types.int64), generate


_BLOCK = ir.VectorType(ir.IntType(8), 32)


def _splat(value: int) -> Any:
    return ir.Constant(_BLOCK, [value] * 32)


def _get(typingctx: Any, address: Any, index: Any) -> Any:
    """Word ``index`` of the int64 array at ``address``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        pointer = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        return builder.load(builder.gep(pointer, [args[1]]))

    del typingctx, address, index
    return types.int64(types.int64, types.int64), generate


def _put(typingctx: Any, address: Any, index: Any, value: Any) -> Any:
    """Store a word as number ``index`` of the int64 array at ``address``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del signature
        pointer = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        builder.store(args[2], builder.gep(pointer, [args[1]]))
        return context.get_dummy_value()

    del typingctx, address, index, value
    return types.void(types.int64, types.int64, types.int64), generate


def _put_float(typingctx: Any, address: Any, index: Any, value: Any) -> Any:
    """Store a float64 as word ``index`` of the array at ``address``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del signature
        pointer = builder.inttoptr(args[0], ir.DoubleType().as_pointer())
        builder.store(args[2], builder.gep(pointer, [args[1]]))
        return context.get_dummy_value()

    del typingctx, address, index, value
    return types.void(types.int64, types.int64, types.float64), generate


def _trailing_zeros(typingctx: Any, word: Any) -> Any:
    """Number of zero bits below the lowest set bit of a 64-bit ``word`` (64 for zero)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    del typingctx, word
    return types.int64(types.uint64), generate


def _leading_zeros(typingctx: Any, word: Any) -> Any:
    """Number of zero bits above the highest set bit of a 64-bit ``word`` (64 for zero)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 0))

    del typingctx, word
    return types.int64(types.uint64), generate


def _ones(typingctx: Any, word: Any) -> Any:
    """Number of set bits of a 64-bit ``word``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        return builder.ctpop(args[0])

    del typingctx, word
    return types.int64(types.uint64), generate


stops32: Any = intrinsic(_stops32)
commas32: Any = intrinsic(_commas32)
unequal32: Any = intrinsic(_unequal32)
xor32: Any = intrinsic(_xor32)
load64: Any = intrinsic(_load64)
byte: Any = intrinsic(_byte)
get: Any = intrinsic(_get)
put: Any = intrinsic(_put)
put_float: Any = intrinsic(_put_float)
trailing_zeros: Any = intrinsic(_trailing_zeros)
leading_zeros: Any = intrinsic(_leading_zeros)
ones: Any = intrinsic(_ones)


@njit(cache=True, nogil=True)
def comma_bits(word: Any) -> Any:
    """The high bit of each byte of ``word`` that is a comma, exactly (bytes must be below 0x80)."""
    other = word ^ COMMAS
    return ~((other + (HIGH - ONES)) | other) & HIGH


@njit(cache=True, nogil=True)
def first_dot(word: Any) -> Any:
    """Position 0..7 of the first '.' in ``word``, 8 when there is none."""
    dots = word ^ DOTS
    return trailing_zeros((dots - ONES) & ~dots & HIGH) >> 3


@njit(cache=True, nogil=True, forceinline=True)
def digits(word: Any, count: Any) -> Any:
    """The number that the first ``count`` (0..8) bytes of ``word`` spell, -1 when one of them is no digit.

    Digits are moved to the end of the word, then pairs, fours and eights are added up by multiplication (D. Lemire, 2018).
    """
    if count == 0:
        return np.int64(0)
    word = (word << np.uint64(64 - 8 * count)) | (ZEROS >> np.uint64(8 * count) if count < 8 else np.uint64(0))
    if ((word & HALVES) | (((word + SIXES) & HALVES) >> np.uint64(4))) != THREES:
        return np.int64(-1)
    word = word - ZEROS
    word = word * np.uint64(10) + (word >> np.uint64(8))
    high = (word & LANES) * np.uint64(0x000F424000000064)
    low = ((word >> np.uint64(16)) & LANES) * np.uint64(0x0000271000000001)
    return np.int64((high + low) >> np.uint64(32))


@njit(cache=True, nogil=True)
def folded(word: Any) -> Any:
    """XOR of the eight bytes of ``word``."""
    word ^= word >> np.uint64(32)
    word ^= word >> np.uint64(16)
    word ^= word >> np.uint64(8)
    return np.int64(word & np.uint64(0xFF))
