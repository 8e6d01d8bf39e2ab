# SPDX-License-Identifier: Apache-2.0
"""What was seen of a window: time between samples that are too far apart was not, and counts as the worst there is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from harness.effort import Effort
from probes.gnss.measurands.words import seconds

Floats = npt.NDArray[np.float64]
LATE = 1.5
"""Usual intervals after which a sample no longer says what is."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Values in order of size with the time each stood for, of a window of ``duration_s``; ``step_s``: the usual interval."""

    values: Floats
    stood_s: Floats
    duration_s: float
    step_s: float
    longest_break_s: float

    @property
    def coverage(self) -> float:
        """Share of the window that was seen."""
        return min(1.0, math.fsum(self.stood_s) / self.duration_s) if self.duration_s else 0.0

    @property
    def effort(self) -> dict[str, Effort]:
        """Length and coverage of the window."""
        return {"duration": seconds(self.duration_s), "coverage": Fraction(f"{self.coverage:.6f}")}

    def quantile(self, q: float) -> tuple[float, float, float | None]:
        """The q-quantile over what was seen, then over the window with the unseen time taken as best and as worst.

        None where the unseen time alone is more than 1 - q.
        """
        seen = math.fsum(self.stood_s)
        reached, missing = np.cumsum(self.stood_s), max(0.0, self.duration_s - seen)
        value, high = self._at(reached, q * seen), q * self.duration_s
        low = q * self.duration_s - missing
        return value, self._at(reached, low), self._at(reached, high) if high <= seen * (1 + 1e-12) else None

    def _at(self, reached: Floats, time_s: float) -> float:
        index = int(np.searchsorted(reached, time_s * (1 - 1e-12)))
        return float(self.values[min(max(index, 0), len(self.values) - 1)])


def seen(time_s: Floats, values: Floats) -> Seen:
    """What samples (n,) at ``time_s`` show of the time from the first to the last of them."""
    order = np.lexsort((values, time_s))  # of two at one moment the larger stands for the time until the next
    at, value = time_s[order], values[order]
    steps = np.diff(at)
    positive = steps[steps > 0]
    step = float(np.median(positive)) if len(positive) else 0.0
    stood = np.minimum(np.append(steps, step), LATE * step)
    late = steps[steps > LATE * step]
    stood[:-1][steps > LATE * step] = step
    by_size = np.argsort(value, kind="stable")
    longest = float(late.max()) if len(late) else 0.0
    return Seen(value[by_size], stood[by_size], float(at[-1] - at[0]) + step, step, longest)


def quantum(values: Floats) -> float:
    """The step in which values (n,) are read: the usual difference between two that follow each other in size."""
    distinct = np.unique(values)
    return float(np.median(np.diff(distinct))) if len(distinct) > 1 else 0.0
