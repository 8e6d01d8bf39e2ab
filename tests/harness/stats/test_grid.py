# SPDX-License-Identifier: Apache-2.0
"""Cells of the clock: the same bytes for any split, and RMS bounds that cover as those on the whole series do."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from harness.errors import StatisticsError
from harness.stats.grid import Grid, rms_bounds

rows = st.lists(st.tuples(st.integers(-100, 100), st.integers(-(2**62), 2**62)), max_size=40)


def grid_of(pairs, width=7) -> Grid:
    times, values = (np.array(column, np.int64) for column in (zip(*pairs, strict=True) if pairs else ([], [])))
    return Grid.of(times, values, width)


@given(rows)
def test_every_cell_holds_the_exact_sum_of_its_values(pairs):
    grid, wanted = grid_of(pairs), {}
    for time, value in pairs:
        n, total = wanted.get(time // 7, (0, 0))
        wanted[time // 7] = n + 1, total + value
    sums = [(high << 32) + low for high, low in zip(grid.high.tolist(), grid.low.tolist(), strict=True)]
    assert dict(zip(grid.index.tolist(), zip(grid.n.tolist(), sums, strict=True), strict=True)) == wanted
    assert grid.index.tolist() == sorted(wanted)
    assert ((grid.low >= 0) & (grid.low < 1 << 32)).all()


@given(rows, st.integers(0, 40), st.integers(0, 40), st.randoms(use_true_random=False))
def test_any_split_and_order_give_the_same_bytes(pairs, i, j, random):
    i, j = sorted((i, j))
    parts = [grid_of(part) for part in (pairs[:i], pairs[i:j], pairs[j:])]
    random.shuffle(parts)
    whole = grid_of(pairs)
    assert reduce(Grid.merge, parts).digest() == whole.digest()
    assert parts[0].merge(parts[1].merge(parts[2])) == whole
    random.shuffle(pairs)
    assert grid_of(pairs) == whole


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Grid.of(np.array([1]), np.array([1.5]), 1),
        lambda: Grid.of(np.array([1, 2]), np.array([1]), 1),
        lambda: Grid.of(np.array([1]), np.array([1]), 0),
        lambda: Grid.of(np.array([1]), np.array([1]), 1).merge(Grid.of(np.array([1]), np.array([1]), 2)),
        lambda: grid_of([]).mean,
    ],
)
def test_cells_of_something_else_are_refused(wrong):
    with pytest.raises(StatisticsError):
        wrong()


@pytest.mark.parametrize("phi", [0.9, 0.99])
def test_the_upper_bound_from_cell_means_covers_the_true_rms(phi):
    runs, n, rng = 200, 10_000, np.random.default_rng(20261121)
    covered = 0
    for _ in range(runs):
        noise = rng.standard_normal((2, n)) * 10_000 * np.sqrt(1 - phi**2)  # µm, so that each axis has sigma 1 cm
        noise[:, 0] /= np.sqrt(1 - phi**2)
        east, north = signal.lfilter([1], [1, -phi], noise)
        squared = (east**2 + north**2).astype(np.int64)
        found = rms_bounds(Grid.of(np.arange(n) * 100, squared, 1000), 2, 0.05)
        covered += found.upper is not None and found.upper >= 10_000 * np.sqrt(2)
    assert covered / runs >= 0.95 - 3.3 * np.sqrt(0.05 * 0.95 / runs)


def test_a_record_shorter_than_fifty_correlation_times_gives_no_bound():
    walk = np.cumsum(np.random.default_rng(1).standard_normal(2000)) ** 2 * 1000
    found = rms_bounds(Grid.of(np.arange(2000), walk.astype(np.int64), 10), 2, 0.05)
    assert (found.lower, found.upper) == (None, None)
    assert found.missing is not None
