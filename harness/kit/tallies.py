# SPDX-License-Identifier: Apache-2.0
"""What a table of numbers counts once: total rows are checked against the rows above them, copies of a row are left out.

Nothing is guessed: a blank is no zero, and units in headings are compared word for word. A total has to be the sum of all rows above it or of those since the last total; a number of its own that two different
rows bear is refused. Nothing is dropped in silence: ``Tally.twice`` and ``Tally.totals`` say what was left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from harness.kit.tables import Caveats, Kind, Row, Table, cells, recorded
from harness.kit.tables.titles import only_signed
from harness.kit.unreadable import UnreadableError
from harness.kit.words import Catalogue
from harness.model import Reason, Text

WORDS = Catalogue("harness", "tallies")
Chosen = TypeVar("Chosen")
_TOTAL = re.compile(
    r"(?:.{0,12}(?:合计|总计|小计|汇总|总和|累计|共计|总数).{0,12}|(?:grand|sub|sum|overall|all|the)?-?totals?(?:of.*|sum)?|sum|(?:in)?all|overall"
    r"|(?:zwischen|gesamt|end)?summen?|gesamt|insgesamt|totale?s?|totaux|totalgeneral|sous-total|suma(?:total)?|soma|итого|всего|.{0,8}(?:合計|総計|小計|總計|彙總|累計|共計).{0,8}|합계|총계|소계)"
    r"[:：]?(?:\(.*\))?"
)
_IN_BRACKETS = re.compile(r"[(\[【](.*)[)\]】]")
_DATED = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?[月日号]?", re.ASCII)
_MEAN = re.compile(
    r".{0,8}(?:平均|[月日年周]均|均值|最大|最小|最高|最低|峰值|中位|标准差|方差|百分位|分位数).{0,8}"
    r"|averages?|mean|avg\.?|max(?:imum)?|min(?:imum)?|median|peak|std(?:ev)?|s\.?d\.?|durchschnitt(?:e|swert)?|mittel(?:wert)?|moyennes?|m[ée]diane?|promedios?|media|médias?|средн(?:ее|ие)|최대|최소|평균|p\d{1,2}(?:\.\d+)?|\d{1,2}th ?percentile"
)
"""Rows of figures over others."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The rows that count, the numbers of those that repeat an earlier one in whatever writing, and how many were totals."""

    table: Table
    rows: tuple[Row, ...]
    twice: tuple[int, ...]
    totals: int

    @property
    def remarks(self) -> tuple[Reason, ...]:
        """What a reader has to be told: copies left out, totals checked, columns that nobody reads."""
        name, unread, told = self.table.name, self.table.unread, []
        if self.twice:
            told.append(WORDS.reason("twice", table=name, count=len(self.twice), rows=self.twice))
        if self.totals:
            told.append(WORDS.reason("totals", table=name, count=self.totals))
        if unread:
            told.append(WORDS.reason("unread", table=name, count=len(unread), columns=unread))
        return tuple(told)


def filled(row: Row, field: str) -> str:
    """The text of a cell that must not be blank."""
    if not row[field]:
        told = Text(f"“{heading(row, field)}”为空。", f"{heading(row, field)} is blank.")
        raise row.refuse(told, "fill it in; a blank is no zero.")
    return row[field]


def amount(row: Row, field: str, *, positive: bool = False, whole: bool = False) -> Fraction:
    """The number of a cell that must not be blank, a share nor below zero; ``positive``: nor zero; ``whole``: no fraction."""
    said, name = filled(row, field), heading(row, field)
    value = row.value(field)
    assert value is not None  # noqa: S101 - a cell with a text is a number or refused
    if unicodedata.normalize("NFKC", said)[-1] in "%‰":
        told = Text(f"“{name}”写着“{said}”，是比例，不是数额。", f"{name} is {said}, a share and no amount.")
        raise row.refuse(told, "write the amount itself, in the unit of the heading.")
    if value < 0 or (positive and not value):
        told = Text(f"“{name}”为 {row[field]}，必须大于零。", f"{name} is {row[field]}, it has to be above zero.")
        if not positive or value < 0:
            told = Text(f"“{name}”为 {row[field]}，不能为负。", f"{name} is {row[field]}, below zero.")
        raise row.refuse(told, "correct the cell, or take the row out of the comparison and say so.")
    if whole and cells.count(said) is None:  # 1.000 may be a thousand
        told = Text(f"“{name}”为 {row[field]}，不是整数。", f"{name} is {row[field]}, no whole number.")
        raise row.refuse(told, "count; do not scale or average counts.")
    return value


def choice(row: Row, field: str, words: Mapping[str, Chosen]) -> Chosen:
    """What the word of a cell stands for; a word that is none of ``words`` is refused."""
    found = {word.casefold(): value for word, value in words.items()}
    word = plain(row[field]).casefold()
    if word not in found:
        told = Text(
            f"“{heading(row, field)}”中的“{row[field]}”无法识别。",
            f"{row[field]} is no {heading(row, field)} that is known.",
        )
        raise row.refuse(told, f"write one of: {', '.join(words)}.")
    return found[word]


