# SPDX-License-Identifier: Apache-2.0
"""Do bounds hold as often as they promise? Exact sums where possible, else seeded simulations of sufficient statistics.

A simulated coverage fails below nominal by more than 3.3 standard errors of an exact 95 % method. Campaigns in which a
bound refuses to speak (None, with a reason) make no false claim and count as covered.
"""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from harness.stats import before_after, binomial, bursts, population, quantile, radial, ratio, rms, tolerance

ALPHA = 0.05
LOSS = 5e-4
DRMS, R95 = math.sqrt(2), radial.gaussian(0.95)


def slack(runs: int) -> float:
    """How far a simulated coverage may fall below 95 % by chance."""
    return 3.3 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize("n", [1, 7, 30, 400])
def test_clopper_pearson_covers_exactly_by_summation(n: int) -> None:
    x = np.arange(n + 1)
    bounds = [binomial.bounds(int(k), n, ALPHA) for k in x]
    for p in np.linspace(0.001, 0.999, 97):
        chances = stats.binom.pmf(x, n, p)
        assert chances[[b.upper >= p for b in bounds]].sum() >= 1 - ALPHA - 1e-12
        assert chances[[b.lower <= p for b in bounds]].sum() >= 1 - ALPHA - 1e-12


@pytest.mark.parametrize(("total", "sampled"), [(12, 5), (60, 20), (60, 60)])
def test_population_bounds_cover_exactly_by_summation(total: int, sampled: int) -> None:
    bounds = [population.bounds(x, sampled, total, ALPHA) for x in range(sampled + 1)]
    for conforming in range(total + 1):
        chances = stats.hypergeom.pmf(np.arange(sampled + 1), total, conforming, sampled)
        assert chances[[b.lower <= conforming for b in bounds]].sum() >= 1 - ALPHA - 1e-12
        assert chances[[b.upper >= conforming for b in bounds]].sum() >= 1 - ALPHA - 1e-12


@pytest.mark.parametrize(("before", "ratio_true"), [(20, 0.85), (5, 0.5)])
def test_rate_ratios_cover_by_summation(before: float, ratio_true: float) -> None:
    covered = 0.0
    grid = np.arange(60)
    p_before, p_after = stats.poisson.pmf(grid, before), stats.poisson.pmf(grid, before * ratio_true * 2)
    for x0 in grid:
        for x1 in grid:
            chance = p_before[x0] * p_after[x1]
            if chance < 1e-7:
                covered += chance
                continue
            upper = before_after.rate_ratio(x1, 2, x0, 1, ALPHA).upper if x0 + x1 else None
            covered += chance * (upper is None or upper >= ratio_true)
    assert covered >= 1 - ALPHA


def _counted(generator: np.random.Generator, cause: str, expected: np.ndarray) -> np.ndarray:
    """Change orders of each project: Poisson, projects that differ by half, or causes that make ten orders each."""
    if cause == "poisson":
        return generator.poisson(expected)
    if cause == "projects-differ":
        return generator.poisson(expected * generator.gamma(4, 1 / 4, len(expected)))
    return np.array([generator.poisson(9, lots).sum() + lots for lots in generator.poisson(expected / 10)])


@pytest.mark.parametrize("cause", ["poisson", "projects-differ", "ten-a-cause"])
@pytest.mark.parametrize(("after", "before"), [(2, 2), (6, 6), (3, 12)])
def test_rate_ratios_of_scattered_counts_cover_whatever_scatters_them(cause: str, after: int, before: int) -> None:
    generator, runs, truth = np.random.default_rng(8), 1500, 0.85
    high = low = plain = 0
    for _ in range(runs):
        sizes = generator.uniform(0.5, 2, after), generator.uniform(0.5, 2, before)
        events = _counted(generator, cause, 40 * truth * sizes[0]), _counted(generator, cause, 40 * sizes[1])
        found = before_after.scattered_ratio(
            before_after.Counts(events[0], sizes[0]), before_after.Counts(events[1], sizes[1]), ALPHA
        )
        high += found.upper is None or found.upper >= truth
        low += found.lower is None or found.lower <= truth
        totals = int(events[0].sum()), sizes[0].sum(), int(events[1].sum()), sizes[1].sum()
        plain += (before_after.rate_ratio(*totals, ALPHA).upper or math.inf) >= truth
    assert min(high, low) / runs >= 0.95 - slack(runs)
    assert cause == "poisson" or plain / runs < 0.88, "the plain Poisson bound must be seen to fail here"


