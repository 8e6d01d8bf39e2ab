# SPDX-License-Identifier: Apache-2.0
"""Points of a short Weierstrass curve, compiled: Jacobian coordinates, tables of multiples (combs), u·G + v·Q in batches.

A Jacobian point is an array (3, 4) of limbs; Z = 0 is infinity. Formulas: Hankerson, Menezes, Vanstone, Guide to Elliptic
Curve Cryptography, algorithms 3.21 and 3.22, with the exceptional cases that a forger may aim at.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from probes.chain.wire.limbs import add, inverse, is_zero, mul, same, sub

FEW = 80
"""Rows up to which an inversion for each window costs more than it saves."""


@njit(cache=True, nogil=True)
def _double(p, m, k, minus_three, w):  # noqa: ANN001, ANN202 - compiled
    """Double p; ``w``: eight numbers of room; ``minus_three``: the curve's a is -3, else 0."""
    if is_zero(p[2]):
        return
    x, y, z = p[0], p[1], p[2]
    if minus_three:
        mul(z, z, m, k, w[0])
        sub(x, w[0], m, w[1])
        add(x, w[0], m, w[2])
        mul(w[1], w[2], m, k, w[3])
    else:
        mul(x, x, m, k, w[3])
    add(w[3], w[3], m, w[4])
    add(w[4], w[3], m, w[3])  # 3x² + a z⁴
    add(y, y, m, w[4])
    mul(w[4], z, m, k, w[5])  # 2yz
    mul(w[4], w[4], m, k, w[6])  # 4y²
    mul(w[6], x, m, k, w[7])  # 4xy²
    mul(w[6], w[6], m, k, w[0])  # 16y⁴
    mul(w[3], w[3], m, k, w[1])
    sub(w[1], w[7], m, w[1])
    sub(w[1], w[7], m, p[0])
    sub(w[7], p[0], m, w[7])
    mul(w[3], w[7], m, k, w[7])
    _halve(w[0], m)
    sub(w[7], w[0], m, p[1])
    p[2][:] = w[5]


@njit(cache=True, nogil=True)
def _halve(a, m):  # noqa: ANN001, ANN202 - compiled
    """Halve a modulo m."""
    one, top = np.uint64(1), np.uint64(0)
    if a[0] & one:
        carry = np.uint64(0)
        for i in range(4):
            before = a[i]
            total = before + m[i]
            again = total + carry
            carry = one if (total < before or again < total) else np.uint64(0)
            a[i] = again
        top = carry
    for i in range(3):
        a[i] = (a[i] >> one) | (a[i + 1] << np.uint64(63))
    a[3] = (a[3] >> one) | (top << np.uint64(63))


@njit(cache=True, nogil=True)
def _add(p, x, y, m, k, unit, minus_three, w):  # noqa: ANN001, ANN202 - compiled
    """Add (x, y) to p, the second point affine."""
    if is_zero(p[2]):
        p[0][:], p[1][:], p[2][:] = x, y, unit
        return
    mul(p[2], p[2], m, k, w[0])
    mul(w[0], p[2], m, k, w[1])
    mul(x, w[0], m, k, w[2])
    mul(y, w[1], m, k, w[3])
    sub(w[2], p[0], m, w[2])
    sub(w[3], p[1], m, w[3])
    if is_zero(w[2]):
        if is_zero(w[3]):
            _double(p, m, k, minus_three, w)
        else:
            p[2][:] = 0
        return
    mul(p[2], w[2], m, k, p[2])
    mul(w[2], w[2], m, k, w[4])
    mul(w[4], w[2], m, k, w[5])
    mul(w[4], p[0], m, k, w[4])
    mul(w[3], w[3], m, k, w[6])
    sub(w[6], w[5], m, w[6])
    sub(w[6], w[4], m, w[6])
    sub(w[6], w[4], m, p[0])
    sub(w[4], p[0], m, w[4])
    mul(w[4], w[3], m, k, w[4])
    mul(w[5], p[1], m, k, w[5])
    sub(w[4], w[5], m, p[1])


