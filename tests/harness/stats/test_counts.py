# SPDX-License-Identifier: Apache-2.0
"""Audits of registers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats import (
    counts,
)


@given(st.integers(1, 300), st.integers(0, 300))
def test_a_census_knows_the_register_exactly(total: int, bad: int) -> None:
    bad = min(total, bad)
    assert counts.bounds(total, total, bad, 0.05) == (total - bad, total - bad, total - bad)


@pytest.mark.parametrize(("claimed", "required"), [(5200, 5000), (105, 100), (60, 50), (101_000, 100_000)])
@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_the_audit_size_is_exactly_where_the_claim_becomes_proven(claimed: int, required: int, allowed: int) -> None:
    n = counts.audit_size(claimed, required, allowed, 0.05)
    assert n is not None
    assert counts.bounds(claimed, n, allowed, 0.05).lower >= required
    assert counts.bounds(claimed, n - 1, allowed, 0.05).lower < required