@pytest.mark.parametrize("lost_share", [0.0, 0.004])
def test_order_statistics_bound_a_quantile_of_any_shape(lost_share: float) -> None:
    generator, runs, n, p = np.random.default_rng(3), 2000, 600, 0.99
    truth = stats.lognorm.ppf(p / (1 - lost_share), 1)
    high = low = 0
    for _ in range(runs):
        lost = int(generator.binomial(n, lost_share))
        found = quantile.bounds(quantile.Sample(generator.lognormal(size=n - lost), lost), p, ALPHA)
        high += found.upper is None or found.upper >= truth
        low += found.lower is None or found.lower <= truth
    assert min(high, low) / runs >= 0.95 - slack(runs)


def gilbert_elliott(generator: np.random.Generator, length: float, n: int) -> dict[int, int]:
    """Burst table of ``n`` packets through a stationary two-state chain: loss 5e-4, bursts of ``length`` on the mean."""
    leave = 1 / length
    enter = LOSS * leave / (1 - LOSS)
    rounds = int(n * enter + 10 * math.sqrt(n * enter) + 20)
    stays = [generator.geometric(enter, rounds), generator.geometric(leave, rounds)]
    first_bad = int(generator.random() < LOSS)
    sequence = np.stack(stays[::-1] if first_bad else stays, axis=1).ravel()
    seen = np.diff(np.minimum(np.cumsum(sequence), n), prepend=0)[1 - first_bad :: 2]
    lengths, counts = np.unique(seen[seen > 0], return_counts=True)
    return dict(zip(lengths.tolist(), counts.tolist(), strict=True))


@pytest.mark.parametrize(
    ("length", "n", "declared"),
    [
        (1, 100_000, None),
        (2, 100_000, None),
        (5, 20_000, 15),
        (5, 100_000, None),
        (5, 1_000_000, None),
        (20, 100_000, 60),
        (20, 1_000_000, None),
        (100, 1_000_000, 300),
    ],
)
def test_burst_bounds_cover_on_a_gilbert_elliott_channel(length: float, n: int, declared: int | None) -> None:
    generator, runs = np.random.default_rng(length), 2000
    high = low = naive = 0
    for _ in range(runs):
        table = gilbert_elliott(generator, length, n)
        found = bursts.bounds(table, n, ALPHA, declared)
        high += found.upper is None or found.upper >= LOSS
        low += found.lower <= LOSS
        naive += binomial.upper(int(found.lost), n, ALPHA) >= LOSS
    assert min(high, low) / runs >= 0.95 - slack(runs)
    if length >= 5:
        assert naive / runs < 0.75, "the premise of this method: independence is wrong on bursts"


def test_unavailability_covers_for_heavy_tailed_outages_when_the_worst_is_declared() -> None:
    generator, runs, observed, rate, spread = np.random.default_rng(7), 2000, 1e6, 2e-5, 1.0
    truth = rate * 20 * math.exp(spread**2 / 2)
    high = low = 0
    for _ in range(runs):
        durations = 20 * generator.lognormal(0, spread, generator.poisson(rate * observed))
        found = bursts.unavailability(durations.tolist(), observed, ALPHA, longest=120)
        high += found.upper is not None and found.upper >= truth
        low += found.lower <= truth
    assert min(high, low) / runs >= 0.95 - slack(runs)


def errors(generator: np.random.Generator, phi: float, white: float, n: int) -> np.ndarray:
    """Two axes of unit-variance AR(1) errors, a share ``white`` of the variance being white noise; shape (2, n)."""
    drive = generator.standard_normal((2, n))
    drive[:, 0] /= math.sqrt(1 - phi * phi)
    slow = lfilter([math.sqrt(1 - phi * phi)], [1, -phi], drive)
    return np.asarray(math.sqrt(1 - white) * slow + math.sqrt(white) * generator.standard_normal((2, n)))


