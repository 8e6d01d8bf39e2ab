# SPDX-License-Identifier: Apache-2.0
"""Laws of Fieller bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats import (
    ratio,
)


@given(st.integers(0, 2**32), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
@settings(max_examples=50)
def test_fieller_does_not_depend_on_units(seed: int, scale_a: float, scale_b: float) -> None:
    a, b = np.random.default_rng(seed).uniform(5, 8, (2, 9))
    plain, scaled = ratio.fieller(a, b, 0.05), ratio.fieller(a * scale_a, b * scale_b, 0.05)
    k = scale_a / scale_b
    assert plain.lower is not None
    assert plain.upper is not None
    assert scaled.value == pytest.approx(plain.value * k, rel=1e-9)
    assert scaled.lower == pytest.approx(plain.lower * k, rel=1e-9)
    assert scaled.upper == pytest.approx(plain.upper * k, rel=1e-9)
    assert scaled.g == pytest.approx(plain.g, rel=1e-9)


def test_an_unclear_denominator_gives_a_reason_instead_of_a_bound() -> None:
    found = ratio.fieller([1, 2, 3], [0.1, 5, -3], 0.05)
    assert found.lower is found.upper is None
    assert found.missing is not None
    assert found.missing.code == "statistics.denominator_unclear"