@njit(cache=True, nogil=True)
def comb(x, y, bits, m, k, unit, minus_three):  # noqa: ANN001, ANN201 - compiled
    """table[i, j - 1] = j·2^(bits·i)·(x, y) as affine points in Montgomery form; ``bits`` divides 64."""
    windows, per = 256 // bits, (1 << bits) - 1
    points = np.zeros((windows * per, 3, 4), np.uint64)
    w, base = np.zeros((8, 4), np.uint64), np.zeros((3, 4), np.uint64)
    base[0][:], base[1][:], base[2][:] = x, y, unit
    bx, by = x.copy(), y.copy()
    for i in range(windows):
        run = np.zeros((3, 4), np.uint64)
        for j in range(per):
            _add(run, bx, by, m, k, unit, minus_three, w)
            points[i * per + j] = run
        for _ in range(bits):
            _double(base, m, k, minus_three, w)
        inverse(base[2], m, k, unit, w[0])
        mul(w[0], w[0], m, k, w[1])
        mul(w[1], w[0], m, k, w[0])
        mul(base[0], w[1], m, k, bx)
        mul(base[1], w[0], m, k, by)
        base[0][:], base[1][:], base[2][:] = bx, by, unit
    return _affine(points, m, k, unit).reshape((windows, per, 2, 4))


@njit(cache=True, nogil=True)
def _affine(points, m, k, unit):  # noqa: ANN001, ANN202 - compiled
    """Affine coordinates of many points at the price of one inversion; none of them is infinity."""
    count = len(points)
    products, out = np.zeros((count, 4), np.uint64), np.zeros((count, 2, 4), np.uint64)
    run, w = unit.copy(), np.zeros((3, 4), np.uint64)
    for i in range(count):
        products[i] = run
        mul(run, points[i, 2], m, k, run)
    inverse(run, m, k, unit, run)
    for i in range(count - 1, -1, -1):
        mul(run, products[i], m, k, w[0])
        mul(run, points[i, 2], m, k, run)
        mul(w[0], w[0], m, k, w[1])
        mul(w[1], w[0], m, k, w[2])
        mul(points[i, 0], w[1], m, k, out[i, 0])
        mul(points[i, 1], w[2], m, k, out[i, 1])
    return out


@njit(cache=True, nogil=True)
def _window(scalar, bits, i):  # noqa: ANN001, ANN202 - compiled
    at = bits * i
    return np.int64((scalar[at >> 6] >> np.uint64(at & 63)) & np.uint64((1 << bits) - 1))


