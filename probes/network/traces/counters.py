# SPDX-License-Identifier: Apache-2.0
"""Tables of operator counters and of drive tests as sums by column. Rows add up; a row that contradicts itself is refused. Pure.

The world is closed: a blank is no zero, a sum beside its parts counts once, total rows are checked and left out, a copy of
a row counts once where something in it says which row it is, and is refused where nothing does.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.kit.tables import Columns, Row, Table, cells, read, unedited
from harness.kit.tallies import Tally, filled, plain, tally
from harness.kit.unreadable import UnreadableError
from harness.kit.words import written
from harness.model import Reason, Text
from probes.network.traces.said.sums import KNOWN, holes, naming, no_row_twice
from probes.network.traces.said.titles import true_record

CALL_S = 90
WHOLE = "abnormal_releases"
PARTS = ("handover_out_failures", "rlf_releases", "other_releases")
RELEASES = (WHOLE, *PARTS)
CARRIED = ("setups", "carried_over", "handover_in")
CALLS = ("successes", "call_seconds")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "abnormal_releases": ("abnormal_releases", "异常释放次数", "异常释放总次数", "abnormal releases"),
    "handover_out_failures": ("handover_out_failures", "切换出失败次数"),
    "rlf_releases": ("rlf_releases", "RLF释放次数"),
    "other_releases": ("other_releases", "其他异常释放次数"),
    "setups": ("setups", "建立成功次数"),
    "carried_over": ("carried_over", "遗留次数"),
    "handover_in": ("handover_in", "切换入次数"),
    "drops": ("drops", "掉线次数", "掉话次数", "掉线数", "掉话数", "dropped calls"),
    "successes": ("successes", "成功接入次数"),
    "call_seconds": ("call_seconds", "通话时长"),
    "active_releases": ("active_releases", "有数据异常释放次数"),
    "session_seconds": ("session_seconds", "会话时长"),
}
NOUN = Text("计数器表", "table of counters")
_COLUMNS = Columns(_FIELDS, [set(_FIELDS)], NOUN)
_IN_BRACKETS = re.compile(r"[(\[【]([^)\]】]*)")
_DROPS = re.compile(
    r"异常|掉线|掉话|掉网|断线|断链|断连|断开|^断$|^掉$|丢失|流失|强拆|踢出|抢占|preempt|kick|relfail|abn|离线|失步|t310|脱网|中断|无线链路失败|^失败(?:次数|数)?$|(?<!正常)(?<!总)释放(?!总)|切换.{0,4}失败|abnormal|drop|rlf|(?<!normal)(?<!normal_)release|disconnect|lost"
)
_RATE = re.compile(r"率|ratio|rate|占比|%|‰|^dcr")
_GRAIN = re.compile(r"粒度|granularity|统计周期|resolution")
_VOID = re.compile(
    r"无效|不可用|无效数据|数据缺失|缺失|异常数据|invalid|void|missing|incomplete|不完整|bad|error|错误|suspect|可疑"
)
_WHOLENESS = re.compile(r"完整|齐全|采集成功|有效样本|上报率|complete|coverage|valid samples")
_SUSPECT = re.compile(
    r"缺失|可靠|可疑|清零|重启|溢出|翻转|suspect|partial|incomplete|missing|reset|overflow|wrap(?:ped)?|unreliable|reliab"
)
_LEFT_OUT = re.compile(r"剔除|豁免|免责|核减|白名单|exempt|exclu|^nil|空值|redial|重拨")
_COUNTED_IN = re.compile(r"计入|纳入|in ?kpi|counted|included")
_SCALED = re.compile(r"倍率|系数|multiplier|factor|^scale|抽样|采样比|sampling|置信度|confidence|粒度.*/")
_TRUSTED = {"", "0", "no", "n", "false", "none", "否", "无", "正常", "可靠", "高", "ok", "good", "high", "-"}
_NOT_IN = {"0", "no", "n", "false", "否", "无", "不", "×"}
_SENTINELS = {(1 << bits) - 1 for bits in (31, 32, 63, 64)}
"""What a counter that was not read is filled with."""
_KEYS = re.compile(
    r"时|日|期|周|月|年|[区站局厂]|基站|网元|名|编号|标识|地[址点市]|频|制式|版本|粒度|终端|设备|用户|线路|序"
    r"|time|date|hour|day|week|month|period|cell|site|station|nodeb|gnb|enb|region|area|city|name|(?<![a-z])(?:id|no|ne)(?![a-z])"
    r"|vendor|band|(?<![a-z])rat(?![a-z])|version|granularity|slot|terminal|device|user|line"
)
"""Headings that say where and when a row was counted."""
_CODES, _ROWS_A_CODE = 8, 5
_YES_OR_NO = {"0", "1", "y", "n", "yes", "no", "true", "false", "是", "否", "√", "×", "✓", "✗", "ok", "ng"}
_COUNTS = {"", "次", "次数", "个", "条", "起", "count", "counts", "time", "times", "number", "#", "1"}


@dataclass(frozen=True, slots=True)
class Counters:
    """Sums over all rows, by column; ``calls`` is the number of set-ups a drive test amounts to.

    ``tables``: the columns of each table that were read. ``remarks``: what a reader has to be told of them.
    """

    totals: Counter[str]
    rows: int
    tables: frozenset[frozenset[str]] = frozenset()
    remarks: tuple[Reason, ...] = ()
    holes: frozenset[str] = frozenset()
    """Cells with the times for which they have no row, and others do."""
    strange: frozenset[str] = frozenset()
    """Headings of numbers that nobody understands and that may be drops: some are more than is counted."""

    @classmethod
    def none(cls) -> Counters:
        """No table at all."""
        return cls(Counter(), 0)

    def merge(self, other: Counters) -> Counters:
        """The sums of both."""
        told = {each.text.en: each for each in (*self.remarks, *other.remarks)}
        remarks = tuple(told[key] for key in sorted(told))
        tables, missing = self.tables | other.tables, self.holes | other.holes
        strange = self.strange | other.strange
        return Counters(self.totals + other.totals, self.rows + other.rows, tables, remarks, missing, strange)

    def tell(self, numerator: Sequence[Collection[str]], denominator: Collection[str]) -> bool:
        """Whether every table that speaks of it has one whole set of ``numerator`` and a column of ``denominator``."""
        words = set(denominator).union(*numerator)
        spoken = [each for each in self.tables if each & words]
        return bool(spoken) and all(
            each & set(denominator) and any(set(way) <= each for way in numerator) for each in spoken
        )


def read_counters(data: bytes, name: str) -> Counters:
    """The sums of a table (CSV, XLSX); DecodeError with the line for what is no count or contradicts itself."""
    table = unedited(read(data, _COLUMNS, name=name))
    true_record(table.above, name, counters=True)
    for key, place in table.index.items():
        remark = _IN_BRACKETS.search(unicodedata.normalize("NFKC", table.head[place]))
        if remark and not key.endswith("_seconds") and plain(remark[1]).casefold() not in _COUNTS:
            heading = table.head[place].strip()
            text = Text(
                f"“{heading}”一列不是次数本身。", f"The column {heading!r} does not hold the counts themselves."
            )
            raise UnreadableError(text, cure="write the count itself, not a rate or a multiple.", where=name)
    if not len(table):
        text = Text("表头之下没有一行数据。", "There is no row under its head.")
        raise UnreadableError(text, cure="export the rows as well, or take the source out of the profile.", where=name)
    counted = _once(table)
    _one_moment(counted)
    no_row_twice(table, counted.rows)
    _nothing_marked(counted)
    for row in counted.rows:
        _nothing_beside(row)
    totals = sum((_row(row) for row in counted.rows), Counter[str]())
    missing = frozenset(holes(table, counted.rows))
    strange = frozenset(_strange(counted))
    return Counters(totals, len(counted.rows), frozenset({frozenset(table.index)}), counted.remarks, missing, strange)


def _once(table: Table) -> Tally:
    """The rows that count; UnreadableError for copies that nothing identifies, and for an unnamed row that sums up the others."""
    counted = tally(table, (), tuple(table.index))
    for number in counted.twice:
        row = Row(table, number - 1)
        if not _identified(row):
            text = Text(
                "与前面一行完全相同，且没有时间、小区等可区分的内容：是同一次还是两次，无从得知。",
                "it repeats an earlier row, and nothing in it says whether it is the same one.",
            )
            raise row.refuse(text, "add a column with the time or the cell, or take the copy out.")
    _no_hidden_total(counted)
    return counted


def _one_moment(counted: Tally) -> None:
    """UnreadableError for two rows of one cell and time with different counts, and for hours beside their quarters."""
    table, seen = counted.table, dict[tuple[str, ...], Row]()
    others = [at for at in range(len(table.head)) if at not in table.index.values()]
    names = naming(table, counted.rows)
    for row in counted.rows:
        key = tuple(_same(table.cells[row.at][at]) for at in names)
        if any(key) and seen.setdefault(key, row) is not row:
            text = Text(
                "时间、小区等与前面一行相同，次数却不同：不能都计入。",
                "it is of the same time and cell as an earlier row, with other counts: both cannot count.",
            )
            raise row.refuse(text, "keep the right one, or add the column that tells them apart.")
    for at in others:
        lengths = {plain(table.cells[row.at][at]) for row in counted.rows}
        if _GRAIN.search(plain(table.head[at]).casefold()) and len(lengths) > 1:
            text = Text(
                f"“{table.head[at].strip()}”有多种（{written(sorted(lengths), 'zh')}）：同一时段可能重复计入。",
                f"{table.head[at].strip()!r} has several values ({written(sorted(lengths), 'en')}): times may count twice.",
            )
            raise UnreadableError(text, cure="export one granularity.", where=table.name)


def _same(text: str) -> str:
    """A cell for comparison: one moment is one in whatever form it is written, and so is a number."""
    number = cells.number(text)
    moment = cells.instant_ns(text) if number is None else None
    return plain(text).casefold() if number is None and moment is None else str(number if moment is None else moment)


def _nothing_marked(counted: Tally) -> None:
    """UnreadableError for a column nobody reads that marks some rows, by a word beside blanks or by a code: they may not count."""
    table = counted.table
    for at, heading in enumerate(table.head):
        if at in table.index.values() or _KEYS.search(plain(heading).casefold()) or _DROPS.search(plain(heading)):
            continue
        said = [plain(table.cells[row.at][at]) for row in counted.rows]
        words = sorted(set(said) - {""})
        remarked = "" in said and any(cells.number(each) is None for each in words)
        codes = 1 < len(set(said)) <= _CODES and len(said) >= _ROWS_A_CODE * len(set(said))
        if remarked or codes or (len(words) > 1 and set(map(str.casefold, words)) <= _YES_OR_NO):
            text = Text(
                f"没有读取的“{heading.strip()}”一列给部分行作了标记（{written(words[:3], 'zh')}）：这些行是否该计入无从得知。",
                f"The column {heading.strip()!r}, which is not read, marks some rows ({written(words[:3], 'en')}): whether those count is unknown.",
            )
            raise UnreadableError(
                text,
                cure="ask the operator what it means; take the column out if it says nothing against its rows.",
                where=table.name,
            )


def _nothing_beside(row: Row) -> None:
    """UnreadableError where a column that nobody reads says more drops than are counted, or that the row is not valid."""
    table = row.table
    counts = {key: row.count(key) or 0 for key in (*RELEASES, *CARRIED, "drops") if key in row}
    dropped = _dropped(row)
    base = sum(counts.get(key, 0) for key in CARRIED)
    counted = any(key in counts for key in (*RELEASES, "drops"))
    for at, heading in enumerate(table.head):
        cell, said = table.cells[row.at][at], plain(heading).casefold()
        if at in table.index.values() or not plain(cell):
            continue
        share = _RATE.search(said) is not None
        value = cells.number(cell) if counted and (_DROPS.search(said) or said.startswith("dcr")) else None
        if _doubtful(said, cell):
            text = Text(
                f"没有读取的“{heading.strip()}”一列写着“{cell.strip()}”：该行的计数不完整或不可靠。",
                f"The column {heading.strip()!r}, which is not read, says {cell.strip()!r}: the counts of this row are not whole, or not to be relied on.",
            )
            raise row.refuse(text, "export the row again once its counts are whole.")
        more = value is not None and not share and value > dropped
        if value is not None and share and base and "‰" not in said + cell:
            more = value / (1 if "%" in cell else 100) > Fraction(dropped, base) * Fraction(21, 20) + Fraction(
                1, 10_000
            )
        if more or _VOID.fullmatch(plain(cell).casefold()):
            text = Text(
                f"没有读取的“{heading.strip()}”一列写着“{cell.strip()}”，与所计的次数不符，或说明该行无效。",
                f"The column {heading.strip()!r}, which is not read, says {cell.strip()!r}: more than is counted, or that the row is void.",
            )
            raise row.refuse(text, "correct the row, or take out the column if it means something else.")


def _strange(counted: Tally) -> Iterator[str]:
    """Headings of columns of numbers that no word of the trade names, where a row has more of them than drops."""
    table = counted.table
    for at, heading in enumerate(table.head):
        said = plain(heading).casefold()
        if at in table.index.values() or not said or _KEYS.search(said) or KNOWN.search(said) or _RATE.search(said):
            continue
        for row in counted.rows:
            value = cells.number(table.cells[row.at][at])
            if value is not None and value > _dropped(row):
                yield heading.strip()
                break


def _dropped(row: Row) -> int:
    """The drops of a row, by whichever of its columns names the most."""
    counts = {key: row.count(key) or 0 for key in (*RELEASES, "drops") if key in row}
    return max(counts.get(WHOLE, 0), sum(counts.get(key, 0) for key in PARTS), counts.get("drops", 0))


def _doubtful(heading: str, cell: str) -> bool:
    """Whether a column about the counting itself says that something is missing: 完整率 60 %, suspect, counter reset."""
    value = cells.number(cell)
    if _WHOLENESS.search(heading) and value is not None:
        return value < (1 if value <= 1 and "%" not in heading else 100)
    word = plain(cell).casefold()
    if _SCALED.search(heading):
        return value != 1 and word not in _TRUSTED
    if _COUNTED_IN.search(heading):
        return word in _NOT_IN
    return (_SUSPECT.search(heading) or _LEFT_OUT.search(heading)) is not None and word not in _TRUSTED


def _identified(row: Row) -> bool:
    """Whether a cell that is not counted says which row it is."""
    counted = set(row.table.index.values())
    return any(plain(cell) for at, cell in enumerate(row.table.cells[row.at]) if at not in counted)


def _no_hidden_total(counted: Tally) -> None:
    """A row that is the sum of all others in every column is a total without a name; told apart only by its author."""
    fields, rows = tuple(counted.table.index), counted.rows
    if len(rows) < 3 or len(fields) < 2:
        return
    values = [[row.value(field) or Fraction(0) for field in fields] for row in rows]
    sums = [sum(column, Fraction(0)) for column in zip(*values, strict=True)]
    for row, mine in zip(rows, values, strict=True):
        if sum(map(bool, mine)) > 0 and [2 * each for each in mine] == sums:
            text = Text(
                "各列都等于其余各行之和，疑为未写“合计”的合计行。",
                "every column is the sum of the other rows: a total that does not say so.",
            )
            raise row.refuse(text, "write 合计 (total) in it, or take it out.")


def _row(row: Row) -> Counter[str]:
    for key in row.table.index:
        filled(row, key)
    told = {key: _seconds(row, key) if key.endswith("_seconds") else row.count(key) for key in row.table.index}
    values = Counter({key: value for key, value in told.items() if value is not None})
    unread = [key for key, value in values.items() if value in _SENTINELS or re.fullmatch("9{6,}", str(value))]
    if unread:
        said = row[unread[0]]
        text = Text(
            f"“{said}”是计数器未读到时的填充值，不是次数。",
            f"{said} is what fills a counter that was not read, and no count.",
        )
        raise row.refuse(text, "export the row again, or take the cell out of the evidence.")
    if (
        values["drops"] > max(values["successes"], _calls(values))
        and {"drops"} & told.keys()
        and set(CALLS) & told.keys()
    ):
        text = Text(
            f"掉线 {values['drops']} 次，多于成功接入次数，自相矛盾。",
            f"{values['drops']} drops out of fewer successful set-ups contradict each other.",
        )
        raise row.refuse(text, "correct the row.")
    released = max(values[WHOLE], sum(values[key] for key in PARTS))
    if {"drops"} & told.keys() and set(RELEASES) & told.keys() and values["drops"] > released:
        text = Text(
            f"掉线 {values['drops']} 次，多于异常释放 {released} 次，自相矛盾。",
            f"{values['drops']} drops beside {released} abnormal releases contradict each other.",
        )
        raise row.refuse(text, "correct the row, or give one of the two columns.")
    values["calls"] = _calls(values)
    return +_without_parts(row, values)


def _without_parts(row: Row, values: Counter[str]) -> Counter[str]:
    """The abnormal releases once: their sum, where it stands beside all its parts and agrees with them; else UnreadableError."""
    beside = [key for key in PARTS if key in row]
    if WHOLE not in row or not beside:
        return values
    parts = sum(values[key] for key in beside)
    if len(beside) < len(PARTS) or parts != values[WHOLE]:
        names = [row.table.head[row.table.index[key]].strip() for key in beside]
        text = Text(
            f"异常释放 {values[WHOLE]} 次，旁边的{written(names, 'zh')}共 {parts} 次：无法确认后者是否已计入前者。",
            f"{values[WHOLE]} abnormal releases stand beside {written(names, 'en')}, {parts} together: "
            "whether the former hold the latter is unknown.",
        )
        raise row.refuse(text, "give the sum alone, or all its parts (handover failures, RLF, others) and their sum.")
    return Counter({key: value for key, value in values.items() if key not in PARTS})


def _seconds(row: Row, key: str) -> int | None:
    """Whole seconds of a duration, in the unit of its cell or of its heading."""
    found = row.quantity(key, "s")
    if found is not None and found < 0:
        raise row.refuse(Text("时长为负。", "A duration is negative."), "correct the row.")
    return None if found is None else int(found)


def _calls(values: Mapping[str, int]) -> int:
    """Set-ups of a row: those counted, or one for every 90 s of a long call."""
    return max(values["successes"], values["call_seconds"] // CALL_S)
