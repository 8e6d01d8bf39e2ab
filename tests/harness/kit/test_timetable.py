# SPDX-License-Identifier: Apache-2.0
"""The timetable comes from its seed alone and keeps its rate."""

import numpy as np
import pytest

from harness.kit.timetable import KINDS, Agenda, Timetable


def dues(kind: str, target: int, count: int, seed: int = 5) -> np.ndarray:
    blocks = Timetable(kind, 1_000_000, seed).blocks(target)
    return np.concatenate([next(blocks) for _ in range(-(-count // 10))])[:count]


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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", [1, 7_000_000, 10**9])
def test_windows_of_any_width_hand_out_each_slot_once_in_order_of_time(kind: str, window: int) -> None:
    agenda = Agenda(Timetable(kind, 1_000_000, 5), [0, 3_000_000, 9], [0, 4, 0], count=30, duration_ns=0)
    seen, time = [], 0
    while not agenda.over:
        time = max(time + window, int(agenda._next.min()) + 1)
        seen += list(zip(*(column.tolist() for column in agenda.until(time)), strict=True))
    assert [each[0] for each in seen] == sorted(each[0] for each in seen)
    assert sorted(each[1:] for each in seen) == [
        (at, slot) for at, first in enumerate((0, 4, 0)) for slot in range(first, 30)
    ]
    starts = {0: 0, 1: 3_000_000, 2: 9}
    for due, at, slot in seen:
        assert due == starts[at] + dues(kind, at, 30)[slot]


def test_a_duration_ends_a_timetable() -> None:
    agenda = Agenda(Timetable("poisson", 1_000_000, 5), [0, 0], [0, 0], count=0, duration_ns=5_000_000_000)
    due, at, slot = agenda.until(10**12)
    assert agenda.over
    for target in (0, 1):
        wanted = dues("poisson", target, 7000)
        wanted = wanted[wanted < 5_000_000_000]
        assert (due[at == target] == wanted).all()
        assert (slot[at == target] == np.arange(len(wanted))).all()
