# SPDX-License-Identifier: Apache-2.0
"""A table as rows whose cells are asked for by field; what a cell does not say is None, what it says wrongly is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import nan
from typing import TypeVar

from harness.errors import SpecError
from harness.kit.tables import cells
from harness.kit.tables.columns import stated_unit
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import Quantity, unit_of

Value = TypeVar("Value")
_SERIALS = range(20_000, 80_000)  # days since 1899: from 1954 to 2119


@dataclass(frozen=True, slots=True)
class Table:
    """The rows under a head; iterating gives a :class:`Row` each. ``name`` is the file's, for places in sentences."""

    name: str
    head: tuple[str, ...]
    index: Mapping[str, int]
    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """The line of the file or the number beside the row in the spreadsheet, of each row."""
    workbook: bool = False
    from_1904: bool = False
    marks: Mapping[int, str] = field(default_factory=dict)
    """Line -> ``struck`` where the spreadsheet strikes a text of the row through, ``hidden`` where it hides the row."""
    comments: Mapping[int, str] = field(default_factory=dict)
    """Line -> what somebody wrote in the margin of its cells."""
    others: tuple[str, ...] = ()
    """Worksheets, hidden ones too, that have such a head and that nobody asked for: they are not read."""
    above: tuple[str, ...] = ()
    """What stands above the head, a text for each row: titles, and what a source says of the whole; of a workbook the sheet's name first."""
    early: int = 0
    """The line of a row above the head that has numbers in every column that is read, as those under it have; 0 for none."""
    aside: tuple[str, ...] = ()
    """What other worksheets of the workbook say that are no such table, a text for each row."""

    def __iter__(self) -> Iterator[Row]:
        """Every row that has a cell with text."""
        return (Row(self, at) for at in range(len(self.cells)))

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.cells)

    def __contains__(self, name: object) -> bool:
        """Whether the table has a column for the field."""
        return name in self.index

    def column(self, name: str) -> list[str]:
        """The text of a field in every row, as rows give it."""
        place = self.index.get(name)
        return [""] * len(self.cells) if place is None else [row[place].strip() for row in self.cells]

    def quantities(self, name: str, unit: str) -> list[float]:
        """The numbers of a field in ``unit`` in every row, NaN for a blank: what :meth:`Row.quantity` gives, a long column at once."""
        found = [cells.plain_number(text) for text in self.column(name)]
        if found and None not in found:
            factor = float(Quantity(Fraction(1), self.unit(name, unit)).to(unit))
            return [each * factor for each in found if each is not None]
        values = (row.quantity(name, unit) for row in self)
        return [nan if each is None else float(each) for each in values]

    def numbers(self, name: str) -> list[float]:
        """The numbers of a field in every row, NaN for a blank: what :meth:`Row.value` gives, a long column at once."""
        found = [cells.plain_number(text) for text in self.column(name)]
        if found and None not in found:
            return [each for each in found if each is not None]
        values = (row.value(name) for row in self)
        return [nan if each is None else float(each) for each in values]

    def instants_ns(self, name: str) -> list[int | None]:
        """The times of a field in every row, None for a blank: what :meth:`Row.instant_ns` gives, a long column at once."""
        if not self.workbook and self.unit(name, "s") == "s":
            found = [cells.plain_seconds_ns(text) for text in self.column(name)]
            if None not in found:
                return found
        return [row.instant_ns(name) for row in self]

    @property
    def unread(self) -> tuple[str, ...]:
        """Headings of columns that no field reads."""
        places = set(self.index.values())
        return tuple(heading.strip() for at, heading in enumerate(self.head) if at not in places and heading.strip())

    def unit(self, name: str, usual: str) -> str:
        """The unit that a field's heading states, as ``时延(ms)`` or ``rtt_ms``, else ``usual``; UnreadableError for an unknown one."""
        stated = stated_unit(self.head[self.index[name]]) if name in self.index else ""
        if not stated:
            return usual
        try:
            known = unit_of(stated)[0] == unit_of(usual)[0]
        except SpecError:
            known = False
        if not known:
            heading = self.head[self.index[name]].strip()
            text = Text(f"“{heading}”一列的单位无法识别。", f"The unit of the column {heading!r} is not understood.")
            raise UnreadableError(text, cure=f"write a unit such as ({usual}) behind its name.", where=self.name)
        return stated


