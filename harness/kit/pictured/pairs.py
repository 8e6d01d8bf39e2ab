# SPDX-License-Identifier: Apache-2.0
"""Before and after: two values of each row, so that the change is seen with what it started from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.kit.figures import Name
from harness.kit.pictured.rows import Rows
from harness.model import Text


@dataclass(frozen=True, slots=True)
class Pairs(Rows):
    """Rows with a value ``before`` and one ``after``; ``ends`` says what the two are, in that order."""

    kind: ClassVar[str] = "pairs"
    values_of: ClassVar[tuple[str, ...]] = ("before", "after")
    title: Text
    unit: str
    labels: Sequence[Name]
    before: Sequence[float]
    after: Sequence[float]
    ends: tuple[Text, Text]
    more: int = 0

    def __post_init__(self) -> None:
        """Refuse rows that are not whole; cut and count those beyond the most."""
        self._cut("a value before and one after")
