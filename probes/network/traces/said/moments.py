# SPDX-License-Identifier: Apache-2.0
"""When the packets of a log's table left: seconds, moments, a clock beside a date or alone, a spreadsheet's serials. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from harness.kit.tables import Row, Table, cells, fold
from harness.kit.unreadable import UnreadableError
from harness.model import Text

_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?")
_DATES = re.compile(r"date|day|日期|测试日期|测量日期|年月日")
_ZONE = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\s*$")
_EPOCH = {13: Decimal(10**6), 16: Decimal(10**3), 19: Decimal(1)}
"""Digits of a count since 1970 that can be nothing else -> ns of one: ms, µs and ns of the years 2001 to 2286."""
_SERIAL, _MOST = (20_000, 80_000), Decimal("0.02")
"""Days since 1899 of the years 1954 to 2119; a packet every half an hour would be 0.02 of them apart."""
_BEFORE = re.compile(
    r"\[?(?P<day>\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?)\]?[\s:|,-]*|"
    r"\[?(?:(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} +\d{1,2} )?\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?(?: [A-Z]{2,5} \d{4})?\]?[\s:|,-]*"
)
"""What `ts` and shell loops write before each line of a program."""
_DAY_NS, _S_NS = 86_400 * 10**9, 10**9
_UNIX = {False: 25_569, True: 24_107}
"""1970-01-01 as a spreadsheet counts its days, from 1899 or from 1904."""


def moments(table: Table, per: Decimal, *, stated: bool) -> list[int | None]:
    """Ns since 1970 UTC of each row, None for what cannot be read. ``per``: ns of a number's unit; ``stated``: head or profile name it.

    UnreadableError where only some rows name a time zone, and for days of a spreadsheet that look like seconds.
    """
    texts = table.column("time")
    known = [each for each in texts if each]
    if known and all(map(_CLOCK.fullmatch, known)):
        return _by_clock(table, texts)
    dated = [each for each in known if ":" in each]
    zoned = sum(_ZONE.search(each) is not None for each in dated)
    if 0 < zoned < len(dated):
        at = next(at for at, each in enumerate(texts) if ":" in each and _ZONE.search(each) is None)
        text = Text("有的时刻写了时区，这一行没有。", "Some of the times name a time zone, and this one does not.")
        raise Row(table, at).refuse(text, "write every time with its zone, as 2026-11-21T08:00:00.100+08:00.")
    if not stated and known:
        digits = {len(each.partition(".")[0]) for each in known if each[:1].isdigit()}
        per = _EPOCH.get(digits.pop(), per) if len(digits) == 1 and all(each[:1] == "1" for each in known) else per
        if _are_serials(known):
            return _by_serial(table, texts)
    rounded = next((row for row in table if row.is_serial("time")), None) if table.workbook else None
    if rounded is not None:
        text = Text(
            "该时刻是电子表格内部的日期序号，精度不够。", "The time is a spreadsheet's own serial, which is rounded."
        )
        raise rounded.refuse(text, "write it as text, as 2026-11-21T08:00:00.100Z.")
    return [_moment(each, per) for each in texts]


def coarse(due: Sequence[int]) -> int:
    """Of times that most packets share with others their step in s, where it is longer than one; 0 where times tell packets apart."""
    distinct = sorted(set(due))
    if len(due) < _FEW or 2 * len(distinct) > len(due):
        return 0
    step = math.gcd(*(later - sooner for sooner, later in pairwise(distinct))) // _S_NS
    return step if step > 1 else 0


def undated(text: str) -> str:
    """What a program printed, without the date and time that something wrote before every line; a full one as `ping -D` writes it."""
    lines = text.splitlines()
    first = [line for line in lines[:_LOOKED] if line.strip()]
    if not first or not all(map(_BEFORE.match, first)):
        return text
    return "\n".join(map(_undated, lines))


def _undated(line: str) -> str:
    found = _BEFORE.match(line)
    if found is None:
        return line
    rest, at = line[found.end() :], cells.instant_ns(found["day"] or "")
    timed = at is not None and "=" in rest and "time" in rest
    return f"[{(at or 0) // _S_NS}.{(at or 0) % _S_NS:09d}] {rest}" if timed else rest


def _moment(text: str, per: Decimal) -> int | None:
    """Ns since 1970 UTC of a number in units of ``per`` ns or of a date and time (UTC where no zone is written)."""
    try:
        value = Decimal(text) * per
    except InvalidOperation:
        return cells.instant_ns(text)
    return int(value) if value.is_finite() and abs(value) < 1 << 62 else cells.instant_ns(text)


def _by_clock(table: Table, texts: Sequence[str]) -> list[int | None]:
    """Of a clock beside a column of dates; alone, from the midnight before the first row on, past any later midnight."""
    place = next((at for at, each in enumerate(table.head) if _DATES.fullmatch(fold(each))), None)
    days = [None if place is None else cells.day(row[place]) for row in table.cells]
    if place is not None and None in days:
        text = Text("没有日期。", "There is no date.")
        raise Row(table, days.index(None)).refuse(text, "write it as 2026-11-21.")
    found: list[int | None] = []
    passed, last = 0, 0
    for each, day in zip(texts, days, strict=True):
        clock = _CLOCK.fullmatch(each)
        if clock is None:
            found.append(None)
            continue
        hour, minute, second = (int(part) for part in clock.groups()[:3])
        ns = ((hour * 60 + minute) * 60 + second) * _S_NS + int((clock[4] or "").ljust(9, "0"))
        if day is None:
            passed += _DAY_NS if last - ns > _DAY_NS // 2 else 0
            last = ns
            found.append(passed + ns)
        else:
            found.append((day.toordinal() - _FIRST_DAY) * _DAY_NS + ns)
    return found


def _are_serials(texts: Sequence[str]) -> bool:
    """Whether numbers are days of a spreadsheet: in their range, with fractions, and far closer to each other than seconds would be."""
    values = [value for each in texts[:_LOOKED] if (value := cells.number(each)) is not None]
    if not values or len(values) < len(texts[:_LOOKED]) or not all(_SERIAL[0] <= each < _SERIAL[1] for each in values):
        return False
    gaps = sorted(abs(later - sooner) for sooner, later in pairwise(values))
    return bool(gaps) and gaps[len(gaps) // 2] < _MOST and any(each.denominator > 1 for each in values)


def _by_serial(table: Table, texts: Sequence[str]) -> list[int | None]:
    """Of a workbook's own days; UnreadableError in a text, where they may be seconds as well."""
    if not table.workbook:
        text = Text(
            "时刻像是电子表格的日期序号（天），表头却没有写单位。",
            "The times look like a spreadsheet's days, and the head names no unit.",
        )
        raise UnreadableError(text, cure="write it as text, as 2026-11-21T08:00:00.100Z.", where=table.name)
    first = _UNIX[table.from_1904]
    return [None if not each else int((Decimal(each) - first) * _DAY_NS) for each in texts]


_FIRST_DAY, _LOOKED, _FEW = 719_163, 200, 20
