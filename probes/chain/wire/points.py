# SPDX-License-Identifier: Apache-2.0
"""Points of a short Weierstrass curve, compiled: Jacobian coordinates, tables of multiples (combs), u·G + v·Q in batches.

A Jacobian point is three numbers; Z = 0 is infinity. Formulas: Hankerson, Menezes, Vanstone, Guide to Elliptic Curve
Cryptography, algorithms 3.21 and 3.22, with the exceptional cases that a forger may aim at. ``f`` is the form of the modulus,
``unit`` one in it; ``minus_three``: the curve's a is -3, else 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from probes.chain.wire.limbs import add, ahead, inverse, is_zero, keep, kept, less, mul, same, sub

_SOON = 8
"""Rows before a table's entry is needed that it is asked for: memory is slower than a slope."""
BASE_BITS = 11
"""Bits of a window of the base point, whose table all share: 3 MB, made in some milliseconds."""
FEW = 80
"""Rows up to which an inversion for each window costs more than it saves."""


@njit(cache=True, nogil=True)
def _double(x, y, z, f, minus_three):  # noqa: ANN001, ANN202 - compiled
    """Twice a point."""
    if is_zero(z):
        return x, y, z
    if minus_three:
        square = mul(z, z, f)
        slope = mul(sub(x, square, f), add(x, square, f), f)
    else:
        slope = mul(x, x, f)
    slope = add(add(slope, slope, f), slope, f)  # 3x² + a z⁴
    twice = add(y, y, f)
    square = mul(twice, twice, f)  # 4y²
    middle = mul(square, x, f)  # 4xy²
    x = sub(sub(mul(slope, slope, f), middle, f), middle, f)
    fourth = mul(square, _half(square, f), f)  # 8y⁴
    return x, sub(mul(slope, sub(middle, x, f), f), fourth, f), mul(twice, z, f)


@njit(cache=True, nogil=True)
def _half(a, f):  # noqa: ANN001, ANN202 - compiled
    """Half of a number modulo m."""
    one = np.uint64(1)
    a0, a1, a2, a3, top = a[0], a[1], a[2], a[3], np.uint64(0)
    if a0 & one:
        a0, carry = a0 + f[0], np.uint64(a0 + f[0] < a0)
        b1 = a1 + f[1]
        b2 = a2 + f[2]
        b3 = a3 + f[3]
        c1, c2, c3 = np.uint64(b1 < a1), np.uint64(b2 < a2), np.uint64(b3 < a3)
        a1 = b1 + carry
        carry = c1 | np.uint64(a1 < b1)
        a2 = b2 + carry
        carry = c2 | np.uint64(a2 < b2)
        a3 = b3 + carry
        top = c3 | np.uint64(a3 < b3)
    up = np.uint64(63)
    return (a0 >> one) | (a1 << up), (a1 >> one) | (a2 << up), (a2 >> one) | (a3 << up), (a3 >> one) | (top << up)


@njit(cache=True, nogil=True)
def _add(x, y, z, x2, y2, unit, f, minus_three):  # noqa: ANN001, ANN202 - compiled
    """(x, y, z) plus (x2, y2), the second point affine."""
    if is_zero(z):
        return x2, y2, unit
    square = mul(z, z, f)
    run = sub(mul(x2, square, f), x, f)
    rise = sub(mul(y2, mul(square, z, f), f), y, f)
    if is_zero(run):
        if is_zero(rise):
            return _double(x, y, z, f, minus_three)
        return x, y, run
    square = mul(run, run, f)
    cube = mul(square, run, f)
    middle = mul(square, x, f)
    x = sub(sub(sub(mul(rise, rise, f), cube, f), middle, f), middle, f)
    return x, sub(mul(sub(middle, x, f), rise, f), mul(cube, y, f), f), mul(z, run, f)


@njit(cache=True, nogil=True)
def comb(x, y, bits, unit, f, minus_three):  # noqa: ANN001, ANN201 - compiled
    """table[i, j - 1] = j·2^(bits·i)·(x, y) as affine points in the form of the modulus."""
    windows, per = 255 // bits + 1, (1 << bits) - 1
    points = np.zeros((windows * per * 3, 4), np.uint64)
    for i in range(windows):
        rx, ry, rz = x, y, sub(x, x, f)
        for j in range(per):
            rx, ry, rz = _add(rx, ry, rz, x, y, unit, f, minus_three)
            _put(points, i * per + j, rx, ry, rz)
        rx, ry, rz = x, y, unit
        for _ in range(bits):
            rx, ry, rz = _double(rx, ry, rz, f, minus_three)
        each = inverse(rz, unit, f)
        square = mul(each, each, f)
        x, y = mul(rx, square, f), mul(ry, mul(square, each, f), f)
    return _affine(points, unit, f).reshape((windows, per, 2, 4))


