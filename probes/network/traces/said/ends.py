# SPDX-License-Identifier: Apache-2.0
"""Rows of a log's table that are no packets: units under the head, the head again, and sums at its end, held to the packets. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from harness.errors import SpecError
from harness.kit.tables import Row, Table, cells, fold
from harness.kit.tables.columns import stated_unit
from harness.model import Text
from harness.quantity import unit_of

_CLOCK = re.compile(r"\d{1,2}:\d{2}:\d{2}")
_BELOW = 20
"""Rows at the end that may be sums."""
_ROUNDING = Fraction(1, 1000)
_FIGURES = (
    ("mean", re.compile(r"(?:总)?(?:平均|均值).*|av(?:g|erage).*|mean.*|mittel.*|moyenne.*|promedio.*|平均値")),
    ("most", re.compile(r"最[大高](?!.*个数).*|max.*|größte.*")),
    ("least", re.compile(r"最[小低].*|min(?!ute).*|kleinste.*")),
    ("lost", re.compile(r"(?:丢包|丢失|超时|失败|lost|loss|drop(?:ped)?|timeouts?)(?:数|个数|包数|次数|count)?")),
    ("share", re.compile(r"(?:丢包率|丢失率|loss ?(?:rate|ratio|%)|packetloss)")),
    ("got", re.compile(r"(?:接收|收到|成功|received|recv|answered|replies)(?:数|个数|包数|次数|count)?")),
    ("sent", re.compile(r"(?:合计|总计|共计|总数|样本|发送|发包|记录|共|count|total|sent|samples?|packets?|n)(?:数|数量|个数|包数|次数|count)?")),
)  # fmt: skip
_INLINE = re.compile(
    r"(?P<label>[^\d:：=]+?)\s*[:：=]?\s*(?P<number>\d[\d.,]*\s*%?)\s*(?:[条个次包]|packets?|rows?|records?|ms|毫秒)?\s*[.。]?"
)
_NEUTRAL = re.compile(
    r"[-=*#\s(（]*(?:end(?: of (?:file|log|data|record))?|eof|记录结束|结束|完|以下空白|ende|fin)[-=*\s)）.。]*|"
    r"[#\s]*(?:测试人员?|操作员|记录人|审核人?|校核|签字|日期|operator|tester|recorded by|signed|signature)\s*[:：].{0,24}",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[(\[（【]?\s*([^\W\d_]{1,4}|-|1|#|/)?\s*[)\]）】]?")


def packets_alone(table: Table) -> Table:
    """The table without rows that are no packets; UnreadableError where one of them says other figures than the packets have."""
    if "delay" not in table or not len(table):
        return table
    table = _alone(_under_units(table))
    for line in table.aside:
        said = _INLINE.fullmatch(cells.narrow(line))
        if said is not None:
            _agrees(table, len(table) - 1, said["label"], said["number"], table)
    return table


def _alone(table: Table) -> Table:
    head = tuple(each.strip() for each in table.head)
    again = {
        at for at, row in enumerate(table.cells) if row[0].strip() == head[0] and tuple(map(str.strip, row)) == head
    }
    if again:
        table = _only(table, [at for at in range(len(table)) if at not in again])
    times = table.column("time")
    end = len(table)
    while end > max(1, len(table) - _BELOW) and not _begins_packet(times[end - 1]):
        end -= 1
    if end == len(table):
        return table
    packets = _only(table, range(end))
    rest = [at for at in range(end, len(table)) if not _is_sum(table, at, packets)]
    return packets if not rest else _only(table, [*range(end), *rest])


def _begins_packet(text: str) -> bool:
    if ":" in text:
        return cells.instant_ns(text) is not None or _CLOCK.match(text) is not None
    return text[:1].isdigit() and cells.number(text) is not None


def _under_units(table: Table) -> Table:
    """With the units of a row under the head in the head."""
    first = [each.strip() for each in table.cells[0]]
    found = [_UNIT.fullmatch(each) for each in first]
    read = sorted(table.index.values())
    if len(table) < 2 or not any(first) or any(each is None for each in found) or cells.number(first[table.index["time"]]) is not None:  # fmt: skip
        return table
    units = [(each[1] or "") if each is not None else "" for each in found]
    head = list(table.head)
    for at in read:
        unit, own = units[at].strip("-1#/"), stated_unit(head[at])
        if unit and own and not _alike(stated_unit(f"x({unit})"), own):
            text = Text(
                f"表头写着单位 {own}，下一行写着 {unit}。",
                f"The head states the unit {own}, and the row under it {unit}.",
            )
            raise Row(table, 0).refuse(text, "write one unit in brackets behind the heading.")
        head[at] = head[at] if own or not unit else f"{head[at].strip()}({unit})"
    return _only(replace(table, head=tuple(head)), range(1, len(table)))


def _alike(one: str, other: str) -> bool:
    try:
        return one == other or unit_of(one) == unit_of(other)
    except SpecError:
        return False


def _only(table: Table, kept: Sequence[int]) -> Table:
    return replace(table, cells=tuple(table.cells[at] for at in kept), lines=tuple(table.lines[at] for at in kept))


def _is_sum(table: Table, at: int, packets: Table) -> bool:
    """Whether a row is a sum that agrees with the packets, or says nothing; UnreadableError where it disagrees."""
    row = [each.strip() for each in table.cells[at]]
    told = [each for each in row if each]
    if len(told) == 1 and _NEUTRAL.fullmatch(told[0]):
        return True
    label, number = (
        told[0],
        next((each for each in (row[table.index["delay"]], *told[1:]) if cells.number(each) is not None), ""),
    )
    inline = _INLINE.fullmatch(cells.narrow(label)) if len(told) == 1 else None
    if inline is not None:
        label, number = inline["label"], inline["number"]
    return _agrees(table, at, label, number, packets)


def _agrees(table: Table, at: int, label: str, number: str, packets: Table) -> bool:
    """Whether a figure is known and that of the packets; UnreadableError where it is another."""
    kind = next((kind for kind, form in _FIGURES if form.fullmatch(fold(label.strip("# ")))), None)
    stated = cells.number(number)
    if kind is None or stated is None:
        return False
    found = _figure(kind, packets, number)
    digits = len(number.strip("% ").partition(".")[2])
    room = max(Fraction(1, 10**digits) / (100 if "%" in number else 1), abs(found) * _ROUNDING)
    if abs(found - stated) > room:
        text = Text(
            f"“{label}”写着 {number}，逐包读到的是 {float(found):.6g}。",
            f"{label!r} says {number}, and the packets say {float(found):.6g}.",
        )
        raise Row(table, at).refuse(text, "keep every packet as a row, the lost ones too, or correct the row.")
    return True


def _figure(kind: str, packets: Table, number: str) -> Fraction:
    values = [value for each in packets.column("delay") if (value := cells.number(each)) is not None and value >= 0]
    sent, got = len(packets), len(values)
    counts = {"sent": Fraction(sent), "got": Fraction(got), "lost": Fraction(sent - got)}
    if kind in counts:
        return counts["lost"] / max(1, sent) if kind == "lost" and "%" in number else counts[kind]
    if kind == "share":
        share = counts["lost"] / max(1, sent)
        return share if "%" in number else share * 100
    if not values:
        return Fraction(0)
    return {"mean": sum(values, Fraction(0)) / got, "most": max(values), "least": min(values)}[kind]
