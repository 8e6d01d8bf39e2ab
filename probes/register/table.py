# SPDX-License-Identifier: Apache-2.0
"""A register file as a table of texts: CSV in UTF-8 or GB18030, or XLSX, with the head row found by its names."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from harness.model import Text
from probes.register.unreadable import UnreadableError
from probes.register.xlsx import MAX_ROWS, sheets

MAX_BYTES = 64 * 1024 * 1024
"""A register file's size on disk."""
HEAD_WITHIN = 20
"""Rows at the top among which the head row is looked for (titles stand above it)."""

_SEPARATORS = ".-/年月"


@dataclass(frozen=True, slots=True)
class Table:
    """The head's names, the rows under it (each as wide as the head), and whether date serials count from 1904."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    from_1904: bool = False


def read(data: bytes, is_head: Callable[[Sequence[str]], bool], sheet: str = "") -> Table:
    """The table in ``data``; empty rows are left out. UnreadableError when there is none or it is out of bounds.

    ``is_head`` says whether a row of cells is the head. ``sheet`` names a worksheet; without it the first one with a head is read.
    """
    if len(data) > MAX_BYTES:
        text = Text(f"登记表超过 {MAX_BYTES >> 20} MiB。", f"The register is larger than {MAX_BYTES >> 20} MiB.")
        raise UnreadableError(text, cure="split the register into several files.")
    if data[:2] == b"PK":
        return _workbook(data, is_head, sheet)
    return _first(((rows, False) for rows in _csv(_decode(data))), is_head)


def _workbook(data: bytes, is_head: Callable[[Sequence[str]], bool], sheet: str) -> Table:
    found, from_1904 = sheets(data)
    if sheet and sheet not in found:
        text = Text(f"工作簿中没有名为“{sheet}”的工作表。", f"The workbook has no worksheet called {sheet!r}.")
        raise UnreadableError(text, cure=f"use one of: {', '.join(found)}.")
    chosen = [found[sheet]] if sheet else list(found.values())
    return _first(((rows, from_1904) for rows in chosen), is_head)


def _first(grids: Iterable[tuple[list[list[str]], bool]], is_head: Callable[[Sequence[str]], bool]) -> Table:
    for rows, from_1904 in grids:
        for index, row in enumerate(rows[:HEAD_WITHIN]):
            if is_head(row):
                return _under(row, rows[index + 1 :], from_1904)
    text = Text(
        f"登记表前 {HEAD_WITHIN} 行中没有可识别的表头。", f"No head row was recognised in the first {HEAD_WITHIN} rows."
    )
    raise UnreadableError(
        text, cure="name the columns 企业名称, 统一社会信用代码, 合同文件 …, or say columns: in the profile."
    )


def _under(head: Sequence[str], rows: Sequence[Sequence[str]], from_1904: bool) -> Table:
    width = len(head)
    padded = ((*row[:width], *("" for _ in range(width - len(row)))) for row in rows)
    kept = tuple(row for row in padded if any(cell.strip() for cell in row))
    return Table(tuple(head), kept, from_1904)


def _decode(data: bytes) -> str:
    """UTF-8 (with or without its mark) strictly, then GB18030 strictly."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    message = Text(
        "登记表既不是 UTF-8 或 GB18030 编码的 CSV，也不是 XLSX。",
        "The register is neither CSV in UTF-8 or GB18030 nor XLSX.",
    )
    raise UnreadableError(message, cure="save it as CSV (UTF-8) or as .xlsx.")


def _csv(text: str) -> Iterable[list[list[str]]]:
    """The rows under each usual delimiter: comma, semicolon, tab."""
    for delimiter in ",;\t":
        rows = []
        try:
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                rows.append(row)
                if len(rows) > MAX_ROWS:
                    too_long = Text(f"登记表超过 {MAX_ROWS} 行。", f"The register has more than {MAX_ROWS} rows.")
                    raise UnreadableError(too_long, cure="split the register into several files.")
        except csv.Error as defect:
            broken = Text(
                "登记表的 CSV 格式有误，可能缺少一个引号。", "The CSV is broken: perhaps a quotation mark is missing."
            )
            raise UnreadableError(broken, cure="save it again from the spreadsheet program.") from defect
        yield rows


def day(text: str, *, from_1904: bool = False) -> date | None:
    """The date in a cell: 2023-09-04, 2023/9/4, 2023.9.4, 2023年9月4日, 20230904, or a spreadsheet's serial; else None.

    Serials count days from 1899-12-30, or from 1904-01-01 with ``from_1904`` (ECMA-376 18.17.4.1).
    """
    clean = unicodedata.normalize("NFKC", text).strip().partition(" ")[0].partition("T")[0].removesuffix("日")
    for separator in _SEPARATORS:
        clean = clean.replace(separator, "-")
    parts = clean.split("-")
    try:
        if len(parts) == 3 and all(part.isdecimal() for part in parts):
            return date(int(parts[0]), int(parts[1]), int(parts[2]))
        return _compact(clean.partition("-")[0] if _is_serial(clean) else clean, from_1904)
    except ValueError:
        return None


def _is_serial(text: str) -> bool:
    """A number such as 45173-5 that was 45173.5 before the dots were folded."""
    whole, _, fraction = text.partition("-")
    return len(whole) == 5 and whole.isdecimal() and fraction.isdecimal()


def _compact(text: str, from_1904: bool) -> date | None:
    if not text.isdecimal():
        return None
    if len(text) == 8:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if len(text) == 5:
        epoch = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
        return epoch + timedelta(days=int(text))
    return None
