# SPDX-License-Identifier: Apache-2.0
"""A strip for each row: from a lower to an upper value with one between, such as median, 99th percentile and maximum of each terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.kit.figures import Name
from harness.model import Text

MOST = 60
"""Rows that are drawn; the first ones stay, so that whoever makes the figure puts first what matters most."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows with a ``lower``, a middle (``values``) and an ``upper`` value each; ``ends`` says what the three are, in that order."""

    kind: ClassVar[str] = "strip"
    title: Text
    unit: str
    labels: Sequence[Name]
    lower: Sequence[float]
    values: Sequence[float]
    upper: Sequence[float]
    ends: tuple[Text, Text, Text]
    more: int = 0

    def __post_init__(self) -> None:
        """Refuse rows that are not ordered or not whole; cut and count those beyond the most."""
        columns = (self.labels, self.lower, self.values, self.upper)
        ordered = all(
            low <= value <= high for low, value, high in zip(self.lower, self.values, self.upper, strict=False)
        )
        if len({len(each) for each in columns}) > 1 or not ordered:
            msg = f"strip {self.title.en!r}: each row has a lower, a middle and an upper value in order, but here it is not so"
            raise ValueError(msg)
        for name, column in zip(("labels", "lower", "values", "upper"), columns, strict=True):
            object.__setattr__(self, name, tuple(column[:MOST]))
        object.__setattr__(self, "more", self.more + max(0, len(columns[0]) - MOST))

    def __len__(self) -> int:
        """How many rows."""
        return len(self.labels)

    @property
    def data(self) -> Mapping[str, Any]:
        """Names and values of the rows, what the values are, and how many rows were cut."""
        rows = {"labels": self.labels, "lower": self.lower, "values": self.values, "upper": self.upper}
        return {**rows, "ends": self.ends, **({"more": self.more} if self.more else {})}
