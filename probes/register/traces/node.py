# SPDX-License-Identifier: Apache-2.0
"""Exports of an identifier node (工业互联网标识解析二级节点): registrations by prefix, resolutions by day, a resolution sample. Pure.

Syntax of prefixes and identifiers: Handle ``88.xxx.yyy`` (numbers between points), OID ``1.2.156.…``; nothing is resolved here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from harness.kit.tables import Columns, Row, Table
from harness.kit.tallies import tally
from harness.model import Text

HANDLE = re.compile(r"8[68](?:\.\d{1,12}){1,3}")
OID = re.compile(r"1\.2\.156(?:\.\d{1,12}){1,10}")
_OWN = re.compile(r"自身|自检|自测|巡检|探测|拨测|监测|测试|own|self|probe|test", re.IGNORECASE)
FIELDS: Mapping[str, tuple[str, ...]] = {
    "prefix": ("前缀", "标识前缀", "企业前缀", "prefix"),
    "company": ("企业名称", "企业", "company"),
    "first": ("期初注册量", "期初累计", "期初", "start"),
    "last": ("期末注册量", "期末累计", "期末", "end"),
    "day": ("日期", "统计日期", "date", "day"),
    "count": ("解析量", "解析次数", "日解析量", "resolutions", "count"),
    "source": ("来源", "解析来源", "类型", "source", "kind"),
}
PREFIXES = Columns(FIELDS, [{"prefix"}, {"first"}, {"last"}], Text("注册量导出表", "export of registrations"), least=3)
DAYS = Columns(FIELDS, [{"day"}, {"count"}], Text("解析量导出表", "export of resolutions"), least=2)


@dataclass(frozen=True, slots=True, order=True)
class Prefix:
    """The registrations of one prefix at the start and at the end of the period; ``well_formed``: its syntax."""

    prefix: str
    first: int
    last: int
    well_formed: bool


@dataclass(frozen=True, slots=True, order=True)
class Resolved:
    """The resolutions of one day from one source; ``own``: the node's own checks and probes."""

    day: date
    count: int
    own: bool


def prefixes(table: Table) -> tuple[Prefix, ...]:
    """The rows of an export by prefix; UnreadableError for a prefix that stands twice, for less at the end, for wrong totals."""
    found: dict[str, Prefix] = {}
    for row in tally(table, ("prefix", "company"), ("first", "last")).rows:
        name = "".join(unicodedata.normalize("NFKC", row["prefix"]).split())
        first, last = _count(row, "first"), _count(row, "last")
        if name in found:
            raise row.refuse(Text(f"前缀 {name} 出现了两次。", f"The prefix {name} stands twice."), "give it one row.")
        if last < first:
            zh, en = f"前缀 {name} 期末少于期初。", f"The prefix {name} has less at the end than at the start."
            raise row.refuse(Text(zh, en), "correct the totals; identifiers are not taken back.")
        found[name] = Prefix(name, first, last, bool(HANDLE.fullmatch(name) or OID.fullmatch(name)))
    return tuple(sorted(found.values()))


def days(table: Table) -> tuple[Resolved, ...]:
    """The rows of an export by day; UnreadableError for wrong totals, blanks and a day that stands twice from one source."""
    found: dict[tuple[date, str], Resolved] = {}
    for row in tally(table, ("day", "source"), ("count",)).rows:
        day = row.day("day")
        if day is None:
            raise row.refuse(Text("日期为空。", "The date is blank."), "fill it in.")
        key = (day, row["source"])
        if key in found:
            raise row.refuse(Text(f"{day} 出现了两次。", f"{day} stands twice."), "give each day of a source one row.")
        found[key] = Resolved(day, _count(row, "count"), bool(_OWN.search(row["source"])))
    return tuple(sorted(found.values()))


EXPORTS: Mapping[str, tuple[Columns, Callable[[Table], tuple[Prefix, ...] | tuple[Resolved, ...]]]] = {
    "prefixes": (PREFIXES, prefixes),
    "days": (DAYS, days),
}
"""The columns of each export and who reads its rows."""


def _count(row: Row, field: str) -> int:
    found = row.count(field)
    if found is None:
        raise row.refuse(Text("数量为空。", "A number is blank."), "fill it in; a blank is no zero.")
    return found


def anomalies(counts: Sequence[int]) -> Iterator[str]:
    """What looks made up in a series of counts: ``equal`` (most are one number), ``round``, ``steady`` (steps all alike)."""
    many = [each for each in counts if each]
    if len(many) < 10:
        return
    if Counter(many).most_common(1)[0][1] * 2 > len(many):
        yield "equal"
    if sum(each % 1000 == 0 for each in many) * 2 > len(many):
        yield "round"
    steps = Counter(after - before for before, after in pairwise(many))
    if steps.most_common(1)[0][1] * 2 > len(many) and 0 not in steps:
        yield "steady"
