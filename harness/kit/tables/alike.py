# SPDX-License-Identifier: Apache-2.0
"""What two tables have to say alike before their amounts may be compared: what is counted, in what scope, over how long.

Costs with tax and without, good parts beside all parts, twelve months beside six: the amounts are right on both sides, and
their ratio says nothing. What stands in columns that nobody reads is held against the other side.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.kit.tables import cells
from harness.kit.tables.cells import narrow
from harness.kit.tables.columns import fold
from harness.kit.tables.rows import Table
from harness.kit.unreadable import UnreadableError
from harness.model import Text

_SAME = (
    {"成本", "生产成本", "cost"}, {"单位成本", "单件成本", "unitcost", "costperunit"}, {"产量", "产出", "output"}, {"工时", "投入工时", "投入", "hours", "input"}, {"机时", "设备时间"},
    {"变更次数", "次数", "orders", "changes", "events", "count"}, {"建筑面积", "面积", "area"}, {"规模", "size"}, {"基数", "exposure"},
)  # fmt: skip
"""Headings that say the same of one value."""
_SCOPE = re.compile(
    r"口径|基准|范围|价格|税|班次|工况|折算|核算|(?:统计|计算|计价)(?:方法|方式)|\bbasis\b|scope|price|\btax|shift|accounting|method of",
    re.IGNORECASE,
)
_WEIGHT = re.compile(
    r"折旧|摊销|外协|外包|委外|材料|物料|电费|水费|气费|燃料|动力|能源|工资|薪|补贴|补助|租赁|租金|维修|返工|返修|报废|废品|次品|不合格|不良|转移|"
    r"depreciation|outsourc|subcontract|materials?\b|energy|electric|fuel|wages?|salar|subsid|\brent|scrap|reject|rework|defect",
    re.IGNORECASE,
)
"""What belongs to a cost or an output, and helps where it moves into a column of its own."""
_SHARE = re.compile(r"率|比|占|均|%|率$|rate|share|ratio|per\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"(?:统计|计量|施工|在建|观察|运行)?(?:天数|月数|日数|周数|时长)|(?:统计|观察)(?:期|周期)|工作日|进度|完工|完成(?:率|比例|度)|\b(?:days|months|weeks|duration|progress|completion)\b",
    re.IGNORECASE,
)
"""How long events were counted, or how far a project is."""
_SEASON = re.compile(
    r"[上下]半年|全年|[一二三四1-4]季度|前[一二三四五六七八九十\d]+个?月|\d{1,2}\s*月?\s*(?:[-~—–至到]+)\s*\d{1,2}\s*月"
)
_MOST = 4


@dataclass(frozen=True, slots=True)
class Said:
    """What one table says beside its amounts.

    ``called``: field -> its folded heading. ``scope``, ``weight``, ``length``: heading of an unread column -> its different
    words. ``season``: what the lines above the head say of the time.
    """

    called: Mapping[str, str]
    scope: Mapping[str, frozenset[str]]
    weight: frozenset[str]
    length: Mapping[str, frozenset[str]]
    season: frozenset[str] = frozenset()


NOTHING = Said({}, {}, frozenset(), {})


def said(table: Table, present: Sequence[str], places: Sequence[int]) -> Said:
    """What ``table`` says beside its amounts (``present``) in the rows that count (``places``)."""
    read = set(table.index.values())
    scope: dict[str, frozenset[str]] = {}
    weight: set[str] = set()
    length: dict[str, frozenset[str]] = {}
    for at, heading in enumerate(table.head):
        words = frozenset(narrow(table.cells[row][at]).strip() for row in places) - {""}
        if at in read or not words:
            continue
        name = fold(heading)
        if _SCOPE.search(heading) and len(words) <= _MOST:
            scope[name] = words
        if _WEIGHT.search(heading) and not _SHARE.search(heading) and any(cells.number(each) for each in words):
            weight.add(name)
        if _LENGTH.search(heading) and len(words) == 1:
            length[name] = words
    called = {field: fold(table.head[table.index[field]]) for field in (*present, "each") if field in table}
    season = frozenset("".join(found.split()) for line in table.above for found in _SEASON.findall(narrow(line)))
    return Said(called, scope, frozenset(weight), length, season)


def differences(sides: Sequence[Sequence[Said]], fields: Sequence[str], *, events: bool) -> Iterator[UnreadableError]:
    """What the tables of both sides say differently of ``fields``; ``events``: what is counted depends on how long it was."""
    for field in (*fields, "each"):
        names = [{each.called[field] for each in own if field in each.called} for own in sides]
        if all(names) and not any(names[0] | names[1] <= same for same in _SAME) and len(names[0] | names[1]) > 1:
            before, after = map(_listed, names)
            told = Text(
                f"前期的“{before.zh}”与后期的“{after.zh}”不是同一种量。",
                f"{before.en} before and {after.en} after are not one and the same.",
            )
            cure = "call what is compared by one name on both sides, or name the column in the profile."
            yield UnreadableError(told, cure=cure)
    yield from _apart([{name: words for each in own for name, words in each.scope.items()} for own in sides])
    weights = [{name for each in own for name in each.weight} for own in sides]
    for name in sorted(weights[0] ^ weights[1]):
        told = Text(
            f"“{name}”一列只有一侧有数额：是否计入比较的量，两侧是否一致，无从得知。",
            f"The column {name} has amounts on one side alone: whether what is compared contains them alike is unknown.",
        )
        yield UnreadableError(told, cure="state it on both sides, or add it to what is compared.")
    if events:
        lengths = [{name: words for each in own for name, words in each.length.items()} for own in sides]
        both = lengths[0].keys() & lengths[1].keys()
        yield from _apart([{name: each[name] for name in both} for each in lengths])
        seasons = [frozenset[str]().union(*(each.season for each in own)) for own in sides]
        if seasons[0] != seasons[1]:
            told = _otherwise(Text("表头上方", "the line above the head"), *seasons)
            yield UnreadableError(told, cure="compare events of periods of one length.")


def _apart(columns: Sequence[Mapping[str, frozenset[str]]]) -> Iterator[UnreadableError]:
    """Columns whose words differ between the sides, or that one side alone has."""
    for name in sorted({*columns[0], *columns[1]}):
        old, new = (each.get(name, frozenset()) for each in columns)
        if old != new:
            yield UnreadableError(_otherwise(Text(f"“{name}”", name), old, new), cure="compare tables of one scope.")


def _otherwise(where: Text, old: Collection[str], new: Collection[str]) -> Text:
    before, after = _listed(old), _listed(new)
    return Text(
        f"{where.zh}前期写着 {before.zh}，后期写着 {after.zh}：两侧口径或时长不同，不能比较。",
        f"{where.en} says {before.en} before and {after.en} after: what differs in scope or in length cannot be compared.",
    )


def _listed(words: Collection[str]) -> Text:
    """Some of the words, a dash for none."""
    some = sorted(words)[:_MOST] or ["—"]
    return Text("、".join(some), ", ".join(some))
