# SPDX-License-Identifier: Apache-2.0
"""Failure rates and MTBF."""

import pytest

from harness.stats import (
    reliability,
)


def test_zero_failures_are_the_rule_of_three_of_reliability() -> None:
    found = reliability.mtbf(0, 2996, 0.05)
    assert found.value is None
    assert found.upper is None
    assert found.lower == pytest.approx(2996 / 2.995732, rel=1e-6)
    stopped = reliability.mtbf(3, 1000, 0.05, failure_terminated=True)
    running = reliability.mtbf(3, 1000, 0.05)
    assert running.lower < stopped.lower < (running.value or 0) < (running.upper or 0)