def heading(row: Row, field: str) -> str:
    """What the table calls a field."""
    return row.table.head[row.table.index[field]].strip()


def unit_stated(table: Table, field: str) -> str:
    """What stands in brackets behind a heading, as 万元: any word, known unit or not; empty where nothing does."""
    text = unicodedata.normalize("NFKC", table.head[table.index[field]])
    found = _IN_BRACKETS.search(text)
    return plain(found[1]) if found else ""


def units_agree(tables: Iterable[tuple[str, Mapping[Text, str]]]) -> None:
    """Several tables (name, {title of a field: unit stated}) say one unit a field; UnreadableError otherwise."""
    stated: dict[Text, tuple[str, str]] = {}
    for name, units in tables:
        for field, unit in units.items():
            other, first = stated.setdefault(field, (unit, name))
            if other != unit:
                one, two = other or "–", unit or "–"
                told = Text(
                    f"“{field.zh}”的单位不一致：{first} 为 {one}，{name} 为 {two}。",
                    f"The units of {field.en} disagree: {one} in {first}, {two} in {name}.",
                )
                raise UnreadableError(told, cure="write the same unit in brackets behind both headings.")


def plain(text: str) -> str:
    """A name as it is compared: NFKC, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def says_total(text: str) -> bool:
    """Whether a cell is what people write in front of a total: 合计, 小计, 总计(家), total."""
    return _TOTAL.fullmatch(plain(text).casefold()) is not None


def tally(table: Table, names: Collection[str], values: Collection[str], number: str = "") -> Tally:
    """The rows of ``table`` that count; UnreadableError for a wrong total, a number borne twice, and a row that may not hold.

    It may not where it is hidden or struck through, and where what stands beside it takes it back or is not understood.
    ``names``: fields of which one says 合计 or total in a total row, beside the columns that nobody reads. ``values``:
    fields that are summed; a blank among them is nobody's total. ``number``: the field that numbers rows, where there is one.
    """
    kept: list[Row] = []
    seen: set[tuple[str, ...]] = set()
    numbers: dict[str, Row] = {}
    twice: list[int] = []
    totals = since = 0
    beside = Caveats(table)
    summed = {table.index[each] for each in values if each in table}
    naming = [table.index[each] for each in names if each in table]
    naming += [at for at in range(len(table.head)) if at not in table.index.values()]
    for row in table:
        texts = tuple(plain(each) for each in table.cells[row.at])
        words = [texts[at].casefold() for at in naming]
        if only_signed(table.cells[row.at]):
            continue
        if any(map(_MEAN.fullmatch, words)):
            told = Text(
                "这是平均值等统计行，不是明细。", "this row holds averages or other figures, nothing that was counted."
            )
            raise row.refuse(told, "take the row out of the table.")
        if any(map(_TOTAL.fullmatch, words)):
            _check(row, kept, since, values)
            totals, since = totals + 1, len(kept)
            continue
        _hear(row, beside)
        same = tuple(_alike(each, at in summed) for at, each in enumerate(texts))
        if same in seen:
            twice.append(row.number)
        else:
            seen.add(same)
            _own_number(row, number, numbers)
            kept.append(row)
    return Tally(recorded(table, sums=True), tuple(kept), tuple(twice), totals)


def _alike(text: str, amount: bool) -> str:
    """A cell as copies are told: an amount by its value, a date or month by its digits."""
    if amount:
        value = cells.number(text)
        return text if value is None else str(value)
    dated = _DATED.fullmatch(text)
    return cells.canonical(text) if dated is None else "-".join(str(int(each)) for each in dated.groups("0"))


def _hear(row: Row, beside: Caveats) -> None:
    """UnreadableError for what stands beside a row and takes it back, or is not understood and may do so."""
    for each in beside.of(row.at):
        where, said = each.heading, each.said
        if each.kind is Kind.HIDDEN:
            told = Text("这一行在电子表格中被隐藏。", "The spreadsheet hides this row.")
        elif each.kind is Kind.STRUCK:
            told = Text("这一行画了删除线，不能计入。", "This row is struck through: the row does not count.")
        elif each.kind is Kind.AGAINST:
            told = Text(f"“{where}”写着“{said}”，不能计入。", f"{where} says {said!r}: the row does not count.")
        else:
            told = Text(
                f"“{where}”写着“{said or '—'}”，是否收回该行无从得知。",
                f"{where!r} says {said!r}: whether that takes the row back is unknown.",
            )
        raise row.refuse(told, "take the row out of the table, or correct what stands beside it.")


def _check(row: Row, above: Sequence[Row], since: int, values: Collection[str]) -> None:
    for field in values:
        total = row.value(field)
        sums = [
            sum((each.value(field) or Fraction(0) for each in part), Fraction(0)) for part in (above[since:], above)
        ]
        slack = Fraction(1, 2 * 10 ** len(row[field].partition(".")[2]))
        if total is not None and all(abs(total - found) > max(slack, abs(total) / 10**9) for found in sums):
            name, found = heading(row, field), f"{float(sums[1]):.12g}"
            told = Text(
                f"“{name}”的合计为 {row[field]}，明细之和为 {found}。",
                f"the total of {name} is {row[field]}, the rows above add up to {found}.",
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
