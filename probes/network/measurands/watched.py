# SPDX-License-Identifier: Apache-2.0
"""Bounds of one node that hold at every look while packets still come in (harness.stats.sequential, burst form).

Events are bursts of packets that were lost or over the cut, among packets whose waiting time is over: a probe enters the
trace only then, so the newest packets are no better than the others. Without a declared longest burst L0 nothing passes, nor once a longer one was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from harness.kit.contradictions import contradicted
from harness.model import Lack
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats import sequential
from probes.network.measurands.words import WORDS

METHOD = "method-watched"


@dataclass(frozen=True, slots=True)
class Watched:
    """A share of packets with bounds for all times together; ``lacks`` say why there is no upper one."""

    lower: float
    upper: float | None
    lacks: tuple[Lack, ...]


def bounds(table: Mapping[int, int], n: int, p0: Fraction, request: Request, *, unsure: int = 0) -> Watched:
    """Share of ``n`` packets in the bursts of ``table`` {length: number}; ``p0``: the share the limit allows.

    ``unsure``: bursts that may be none, because of the instrument's floor.
    """
    if not 0 < p0 < 1 or n == 0:
        return Watched(0.0, None, no_limit())
    seen = max((length for length, many in table.items() if many), default=0)
    request, _told = contradicted(request, "longest_credible_burst", Quantity(Fraction(seen), "packets"))
    longest = longest_burst(request)
    _, upper = sequential.burst_bounds(table, n, request.alpha, p0, longest)
    starts = max(0, sum(table.values()) - unsure)
    lower = sequential.bounds(starts, n, request.beta, p0).lower
    return Watched(lower, upper, (WORDS.lack("watched-burst"),) if longest is None else ())


def longest_burst(request: Request) -> Fraction | None:
    """The longest credible burst L0 that the profile declares, in packets."""
    declared = request.constant("longest_credible_burst")
    return None if declared is None else declared.base


def no_limit() -> tuple[Lack, ...]:
    """This statistic or limit cannot be watched."""
    return (WORDS.lack("watched-statistic"),)
