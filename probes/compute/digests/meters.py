# SPDX-License-Identifier: Apache-2.0
"""The mergeable digests of a data centre's tables of energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from harness.model import Reason
from probes.compute.formats.centre import Month, Point


@dataclass(frozen=True, slots=True)
class Energies:
    """Months of every table by its SHA-256."""

    tables: tuple[tuple[str, tuple[Month, ...], tuple[Reason, ...]], ...] = ()

    def merge(self, other: Self) -> Self:
        """The tables of both, the same one once."""
        return type(self)(
            tuple(each for _, each in sorted({one[0]: one for one in (*self.tables, *other.tables)}.items()))
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """Operating points of every table by its SHA-256."""

    tables: tuple[tuple[str, tuple[Point, ...]], ...] = ()

    def merge(self, other: Self) -> Self:
        """The tables of both, the same one once."""
        return type(self)(tuple(sorted(dict((*self.tables, *other.tables)).items())))
