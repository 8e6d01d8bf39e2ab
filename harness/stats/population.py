# SPDX-License-Identifier: Apache-2.0
"""Finite populations: what a simple random sample without replacement says about a register of N items.

Hypergeometric bounds are exact; a full census has no sampling error. The sample is drawn by hashing the committed
register with a nonce both sides agreed on, so that nobody can choose convenient items and anybody can draw it again.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple, SupportsIndex

import numpy as np

from harness.errors import StatisticsError
from harness.stats.inputs import Real, count, risk, share, trials


class Conforming(NamedTuple):
    """Bounds of the number of conforming items in the register, each one-sided at level 1 - alpha."""

    lower: int
    upper: int


def bounds(x: SupportsIndex, n: SupportsIndex, population: SupportsIndex, alpha: Real) -> Conforming:
    """Bounds of the conforming items among ``population`` from ``x`` conforming in a sample of ``n``.

    K_lo = min{K: P(X >= x | N, K, n) > alpha}, K_hi = max{K: P(X <= x | N, K, n) > alpha}.
    StatisticsError for contradictory counts or a population smaller than its sample.
    """
    level = risk(alpha)
    conforming, sampled = trials(x, n)
    total = _population(population, sampled)
    least, most = conforming, total - (sampled - conforming)
    low = _first(lambda k: 1 - cumulative(conforming - 1, sampled, k, total) > level, least, most)
    high = (
        most + least - _first(lambda k: cumulative(conforming, sampled, most + least - k, total) > level, least, most)
    )
    return Conforming(low, high)


def required(population: SupportsIndex, least_share: Real) -> int:
    """ceil(p0 N): how many items must conform; a float such as 0.85 means 17/20."""
    exact = Fraction(least_share).limit_denominator(10**9)
    share(exact if exact < 1 else Fraction(1, 2), "the required share")
    if exact > 1:
        msg = f"a share of {least_share} is required."
        raise StatisticsError(msg, cure="write it as a share up to 1, such as 0.85.")
    return math.ceil(count(population, "the population", 1) * exact)


def sample_size(population: SupportsIndex, bad: SupportsIndex, allowed: SupportsIndex, alpha: Real) -> int | None:
    """Smallest sample in which at most ``allowed`` bad items prove that fewer than ``bad`` of ``population`` are bad.

    min{n: P(X <= allowed | N, bad, n) <= alpha}; None when ``bad`` <= ``allowed``: no sample proves it.
    """
    level, total = risk(alpha), count(population, "the population", 1)
    wrong, spared = count(bad, "the number of bad items"), count(allowed, "the allowed bad items")
    if wrong > total:
        msg = f"{wrong} bad items in a register of {total}."
        raise StatisticsError(msg, cure="the register must be at least as large as the requirement.")
    if wrong <= spared:
        return None
    return _first(lambda n: cumulative(spared, n, wrong, total) <= level, spared + 1, total)


def coverage_sample_size(
    population: SupportsIndex, least_share: Real, allowed: SupportsIndex, alpha: Real
) -> int | None:
    """Smallest sample that can prove "at least ``least_share`` of the register conform" with ``allowed`` bad ones in it."""
    total = count(population, "the population", 1)
    return sample_size(total, total - required(total, least_share) + 1, allowed, alpha)


def cumulative(x: int, n: int, marked: int, population: int) -> float:
    """P(X <= x) for X marked items in a sample of ``n`` from ``population`` with ``marked`` among them.

    By ratios of neighbouring terms from the mode outward, to 14 standard deviations: additions and products only, the
    same bits on every machine.
    """
    low, high = max(0, n - (population - marked)), min(n, marked)
    if x < low:
        return 0.0
    if x >= high:
        return 1.0
    mode = min(high, max(low, (n + 1) * (marked + 1) // (population + 2)))
    spread = 50 + math.isqrt(200 * (n * marked // population + 1))
    low, high = max(low, mode - spread), min(high, mode + spread)
    rest = population - marked - n
    up, down = np.arange(mode, high, dtype=np.float64), np.arange(mode, low, -1, dtype=np.float64)
    above = np.cumprod((marked - up) * (n - up) / ((up + 1) * (rest + up + 1)))
    below = np.cumprod(down * (rest + down) / ((marked - down + 1) * (n - down + 1)))
    sums = np.cumsum(np.concatenate([below[::-1], [1.0], above]))
    return 0.0 if x < low else float(sums[min(x, high) - low] / sums[-1])


def draw(register_sha256: str, nonce: str, population: SupportsIndex, n: SupportsIndex) -> list[int]:
    """Positions (0-based, ascending) of ``n`` items drawn from a register of ``population`` items in its committed order.

    Item i gets the key SHA-256("yanshou-sample-1" LF register_sha256 LF nonce LF i); the n smallest keys are the sample. A
    larger n keeps every item of a smaller one. StatisticsError unless the digest is 64 hex digits and the nonce is not empty.
    """
    wanted, total = count(n, "the sample", 1), count(population, "the population", 1)
    _population(total, wanted)
    digest = register_sha256.lower()
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise StatisticsError(
            "the register's digest is not a SHA-256.", cure="commit the register file and pass its 64 hex digits."
        )
    if not nonce or "\n" in nonce:
        raise StatisticsError(
            "the nonce is empty or has several lines.", cure="agree on one line after the register is committed."
        )
    stem = hashlib.sha256(f"yanshou-sample-1\n{digest}\n{nonce}\n".encode())
    return sorted(heapq.nsmallest(wanted, range(total), key=lambda i: _key(stem, i)))


def _key(stem: hashlib._Hash, position: int) -> bytes:
    item = stem.copy()
    item.update(str(position).encode())
    return item.digest()


def _population(population: SupportsIndex, sampled: int) -> int:
    total = count(population, "the population", 1)
    if sampled > total:
        msg = f"a sample of {sampled} from a population of {total}."
        raise StatisticsError(msg, cure="check which register the sample was drawn from.")
    return total


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Smallest k in [low, high] for which ``holds`` (false, then true; true at ``high``)."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
