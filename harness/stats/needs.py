# SPDX-License-Identifier: Apache-2.0
"""What would decide an open verdict: how much more of the same, towards which side, and when nothing of the kind can.

Each answer is a :class:`harness.model.Need`. The numbers come from the bounds that
judge (:mod:`harness.stats.planner`), with the observed value taken for the true one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import SupportsIndex

from harness.model import Need, Text
from harness.stats import binomial, bursts, planner, population
from harness.stats.inputs import Real, count, positive, trials
from harness.stats.rms import SHORTEST, RmsBounds, from_freedom

_FAR = 1000
"""More than so many times the evidence at hand is called out of reach."""


def for_proportion(x: SupportsIndex, n: SupportsIndex, p0: Real, alpha: Real, beta: Real | None = None) -> Need:
    """For "share <= p0" with ``x`` events in ``n`` trials: the trials that decide if the share stays, or no event follows.

    ``n``: at the observed share; ``n_if_clean``: without a further event. On the limit nothing decides.
    """
    seen, total = trials(x, n)
    observed, limit = Fraction(seen, total), Fraction(p0)
    clean = planner.trials_to_pass(seen, p0, alpha)
    if observed < limit:
        wanted = planner.first(lambda k: binomial.upper(_scaled(seen, total, k), k, alpha) <= p0, total, total)
        return _asked("pass", "trials", wanted, total, n_if_clean=clean)
    if observed > limit:
        risk = alpha if beta is None else beta
        wanted = planner.first(lambda k: binomial.lower(seen * k // total, k, risk) > p0, total, total)
        return _asked("fail", "trials", wanted, total, n_if_clean=clean)
    return replace(_on_the_limit(), n_if_clean=clean)


def for_bursts(table: Mapping[int, int], n: SupportsIndex, p0: Real, alpha: Real, longest: Real) -> Need:
    """For "loss <= p0" with the bursts of ``table`` {length: number} in ``n`` packets and ``longest`` = L0 declared.

    ``n``: if bursts go on arriving as observed; ``n_if_clean``: without a further loss.
    """
    total = count(n, "the number of packets", 1)
    lost = sum(length * number for length, number in table.items())
    clean = planner.packets_to_pass(table, p0, alpha, longest)

    def more(times: int) -> bursts.BurstBounds:
        return bursts.bounds(
            {length: number * times for length, number in table.items()}, total * times, alpha, longest
        )

    if Fraction(lost, total) < Fraction(p0):
        times = planner.first(lambda k: (more(k).upper or 0) <= p0, 1, 1) if lost else 1
        wanted = times * total if lost else max(clean, total)
        return _asked("pass", "packets", wanted, total, n_if_clean=clean)
    if Fraction(lost, total) > Fraction(p0):
        times = planner.first(lambda k: more(k).lower > p0, 1, 1)
        return _asked("fail", "packets", times * total, total, n_if_clean=clean)
    return replace(_on_the_limit(), n_if_clean=clean)


def for_rms(found: RmsBounds, limit: Real, alpha: Real) -> Need:
    """For "RMS <= limit" (same unit): the epochs at which the observed RMS decides, if its correlation stays.

    Degrees of freedom grow in proportion to the record; at least 50 correlation times.
    """
    ratio = found.value / positive(limit, "the limit")
    if found.nu == 0:
        return _asked("pass" if ratio < 1 else "fail", "epochs", math.ceil(SHORTEST * found.tau), found.n)
    if ratio == 1:
        return _on_the_limit()
    side = 1 if ratio < 1 else 0

    def decides(nu: int) -> bool:
        edge = from_freedom(1, nu, alpha)[side] * ratio
        return edge <= 1 if side else edge > 1

    freedom = planner.first(decides, 1, max(1, int(found.nu)))
    wanted = max(math.ceil(found.n * freedom / found.nu), math.ceil(SHORTEST * found.tau))
    return _asked("pass" if side else "fail", "epochs", wanted, found.n)


def for_items(x: SupportsIndex, n: SupportsIndex, size: SupportsIndex, least_share: Real, alpha: Real) -> Need:
    """For "at least ``least_share`` of a register of ``size`` conform" with ``x`` of ``n`` drawn items conforming.

    ``items``: the sample that decides if no further bad item turns up; at most the whole register, which decides in any case.
    """
    (good, drawn), total = trials(x, n), count(size, "the population", 1)
    wanted = population.coverage_sample_size(total, least_share, drawn - good, alpha) or total
    return _asked(
        "pass" if Fraction(good, drawn) >= Fraction(least_share) else "fail", "items", max(wanted, drawn), drawn
    )


def for_bounds(value: Real, bound: Real, limit: Real, n: int, towards: str) -> Need:
    """For any estimate: bounds close in with the root of ``n``, so ((bound - value)/(limit - value))^2 times the evidence.

    ``bound``: the one that has to get to the right side of ``limit``; the instrument's allowance is already taken off
    ``limit``. All in one unit. When the value is not on that side, no amount of evidence decides.
    """
    room, width = Fraction(limit) - Fraction(value), Fraction(bound) - Fraction(value)
    if room == 0:
        return _on_the_limit()
    if (room > 0) != (width > 0):
        return _never()
    return _asked(towards, "samples", math.ceil(n * (width / room) ** 2), n)


def _scaled(seen: int, total: int, n: int) -> int:
    """Events among ``n`` trials at the observed share, rounded up: never fewer than seen when n grows."""
    return -(-seen * n // total)


def _asked(towards: str, unit: str, wanted: int, have: int, n_if_clean: int | None = None) -> Need:
    zh = {"trials": "次试验", "packets": "个报文", "epochs": "个历元", "items": "项抽样", "samples": "个样本"}[unit]
    goal_zh, goal_en = ("合格", "PASS") if towards == "pass" else ("不合格", "FAIL")
    if wanted > _FAR * have:
        text = Text(
            f"测得值太接近限值：约需 {wanted} {zh}（现有 {have}），增加样本不现实。",
            f"The value is too close to the limit: about {wanted} {unit} would be needed ({have} so far), which is out of reach.",
        )
    else:
        text = Text(
            f"若测得值保持不变，共需约 {wanted} {zh}（现有 {have}，还差 {max(wanted - have, 0)}）可判定{goal_zh}。",
            f"If the value stays, about {wanted} {unit} in all ({have} so far, {max(wanted - have, 0)} more) decide for {goal_en}.",
        )
    return Need(text, towards, unit, wanted, n_if_clean)


def _on_the_limit() -> Need:
    text = Text(
        "测得值正好等于限值：多少样本都不能判定。",
        "The value lies exactly on the limit: no amount of evidence decides.",
    )
    return Need(text)


def _never() -> Need:
    text = Text(
        "测得值与限值之差小于仪器容许：增加样本不能判定，须改用更准的仪器或重新校准。",
        "The value is closer to the limit than the instrument's allowance: more samples cannot decide, a better instrument can.",
    )
    return Need(text)
