# SPDX-License-Identifier: Apache-2.0
"""Rows of a picture, a name and some values each: whole, cut at the most that is drawn, and written for a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from harness.kit.figures import Name
from harness.model import Text

MOST = 60
"""Rows that are drawn; the first ones stay, so that whoever makes the figure puts first what matters most."""


class Rows:
    """What pictures of rows have in common; ``values_of`` names their columns of values."""

    __slots__ = ()
    kind: ClassVar[str]
    values_of: ClassVar[tuple[str, ...]]
    title: Text
    labels: Sequence[Name]
    ends: Sequence[Text]
    more: int

    def _cut(self, wanted: str) -> None:
        """Refuse rows that are not whole, in the words ``wanted``; cut and count those beyond the most."""
        names = ("labels", *self.values_of)
        columns = [getattr(self, name) for name in names]
        if len({len(each) for each in columns}) > 1:
            raise self._odd(wanted)
        for name, column in zip(names, columns, strict=True):
            object.__setattr__(self, name, tuple(column[:MOST]))
        object.__setattr__(self, "more", self.more + max(0, len(columns[0]) - MOST))

    def _odd(self, wanted: str) -> ValueError:
        """Rows that are not as they have to be."""
        return ValueError(f"{self.kind} {self.title.en!r}: each row has {wanted}, but here it is not so")

    def __len__(self) -> int:
        """How many rows."""
        return len(self.labels)

    @property
    def data(self) -> Mapping[str, Any]:
        """Names and values of the rows, what the values are, and how many rows were cut."""
        rows = {name: getattr(self, name) for name in ("labels", *self.values_of)}
        return {**rows, "ends": self.ends, **({"more": self.more} if self.more else {})}
