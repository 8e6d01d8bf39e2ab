# SPDX-License-Identifier: Apache-2.0
"""The timetable comes from its seed alone and keeps its rate."""

from itertools import islice

import numpy as np
import pytest

from probes.network.timetable import KINDS, Timetable


def dues(kind: str, target: int, count: int, seed: int = 5) -> np.ndarray:
    return np.array(list(islice(Timetable(kind, 1_000_000, seed).due(target), count)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_timetable_and_each_target_its_own(kind: str) -> None:
    assert (dues(kind, 3, 600) == dues(kind, 3, 600)).all()
    assert (dues(kind, 3, 600) != dues(kind, 4, 600)).any()
    assert (dues(kind, 3, 600) != dues(kind, 3, 600, seed=6)).any()


def test_periodic_steps_are_equal_and_phases_differ_within_the_first_interval() -> None:
    phases = {int(dues("periodic", target, 1)[0]) for target in range(50)}
    assert len(phases) > 45
    assert all(0 <= phase < 1_000_000 for phase in phases)
    assert set(np.diff(dues("periodic", 0, 100))) == {1_000_000}


def test_poisson_gaps_are_exponential_by_their_mean_and_spread() -> None:
    gaps = np.diff(dues("poisson", 0, 20_000))
    assert (gaps >= 0).all()
    assert abs(gaps.mean() / 1e6 - 1) < 0.04
    assert abs(gaps.std() / 1e6 - 1) < 0.06
    assert abs((gaps > 3_000_000).mean() - np.exp(-3)) < 0.01
