# SPDX-License-Identifier: Apache-2.0
"""A law of parts, and how a part is summarised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

from harness import installed
from harness.model import About
from harness.plugins import Asked, Input, Trace
from harness.spec.profile import Organisation, Project
from harness.testing import Question
from harness.testing.printed import only_what_is_printed_decides
from tests.conformance.examples import traced

Part = Callable[[Path], Trace]
_SUMMARISED: dict[tuple[Part, int, str], Input] = {}
MS = 10**6
ONE = {"longest_credible_burst": "1 packet"}
P99 = {"q": "99 %", "lost": "over-limit"}
PROJECT = Project(
    "项目", Organisation("申报单位", "91420100MA4KXXXX0A"), (), date(2023, 1, 1), date(2024, 1, 1), "武汉"
)
OWNER = replace(PROJECT, applicant=Organisation("示例企业02（江岸区）有限公司", "91420102MA42HRWN44"))


@dataclass(frozen=True)
class Law:
    """``good`` alone passes ``limit``; with any of ``bad`` beside it, or none at all, the verdict is never PASS.

    ``raised``: for counts, to which a part can only add: the next limit, which a further good part would reach.
    """

    measurand: str
    statistic: str
    limit: str
    good: Sequence[Part]
    bad: Mapping[str, Part]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    raised: str = ""
    instead: bool = False
    """The bad part stands in the place of the good ones: a table of parts, one of them spoilt."""
    project: Project = PROJECT
    provable: bool = True
    """Whether evidence of a moment can pass; else only that a bad part leaves its own reason is tried."""

    def question(self, *, spoilt: bool = False) -> Question:
        """What is asked, of good parts alone or of spoilt ones."""
        limit = self.raised if spoilt and self.raised else self.limit
        return Question(self.measurand, self.statistic, limit, self.parameters, self.declared, about=About.WINDOW)

    def inputs(self, folder: Path, question: Question, *more: Part) -> list[Input]:
        """The good parts and ``more``, summarised, each a source of its own."""
        good = [] if more and self.instead else self.good
        found = [self._good(each, number, folder, question) for number, each in enumerate(good)]
        return found + [self._made(each, number, folder, question) for number, each in enumerate(more, start=len(good))]

    def _good(self, part: Part, number: int, folder: Path, question: Question) -> Input:
        """A good part stands beside each of the bad ones: it is summarised once for a question."""
        key = (part, number, repr((question, self.project)))
        if key not in _SUMMARISED:
            _SUMMARISED[key] = self._made(part, number, folder, question)
        return _SUMMARISED[key]

    def _made(self, part: Part, number: int, folder: Path, question: Question) -> Input:
        place = folder / f"part{number}"
        place.mkdir(parents=True)
        return input_of(part(place), question, self.project)

    def __str__(self) -> str:
        """As the tests are called."""
        return f"{self.measurand}:{self.statistic}"


def input_of(trace: Trace, question: Question, project: Project = PROJECT) -> Input:
    """The summary of one part, as the engine would compute it; a decoder's refusal is raised."""
    probe = installed.probe(trace.probe)
    asked = Asked((question.ask,), trace.settings, project, trace.digests)
    with only_what_is_printed_decides():
        parts = [probe.summarise(chunk, asked) for chunk in probe.chunks(trace)]
    source = trace.segments[0].parent.name
    return Input(trace.probe, source, reduce(lambda one, other: one.merge(other), parts), trace)


def recorded(probe: str, data: bytes, settings: Mapping[str, Any]) -> Part:
    """A part that a probe recorded with these settings."""
    return lambda folder: traced(probe, folder, data, settings, folder.name)
