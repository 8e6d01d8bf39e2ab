# SPDX-License-Identifier: Apache-2.0
"""The cells of one worksheet as text, from a workbook that a stranger sent (ECMA-376 part 1, SpreadsheetML).

Only the parts that say something are read, each through a byte budget; a document type declaration, and
with it every entity, is refused. Numbers stay the text that the file holds, so that an 18-digit code is not rounded again.
"""

from __future__ import annotations

import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.parsers import expat

from harness.kit.unreadable import UnreadableError
from harness.model import Text

MAX_UNPACKED = 128 * 1024 * 1024
"""Bytes that all parts read from one workbook may unpack to."""
MAX_ROWS = 100_100
"""Of one worksheet: the rows that a table may have, and titles above them."""
MAX_COLUMNS = 256
MAX_CELLS = 2_000_000
MAX_CELL = 32_767
"""Characters of one cell: what a spreadsheet itself allows."""

Numbered = tuple[int, list[str]]
"""A row as its number in the spreadsheet and its cells."""
Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
_ROW = re.compile(r"[1-9][0-9]{0,6}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6}):[A-Z]{1,3}([1-9]\d{0,6})")
_ARCHIVE_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, RuntimeError, ValueError, EOFError, OSError, OverflowError,
)  # fmt: skip
"""What zipfile raises on bytes that are no archive, found by flipping every byte of one (RuntimeError: encrypted)."""
_DAMAGED = Text("该 XLSX 文件已损坏，或并非真正的 XLSX 工作簿。", "The XLSX file is damaged or is no workbook.")


def _flat(height: str) -> bool:
    """Whether a row is given no height to be seen in."""
    return bool(height) and height.strip("0") in {"", "."}


class Archive:
    """The parts of a workbook, read through one budget of unpacked bytes."""

    def __init__(self, data: bytes) -> None:
        """Open the archive in ``data``; UnreadableError where it is none."""
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except _ARCHIVE_ERRORS as defect:
            raise UnreadableError(_DAMAGED, cure="save it again from the spreadsheet program.") from defect
        self._left = MAX_UNPACKED

    def part(self, name: str) -> bytes:
        """One part's bytes; empty when the archive has no such part."""
        if name not in self._zip.NameToInfo:
            return b""
        try:
            with self._zip.open(name) as stream:
                data = stream.read(self._left + 1)
        except _ARCHIVE_ERRORS as defect:
            raise UnreadableError(_DAMAGED, cure="save it again, without a password.") from defect
        self._left -= len(data)
        if self._left < 0:
            too_big = Text(
                f"该工作簿解压后超过 {MAX_UNPACKED >> 20} MiB，已拒绝读取。",
                f"The workbook unpacks to more than {MAX_UNPACKED >> 20} MiB and was refused.",
            )
            raise UnreadableError(too_big, cure="keep only the table in the workbook, or save it as CSV.")
        return data


def parse(data: bytes, start: Start, end: End | None = None, text: Callable[[str], None] | None = None) -> None:
    """Walk one XML part; names come without their namespace; a DOCTYPE (entities) is refused."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        message = Text(
            "该工作簿含有文档类型声明（可用于实体膨胀攻击），已拒绝读取。",
            "The workbook carries a document type declaration, which no spreadsheet program writes, and was refused.",
        )
        raise UnreadableError(message, cure="save it again from the spreadsheet program.")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, found: start(name.rpartition(":")[2], found)
    if end is not None:
        finish = end
        parser.EndElementHandler = lambda name: finish(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as defect:
        raise UnreadableError(_DAMAGED, cure="save it again from the spreadsheet program.") from defect


class _Strings:
    """The shared strings, phonetic guides (``rPh``) left out; ``struck``: those with a run that is struck through."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.struck: set[int] = set()
        self._parts: list[str] = []
        self._reading = False
        self._phonetic = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an item or a run of text."""
        if name == "si":
            self._parts = []
        elif name == "strike" and _is_on(attributes):
            self.struck.add(len(self.found))
        elif name == "rPh":
            self._phonetic = True
        self._reading = name == "t" and not self._phonetic

    def end(self, name: str) -> None:
        """Finish an item or a run of text."""
        self._reading = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.found.append("".join(self._parts)[:MAX_CELL])

    def text(self, characters: str) -> None:
        """Collect characters of a run."""
        if self._reading:
            self._parts.append(characters)


class _Styles:
    """The numbers of cell formats whose font is struck through (``cellXfs`` of styles.xml)."""

    def __init__(self) -> None:
        self.struck: set[int] = set()
        self._fonts: list[bool] = []
        self._formats = 0
        self._inside = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin a list of fonts or formats, or an item of it."""
        if name in {"fonts", "cellXfs", "cellStyleXfs", "dxfs"}:
            self._inside = name
        elif name == "font" and self._inside == "fonts":
            self._fonts.append(False)
        elif name == "strike" and self._inside == "fonts" and self._fonts:
            self._fonts[-1] = _is_on(attributes)
        elif name == "xf" and self._inside == "cellXfs":
            font = attributes.get("fontId", "")
            if font.isdecimal() and int(font) < len(self._fonts) and self._fonts[int(font)]:
                self.struck.add(self._formats)
            self._formats += 1


