# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of an independent solution: positions with the standard deviations they state, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from probes.gnss.formats.observed.solution import SOLUTION, Rows


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Rows of :data:`probes.gnss.formats.observed.solution.SOLUTION` in order of time; ``failed`` sentences; ``strange`` lines not understood."""

    rows: Rows = field(default_factory=lambda: np.empty(0, SOLUTION))
    failed: tuple[str, ...] = ()
    strange: int = 0

    def merge(self, other: Solution) -> Solution:
        """Both together; associative and commutative."""
        rows = np.unique(np.concatenate([self.rows, other.rows]))
        return Solution(rows, tuple(sorted({*self.failed, *other.failed})), self.strange + other.strange)

    def canonical_bytes(self) -> bytes:
        """The same bytes for the same solution."""
        return self.rows.tobytes() + repr((self.failed, self.strange)).encode()
