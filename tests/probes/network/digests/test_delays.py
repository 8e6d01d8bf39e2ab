# SPDX-License-Identifier: Apache-2.0
"""Delays merge to the same bytes, whatever the cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from probes.network.digests.delays import Delays
from tests.probes.network.made import MS


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30), st.integers(0, 30))
def test_delays_merge_to_the_same_bytes_wherever_they_are_cut(values: list[int], cut: int) -> None:
    delay, due = np.array(values, np.int64), np.arange(len(values), dtype=np.int64) * 10**8
    known = delay % 3 != 0
    whole = Delays.of(delay, due, known, [2 * MS])
    parts = [Delays.of(delay[part], due[part], known[part], [2 * MS]) for part in (slice(cut), slice(cut, None))]
    assert parts[1].merge(parts[0]).canonical() == whole.canonical()


def test_the_largest_delay_of_a_second_is_kept_beside_its_sum() -> None:
    delay, due = np.array([5, 9, 2, 7], np.int64), np.array([0, 10**8, 10**9, 3 * 10**9], np.int64)
    known = np.array([True, True, True, False])
    made = Delays.of(delay, due, known, [])
    assert made.seconds.tolist() == [[0, 2, 14], [1, 1, 2]]
    assert made.peaks.tolist() == [[0, 9], [1, 2]]
