# SPDX-License-Identifier: Apache-2.0
"""Bounds, plans and finite populations against answers of R 4.2.2, and NIST's reference data sets (known.json says which call)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import resources
from typing import Any

from harness.kit.validation import Case


def cases() -> Iterator[Case]:
    """Every case of known.json."""
    known = json.loads(resources.files("harness.validating").joinpath("known.json").read_text("utf-8"))
    for group, held in known.items():
        for number, (given, expected) in enumerate(held["cases"], 1):
            run = partial(_found, group, given, expected)
            yield Case(f"{group}-{number}", held["source"], run, expected, held["relative"], held["absolute"])


def _found(group: str, given: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """What our own code says, under the keys that the reference has."""
    said = _GROUPS[group](given)
    return {key: said[key] for key in expected}


def _binomial(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import binomial

    x, n, alpha = given["x"], given["n"], 1 - given["conf"]
    one = binomial.bounds(x, n, alpha)
    return {
        "cp_two": list(binomial.bounds(x, n, alpha / 2)),
        "cp_upper_one": one.upper,
        "cp_lower_one": one.lower,
        "wilson_two": list(binomial.wilson(x, n, alpha / 2)),
        "jeffreys_two": list(binomial.jeffreys(x, n, alpha / 2)),
    }


def _curve(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import binomial

    return {"Pa": binomial.cumulative(given["Ac"], given["n"], given["p"])}


def _ranks(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import quantile

    ask = given["n"], given["p"], 1 - given["conf"]
    return {"upper_rank": quantile.upper_rank(*ask), "lower_rank": quantile.lower_rank(*ask)}


def _population(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import population

    found = population.bounds(given["x"], given["n"], given["N"], given["alpha"])
    return {"K_lo": found.lower, "K_hi": found.upper}


def _coverage(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import population

    return {"n": population.coverage_sample_size(given["N"], given["p0"], given["c"], given["alpha"])}


def _audit(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import counts

    return {"n": counts.audit_size(given["claimed"], given["required"], given["c"], given["alpha"])}


def _tolerance(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import tolerance

    return {"k1": tolerance.factor(given["n"], given["P"], 1 - given["conf"])}


def _reliability(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import reliability

    events, over, alpha = given["events"], given["T"], 1 - given["conf"]
    return {
        "rate_two": list(reliability.rate(events, over, alpha / 2)),
        "rate_upper_one": reliability.rate(events, over, alpha).upper,
        "mtbf_lower_one": reliability.mtbf(events, over, alpha).lower,
    }


def _rate_ratio(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import before_after

    sides = given["after"], given["T_after"], given["before"], given["T_before"]
    found = before_after.rate_ratio(*sides, 1 - given["conf"])
    return {"ratio": found.value, "ratio_upper": found.upper}


def _conformity(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import conformity

    return {"p_conform": conformity.probability(given["y"], given["u"], given["T"])}


def _radial(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import radial

    return {"R": radial.gaussian(given["P"], given["rho"])}


def _design(given: Mapping[str, Any]) -> dict[str, Any]:
    from harness.stats import bursts

    return {"deff": bursts.design_effect(given["p"], given["r"], given["h"])}


def _moments(given: Mapping[str, Any]) -> dict[str, Any]:
    import numpy as np

    from harness.stats import autocorrelation
    from harness.stats.moments import Moments

    values = np.array(given["data"])
    moments = Moments.of(values)
    gamma = autocorrelation.autocovariance(values.astype(float), 1)
    return {"mean": float(moments.mean), "sd_n_minus_1": moments.sd, "autocorr_lag1": float(gamma[1] / gamma[0])}


_GROUPS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "binomial": _binomial,
    "oc_curve": _curve,
    "quantile_rank": _ranks,
    "hypergeometric": _population,
    "hypergeometric_plan": _coverage,
    "register_audit": _audit,
    "tolerance_normal": _tolerance,
    "mtbf_poisson": _reliability,
    "rate_ratio": _rate_ratio,
    "conformity": _conformity,
    "radial_quantile": _radial,
    "gilbert_elliott_deff": _design,
    "nist": _moments,
}
