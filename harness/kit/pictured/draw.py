# SPDX-License-Identifier: Apache-2.0
"""A public draw: what happened, stage by stage, and where in the list the drawn items lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from harness.kit.figures import POINTS, Name
from harness.model import Text

STAGES = 24
"""Stages that are drawn; those that were cut are counted."""


class Stage(NamedTuple):
    """One box: what happened, and a line for each fact."""

    title: Text
    lines: tuple[Name, ...]


class Round(NamedTuple):
    """The positions that a round drew, from 0, ascending."""

    title: Text
    positions: Sequence[int]


@dataclass(frozen=True, slots=True)
class Draw:
    """Stages in order, and the drawn positions of each round in a list of ``population`` items."""

    kind: ClassVar[str] = "draw"
    title: Text
    population: int
    stages: Sequence[Stage]
    rounds: Sequence[Round]
    unit: str = ""
    more: int = 0

    def __post_init__(self) -> None:
        """Refuse a position outside the list; cut stages, and thin positions evenly."""
        if any(not 0 <= each < self.population for one in self.rounds for each in one.positions):
            msg = f"draw {self.title.en!r}: every position lies in the list, but here it is not so"
            raise ValueError(msg)
        rounds = tuple(Round(each.title, tuple(_thinned(each.positions))) for each in self.rounds)
        object.__setattr__(self, "more", self.more + max(0, len(self.stages) - STAGES))
        object.__setattr__(self, "stages", tuple(self.stages[:STAGES]))
        object.__setattr__(self, "rounds", rounds)

    def __len__(self) -> int:
        """How many stages."""
        return len(self.stages)

    @property
    def data(self) -> Mapping[str, Any]:
        """The list's length, stages, rounds, and how many stages were cut."""
        stages = [each._asdict() for each in self.stages]
        rounds = [each._asdict() for each in self.rounds]
        whole = {"population": self.population, "stages": stages, "rounds": rounds}
        return {**whole, **({"more": self.more} if self.more else {})}


def _thinned(positions: Sequence[int]) -> Sequence[int]:
    """At most six hundred, the first and the last among them."""
    count = len(positions)
    if count <= POINTS:
        return positions
    return [positions[round(at * (count - 1) / (POINTS - 1))] for at in range(POINTS)]
