# SPDX-License-Identifier: Apache-2.0
"""Tables of measurements: a record is whole, every row holds, and each stands for one event; what says otherwise is refused.

What it says may stand above its head (剔除异常点, 5 分钟平均值) or beside its rows, in columns that nobody reads: words that take a
row back, marks of some rows, units of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from harness.errors import SpecError
from harness.kit.tables import tongues
from harness.kit.tables.caveats import DENIED, Kind, against, asks
from harness.kit.tables.cells import narrow
from harness.kit.tables.columns import stated_unit
from harness.kit.tables.rows import Table
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import unit_of

_LONGEST = 60
_MARKS = re.compile(tongues.MARK, re.IGNORECASE)
_EDITED = re.compile(
    r"移动平均|滑动平均|移動平均|gefiltert|geglättet|bereinigt|ausrei(?:ß|ss)er|gleitende[rn]? mittel|filtré|lissé|aberrant|moyenne mobile|filtrad[oa]|suavizad|atípic|media móvil|filtrat[oi]|"
    r"外れ値|フィルタ|除去済|이상치|필터|평활|сглаж|фильтров|выброс|\bmoving[ -]average|\brolling[ -](?:mean|average|median)|"
    r"剔除|剔掉|过滤|滤除|滤掉|平滑|去噪|抽稀|筛选|筛除|清洗|去除(?:异常|超限|粗差|离群)|删除(?:异常|超限|粗差|离群)|异常值|离群|粗差"
    r"|\b(?:out|in)?filter(?:ed|ing)?\b|outlier|\bsmooth|\bresampl|\bdownsampl|\bdecimat|\bdespik|\bwinsor|\btrimmed\b|\bcleaned\b|\bdenois"
    r"|\b(?:rows?|points?|samples?|packets?|values?|epochs?)\b.{0,24}\b(?:remov|exclud|delet|dropp|omitt|discard)"
    r"|\b(?:remov|exclud|delet|dropp|omitt|discard)\w*\b.{0,24}\b(?:rows?|points?|samples?|packets?|values?|epochs?)\b",
    re.IGNORECASE,
)
_OFF = re.compile(
    r"(?:ing|ed|er|ion|器|算法|除去|処理)?\s*[:=：]?\s*(?:なし|無し|(?:off|none|no|disabled|false|0)\b|无|关|否|未)",
    re.IGNORECASE,
)


def says_edited(line: str) -> bool:
    """Whether a remark about a record says that rows were taken out of it, or its numbers smoothed: 剔除异常点, outliers removed."""
    said = narrow(line)
    found = _EDITED.search(said)
    return (
        found is not None and DENIED.search(said[: found.start()]) is None and _OFF.match(said[found.end() :]) is None
    )


_SUMMED_UP = re.compile(
    r"(?:每|\d|[一二三五十两半])\s*(?:秒|分钟?|小时|时|日|天|周|个?月)\w{0,2}(?:平均|均值|最大|最小|峰值|汇总|聚合)|(?:逐|小?时|日|周|月)(?:平均|均值)|"
    r"\b(?:hourly|daily|weekly|monthly|\d+[ -]?(?:s|sec(?:ond)?s?|min(?:ute)?s?|h|hours?|days?))[ -](?:\w+ )?(?:averages?|averaged|means?|max(?:ima|imum)?|min(?:ima|imum)?|medians?|aggregat\w+|percentiles?)\b|"
    r"\b(?:averages|averaged|aggregated)\b|gemittelt|mittelwerte|(?:minuten|stunden|tages)mittel|moyennes|promedios|medie orarie|средние|平均値|集計値|分平均|時間平均|평균값",
    re.IGNORECASE,
)


def says_summed_up(line: str) -> bool:
    """Whether a remark about a record says that each of its rows stands for many: 5 分钟平均值, hourly max."""
    return _SUMMED_UP.search(narrow(line)) is not None


_SELECTED = re.compile(
    r"[仅只](?:统计|含|列|计|保留|取|导出)\w{0,10}|(?:不含|不计|未计|未列|扣除|排除)\w{0,8}(?:停机|检修|维护|维修|故障|失败|异常|超时|断电|断网|节假日|夜间)|去(?:掉|除)\w{0,6}(?:最差|最大|最高|失败|超时)|"
    r"取?\w{0,4}最[好优佳]的?(?:一|成绩|结果|\d)|最[优好佳]\w{0,2}(?:月|产线|工程|班组)|选取\w{0,4}(?:最|典型|代表)|(?:代表性|典型)\w{0,2}(?:产线|工程|月份)|抽样(?:统计|数据|结果)|节选|摘录|(?:失败|超时|异常)的?\w{0,4}未(?:列|计)|"
    r"\bonly\b.{0,20}\b(?:success\w*|passed|valid|good|working|business)|\b(?:success\w*|passed|valid|good|business|office|working)\b.{0,20}\bonly\b|"
    r"\b(?:exclud\w+|without|not including)\b.{0,20}\b(?:maintenance|downtime|outage|failure|failed|timeout|error|night|weekend|holiday)|"
    r"\bbest (?:of|run|result|\w+ runs)|\bworst\b.{0,20}\b(?:remov|exclud|dropp|omitt|discard)|\bexcerpts?\b|\bselected (?:rows?|runs?|data|samples?)|\b(?:multiplied|scaled|divided) by\b|"
    r"\bnur (?:erfolgreiche|gültige|gute)|\bohne (?:wartung|ausfälle|fehler)|\bbester? (?:lauf|wert)|\bauszug\b|(?:seulement|uniquement).{0,20}(?:réuss|valid)|\bhors (?:maintenance|panne)|\bextrait\b|"
    r"成功\w{0,3}のみ|抜粋|を除く|除外済",
    re.IGNORECASE,
)
"""Rows that were chosen: those that succeeded, the best run, all but the outages."""


def says_selected(line: str) -> bool:
    """Whether a remark about a record says that its rows were chosen: 仅保留成功的, best run of 5, an excerpt."""
    said = narrow(line)
    found = _SELECTED.search(said)
    return found is not None and DENIED.search(said[: found.start()]) is None


_UNIT_ABOVE = re.compile(
    r"(?:计量|金额|货币|數據|数据)?[单單]位\s*[:：]\s*(?P<zh>\S+)|\b(?:all )?(?:values?|figures|amounts|numbers) (?:are )?in (?P<en>\S+)|\bunits?\s*:\s*(?P<units>\S+)|\b(?P<many>in thousands|in millions)\b|"
    r"\b(?:angaben|werte|alle werte) in (?P<de>\S+)|\bunités?\s*:\s*(?P<fr>\S+)|\ben (?P<mille>milliers|millions)\b|単位\s*[:：]\s*(?P<ja>\S+)",
    re.IGNORECASE,
)
_MULTIPLE = re.compile(
    r"[千万亿萬億百]{1,3}\w{0,3}|in (?:thousands|millions)|(?:thousand|million|billion)s?|tausend|millionen|mio\.?|milliers|millions",
    re.IGNORECASE,
)


def whole(table: Table) -> Table:
    """The table, of which every row counts; UnreadableError for a line above the head by which rows were chosen, or that states a unit which no heading states."""
    stated = {stated_unit(each) for each in table.head}
    for line in table.above:
        said = narrow(line)
        if says_selected(line):
            text = Text(
                f"表头上方写着“{said[:_LONGEST]}”：挑选过的行不是完整的记录。",
                f"Above the head stands {said[:_LONGEST]!r}: rows that were chosen are no whole record.",
            )
            raise UnreadableError(text, cure="export every row as it was measured.", where=table.name)
        told = _UNIT_ABOVE.search(said)
        words = [] if told is None else re.split(r"[、,，/;；()（）]", next(each for each in told.groups() if each))
        strange = [each for each in words if each not in stated and (_is_unit(each) or _MULTIPLE.fullmatch(each))]
        strange = [each for each in strange if not any(_one_unit(each, other) for other in stated)]
        if strange:
            text = Text(
                f"表头上方写着单位“{strange[0]}”，列名里却没有：是哪一列的单位无从得知。",
                f"Above the head stands the unit {strange[0]!r}, which no heading states: of which column it is, is not known.",
            )
            cure = "write the unit in brackets behind the heading of the values."
            raise UnreadableError(text, cure=cure, where=table.name)
    return table


def unedited(table: Table, *, sums: bool = False) -> Table:
    """The table of measurements; UnreadableError where it says itself that it is none: a record is whole, and every row holds.

    A line above its head may say that rows were taken out, numbers smoothed or (but for ``sums``, as of energy) many of them
    summed up in one; a word beside a row that it does not hold.
    """
    _beside(table)
    _in_the_margin(table)
    whole(table)
    if table.others:
        named = ", ".join(table.others)
        text = Text(
            f"工作簿还有同样表头、没有读取的工作表：{named}。",
            f"The workbook has further worksheets with such a head, which are not read: {named}.",
        )
        raise UnreadableError(
            text, cure="keep one table in a workbook, or name the sheet in the profile.", where=table.name
        )
    if table.early:
        text = Text(
            "表头上方有一行数据：表头之前的行不会被读取。",
            "A row of numbers stands above the head: what stands there is not read.",
        )
        raise UnreadableError(
            text, cure="put the head first, with every row under it.", where=f"{table.name}:{table.early}"
        )
    for line in table.above:
        if says_edited(line):
            said = narrow(line)[:_LONGEST]
            text = Text(
                f"表头上方写着“{said}”：经过剔除、过滤或平滑的数据不能作为实测记录。",
                f"Above the head stands {said!r}: what was filtered or smoothed is no record of what happened.",
            )
            raise UnreadableError(text, cure="export every row as it was measured.", where=table.name)
        if not sums and says_summed_up(line):
            said = narrow(line)[:_LONGEST]
            text = Text(
                f"表头上方写着“{said}”：平均、最大等统计值不是逐次的实测记录。",
                f"Above the head stands {said!r}: averages, maxima and their like are no record of each event.",
            )
            raise UnreadableError(text, cure="export every row as it was measured.", where=table.name)
    return table


def _beside(table: Table) -> None:
    """UnreadableError for the first row that a word in a column nobody reads takes back; each different word is looked at once."""
    read = set(table.index.values())
    for at, heading in enumerate(table.head):
        said = set() if at in read else {row[at] for row in table.cells}
        if len(said) > 1 and _MARKS.fullmatch(narrow(heading)):
            raise _marked(table, at)
        if _UNIT_OF_ROW.fullmatch(narrow(heading)):
            _units_beside(table, at, said)
        if not asks(narrow(heading)):  # then numbers say nothing, and a long record is made of them
            said = {each for each in said if not each.isascii() or each.lower() != each.upper()}
        told = {each for each in said if against(heading, each)} if "".join(said).strip() else set()
        if not told:
            continue
        row = next(row for row in table if table.cells[row.at][at] in told)
        word = table.cells[row.at][at].strip()
        text = Text(
            f"没有读取的“{heading.strip()}”一列写着“{word}”：该行是否作数，无从得知。",
            f"The column {heading.strip()!r}, which is not read, says {word!r}: whether this row holds is not known.",
        )
        raise row.refuse(text, "take the row out where it is a list of yours; record again where it is a measurement.")


_UNIT_OF_ROW = re.compile(
    r"(?:计量|成本|金额|产量|数量|数值|值|计价)?(?:单位|币种|货币)|(?:cost|value|amount)?[ _-]?(?:units?|uom|currency)|(?:maß)?einheit|währung|unités?|devise|unidad|moneda|単位|通貨|單位|幣別|단위|통화",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[千万亿萬億百]{0,2}(?:元|美元|欧元|日元|港元|人民币|美金)|cny|rmb|usd|eur|jpy|hkd|[¥$€£]", re.IGNORECASE
)

_YUAN = re.compile(r"[千万亿萬億百]{0,2}元|人民币|人民幣|cny|rmb|[¥￥]", re.IGNORECASE)
_CURRENCY = re.compile(r"币种|货币|幣別|currency|währung|devise|moneda|通貨|통화", re.IGNORECASE)


def _units_beside(table: Table, at: int, said: Collection[str]) -> None:
    """UnreadableError for a column of units that nobody reads, where they are several or another than the headings state."""
    units = sorted({narrow(each) for each in said} - {""})
    strange = [each for each in units if _is_unit(each)]
    stated = {stated_unit(each) for each in table.head}
    if not strange or (len(units) == 1 and units[0] in stated):
        return
    if len(units) == 1 and _CURRENCY.search(table.head[at]) and _yuan(units[0]) and any(map(_yuan, stated)):
        return
    heading = table.head[at].strip()
    text = Text(
        f"没有读取的“{heading}”一列写着单位“{'、'.join(units[:3])}”，与表头写的不是一回事。",
        f"The column {heading!r}, which is not read, states units ({', '.join(units[:3])}) that the headings do not.",
    )
    raise UnreadableError(text, cure="write one unit in brackets behind the heading of the values.", where=table.name)


def _yuan(word: str) -> bool:
    """Whether a word says the currency of this country, in whatever multiple."""
    return _YUAN.fullmatch(word) is not None


def with_money(table: Table, fields: Sequence[str]) -> Table:
    """The table with the one unit of money that a line above its head or a column states behind the heading of the first of ``fields`` that it has."""
    at = next((table.index[each] for each in fields if each in table), None)
    unit = "" if at is None or stated_unit(table.head[at]) else _money_of(table)
    if at is None or not unit:
        return table
    head = (*table.head[:at], f"{table.head[at].strip()}（{unit}）", *table.head[at + 1 :])
    return replace(table, head=head)


def _money_of(table: Table) -> str:
    """The one unit of money that is stated for a whole table, above its head or in a column that nobody reads; empty for none or several."""
    units = set()
    for line in table.above:
        told = _UNIT_ABOVE.search(narrow(line))
        units |= (
            set() if told is None else set(re.split(r"[、,，/;；()（）]", next(each for each in told.groups() if each)))
        )
    for at, heading in enumerate(table.head):
        if at not in table.index.values() and _UNIT_OF_ROW.fullmatch(narrow(heading)):
            units |= {narrow(row[at]).strip() for row in table.cells}
    units -= {""}
    return units.pop() if len(units) == 1 and all(map(_MONEY.fullmatch, units)) else ""


def _one_unit(one: str, other: str) -> bool:
    """Whether two words are one unit: 小时 and h."""
    try:
        return unit_of(one) == unit_of(other)
    except SpecError:
        return False


def _is_unit(word: str) -> bool:
    """Whether a word is a unit of what is measured; 次, 个 or 台 of what is counted one by one say nothing."""
    if _MONEY.fullmatch(word):
        return True
    try:
        found = unit_of(word)
    except SpecError:
        return False
    return bool(word) and found != ("count", Fraction(1))


def _in_the_margin(table: Table) -> None:
    """UnreadableError for the first row of a workbook that is struck through, or that a comment beside a cell takes back."""
    for row in table if table.marks or table.comments else ():
        struck = table.marks.get(row.line) == Kind.STRUCK.value
        comment = table.comments.get(row.line, "")
        if struck or (comment and against("comment", comment)):
            words = narrow(comment)[:_LONGEST]
            text = Text(
                "这一行画了删除线。" if struck else f"批注写着“{words}”：该行是否作数，无从得知。",
                "This row is struck through."
                if struck
                else f"A comment says {words!r}: whether this row holds is not known.",
            )
            raise row.refuse(
                text, "hand in the record as it was measured; say in the report which row is wrong and why."
            )


def _marked(table: Table, at: int) -> UnreadableError:
    """A column marks some of the rows and not others, and nobody knows what for."""
    words = [each[at].strip() for each in table.cells]
    rarest = min(set(words), key=lambda each: (words.count(each), words.index(each)))
    row, heading = next(each for each in table if words[each.at] == rarest), table.head[at].strip()
    text = Text(
        f"没有读取的“{heading}”一列给各行不同的标记（此行为“{rarest}”），含义不明。",
        f"The column {heading!r}, which is not read, marks rows differently (this one {rarest!r}): what that means is not known.",
    )
    return row.refuse(text, "say what the marks mean in a column of words, or record again.")
