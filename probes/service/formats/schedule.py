# SPDX-License-Identifier: Apache-2.0
"""Moments at which requests are due, fixed before the first one leaves and drawn again from the trace by whoever checks.

From SHA-256 and not from a library's generator, whose stream may change between versions: a trace is held to its seed for years.
"""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction

_WORDS = 4
"""Numbers of 64 bits in one digest."""


def due(seed: str, rate_hz: Fraction, count: int, *, periodic: bool = False) -> list[int]:
    """The first ``count`` moments in ns from the start, at ``rate_hz`` on average.

    Independent exponential gaps (a Poisson process, RFC 2330 §11.1), or equal ones after a random phase.
    """
    gap_ns = float(1_000_000_000 / rate_hz)
    if periodic:
        phase = uniform(seed, 0, 0) * gap_ns
        return [round(phase + at * gap_ns) for at in range(count)]
    found, at = list[int](), 0.0
    for block in range(-(-count // _WORDS)):
        for word in range(_WORDS):
            at -= math.log(uniform(seed, block, word)) * gap_ns
            found.append(round(at))
    return found[:count]


def within(seed: str, rate_hz: Fraction, duration_ns: int, *, periodic: bool = False) -> list[int]:
    """All moments before ``duration_ns``."""
    mean = float(rate_hz) * duration_ns / 1e9
    count = math.ceil(mean + 8 * math.sqrt(mean) + 16)
    while (found := due(seed, rate_hz, count, periodic=periodic))[-1] < duration_ns:
        count *= 2
    return [each for each in found if each < duration_ns]


def uniform(seed: str, block: int, word: int) -> float:
    """A number in (0, 1]."""
    digest = hashlib.sha256(f"yanshou-arrivals-1\n{seed}\n{block}".encode()).digest()
    return (int.from_bytes(digest[8 * word : 8 * word + 8], "big") + 1) / 2**64


def prefix(seed: str, request: int) -> str:
    """What the prompt of a request begins with, so that no two begin alike and no cache knows it."""
    return hashlib.sha256(f"yanshou-prompt-1\n{seed}\n{request}".encode()).hexdigest()[:16]