@njit(cache=True, nogil=True)
def _put(points, at, x, y, z):  # noqa: ANN001, ANN202 - compiled
    keep(points, 3 * at, x)
    keep(points, 3 * at + 1, y)
    keep(points, 3 * at + 2, z)


@njit(cache=True, nogil=True)
def _affine(points, unit, f):  # noqa: ANN001, ANN202 - compiled
    """Affine coordinates of many points at the price of one inversion; none of them is infinity."""
    count = len(points) // 3
    products, out = np.zeros((count, 4), np.uint64), np.zeros((count * 2, 4), np.uint64)
    run = unit
    for i in range(count):
        keep(products, i, run)
        run = mul(run, kept(points, 3 * i + 2), f)
    run = inverse(run, unit, f)
    for i in range(count - 1, -1, -1):
        each = mul(run, kept(products, i), f)
        run = mul(run, kept(points, 3 * i + 2), f)
        square = mul(each, each, f)
        keep(out, 2 * i, mul(kept(points, 3 * i), square, f))
        keep(out, 2 * i + 1, mul(kept(points, 3 * i + 1), mul(square, each, f), f))
    return out


@njit(cache=True, nogil=True)
def _window(scalars, row, bits, i):  # noqa: ANN001, ANN202 - compiled
    word, at = (bits * i) >> 6, (bits * i) & 63
    found = scalars[row, word] >> np.uint64(at)
    if at + bits > 64 and word < 3:
        found |= scalars[row, word + 1] << np.uint64(64 - at)
    return np.int64(found & np.uint64((1 << bits) - 1))


@njit(cache=True, nogil=True)
def _entry(tables, whose, i, j):  # noqa: ANN001, ANN202 - compiled
    """X and y of a table's point."""
    entry = tables[whose, i, j]
    return kept(entry, 0), kept(entry, 1)


