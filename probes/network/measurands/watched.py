# SPDX-License-Identifier: Apache-2.0
"""Bounds of one node that hold at every look while packets still come in (harness.stats.sequential, burst form).

Events are bursts of packets that were lost or over the cut, among packets whose waiting time is over: a probe enters the
trace only then, so the newest packets are no better than the others. Without a declared longest burst L0 nothing passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from harness.model import Reason
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats import sequential
from probes.network.measurands import sentences

METHOD = "mixture e-process on bursts, holds at every look, worst node"


@dataclass(frozen=True, slots=True)
class Watched:
    """A share of packets with bounds for all times together; ``missing`` says why there is no upper one."""

    lower: float
    upper: float | None
    missing: Reason | None


def bounds(
    table: Mapping[int, int],
    n: int,
    p0: Fraction,
    risks: tuple[Fraction, Fraction],
    request: Request,
    *,
    unsure: int = 0,
) -> Watched:
    """Share of ``n`` packets in the bursts of ``table`` {length: number}; ``p0``: the share the limit allows.

    ``risks``: of a false PASS and a false FAIL. ``unsure``: bursts that may be none, because of the instrument's floor.
    """
    if not 0 < p0 < 1 or n == 0:
        return Watched(0.0, None, NO_LIMIT)
    longest = declared_burst(request)
    _, upper = sequential.burst_bounds(table, n, risks[0], p0, longest)
    starts = max(0, sum(table.values()) - unsure)
    lower = sequential.bounds(starts, n, risks[1], p0).lower
    return Watched(lower, upper, NO_BURST if longest is None else None)


def declared_burst(request: Request) -> Fraction | None:
    """The longest credible burst L0 that the profile declares, in packets."""
    declared = request.context.declared.get("longest_credible_burst")
    return None if declared is None else Quantity.parse(str(declared)).base


NO_BURST = sentences.reason(
    "watched-burst",
    "测试进行中要判合格，须事先声明最坏突发长度 longest_credible_burst（L0）。",
    "A PASS while the test runs needs the longest credible burst (longest_credible_burst, L0) declared beforehand.",
)
NO_LIMIT = sentences.reason(
    "watched-statistic",
    "该统计量或限值没有随时有效的置信界，须等到计划结束。",
    "This statistic or limit has no bounds that hold at every look: wait for the planned end.",
)
