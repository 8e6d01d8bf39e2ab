# SPDX-License-Identifier: Apache-2.0
"""Under which condition a terminal is asked, as a trace names it: idle, a step of the configuration run, under load. Pure."""

from __future__ import annotations

IDLE, LOAD = "idle", "load"
MOST_STEPS = 10
"""Steps of a configuration run."""
_STEP = "step-"


def step(number: int) -> str:
    """The condition of the configuration run's step with this number, from 1."""
    return f"{_STEP}{number}"


def step_of(condition: str) -> int:
    """The number of the step; 0 where the condition is no step of a configuration run."""
    digits = condition.removeprefix(_STEP)
    return int(digits) if condition.startswith(_STEP) and digits.isdecimal() else 0
