# SPDX-License-Identifier: Apache-2.0
"""One base error for everything a person can put right.

Every error says in one sentence what is wrong and, in a second one, the cure. ``code`` is a stable
machine-readable name, ``exit_code`` is what the command line returns (docs/reference/exit-codes.md).
Anything that is not a :class:`YanshouError` is a defect of ours; the command line says where it happened.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from harness.printable import printable


class Exit(IntEnum):
    """Exit codes of the command line; other tools build on them."""

    PASS = 0
    FAIL = 1
    USAGE = 2
    UNDECIDED = 3
    EVIDENCE = 4
    INSTRUMENT = 5


class YanshouError(Exception):
    """What is wrong, where, and what cures it."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[Exit] = Exit.USAGE

    def __init__(self, problem: str, *, cure: str = "", where: str = "") -> None:
        """Keep one sentence about the problem, one about the cure, and the place (file:line:column)."""
        super().__init__(problem)
        self.problem = problem
        self.cure = cure
        self.where = where

    def __str__(self) -> str:
        """One line: ``where: problem Cure: …``; what a stranger's file brings along steers no terminal."""
        where = f"{self.where}: " if self.where else ""
        cure = f" Cure: {self.cure}" if self.cure else ""
        return printable(f"{where}{self.problem}{cure}")

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process with every field."""
        return (_rebuild, (type(self), self.problem, self.cure, self.where))


def _rebuild(kind: type[YanshouError], problem: str, cure: str, where: str) -> YanshouError:
    return kind(problem, cure=cure, where=where)


class UsageError(YanshouError):
    """The command line or the call was wrong."""

    code = "usage"


class SpecError(YanshouError):
    """A scenario or profile is wrong; ``problems`` holds every one of them, in file order."""

    code = "spec"

    def __init__(
        self,
        problem: str,
        *,
        cure: str = "",
        where: str = "",
        problems: tuple[SpecError, ...] = (),
    ) -> None:
        """Keep the single problem, or the list that was found in one pass."""
        super().__init__(problem, cure=cure, where=where)
        self.problems = problems or (self,)

    def __str__(self) -> str:
        """Every problem on a line of its own."""
        if self.problems == (self,):
            return super().__str__()
        return "\n".join(str(each) for each in self.problems)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the list of problems across processes; a single problem holds itself and is left out."""
        rest = () if self.problems == (self,) else self.problems
        return (_rebuild_spec, (self.problem, self.cure, self.where, rest))


def _rebuild_spec(problem: str, cure: str, where: str, problems: tuple[SpecError, ...]) -> SpecError:
    return SpecError(problem, cure=cure, where=where, problems=problems)


class StatisticsError(YanshouError):
    """Numbers that no statistic can stand on: n = 0, NaN, contradictory counts, alpha outside (0, 0.5)."""

    code = "statistics"


class DecodeError(YanshouError):
    """Bytes that are not what their source says they are."""

    code = "decode"
    exit_code = Exit.EVIDENCE


class EvidenceError(YanshouError):
    """The bundle is not what was sealed; ``code`` of each subclass names the defect."""

    code = "evidence"
    exit_code = Exit.EVIDENCE


class InstrumentError(YanshouError):
    """A source cannot be opened or stopped answering: port, socket, privilege, host."""

    code = "instrument"
    exit_code = Exit.INSTRUMENT


class StorageError(YanshouError):
    """Recording failed: disk full, folder not writable."""

    code = "storage"
    exit_code = Exit.INSTRUMENT
