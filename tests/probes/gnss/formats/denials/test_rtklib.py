# SPDX-License-Identifier: Apache-2.0
"""A solution of RTKLIB counts where it was computed as a receiver computes: forward, while it moves, with a threshold for its integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.gnss.formats.readers import read_epochs
from tests.probes.gnss.formats.test_closed_world import HEAD

LINE = "2026/11/21 04:00:18.000 30.500000012 114.300000034 45.1222 1 14 0.003 0.003 0.006 0.0 0.0 0.0 1.00 {ratio}"


def solved(*said: str, ratio: str = "99.9") -> tuple[list[int], int]:
    text = "\n".join([*(f"% {each}" for each in said), HEAD, LINE.format(ratio=ratio), ""])
    found, unread = read_epochs(text.encode(), "pos", {})
    return found["quality"].tolist(), sum(unread.values())


def test_what_a_receiver_would_have_said_counts() -> None:
    said = (
        "program   : RTKPOST ver.demo5 b34k",
        "pos mode  : Kinematic",
        "freqs     : L1+L2",
        "solution  : Forward",
        "amb res   : Fix and Hold",
        "val thres : 3.0",
    )
    assert solved(*said) == ([4], 0)
    assert solved("pos mode : kinematic", "solution : forward", "amb res : continuous", "val thres: 1.5") == ([4], 0)
    assert solved() == ([4], 0)


@pytest.mark.parametrize(
    "said",
    ["pos mode  : static", "pos mode  : Fixed", "pos mode  : PPP Kinematic", "pos mode  : moving-base", "pos mode : warp", "solution  : combined", "solution  : backward",
     "solution  : Combined - No Phase Reset", "amb res   : off", "amb res   : ppp-ar", "val thres : 1.0", "val thres : 0", "val thres : nan", "val thres : x"],
)  # fmt: skip
def test_another_way_to_compute_is_refused_by_name(said: str) -> None:
    with pytest.raises(DecodeError, match="This RTKLIB solution"):
        solved(said)


@given(st.floats(0.01, 20), st.sampled_from([None, 1.5, 2.0, 3.0]))
def test_integers_below_the_threshold_are_not_fixed(ratio: float, threshold: float | None) -> None:
    said = [] if threshold is None else [f"val thres : {threshold}"]
    fixed = float(f"{ratio:.3f}") >= (threshold or 1.5)
    assert solved(*said, ratio=f"{ratio:.3f}") == ([4 if fixed else 0], int(not fixed))


def test_a_ratio_of_zero_says_nothing() -> None:
    """Programs that have none write it so."""
    assert solved(ratio="0.0") == ([4], 0)
