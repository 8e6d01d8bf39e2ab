# SPDX-License-Identifier: Apache-2.0
"""Keccak-256 as Ethereum has it (the padding of the competition, not SHA-3's), compiled; https://keccak.team, KECCAK[512]."""

from __future__ import annotations

import numpy as np
from numba import njit

_RATE = 136
_OFFSETS = (0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14)


def _round_constants() -> list[int]:
    """The 24 constants of iota, by the linear feedback shift register of the specification."""
    found, state = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if state & 1:
                constant |= 1 << ((1 << j) - 1)
            state = (state << 1) ^ (0x171 if state & 0x80 else 0)
        found.append(constant)
    return found


_ROUNDS = np.array(_round_constants(), np.uint64)
_TURNS = np.array(_OFFSETS, np.uint64)


@njit(cache=True, nogil=True)
def _permute(state, rounds, turns):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    c, b = np.zeros(5, np.uint64), np.zeros(25, np.uint64)
    one, all_bits = np.uint64(1), np.uint64(64)
    for constant in rounds:
        for x in range(5):
            c[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20]
        for x in range(5):
            right = c[(x + 1) % 5]
            d = c[(x + 4) % 5] ^ ((right << one) | (right >> np.uint64(63)))
            for y in range(0, 25, 5):
                state[x + y] ^= d
        for x in range(5):
            for y in range(5):
                value, turn = state[x + 5 * y], turns[x + 5 * y]
                if turn:
                    value = (value << turn) | (value >> (all_bits - turn))
                b[y + 5 * ((2 * x + 3 * y) % 5)] = value
        for y in range(0, 25, 5):
            for x in range(5):
                state[x + y] = b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y])
        state[0] ^= constant


@njit(cache=True, nogil=True)
def _absorb(data, rounds, turns):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    state, size = np.zeros(25, np.uint64), len(data)
    at = 0
    while True:
        left = min(136, size - at)
        for i in range(left):
            state[i >> 3] ^= np.uint64(data[at + i]) << np.uint64(8 * (i & 7))
        if left < 136:
            state[left >> 3] ^= np.uint64(1) << np.uint64(8 * (left & 7))
            state[16] ^= np.uint64(1) << np.uint64(63)
            _permute(state, rounds, turns)
            return state[:4].copy()
        _permute(state, rounds, turns)
        at += 136


def keccak256(data: bytes) -> bytes:
    """The 32 bytes of Keccak-256."""
    return bytes(_absorb(np.frombuffer(data, np.uint8), _ROUNDS, _TURNS).astype("<u8").tobytes())
