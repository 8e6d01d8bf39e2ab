# SPDX-License-Identifier: Apache-2.0
"""Rows of counters that hold what other rows hold as well, and times that no row holds. Pure.

A day beside its hours, a base station beside its cells, the whole network beside a cell, overlapping periods and counters that
run on from row to row would be counted more than once. What other cells were counted for and one was not, is a hole.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from statistics import median

from harness.kit.tables import Row, Table, cells
from harness.kit.tallies import plain
from harness.kit.unreadable import UnreadableError
from harness.model import Text

_WHOLE = re.compile(
    r"(?:全网|整网|全部|所有|全局|全省|全市|全区|全天|全日|全时段|汇聚|网络级|全量)(?:小区|基站|站点|时段)?|(?:all|whole|entire|network|overall)(?:cells?|sites?|network|day|hours)?",
)
"""Names of what holds all others."""
_BEGIN, _END = (
    re.compile(r"开始|起始|start|begin|from"),
    re.compile(r"结束|截止|终止|(?<![a-z])end|until|(?<![a-z])to(?![a-z])"),
)
_RISING, _FEWEST_RISING, _TWELVE = 3, 6, 12
"""By how much counters that run on rise from the first row to the last, over how many rows at least; over twelve by however little."""
KNOWN = re.compile(
    r"请求|建立|接通|成功|尝试|流量|业务|用户|连接|prb|利用|占用|切换|寻呼|时长|rrc|吞吐|速率|带宽|功率|干扰|cqi|mcs|rsrp|rsrq|sinr|话务|激活|接入|正常|总|可用|重建|重定向|回落|驻留|数量|载波|天线|经度|纬度|高度|方位|频"
    r"|fallback|redirect|estab|req|att|succ|setup|traffic|usage|thr|util|vol|byte|bps|(?:[gmk]b|erl|ms|sec)$|paging|power|avail|dur|conn|load|latit|longit|pci|tac|cqi|normal|total|activ|handover|(?<![a-z])ho(?![a-z])"
)
"""What else stands in tables of network management, in words that are understood: no drops."""
_IDENTITY = re.compile(
    r"id$|编号|号$|名|标识|时间|日期|时刻|地址|5qi|qci|plmn|slice|切片|频点|载波|扇区|类型|原因|time|date|name|no\.?$|number|arfcn|sector|type|cause"
)
"""Headings that name which row it is, whatever else they say."""
_GRID = 3
"""Rows that a cell has at least where its times may be held to those of the others."""

Values = tuple[Fraction, ...]


def no_row_twice(table: Table, rows: Sequence[Row]) -> None:
    """UnreadableError for a row that sums up others, covers the time of another, or runs on from the one before."""
    counts = [tuple(row.value(each) or Fraction(0) for each in table.index) for row in rows]
    others = naming(table, rows)
    names = [[_folded(table.cells[row.at][at]) for at in others] for row in rows]
    for at in range(len(others)):
        timed = _mostly(table, rows, others[at])
        if timed:
            _odd_moment(table, rows, others[at])
        _whole(table, rows, [each[at] for each in names], others[at])
        rest = [tuple(each[:at] + each[at + 1 :]) for each in names]
        days = [_day(table.cells[row.at][others[at]]) for row in rows]
        for group in (*_groups(rest), *_groups([(*key, day) for key, day in zip(rest, days, strict=True)])):
            _sum_of_others(rows, counts, group)
        for group in _groups(rest):
            _over_parts(rows, counts, group, [each[at] for each in names])
            if timed:
                _running(table, rows, counts, group, others[at])
    _overlapping(table, rows, others)


def holes(table: Table, rows: Sequence[Row]) -> list[str]:
    """Of each cell the moments that it has no row for and the step of the table, or another cell, has."""
    others = naming(table, rows)
    time = next((at for at in others if _mostly(table, rows, at)), None)
    if time is None:
        return []
    own: dict[tuple[str, ...], dict[int, str]] = defaultdict(dict)
    for row in rows:
        said = table.cells[row.at][time].strip()
        key = tuple(_folded(table.cells[row.at][at]) for at in others if at != time)
        moment = _moment(said)
        if moment is not None:
            own[key][moment] = said
    if not own or median(map(len, own.values())) < _GRID:
        return []
    every = sorted({moment for each in own.values() for moment in each})
    gaps = Counter(later - sooner for sooner, later in pairwise(every))
    step, often = gaps.most_common(1)[0] if gaps else (0, 0)
    regular = step and 2 * often > len(every) and all(gap % step == 0 for gap in gaps)
    if regular and (every[-1] - every[0]) // step < 2 * len(every):
        every = list(range(every[0], every[-1] + 1, step))
    missing = [(key, moment) for key, each in own.items() for moment in every if moment not in each]
    if 2 * len(missing) > len(own) * len(every):  # no grid of times and cells
        return []
    return sorted({f"{' '.join(key)} {_written(moment)}".strip() for key, moment in missing})


def naming(table: Table, rows: Sequence[Row]) -> list[int]:
    """Places of the columns that nobody counts and that say which row it is: all but numbers that are known to be other figures."""
    found = []
    for at, heading in enumerate(table.head):
        said = plain(heading).casefold()
        if at in table.index.values():
            continue
        figure = KNOWN.search(said) is not None and _IDENTITY.search(said) is None
        if not figure or any(
            cells.number(each) is None for each in {table.cells[row.at][at] for row in rows} if each.strip()
        ):
            found.append(at)
    return found


def _sum_of_others(rows: Sequence[Row], counts: Sequence[Values], group: Sequence[int]) -> None:
    if len(group) < _GRID or len(counts[0]) < 2:
        return
    sums = tuple(map(sum, zip(*(counts[at] for at in group), strict=True)))
    for at in group:
        if any(counts[at]) and tuple(2 * each for each in counts[at]) == sums:
            raise _refused(rows[at], "各列都等于同组其余各行之和，疑为未写“合计”的合计行", "every column is the sum of the others of its group: a total that does not say so")  # fmt: skip


def _over_parts(rows: Sequence[Row], counts: Sequence[Values], group: Sequence[int], names: Sequence[str]) -> None:
    """A row whose name begins those of others, and that holds what they hold: a base station beside its cells."""
    own = {names[at]: at for at in group if names[at]}
    parts: dict[int, list[int]] = defaultdict(list)
    for at in group:
        for cut in re.finditer(r"[^0-9a-z\u4e00-\u9fff]", names[at]):
            parent = own.get(names[at][: cut.start()])
            if parent is not None:
                parts[parent].append(at)
    for at, children in parts.items():
        if counts[at] == tuple(map(sum, zip(*(counts[each] for each in children), strict=True))):
            raise _refused(
                rows[at],
                "各列等于名称以它开头的各行之和，会重复计入",
                "it holds what the rows whose names begin with its own hold: those would count twice",
            )


def _whole(table: Table, rows: Sequence[Row], names: Sequence[str], at: int) -> None:
    """A row for the whole network, or the whole day, beside rows for parts."""
    some = [row for row, name in zip(rows, names, strict=True) if _WHOLE.fullmatch(name)]
    if some and len(some) < len(rows):
        said = table.cells[some[0].at][at].strip()
        raise _refused(some[0], f"“{said}”与其余各行重复计入", f"{said!r} holds what the other rows hold: a total that does not say so")  # fmt: skip


def _odd_moment(table: Table, rows: Sequence[Row], at: int) -> None:
    """A row that says nothing or another thing than a moment where the others name theirs: 忙时, 全天."""
    for row in rows:
        said = table.cells[row.at][at].strip()
        if _moment(said) is None:
            raise _refused(row, f"“{said}”不是时刻，无从得知是否与其余各行重复", f"{said!r} is no moment: whether it holds what other rows hold is unknown")  # fmt: skip


def _running(table: Table, rows: Sequence[Row], counts: Sequence[Values], group: Sequence[int], time: int) -> None:
    """Counters that run on: every count of a cell rises from row to row, or again from a reset on."""
    if len(group) < _FEWEST_RISING:
        return
    order = sorted(group, key=lambda at: _moment(table.cells[rows[at].at][time]) or 0)
    totals = [sum(counts[at]) for at in order]
    cuts = [0, *(at for at in range(1, len(order)) if totals[at] <= totals[at - 1]), len(order)]
    for start, stop in pairwise(cuts):
        run = [counts[at] for at in order[start:stop]]
        rising = all(all(low <= high for low, high in zip(one, other, strict=True)) for one, other in pairwise(run))
        far = totals[stop - 1] >= _RISING * totals[start] or len(run) >= _TWELVE
        if len(run) < _FEWEST_RISING or not rising or not far:
            return
    raise _refused(rows[order[-1]], "该小区各列逐行只增不减，疑为累计值，逐行相加会重复计入", "the counts of this cell only ever rise: they seem to run on from row to row, and would count again and again")  # fmt: skip


def _overlapping(table: Table, rows: Sequence[Row], others: Sequence[int]) -> None:
    """Two rows of one cell whose periods overlap."""
    heads = {at: plain(table.head[at]).casefold() for at in others}
    begins = [at for at in others if _BEGIN.search(heads[at]) and _mostly(table, rows, at)]
    ends = [at for at in others if _END.search(heads[at]) and _mostly(table, rows, at)]
    if len(begins) != 1 or len(ends) != 1 or begins == ends:
        return
    spans: dict[Hashable, list[tuple[int, int, Row]]] = defaultdict(list)
    for row in rows:
        first, last = (_moment(table.cells[row.at][at]) for at in (begins[0], ends[0]))
        key = tuple(_folded(table.cells[row.at][at]) for at in others if at not in (begins[0], ends[0]))
        if first is not None and last is not None:
            spans[key].append((first, last, row))
    for each in spans.values():
        for one, other in pairwise(sorted(each, key=lambda span: span[:2])):
            if other[0] < one[1]:
                raise _refused(other[2], "与同一小区另一行的时段重叠，会重复计入", "its period overlaps with another row's of the same cell: it would count twice")  # fmt: skip


def _groups(keys: Sequence[Hashable]) -> Iterator[list[int]]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        found[key].append(at)
    return (each for each in found.values() if len(each) > 1)


def _mostly(table: Table, rows: Sequence[Row], at: int) -> bool:
    """Whether most of a column are moments."""
    said = [table.cells[row.at][at].strip() for row in rows]
    return 2 * sum(each != "" and _moment(each) is not None for each in said) > len(said)


def _folded(text: str) -> str:
    moment = _moment(text.strip())
    return plain(text).casefold() if moment is None else str(moment)


@lru_cache(maxsize=1 << 14)
def _moment(text: str) -> int | None:
    """Ns since 1970 of a day, with or without a time; None for numbers, which may be anything."""
    if cells.number(text) is not None:
        return None
    found = cells.instant_ns(text)
    if found is not None:
        return found
    day = cells.day(text)
    return None if day is None else (day.toordinal() - _EPOCH) * _DAY_NS


def _day(text: str) -> int | None:
    moment = _moment(text.strip())
    return None if moment is None else moment // _DAY_NS


def _written(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1e9, UTC).strftime("%Y-%m-%d %H:%M")


_EPOCH, _DAY_NS = 719_163, 86_400 * 10**9


def _refused(row: Row, zh: str, en: str) -> UnreadableError:
    return row.refuse(
        Text(f"{zh}。", f"{en}."), "export each count once, or write 合计 (total) in a row that sums up others."
    )