@pytest.mark.parametrize(
    ("phi", "white", "n", "runs"),
    [
        (0.0, 0.0, 600, 500),
        (0.9, 0.0, 600, 500),
        (0.9, 0.0, 3600, 300),
        (0.99, 0.0, 3600, 300),
        (0.99, 0.0, 36000, 60),
        (0.99, 0.5, 36000, 60),
    ],
)
def test_rms_and_r95_bounds_cover_on_correlated_errors(phi: float, white: float, n: int, runs: int) -> None:
    generator = np.random.default_rng(round(1000 * phi) + n)
    held = {"rms high": 0, "rms low": 0, "r95 high": 0, "r95 low": 0}
    for _ in range(runs):
        squared = np.square(errors(generator, phi, white, n)).sum(axis=0)
        found, radius = rms.bounds(squared, 2, ALPHA), radial.bounds(np.sqrt(squared), 0.95, ALPHA)
        held["rms high"] += found.upper is None or found.upper >= DRMS
        held["rms low"] += found.lower is None or found.lower <= DRMS
        held["r95 high"] += radius.upper is None or radius.upper >= R95
        held["r95 low"] += radius.lower is None or radius.lower <= R95
    for name, count in held.items():
        assert count / runs >= 0.95 - slack(runs), name


def test_white_noise_that_hides_a_slow_error_is_remarked_where_the_bound_is_weak() -> None:
    """At about 200 tau the bound covers near 91 % instead of 95 %: that is why records below 300 tau carry a remark."""
    generator, runs = np.random.default_rng(11), 300
    held = remarked = 0
    for _ in range(runs):
        found = rms.bounds(np.square(errors(generator, 0.99, 0.5, 3600)).sum(axis=0), 2, ALPHA)
        held += found.upper is None or found.upper >= DRMS
        remarked += found.upper is None or bool(found.remarks)
    assert held / runs >= 0.90 - slack(runs)
    assert remarked / runs >= 0.75


def test_counting_every_epoch_as_independent_would_not_hold() -> None:
    generator, runs, n = np.random.default_rng(12), 200, 3600
    held = 0
    for _ in range(runs):
        mean = float(np.square(errors(generator, 0.99, 0.0, n)).sum(axis=0).mean())
        held += rms.from_freedom(mean, 2 * n, ALPHA).upper >= DRMS
    assert held / runs < 0.65


@pytest.mark.parametrize("runs_a_test", [4, 8, 20])
def test_fieller_covers_with_few_runs(runs_a_test: int) -> None:
    generator, repeats, truth = np.random.default_rng(runs_a_test), 3000, 8.0
    high = low = 0
    for _ in range(repeats):
        watts = 25 * (1 + 0.1 * generator.standard_normal(runs_a_test))
        tops = 200 * (1 + 0.1 * generator.standard_normal(runs_a_test))
        found = ratio.fieller(tops, watts, ALPHA)
        high += found.upper is None or found.upper >= truth
        low += found.lower is None or found.lower <= truth
    assert min(high, low) / repeats >= 0.95 - slack(repeats)


def test_tolerance_limits_cover_the_promised_share_of_units() -> None:
    generator, runs, n = np.random.default_rng(21), 3000, 8
    truth = float(stats.norm.ppf(0.05))
    held = sum(tolerance.bounds(generator.standard_normal(n), 0.95, ALPHA).lower <= truth for _ in range(runs))
    assert held / runs >= 0.95 - slack(runs)


def test_a_drawn_sample_favours_no_position() -> None:
    total, size, draws = 20, 5, 3000
    hits = np.zeros(total)
    for i in range(draws):
        hits[population.draw("ab" * 32, f"nonce {i}", total, size)] += 1
    chance = stats.chisquare(hits).pvalue  # draws without replacement scatter less than this test assumes
    assert hits.sum() == size * draws
    assert chance > 1e-4
