# SPDX-License-Identifier: Apache-2.0
"""Losses are blamed on the way they happened, however a trace is cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.series import Series
from probes.network.digests.direction import Ledger


@given(st.lists(st.sampled_from(["", "", "", "there", "back"]), min_size=2, max_size=40), st.integers(0, 40))
def test_losses_are_blamed_on_the_way_they_happened_however_the_trace_is_cut(fates: list[str], cut: int) -> None:

    reached, rows = 0, []
    for sequence, fate in enumerate(fates):
        rows.append((sequence, reached, 0 if fate else 1))
        reached += fate != "there"
    table = np.array(rows, np.int64)
    series = Series({"sequence": table[:, 0], "reflector_sequence": table[:, 1], "flags": table[:, 2]})
    parts = [series.where(table[:, 0] < cut), series.where(table[:, 0] >= cut)]
    merged = Ledger.of("s", parts[1]).merge(Ledger.of("s", parts[0]))
    assert merged == Ledger.of("s", series)
    last = max((at for at, fate in enumerate(fates) if not fate), default=-1)
    split = merged.split
    assert split.forward == fates[: last + 1].count("there")
    assert split.backward == fates[: last + 1].count("back")
    assert split.unknown == len(fates) - last - 1
