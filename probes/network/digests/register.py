# SPDX-License-Identifier: Apache-2.0
"""The rows of registers of terminals, merged. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probes.network.traces.terminals import Terminal


@dataclass(frozen=True, slots=True)
class Register:
    """The rows of a register as a summary; merging keeps every row once, in file order."""

    rows: tuple[tuple[str, Terminal], ...]

    def merge(self, other: Register) -> Register:
        """The rows of both."""
        return Register(tuple(sorted({*self.rows, *other.rows}, key=lambda row: (row[0], row[1].line))))

    def __iter__(self) -> Iterator[Terminal]:
        """The terminals."""
        return iter([terminal for _, terminal in self.rows])
