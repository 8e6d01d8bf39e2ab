# SPDX-License-Identifier: Apache-2.0
"""False PASS at the limit and power at half of it, for every reading of S08, in the regimes that broke simpler rules.

Series stand for logs; statistics, minimum efforts and verdicts are the product's own, readings are those of the published
scenario. A count is refused where it has a probability below 1e-3 at 5 % (false PASS) or at 90 % (power).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal, stats

from harness.decide import decide
from harness.effort import held, short
from harness.kit import estimates
from harness.kit.parts import Part, every
from harness.model import About, Criterion, Indicator, Reading, Rule, Text, Verdict
from harness.plugins import Request
from harness.quantity import Limit, Quantity
from harness.spec.scenario import installed_scenarios
from harness.stats.quantile import Sample
from probes.gnss.formats.timing_formats import Offsets
from probes.gnss.measurands import accuracy, timing
from probes.gnss.measurands.sessions import Session, Stretch, effort
from probes.gnss.truth.sources import ClockSettings

Floats = npt.NDArray[np.float64]
RUNS = 120
MOST = int(stats.binom.isf(1e-3, RUNS, 0.05))
"""False PASSes of so many above which 5 % is not believed: 14."""
LEAST = int(stats.binom.ppf(1e-3, RUNS, 0.9))
"""PASSes of so many below which 90 % is not believed: 97."""
STEP_S, HOUR_S = 10, 3600
RISK = Fraction(1, 20)


@cache
def indicator(identifier: str) -> Indicator:
    """An indicator of the published scenario."""
    (found,) = (each.scenario for each in installed_scenarios() if each.scenario.id == "s08")
    return found.indicator(identifier)


def request(identifier: str, name: str, limit: str) -> Request:
    """What a statistic is told of a published reading."""
    reading = next(each for each in indicator(identifier).readings if each.name == name)
    return Request(identifier, reading, Limit.parse(limit), Rule.GUARDED, RISK, RISK, {})


def verdict(part: Part, ask: Request, unit: str = "m") -> Verdict:
    """The published verdict on one part: least effort, then decide."""
    outcome = every([part], ask, unit, Text("法", "method"))
    outcome = held(outcome, ask.reading.minimum, short(outcome, ask.reading.minimum))
    return decide(outcome, Criterion(ask.reading, ask.limit, ask.rule, 1 - RISK)).verdict


# Errors of a receiver over the time of a campaign, every ten seconds, mean square 1 over both axes together.


def ar(random: np.random.Generator, shape: tuple[int, int], tau_s: float) -> Floats:
    """AR(1) of unit variance with correlation time ``tau_s``, stationary from the start."""
    phi = np.exp(-STEP_S / tau_s) if tau_s else 0.0
    noise = random.normal(size=shape) * np.sqrt(1 - phi**2)
    noise[0] = random.normal(size=shape[1])
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], noise, axis=0))


def mixed(tau_s: float, slow: float) -> Callable[..., Floats]:
    """White noise with a share ``slow`` of the variance that moves with ``tau_s``."""

    def errors(random: np.random.Generator, n: int, axes: int) -> Floats:
        slowly, white = ar(random, (n, axes), tau_s), random.normal(size=(n, axes))
        return np.asarray((np.sqrt(slow) * slowly + np.sqrt(1 - slow) * white) / np.sqrt(axes))

    return errors


def heavy(random: np.random.Generator, n: int, axes: int) -> Floats:
    """Student's t with 3 degrees of freedom."""
    return np.asarray(random.standard_t(3, (n, axes)) / np.sqrt(3 * axes))


def wrong(base: float, size: float = 8.0, lasting_s: int = 60) -> Callable[..., Floats]:
    """Wrong fixes of ``size`` that last a minute, the rest of the mean square white and slow noise."""

    def errors(random: np.random.Generator, n: int, axes: int) -> Floats:
        found = mixed(600, 0.3)(random, n, axes) * np.sqrt(base)
        length = lasting_s // STEP_S
        starts = np.flatnonzero(random.random(n) < (1 - base) / size**2 / length)
        for start in starts:
            found[start : start + length] = 0.0
            found[start : start + length, 0] = size
        return found

    return errors


