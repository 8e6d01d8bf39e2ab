# SPDX-License-Identifier: Apache-2.0
"""The uncertainty budget against the worked example of the GUM."""

import math

import pytest

from harness.model import BudgetItem, Text
from harness.stats import (
    budget,
)


def test_welch_satterthwaite_and_hard_bounds_as_in_the_guide() -> None:
    """GUM H.1.6: the end gauge, u_c = 32 nm with 16 effective degrees of freedom."""
    parts = [(25.0, 18), (9.7, 25.6), (2.9, 50), (16.6, 2)]
    found = budget.combine(
        [budget.Component(BudgetItem(Text(str(u), str(u)), "B", u, "nm"), freedom=nu) for u, nu in parts]
    )
    assert found.uncertainty == pytest.approx(32, abs=0.5)
    assert int(found.freedom) == 16
    assert found.allowance == 0
    clock = budget.Component(BudgetItem(Text("时钟", "clock"), "bound", 3.0, "us"), sensitivity=-2)
    hard = budget.combine([clock, clock])
    assert hard == (0, math.inf, 12)
    assert budget.bounds(5, hard, 0.05) == (5, 5)