@njit(cache=True, nogil=True)
def _sum(p, scalar, table, bits, m, k, unit, minus_three, w):  # noqa: ANN001, ANN202 - compiled
    for i in range(256 // bits):
        j = _window(scalar, bits, i)
        if j:
            _add(p, table[i, j - 1, 0], table[i, j - 1, 1], m, k, unit, minus_three, w)


@njit(cache=True, nogil=True)
def agree(us, vs, wanted, second, whose, g_table, q_tables, bits, m, k, unit, minus_three):  # noqa: ANN001, ANN201 - compiled
    """Of each row whether x(u·G + v·Q) is ``wanted`` or ``second`` (both in Montgomery form; a second of zero is none).

    ``q_tables``: of several Q with windows of ``bits``; ``whose``: the one that each row is about.
    """
    count = len(us)
    found, begun, odd = np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    x, y = np.zeros((count, 4), np.uint64), np.zeros((count, 4), np.uint64)
    room, turns = (np.zeros((count, 4), np.uint64), np.zeros((count, 4), np.uint64)), np.zeros(count, np.int64)
    base = np.zeros(count, np.int64)
    odd[:] = count < FEW
    for i in range(0 if count < FEW else 32):
        _step(x, y, begun, odd, us, g_table[i : i + 1], base, 8, i, room, turns, m, k, unit)
    for i in range(0 if count < FEW else 256 // bits):
        _step(x, y, begun, odd, vs, q_tables[:, i], whose, bits, i, room, turns, m, k, unit)
    w, p = np.zeros((8, 4), np.uint64), np.zeros((3, 4), np.uint64)
    for row in range(count):
        if odd[row]:
            p[:] = 0
            _sum(p, us[row], g_table, 8, m, k, unit, minus_three, w)
            _sum(p, vs[row], q_tables[whose[row]], bits, m, k, unit, minus_three, w)
            found[row] = _is_x(p, wanted[row], m, k, w) or (not is_zero(second[row]) and _is_x(p, second[row], m, k, w))
        elif begun[row]:
            found[row] = same(x[row], wanted[row]) or (not is_zero(second[row]) and same(x[row], second[row]))
    return found


@njit(cache=True, nogil=True)
def _is_x(p, x, m, k, w):  # noqa: ANN001, ANN202 - compiled
    """Whether a Jacobian point has this x; infinity has none."""
    if is_zero(p[2]):
        return False
    mul(p[2], p[2], m, k, w[0])
    mul(x, w[0], m, k, w[1])
    return same(w[1], p[0])


@njit(cache=True, nogil=True)
def _step(x, y, begun, odd, scalars, tables, whose, bits, i, room, turns, m, k, unit):  # noqa: ANN001, ANN202 - compiled
    """Add to each row's point (x, y) what window ``i`` of its scalar picks, all slopes at the price of one inversion.

    A row whose point meets its own x leaves as ``odd``: sums that a forger aims at are for the formulas without exceptions.
    ``begun``: whether the row has a point yet.
    """
    deltas, products = room
    run, w = unit.copy(), np.zeros((4, 4), np.uint64)
    for row in range(len(x)):
        j = 0 if odd[row] else _window(scalars[row], bits, i)
        turns[row] = 0
        if not j:
            continue
        table = tables[whose[row]]
        if not begun[row]:
            begun[row] = True
            for part in range(4):
                x[row, part], y[row, part] = table[j - 1, 0, part], table[j - 1, 1, part]
            continue
        sub(table[j - 1, 0], x[row], m, deltas[row])
        if is_zero(deltas[row]):
            odd[row] = True
            continue
        turns[row] = j
        for part in range(4):
            products[row, part] = run[part]
        mul(run, deltas[row], m, k, run)
    inverse(run, m, k, unit, run)
    for row in range(len(x) - 1, -1, -1):
        j = turns[row]
        if not j:
            continue
        table = tables[whose[row]]
        mul(run, products[row], m, k, w[0])
        mul(run, deltas[row], m, k, run)
        sub(table[j - 1, 1], y[row], m, w[1])
        mul(w[0], w[1], m, k, w[0])  # the slope
        mul(w[0], w[0], m, k, w[1])
        sub(w[1], x[row], m, w[1])
        sub(w[1], table[j - 1, 0], m, w[1])
        sub(x[row], w[1], m, w[2])
        mul(w[0], w[2], m, k, w[2])
        sub(w[2], y[row], m, y[row])
        for part in range(4):
            x[row, part] = w[1, part]


@njit(cache=True, nogil=True)
def multiples(us, g_table, m, k, unit, minus_three):  # noqa: ANN001, ANN201 - compiled
    """u·G of each row, none of them zero, as affine points in Montgomery form."""
    points = np.zeros((len(us), 3, 4), np.uint64)
    w = np.zeros((8, 4), np.uint64)
    for row in range(len(us)):
        _sum(points[row], us[row], g_table, 8, m, k, unit, minus_three, w)
    return _affine(points, m, k, unit)


@njit(cache=True, nogil=True)
def combination(u, v, x, y, g_table, m, k, unit, minus_three):  # noqa: ANN001, ANN201 - compiled
    """u·G + v·(x, y) as a Jacobian point, for a point that is met once."""
    w, p = np.zeros((8, 4), np.uint64), np.zeros((3, 4), np.uint64)
    for i in range(255, -1, -1):
        _double(p, m, k, minus_three, w)
        if (v[i >> 6] >> np.uint64(i & 63)) & np.uint64(1):
            _add(p, x, y, m, k, unit, minus_three, w)
    _sum(p, u, g_table, 8, m, k, unit, minus_three, w)
    return p


@njit(cache=True, nogil=True)
def to_form(numbers, square, m, k):  # noqa: ANN001, ANN201 - compiled
    """Numbers into Montgomery form with ``square`` = 2^512 mod m, out of it with ``square`` = 1."""
    out = np.zeros_like(numbers)
    for row in range(len(numbers)):
        mul(numbers[row], square, m, k, out[row])
    return out
