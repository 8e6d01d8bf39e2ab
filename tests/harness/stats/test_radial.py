# SPDX-License-Identifier: Apache-2.0
"""Radii of Gaussian errors."""

import math
from fractions import Fraction

import pytest

from harness.stats import (
    radial,
)


def test_circular_errors_have_their_textbook_radii() -> None:
    assert radial.gaussian(0.95) == pytest.approx(math.sqrt(-2 * math.log(0.05)), rel=1e-14)
    assert radial.gaussian(Fraction(1, 2)) == pytest.approx(1.1774100225154747, rel=1e-14)
    assert radial.gaussian(0.95, 0.01) == pytest.approx(1.96, abs=1e-3)
