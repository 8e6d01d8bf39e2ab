# SPDX-License-Identifier: Apache-2.0
"""Failure rates, MTBF and availability for constant rates (IEC 61124, GB/T 5080.7; MIL-HDBK-781 tables are the same formulas).

Constant rates are a model: where failures come in bursts or outage lengths vary wildly use :mod:`harness.stats.bursts`.
"""

from __future__ import annotations

from typing import NamedTuple, SupportsIndex

from harness.stats import special
from harness.stats.inputs import Bounds, Real, count, positive, risk


class Mtbf(NamedTuple):
    """Mean time between failures with bounds, each one-sided at level 1 - alpha; None: no failure, no value, no upper bound."""

    value: float | None
    lower: float
    upper: float | None


def rate(events: SupportsIndex, exposure: Real, alpha: Real) -> Bounds:
    """``(lower, upper)`` of a Poisson rate from ``events`` in ``exposure`` (Garwood 1936), per unit of exposure."""
    seen, over, level = count(events, "the number of events"), positive(exposure, "the exposure"), risk(alpha)
    low = float(special.gammaincinv(seen, level)) if seen else 0.0
    return Bounds(low / over, float(special.gammainccinv(seen + 1, level)) / over)


def mtbf(failures: SupportsIndex, time: Real, alpha: Real, *, failure_terminated: bool = False) -> Mtbf:
    """MTBF from ``failures`` in ``time`` of operation: 2T/chi2inv(1 - alpha, 2r + 2), or 2r when stopped at a failure.

    No failure in T: lower = T / -ln(alpha), that is T/2.996 at 95 %.
    """
    seen, over, level = count(failures, "the number of failures"), positive(time, "the time"), risk(alpha)
    stopped = count(seen, "the number of failures of a failure-terminated test", 1) if failure_terminated else seen + 1
    lower = over / float(special.gammainccinv(stopped, level))
    if seen == 0:
        return Mtbf(None, lower, None)
    return Mtbf(over / seen, lower, over / float(special.gammaincinv(seen, level)))


def unavailability_upper(outages: SupportsIndex, down: Real, up: Real, alpha: Real) -> float:
    """Upper bound of MDT/(MUT + MDT) for exponential up and down times: rho/(1 + rho), rho from :func:`down_to_up_upper`."""
    rho = down_to_up_upper(outages, down, up, alpha)
    return rho / (1 + rho)


def down_to_up_upper(outages: SupportsIndex, down: Real, up: Real, alpha: Real) -> float:
    """Upper bound of MDT/MUT from m outages: (D/Up) (m + 1)/m F_{1 - alpha}(2m + 2, 2m); at least one outage."""
    m, level = count(outages, "the number of outages", 1), risk(alpha)
    share = positive(down, "the down time") / positive(up, "the up time")
    return share * (m + 1) / m * f_quantile(2 * m + 2, 2 * m, level)


def f_quantile(numerator: SupportsIndex, denominator: SupportsIndex, alpha: Real) -> float:
    """Upper alpha quantile of Fisher's F by the incomplete beta function."""
    a, b = count(numerator, "degrees of freedom", 1) / 2, count(denominator, "degrees of freedom", 1) / 2
    y = float(special.betaincinv(b, a, risk(alpha)))
    return (1 - y) / y * b / a
