# SPDX-License-Identifier: Apache-2.0
"""Value + unit, held exactly: 0.05 % is 1/2000, not a float; "≥ 10 万条" is 100000.

Units are a fixed table (SI, information, power, TOPS, and the counting words of Chinese documents:
台套 台 个 家 条 …). A quantity compares only with one of the same dimension.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering

from harness.errors import SpecError, StatisticsError

# unit -> (dimension, factor to the dimension's base unit)
_UNITS: dict[str, tuple[str, Fraction]] = {
    "1": ("ratio", Fraction(1)),
    "%": ("ratio", Fraction(1, 100)),
    "％": ("ratio", Fraction(1, 100)),
    "‰": ("ratio", Fraction(1, 1000)),
    "ppm": ("ratio", Fraction(1, 10**6)),
    "m/s": ("speed", Fraction(1)),
    "km/h": ("speed", Fraction(5, 18)),
    "bit/s": ("bitrate", Fraction(1)),
    "kbit/s": ("bitrate", Fraction(1000)),
    "Mbit/s": ("bitrate", Fraction(10**6)),
    "Gbit/s": ("bitrate", Fraction(10**9)),
    "TOPS": ("compute", Fraction(10**12)),
    "GOPS": ("compute", Fraction(10**9)),
    "TOPS/W": ("compute efficiency", Fraction(10**12)),
    "GOPS/W": ("compute efficiency", Fraction(10**9)),
    "token/s": ("token rate", Fraction(1)),
    "°": ("angle", Fraction(1)),
}
# dimension -> {unit: factor}
_PLAIN: dict[str, dict[str, Fraction | int]] = {
    "time": {"s": 1, "min": 60, "h": 3600, "d": 86400, "秒": 1, "分钟": 60, "小时": 3600, "天": 86400, "日": 86400},
    "length": {"m": 1, "米": 1, "cm": Fraction(1, 100), "厘米": Fraction(1, 100), "km": 1000, "公里": 1000},
    "rate": {"Hz": 1, "kHz": 1000, "MHz": 10**6, "GHz": 10**9},
    "power": {"W": 1, "kW": 1000, "MW": 10**6, "GW": 10**9, "瓦": 1},
    "energy": {
        "J": 1,
        "kJ": 1000,
        "MJ": 10**6,
        "GJ": 10**9,
        "Wh": 3600,
        "kWh": 3600 * 10**3,
        "MWh": 3600 * 10**6,
        "GWh": 3600 * 10**9,
        "瓦时": 3600,
    },
    "voltage": {"V": 1, "kV": 1000, "伏": 1},
    "current": {"A": 1, "安": 1},
    "information": {
        "B": 1,
        "kB": 1000,
        "MB": 10**6,
        "GB": 10**9,
        "TB": 10**12,
        "KiB": 2**10,
        "MiB": 2**20,
        "GiB": 2**30,
        "TiB": 2**40,
    },
}
_SMALL = {"m": 10**3, "µ": 10**6, "μ": 10**6, "u": 10**6, "n": 10**9, "毫": 10**3, "微": 10**6, "纳": 10**9}
_SCALED = {
    "s": "time",
    "m": "length",
    "W": "power",
    "J": "energy",
    "V": "voltage",
    "A": "current",
    "秒": "time",
    "米": "length",
}
# The counting words: every one of them counts, none of them converts into a physical unit.
_COUNTERS = (
    *(
        "台套",
        "台",
        "套",
        "个",
        "家",
        "条",
        "件",
        "种",
        "项",
        "处",
        "点位",
        "人",
        "次",
        "座",
        "辆",
        "块",
        "份",
        "组",
        "帧",
        "包",
    ),
    *(
        "node",
        "nodes",
        "packet",
        "packets",
        "record",
        "records",
        "item",
        "items",
        "session",
        "sessions",
        "epoch",
        "epochs",
    ),
    *("frame", "frames", "attempt", "attempts", "device", "devices"),
)
for _dimension, _factors in _PLAIN.items():
    _UNITS.update({_unit: (_dimension, Fraction(_factor)) for _unit, _factor in _factors.items()})
for _unit, _dimension in _SCALED.items():
    _marks = ("毫", "微", "纳") if _unit in "秒米" else ("m", "µ", "μ", "u", "n")
    _UNITS.update({_mark + _unit: (_dimension, Fraction(1, _SMALL[_mark])) for _mark in _marks})
for _word in ("", "1", *_COUNTERS):
    for _unit in ("s", "min", "h", "d", "秒", "分钟", "小时", "天", "日"):
        _UNITS[f"{_word}/{_unit}"] = ("rate", 1 / _UNITS[_unit][1])
_UNITS.update(dict.fromkeys(_COUNTERS, ("count", Fraction(1))))
_CHINESE_MULTIPLES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_DIGITS = r"(?:[0-9]{1,3}(?:[ _,][0-9]{3})+(?![0-9])|[0-9]+)"
_NUMBER = rf"[+−-]?(?:{_DIGITS}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{{1,2}})?|[0-9]+/[0-9]+)"
_MULTIPLE = r"[十百千]?万?亿?"
_QUANTITY = re.compile(rf"\s*(?P<number>{_NUMBER})\s*(?P<multiple>{_MULTIPLE})\s*(?P<unit>[^\s0-9.,]\S*|1|1/\S+)?\s*\Z")
_LONGEST = 200  # characters of a quantity; with _LARGEST it keeps exact arithmetic cheap whatever a file says
_LARGEST = 10**30  # of numerator and denominator
_OPS = {
    "<=": "<=",
    ">=": ">=",
    "==": "==",
    "<": "<",
    ">": ">",
    "=": "==",
    "≤": "<=",
    "≥": ">=",
    "≦": "<=",
    "≧": ">=",
    "＜": "<",
    "＞": ">",
}
_LIMIT = re.compile(rf"\s*(?P<op>{'|'.join(_OPS)})\s*(?P<rest>[^<>=≤≥≦≧＜＞].*)\Z", re.DOTALL)


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An exact value with the unit it was written in; SpecError when nobody knows the unit."""

    value: Fraction
    unit: str

    def __post_init__(self) -> None:
        """Refuse an unknown unit here, where it comes from."""
        unit_of(self.unit)

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Read "2 ms", "0.05 %", "10 万条", "1/3 s", "50"; SpecError names what is wrong and the cure."""
        match = _QUANTITY.match(text) if len(text) <= _LONGEST else None
        if match is None:
            msg = f"{_shortened(text)} is not a quantity."
            raise SpecError(msg, cure='write a number and a unit, like "2 ms" or "50 台套".')
        value = _number(match["number"])
        for word in match["multiple"]:
            value *= _CHINESE_MULTIPLES[word]
        if max(abs(value.numerator), value.denominator) > _LARGEST:
            msg = f"{_shortened(text)} is too large or too fine."
            raise SpecError(msg, cure="write a number between 1e-30 and 1e30, in a fitting unit.")
        return cls(value, match["unit"] or "1")

    @property
    def dimension(self) -> str:
        """The dimension's name: time, length, ratio, count and so on."""
        return _UNITS[self.unit][0]

    @property
    def base(self) -> Fraction:
        """The value in the dimension's base unit (s, m, W, 1 …), exactly."""
        return self.value * _UNITS[self.unit][1]

    def to(self, unit: str) -> Fraction:
        """The value in ``unit``, exactly; SpecError when the dimensions differ."""
        dimension, factor = unit_of(unit)
        if dimension != self.dimension:
            msg = f"{self} is of dimension {self.dimension}, {unit} is of dimension {dimension}."
            raise SpecError(msg, cure=f"write both in units of {self.dimension}.")
        return self.base / factor

    def __eq__(self, other: object) -> bool:
        """Equal when dimension and exact value agree: 1000 ms == 1 s."""
        if not isinstance(other, Quantity):
            return NotImplemented
        return self.dimension == other.dimension and self.base == other.base

    def __lt__(self, other: Quantity) -> bool:
        """Exact comparison; SpecError when the dimensions differ."""
        if not isinstance(other, Quantity):
            return NotImplemented
        return self.value < other.to(self.unit)

    def __hash__(self) -> int:
        """Agree with ``==``."""
        return hash((self.dimension, self.base))

    def __str__(self) -> str:
        """As people write it: ``2 ms``; a bare number has no unit. ``parse`` gives the same quantity back."""
        return decimal_text(self.value) if self.unit == "1" else f"{decimal_text(self.value)} {self.unit}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A tolerance limit: an operator and an exact quantity (JCGM 106 3.3.4). Equality conforms except for < and >."""

    op: str
    quantity: Quantity

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read "<= 2 ms", "≥ 85 %", "> 80 %"; SpecError names what is wrong and the cure."""
        match = _LIMIT.match(text)
        if match is None:
            msg = f"{_shortened(text)} is not a limit."
            raise SpecError(msg, cure='begin with <=, >=, <, > or ==, like "<= 2 ms".')
        return cls(_OPS[match["op"]], Quantity.parse(match["rest"]))

    @property
    def upper(self) -> bool:
        """True for a limit from above (<=, <)."""
        return self.op in {"<=", "<"}

    @property
    def strict(self) -> bool:
        """True when the limit itself does not conform (<, >)."""
        return self.op in {"<", ">"}

    def conforms(self, value: Fraction | float) -> bool:
        """Whether ``value``, in this limit's own unit, conforms. Exact for int, Fraction and float (infinities too).

        StatisticsError for NaN: it neither conforms nor fails to.
        """
        if value != value:  # noqa: PLR0124 - true for NaN only
            raise StatisticsError("NaN has no place relative to a limit.", cure="give a number.")
        exact = value if isinstance(value, (float, Fraction)) else Fraction(int(value))
        limit = self.quantity.value
        return {
            "<=": exact <= limit,
            "<": exact < limit,
            ">=": exact >= limit,
            ">": exact > limit,
            "==": exact == limit,
        }[self.op]

    def tightens(self, other: Limit) -> bool:
        """Whether everything that conforms to this limit conforms to ``other`` (same direction, not beyond it)."""
        if self.quantity.dimension != other.quantity.dimension:
            return False
        if other.op == "==" or self.op == "==":
            return self.op == "==" and other.conforms(self.quantity.to(other.quantity.unit))
        if self.upper != other.upper:
            return False
        if self.quantity == other.quantity:
            return self.strict or not other.strict
        return (self.quantity < other.quantity) == self.upper

    def __str__(self) -> str:
        """As people write it: ``<= 2 ms``."""
        return f"{self.op} {self.quantity}"


def unit_of(unit: str) -> tuple[str, Fraction]:
    """Dimension and exact factor to the base unit; SpecError for an unknown unit."""
    try:
        return _UNITS[unit]
    except KeyError:
        msg = f"{unit!r} is not a known unit."
        raise SpecError(msg, cure=f"use one of: {_suggest(unit)}.") from None


def quantity_pattern(units: Iterable[str] = ()) -> str:
    """Regular expression (ECMA 262 and Python alike) of a quantity in one of ``units``; all units when none is named."""
    words = sorted(units or _UNITS, key=len, reverse=True)
    chosen = "|".join(re.escape(word) for word in words)
    return rf"^\s*{_NUMBER}\s*{_MULTIPLE}\s*(?:{chosen})?\s*$"


def limit_pattern() -> str:
    """Regular expression (ECMA 262 and Python alike) of a limit."""
    return quantity_pattern().replace(r"^\s*", rf"^\s*(?:{'|'.join(_OPS)})\s*", 1)


def decimal_text(value: Fraction) -> str:
    """An exact decimal where there is one ("0.05"), else the fraction ("1/3")."""
    numerator, denominator = value.numerator, value.denominator
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    if denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if numerator < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _number(text: str) -> Fraction:
    plain = re.sub(r"[ _,]", "", text).replace("−", "-")
    try:
        return Fraction(plain)
    except ZeroDivisionError:
        msg = f"{text!r} divides by zero."
        raise SpecError(msg, cure="write a number other than 0 below the line.") from None


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")


def _suggest(unit: str) -> str:
    from difflib import get_close_matches

    return ", ".join(get_close_matches(unit, _UNITS, n=4, cutoff=0.3) or ["ms", "%", "m", "W", "台套"])
