# SPDX-License-Identifier: Apache-2.0
"""Numbers no statistic can stand on raise an error with a cure; none of them becomes a number that looks right."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.errors import StatisticsError
from harness.model import BudgetItem, Text
from harness.stats import (
    autocorrelation,
    before_after,
    binomial,
    budget,
    bursts,
    conformity,
    counts,
    population,
    quantile,
    radial,
    ratio,
    reliability,
    rms,
    tolerance,
)

NAN, INF = math.nan, math.inf
GOOD = [1.0, 2.0, 4.0, 3.0]
SHA = "ab" * 32


def component(value: float, kind: str = "B", **more: float) -> budget.Component:
    return budget.Component(BudgetItem(Text("某项", "x"), kind, value, "ms"), **more)


CASES: dict[str, Callable[[], Any]] = {
    "no trials": lambda: binomial.bounds(0, 0, 0.05),
    "more events than trials": lambda: binomial.bounds(6, 5, 0.05),
    "negative events": lambda: binomial.bounds(-1, 5, 0.05),
    "a fractional count": lambda: binomial.bounds(1.5, 5, 0.05),  # type: ignore[arg-type]
    "a NaN count": lambda: binomial.bounds(NAN, 5, 0.05),  # type: ignore[arg-type]
    "a proportion of one": lambda: binomial.cumulative(1, 5, 1.0),
    "a quantile of nothing": lambda: quantile.upper_rank(0, 0.99, 0.05),
    "a quantile beyond one": lambda: quantile.lower_rank(10, 1.01, 0.05),
    "no values": lambda: quantile.Sample([], 3),
    "NaN among values": lambda: quantile.Sample([1.0, NAN], 0),
    "a negative number of losses": lambda: quantile.Sample(GOOD, -1),
    "all lost": lambda: quantile.bounds(quantile.Cells([0], [1], np.array([0]), 5), 0.5, 0.05),
    "an empty histogram": lambda: quantile.Cells([0], [1], np.array([0])),
    "negative cells": lambda: quantile.Cells([0, 1], [1, 2], np.array([3, -1])),
    "overlapping cells": lambda: quantile.Cells([0, 0.5], [1, 2], np.array([3, 1])),
    "unequal cells": lambda: quantile.Cells([0, 1], [1, 2], np.array([3])),
    "fractional cells": lambda: quantile.Cells([0], [1], np.array([0.5])),
    "no packets": lambda: bursts.bounds({}, 0, 0.05, 10),
    "more lost than sent": lambda: bursts.bounds({5: 3}, 14, 0.05, 10),
    "a burst of nothing": lambda: bursts.bounds({0: 3}, 14, 0.05, 10),
    "a negative number of bursts": lambda: bursts.bounds({1: -3}, 14, 0.05, 10),
    "a negative L0": lambda: bursts.bounds({}, 14, 0.05, -1),
    "an infinite L0": lambda: bursts.bounds({}, 14, 0.05, INF),
    "a negative outage": lambda: bursts.unavailability([-3.0], 14, 0.05, 1),
    "a NaN outage": lambda: bursts.unavailability([NAN], 14, 0.05, 1),
    "outages longer than the watch": lambda: bursts.unavailability([10.0, 5.0], 14, 0.05, 1),
    "no watch": lambda: bursts.unavailability([], 0, 0.05, 1),
    "an impossible chain": lambda: bursts.design_effect(0.1, 0.1, 2),
    "a constant error": lambda: rms.bounds([1e-4] * 500, 2, 0.05),
    "an error of zero": lambda: rms.bounds([0.0] * 500, 2, 0.05),
    "a negative square": lambda: rms.bounds([-1.0, *GOOD], 2, 0.05),
    "a NaN square": lambda: rms.bounds([NAN, *GOOD], 2, 0.05),
    "three axes": lambda: rms.bounds(GOOD, 3, 0.05),
    "no epochs": lambda: rms.bounds([], 2, 0.05),
    "a table instead of a column": lambda: rms.bounds(np.ones((5, 2)), 2, 0.05),
    "no freedom": lambda: rms.from_freedom(1, 0, 0.05),
    "a constant radius": lambda: radial.bounds([0.01] * 500, 0.95, 0.05),
    "a signed radius": lambda: radial.bounds([0.01, -0.01] * 50, 0.95, 0.05),
    "an axis ratio above one": lambda: radial.gaussian(0.95, 1.2),
    "an axis ratio of NaN": lambda: radial.gaussian(0.95, NAN),
    "a lag beyond the series": lambda: autocorrelation.autocovariance(GOOD, 4),
    "more batches than values": lambda: autocorrelation.batch_means(GOOD, 10),
    "one run": lambda: ratio.fieller([1.0], [2.0], 0.05),
    "unpaired runs": lambda: ratio.fieller(GOOD, GOOD[:3], 0.05),
    "copied runs": lambda: ratio.fieller([8.0] * 5, [2.0] * 5, 0.05),
    "a denominator of zero": lambda: ratio.fieller(GOOD, [0.0] * 4, 0.05),
    "a negative denominator": lambda: ratio.delta(GOOD, [-1.0, -2.0, -1.0, -3.0], 0.05),
    "unpaired units": lambda: before_after.paired(GOOD, GOOD[:3], 0.75, 0.05),
    "an exact change": lambda: before_after.paired(GOOD, [0.75 * v for v in GOOD], 0.75, 0.05),
    "a target of zero": lambda: before_after.paired(GOOD, GOOD[::-1], 0, 0.05),
    "samples instead of units": lambda: before_after.paired(np.arange(2001), np.ones(2001), 0.75, 0.05),
    "logarithms of zero": lambda: before_after.log_ratio([0.0, *GOOD], [1.0, *GOOD], 0.05),
    "equal ratios": lambda: before_after.log_ratio(GOOD, GOOD, 0.05),
    "no events at all": lambda: before_after.rate_ratio(0, 1, 0, 1, 0.05),
    "no exposure": lambda: before_after.rate_ratio(1, 0, 2, 1, 0.05),
    "a population smaller than its sample": lambda: population.bounds(5, 10, 9, 0.05),
    "a share above one": lambda: population.required(10, 1.1),
    "a share of zero": lambda: population.required(10, 0),
    "more bad items than items": lambda: population.sample_size(10, 11, 0, 0.05),
    "a sample larger than the register": lambda: population.draw(SHA, "x", 5, 6),
    "a digest that is none": lambda: population.draw("abc", "x", 5, 2),
    "an empty nonce": lambda: population.draw(SHA, "", 5, 2),
    "a nonce of two lines": lambda: population.draw(SHA, "a\nb", 5, 2),
    "fewer claimed than required": lambda: counts.audit_size(99, 100, 0, 0.05),
    "more invalid than checked": lambda: counts.bounds(100, 10, 11, 0.05),
    "one tolerance run": lambda: tolerance.bounds([5.0], 0.95, 0.05),
    "equal tolerance runs": lambda: tolerance.bounds([5.0, 5.0], 0.95, 0.05),
    "negative failures": lambda: reliability.mtbf(-1, 10, 0.05),
    "no time": lambda: reliability.mtbf(1, 0, 0.05),
    "stopped at no failure": lambda: reliability.mtbf(0, 10, 0.05, failure_terminated=True),
    "no outage for F": lambda: reliability.unavailability_upper(0, 1, 10, 0.05),
    "an uncertainty of zero": lambda: conformity.probability(1, 0, 2),
    "an infinite value": lambda: conformity.probability(INF, 1, 2),
    "a negative guard band": lambda: conformity.worst_risk(-1),
    "a negative component": lambda: budget.combine([component(-1)]),
    "a NaN component": lambda: budget.combine([component(NAN)]),
    "an unknown type": lambda: budget.combine([component(1, "C")]),
    "no degrees of freedom": lambda: budget.combine([component(1, "A", freedom=0)]),
    "an infinite sensitivity": lambda: budget.combine([component(1, sensitivity=INF)]),
}

ALPHAS: dict[str, Callable[[float], Any]] = {
    "binomial": lambda alpha: binomial.bounds(1, 10, alpha),
    "wilson": lambda alpha: binomial.wilson(1, 10, alpha),
    "jeffreys": lambda alpha: binomial.jeffreys(1, 10, alpha),
    "upper_rank": lambda alpha: quantile.upper_rank(100, 0.5, alpha),
    "lower_rank": lambda alpha: quantile.lower_rank(100, 0.5, alpha),
    "bursts": lambda alpha: bursts.bounds({1: 1}, 10, alpha, 1),
    "unavailability": lambda alpha: bursts.unavailability([1.0], 10, alpha, 1),
    "rms": lambda alpha: rms.bounds(GOOD, 2, alpha),
    "radial": lambda alpha: radial.bounds(GOOD, 0.5, alpha),
    "fieller": lambda alpha: ratio.fieller(GOOD, GOOD, alpha),
    "paired": lambda alpha: before_after.paired(GOOD, GOOD[::-1], 0.75, alpha),
    "rate_ratio": lambda alpha: before_after.rate_ratio(1, 1, 2, 1, alpha),
    "population": lambda alpha: population.bounds(1, 5, 10, alpha),
    "sample_size": lambda alpha: population.sample_size(10, 5, 0, alpha),
    "audit_size": lambda alpha: counts.audit_size(10, 5, 0, alpha),
    "tolerance": lambda alpha: tolerance.bounds(GOOD, 0.9, alpha),
    "mtbf": lambda alpha: reliability.mtbf(1, 10, alpha),
    "guard_band": lambda alpha: conformity.guard_band(1, alpha),
    "budget": lambda alpha: budget.coverage(5, alpha),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_with_a_cure(name: str) -> None:
    with pytest.raises(StatisticsError) as refusal:
        CASES[name]()
    assert refusal.value.problem
    assert refusal.value.cure


@pytest.mark.parametrize("name", ALPHAS)
@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.95, -0.05, NAN])
def test_a_risk_outside_zero_to_one_half_is_refused_everywhere(name: str, alpha: float) -> None:
    with pytest.raises(StatisticsError, match="alpha"):
        ALPHAS[name](alpha)


def test_all_lost_is_a_loss_of_one_hundred_percent_not_an_error() -> None:
    assert binomial.bounds(10, 10, 0.05).upper == 1
    assert bursts.bounds({10: 1}, 10, 0.05, 1).upper == 1
    assert bursts.gilbert({10: 1}, 10) is None
