# SPDX-License-Identifier: Apache-2.0
"""Event logs of a workload: when each call began and ended and how many items it did, in the clock of its host.

Read are a table (``start_ns,end_ns,count``; any unit of time that the heading states), JSON lines with those keys, and a JSON
list of seconds as EnergyRunner writes it. LoadGen's logs have a module of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.kit import tables
from harness.kit.tables import Columns, Table, invented, says_yes
from harness.kit.tables.columns import stated_unit
from harness.model import Reason, Text
from probes.compute.formats.power import Ints, plain_integers, unreadable
from probes.compute.formats.stamps import stamp_ns
from probes.compute.formats.words import WORDS

NOUN = Text("负载事件记录", "event log of the workload")
_FIELDS: Mapping[str, Sequence[str]] = {
    "start": ("start", "begin", "start time", "开始", "开始时间", "起始时间"),
    "end": ("end", "stop", "finish", "end time", "结束", "结束时间"),
    "count": ("count", "n", "items", "inferences", "samples", "batch", "次数", "数量", "推理次数", "样本数", "样本数量", "推理样本数", "batch size", "批大小"),
}  # fmt: skip
_MOST_ROWS = 20_000_000
_UNDONE = re.compile(
    r"(?:is |was )?(?:err(?:or)?s?|exceptions?|faults?|fail(?:ed|ures?)?|discard(?:ed)?|timed? ?out|dropped|skipped|cancell?ed|aborted|"
    r"ignored|rejected|warm ?up|out of memory|oom|crashed)|错误|出错|异常|失败|超时|丢弃|跳过|取消|中止|预热|忽略|拒绝|崩溃|内存不足",
    re.IGNORECASE,
)
"""Of a heading: who asks whether a call was not done; of a word beside a call: who says so."""
_DONE = re.compile(
    r"(?:is |was )?(?:ok|success(?:ful)?|succeeded|done|completed?|valid|passed|status|state|result|outcome)|状态|结果|是否(?:成功|完成)|成功|完成",
    re.IGNORECASE,
)
"""Headings that ask whether a call was done."""
_YES = {"success", "successful", "succeeded", "finished", "200", "成功"}
_NO = {"", "0", "no", "false", "none", "null", "nan", "-", "--", "无", "否"}
_OF_RUN = {
    "precision": re.compile(
        r"precision|dtype|data[ _]?type|quanti[sz]ation|(?:数据|计算|推理)?精度|量化(?:精度|类型)?", re.IGNORECASE
    ),
    "sparsity": re.compile(r"sparsity|稀疏(?:性|度|方式)?", re.IGNORECASE),
}
"""Columns beside the calls that say of the run what the profile says of it."""
_MOST = 1 << 62
_NEAR_NS, _FEW, _CHANCE = 1000, 20, 0.01
_SINCE_1973 = 10**17
"""A smaller number of ns counts from the beginning of something else than the epoch."""


@dataclass(slots=True)
class Events:
    """``windows`` in ns; ``samples_per_second`` as the log itself says, else from ``start``, ``end`` and ``count`` (n,)."""

    format: str
    windows: list[tuple[int, int]]
    clock: str = "local"
    samples_per_second: float | None = None
    start_ns: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    end_ns: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    count: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    events: list[Reason] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def of_columns(kind: str, columns: tuple[Ints, Ints, Ints], clock: str, name: str = "") -> Events:
    """The log of single calls (start, end, count); UnreadableError where one ends before it begins, or there is none."""
    start, end, count = columns
    if not len(start):
        raise unreadable("no-event", "give a log with at least one call.", name)
    wrong = np.flatnonzero((end < start) | (count <= 0))
    if len(wrong):
        raise unreadable(
            "event-backwards", "correct the log: start, end and a count above zero.", name, row=int(wrong[0]) + 1
        )
    events: list[Reason] = []
    order = np.lexsort((count, end, start))
    start, end, count = start[order], end[order], count[order]
    same = (np.diff(start) == 0) & (np.diff(end) == 0) & (np.diff(count) == 0)
    if same.any():
        events.append(WORDS.reason("event-twice", count=int(same.sum())))
        keep = np.concatenate(([True], ~same))
        start, end, count = start[keep], end[keep], count[keep]
    doubled = _doubled(start, end, count)
    if doubled:
        events.append(WORDS.reason("calls-doubled", count=doubled))
    window = (int(start.min()), int(end.max()))
    if window[1] <= window[0]:
        raise unreadable("no-window", "give calls that last some time.", name)
    rate = int(count.sum()) * 1e9 / (window[1] - window[0])
    return Events(kind, [window], clock, rate, start, end, count, events)


def _doubled(start: Ints, end: Ints, count: Ints) -> int:
    """Calls that begin and end within a microsecond of the one before: how many, where that is more than chance.

    Stamps of whole microseconds are too coarse to say.
    """
    if len(start) < _FEW or not (start % _NEAR_NS).any() or not (end % _NEAR_NS).any():
        return 0
    near = (np.diff(start) < _NEAR_NS) & (np.abs(np.diff(end)) < _NEAR_NS) & (np.diff(count) == 0)
    long = (end - start)[1:] > 10 * _NEAR_NS
    found = int((near & long).sum())
    return found if found > _CHANCE * len(start) else 0


def _undone(heading: str, word: str) -> bool:
    """Whether what stands beside a call says that it was not done, or in a word that nobody knows whether it was."""
    if invented(heading, word):
        return True
    heading, word = (" ".join(re.split(r"[\s_-]+", each.strip())) for each in (heading, word))
    if word.casefold() not in _NO and (_UNDONE.fullmatch(heading) or _UNDONE.search(word)):
        return True
    return _DONE.fullmatch(heading) is not None and not (says_yes(word) or word.casefold() in _YES)


def _check_beside(table: Table) -> None:
    read = set(table.index.values())
    for at, heading in enumerate(table.head):
        words = set() if at in read else {row[at] for row in table.cells}
        if not "".join(words).strip():
            continue
        for each in table if any(_undone(heading, word) for word in words) else ():
            _check_word(heading, table.cells[each.at][at], f"{table.name}:{each.line}")


def _check_word(heading: str, word: str, where: str) -> None:
    """UnreadableError for a word beside a call by which it does not count."""
    if _undone(heading, word):
        cure = "log the calls that were done and no others."
        raise unreadable("call-undone", cure, where, heading=heading.strip(), said=word.strip()[:60] or "–")


def read_table(data: bytes, name: str = "") -> Events:
    """A table of calls; UnreadableError with the row for what is no time or no count."""
    columns = Columns(_FIELDS, (("start",), ("end",)), NOUN, least=2, most_rows=_MOST_ROWS)
    table = tables.read(data, columns, name=name)
    _check_beside(table)
    tables.recorded(table, columns, ("start", "end", "count"))
    if (quick := _at_once(table)) is not None:
        start, end, count_ = quick
        clock = "utc" if not len(start) or start.min() > _SINCE_1973 else "none"
        return _said_of(of_columns("table", (start, end, count_), clock, name), _stated(table))
    found: list[tuple[int, int, int]] = []
    clocks: set[str] = set()
    for row in table:
        pair = []
        for which in ("start", "end"):
            stamp = stamp_ns(row[which])
            if stamp is None:
                heading = table.head[table.index[which]]
                if row[which] and not stated_unit(heading) and row[which].replace(".", "", 1).isdecimal():
                    cure = f"write it behind the heading, as {which}_ns."
                    raise unreadable("no-unit-in-heading", cure, name, heading=heading.strip())
                at = row.instant_ns(which)
                if at is None:
                    blank = Text("起止时间为空或不是时间。", "begin or end is blank or no time.")
                    raise row.refuse(blank, "write both in every row.")
                stamp = (at, "utc" if at > _SINCE_1973 else "none")
            pair.append(stamp)
        clocks |= {pair[0][1], pair[1][1]}
        count = row.count("count") if "count" in row else 1
        if count is not None and count >= _MOST:
            raise row.refuse(Text("次数过大。", "the count is too large."), "write how many items the call did.")
        if count is None:
            raise row.refuse(Text("次数为空。", "the count is blank."), "write how many items the call did.")
        found.append((pair[0][0], pair[1][0], count))
    if len(clocks) > 1:
        raise unreadable("clocks-apart", "write a zone behind every stamp or behind none.", name)
    start, end, count_ = (
        (np.array(each, np.int64) for each in zip(*found, strict=True)) if found else [np.empty(0, np.int64)] * 3
    )
    return _said_of(of_columns("table", (start, end, count_), next(iter(clocks), "utc"), name), _stated(table))


def _stated(table: Table) -> dict[str, set[str]]:
    """What columns beside the calls say of precision and sparsity."""
    found: dict[str, set[str]] = {}
    for at, heading in enumerate(table.head):
        for key, names in _OF_RUN.items():
            if at not in table.index.values() and names.fullmatch(heading.strip()):
                found.setdefault(key, set()).update(row[at].strip().casefold() for row in table.cells)
    return found


def _said_of(log: Events, said: Mapping[str, set[str]]) -> Events:
    """The log with what was said of its run; several words are one that nothing agrees with."""
    log.facts |= {key: "/".join(sorted(words - {""})) for key, words in said.items() if words - {""}}
    return log


def _at_once(table: Table) -> tuple[Ints, Ints, Ints] | None:
    """Columns of whole numbers in ns and counts, in one go; None where the rows have to be read one by one."""
    if table.workbook or any(stated_unit(table.head[table.index[each]]) != "ns" for each in ("start", "end")):
        return None
    start, end = (plain_integers(table.column(each)) for each in ("start", "end"))
    count = (
        plain_integers(table.column("count"))
        if "count" in table
        else (None if start is None else np.ones(len(start), np.int64))
    )
    return None if start is None or end is None or count is None else (start, end, count)


def read_lines(text: str, name: str = "") -> Events:
    """JSON lines with start_ns, end_ns and count."""
    found: list[tuple[int, int, int]] = []
    lines = text.splitlines()
    torn = 0
    of_run: dict[str, set[str]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            values = (entry["start_ns"], entry["end_ns"], entry.get("count", 1))
            if any(isinstance(each, bool) or not isinstance(each, int) or abs(each) >= _MOST for each in values):
                raise TypeError  # noqa: TRY301 - the same refusal
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            if number == len(lines) and not text.endswith("\n") and found:
                torn = number
                break
            cure = 'write {"start_ns": …, "end_ns": …, "count": …} in every line, whole numbers.'
            raise unreadable("no-event-line", cure, f"{name}:{number}") from None
        for key in entry.keys() - {"start_ns", "end_ns", "count"}:
            said = entry[key]
            _check_word(key, "" if said is None else str(said), f"{name}:{number}")
            for fact, names in _OF_RUN.items():
                if names.fullmatch(key):
                    of_run.setdefault(fact, set()).add(str(said).strip().casefold())
        found.append(values)
    columns = [np.array(each, np.int64) for each in zip(*found, strict=True)] if found else [np.empty(0, np.int64)] * 3
    log = _said_of(of_columns("jsonl", (columns[0], columns[1], columns[2]), "utc", name), of_run)
    if torn:
        log.events.append(WORDS.reason("torn-line", line=torn))
    return log
