# SPDX-License-Identifier: Apache-2.0
"""The burst table: stitched over chunk edges, the same bytes for any split and any order."""

from collections import Counter
from functools import reduce
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StatisticsError
from harness.stats import bursts
from harness.stats.runs import Runs, table_of

slots = st.lists(st.sampled_from([False, False, True]), max_size=40).map(lambda row: np.array(row, bool))
gaps = st.integers(1, 6)


def by_hand(lost: np.ndarray, gap: int) -> dict[int, int]:
    """The table by walking over the slots one by one."""
    table, length, received = Counter(), 0, 0
    for missing in lost.tolist():
        received = 0 if missing else received + 1
        if received >= gap and length:
            table[length], length = table[length] + 1, 0
        length += missing
    if length:
        table[length] += 1
    return dict(sorted(table.items()))


@given(slots, gaps)
def test_the_table_is_what_walking_over_the_slots_finds(lost, gap):
    runs = Runs.of(1000, lost, gap)
    assert runs.table() == by_hand(lost, gap)
    assert (runs.slots, runs.lost) == (lost.size, lost.sum())


@given(slots)
def test_with_gap_one_the_table_counts_maximal_runs(lost):
    runs = Counter(len(list(group)) for missing, group in groupby(lost.tolist()) if missing)
    assert Runs.of(0, lost).table() == dict(runs)


@given(slots, gaps, st.lists(st.integers(0, 40), max_size=8), st.randoms(use_true_random=False), st.integers(-50, 50))
def test_any_split_and_any_order_of_merging_give_the_same_bytes(lost, gap, cuts, random, start):
    edges = sorted({0, lost.size, *(min(cut, lost.size) for cut in cuts)})
    parts = [Runs.of(start + a, lost[a:b], gap) for a, b in pairwise(edges)]
    parts = parts or [Runs.of(start, lost, gap)]
    random.shuffle(parts)
    while len(parts) > 1:  # a random tree, also of parts that do not touch
        a, b = parts.pop(random.randrange(len(parts))), parts.pop(random.randrange(len(parts)))
        assert a.merge(b).to_bytes() == b.merge(a).to_bytes()
        parts.append(a.merge(b))
    whole = Runs.of(start, lost, gap)
    assert parts[0].to_bytes() == whole.to_bytes()
    assert parts[0].table() == whole.table()
    assert len(whole.spans) <= 1


@given(slots, gaps, st.sets(st.integers(0, 7)), st.randoms(use_true_random=False))
def test_holes_leave_the_same_bytes_in_any_order_and_lose_no_loss(lost, gap, kept, random):
    parts = [Runs.of(5 * i, lost[5 * i : 5 * i + 5], gap) for i in sorted(kept)] or [Runs.of(0, lost, gap)]
    one = reduce(Runs.merge, parts)
    random.shuffle(parts)
    assert reduce(Runs.merge, parts).digest() == one.digest()
    assert sum(length * number for length, number in one.table().items()) == one.lost


def test_a_hole_no_wider_than_the_gap_does_not_part_a_burst():
    left, right = Runs.of(0, np.array([False, True])), Runs.of(4, np.array([True, False]))
    assert left.merge(right).table() == {1: 2}
    left, right = Runs.of(0, np.array([False, True]), 3), Runs.of(4, np.array([True, False]), 3)
    assert left.merge(right).table() == {2: 1}


def test_long_streams_keep_only_closed_counts_and_two_open_bursts():
    lost = np.random.default_rng(4).random(100_000) < 0.05
    runs = Runs.of(0, lost, 4)
    assert runs.table() == by_hand(lost, 4)
    assert len(runs.spans[0].open) <= 2


def test_streams_are_added_without_being_stitched():
    one, two = Runs.of(0, np.array([False, True])), Runs.of(2, np.array([True, True, False]))
    assert table_of([one, two]) == {1: 1, 2: 1}
    assert one.merge(two).table() == {3: 1}


def test_the_table_feeds_the_burst_bounds():
    runs = Runs.of(0, np.repeat([False, True, False], [500, 7, 493]))
    found = bursts.bounds(runs.table(), runs.slots, 0.05, longest=10)
    assert (found.bursts, found.lost, found.value) == (1, 7, 0.007)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Runs.of(0, np.array([0, 1])),
        lambda: Runs.of(0, np.array([True]), 0),
        lambda: Runs.at(0, 10, np.array([3, 3])),
        lambda: Runs.at(0, 10, np.array([5, 3])),
        lambda: Runs.at(0, 10, np.array([10])),
        lambda: Runs.at(0, 10, np.array([-1])),
        lambda: Runs.of(0, np.array([True])).merge(Runs.of(1, np.array([True]), 2)),
        lambda: Runs.of(0, np.array([True, False])).merge(Runs.of(1, np.array([False]))),
        lambda: Runs.of(0, np.zeros(9, bool)).merge(Runs.of(3, np.zeros(2, bool))),
    ],
)
def test_contradictory_slots_are_refused(wrong):
    with pytest.raises(StatisticsError):
        wrong()
