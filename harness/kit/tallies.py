# SPDX-License-Identifier: Apache-2.0
"""What a table of numbers counts once: total rows are checked against the rows above them, copies of a row are left out.

A total has to be the sum of all rows above it or of those since the last total; a number of its own that two different
rows bear is refused. Nothing is dropped in silence: ``Tally.twice`` and ``Tally.totals`` say what was left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.kit.rows import Row, Table
from harness.model import Text

_TOTALS = frozenset({"合计", "总计", "小计", "总和", "累计", "total", "grandtotal", "subtotal", "sum"})


@dataclass(frozen=True, slots=True)
class Tally:
    """The rows that count, the numbers of those that repeat an earlier one, and how many were totals."""

    rows: tuple[Row, ...]
    twice: tuple[int, ...]
    totals: int


def plain(text: str) -> str:
    """A name as it is compared: NFKC, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def tally(table: Table, names: Collection[str], values: Collection[str], number: str = "") -> Tally:
    """The rows of ``table`` that count; UnreadableError for a total that its rows do not give, or a number borne twice.

    ``names``: fields of which one says 合计 or total in a total row. ``values``: fields that are summed; a blank among
    them is nobody's total. ``number``: the field that numbers rows, where there is one.
    """
    kept: list[Row] = []
    seen: set[tuple[str, ...]] = set()
    numbers: dict[str, Row] = {}
    twice: list[int] = []
    totals = since = 0
    for row in table:
        texts = tuple(plain(each) for each in table.cells[row.at])
        if any(plain(row[each]).casefold() in _TOTALS for each in names):
            _check(row, kept, since, values)
            totals, since = totals + 1, len(kept)
        elif texts in seen:
            twice.append(row.number)
        else:
            seen.add(texts)
            _own_number(row, number, numbers)
            kept.append(row)
    return Tally(tuple(kept), tuple(twice), totals)


def _check(row: Row, above: Sequence[Row], since: int, values: Collection[str]) -> None:
    for field in values:
        total = row.value(field)
        sums = [
            sum((each.value(field) or Fraction(0) for each in part), Fraction(0)) for part in (above[since:], above)
        ]
        slack = Fraction(1, 2 * 10 ** len(row[field].partition(".")[2]))
        if total is not None and all(abs(total - found) > max(slack, abs(total) / 10**9) for found in sums):
            heading, found = row.table.head[row.table.index[field]].strip(), f"{float(sums[1]):.12g}"
            told = Text(
                f"“{heading}”的合计为 {row[field]}，明细之和为 {found}。",
                f"the total of {heading} is {row[field]}, the rows above add up to {found}.",
            )
            raise row.refuse(told, "correct the total, or the rows above it.")


def _own_number(row: Row, number: str, numbers: dict[str, Row]) -> None:
    if number not in row or not row[number]:
        return
    other = numbers.setdefault(plain(row[number]), row)
    if other.number != row.number:
        told = Text(
            f"单号 {row[number]} 与第 {other.number} 行相同，而内容不同。",
            f"{row[number]} is the number of row {other.number}, which says something else.",
        )
        raise row.refuse(told, "give every row a number of its own.")
