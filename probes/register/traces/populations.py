# SPDX-License-Identifier: Apache-2.0
"""Lists of everything that should be covered, exports that show what is, and what an auditor found of a sample. Pure.

A word that says neither yes nor no counts against, and so does a blank; an item without a number of its own is never found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from harness.errors import YanshouError
from harness.kit.tables import Caveats, Columns, Row, Table, cells, fold, says_yes, whole
from harness.kit.tables.titles import entire, only_signed
from harness.kit.tallies import says_total
from harness.model import Text
from harness.quantity import Quantity

LIST: Mapping[str, tuple[str, ...]] = {
    "id": (
        "构件编号", "工序编号", "项目编号", "工地编号", "数据编号", "设备编号", "资料编号", "文件编号", "对象名称", "文件名称", "文件名", "统一社会信用代码",
        "编号", "编码", "id", "number", "code", "object", "file", "key",
    ),
    "name": (
        "构件名称", "工序名称", "项目名称", "工地名称", "数据名称", "资料名称", "企业名称", "名称", "name", "title",
    ),
    "group": ("所属企业", "企业", "企业名称", "单位", "单位名称", "公司", "车间", "company", "group", "enterprise"),
    "status": (
        "是否数控", "数控化", "是否覆盖", "是否监测", "是否上云", "已上云", "是否使用", "是否建模", "是否接入", "是否在线", "状态", "核查结论", "结论", "是否",
        "status", "covered", "conforming", "ruling", "verdict",
    ),
    "size": (
        "建筑面积", "面积", "字节数", "字节", "大小", "文件大小", "数据量", "bytes", "size", "area", "floor area", "产值", "企业产值", "工业总产值", "总产值", "年产值", "output", "output value",
    ),
    "document": ("证明文件", "证明材料", "佐证材料", "合同文件", "模型文件", "附件", "文件", "document", "proof", "model"),
    "sha256": ("文件sha256", "sha256", "sha-256", "哈希值", "哈希", "摘要", "hash", "etag sha256"),
    "date": ("监测时间", "采集时间", "上传时间", "最后修改时间", "接入日期", "时间", "日期", "time", "date", "last modified", "lastmodified"),
}  # fmt: skip
YES = frozenset(
    "是 已 有 √ ✓ ✔ Y YES TRUE 1 数控 已数控 已覆盖 已监测 在线 已上云 已使用 已建模 已接入 合格 符合 属实 通过 相符 CONFORMING COVERED".split()  # noqa: SIM905 - words read better as words
)
NO = frozenset(
    "否 未 无 × ✗ N NO FALSE 0 未数控 非数控 未覆盖 未监测 离线 未上云 未使用 未建模 未接入 不合格 不符合 不属实 不通过 不符".split()  # noqa: SIM905 - words read better as words
)
_VALUES = frozenset({"数值", "值", "监测值", "测量值", "测值", "读数", "当前值", "实时值", "value", "reading"})
_NO_VALUE = re.compile(r"|nan|#?n/?a|null|none|-+|—|无数据|无值|无效|离线|故障|bad|invalid|error", re.IGNORECASE)
"""What stands in a column of values where there is none."""
_BYTES = "B"
_SHOWS = ("date", "size", "sha256", "document", "status")
"""Fields of an export that show that something is there; a record in which all that there are is blank shows nothing."""


def columns(named: Mapping[str, str], *, export: bool = False) -> Columns:
    """A list has a column of numbers or names and something beside it; an export the numbers alone."""
    noun = Text("导出数据", "export") if export else Text("清单", "list")
    return Columns(LIST, [{"id", "name"}], noun, named, least=1 if export else 2, spread=True)


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """One item: its row and line, number, name, group; ``status`` as a word says (None: no word that is known)."""

    number: int
    line: int
    id: str
    name: str
    group: str
    status: bool | None
    word: str
    size: Fraction | None
    documents: str
    sha256: str


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """What an export says of one number: size and digest, the days of its first and last record, how many there are."""

    id: str
    size: Fraction | None
    sha256: str
    days: tuple[date, ...]
    records: int


def folded(text: str) -> str:
    """A number for comparison: NFKC, no blanks, capitals, forward slashes."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper().replace("\\", "/").removeprefix("./")


def items(table: Table) -> Iterator[Listed]:
    """Every item of a list; total rows are none. UnreadableError where the list says that it was chosen from."""
    beside = Caveats(whole(table))
    entire(table, sum(not _no_item(row) for row in table))
    for row in table:
        if _no_item(row):
            continue
        word = folded(row["status"])
        status = True if word in YES else False if word in NO else None
        said = row["status"]
        for each in beside.of(row.at):  # what another column says against the row stands over its yes
            status, said = False if each.kind.refutes else None, each.said or each.kind.value
            break
        yield Listed(
            row.number,
            row.line,
            folded(_number(table, row)),
            row["name"] or row["id"],
            " ".join(row["group"].split()),
            status,
            said,
            _size(row),
            row["document"],
            row["sha256"].lower().removeprefix("sha256:"),
        )


def _no_item(row: Row) -> bool:
    """Whether a row is a total, or says no more than who keeps the list."""
    texts = row.table.cells[row.at]
    return (not row["status"] and any(map(says_total, texts))) or only_signed(texts)


def exported(table: Table) -> Iterator[Found]:
    """What an export says of each number, all of its records together; a record without a number says nothing."""
    found: dict[str, Found] = {}
    beside, spoken = Caveats(table), any(table.column("status"))
    told = [each for each in _SHOWS if each in table]
    values = [
        at for at, heading in enumerate(table.head) if fold(heading) in _VALUES and at not in table.index.values()
    ]
    for row in table:
        key = folded(_number(table, row))
        if told and not any(row[each] for each in told):
            continue  # a number beside which every cell that would show something is blank
        if values and all(_NO_VALUE.fullmatch(table.cells[row.at][at].strip()) for at in values):
            continue
        holds = not spoken or folded(row["status"]) in YES or says_yes(row["status"])  # a blank among words is no yes
        if not key or not holds or any(True for _ in beside.of(row.at)):
            continue  # a record that says no, or nothing that is understood, shows nothing
        day = cells.day(row["date"], from_1904=table.from_1904) if row["date"] else None
        mine = Found(key, _size(row), row["sha256"].lower().removeprefix("sha256:"), (day,) if day else (), 1)
        found[key] = joined(found[key], mine) if key in found else mine
    yield from (found[key] for key in sorted(found))


def days(table: Table) -> tuple[date, ...]:
    """The days that stand in the rows, ascending; what is no day is none."""
    stated = (cells.day(row["date"], from_1904=table.from_1904) for row in table if row["date"])
    return tuple(sorted({each for each in stated if each is not None}))


def _number(table: Table, row: Row) -> str:
    """The number of a row; its name stands for it only where no row has a column for one."""
    return row["id"] if "id" in table else row["name"]


def joined(one: Found, other: Found) -> Found:
    """Two sayings of one number: what they contradict each other in is lost, the days and records add up."""
    days = tuple(sorted({*one.days, *other.days}))
    size = one.size if one.size == other.size else None
    return Found(
        one.id,
        size,
        one.sha256 if one.sha256 == other.sha256 else "",
        days[:: max(1, len(days) - 1)],
        one.records + other.records,
    )


def _size(row: Row) -> Fraction | None:
    """The number of a cell, bytes with their unit; None for a blank and for what is no number."""
    if not row["size"]:
        return None
    plain = cells.number(row["size"])
    if plain is not None:
        return plain if plain >= 0 else None
    try:
        return Quantity.parse(row["size"]).to(_BYTES)
    except YanshouError:
        return None
