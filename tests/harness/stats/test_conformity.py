# SPDX-License-Identifier: Apache-2.0
"""Conformance probabilities and guard bands."""

import pytest

from harness.stats import (
    conformity,
)


def test_guard_bands_are_those_of_ilac_g8() -> None:
    assert conformity.guard_band(0.5, 0.05) == pytest.approx(0.8224, abs=1e-3)
    assert conformity.acceptance_limit(2, 0.1) == 1.9
    assert conformity.acceptance_limit(2, 0.1, upper=False) == 2.1
    assert conformity.worst_risk(0) == 0.5
    assert conformity.worst_risk(1) == pytest.approx(0.0228, abs=1e-4)
    assert conformity.worst_risk(1.5) == pytest.approx(0.0013, abs=1e-4)
    band = conformity.guard_band(0.3, 0.05)
    assert conformity.probability(conformity.acceptance_limit(2, band), 0.3, 2) == pytest.approx(0.95, abs=1e-12)
    assert conformity.probability(2 + band, 0.3, 2, upper=False) == pytest.approx(0.95, abs=1e-12)
