# SPDX-License-Identifier: Apache-2.0
"""Commas within numbers: 1,5 is one and a half, 1,234,567 has separators of thousands, and 1,234 alone may be either."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from harness.kit.tables.rows import Row, Table
from harness.kit.unreadable import UnreadableError
from harness.model import Text

Comma = Literal["decimal", "thousands", "either", "none", "point"]
"""What the comma of a number is; point: no comma, but a decimal point; none: nothing to be said of commas."""
_NUMBER = re.compile(r"(?P<sign>[+\-−]?)(?P<digits>[0-9.,]*[0-9])(?P<rest>(?:[eE][+-]?[0-9]{1,2})?\s*[^\W\d_]*[°%‰]?)")
_CLOCK = re.compile(r"(?P<before>.*\d:\d{2}),(?P<after>\d{1,9}\s*(?:Z|[+-]\d{2}:?\d{2})?)", re.ASCII)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_POINTED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,\d+", re.ASCII)
_ONE = re.compile(r"(\d*),(\d+)", re.ASCII)


def comma(text: str) -> Comma:
    """What the comma in a cell is, as far as the cell itself tells."""
    if _CLOCK.fullmatch(text):
        return "decimal"
    found = _NUMBER.fullmatch(text)
    if found is None:
        return "none"
    digits = found["digits"]
    if "," not in digits:
        return "point" if digits.count(".") == 1 else "none"
    one = _ONE.fullmatch(digits)
    if one is not None:
        grouped = len(one[2]) == 3 and 1 <= len(one[1]) <= 3 and not one[1].startswith("0")
        return "either" if grouped else "decimal"
    if _GROUPED.fullmatch(digits):
        return "thousands"
    return "decimal" if _POINTED.fullmatch(digits) else "none"


def plain(text: str, what: Comma) -> str:
    """The cell with a decimal point and without separators, its comma being ``what``; a cell that is no such number as it is."""
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return f"{clock['before']}.{clock['after']}"
    found = _NUMBER.fullmatch(text)
    if found is None or "," not in text or comma(text) not in {what, "either"}:
        return text
    digits = found["digits"]
    digits = digits.replace(".", "").replace(",", ".") if what == "decimal" else digits.replace(",", "")
    return f"{found['sign']}{digits}{found['rest']}"


def dotted(table: Table, fields: Collection[str]) -> Table:
    """The table with the numbers of ``fields`` in plain digits, whichever way they were written.

    UnreadableError, with its row, for a column that writes them in two ways, and for one in which every comma may be a decimal
    comma or a separator of thousands, unless another of the columns has decimal commas.
    """
    places = sorted({table.index[each] for each in fields if each in table})
    spoken = [place for place in places if any("," in row[place] for row in table.cells)]
    if not spoken:
        return table
    found = {place: _column(table, place) for place in spoken}
    elsewhere = "decimal" in found.values() and "thousands" not in found.values()
    for place, what in found.items():
        if what == "either" and not elsewhere:
            raise _ambiguous(table, place)
    ways: dict[int, Comma] = {place: "decimal" if what == "either" else what for place, what in found.items()}
    rows = tuple(
        tuple(plain(cell.strip(), ways[at]) if at in ways else cell for at, cell in enumerate(row))
        for row in table.cells
    )
    return replace(table, cells=rows)


def _column(table: Table, place: int) -> Comma:
    """What the commas of a column are; UnreadableError where it has both kinds, or decimals with a comma and with a point."""
    seen: dict[Comma, int] = {}
    for at, row in enumerate(table.cells):
        seen.setdefault(comma(row[place].strip()), at)
    kinds = [each for each in ("decimal", "thousands", "point") if each in seen]
    if "decimal" in seen and len(kinds) > 1:
        text = Text(
            f"“{table.head[place].strip()}”一列既有小数逗号，又有小数点或千位分隔符。",
            f"The column {table.head[place].strip()!r} has decimal commas beside decimal points or separators of thousands.",
        )
        at = max(seen[each] for each in kinds)
        raise Row(table, at).refuse(text, "write every number with a decimal point and without separators, as 1234.5.")
    told: tuple[Comma, ...] = ("decimal", "thousands", "either")
    return next((each for each in told if each in seen), "none")


def _ambiguous(table: Table, place: int) -> UnreadableError:
    at = next(at for at, row in enumerate(table.cells) if comma(row[place].strip()) == "either")
    cell, heading = table.cells[at][place].strip(), table.head[place].strip()
    text = Text(
        f"“{heading}”一列的“{cell}”可能是 {cell.replace(',', '.')}，也可能是 {cell.replace(',', '')}。",
        f"{cell!r} in the column {heading!r} may be {cell.replace(',', '.')} or {cell.replace(',', '')}.",
    )
    return Row(table, at).refuse(text, "write numbers with a decimal point and without separators, as 1234.5.")
