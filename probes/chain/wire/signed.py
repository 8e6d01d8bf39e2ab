# SPDX-License-Identifier: Apache-2.0
"""What a signature claims as u, v and x of a curve, compiled: ECDSA (SEC 1, 4.1.4) and SM2 (GB/T 32918.2-2016, 7.1), in batches."""

from __future__ import annotations

import numpy as np
from numba import njit

from probes.chain.wire.limbs import add, inverse, is_zero, keep, kept, less, mul, sub


@njit(cache=True, nogil=True)
def ecdsa(told, signatures, square, unit, f):  # noqa: ANN001, ANN201 - compiled
    """(u, v, x, which rows can be a signature at all): u = e/s, v = r/s, x = r, all modulo n, at the price of one inversion.

    ``told``: digests; ``signatures``: r and s in turn; ``square``, ``unit``: 2^512 and 2^256 mod n; ``f``: the form of n.
    """
    count = len(told)
    u, v, x, before = (
        np.zeros((count, 4), np.uint64),
        np.zeros((count, 4), np.uint64),
        np.zeros((count, 4), np.uint64),
        np.zeros((count, 4), np.uint64),
    )
    fit, run, n = np.zeros(count, np.bool_), unit, (f[0], f[1], f[2], f[3])
    for row in range(count):
        r, s = kept(signatures, 2 * row), kept(signatures, 2 * row + 1)
        fit[row] = less(r, n) and less(s, n) and not is_zero(r) and not is_zero(s)
        if fit[row]:
            keep(before, row, run)
            run = mul(run, mul(s, square, f), f)
    run = inverse(run, unit, f)
    for row in range(count - 1, -1, -1):
        if fit[row]:
            r, s = kept(signatures, 2 * row), kept(signatures, 2 * row + 1)
            each = mul(run, kept(before, row), f)
            run = mul(run, mul(s, square, f), f)
            keep(u, row, mul(kept(told, row), each, f))
            keep(v, row, mul(r, each, f))
            keep(x, row, r)
    return u, v, x, fit


@njit(cache=True, nogil=True)
def sm2(told, signatures, square, unit, f):  # noqa: ANN001, ANN201, ARG001 - compiled, called as ecdsa is
    """As :func:`ecdsa`: u = s, v = r + s, which must not be zero, x = r - e."""
    count = len(told)
    u, v, x = np.zeros((count, 4), np.uint64), np.zeros((count, 4), np.uint64), np.zeros((count, 4), np.uint64)
    fit, n = np.zeros(count, np.bool_), (f[0], f[1], f[2], f[3])
    for row in range(count):
        r, s = kept(signatures, 2 * row), kept(signatures, 2 * row + 1)
        if not (less(r, n) and less(s, n)) or is_zero(r) or is_zero(s):
            continue
        total = add(r, s, f)
        fit[row] = not is_zero(total)
        keep(u, row, s)
        keep(v, row, total)
        keep(x, row, sub(r, mul(kept(told, row), unit, f), f))
    return u, v, x, fit
