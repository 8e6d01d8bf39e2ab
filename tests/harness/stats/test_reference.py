# SPDX-License-Identifier: Apache-2.0
"""Our bounds against answers computed by R (shared/data/statistics), at the tolerances those files state."""

from collections import Counter

import numpy as np

from harness.stats import binomial, bursts, quantile, rms
from tests.harness.stats.reference import Case, parametrise


@parametrise("r_binomial")
def test_binomial_bounds_agree_with_r(case: Case) -> None:
    x, n, alpha = case.input["x"], case.input["n"], 1 - case.input["conf"]
    one, two = binomial.bounds(x, n, alpha), binomial.bounds(x, n, alpha / 2)
    assert case.close(one.upper, "cp_upper_one")
    assert case.close(one.lower, "cp_lower_one")
    for got, key in (
        (two, "cp_two"),
        (binomial.wilson(x, n, alpha / 2), "wilson_two"),
        (binomial.jeffreys(x, n, alpha / 2), "jeffreys_two"),
    ):
        np.testing.assert_allclose(got, case.expected[key], rtol=case.rel_tol, atol=0)


@parametrise("r_oc_curve")
def test_operating_characteristics_agree_with_r(case: Case) -> None:
    assert case.close(binomial.cumulative(case.input["Ac"], case.input["n"], case.input["p"]), "Pa")


@parametrise("r_quantile_rank")
def test_quantile_ranks_are_exactly_those_of_r(case: Case) -> None:
    n, p, alpha = case.input["n"], case.input["p"], 1 - case.input["conf"]
    upper = quantile.upper_rank(n, p, alpha)
    assert upper == case.expected["upper_rank"]
    assert quantile.lower_rank(n, p, alpha) == case.expected["lower_rank"]
    assert case.close(None if upper is None else binomial.cumulative(upper - 1, n, p), "upper_conf")


@parametrise("r_burst_fay_feuer")
def test_burst_bounds_agree_with_r(case: Case) -> None:
    n, alpha, longest = case.input["n"], 1 - case.input["conf"], case.input["L0"]
    packets = bursts.bounds(Counter(case.input["bursts"]), n, alpha, longest)
    times = bursts.unavailability(case.input["bursts"], n, alpha, longest)
    assert case.close(packets.lower, "loss_lower")
    assert case.close(times.lower, "loss_lower")
    assert case.close(times.upper, "loss_upper")
    clopper_pearson = binomial.upper(sum(case.input["bursts"]), n, alpha)
    assert packets.upper == max(times.upper or 0, clopper_pearson)


@parametrise("r_gilbert_elliott_deff")
def test_design_effect_of_a_gilbert_elliott_channel_agrees_with_r(case: Case) -> None:
    p, r, h = case.input["p"], case.input["r"], case.input["h"]
    assert case.close(bursts.design_effect(p, r, h), "deff")
    assert case.close(h * p / (p + r), "loss")


@parametrise("r_rms_bound")
def test_rms_bounds_from_batch_means_agree_with_r(case: Case) -> None:
    squared = np.square(case.input["e"]) + np.square(case.input["n"])
    nu = rms.batch_freedom(squared, case.input["batches"], 0.05)
    bounds = rms.from_freedom(squared.mean(), nu, 0.05)
    assert case.close(nu, "nu")
    assert case.close(bounds.upper, "rms_upper")
    assert case.close(bounds.lower, "rms_lower")
