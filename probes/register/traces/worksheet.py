# SPDX-License-Identifier: Apache-2.0
"""The auditor's worksheet: rows that a person has to look at go out as XLSX, and come back with what the person found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.kit.copies import wording
from harness.kit.tables import Caveats, Columns, hedges, read
from harness.kit.tables.workbook import workbook
from harness.model import Text

NAME = "auditor-worksheet.xlsx"
"""What a worksheet is called beside the trace."""
_HEAD = (
    "登记表",
    "登记表 SHA-256",
    "行号",
    "统一社会信用代码",
    "名称",
    "证明文件",
    "待核事项",
    "核查结论",
    "核查人",
    "核查日期",
    "说明",
)
_FIELDS = {
    "register": ("登记表", "register"),
    "digest": ("登记表sha-256", "登记表sha256", "register sha-256"),
    "line": ("行号", "line"),
    "code": ("统一社会信用代码", "uscc"),
    "name": ("名称", "name"),
    "ruling": ("核查结论", "ruling"),
    "auditor": ("核查人", "auditor"),
    "date": ("核查日期", "date"),
    "remark": ("说明", "remark"),
}
FORM = Columns(
    _FIELDS, [{"line"}, {"ruling"}, {"digest"}, {"auditor"}, {"date"}], Text("核查底稿", "auditor's worksheet"), least=6
)
_YES = {"属实", "相符", "一致", "通过", "确认", "是", "YES", "CONFIRMED", "TRUE"}
_NO = {"不属实", "不符", "不一致", "不通过", "否", "NO", "REFUSED", "FALSE"}


@dataclass(frozen=True, slots=True, order=True)
class Ruling:
    """What an auditor found of one row; ``holds`` is None where the word says neither."""

    digest: str
    line: int
    code: str
    name: str
    holds: bool | None
    word: str
    auditor: str
    day: str


def rulings(data: bytes, name: str) -> tuple[Ruling, ...]:
    """What a worksheet that came back says; rows without a word are left out. UnreadableError for another table.

    A ruling counts only with the auditor's name and the day, and where nothing beside it leaves it in doubt (a remark that
    hedges, a row that is struck through or hidden): otherwise it says neither yes nor no.
    """
    found = []
    table = read(data, FORM, name=name)
    beside = Caveats(table)
    for row in table:
        word = wording(row["ruling"])
        if not word:
            continue
        signed = bool(row["auditor"]) and row.day("date") is not None
        signed = signed and not hedges(row["remark"]) and not any(True for _ in beside.of(row.at))
        holds = True if word in _YES and signed else False if word in _NO else None
        line = row.count("line") or 0
        told = (row["ruling"][:60], row["auditor"][:60], row["date"])
        found.append(Ruling(row["digest"].lower(), line, row["code"], row["name"], holds, *told))
    return tuple(found)


def worksheet(rows: Sequence[Sequence[str | int]]) -> bytes:
    """A worksheet to fill in: each row register, digest, line, code, name, documents, what is to be looked at."""
    return workbook("核查底稿", [_HEAD, *((*row, "", "", "", "") for row in rows)])
