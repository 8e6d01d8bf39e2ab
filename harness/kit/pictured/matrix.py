# SPDX-License-Identifier: Apache-2.0
"""A matrix of states: which node agrees at which height, which terminal answered in which hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.kit.figures import Name
from harness.model import Text

MOST = 60
"""Rows and columns that are kept each; those with the most cells that are not as they should be always stay."""
STATES = 4


@dataclass(frozen=True, slots=True)
class Matrix:
    """The state of each row at each column: a number in ``states``, the first of which is the good one, or None for nothing there."""

    kind: ClassVar[str] = "matrix"
    title: Text
    rows: Sequence[Name]
    columns: Sequence[Name]
    states: Sequence[Text]
    cells: Sequence[Sequence[int | None]]
    x_title: Text
    unit: str = ""
    more: int = 0

    def __post_init__(self) -> None:
        """Refuse cells that are not of this shape or name no state; cut rows and columns and count those that were cut."""
        whole = len(self.cells) == len(self.rows) and all(len(row) == len(self.columns) for row in self.cells)
        known = all(cell is None or 0 <= cell < len(self.states) for row in self.cells for cell in row)
        if not (whole and known and 0 < len(self.states) <= STATES):
            msg = f"matrix {self.title.en!r}: a cell for each row and column names one of at most four states, but here it is not so"
            raise ValueError(msg)
        down = _kept([sum(map(bool, row)) for row in self.cells])
        across = _kept([sum(bool(row[at]) for row in self.cells) for at in range(len(self.columns))])
        kept = tuple(tuple(self.cells[row][at] for at in across) for row in down)
        cut = len(self.rows) * len(self.columns) - len(down) * len(across)
        for name, value in (
            ("rows", tuple(self.rows[at] for at in down)),
            ("columns", tuple(self.columns[at] for at in across)),
            ("cells", kept),
            ("more", self.more + cut),
        ):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        """How many cells."""
        return len(self.rows) * len(self.columns)

    @property
    def data(self) -> Mapping[str, Any]:
        """Names, states and cells, and how many cells were cut."""
        said = {"rows": self.rows, "columns": self.columns, "states": tuple(self.states), "cells": self.cells}
        return {**said, "x_title": self.x_title, **({"more": self.more} if self.more else {})}


def _kept(weights: Sequence[int]) -> list[int]:
    """Which stay, in order: all of up to sixty, else half evenly spaced and those that weigh most."""
    count = len(weights)
    if count <= MOST:
        return list(range(count))
    half = MOST // 2
    chosen = set(sorted((at for at in range(count) if weights[at]), key=lambda at: -weights[at])[:half])
    chosen |= {round(at * (count - 1) / (half - 1)) for at in range(half)}
    return sorted(chosen)