def _is_on(attributes: Mapping[str, str]) -> bool:
    """A boolean property of SpreadsheetML: there without a value, it holds."""
    return attributes.get("val", "1") not in {"0", "false"}


class _Sheet:
    """The cells of one worksheet: rows in file order, each with the number that the spreadsheet shows beside it."""

    def __init__(self, strings: _Strings, struck: set[int]) -> None:
        self.rows: list[Numbered] = []
        self.marks: dict[int, str] = {}
        """Number of a row -> ``struck`` (a text of it is struck through) or ``hidden``."""
        self._struck = struck
        self._style = ""
        self.merged: list[tuple[int, int, int]] = []
        """Column, first and last row of each cell that is merged over several rows."""
        self._shares = strings
        self._strings = strings.found
        self._cells = 0
        self._column = 0
        self._type = "n"
        self._parts: list[str] = []
        self._reading = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin a row, a cell or a value."""
        if name == "row":
            self._begin_row(attributes.get("r", ""))
            if attributes.get("hidden", "0") in {"1", "true"} or _flat(attributes.get("ht", "")):
                self.marks[self.rows[-1][0]] = "hidden"
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "mergeCell":
            found = _RANGE.fullmatch(attributes.get("ref", ""))
            if found is not None and int(found[3]) > int(found[2]):
                self.merged.append((_column(found[1]), int(found[2]), int(found[3])))
        self._reading = name in {"v", "t"}

    def end(self, name: str) -> None:
        """Finish a value or a cell."""
        self._reading = False
        if name == "c" and self.rows:
            self._put("".join(self._parts)[:MAX_CELL])

    def text(self, characters: str) -> None:
        """Collect characters of a value."""
        if self._reading:
            self._parts.append(characters)

    def spread(self) -> None:
        """Say what is merged over several rows in each of them; a cell that says something of its own keeps it."""
        at = dict(self.rows)
        steps = 0
        for column, first, last in self.merged:
            top = at.get(first, [])
            text = top[column - 1] if 0 < column <= len(top) else ""
            for number in range(first + 1, min(last, first + MAX_ROWS) + 1) if text else ():
                cells, steps = at.get(number), steps + 1
                if steps > MAX_CELLS:
                    raise _too_long()
                if cells is None or not "".join(cells).strip() or (len(cells) >= column and cells[column - 1]):
                    continue
                self._cells += max(1, column - len(cells))
                if self._cells > MAX_CELLS:
                    raise _too_long()
                cells.extend("" for _ in range(column - len(cells)))
                cells[column - 1] = text

    def _begin_row(self, stated: str) -> None:
        if len(self.rows) >= MAX_ROWS:
            raise _too_long()
        before = self.rows[-1][0] if self.rows else 0
        self.rows.append((int(stated) if _ROW.fullmatch(stated) else before + 1, []))
        self._column = 0

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        reference = _REFERENCE.fullmatch(attributes.get("r", ""))
        self._column = _column(reference[1]) if reference else self._column + 1
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._parts = []

    def _put(self, text: str) -> None:
        if not text or self._column > MAX_COLUMNS:
            return
        row = self.rows[-1][1]
        self._cells += self._column - len(row)
        if self._cells > MAX_CELLS:
            raise _too_long()
        row.extend("" for _ in range(self._column - len(row)))
        row[self._column - 1] = self._shared(text) if self._type == "s" else text
        through = self._type == "s" and int(text) in self._shares.struck
        if through or (self._style.isdecimal() and int(self._style) in self._struck):
            self.marks[self.rows[-1][0]] = "struck"

    def _shared(self, text: str) -> str:
        if not text.isdecimal() or int(text) >= len(self._strings):
            raise UnreadableError(_DAMAGED, cure="save it again from the spreadsheet program.")
        return self._strings[int(text)]


def _too_long() -> UnreadableError:
    message = Text(
        f"该工作表超过 {MAX_ROWS} 行或 {MAX_CELLS} 个单元格。",
        f"The worksheet has more than {MAX_ROWS} rows or {MAX_CELLS} cells.",
    )
    return UnreadableError(message, cure="delete empty rows and columns, or split the table into several files.")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook: numbered rows of cell texts by worksheet in its order, and whether date serials count from 1904.

    ``marks``: worksheet -> number of a row -> ``struck`` or ``hidden``; ``hidden``: worksheets that nobody sees.
    ``comments``: worksheet -> number of a row -> what somebody wrote in the margin of its cells.
    """

    sheets: Mapping[str, list[Numbered]]
    from_1904: bool
    marks: Mapping[str, Mapping[int, str]]
    hidden: frozenset[str]
    comments: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