@dataclass(frozen=True, slots=True)
class Row:
    """One row: texts and values of its fields, None where a cell is blank; a cell that is no such value is refused."""

    table: Table
    at: int

    @property
    def number(self) -> int:
        """From 1, under the head."""
        return self.at + 1

    @property
    def line(self) -> int:
        """In the file, or beside the row in the spreadsheet."""
        return self.table.lines[self.at]

    def __getitem__(self, name: str) -> str:
        """The text of a field, without blanks at its ends; empty when the table has no such column."""
        place = self.table.index.get(name)
        return "" if place is None else self.table.cells[self.at][place].strip()

    def __contains__(self, name: object) -> bool:
        """Whether the table has a column for the field."""
        return name in self.table.index

    def value(self, name: str) -> Fraction | None:
        """The exact number of a cell; a percentage is its hundredth part."""
        return self._told(name, cells.number(self[name]), Text("数", "number"), "write digits, as 1234.5.")

    def count(self, name: str) -> int | None:
        """The whole number, from 0 on, of a cell."""
        what = Text("非负整数", "whole number from 0 on")
        return self._told(name, cells.count(self[name]), what, "write the count itself, as 12.")

    def quantity(self, name: str, unit: str) -> Fraction | None:
        """The number of a cell in ``unit``: by the unit of the cell itself, else of the heading, else as it stands."""
        text = cells.narrow(self[name])
        plain = cells.number(text)
        found: Fraction | None = None
        if plain is not None and not text.endswith(("%", "‰")):
            found = Quantity(plain, self.table.unit(name, unit)).to(unit)
        elif text:
            with suppress(SpecError):
                found = Quantity.parse(text).to(unit)
        return self._told(name, found, Text(f"以 {unit} 计的量", f"quantity in {unit}"), f"write it as 12 {unit}.")

    def day(self, name: str) -> date | None:
        """The date of a cell."""
        found = cells.day(self[name], from_1904=self.table.from_1904)
        return self._told(name, found, Text("日期", "date"), "write it as 2026-11-21.")

    def instant_ns(self, name: str) -> int | None:
        """Ns since 1970 UTC of a cell: a date with a time, or a number in the heading's unit (s where it states none)."""
        found = None if self.is_serial(name) else cells.instant_ns(self[name], self.table.unit(name, "s"))
        return self._told(name, found, Text("时刻", "time"), "write it as text, as 2026-11-21T08:00:00.100Z.")

    def is_serial(self, name: str) -> bool:
        """Whether a cell of a workbook may be the spreadsheet's own day and time, rounded: no number of seconds."""
        plain = cells.number(self[name]) if self.table.workbook else None
        return plain is not None and int(plain) in _SERIALS

    def refuse(self, text: Text, cure: str) -> UnreadableError:
        """An error that tells the row's number and its line."""
        zh = f"第 {self.number} 行（文件第 {self.line} 行）：{text.zh}"
        return UnreadableError(
            Text(zh, f"Row {self.number}: {text.en}"), cure=cure, where=f"{self.table.name}:{self.line}"
        )

    def _told(self, name: str, found: Value | None, what: Text, cure: str) -> Value | None:
        """``found``, which is None for a blank cell; UnreadableError for a cell with a text that says nothing."""
        if found is None and self[name]:
            heading = self.table.head[self.table.index[name]].strip()
            zh = f"“{heading}”一栏的“{self[name]}”不是{what.zh}。"
            raise self.refuse(Text(zh, f"{self[name]!r} in the column {heading!r} is no {what.en}."), cure)
        return found
