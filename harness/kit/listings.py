# SPDX-License-Identifier: Apache-2.0
"""Lists found by name: rejected rows, silent nodes, outages; their heads and reasons travel with them in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from harness.model import Text
from harness.quantity import Quantity

Cell = Text | str | float | Fraction | Quantity | bool | None | date | Sequence[Any]
"""What stands in a row: a sequence is joined by the report in its own language."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key for machines, the title for people, the unit of its numbers."""

    key: str
    title: Text
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list with its columns; a row is a tuple in their order, or a mapping by their keys with what is absent left out."""

    key: str
    title: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell] | Mapping[str, Cell]]

    def __post_init__(self) -> None:
        """Bring every row into the order of the columns; ValueError for a row that does not fit them."""
        keys = [column.key for column in self.columns]
        if len(set(keys)) != len(keys):
            msg = f"listing {self.key!r} has two columns of one key: {', '.join(keys)}"
            raise ValueError(msg)
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", tuple(self._row(row, keys) for row in self.rows))

    def _row(self, row: Sequence[Cell] | Mapping[str, Cell], keys: list[str]) -> tuple[Cell, ...]:
        if isinstance(row, Mapping):
            strange = sorted(row.keys() - set(keys))
            if strange:
                msg = f"listing {self.key!r} has no column {', '.join(strange)}"
                raise ValueError(msg)
            return tuple(row.get(key) for key in keys)
        if len(row) != len(keys):
            msg = f"a row of listing {self.key!r} has {len(row)} cells for {len(keys)} columns"
            raise ValueError(msg)
        return tuple(row)


NAME = Column("name", Text("项目", "Item"))
VALUE = Column("value", Text("数值", "Value"))


def facts(key: str, title: Text, pairs: Iterable[tuple[Text, Cell]]) -> Listing:
    """Single values by name as a list of two columns."""
    return Listing(key, title, (NAME, VALUE), [tuple(pair) for pair in pairs])