def daily(random: np.random.Generator, n: int, axes: int) -> Floats:
    """An error that swings once a day about nothing, with little noise."""
    at = 2 * np.pi * (np.arange(n) * STEP_S / 86_400 + random.random())
    found = random.normal(size=(n, axes)) * np.sqrt(0.1 / axes)
    found[:, 0] += np.sqrt(2 * 0.9) * np.sin(at)
    return found


def noisy_by_day(random: np.random.Generator, n: int, axes: int) -> Floats:
    """Noise that is strong by day and weak by night."""
    at = 2 * np.pi * (np.arange(n) * STEP_S / 86_400 + random.random())
    return np.asarray(random.normal(size=(n, axes)) * np.sqrt((1 + np.cos(at)) / axes)[:, None])


def biased(random: np.random.Generator, n: int, axes: int) -> Floats:
    """A constant error."""
    found = random.normal(size=(n, axes)) * np.sqrt(0.05 / axes)
    found[:, 0] += np.sqrt(0.95)
    return found


def each_start_anew(random: np.random.Generator, n: int, axes: int) -> Floats:
    """An error that stays for a whole session and is another one after each start."""
    sessions = -(-n * STEP_S // 5400)
    return np.asarray(np.repeat(random.normal(size=(sessions, axes)) / np.sqrt(axes), 540, axis=0)[:n])


REGIMES: dict[str, Callable[..., Floats]] = {
    "white": mixed(0, 0),
    "AR of 100 s": mixed(100, 1),
    "AR 0.999 and white, half each": mixed(1000, 0.5),
    "white 70 %, AR of an hour 30 %": mixed(HOUR_S, 0.3),
    "white 20 %, AR of an hour 80 %": mixed(HOUR_S, 0.8),
    "another constant after each start": each_start_anew,
    "Student t3": heavy,
    "constant bias": biased,
    "wrong fixes of a minute, nothing else": wrong(0.0),
    "wrong fixes of a minute, half": wrong(0.5),
    "a daily cycle": daily,
    "noise by day": noisy_by_day,
}


def seen(errors: Floats, ask: Request, every_s: int = STEP_S) -> tuple[SimpleNamespace, dict[str, Any]]:
    """What the estimators see of a series that is recorded as the reading asks for it, and its effort."""
    minimum = ask.reading.minimum
    count, length, apart = (float(minimum[name].base) for name in ("sessions", "session", "apart"))
    found, groups = [], []
    for number in range(int(count)):
        start = round(number * apart)
        rows = errors[start // STEP_S : (start + round(length)) // STEP_S : every_s // STEP_S]
        found.append(Session((Stretch(start * 10**9, (start + round(length)) * 10**9, 0),)))
        groups.append(rows)
    return SimpleNamespace(errors=np.concatenate(groups), per_session=groups, truth_m=0.0), effort(found)


def passes(
    regime: Callable[..., Floats], identifier: str, name: str, *, size: float, every_s: int = STEP_S, runs: int = RUNS
) -> tuple[int, int]:
    """PASSes and FAILs of :data:`RUNS` campaigns on a receiver whose true RMS is ``size`` times the limit of 1 m."""
    ask, axes = request(identifier, name, "<= 1 m"), 1 if identifier.endswith(".v") else 2
    estimate = accuracy._rms if ask.reading.statistic == "rms" else accuracy._quantile
    minimum = ask.reading.minimum
    n = round(float(minimum["sessions"].base * minimum["apart"].base)) // STEP_S + 1
    found = []
    for number in range(runs):
        random = np.random.default_rng([number, 10])
        what, reached = seen(size * regime(random, n, axes), ask, every_s)
        found.append(verdict(replace(estimate(what, ask), effort=reached), ask))
    return found.count(Verdict.PASS), found.count(Verdict.FAIL)


@pytest.mark.parametrize("identifier", ["s08.static.h", "s08.static.v"])
@pytest.mark.parametrize("regime", REGIMES)
def test_at_the_limit_no_regime_passes_or_fails_more_than_one_in_twenty(regime: str, identifier: str) -> None:
    passed, failed = passes(REGIMES[regime], identifier, "rms", size=1.0001)
    assert passed <= MOST, f"{passed} of {RUNS} false PASS"
    assert failed <= MOST, f"{failed} of {RUNS} false FAIL"


# The rows that once passed in 10 to 84 of 100 cases: regime, seconds recorded, true size over the limit.

ROWS: dict[str, tuple[Callable[..., Floats], int, float]] = {
    "1 h, white 70 % and AR of one hour 30 %": (REGIMES["white 70 %, AR of an hour 30 %"], HOUR_S, 1.0001),
    "1 h, wrong fixes of 60 s": (REGIMES["wrong fixes of a minute, half"], HOUR_S, 1.0001),
    "1 h, nothing but wrong fixes of 60 s": (REGIMES["wrong fixes of a minute, nothing else"], HOUR_S, 1.0001),
    "a daily cycle seen in one random hour": (REGIMES["a daily cycle"], HOUR_S, 1.0001),
    "1 h, AR 0.999 and white": (REGIMES["AR 0.999 and white, half each"], HOUR_S, 1.0001),
    "a log of 10 s, true RMS 0.667 of 0.5 cm": (REGIMES["AR of 100 s"], 10, 1.334),
    "a log of 60 s, true RMS 0.667 of 0.5 cm": (REGIMES["AR of 100 s"], 60, 1.334),
}


@pytest.mark.parametrize("identifier", ["s08.static.h", "s08.static.v"])
@pytest.mark.parametrize("row", ROWS)
def test_a_log_of_the_table_passes_for_no_system_and_for_its_window_only_where_that_conforms(
    row: str, identifier: str
) -> None:
    """As one session for the system; as a window by what happened in it, and by the published effort not at all."""
    assert logs_that_pass(row, identifier) == (0, 0, 0)


def logs_that_pass(row: str, identifier: str) -> tuple[int, int, int]:
    """How many of such logs pass for the system, for their window, and for it without any least effort though it does not conform."""
    (moving, lasting_s, size), axes = ROWS[row], 1 if identifier.endswith(".v") else 2
    system, window = request(identifier, "rms", "<= 1 m"), request(identifier, "rms-window", "<= 1 m")
    anything = replace(window, reading=replace(window.reading, minimum={}))
    session = effort([Session((Stretch(0, lasting_s * 10**9, 0),))])
    lasted = {"duration": Quantity(Fraction(lasting_s), "s"), "coverage": Quantity(Fraction(100), "%")}
    found = []
    for number in range(RUNS):
        errors = size * moving(np.random.default_rng([number, 19]), max(2, lasting_s // STEP_S), axes)
        what: Any = SimpleNamespace(errors=errors, per_session=[errors], truth_m=0.0)
        own = float(np.sqrt((errors**2).sum(axis=1).mean()))
        one = verdict(replace(accuracy._rms(what, system), effort=session), system)
        held = replace(accuracy._rms(what, window), effort=lasted)
        found.append([one, verdict(held, window), verdict(held, anything) if own > 1 else None])
    one, whole, wrong = ([each is Verdict.PASS for each in column].count(True) for column in zip(*found, strict=True))
    return one, whole, wrong


@pytest.mark.parametrize("lasting_s", [10, 60, HOUR_S, 4 * HOUR_S, 24 * HOUR_S])
@pytest.mark.parametrize("name", ["rms", "p95", "rms-window", "session-mean"])
def test_one_log_passes_for_no_receiver_however_small_its_errors_and_short_ones_not_even_for_themselves(
    lasting_s: int, name: str
) -> None:
    """A seventh of the limit in every regime: it is the record that is too short, or only one."""
    ask = request("s08.static.h", name, "<= 1 m")
    whole = Stretch(0, lasting_s * 10**9, 0)
    reached = {"duration": Quantity(Fraction(lasting_s), "s"), "coverage": Quantity(Fraction(100), "%")}
    enough = name == "rms-window" and lasting_s >= 8 * HOUR_S
    for regime, moving in REGIMES.items():
        errors = moving(np.random.default_rng(18), max(2, lasting_s // STEP_S), 2) / 7
        errors = np.clip(errors, -0.3, 0.3)
        held = Session((whole,))
        what = SimpleNamespace(errors=errors, per_session=[errors], truth_m=0.0)
        estimate = accuracy._rms if ask.reading.statistic == "rms" else accuracy._quantile
        part = replace(estimate(what, ask), effort=reached if name == "rms-window" else effort([held]))
        assert (verdict(part, ask) is Verdict.PASS) is enough, regime


@pytest.mark.parametrize(("every_s", "size"), [(10, 1.0001), (60, 1.0001), (60, 1.334)])
def test_a_sparse_log_is_no_way_around(every_s: int, size: float) -> None:
    assert passes(REGIMES["AR of 100 s"], "s08.static.h", "rms", size=size, every_s=every_s)[0] <= MOST
    assert (
        passes(REGIMES["wrong fixes of a minute, half"], "s08.static.h", "rms", size=size, every_s=every_s)[0] <= MOST
    )


@pytest.mark.power(parameter="identifier")
@pytest.mark.parametrize("identifier", ["s08.static.h", "s08.static.v", "s08.dynamic.h", "s08.dynamic.v"])
@pytest.mark.parametrize(
    "regime", ["white", "white 70 %, AR of an hour 30 %", "another constant after each start", "noise by day"]
)
def test_an_honest_receiver_at_half_the_limit_passes_in_the_stated_effort(regime: str, identifier: str) -> None:
    passed, _ = passes(REGIMES[regime], identifier, "rms", size=0.5)
    assert passed >= 0.9 * RUNS, f"{passed} of {RUNS}"


def test_a_percentile_takes_eighty_sessions_and_then_holds() -> None:
    # another constant after each start is the worst: 95 % of the sessions are within, each of the others is beyond wholly
    limit = float(np.sqrt(-2 * np.log(0.05)) / np.sqrt(2))  # R95 of unit DRMS
    assert passes(each_start_anew, "s08.static.h", "p95", size=1 / limit * 1.0001, runs=40, every_s=60)[0] <= 7
    assert passes(each_start_anew, "s08.static.h", "p95", size=0.5 / limit, runs=40, every_s=60)[0] >= 30


@pytest.mark.parametrize("regime", REGIMES)
def test_a_window_passes_only_when_its_own_figure_conforms(regime: str) -> None:
    found = windows(regime)
    assert not found["passed", False]
    assert not found["not passed", True], "what happened is known"


def windows(regime: str) -> Counter[tuple[str, bool]]:
    """Windows of eight hours by whether they passed and whether what happened in them conforms."""
    ask, found = request("s08.static.h", "rms-window", "<= 1 m"), Counter[tuple[str, bool]]()
    reached = {name: ask.reading.minimum[name] for name in ("duration", "coverage")}
    for number in range(RUNS):
        errors = REGIMES[regime](np.random.default_rng([number, 11]), 8 * HOUR_S // STEP_S, 2)
        own = float(np.sqrt((errors**2).sum(axis=1).mean()))
        what: Any = SimpleNamespace(errors=errors, truth_m=0.0)
        passed = verdict(replace(accuracy._rms(what, ask), effort=reached), ask) is Verdict.PASS
        found["passed" if passed else "not passed", own <= 1] += 1
    return found


# Clocks: a day of offsets in us every ten seconds; the window is what is claimed.


def quantised(step_us: float, *, down: bool = False) -> Callable[..., tuple[Floats, Floats]]:
    """White noise whose true 95th percentile is just above 1 us, read in steps."""

    def clock(random: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        true = random.normal(size=n)
        true *= (1.0 + random.uniform(0, 0.4) * step_us) / np.quantile(np.abs(true), 0.95)
        return true, (np.floor if down else np.rint)(true / step_us) * step_us

    return clock


def held_over(share: float) -> Callable[..., tuple[Floats, Floats]]:
    """Holdovers of half an hour that take ``share`` of the time in the mean."""

    def clock(random: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        true, length = random.normal(size=n) * 0.1, 1800 // STEP_S
        for start in np.flatnonzero(random.random(n) < share / length):
            true[start : start + length] += np.linspace(1.2, 4, length)[: n - start]
        return true, true

    return clock


CLOCKS = {
    "steps of 50 ns": quantised(0.05),
    "steps of 200 ns": quantised(0.2),
    "steps of 500 ns, truth 1.2 us": lambda random, n: _scaled(random.normal(size=n), 1.2, 0.5),
    "holdover of 30 min a day": held_over(1 / 48),
    "holdover 5 % of the time": held_over(0.05),
    "AR of an hour": lambda random, n: (ar(random, (n, 1), HOUR_S)[:, 0] / 1.96,) * 2,
}


def _scaled(values: Floats, p95: float, step: float) -> tuple[Floats, Floats]:
    true = values * p95 / np.quantile(np.abs(values), 0.95)
    return true, np.rint(true / step) * step


def judged(
    true_s: Floats,
    shown_s: Floats,
    *,
    keep: npt.NDArray[np.bool_] | None = None,
    published: bool = True,
    identifier: str = "s08.timing",
) -> tuple[Verdict, float]:
    """The verdict on a clock, with the ``published`` least effort or with none, and the true 95th percentile of its window."""
    ask = request(identifier, "offset-p95", "<= 1 us")
    at = np.arange(len(true_s), dtype=np.float64) * STEP_S + 1.7e9
    kept = np.ones(len(at), dtype=np.bool_) if keep is None else keep
    settings = ClockSettings.model_validate({"file": "x.log", "reference": "independent", "u_reference": "0.01 ns"})
    found = timing.Clock("clock", settings, Offsets("counter", at[kept], shown_s[kept], 0, self_reported=False))
    outcome = timing.quantile((found,), ask)
    if published:
        outcome = held(outcome, ask.reading.minimum, short(outcome, ask.reading.minimum))
    criterion = Criterion(ask.reading, ask.limit, ask.rule, 1 - RISK)
    return decide(outcome, criterion).verdict, float(np.quantile(np.abs(true_s), 0.95, method="inverted_cdf"))


@pytest.mark.parametrize("regime", CLOCKS)
def test_a_clock_passes_only_when_its_window_conforms(regime: str) -> None:
    false = 0
    for number in range(RUNS):
        true, shown = CLOCKS[regime](np.random.default_rng([number, 12]), 86_400 // STEP_S)
        found, own = judged(true * 1e-6, shown * 1e-6)
        false += found is Verdict.PASS and own > 1e-6
    assert false <= MOST


def test_silence_in_the_bad_hours_is_no_way_around() -> None:
    random = np.random.default_rng(4)
    true = random.normal(size=8640) * 1e-7
    true[2000:2500] += 3e-6  # 5.8 % of the day
    silent = np.ones(8640, dtype=np.bool_)
    silent[2000:2500] = False
    assert judged(true, true)[0] is Verdict.FAIL
    assert judged(true, true, keep=silent)[0] is not Verdict.PASS
    early, good = np.arange(8640) < 8000, random.normal(size=8640) * 1e-7
    assert judged(good, good)[0] is Verdict.PASS
    assert judged(good, good, keep=early)[0] is Verdict.INCONCLUSIVE


@pytest.mark.power(parameter="identifier")
@pytest.mark.parametrize("identifier", ["s08.timing"])
def test_an_honest_clock_at_half_the_limit_passes_in_a_day(identifier: str) -> None:
    passed = clocks_that_pass(identifier, RUNS)
    assert passed >= 0.9 * RUNS, f"{passed} of {RUNS}"


def clocks_that_pass(identifier: str, runs: int) -> int:
    """Of how many clocks that wander within the hour at half the limit the verdict on a day is PASS."""
    half = [ar(np.random.default_rng([number, 13]), (8640, 1), HOUR_S)[:, 0] * 0.5e-6 / 1.96 for number in range(runs)]
    return [judged(x, x, identifier=identifier)[0] for x in half].count(Verdict.PASS)


@pytest.mark.parametrize("regime", CLOCKS)
def test_four_hours_of_a_clock_pass_for_no_day_and_for_themselves_only_where_they_conform(regime: str) -> None:
    for number in range(RUNS):
        true, shown = CLOCKS[regime](np.random.default_rng([number, 20]), 4 * HOUR_S // STEP_S)
        assert judged(true * 1e-6, shown * 1e-6)[0] is not Verdict.PASS
        found, own = judged(true * 1e-6, shown * 1e-6, published=False)
        assert found is not Verdict.PASS or own <= 1e-6


def test_of_a_clock_nobody_is_asked_what_it_will_do() -> None:
    assert {each.about for each in indicator("s08.timing").readings} == {About.WINDOW}


# What is not mandatory: starts, losses, availability.


@pytest.mark.parametrize(("identifier", "effort_name"), [("s08.ttff", "starts"), ("s08.refix", "events")])
def test_ninety_three_starts_decide(identifier: str, effort_name: str) -> None:
    def passed(p95: float) -> int:
        ask = request(identifier, indicator(identifier).readings[0].name, "<= 60 s")
        count, found = int(ask.reading.minimum[effort_name].base), []
        for number in range(RUNS):
            times = np.random.default_rng([number, 14]).exponential(p95 / -np.log(0.05), count)
            part = estimates.quantile(Sample(times), ask.share("q", "95 %"), ask)
            found.append(verdict(replace(part, effort={effort_name: count}), ask, "s"))
        return found.count(Verdict.PASS)

    assert passed(60.01) <= MOST
    assert passed(30) >= LEAST


def _outages(random: np.random.Generator, share: float, mean_s: float, observed_s: float) -> Iterator[float]:
    for _ in range(random.poisson(share * observed_s / mean_s)):
        yield float(random.exponential(mean_s))


def test_thirty_days_decide_an_availability_of_the_system() -> None:
    ask = request("s08.availability", "time-share-process", ">= 99 %")
    observed = float(ask.reading.minimum["duration"].base)
    default = indicator("s08.availability").constants["longest_credible_outage"].default
    longest = float(Quantity.parse(str(default)).to("s"))

    def passed(share: float) -> int:
        found = []
        for number in range(RUNS):
            out = list(_outages(np.random.default_rng([number, 15]), share, 60.0, observed))
            part = estimates.unavailable(out, observed, ask, longest, good=True)
            found.append(verdict(replace(part, effort={"duration": ask.reading.minimum["duration"]}), ask, "1"))
        return found.count(Verdict.PASS)

    assert passed(0.0101) <= MOST
    assert passed(0.005) >= LEAST


def test_every_reading_states_its_effort_and_why() -> None:
    for identifier in ("dynamic.h", "dynamic.v", "static.h", "static.v", "ttff", "refix", "age", "gaps", "timing"):
        for reading in indicator(f"s08.{identifier}").readings:
            assert isinstance(reading, Reading)
            assert reading.minimum, f"{identifier} {reading.name}"
            assert reading.why.zh, f"{identifier} {reading.name}"
            assert reading.why.en, f"{identifier} {reading.name}"
