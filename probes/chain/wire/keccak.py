# SPDX-License-Identifier: Apache-2.0
"""Keccak-256 as Ethereum has it (the padding of the competition, not SHA-3's), compiled; https://keccak.team, KECCAK[512]."""

from __future__ import annotations

import numpy as np
from numba import njit


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


@njit(cache=True, nogil=True, inline="always")
def _turned(value, turn):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    return (value << np.uint64(turn)) | (value >> np.uint64(64 - turn))


@njit(cache=True, nogil=True, inline="always")
def _chi(a, b, c, d, e):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    return a ^ (~b & c), b ^ (~c & d), c ^ (~d & e), d ^ (~e & a), e ^ (~a & b)


@njit(cache=True, nogil=True)
def _permute(state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """The 24 rounds; the lanes are named so that they stay in registers: a row of five for each y."""
    a0, a1, a2, a3, a4 = state[0], state[1], state[2], state[3], state[4]
    b0, b1, b2, b3, b4 = state[5], state[6], state[7], state[8], state[9]
    c0, c1, c2, c3, c4 = state[10], state[11], state[12], state[13], state[14]
    d0, d1, d2, d3, d4 = state[15], state[16], state[17], state[18], state[19]
    e0, e1, e2, e3, e4 = state[20], state[21], state[22], state[23], state[24]
    for constant in _ROUNDS:
        p0, p1, p2 = a0 ^ b0 ^ c0 ^ d0 ^ e0, a1 ^ b1 ^ c1 ^ d1 ^ e1, a2 ^ b2 ^ c2 ^ d2 ^ e2
        p3, p4 = a3 ^ b3 ^ c3 ^ d3 ^ e3, a4 ^ b4 ^ c4 ^ d4 ^ e4
        t0, t1, t2 = p4 ^ _turned(p1, 1), p0 ^ _turned(p2, 1), p1 ^ _turned(p3, 1)
        t3, t4 = p2 ^ _turned(p4, 1), p3 ^ _turned(p0, 1)
        r0, r1, r2, r3, r4 = (
            a0 ^ t0,
            _turned(b1 ^ t1, 44),
            _turned(c2 ^ t2, 43),
            _turned(d3 ^ t3, 21),
            _turned(e4 ^ t4, 14),
        )
        s0, s1, s2, s3, s4 = (
            _turned(a3 ^ t3, 28),
            _turned(b4 ^ t4, 20),
            _turned(c0 ^ t0, 3),
            _turned(d1 ^ t1, 45),
            _turned(e2 ^ t2, 61),
        )
        u0, u1, u2, u3, u4 = (
            _turned(a1 ^ t1, 1),
            _turned(b2 ^ t2, 6),
            _turned(c3 ^ t3, 25),
            _turned(d4 ^ t4, 8),
            _turned(e0 ^ t0, 18),
        )
        v0, v1, v2, v3, v4 = (
            _turned(a4 ^ t4, 27),
            _turned(b0 ^ t0, 36),
            _turned(c1 ^ t1, 10),
            _turned(d2 ^ t2, 15),
            _turned(e3 ^ t3, 56),
        )
        w0, w1, w2, w3, w4 = (
            _turned(a2 ^ t2, 62),
            _turned(b3 ^ t3, 55),
            _turned(c4 ^ t4, 39),
            _turned(d0 ^ t0, 41),
            _turned(e1 ^ t1, 2),
        )
        a0, a1, a2, a3, a4 = _chi(r0, r1, r2, r3, r4)
        b0, b1, b2, b3, b4 = _chi(s0, s1, s2, s3, s4)
        c0, c1, c2, c3, c4 = _chi(u0, u1, u2, u3, u4)
        d0, d1, d2, d3, d4 = _chi(v0, v1, v2, v3, v4)
        e0, e1, e2, e3, e4 = _chi(w0, w1, w2, w3, w4)
        a0 ^= constant
    state[0], state[1], state[2], state[3], state[4] = a0, a1, a2, a3, a4
    state[5], state[6], state[7], state[8], state[9] = b0, b1, b2, b3, b4
    state[10], state[11], state[12], state[13], state[14] = c0, c1, c2, c3, c4
    state[15], state[16], state[17], state[18], state[19] = d0, d1, d2, d3, d4
    state[20], state[21], state[22], state[23], state[24] = e0, e1, e2, e3, e4


@njit(cache=True, nogil=True)
def absorb(data, begin, end, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - compiled
    """Put the Keccak-256 of ``data`` from ``begin`` to ``end`` (both of bytes) into the 32 bytes ``out``."""
    state, at = np.zeros(25, np.uint64), begin
    while True:
        left = min(136, end - at)
        for i in range(left):
            state[i >> 3] ^= np.uint64(data[at + i]) << np.uint64(8 * (i & 7))
        if left == 136:
            _permute(state)
            at += 136
            continue
        state[left >> 3] ^= np.uint64(1) << np.uint64(8 * (left & 7))
        state[16] ^= np.uint64(1) << np.uint64(63)
        _permute(state)
        for i in range(32):
            out[i] = np.uint8((state[i >> 3] >> np.uint64(8 * (i & 7))) & np.uint64(255))
        return


def keccak256(data: bytes) -> bytes:
    """The 32 bytes of Keccak-256."""
    found = np.empty(32, np.uint8)
    absorb(np.frombuffer(data, np.uint8), 0, len(data), found)
    return found.tobytes()
