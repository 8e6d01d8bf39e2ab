# SPDX-License-Identifier: Apache-2.0
"""Laws of energy: exact for piecewise-linear power, additive, blind to a constant shift of time; counters that wrap."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from harness.kit.unreadable import UnreadableError
from probes.compute.digests.energy import prefix
from probes.compute.digests.kernel import align, windows
from probes.compute.formats.counters import unwrapped
from probes.compute.formats.power import PowerLog

S = 10**9


def log_of(steps: list[int], watts: list[float], begin: int = 0) -> PowerLog:
    at = begin + np.concatenate(([0], np.cumsum(steps))).astype(np.int64)
    return PowerLog("made", at, np.array(watts[: len(at)], np.float64))


LOGS = st.integers(2, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(10**6, 5 * S), min_size=n - 1, max_size=n - 1),
        st.lists(st.floats(0.1, 1e4), min_size=n, max_size=n),
    )
)


@given(LOGS, st.floats(0, 1), st.floats(0, 1))
def test_it_is_the_integral_of_the_straight_lines_between_samples(made: Any, one: float, two: float) -> None:
    log = log_of(*made)
    span = int(log.at_ns[-1])
    begin, end = sorted((round(one * span), round(two * span)))
    found = float(prefix(log).energy_j(np.array([begin]), np.array([end]))[0])
    breaks = sorted({begin / 1e9, end / 1e9, *(at / 1e9 for at in log.at_ns.tolist() if begin < at < end)})
    pieces = [quad(lambda t: float(np.interp(t, log.at_ns / 1e9, log.watts)), a, b)[0] for a, b in pairwise(breaks)]
    assert found == pytest.approx(sum(pieces), rel=1e-7, abs=1e-6)


@given(LOGS, st.lists(st.floats(0, 1), min_size=3, max_size=3), st.integers(-(2**60), 2**60))
def test_windows_add_up_and_do_not_depend_on_where_time_begins(made: Any, cuts: list[float], shift: int) -> None:
    log, moved = log_of(*made), log_of(*made, begin=shift)
    a, b, c = (round(each * int(log.at_ns[-1])) for each in sorted(cuts))
    energy = prefix(log)
    parts = energy.energy_j(np.array([a, b]), np.array([b, c]))
    assert parts.sum() == pytest.approx(float(energy.energy_j(np.array([a]), np.array([c]))[0]), rel=1e-9, abs=1e-6)
    there = prefix(moved).energy_j(np.array([a + shift, b + shift]), np.array([b + shift, c + shift]))
    assert there == pytest.approx(parts, rel=1e-9, abs=1e-6)


def test_the_compiled_loops_say_what_numpy_says() -> None:
    random = np.random.default_rng(3)
    at = np.cumsum(random.integers(S // 2000, S // 500, 50_000))
    log = PowerLog("made", at, random.uniform(10, 40, len(at)))
    energy = prefix(log)
    begin = random.integers(at[0] - S, at[-1], 20_000)
    end = begin + random.integers(1, S, 20_000)
    plain = energy.upto(end) - energy.upto(begin)
    found = windows(at, energy.joules, log.watts, begin, end)
    assert np.array_equal(np.isnan(found), np.isnan(plain))
    assert found[~np.isnan(found)] == pytest.approx(plain[~np.isnan(plain)], rel=1e-9, abs=1e-9)
    assert energy.energy_j(begin, end)[~np.isnan(found)] == pytest.approx(found[~np.isnan(found)])
    events = np.sort(random.integers(at[0] - S, at[-1] + S, 100_000))
    out = np.empty(len(events), np.int64)
    align(at, events, out)
    assert np.array_equal(out, np.searchsorted(at, events, side="right") - 1)


def test_outside_the_samples_nothing_is_said() -> None:
    energy = prefix(log_of([S, S], [10.0, 10.0, 10.0]))
    found = energy.energy_j(np.array([-1, 0, S]), np.array([S, 2 * S, 2 * S + 1]))
    assert np.isnan(found).tolist() == [True, False, True]


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.integers(0, 1000))
def test_a_counter_that_wraps_however_often_gives_what_was_counted(rises: list[int], start: int) -> None:
    span = 1000
    true = np.concatenate(([0], np.cumsum(rises)))
    counts = (start + true) % (span + 1)
    at = np.arange(len(counts)) * S
    assert unwrapped(at, counts, span, 450.0).tolist() == true.tolist()


def test_what_cannot_be_unwrapped_without_a_guess_is_refused() -> None:
    at, counts = np.arange(3) * S, np.array([900, 100, 300])
    with pytest.raises(UnreadableError, match="cannot be told from a reset"):
        unwrapped(at, counts, None, None)
    with pytest.raises(UnreadableError, match="whole rounds may be missed"):
        unwrapped(at, counts, 1000, 600.0)
    with pytest.raises(UnreadableError, match="whole rounds may be missed"):
        unwrapped(at, counts, 1000, None)
    with pytest.raises(UnreadableError, match="outside the stated range"):
        unwrapped(at, np.array([0, 2000, 3000]), 1000, 10.0)
