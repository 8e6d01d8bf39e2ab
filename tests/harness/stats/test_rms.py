# SPDX-License-Identifier: Apache-2.0
"""Laws of RMS bounds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats import (
    radial,
    rms,
)


@given(st.integers(0, 2**32), st.floats(0.001, 1000))
@settings(max_examples=25)
def test_rms_bounds_scale_with_the_unit(seed: int, scale: float) -> None:
    z = np.square(np.random.default_rng(seed).standard_normal((2, 400))).sum(axis=0)
    metres, other = rms.bounds(z, 2, 0.05), rms.bounds(z * scale**2, 2, 0.05)
    assert other.value == pytest.approx(metres.value * scale, rel=1e-9)
    assert other.upper == pytest.approx((metres.upper or math.nan) * scale, rel=1e-6)


def test_a_record_shorter_than_fifty_correlation_times_says_what_it_needs() -> None:
    slow = np.repeat(np.random.default_rng(4).standard_normal(20) ** 2, 30)
    found = rms.bounds(slow, 1, 0.05)
    assert found.lower is found.upper is None
    assert found.missing is not None
    assert found.missing.code == "statistics.record_too_short"
    assert found.need.n == math.ceil(50 * found.tau) > 600
    radius = radial.bounds(np.sqrt(slow), 0.95, 0.05)
    assert radius.upper is None
    assert radius.missing is not None


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_the_smallest_freedom_of_three_methods_counts_and_short_records_pay(axes: int, seed: int) -> None:
    errors = np.random.default_rng(seed).standard_normal((axes, 2000))
    for t in range(1, 2000):
        errors[:, t] += 0.7 * errors[:, t - 1]
    z = np.square(errors).sum(axis=0)
    found = rms.bounds(z, axes, 0.05)
    batches = [rms.batch_freedom(z, k, 0.05) for k in (10, 20)]
    nu = min(*batches, axes * 2000 / found.tau) / (1 + 20 * found.tau / 2000)
    assert found.nu == pytest.approx(nu, rel=1e-12)
    assert found.n_eff == pytest.approx(nu / axes, rel=1e-12)
    assert (found.lower, found.upper) == rms.from_freedom(z.mean(), found.nu, 0.05)
    assert bool(found.remarks) == (found.tau > 2000 / 300)
