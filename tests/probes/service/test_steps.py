# SPDX-License-Identifier: Apache-2.0
"""The search for the largest load: true knees of simulated queues are found, and wrong claims stay within the stated risk."""

from fractions import Fraction

import numpy as np
import pytest

from probes.service.digests import steps

RISK, LEAST = Fraction(5, 100), Fraction(95, 100)
REQUESTS = 3000


def waits(rng: np.random.Generator, load: float, count: int, service: str) -> np.ndarray:
    """Times in an M/G/1 queue that begins empty (Lindley's recursion), in mean service times."""
    drawn = {
        "M": lambda: rng.exponential(1.0, count),
        "D": lambda: np.ones(count),
        "L": lambda: rng.lognormal(-0.5, 1.0, count),
    }
    taken = drawn[service]()
    walk = np.concatenate(([0.0], np.cumsum(taken[:-1] - rng.exponential(1 / load, count)[1:])))
    return np.asarray(walk - np.minimum.accumulate(walk))


def limit(load: float, service: str) -> float:
    """What 95 % of the waits stay below at ``load`` in the long run: there the knee is."""
    return float(np.quantile(waits(np.random.default_rng(1), load, 1_000_000, service), 0.95))


def searched(rng: np.random.Generator, rates: list[float], over: float, service: str) -> dict[int, str]:
    """One whole search: the verdict of each load that was put on."""
    found: dict[int, str] = {}
    risk = RISK / steps.tests(len(rates))
    while (place := steps.following(found, len(rates))) is not None:
        times = waits(rng, rates[place], REQUESTS, service)
        found[place] = steps.judged(times <= over, (times,), REQUESTS, LEAST, risk).verdict
    return found


@pytest.mark.parametrize(("service", "knee"), [("M", 0.7), ("D", 0.8), ("L", 0.6)])
def test_a_search_finds_the_true_knee_and_errs_with_no_more_than_the_stated_risk(service: str, knee: float) -> None:
    over, rng = limit(knee, service), np.random.default_rng(7)
    shares = (0.3, 0.45, 0.6, 0.8, 0.99, 1.01, 1.3, 1.6)  # of the knee; two loads lie on either side of it, hard by
    rates = [knee * each for each in shares]
    wrong, low, high = 0, [], []
    for _ in range(60):
        found = searched(rng, rates, over, service)
        held = [shares[at] for at, verdict in found.items() if verdict == "PASS"]
        failed = [shares[at] for at, verdict in found.items() if verdict == "FAIL"]
        wrong += max(held, default=0.0) > 1 or min(failed, default=9.0) < 1
        low.append(max(held, default=0.0))
        high.append(min(failed, default=9.0))
    assert wrong <= 5, "P(Binomial(60, 5 %) > 5) is 8 %, and the seed is fixed"
    assert np.median(low) >= 0.45
    assert np.median(high) <= 1.6


@pytest.mark.parametrize("service", ["M", "D"])
def test_a_load_exactly_at_its_knee_passes_seldom(service: str) -> None:
    over, rng = limit(0.75, service), np.random.default_rng(3)
    risk = RISK / 3
    verdicts = [
        steps.judged(times <= over, (times,), REQUESTS, LEAST, risk).verdict
        for times in (waits(rng, 0.75, REQUESTS, service) for _ in range(80))
    ]
    assert verdicts.count("PASS") <= 4
    assert verdicts.count("FAIL") <= 4


def test_an_overloaded_service_fails_at_the_first_look_and_an_idle_one_passes() -> None:
    over = limit(0.8, "M")
    times = waits(np.random.default_rng(2), 1.6, REQUESTS, "M")
    found = steps.judged(times <= over, (times,), REQUESTS, LEAST, RISK / 3)
    assert (found.verdict, found.look) == ("FAIL", 1)
    times = waits(np.random.default_rng(2), 0.2, REQUESTS, "M")
    assert steps.judged(times <= over, (times,), REQUESTS, LEAST, RISK / 3).verdict == "PASS"


def test_fewer_requests_than_a_look_needs_decide_nothing_and_a_short_record_proves_nothing_good() -> None:
    calm = np.ones(400)
    assert steps.judged(calm > 0, (calm,), 4000, LEAST, RISK).verdict == ""
    slow = np.repeat(np.linspace(0, 1, 20), 50)  # one swing as long as the record
    found = steps.judged(slow <= 2, (slow,), 1000, LEAST, RISK)
    assert found.verdict == ""
    assert found.n < steps.TIMES * found.tau


def test_what_is_open_counts_as_not_held_and_the_search_ends_within_its_tests() -> None:
    for rates in (1, 2, 7, 8, 64):
        for held in range(rates + 1):
            found: dict[int, str] = {}
            while (place := steps.following(found, rates)) is not None:
                found[place] = "PASS" if place < held else "FAIL" if place > held else ""
            assert len(found) <= steps.tests(rates)
            assert max((at for at, verdict in found.items() if verdict == "PASS"), default=-1) == held - 1