@njit(cache=True, nogil=True)
def _sum(x, y, z, scalars, row, tables, whose, bits, unit, f, minus_three):  # noqa: ANN001, ANN202 - compiled
    for i in range(255 // bits + 1):
        j = _window(scalars, row, bits, i)
        if j:
            x2, y2 = _entry(tables, whose, i, j - 1)
            x, y, z = _add(x, y, z, x2, y2, unit, f, minus_three)
    return x, y, z


@njit(cache=True, nogil=True)
def agree(us, vs, wanted, second, ways, whose, g_tables, q_tables, bits, unit, f, minus_three):  # noqa: ANN001, ANN201 - compiled
    """Of each row whether u·G + v·Q is the point that is meant: its x is ``wanted`` or ``second``, in the form of the modulus.

    A second of zero is none. ``ways``: -1, or which of the two x is meant (from 2 on the second) and whether y is odd.
    ``g_tables``: of G with windows of :data:`BASE_BITS`, alone; ``q_tables``: of several Q with windows of ``bits``; ``whose``: the one
    that each row is about.
    """
    count = len(us)
    found, begun, odd = np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    points, room = np.zeros((2 * count, 4), np.uint64), np.zeros((2 * count, 4), np.uint64)
    turns, base = np.zeros(count, np.int64), np.zeros(count, np.int64)
    odd[:] = count < FEW
    for i in range(0 if count < FEW else 255 // BASE_BITS + 1):
        _step(points, begun, odd, us, g_tables, base, BASE_BITS, i, room, turns, unit, f)
    for i in range(0 if count < FEW else 255 // bits + 1):
        _step(points, begun, odd, vs, q_tables, whose, bits, i, room, turns, unit, f)
    none = sub(unit, unit, f)
    for row in range(count):
        first, other = kept(wanted, row), kept(second, row)
        if odd[row]:
            x, y, z = _sum(none, none, none, us, row, g_tables, 0, BASE_BITS, unit, f, minus_three)
            x, y, z = _sum(x, y, z, vs, row, q_tables, whose[row], bits, unit, f, minus_three)
            if not is_zero(z):
                each = inverse(z, unit, f)
                square = mul(each, each, f)
                x, y = mul(x, square, f), mul(y, mul(square, each, f), f)
                found[row] = _meant(x, y, first, other, ways[row], f)
        elif begun[row]:
            found[row] = _meant(kept(points, 2 * row), kept(points, 2 * row + 1), first, other, ways[row], f)
    return found


@njit(cache=True, nogil=True)
def _meant(x, y, first, other, way, f):  # noqa: ANN001, ANN202 - compiled
    is_other = not is_zero(other) and same(x, other)
    if way < 0:
        return is_other or same(x, first)
    plain = mul(y, (np.uint64(1), np.uint64(0), np.uint64(0), np.uint64(0)), f)
    return way < 4 and (is_other if way > 1 else same(x, first)) and plain[0] & np.uint64(1) == np.uint64(way & 1)


@njit(cache=True, nogil=True)
def _step(points, begun, odd, scalars, tables, whose, bits, i, room, turns, unit, f):  # noqa: ANN001, ANN202 - compiled
    """Add to each row's point what window ``i`` of its scalar picks, all slopes at the price of one inversion.

    A row whose point meets its own x leaves as ``odd``: sums that a forger aims at are for the formulas without exceptions.
    ``begun``: whether the row has a point yet.
    """
    run, last, per = unit, len(turns) - 1, (1 << bits) - 1
    for row in range(len(turns)):
        soon = min(row + _SOON, last)
        entry = ((whose[soon] * tables.shape[1] + i) * per + max(_window(scalars, soon, bits, i) - 1, 0)) * 8
        ahead(tables, entry)
        j = np.int64(0) if odd[row] else _window(scalars, row, bits, i)
        turns[row] = 0
        if not j:
            continue
        x, y = _entry(tables, whose[row], i, j - 1)
        if not begun[row]:
            begun[row] = True
            keep(points, 2 * row, x)
            keep(points, 2 * row + 1, y)
            continue
        delta = sub(x, kept(points, 2 * row), f)
        if is_zero(delta):
            odd[row] = True
            continue
        turns[row] = j
        keep(room, 2 * row, delta)
        keep(room, 2 * row + 1, run)
        run = mul(run, delta, f)
    run = inverse(run, unit, f)
    for row in range(len(turns) - 1, -1, -1):
        j = turns[row]
        if not j:
            continue
        x2, y2 = _entry(tables, whose[row], i, j - 1)
        x, y = kept(points, 2 * row), kept(points, 2 * row + 1)
        slope = mul(mul(run, kept(room, 2 * row + 1), f), sub(y2, y, f), f)
        run = mul(run, kept(room, 2 * row), f)
        third = sub(sub(mul(slope, slope, f), x, f), x2, f)
        keep(points, 2 * row, third)
        keep(points, 2 * row + 1, sub(mul(slope, sub(x, third, f), f), y, f))


@njit(cache=True, nogil=True)
def multiples(us, g_tables, unit, f, minus_three):  # noqa: ANN001, ANN201 - compiled
    """u·G of each row, none of them zero, as affine points in the form of the modulus."""
    points, none = np.zeros((len(us) * 3, 4), np.uint64), sub(unit, unit, f)
    for row in range(len(us)):
        x, y, z = _sum(none, none, none, us, row, g_tables, 0, BASE_BITS, unit, f, minus_three)
        _put(points, row, x, y, z)
    return _affine(points, unit, f)


@njit(cache=True, nogil=True)
def combination(u, v, x, y, g_tables, unit, f, minus_three):  # noqa: ANN001, ANN201 - compiled
    """u·G + v·(x, y) as a Jacobian point, for a point that is met once; ``u``, ``v``: arrays of one row."""
    none = sub(unit, unit, f)
    px, py, pz = none, none, none
    for i in range(255, -1, -1):
        px, py, pz = _double(px, py, pz, f, minus_three)
        if (v[0, i >> 6] >> np.uint64(i & 63)) & np.uint64(1):
            px, py, pz = _add(px, py, pz, x, y, unit, f, minus_three)
    return _sum(px, py, pz, u, 0, g_tables, 0, BASE_BITS, unit, f, minus_three)


@njit(cache=True, nogil=True)
def to_form(numbers, square, f):  # noqa: ANN001, ANN201 - compiled
    """Rows of numbers into the form of the modulus with ``square`` = unit², out of it with ``square`` = 1."""
    out = np.zeros_like(numbers)
    for row in range(len(numbers)):
        keep(out, row, mul(kept(numbers, row), square, f))
    return out


@njit(cache=True, nogil=True)
def raised(numbers, n, room, square, f):  # noqa: ANN001, ANN201 - compiled
    """Each number plus ``n`` in the form of the modulus where it is below ``room``, which is p - n; else zero."""
    out = np.zeros_like(numbers)
    for row in range(len(numbers)):
        each = kept(numbers, row)
        if less(each, room):
            keep(out, row, mul(add(each, n, f), square, f))
    return out
