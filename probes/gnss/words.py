# SPDX-License-Identifier: Apache-2.0
"""Eight bytes at a time: the three machine operations that numba does not offer by name.

The stop test is the zero-byte trick of Mycroft (1987): for a word ``x``, ``(x - 0x01…01) & ~x & 0x80…80`` has its
lowest set bit in the lowest zero byte; higher bits may be false, so only the lowest one is ever used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

ONES = np.uint64(0x0101010101010101)
HIGH = np.uint64(0x8080808080808080)
STARS = np.uint64(0x2A2A2A2A2A2A2A2A)
DOLLARS = np.uint64(0x2424242424242424)
COMMAS = np.uint64(0x2C2C2C2C2C2C2C2C)
SPACES = np.uint64(0x2020202020202020)


def _load64(typingctx: Any, buffer: Any, index: Any) -> Any:
    """The eight bytes of ``buffer`` (uint8, C order) from ``index`` as one little-endian word; no bounds check."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        pointer = builder.gep(array.data, [args[1]])
        word = builder.load(builder.bitcast(pointer, ir.IntType(64).as_pointer()))
        word.align = 1
        return word

    del typingctx, index
    return types.uint64(buffer, types.int64), generate


def _trailing_zeros(typingctx: Any, word: Any) -> Any:
    """Number of zero bits below the lowest set bit of a 64-bit ``word`` (64 for zero)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    del typingctx, word
    return types.int64(types.uint64), generate


def _ones(typingctx: Any, word: Any) -> Any:
    """Number of set bits of a 64-bit ``word``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        return builder.ctpop(args[0])

    del typingctx, word
    return types.int64(types.uint64), generate


load64: Any = intrinsic(_load64)
trailing_zeros: Any = intrinsic(_trailing_zeros)
ones: Any = intrinsic(_ones)


@njit(inline="always")
def stop_bits(word: Any) -> Any:
    """Nonzero where ``word`` holds '*', '$', a control character or a byte above 0x7F; the lowest bit is exact."""
    star = word ^ STARS
    dollar = word ^ DOLLARS
    found = ((star - ONES) & ~star) | ((dollar - ONES) & ~dollar) | ((word - SPACES) & ~word) | word
    return found & HIGH


@njit(inline="always")
def comma_bits(word: Any) -> Any:
    """The high bit of each byte of ``word`` that is a comma, exactly (bytes must be below 0x80)."""
    other = word ^ COMMAS
    return ~((other + (HIGH - ONES)) | other) & HIGH


@njit(inline="always")
def folded(word: Any) -> Any:
    """XOR of the eight bytes of ``word``."""
    word ^= word >> np.uint64(32)
    word ^= word >> np.uint64(16)
    word ^= word >> np.uint64(8)
    return word & np.uint64(0xFF)
