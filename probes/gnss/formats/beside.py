# SPDX-License-Identifier: Apache-2.0
"""Columns of a table of positions that nobody reads: what they may say against a position. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from harness.errors import SpecError
from harness.kit.tables import Table, cells
from harness.kit.tables.cells import instant_ns
from harness.kit.tables.columns import stated_unit
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import Quantity
from probes.gnss.formats.denials.rtklib import LEAST_RATIO

_AGAINST = (
    "float",
    "single",
    "autonomous",
    "dgps",
    "no fix",
    "nofix",
    "invalid",
    "simulat",
    "浮点",
    "浮动",
    "单点",
    "无效",
    "未定位",
    "差分",
)
"""Words for positions that are not fixed ones."""

_STATE = re.compile(
    r"status|state|valid|(?<![a-z])fix(?:ed|es)?(?![a-z])|solution|quality|(?<![a-z])(?:mode|flags?|type|excl\w*|used?|ok|amb\w*|rtk|q)(?![a-z])"
    r"|状态|解|有效|固定|剔除|是否|质量|模式|标记|标志|可用|采用"
)
"""Headings that may say of what kind a position is, or that it does not count."""
_SYSTEMS = re.compile(
    r"(?:(?:gps|glo|glonass|gal|galileo|qzss|sbas|navic|irnss|[grejs])[+/&,; ]*)*(?:bds|beidou|北斗|b)(?:[+/&,; ]*(?:gps|glo|glonass|gal|galileo|qzss|bds-?[23]?|[grej]))*|gnss|rtk"
)
"""Words that name systems with BeiDou among them, or the kind of receiver, and deny nothing."""
_NAMES = re.compile(
    r"name|point|site|station|receiver|device|serial|antenna|operator|project|crew|base|mount|session|date|time|zone|datum|frame|unit|code|tag|descr"
    r"|start|end|origin|原点|名|点|站|设备|仪器|编号|序列|天线|人员|项目|时|日期|基准|坐标系|单位|描述|(?<![a-z])(?:id|no|sn)(?![a-z])"
)
"""Headings of names and of times, whose words say nothing of a solution."""
_DEVIATION = re.compile(
    r"rms|(?<![a-z])(?:cep|drms|2drms|r95|r99)(?!\w)|(?<![a-z])[hp]?acc(?:uracy)?(?![a-z])|sigma|(?<![a-z])s\.?d\.?(?![a-z])|(?<![a-z])sd[ne](?![a-z])|std|精度|中误差|标准差"
)
_BOUNDS = (
    (re.compile(r"(?<![a-z])(?:ar[ _]?)?ratio(?![a-z])|比值"), "", (LEAST_RATIO, None)),
    (re.compile(r"(?<![a-z])[hpg]dop(?![a-z])"), "", (None, 20.0)),
    (
        re.compile(
            r"(?<![a-z])(?:diff\w*|corr\w*|rtk|rtcm)?[ _]?age(?![a-z])(?: of (?:diff\w*|corr\w*))?|(?:差分|改正\w{0,2})(?:龄期|延迟|时延|年龄)"
        ),
        "s",
        (None, 120.0),
    ),
    (
        re.compile(
            r"(?<![a-z])(?:n|num|no\.? of|used)?[ _]?(?:sat(?:ellite)?s?|svs?|ns)(?:[ _]used)?(?![a-z])|(?:使用|解算)?卫星(?:数|颗数|个数)"
        ),
        "",
        (4.0, None),
    ),
)
"""Of numbers beside a position: headings, unit, and the bounds (least, most) within which a fix is credible."""
_MANY = re.compile(
    r"samples?|(?<![a-z])n[ _]?(?:epochs?|obs)|(?:epochs?|observations?)[ _]?(?:used|count|number)|averag\w*(?:[ _]?(?:count|epochs?|time|number|n))?|历元数|观测次数|平均次数|采样(?:个|次|点)数|平滑(?:次|个)数"
)
"""Headings of how many measurements were put together in a row."""
_UNTIL = re.compile(r"averag\w*[ _](?:end|stop|until)|(?:平均|观测|采集)(?:结束|终止)(?:时间|时刻)?")
"""Headings of the moment at which a row that is an average ended."""
_OTHERWISE = re.compile(
    r"vert|elev|(?<![a-z])v_?(?:rms|acc)|sdu|(?<![a-z])u(?![a-z])|height|alt|clock|time|speed|vel|press|heading|tilt|angle|高程|垂直|钟|速度|航向|倾"
)
"""Of deviations: those of something else than the horizontal place."""


def nothing_beside(table: Table) -> None:
    """UnreadableError for a column that is not read and that may say that a position is no fixed one, by its heading or its words."""
    for place, heading in enumerate(table.head):
        if place in table.index.values():
            continue
        told = cells.narrow(heading).casefold()
        words = {cells.narrow(row[place]).casefold() for row in table.cells} - {"", "-", "--"}
        against = sorted(each for each in words if any(word in each for word in _AGAINST))
        _one_measurement(table, place, told)
        strange = sorted(
            each
            for each in words
            if cells.number(each) is None and instant_ns(each) is None and _SYSTEMS.fullmatch(each) is None
        )
        suspect = against or (strange if _NAMES.search(told) is None else [])
        states = _STATE.search(told) is not None and _DEVIATION.search(told) is None and not _is_number(told)
        if suspect or (words and states):
            said = next(iter(suspect or sorted(words)))
            text = Text(
                f"“{heading.strip()}”一列写着“{said}”，却没有读取：该位置可能不是固定解。",
                f"The column {heading.strip()!r}, which is not read, says {said!r}: the position may be no fixed one.",
            )
            raise UnreadableError(
                text, cure="name it as columns: {quality: its heading}, or take it out.", where=table.name
            )


def _is_number(told: str) -> bool:
    """Whether a heading is one whose numbers are looked at for themselves."""
    name = told.partition("(")[0].strip()
    return _MANY.fullmatch(name) is not None or any(pattern.fullmatch(name) for pattern, _, _ in _BOUNDS)


def _one_measurement(table: Table, place: int, told: str) -> None:
    """UnreadableError for a column by which a row was put together from several measurements: their number, or when they ended."""
    told = told.partition("(")[0].strip()
    counts, ends = _MANY.fullmatch(told) is not None, _UNTIL.fullmatch(told) is not None
    for row in table if counts or ends else ():
        said = table.cells[row.at][place].strip()
        count = cells.number(said)
        if (counts and count is not None and count > 1) or (ends and said and said != row["time"]):
            heading = table.head[place].strip()
            text = Text(
                f"“{heading}”一列写着“{said}”，说这一行由多次测量平均而成：不是逐历元的记录。",
                f"The column {heading!r} says {said!r}, so that several measurements were put together in this row: it is no record of each epoch.",
            )
            raise row.refuse(text, "export every epoch as the receiver gave it.")


def incredible(table: Table) -> Iterator[Callable[[Sequence[str]], bool]]:
    """For each column of a ratio, a dilution, an age of corrections or satellites that is not read: whether a row's goes with no fix."""
    for place, heading in enumerate(table.head):
        told = cells.narrow(heading).casefold().partition("(")[0].strip()
        if place in table.index.values():
            continue
        for pattern, unit, (least, most) in _BOUNDS:
            if pattern.fullmatch(told) is None:
                continue
            try:
                factor = float(Quantity(Fraction(1), stated_unit(heading) or unit).to(unit)) if unit else 1.0
            except SpecError:
                continue

            def beyond(
                row: Sequence[str],
                place: int = place,
                factor: float = factor,
                least: float | None = least,
                most: float | None = most,
            ) -> bool:
                value = cells.number(row[place].strip())
                if value is None:
                    return False
                return (least is not None and float(value) * factor < least) or (
                    most is not None and float(value) * factor > most
                )

            yield beyond


def deviating(table: Table, widest_m: float) -> Iterator[Callable[[Sequence[str]], bool]]:
    """For each column that states a horizontal deviation in a length: whether a row's is at least ``widest_m``."""
    for place, heading in enumerate(table.head):
        told = cells.narrow(heading).casefold()
        if place in table.index.values() or _DEVIATION.search(told) is None or _OTHERWISE.search(told) is not None:
            continue
        try:
            metres = float(Quantity(Fraction(1), stated_unit(heading) or "m").to("m"))
        except SpecError:
            continue

        def wide(row: Sequence[str], place: int = place, metres: float = metres) -> bool:
            value = cells.number(row[place].strip())
            return value is not None and float(value) * metres >= widest_m

        yield wide
