# SPDX-License-Identifier: Apache-2.0
"""``papers:`` of a profile: the attested papers that belong to an acceptance (p00 验收材料齐套性), chosen from one list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from harness.spec.strict import Document
from harness.spec.written import Day, Line, wrong

PaperName = Literal[
    "application",
    "self-assessment",
    "grading",
    "cryptography",
    "supervision",
    "trial-run",
    "audit",
    "third-party",
    "user-report",
    "archive",
]
"""What p00 knows; a profile names those that its acceptance asks for."""


class PaperDoc(Document):
    """One attested paper; where it is asked for and not at hand, name it without a file."""

    file: Line | None = Field(None, description="the paper, below the profile; without it the paper is missing.")
    number: Line | None = Field(None, description="number of the paper.")
    issuer: Line | None = Field(None, description="who issued it.")
    date: Day | None = Field(None, description="day of issue, YYYY-MM-DD.")
    until: Day | None = Field(None, description="last day on which it holds, YYYY-MM-DD, where it has one.")

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.file is not None and self.date is None:
            raise wrong("a paper with a file needs its day of issue.", "add date: YYYY-MM-DD.", "date")
        if self.until is not None and self.date is not None and self.until < self.date:
            problem = f"the paper holds until {self.until}, before it was issued on {self.date}."
            raise wrong(problem, "swap the two days, or correct one.", "until")
        return self


@dataclass(frozen=True, slots=True)
class PaperSpec:
    """A paper as the profile names it."""

    name: str
    file: str
    number: str
    issuer: str
    issued: date | None
    until: date | None

    def state(self, day: date, *, kept: bool) -> str:
        """PRESENT, MISSING, EXPIRED or LATE (issued after the day of the test)."""
        if not kept or self.issued is None:
            return "MISSING"
        if self.until is not None and self.until < day:
            return "EXPIRED"
        return "LATE" if self.issued > day else "PRESENT"


def paper(name: str, given: PaperDoc) -> PaperSpec:
    """The normal form of one paper."""
    return PaperSpec(name, given.file or "", given.number or "", given.issuer or "", given.date, given.until)
