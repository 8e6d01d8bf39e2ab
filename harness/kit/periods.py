# SPDX-License-Identifier: Apache-2.0
"""Agreed periods and the months of tables: ``2023-01/2023-12``, ``2023-01-15/2023-06-30``, a cell that says 2023年9月."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Annotated, NamedTuple

from harness.errors import SpecError
from harness.model import Text
from harness.spec.written import Written

if TYPE_CHECKING:
    from harness.kit.tables import Row

_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})月?|(\d{2}))", re.ASCII)
_EDGE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?", re.ASCII)


class Period(NamedTuple):
    """First and last day of a period (ISO 8601 interval)."""

    first: date
    last: date

    @classmethod
    def read(cls, text: str) -> Period:
        """``2023-01/2023-12`` or with days; SpecError otherwise."""
        edges = [_EDGE.fullmatch(part) for part in text.strip().split("/")]
        try:
            if len(edges) == 2 and edges[0] and edges[1]:
                found = cls(_day(edges[0], last=False), _day(edges[1], last=True))
                if found.first <= found.last:
                    return found
        except ValueError:
            pass
        msg = f"{text!r} is no period."
        raise SpecError(msg, cure="write its first and last month or day, like 2023-01/2023-12.")

    def __str__(self) -> str:
        """As a profile writes it, with days."""
        return f"{self.first}/{self.last}"

    @property
    def months(self) -> tuple[str, ...]:
        """Every month that it touches, as ``2023-09``."""
        start, end = (each.year * 12 + each.month - 1 for each in self)
        return tuple(f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(start, end + 1))


PeriodText = Annotated[Period, Written(Period.read, r"^\s*\d{4}-\d{2}(-\d{2})?/\d{4}-\d{2}(-\d{2})?\s*$")]
"""A period as profiles write it."""


def month(row: Row, field: str, period: Period | None) -> str:
    """The month of a cell with a date or a month, as ``2023-09``; empty without such a column.

    Refused where the cell says neither, or a day (or month) that lies outside ``period``.
    """
    from harness.kit.tables import cells

    if field not in row or not row[field]:
        return ""
    text = row[field]
    match = _MONTH.fullmatch("".join(text.split()))
    number = int(match[2] or match[3]) if match else 0
    day = date(int(match[1]), number, 1) if match and 1 <= number <= 12 and match[1] != "0000" else None
    whole = day is not None
    day = day or cells.day(text, from_1904=row.table.from_1904)
    if day is None:
        told = Text(f"“{text}”不是日期或月份。", f"{text} is neither a date nor a month.")
        raise row.refuse(told, "write it as 2023-09 or 2023-09-04.")
    found = f"{day:%Y-%m}"
    if period is not None and not (found in period.months if whole else period.first <= day <= period.last):
        told = Text(
            f"日期 {text} 不在约定时段 {period.first} 至 {period.last} 之内。",
            f"{text} lies outside the agreed period {period.first} to {period.last}.",
        )
        raise row.refuse(told, "correct the date or the period; rows of other times belong into no side.")
    return found


def _day(edge: re.Match[str], *, last: bool) -> date:
    year, number = int(edge[1]), int(edge[2])
    if edge[3]:
        return date(year, number, int(edge[3]))
    return date(year, number, monthrange(year, number)[1] if last else 1)
