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
_NAMES = re.compile(
    r"name|point|site|station|receiver|device|serial|antenna|operator|project|crew|base|mount|session|date|time|zone|datum|frame|unit|code|tag|descr"
    r"|start|end|origin|原点|名|点|站|设备|仪器|编号|序列|天线|人员|项目|时|日期|基准|坐标系|单位|描述|(?<![a-z])(?:id|no|sn)(?![a-z])"
)
"""Headings of names and of times, whose words say nothing of a solution."""
_DEVIATION = re.compile(
    r"rms|(?<![a-z])[hp]?acc(?:uracy)?(?![a-z])|sigma|(?<![a-z])s\.?d\.?(?![a-z])|(?<![a-z])sd[ne](?![a-z])|std|精度|中误差|标准差"
)
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
        strange = sorted(each for each in words if cells.number(each) is None and instant_ns(each) is None)
        suspect = against or (strange if _NAMES.search(told) is None else [])
        if suspect or (words and _STATE.search(told) is not None and _DEVIATION.search(told) is None):
            said = next(iter(suspect or sorted(words)))
            text = Text(
                f"“{heading.strip()}”一列写着“{said}”，却没有读取：该位置可能不是固定解。",
                f"The column {heading.strip()!r}, which is not read, says {said!r}: the position may be no fixed one.",
            )
            raise UnreadableError(
                text, cure="name it as columns: {quality: its heading}, or take it out.", where=table.name
            )


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
