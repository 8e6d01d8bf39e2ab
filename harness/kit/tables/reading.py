# SPDX-License-Identifier: Apache-2.0
"""Tables that people keep: CSV in UTF-8 or GB 18030, or XLSX, with the head row found by the names of its columns.

Nothing is guessed: a heading that stands twice, a row with more cells than the head, a quotation mark without its twin and a
number that is none are refused with their line. A blank is no zero. Columns that nobody reads are listed (``Table.unread``).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from harness.kit.tables import cells
from harness.kit.tables.columns import Columns
from harness.kit.tables.rows import Table
from harness.kit.tables.titles import held
from harness.kit.unreadable import UnreadableError
from harness.model import Text

if TYPE_CHECKING:
    from harness.kit.tables.xlsx import Numbered

MAX_BYTES = 64 * 1024 * 1024
"""A table's size on disk."""
HEAD_WITHIN = 20
"""Rows at the top among which the head row is looked for (titles stand above it)."""
_ASIDE = 100
"""Rows of another worksheet that are looked at for what it says of the table."""
_SAMPLE, _FEWEST = 4096, 64
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a compound file (MS-CFB) begins: a workbook of before 2007, or one under a password."""


def read(data: bytes, columns: Columns, *, name: str = "", sheet: str = "") -> Table:
    """The table in ``data``; empty rows are left out. UnreadableError when there is none or it is out of bounds.

    ``sheet`` names a worksheet; without it the first one with a head is read. ``name`` is the file's, for sentences.
    """
    noun = columns.noun
    if len(data) > MAX_BYTES:
        text = Text(f"{noun.zh}超过 {MAX_BYTES >> 20} MiB。", f"The {noun.en} is larger than {MAX_BYTES >> 20} MiB.")
        raise UnreadableError(text, cure="split it into several files.", where=name)
    if data.startswith(_COMPOUND):
        raise _compound(data, name)
    return _workbook(data, columns, name, sheet) if data[:2] == b"PK" else _plain(data, columns, name)


def _compound(data: bytes, name: str) -> UnreadableError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        text = Text("该工作簿设有密码，无法读取。", "The workbook is protected by a password and cannot be read.")
        return UnreadableError(text, cure="save it again without a password.", where=name)
    text = Text("这是旧版 .xls 工作簿，不予读取。", "This is a workbook in the old .xls format, which is not read.")
    return UnreadableError(text, cure="save it as .xlsx or as CSV (UTF-8).", where=name)


def extension(path: Path) -> str:
    """Of a segment that holds the table: ``xlsx`` or ``csv``."""
    return "xlsx" if path.suffix.lower() == ".xlsx" else "csv"


def _workbook(data: bytes, columns: Columns, name: str, sheet: str) -> Table:
    from harness.kit.tables.xlsx import book  # archives and XML are loaded when there is a workbook

    whole = book(data, spread=columns.spread)
    found = whole.sheets
    if sheet and sheet not in found:
        text = Text(f"工作簿中没有名为“{sheet}”的工作表。", f"The workbook has no worksheet called {sheet!r}.")
        raise UnreadableError(text, cure=f"use one of: {', '.join(found)}.", where=name)
    seen = [sheet] if sheet else [each for each in found if each not in whole.hidden]
    for at, title in enumerate(seen):
        under = _headed(found[title], columns)
        if under is not None:
            named = under._replace(above=(title, *under.above))
            aside = tuple(_aside(found, title, columns))
            table = _under(named, columns, name, workbook=True, from_1904=whole.from_1904, aside=aside)
            unread = [] if sheet else [*seen[at + 1 :], *(each for each in found if each in whole.hidden)]
            others = tuple(each for each in unread if _filled(found[each], columns))
            return replace(table, marks=whole.marks[title], comments=whole.comments[title], others=others)
    raise _headless(columns, name)


def _aside(found: Mapping[str, Sequence[Numbered]], read: str, columns: Columns) -> Iterator[str]:
    """What the other worksheets say that are no such table: the first rows of each, a text for each."""
    for title, rows in found.items():
        if title != read and _headed(rows, columns) is None:
            yield from filter(None, (" ".join(filter(None, row)).strip() for _, row in rows[:_ASIDE]))


def _filled(rows: Iterable[Numbered], columns: Columns) -> bool:
    """Whether a worksheet has a head with something under it."""
    under = _headed(rows, columns)
    return under is not None and any("".join(row).strip() for _, row in under.rows)


class _Headed(NamedTuple):
    head: Sequence[str]
    places: Mapping[str, int]
    rows: Iterator[Numbered]
    above: tuple[str, ...]
    early: int


def _headed(rows: Iterable[Numbered], columns: Columns) -> _Headed | None:
    """The head, its fields, the rows under it and what stands above it; a head may take two rows, the lower one under headings that span columns."""
    every = iter(rows)
    top = list(islice(every, HEAD_WITHIN + 1))
    for at, (_, head) in enumerate(top[:HEAD_WITHIN]):
        below = top[at + 1][1] if at + 1 < len(top) else []
        both = [low if low.strip() else high for high, low in zip_longest(head, below, fillvalue="")]
        index, deeper = columns.match(head), columns.match(both)
        if index is None and (deeper is None or columns.match(below) is not None):
            continue
        above = tuple(" ".join(row).strip() for _, row in top[:at])
        places = {**(deeper or {}), **(index or {})}.values()
        early = next((line for line, row in top[:at] if _numbered(row, places)), 0)
        if deeper is not None and (index is None or deeper.keys() > index.keys()):
            return _Headed(both, deeper, chain(top[at + 2 :], every), above, early)
        if index is not None:
            return _Headed(head, index, chain(top[at + 1 :], every), above, early)
    return None


def _numbered(row: Sequence[str], places: Collection[int]) -> bool:
    """Whether a row has a number or a moment in each of these columns."""
    held = [row[at].strip() for at in places if at < len(row)]
    return len(held) == len(places) and all(cells.number(each) is not None or cells.instant_ns(each) for each in held)


def _plain(data: bytes, columns: Columns, name: str) -> Table:
    text = decoded(data, columns.noun, name)
    defect: csv.Error | None = None
    for delimiter in columns.delimiters:
        rows = _csv(text, delimiter)
        try:
            under = _headed(rows, columns)
            if under is not None:
                loose = columns.unnamed and delimiter not in ",;"  # a comma within a number is a cell more
                return _under(under, replace(columns, unnamed=loose), name)
        except csv.Error as error:
            defect = error
    if defect is None:
        raise _headless(columns, name)
    noun = columns.noun
    broken = Text(
        f"{noun.zh}的 CSV 格式有误（{defect}），可能缺少一个引号。",
        f"The CSV of the {noun.en} is broken ({defect}): perhaps a quotation mark is missing.",
    )
    raise UnreadableError(broken, cure="save it again from the spreadsheet program.", where=name) from defect


def _headless(columns: Columns, name: str) -> UnreadableError:
    zh = f"该文件不是{columns.noun.zh}。前 {HEAD_WITHIN} 行中没有可识别的表头。"
    en = f"This is no {columns.noun.en}. No head row was recognised in the first {HEAD_WITHIN} rows."
    usual = ("/".join(columns.usual[each][0] for each in columns.usual if each in group) for group in columns.needed)
    cure = f"name the columns {', '.join(usual)} …, or say columns: in the profile."
    return UnreadableError(Text(zh, en), cure=cure, where=name)


def _under(
    under: _Headed,
    columns: Columns,
    name: str,
    *,
    workbook: bool = False,
    from_1904: bool = False,
    aside: tuple[str, ...] = (),
) -> Table:
    """The table under its head; UnreadableError for a heading that stands twice, rows that do not fit, and words that take it back."""
    head, index, rows, above, early = under
    columns.check(head, index, name)
    width = len(head)
    kept: list[tuple[str, ...]] = []
    lines: list[int] = []
    for line, row in _fitting(rows, columns, width, name):
        if len(kept) == columns.most_rows:
            zh, en = f"{columns.noun.zh}超过 {len(kept)} 行。", f"The {columns.noun.en} has more than {len(kept)} rows."
            raise UnreadableError(Text(zh, en), cure="split it into several files.", where=name)
        kept.append(tuple(row) if len(row) == width else (*row[:width], *[""] * (width - len(row))))
        lines.append(line)
    rows_ = tuple(kept), tuple(lines)
    return held(
        Table(name, tuple(head), dict(index), *rows_, workbook, from_1904, above=above, early=early, aside=aside)
    )


def _fitting(rows: Iterable[Numbered], columns: Columns, width: int, name: str) -> Iterator[Numbered]:
    """The rows that are not empty; UnreadableError for one that is wider than the head, or than the first where that may be."""
    widest = 0 if columns.unnamed else width
    for line, row in rows:
        if not "".join(row).strip():
            continue
        widest = widest or max(width, len(row))
        if "".join(row[widest:]).strip():
            above = Text("首行", "first one") if columns.unnamed else Text("表头", "head")
            zh = f"该行有 {len(row)} 个单元格，多于{above.zh}的 {widest} 个。"
            en = f"This row has {len(row)} cells, the {above.en} {widest}."
            cure = "put cells with a comma in quotation marks, and give every column a name."
            raise UnreadableError(Text(zh, en), cure=cure, where=f"{name}:{line}")
        yield line, row


def decoded(data: bytes, noun: Text, name: str = "") -> str:
    """The text of a file, strictly: UTF-16 with its mark, else UTF-8 (with or without), else GB 18030, else UTF-16 by its zeros; UnreadableError for none."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030", *_unmarked(data)):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    message = Text(
        f"{noun.zh}既不是 UTF-8 或 GB 18030 编码的文本，也不是 XLSX。",
        f"The {noun.en} is neither text in UTF-8 or GB 18030 nor XLSX.",
    )
    raise UnreadableError(message, cure="save it as CSV (UTF-8) or as .xlsx.", where=name)


def _unmarked(data: bytes) -> tuple[str, ...]:
    """UTF-16 without its mark, by which of two bytes is zero in what is mostly digits and commas."""
    sample = data[:_SAMPLE]
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < _FEWEST or 4 * max(first, second) < len(sample):
        return ()
    return ("utf-16-le",) if second > 4 * first else ("utf-16-be",) if first > 4 * second else ()


def _csv(text: str, delimiter: str) -> Iterator[Numbered]:
    """Rows with the line that each begins in; csv.Error with its line where a quotation mark has no twin."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=delimiter == " ", strict=True
    )
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as defect:
        msg = f"line {line}: {defect}"
        raise csv.Error(msg) from None
