# SPDX-License-Identifier: Apache-2.0
"""A strip for each row: from a lower to an upper value with one between, such as median, 99th percentile and maximum of each terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.kit.figures import Name
from harness.kit.pictured.rows import Rows
from harness.model import Text


@dataclass(frozen=True, slots=True)
class Strip(Rows):
    """Rows with a ``lower``, a middle (``values``) and an ``upper`` value each; ``ends`` says what the three are, in that order."""

    kind: ClassVar[str] = "strip"
    values_of: ClassVar[tuple[str, ...]] = ("lower", "values", "upper")
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
        wanted, rows = "a lower, a middle and an upper value in order", (self.lower, self.values, self.upper)
        if not all(low <= value <= high for low, value, high in zip(*rows, strict=False)):
            raise self._odd(wanted)
        self._cut(wanted)
