# SPDX-License-Identifier: Apache-2.0
"""Laws of order statistics, whatever the shape."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats import (
    binomial,
    quantile,
)

risks = st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.4])


@given(st.integers(1, 10**9), st.sampled_from([0.5, 0.9, 0.99, 0.999, 0.9999]), risks)
def test_ranks_are_the_first_and_last_that_hold(n: int, p: float, alpha: float) -> None:
    high, low = quantile.upper_rank(n, p, alpha), quantile.lower_rank(n, p, alpha)
    if high is None:
        assert n < math.log(alpha) / math.log(p) * (1 + 1e-9)
    else:
        assert binomial.cumulative(high - 1, n, p) >= 1 - alpha - 1e-9
        assert high == 1 or binomial.cumulative(high - 2, n, p) < 1 - alpha
    if low is not None:
        assert binomial.cumulative(low - 1, n, p) <= alpha + 1e-9
        assert low == n or binomial.cumulative(low, n, p) > alpha


@given(st.lists(st.integers(0, 1000), min_size=30, max_size=60), st.integers(0, 5))
@settings(max_examples=40)
def test_a_histogram_never_gives_tighter_bounds_than_its_sample(values: list[int], lost: int) -> None:
    edges = np.arange(0, 1001, 10)
    held = np.histogram(values, bins=[*edges, 1010])[0]
    sample = quantile.bounds(quantile.Sample(values, lost), 0.5, 0.05)
    cells = quantile.bounds(quantile.Cells(edges, edges + 9.5, held, lost), 0.5, 0.05)
    assert (sample.lower_rank, sample.upper_rank) == (cells.lower_rank, cells.upper_rank)
    assert sample.lower is not None
    assert sample.upper is not None
    assert cells.lower is not None
    assert cells.upper is not None
    assert sample.lower - 9.5 <= cells.lower <= sample.lower
    assert sample.upper <= cells.upper <= sample.upper + 9.5


@given(st.integers(0, 299))
def test_a_lost_packet_is_slower_than_any_that_arrived(lost: int) -> None:
    found = quantile.bounds(quantile.Sample(np.arange(300 - lost), lost), 0.99, 0.05)
    assert found.upper == (math.inf if lost else 299)
    assert found.value == (math.inf if lost > 3 else 296)
