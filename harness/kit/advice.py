# SPDX-License-Identifier: Apache-2.0
"""What would decide an open verdict: one thing that can be done, in numbers of the bounds that judge, or the line to write."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from harness.errors import StatisticsError
from harness.kit.words import Catalogue
from harness.model import Need
from harness.plugins import Request
from harness.stats import needs

WORDS = Catalogue("harness", "advice")
_Bounds = tuple[float | Fraction | None, float | Fraction | None]
_UNITS = {"longest_credible_burst": "packets", "longest_credible_outage": "s"}


def for_share(events: int, trials: int, bounds: _Bounds, ask: Request) -> Need | None:
    """For the share of ``trials`` in which ``events`` came: how many trials in all decide; None where it is decided or has no limit."""
    asked = _limit(ask)
    if asked is None or not _open(bounds, *asked):
        return None
    limit, upper = asked
    try:
        if upper:
            return needs.for_proportion(events, trials, limit, ask.risk_above, ask.risk_below)
        return needs.for_proportion(trials - events, trials, 1 - limit, ask.risk_below, ask.risk_above)
    except StatisticsError:
        return None


def for_bursts(
    table: Mapping[int, int], n: int, longest: Any, bounds: _Bounds, ask: Request, *, good: bool
) -> Need | None:
    """The same for what is lost in bursts of which the longest credible one is declared."""
    asked = _limit(ask)
    if asked is None:
        return None
    limit, upper = asked
    lost = 1 - limit if good else limit
    if upper == good or not _open(bounds, lost, upper=True):
        return None
    try:
        return needs.for_bursts(table, n, lost, ask.risk_below if good else ask.risk_above, longest)
    except StatisticsError:
        return None


def to_declare(ask: Request, constant: str, seen: float, unit: str = "") -> Need:
    """The line that the profile lacks: the worst case that somebody answers for, at least what was seen."""
    least = max(1, math.ceil(seen))
    value = f"{least} {unit or _UNITS.get(constant, 'packets')}"
    line = f"declared: {{{ask.indicator}: {{{constant}: {value}}}}}"
    return Need(WORDS.text("declare", line=line, seen=value), "pass")


def _limit(ask: Request) -> tuple[Fraction, bool] | None:
    """The limit as a share and whether it is an upper one; None where there is none that sampling can prove."""
    if ask.limit is None or ask.limit.op == "==" or ask.limit.quantity.dimension != "ratio":
        return None
    share = ask.limit.quantity.to("1")
    return (share, ask.limit.upper) if 0 < share < 1 else None


def _open(bounds: _Bounds, limit: Fraction, upper: bool) -> bool:
    """Whether the bounds leave the verdict open."""
    low, high = bounds
    proven = high is not None and high <= limit if upper else low is not None and low >= limit
    refuted = low is not None and low > limit if upper else high is not None and high < limit
    return not proven and not refuted
