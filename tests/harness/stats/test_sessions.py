# SPDX-License-Identifier: Apache-2.0
"""The session as unit: bounds that hold however slowly the error moves within a session."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from harness.errors import StatisticsError
from harness.stats import sessions

ALIKE = np.full(16, 4.0)


def test_sessions_that_agree_are_bounded_by_what_one_more_like_them_could_add() -> None:
    found = sessions.bounds(ALIKE, 0.05)
    assert found.value == 4
    assert found.upper == pytest.approx(4 * stats.chi2.ppf(0.95, 2 * 17) / 2 / 16)
    assert found.lower == pytest.approx(4 * stats.chi2.ppf(0.05, 2 * 16) / 2 / 16)


def test_an_error_that_never_moves_within_a_session_has_one_freedom_an_axis() -> None:
    found = sessions.bounds(ALIKE, 0.05, axes=1)
    assert found.upper == pytest.approx(4 * 16 / stats.chi2.ppf(0.05, 16))
    assert found.lower == pytest.approx(4 * 16 / stats.chi2.ppf(0.95, 16))


def test_one_session_proves_nothing_and_only_a_gross_violation_speaks() -> None:
    found = sessions.bounds([9.0], 0.05, axes=2)
    assert found.upper is None
    assert found.lower == pytest.approx(9 * 0.0513, rel=0.01), "a twentieth, as Markov's inequality says"


def test_a_share_that_no_session_showed_may_be_one_whole_session() -> None:
    assert sessions.bounds(np.zeros(60), 0.05, worst=1.0).upper == pytest.approx(-math.log(0.05) / 60)
    assert sessions.bounds(np.zeros(60), 0.05).upper == 0


def test_where_thirds_differ_the_bound_is_that_of_the_worse_third() -> None:
    random = np.random.default_rng(3)
    rising = np.linspace(1, 4, 18) + random.normal(0, 0.05, 18)
    found = sessions.bounds(rising, 0.05, axes=2)
    assert found.trend
    mixed = sessions.bounds(random.permutation(rising), 0.05, axes=2)
    assert found.upper == pytest.approx(mixed.upper * rising[-6:].mean() / rising.mean())
    assert not sessions.bounds(random.permutation(rising), 0.05, axes=2).trend


def test_the_number_wanted_is_the_least_that_suffices() -> None:
    n = sessions.wanted(0.25, 1, 0.05, 1)
    assert n is not None
    assert sessions.bounds(np.full(n, 0.25), 0.05, 1).upper <= 1
    assert sessions.bounds(np.full(n - 1, 0.25), 0.05, 1).upper > 1
    assert sessions.wanted(1.0, 1, 0.05, 1) is None


def test_negative_values_are_refused() -> None:
    with pytest.raises(StatisticsError):
        sessions.bounds([1.0, -1.0], 0.05)