class _Comments:
    """Comments on cells (``comments*.xml``), by the number of the row."""

    def __init__(self) -> None:
        self.found: dict[int, str] = {}
        self._row = 0
        self._reading = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin a comment or a run of its text."""
        if name == "comment":
            reference = _REFERENCE.fullmatch(attributes.get("ref", ""))
            self._row = int(reference[2]) if reference else 0
        self._reading = name == "t"

    def end(self, _name: str) -> None:
        """Finish a run of text."""
        self._reading = False

    def text(self, characters: str) -> None:
        """Collect characters of a comment."""
        if self._reading:
            self.found[self._row] = f"{self.found.get(self._row, '')} {characters}".strip()[:MAX_CELL]


def _comments(archive: Archive, part: str) -> dict[int, str]:
    """What stands in the margin of one worksheet."""
    folder, _, name = part.rpartition("/")
    targets: list[str] = []

    def relation(tag: str, found: Mapping[str, str]) -> None:
        if tag == "Relationship" and found.get("Type", "").endswith("/comments"):
            targets.append(posixpath.normpath(posixpath.join("/", folder, found.get("Target", "")))[1:])

    relations = archive.part(f"{folder}/_rels/{name}.rels")
    if relations:
        parse(relations, relation)
    said = _Comments()
    for each in targets:
        body = archive.part(each)
        if body:
            parse(body, said.start, said.end, said.text)
    return said.found


def _sheet_parts(archive: Archive) -> tuple[dict[str, str], bool, frozenset[str]]:
    """Worksheet names with their parts in workbook order, whether dates count from 1904, and which sheets are hidden."""
    sheets: dict[str, str] = {}
    hidden: set[str] = set()
    targets: dict[str, str] = {}
    flags: dict[str, bool] = {}

    def workbook(name: str, found: Mapping[str, str]) -> None:
        if name == "sheet":
            sheets[found.get("name", "")] = next((v for k, v in found.items() if k.endswith(":id")), "")
            if found.get("state", "visible") != "visible":
                hidden.add(found.get("name", ""))
        elif name == "workbookPr":
            flags["1904"] = found.get("date1904", "0") in {"1", "true"}

    def relation(name: str, found: Mapping[str, str]) -> None:
        if name == "Relationship":
            targets[found.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", found.get("Target", "")))[1:]

    parse(archive.part("xl/workbook.xml") or _missing(), workbook)
    parse(archive.part("xl/_rels/workbook.xml.rels") or _missing(), relation)
    parts = {name: targets.get(key, "") for name, key in sheets.items()}
    return parts, flags.get("1904", False), frozenset(hidden)


def _missing() -> Any:
    raise UnreadableError(_DAMAGED, cure="save it as .xlsx (not .xls) from the spreadsheet program.")


def book(data: bytes, *, spread: bool = False) -> Book:
    """Every worksheet of a workbook.

    ``spread``: what a cell merged over several rows says is said in each row that has something else to say.

    UnreadableError for a damaged archive, a part beyond the budget, entities, or too many rows.
    """
    archive = Archive(data)
    parts, from_1904, hidden = _sheet_parts(archive)
    strings = _Strings()
    shared = archive.part("xl/sharedStrings.xml")
    if shared:
        parse(shared, strings.start, strings.end, strings.text)
    styles, formats = _Styles(), archive.part("xl/styles.xml")
    if formats:
        parse(formats, styles.start)
    found, marks, comments = {}, {}, {}
    for name, part in parts.items():
        sheet = _Sheet(strings, styles.struck)
        body = archive.part(part)
        if body:
            parse(body, sheet.start, sheet.end, sheet.text)
        if spread:
            sheet.spread()
        found[name], marks[name], comments[name] = sheet.rows, sheet.marks, _comments(archive, part)
    return Book(found, from_1904, marks, hidden, comments)
