# SPDX-License-Identifier: Apache-2.0
"""A catalogue of solutions or algorithms as a table: number, name, content hash, and the interface at which each runs."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from harness.kit.tables import Caveats, Columns, Row, Table, beside, sole, titled
from harness.kit.tallies import says_total
from harness.model import Text

FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("方案编号", "算法编号", "条目编号", "模型编号", "编号", "编码", "序号", "id", "number", "code", "no"),
    "name": ("解决方案名称", "方案名称", "算法名称", "条目名称", "应用名称", "名称", "解决方案", "算法", "name", "title", "solution", "algorithm"),
    "version": ("版本", "版本号", "version"),
    "content": (
        "内容哈希", "内容sha256", "权重哈希", "模型哈希", "哈希值", "哈希", "摘要", "content hash", "content sha256", "model hash", "hash", "sha256",
    ),
    "url": ("接口地址", "可运行接口", "调用地址", "接口", "地址", "interface", "endpoint", "url", "api url"),
    "model": ("模型名", "模型", "模型名称", "调用模型", "model"),
    "request": ("请求体", "调用参数", "请求", "request", "request body", "body"),
}  # fmt: skip
_NOUN = Text("目录", "catalogue")


class Entry(NamedTuple):
    """One row: its place from 0, its number in the file, and its cells; ``request``: a body of JSON of its own."""

    place: int
    number: int
    id: str
    name: str
    content: str
    url: str
    model: str
    request: str
    doubt: str = ""
    """What stands beside the row and takes it back, or leaves open whether it holds."""

    @property
    def callable(self) -> bool:
        """Whether it states an interface that can be called at all."""
        parts = urlsplit(self.url) if "\\" not in self.url else None
        known = parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
        return known and (bool(self.model) if not self.request else json_of(self.request) is not None)

    @property
    def label(self) -> str:
        """How it is called in a list."""
        return self.id or self.name or f"#{self.number}"


def columns() -> Columns:
    """A catalogue has a column of names and one of interfaces."""
    return Columns(FIELDS, [{"name", "url"}], _NOUN, {})


def entries(table: Table) -> Iterator[Entry]:
    """Every row but totals."""
    titled(table)
    sole(table, columns(), ("content", "url", "model"))
    caveats = Caveats(table)
    place = 0
    for row in table:
        if not row["url"] and any(map(says_total, table.cells[row.at])):
            continue
        content = folded(row["content"]).removeprefix("SHA256:")
        yield Entry(
            place, row.number, row["id"].strip(), " ".join(row["name"].split()), content, row["url"].strip().rstrip("/"),
            row["model"].strip(), row["request"].strip(), _doubt(row, caveats),
        )  # fmt: skip
        place += 1


def _doubt(row: Row, caveats: Caveats) -> str:
    told = [f"{each.heading}: {each.said or '—'}" if each.heading else each.kind.value for each in caveats.of(row.at)]
    told += [f"{heading}: {said}" for heading, said in beside(row)]
    return "; ".join(dict.fromkeys(told))


def folded(text: str) -> str:
    """A cell for comparison: NFKC, no blanks, capitals."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def json_of(text: str) -> bytes | None:
    """A body of JSON as it is sent; None where it is none."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError, UnicodeEncodeError):
        return None
