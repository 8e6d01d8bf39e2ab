# SPDX-License-Identifier: Apache-2.0
"""SM3 (GB/T 32905-2016): OpenSSL's where it is built in and right, else compiled here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numba import njit

_START = np.array(
    [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E], np.uint32
)
_ABC = bytes.fromhex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
"""Example 1 of GB/T 32905-2016 annex A: SM3 of ``abc``."""


@njit(cache=True, nogil=True)
def _turn(x, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    n &= 31
    return np.uint32((x << np.uint32(n)) | (x >> np.uint32((32 - n) & 31))) if n else np.uint32(x)


@njit(cache=True, nogil=True)
def _compress(data, state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    w = np.zeros(68, np.uint32)
    v = state.copy()
    for at in range(0, len(data), 64):
        for i in range(16):
            b = at + 4 * i
            w[i] = (
                (np.uint32(data[b]) << np.uint32(24))
                | (np.uint32(data[b + 1]) << np.uint32(16))
                | (np.uint32(data[b + 2]) << np.uint32(8))
                | np.uint32(data[b + 3])
            )
        for i in range(16, 68):
            x = w[i - 16] ^ w[i - 9] ^ _turn(w[i - 3], 15)
            w[i] = (x ^ _turn(x, 15) ^ _turn(x, 23)) ^ _turn(w[i - 13], 7) ^ w[i - 6]
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            constant = np.uint32(0x79CC4519) if j < 16 else np.uint32(0x7A879D8A)
            s1 = _turn(np.uint32(np.uint32(_turn(a, 12) + e) + _turn(constant, j)), 7)
            s2 = s1 ^ _turn(a, 12)
            ff = (a ^ b ^ c) if j < 16 else ((a & b) | (a & c) | (b & c))
            gg = (e ^ f ^ g) if j < 16 else ((e & f) | (~e & g))
            t1 = np.uint32(np.uint32(ff + d) + np.uint32(s2 + np.uint32(w[j] ^ w[j + 4])))
            t2 = np.uint32(np.uint32(gg + h) + np.uint32(s1 + w[j]))
            d, c, b, a = c, _turn(b, 9), a, t1
            h, g, f, e = g, _turn(f, 19), e, t2 ^ _turn(t2, 9) ^ _turn(t2, 17)
        v[0] ^= a
        v[1] ^= b
        v[2] ^= c
        v[3] ^= d
        v[4] ^= e
        v[5] ^= f
        v[6] ^= g
        v[7] ^= h
    return v


def own(data: bytes) -> bytes:
    """SM3 without OpenSSL."""
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    return bytes(_compress(np.frombuffer(padded, np.uint8), _START).astype(">u4").tobytes())


def _chosen() -> Callable[[bytes], bytes]:
    try:
        template = hashlib.new("sm3")
    except ValueError:
        return own

    def openssl(data: bytes) -> bytes:
        digest = template.copy()
        digest.update(data)
        return digest.digest()

    return openssl if openssl(b"abc") == _ABC else own


sm3 = _chosen()
"""The 32 bytes of SM3."""
