# SPDX-License-Identifier: Apache-2.0
"""Before and after: two values of each row, so that the change is seen with what it started from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.kit.figures import Name
from harness.model import Text

MOST = 60
"""Rows that are drawn; the first ones stay."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows with a value ``before`` and one ``after``; ``ends`` says what the two are, in that order."""

    kind: ClassVar[str] = "pairs"
    title: Text
    unit: str
    labels: Sequence[Name]
    before: Sequence[float]
    after: Sequence[float]
    ends: tuple[Text, Text]
    more: int = 0

    def __post_init__(self) -> None:
        """Refuse rows that are not whole; cut and count those beyond the most."""
        columns = (self.labels, self.before, self.after)
        if len({len(each) for each in columns}) > 1:
            msg = f"pairs {self.title.en!r}: each row has a value before and one after, but here it is not so"
            raise ValueError(msg)
        for name, column in zip(("labels", "before", "after"), columns, strict=True):
            object.__setattr__(self, name, tuple(column[:MOST]))
        object.__setattr__(self, "more", self.more + max(0, len(columns[0]) - MOST))

    def __len__(self) -> int:
        """How many rows."""
        return len(self.labels)

    @property
    def data(self) -> Mapping[str, Any]:
        """Names and values of the rows, what the values are, and how many rows were cut."""
        rows = {"labels": self.labels, "before": self.before, "after": self.after}
        return {**rows, "ends": self.ends, **({"more": self.more} if self.more else {})}
