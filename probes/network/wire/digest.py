# SPDX-License-Identifier: Apache-2.0
"""HMAC-SHA-256 cut to 128 bits (RFC 8762 §4.4, RFC 4868) over bytes of an array: what the packet loops sign and check with. Pure.

FIPS 180-4 with all words as int64 below 2^32. A key is kept as the two states after its inner and outer pad (RFC 2104),
so signing 96 bytes takes four compressions.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, types

DIGEST_BYTES = 16
_MASK = 0xFFFF_FFFF
_READABLE = (types.uint8[::1], types.Array(types.uint8, 1, "C", readonly=True))
_word = types.int64
_PRIMES = [p for p in range(2, 312) if all(p % q for q in range(2, p))]


def _root(prime: int, power: int) -> int:
    """The first 32 bits of the fraction of the square (2) or cube (3) root of ``prime``, exactly."""
    wanted, low, high = prime << 32 * power, 0, prime << 32
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**power <= wanted else (low, middle - 1)
    return low & _MASK


_K = np.array([_root(prime, 3) for prime in _PRIMES], np.int64)
_START = np.array([_root(prime, 2) for prime in _PRIMES[:8]], np.int64)


def pads_of(key: bytes) -> npt.NDArray[np.int64]:
    """The states after the inner and the outer pad of ``key``, shape (2, 8); zeros for an empty key: nothing is signed."""
    if not key:
        return np.zeros((2, 8), np.int64)
    block = np.frombuffer((key if len(key) <= 64 else sha256(key).digest()).ljust(64, b"\0"), np.uint8)
    states = np.stack([_START, _START])
    for state, pad in zip(states, (0x36, 0x5C), strict=True):
        compress(state, np.ascontiguousarray(block ^ np.uint8(pad)), 0)
    return states


@njit([types.void(_bytes, _word, _word, types.uint8[::1], _word) for _bytes in _READABLE], cache=True, nogil=True)
def copy(data: Any, at: Any, size: Any, out: Any, to: Any) -> None:
    """Copy ``size`` bytes."""
    source, target = data[at : at + size], out[to : to + size]  # indices that cannot be negative become one memcpy
    for i in range(size):
        target[i] = source[i]


@njit("i8(i8,i8)", cache=True, nogil=True)
def _turn(word: Any, by: Any) -> Any:
    return (word >> by | word << (32 - by)) & 0xFFFF_FFFF


@njit("void(i8[::1],u1[::1],i8)", cache=True, nogil=True)
def compress(state: Any, data: Any, at: Any) -> None:
    """Take the 64 bytes of ``data`` from ``at`` into ``state`` (FIPS 180-4 §6.2.2)."""
    w = np.empty(64, np.int64)
    for i in range(16):
        place = at + 4 * i
        w[i] = (
            np.int64(data[place]) << 24
            | np.int64(data[place + 1]) << 16
            | np.int64(data[place + 2]) << 8
            | np.int64(data[place + 3])
        )
    for i in range(16, 64):
        low = _turn(w[i - 15], 7) ^ _turn(w[i - 15], 18) ^ w[i - 15] >> 3
        high = _turn(w[i - 2], 17) ^ _turn(w[i - 2], 19) ^ w[i - 2] >> 10
        w[i] = (w[i - 16] + low + w[i - 7] + high) & 0xFFFF_FFFF
    a, b, c, d, e, f, g, h = state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
    for i in range(64):
        first = h + (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + (e & f ^ (e ^ 0xFFFF_FFFF) & g) + _K[i] + w[i]
        second = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + (a & b ^ a & c ^ b & c)
        h, g, f, e = g, f, e, (d + first) & 0xFFFF_FFFF
        d, c, b, a = c, b, a, (first + second) & 0xFFFF_FFFF
    state[0], state[1] = (state[0] + a) & 0xFFFF_FFFF, (state[1] + b) & 0xFFFF_FFFF
    state[2], state[3] = (state[2] + c) & 0xFFFF_FFFF, (state[3] + d) & 0xFFFF_FFFF
    state[4], state[5] = (state[4] + e) & 0xFFFF_FFFF, (state[5] + f) & 0xFFFF_FFFF
    state[6], state[7] = (state[6] + g) & 0xFFFF_FFFF, (state[7] + h) & 0xFFFF_FFFF


@njit("void(i8[::1],u1[::1],i8,i8)", cache=True, nogil=True)
def _finished(state: Any, data: Any, at: Any, size: Any) -> None:
    """Take ``size`` bytes and the padding into ``state``, which has seen one block before."""
    whole = size // 64 * 64
    for place in range(0, whole, 64):
        compress(state, data, at + place)
    last = np.zeros(128, np.uint8)
    rest = size - whole
    copy(data, at + whole, rest, last, 0)
    last[rest] = 0x80
    end = 64 if rest < 56 else 128
    bits = (64 + size) * 8
    for i in range(8):
        last[end - 1 - i] = bits >> 8 * i & 255
    for place in range(0, end, 64):
        compress(state, last, place)


@njit("void(i8[::1],u1[::1],i8,i8)", cache=True, nogil=True)
def _words(state: Any, out: Any, at: Any, count: Any) -> None:
    for i in range(count):
        for j in range(4):
            out[at + 4 * i + j] = state[i] >> 24 - 8 * j & 255


@njit("void(i8[:,::1],u1[::1],i8,i8,u1[::1],i8)", cache=True, nogil=True)
def sign(pads: Any, data: Any, at: Any, size: Any, out: Any, to: Any) -> None:
    """Write the 16 bytes of the HMAC over ``size`` bytes of ``data`` from ``at`` to ``out`` at ``to``."""
    state, inner = np.empty(8, np.int64), np.empty(32, np.uint8)
    for i in range(8):
        state[i] = pads[0, i]
    _finished(state, data, at, size)
    _words(state, inner, 0, 8)
    for i in range(8):
        state[i] = pads[1, i]
    _finished(state, inner, 0, 32)
    _words(state, out, to, 4)


@njit("b1(i8[:,::1],u1[::1],i8,i8,u1[::1],i8)", cache=True, nogil=True)
def signed(pads: Any, data: Any, at: Any, size: Any, seal: Any, seal_at: Any) -> Any:
    """Whether the 16 bytes of ``seal`` from ``seal_at`` are that HMAC."""
    right = np.empty(16, np.uint8)
    sign(pads, data, at, size, right, 0)
    different = 0
    for i in range(16):
        different |= right[i] ^ seal[seal_at + i]
    return different == 0
