# SPDX-License-Identifier: Apache-2.0
"""What stands beside energies, powers and names of racks, and has to agree with them: other energies, a PUE of the table's own, spellings."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from harness.errors import SpecError
from harness.kit.tables import Row, Table
from harness.kit.tables.cells import number
from harness.kit.tables.columns import fold, stated_unit
from harness.kit.tallies import says_total
from harness.model import Text
from harness.quantity import Quantity, unit_of

_PUE = re.compile(r"(?:当?月|日|年)?度?(?:平均)?pue\w*|电能利用效率|电能使用效率|能源效率")
_FED = re.compile(
    r"发电|柴发|光伏|储能|风电|自发|旁路|备用电源|市电[一二三四两12ab]|[一二三四两]路|\b(?:generators?|solar|pv|battery|wind|bypass|feed|utility)\b",
    re.IGNORECASE,
)
"""What brings energy in, so that it belongs to the total."""
_LEAST = re.compile(r"最小|最低|谷值|\bmin", re.IGNORECASE)
_MOST = re.compile(r"最大|最高|峰值|尖峰|\b(?:max|peak)", re.IGNORECASE)
_MEAN = re.compile(
    r"平均值?|均值|最大值?|最小值?|峰值|mean|average|avg|max(?:imum)?|min(?:imum)?|peak|mittelwert|moyenne",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?:^|[_ ])(kwh|wh|kw|w|watts?)$", re.IGNORECASE)
_MYRIAD = "万萬"
_WRITTEN = {
    "w": "W", "watt": "W", "watts": "W", "瓦": "W", "kw": "kW", "千瓦": "kW", "mw": "MW", "兆瓦": "MW", "wh": "Wh", "瓦时": "Wh",
    "kwh": "kWh", "千瓦时": "kWh", "度": "kWh", "mwh": "MWh", "兆瓦时": "MWh",
}  # fmt: skip
"""Units as people write them; a data centre has no milliwatts, which only ``mW`` itself says."""
_ROUNDED = Fraction(1, 200)
_CURE = "correct the table, or leave out what is none of this data centre's."


def agree(table: Table, unit: str) -> None:
    """UnreadableError where another column of energy or power contradicts total and IT, or the table's own PUE does.

    What feeds the data centre belongs to the total; what is neither it nor IT is within their difference.
    """
    others = [(at, heading) for at, heading in enumerate(table.head) if at not in table.index.values()]
    kept = [each for each in others if (_dimension(each[1]) == unit_of(unit)[0])]
    ratios = [at for at, heading in others if _PUE.fullmatch(fold(heading))]
    fed = next((heading for at, heading in kept if _FED.search(heading) and any(_value(row, at) for row in table)), "")
    if fed:
        row = next(iter(table))
        told = Text(
            f"“{fed.strip()}”一列没有计入总量，而它也是数据中心的输入。",
            f"{fed.strip()} is not part of the total, and feeds the data centre as well.",
        )
        raise row.refuse(told, "add it to the total, and take the column out.")
    for row in table:
        total, it = row.quantity("total", unit), row.quantity("it", unit)
        if not total or not it or it > total:  # told elsewhere
            continue
        rest = sum((_of(row, at, heading, unit) for at, heading in kept if not _extreme(heading)), Fraction(0))
        if rest > (total - it) * (1 + _ROUNDED):
            told = Text(
                "其他电量（功率）之和大于总量与 IT 之差。", "the other columns add up to more than total and IT leave."
            )
            raise row.refuse(told, _CURE)
        for at in ratios:
            own = number(table.cells[row.at][at])
            if own is not None and abs(own - total / it) > max(_step(table.cells[row.at][at]), total / it * _ROUNDED):
                told = Text(
                    f"表中的 PUE 为 {float(own):g}，按本行电量为 {float(total / it):.4g}。",
                    f"its own PUE is {float(own):g}, its energies make {float(total / it):.4g}.",
                )
                raise row.refuse(told, _CURE)


def samples_agree(table: Table, unit: str) -> None:
    """UnreadableError where another column of power stands beside the one that is read and is neither part nor extreme of it."""
    own = table.index["power"]
    others = [
        (at, heading)
        for at, heading in enumerate(table.head)
        if at not in table.index.values() and _dimension(heading) == "power"
    ]
    if not others:
        return
    parts = [each for each in others if not _extreme(each[1])]
    for row in table:
        value = row.quantity("power", unit) if _value(row, own) is not None else None
        if value is None:
            continue
        found = [_of(row, at, heading, unit) for at, heading in parts]
        slack = abs(value) * _ROUNDED + Fraction(1, 10)
        within = all(
            (each >= value - slack if _MOST.search(heading) else each <= value + slack)
            for at, heading in others
            if _extreme(heading) and (each := _of(row, at, heading, unit)) >= 0 and _value(row, at) is not None
        )
        if not within or (
            found and abs(sum(found) - value) > slack and any(abs(each - value) > slack for each in found)
        ):
            names = "、".join(heading.strip() for _, heading in others)
            told = Text(
                f"“{names}”也是功率，且与“{table.head[own].strip()}”不符：功率是哪一列、还是各列之和，无从得知。",
                f"{names} are powers too and do not add up to {table.head[own].strip()}: which of them is the power, or whether all are, is not known.",
            )
            raise row.refuse(told, "give one column with the whole power of the plane.")


class Names:
    """Names of racks and hosts, each in one way of writing."""

    def __init__(self) -> None:
        """None yet."""
        self._known: dict[str, str] = {}
        self._right: set[str] = set()

    def check(self, row: Row, name: str) -> None:
        """UnreadableError for a total or a mean among the names, and for a name that stands there in another writing too."""
        if name in self._right:  # a long record has few names
            return
        if says_total(name) or _MEAN.fullmatch(name):
            told = Text(
                f"“{name}”是合计或统计行，不是机架或主机。", f"{name} is a total or a figure, no rack and no host."
            )
            raise row.refuse(told, "take such rows out.")
        first = self._known.setdefault(_plain(name), name)
        if first != name:
            told = Text(
                f"“{name}”与“{first}”是同一名称的两种写法。", f"{name} and {first} are one name in two ways of writing."
            )
            raise row.refuse(told, "write each rack or host in one way.")
        self._right.add(name)


def _plain(name: str) -> str:
    """A name without case, width, blanks, leading zeros, and marks between a letter and a digit: A-01 is a1, 1-11 stays."""
    folded = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    folded = re.sub(r"(?<=[^\W\d_])[-_./#]+(?=\d)|(?<=\d)[-_./#]+(?=[^\W\d_])", "", folded)
    return re.sub(r"(?<!\d)0+(?=\d)", "", folded)


def _extreme(heading: str) -> bool:
    return bool(_LEAST.search(heading) or _MOST.search(heading))


def _unit(heading: str) -> Quantity | None:
    """One of the unit of power or energy that a heading states, in whatever writing; None where it states none."""
    stated = stated_unit(heading) or next(iter(_ENDING.findall(heading.strip())), "")
    many, plain = (10_000, stated[1:]) if stated[:1] in _MYRIAD and stated else (1, stated)
    unit = plain if plain == "mW" else _WRITTEN.get(plain.casefold(), plain)
    try:
        return Quantity(Fraction(many), unit) if unit_of(unit)[0] in {"power", "energy"} else None
    except SpecError:
        return None


def _dimension(heading: str) -> str:
    """``power`` or ``energy`` where a heading states such a unit; else empty."""
    found = _unit(heading)
    return "" if found is None else found.dimension


def _of(row: Row, at: int, heading: str, unit: str) -> Fraction:
    """A cell in ``unit`` by its heading, which states one; 0 where it holds no number."""
    value, one = _value(row, at), _unit(heading)
    return Fraction(0) if value is None or one is None else value * one.to(unit)


def _value(row: Row, at: int) -> Fraction | None:
    return number(row.table.cells[row.at][at])


def _step(text: str) -> Fraction:
    return Fraction(1, 10 ** len(text.partition(".")[2].rstrip()))
