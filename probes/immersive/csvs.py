# SPDX-License-Identifier: Apache-2.0
"""Logs of frames in CSV as columns of text: the head is found by its names, a second head and repeated rows are told."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.kit.tables import Table, decoded, held, recorded
from harness.model import Reason
from probes.immersive import WORDS
from probes.immersive.streams import NOUN, Floats, refuse

_HEAD_WITHIN = 20
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BY_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?")
STAMPS = frozenset({
    "elapsed", "Time Stamp", "TimeInSeconds", "TimeInMs", "TimeInQPC", "CPUStartTime", "CPUStartTimeInMs", "CPUStartQPC",
})  # fmt: skip
"""Columns whose values are moments. Without one, two frames that took the same time look like one row twice."""
_A_FRAME = "frametime"
"""MangoHud's rows are few rounded numbers, which frames share; a row of PresentMon that is there again is the same frame."""
_COUNTED = ("Dropped", "stale_frame_count")
"""Columns of frames that were not shown, which are counted and take no row back."""
BLANK = frozenset({"", "NA", "N/A", "NaN", "nan", "na", "-", "--", "null"})


@dataclass(slots=True)
class Rows:
    """A head and the rows under it, each with its line; ``told``: what was met on the way."""

    name: str
    head: tuple[str, ...]
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    told: list[Reason] = field(default_factory=list)
    comma: bool = False

    @property
    def stamped(self) -> bool:
        """Whether rows have moments, so that a row that is there twice can be told."""
        return not STAMPS.isdisjoint(self.head)

    def column(self, name: str) -> list[str]:
        """The cells of a column, without the blanks around them."""
        at = self.head.index(name)
        return [row[at] for row in self.rows]

    def numbers(self, name: str) -> Floats:
        """A column as numbers, NaN where a cell says that there is none; UnreadableError for any other word."""
        made = np.empty(len(self.rows))
        for at, cell in enumerate(self.column(name)):
            made[at] = np.nan if cell in BLANK else self._number(cell, name, at)
        return made

    def _number(self, cell: str, column: str, at: int) -> float:
        if self.comma and _BY_COMMA.fullmatch(cell):
            cell = cell.replace(",", ".")
        if not _NUMBER.fullmatch(cell) or not np.isfinite(float(cell)):
            raise refuse("no-number", "correct the cell, or export the log again.", f"{self.name}:{self.lines[at]}",
                         cell=cell[:40], column=column)  # fmt: skip
        return float(cell)

    def kept(self, keep: Sequence[bool]) -> None:
        """Leave out the rows that are not to be kept."""
        self.rows = [row for row, stays in zip(self.rows, keep, strict=True) if stays]
        self.lines = [line for line, stays in zip(self.lines, keep, strict=True) if stays]


def rows_of(data: bytes, name: str, is_head: Callable[[Sequence[str]], bool]) -> Rows | None:
    """The rows under the first head that ``is_head`` knows; None when there is none among the first lines.

    UnreadableError for another head further down, a name that stands twice, and a row that does not fit its head.
    """
    text = decoded(data, NOUN, name)
    for delimiter in (",", ";", "\t"):
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        for at, line in enumerate(lines[:_HEAD_WITHIN]):
            head = tuple(cell.strip() for cell in line)
            if is_head(head):
                above = tuple(" ".join(each).strip() for each in lines[:at])
                torn = not text.endswith(("\n", "\r"))
                found = _under(head, lines[at + 1 :], at + 2, name, torn=torn, comma=delimiter != ",")
                read = {each: head.index(each) for each in _COUNTED if each in head}
                rows = tuple(map(tuple, found.rows))
                held(recorded(Table(name, head, read, rows, tuple(found.lines), above=above)))
                return found
    return None


def _under(
    head: tuple[str, ...], lines: Sequence[Sequence[str]], first: int, name: str, *, torn: bool, comma: bool
) -> Rows:
    twice = next((each for each in head if each and head.count(each) > 1), None)
    if twice is not None:
        raise refuse("column-twice", "leave one of the two columns out.", name, column=twice)
    found = Rows(name, head)
    seen: set[tuple[str, ...]] = set()
    repeated: list[int] = []
    for number, cells in enumerate(lines, start=first):
        row = [cell.strip() for cell in cells]
        if not any(row):
            continue
        if tuple(row) == head:
            found.told.append(WORDS.reason("head-again", line=number))
            continue
        if len(row) != len(head):
            if torn and number == first + len(lines) - 1 and len(row) < len(head):
                found.told.append(WORDS.reason("cut-short", line=number))
                continue
            raise refuse("row-width", "export the log again; numbers are written with a point, or cells are separated by semicolons.",
                         f"{name}:{number}", cells=len(row), head=len(head))  # fmt: skip
        key = tuple(row)
        if key in seen and (found.stamped or _A_FRAME not in head):
            repeated.append(number)
            continue
        seen.add(key)
        found.rows.append(row)
        found.lines.append(number)
    if repeated:
        found.told.append(WORDS.reason("rows-repeated", count=len(repeated), lines=repeated))
    if not found.rows:
        raise refuse("no-rows", "record the log again while the application runs.", name)
    if not found.stamped:
        found.told.append(WORDS.reason("no-stamps"))
    found.comma = comma and any(_BY_COMMA.fullmatch(cell) for row in found.rows for cell in row)
    if found.comma:
        found.told.append(WORDS.reason("decimal-comma"))
    return found


def refuse_instant(delays: Floats, column: str, rows: Rows) -> None:
    """UnreadableError for a delay that is not above zero: light that is seen at the moment of the motion was not measured."""
    below = np.flatnonzero(delays <= 0)
    if below.size:
        where = f"{rows.name}:{rows.lines[below[0]]}"
        raise refuse("not-above-zero", "record the log again.", where, column=column, value=float(delays[below[0]]))
