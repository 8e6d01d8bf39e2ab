# SPDX-License-Identifier: Apache-2.0
"""How much evidence decides, before it is collected: the smallest n at which a verdict becomes possible or likely.

Every answer comes from the bound that will judge, so the n is exactly where the verdict flips. Quantiles are shares:
"p99 <= T" is "at most 1 % over T". Power: the probability of the verdict when the true value is the stated one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple, SupportsIndex

from harness.errors import StatisticsError
from harness.stats import binomial, bursts, sequential, special
from harness.stats.autocorrelation import student_penalty
from harness.stats.counts import audit_size
from harness.stats.inputs import Real, count, positive, risk, share
from harness.stats.reliability import rate
from harness.stats.rms import BATCHES, SHORTEST, from_freedom

MOST = 10**15
"""Beyond so many trials there is no answer."""
_SAWTOOTH = 16


class Plan(NamedTuple):
    """A fixed-n design: ``n`` trials, PASS (or FAIL) with up to (or from) ``events`` events, at the stated power or more."""

    n: int
    events: int
    power: float


def trials_to_pass(events: SupportsIndex, p0: Real, alpha: Real) -> int:
    """Smallest n at which ``events`` in n trials have a Clopper-Pearson upper bound of at most ``p0``.

    Zero events: ceil(ln alpha / ln(1 - p0)), the rule of three.
    """
    seen, limit, level = count(events, "the number of events"), _limit(p0), risk(alpha)
    start = math.ceil(float(special.gammainccinv(seen + 1, level)) / float(limit))
    return first(lambda n: binomial.upper(seen, n, level) <= limit, seen + 1, start)


def trials_to_pass_watched(events: SupportsIndex, p0: Real, alpha: Real) -> int:
    """The same when somebody watches all the time: smallest n at which E against "p >= p0" reaches 1/alpha."""
    seen, limit, level = count(events, "the number of events"), share(p0, "the limit"), math.log(1 / risk(alpha))
    start = trials_to_pass(seen, limit, alpha)
    return first(lambda n: sequential.log_e_pass(seen, n, limit) >= level, seen + 1, start)


def trials_to_fail(p0: Real, alpha: Real, events: SupportsIndex) -> int:
    """Largest n at which ``events`` in n trials still have a lower bound above ``p0``; 0 when no n does."""
    seen, limit, level = count(events, "the number of events"), _limit(p0), risk(alpha)
    if not binomial.lower(seen, seen, level) > limit if seen else True:
        return 0
    start = max(seen, math.floor(float(special.gammaincinv(seen, level)) / float(limit)))
    return first(lambda n: not binomial.lower(seen, n, level) > limit, seen, start) - 1


def plan_pass(p0: Real, true: Real, alpha: Real, power: Real = 0.9) -> Plan:
    """The smallest design with which a true share ``true`` < ``p0`` gets PASS with probability ``power``.

    StatisticsError when ``true`` is not below the limit: then no n gives PASS with more than alpha.
    """
    limit, actual, wanted = _limit(p0), float(true), share(power, "the power")
    if not 0 <= actual < limit:
        msg = f"a true share of {actual:g} is not below the limit of {float(limit):g}."
        raise StatisticsError(msg, cure="state a value better than the limit; on the limit no amount of data decides.")

    def design(events: int) -> Plan:
        n = trials_to_pass(events, limit, alpha)
        return Plan(n, events, binomial.cumulative(events, n, actual) if actual else 1.0)

    return _smallest(design, wanted, 0)


def plan_fail(p0: Real, true: Real, alpha: Real, power: Real = 0.9) -> Plan:
    """The smallest design with which a true share ``true`` > ``p0`` gets FAIL with probability ``power``.

    StatisticsError when ``true`` is not above the limit.
    """
    limit, actual, wanted = _limit(p0), share(true, "the true share"), share(power, "the power")
    if actual <= limit:
        msg = f"a true share of {actual:g} is not above the limit of {float(limit):g}."
        raise StatisticsError(msg, cure="state a value worse than the limit.")

    def design(events: int) -> Plan:
        n = trials_to_fail(limit, alpha, events)
        return Plan(n, events, 1 - binomial.cumulative(events - 1, n, actual) if n else 0.0)

    return _smallest(design, wanted, 1)


def packets_to_pass(table: Mapping[int, int], p0: Real, alpha: Real, longest: Real) -> int:
    """Smallest n at which the bursts of ``table`` {length: number} PASS "loss <= p0", worst burst ``longest`` = L0 declared.

    Without any loss about 3 L0 / p0 at 95 %.
    """
    limit, worst = _limit(p0), positive(longest, "the declared longest burst L0")
    lost = sum(length * number for length, number in table.items())

    def passes(n: int) -> bool:
        upper = bursts.bounds(table, n, alpha, worst).upper
        return upper is not None and upper <= limit

    return first(passes, max(lost, 1), math.ceil((lost + 3 * worst) / float(limit)))


def freedom_to_pass(fraction: Real, alpha: Real) -> int:
    """Smallest whole nu at which a true RMS of ``fraction`` times the limit can PASS: sqrt(nu/chi2_{alpha,nu}) <= 1/fraction.

    0.8 -> 35, 0.9 -> 138, 0.95 -> 546 at 95 %.
    """
    part = share(fraction, "the true RMS as a share of the limit")
    return first(lambda nu: from_freedom(1, nu, alpha).upper * part <= 1, 1, 35)


def epochs_to_pass(fraction: Real, axes: SupportsIndex, tau: Real, alpha: Real) -> int:
    """Smallest record length in epochs at which a true RMS of ``fraction`` times the limit can PASS.

    ``tau``: integrated autocorrelation time of the squared error, in epochs. Counts the rule's own costs: Student's
    penalty for 10 batches, 1 + 20 tau/n, and at least 50 tau (see :mod:`harness.stats.rms`).
    """
    part, correlation, level = (
        share(fraction, "the true RMS as a share of the limit"),
        positive(tau, "tau"),
        risk(alpha),
    )
    dimensions, penalty = count(axes, "the number of axes", 1), student_penalty(BATCHES[0], level)

    def passes(n: int) -> bool:
        nu = dimensions * n / correlation * penalty / (1 + 20 * correlation / n)
        return n >= SHORTEST * correlation and from_freedom(1, nu, level).upper * part <= 1

    return first(passes, 1, math.ceil(SHORTEST * correlation))


def events_for_rate_ratio(limit: Real, true: Real, alpha: Real, power: Real = 0.8) -> int:
    """Events wanted in each of two equal periods to prove "rate after / rate before <= limit" when it is ``true``.

    2 ((z_alpha + z_power) / ln(limit/true))^2 (normal approximation of the log ratio). StatisticsError unless true < limit.
    """
    allowed, actual = positive(limit, "the limit"), positive(true, "the true ratio")
    if actual >= allowed:
        msg = f"a true ratio of {actual:g} is not below the limit of {allowed:g}."
        raise StatisticsError(msg, cure="state a better ratio than the limit.")
    z = -float(special.ndtri(risk(alpha))) + float(special.ndtri(share(power, "the power")))
    return math.ceil(2 * (z / math.log(allowed / actual)) ** 2)


def runs_for_ratio(margin: Real, spread: Real, alpha: Real) -> int:
    """Independent runs with which a ratio that lies ``margin`` (relative) on the right side of its limit can PASS.

    ``spread``: coefficient of variation of a single run. Smallest n >= 2 with t_{1-alpha,n-1} spread / sqrt(n) <= margin.
    """
    part, cv, level = positive(margin, "the margin"), positive(spread, "the spread"), risk(alpha)
    return first(lambda n: -float(special.stdtrit(n - 1, level)) * cv <= part * math.sqrt(n), 2, 2)


def exposure_to_pass(events: SupportsIndex, limit: Real, alpha: Real) -> float:
    """Exposure (session hours, days …) at which ``events`` prove "rate <= limit" (per unit of exposure), Poisson exact.

    No event: -ln(alpha) / limit, three mean times at 95 %.
    """
    return rate(events, 1.0, alpha).upper / positive(limit, "the limit")


def audit_table(
    required: SupportsIndex, alpha: Real, surpluses: tuple[int, ...] = (0, 1, 2, 5, 10, 20)
) -> list[dict[str, int]]:
    """What a surplus saves: per surplus in percent the items to claim, and how many of them to draw and find all valid."""
    need = count(required, "the required items", 1)
    claims = sorted({need + math.ceil(need * percent / 100) for percent in surpluses})
    sizes = ((claim, audit_size(claim, need, 0, alpha)) for claim in claims)
    return [{"claimed": claim, "checked": size} for claim, size in sizes if size is not None]


def instrument_blocks(expected: Real, limit: Real, allowance: Real, *, upper: bool = True) -> bool:
    """Whether the instrument's hard bound alone reaches over the limit from ``expected``: no n can then give PASS."""
    room = Fraction(limit) - Fraction(expected)
    return Fraction(allowance) > (room if upper else -room)


def first(holds: Callable[[int], bool], low: int, guess: int) -> int:
    """Smallest k >= ``low`` for which ``holds`` (false, then true): gallop from ``guess``, then halve.

    StatisticsError when it is not reached by 10^15.
    """
    bad, good, step = low - 1, max(low, guess), 1
    if holds(good):
        while good - step > bad and holds(good - step):
            good, step = good - step, 2 * step
        bad = max(bad, good - step)
    else:
        while not holds(good):
            if good > MOST:
                raise StatisticsError(
                    "no feasible amount of data decides.", cure="the stated value is too close to the limit."
                )
            bad, good, step = good, good + step, 2 * step
    while good - bad > 1:
        middle = (bad + good) // 2
        bad, good = (bad, middle) if holds(middle) else (middle, good)
    return good


def _smallest(design: Callable[[int], Plan], power: float, low: int) -> Plan:
    """The first design with the power. It grows with the events but for a sawtooth of whole trials, at most four wide (searched)."""
    found = first(lambda events: design(events).power >= power, low, low)
    return next(plan for plan in map(design, range(max(low, found - _SAWTOOTH), found + 1)) if plan.power >= power)


def _limit(p0: Real) -> Real:
    share(p0, "the limit")
    return p0
