# SPDX-License-Identifier: Apache-2.0
"""Our bounds against answers computed by R (shared/data/statistics), at the tolerances those files state."""

import math
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from harness.decide import decide
from harness.model import BudgetItem, Criterion, Estimate, Outcome, Reading, Rule, Text
from harness.quantity import Limit, Quantity
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
from tests.harness.stats.reference import Case, cases, parametrise


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
    east, north = np.array(case.input["e"]), np.array(case.input["n"])
    squared = east**2 + north**2
    nu = rms.batch_freedom(squared, case.input["batches"], 0.05)
    bounds = rms.from_freedom(squared.mean(), nu, 0.05)
    assert case.close(rms.bounds(squared, 2, 0.05).value, "drms")
    assert case.close(nu, "nu")
    assert case.close(bounds.upper, "rms_upper")
    assert case.close(bounds.lower, "rms_lower")
    assert case.close(radial.bounds(np.sqrt(squared), 0.95, 0.05).value, "r95")


@parametrise("r_autocorrelation")
def test_autocovariances_and_batch_means_agree_with_r(case: Case) -> None:
    x, lags = np.array(case.input["x"]), case.input["L"]
    n, size = len(x), case.expected["batch_m"]
    gamma = autocorrelation.autocovariance(x, lags)
    long_run = gamma[0] + 2 * sum((1 - j / (lags + 1)) * gamma[j] for j in range(1, lags + 1))
    means = autocorrelation.batch_means(x[: n // size * size], n // size)
    assert size == math.isqrt(n)
    assert case.close(gamma[0] * n / (n - 1), "var")
    assert case.close(gamma[1] / gamma[0], "r1")
    assert case.close(long_run, "bartlett_lrv")
    assert case.close(size * means.var(ddof=1), "batch_lrv")
    assert case.close(rms.bounds(np.square(x), 1, 0.05).value, "rms")
    # coda takes an autoregressive spectrum (informative only, says the file), and may count more epochs than there are
    informative = min(n, case.expected["coda_ess"])
    assert n / autocorrelation.integrated_time(x) == pytest.approx(informative, rel=0.5)


@parametrise("r_radial_quantile")
def test_gaussian_radii_agree_with_numerical_integration_in_r(case: Case) -> None:
    assert case.close(radial.gaussian(case.input["P"], case.input["rho"]), "R")
    assert case.close(math.hypot(1, case.input["rho"]), "drms")


@parametrise("r_ratio_fieller")
def test_fieller_delta_and_log_intervals_agree_with_r(case: Case) -> None:
    a, b, alpha = case.input["a"], case.input["b"], (1 - case.input["conf"]) / 2
    exact, display = ratio.fieller(a, b, alpha), ratio.delta(a, b, alpha)
    logs = before_after.log_ratio(b, a, alpha)
    assert case.close(exact.value, "ratio")
    assert case.close(logs.value, "geo_ratio")
    for got, key in (
        ((exact.lower, exact.upper), "fieller"),
        (display, "delta_ci"),
        ((logs.lower, logs.upper), "geo_ci"),
    ):
        np.testing.assert_allclose(got, case.expected[key], rtol=case.rel_tol, atol=0)


@parametrise("r_before_after")
def test_paired_tests_at_the_target_ratio_agree_with_r(case: Case) -> None:
    found = before_after.paired(case.input["before"], case.input["after"], case.input["target_ratio"], 0.05)
    assert case.close(found.t, "t")
    assert case.close(found.p_below, "p_t")
    assert case.close(found.upper, "upper_t")
    assert case.close(found.p_wilcoxon, "p_wilcox_two")
    assert case.close(found.median, "hl")


@parametrise("r_rate_ratio")
def test_rate_ratios_agree_with_r(case: Case) -> None:
    i = case.input
    found = before_after.rate_ratio(i["after"], i["T_after"], i["before"], i["T_before"], 1 - i["conf"])
    assert case.close(found.value, "ratio")
    assert case.close(found.upper, "ratio_upper")
    p = before_after.rate_ratio_p(i["after"], i["T_after"], i["before"], i["T_before"], 0.85)
    assert case.close(p, "p_085")


@parametrise("r_hypergeometric")
def test_bounds_of_a_finite_population_are_exactly_those_of_r(case: Case) -> None:
    found = population.bounds(case.input["x"], case.input["n"], case.input["N"], case.input["alpha"])
    assert found == (case.expected["K_lo"], case.expected["K_hi"])


@parametrise("r_hypergeometric_plan")
def test_coverage_samples_are_exactly_those_of_r(case: Case) -> None:
    i = case.input
    assert population.coverage_sample_size(i["N"], i["p0"], i["c"], i["alpha"]) == case.expected["n"]


@parametrise("r_register_audit")
def test_audit_sizes_are_exactly_those_of_r(case: Case) -> None:
    i = case.input
    assert counts.audit_size(i["claimed"], i["required"], i["c"], i["alpha"]) == case.expected["n"]


@parametrise("r_tolerance_normal")
def test_normal_tolerance_factors_agree_with_r(case: Case) -> None:
    assert case.close(tolerance.factor(case.input["n"], case.input["P"], 1 - case.input["conf"]), "k1")


@parametrise("r_mtbf_poisson")
def test_rates_and_mtbf_agree_with_r(case: Case) -> None:
    events, over, alpha = case.input["events"], case.input["T"], 1 - case.input["conf"]
    np.testing.assert_allclose(
        reliability.rate(events, over, alpha / 2), case.expected["rate_two"], rtol=case.rel_tol, atol=0
    )
    assert case.close(reliability.rate(events, over, alpha).upper, "rate_upper_one")
    assert case.close(reliability.mtbf(events, over, alpha).lower, "mtbf_lower_one")


@parametrise("r_availability_F")
def test_down_to_up_ratios_agree_with_r(case: Case) -> None:
    i = case.input
    assert case.close(reliability.down_to_up_upper(i["outages"], i["down"], i["up"], 0.05), "rho_upper")


@parametrise("r_conformity")
def test_conformance_probabilities_agree_with_r(case: Case) -> None:
    i = case.input
    assert case.close(conformity.probability(i["y"], i["u"], i["T"]), "p_conform")


@parametrise("r_verdict_upper_spec")
def test_sampling_and_instrument_combine_as_in_r(case: Case) -> None:
    i = case.input
    sampling = budget.Component(BudgetItem(Text("抽样", "sampling"), "A", i["uA"], "ms"))
    rooted = budget.combine([sampling, budget.Component(BudgetItem(Text("时钟", "clock"), "B", i["uB"], "ms"))])
    added = budget.combine([sampling, budget.Component(BudgetItem(Text("时钟", "clock"), "bound", 2 * i["uB"], "ms"))])
    bounds = budget.bounds(i["y"], rooted, 0.05)
    assert case.close(bounds.upper, "upper")
    assert case.close(bounds.lower, "lower")
    assert case.close(conformity.probability(i["y"], rooted.uncertainty, i["T"]), "p_conform")
    assert case.close(budget.bounds(i["y"], added, 0.05).upper + added.allowance, "upper_linear")
    estimate = Estimate(i["y"], "ms", 1, 1, *bounds, Fraction(19, 20), "Gaussian")
    limit = Limit("<=", Quantity(Fraction(i["T"]), "ms"))
    criterion = Criterion(Reading("r", Text("", ""), "m", "s"), limit, Rule.GUARDED, Fraction(19, 20))
    assert decide(Outcome(estimate), criterion).verdict == case.expected["verdict"]


def test_no_reference_answer_is_left_unused(reference_folder: Path) -> None:
    tests = Path(__file__).resolve().parents[2]
    used = "".join(path.read_text(encoding="utf-8") for path in tests.rglob("test_*.py"))
    files = {path.stem for path in reference_folder.glob("*.json")} - {"coverage_reference"}  # our own simulations
    answers = sum(len(cases(name)) for name in files)
    assert not {name for name in files if f'("{name}")' not in used}
    assert answers == 630
