# SPDX-License-Identifier: Apache-2.0
"""Value + unit, held exactly: 0.05 % is 1/2000, not a float; "≥ 10 万条" is 100000.

Units are a fixed table (SI, information, power, TOPS, and the counting words of Chinese documents:
台套 台 个 家 条 …; a counting word per time is a rate: 次/日, packets/s). Every counting word counts, none converts
into a physical unit. A quantity compares only with one of the same dimension.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, total_ordering

from harness.errors import SpecError, StatisticsError

# A dimension, then its units with their factor to the base unit (1 where none is given).
_TABLE = """
ratio: 1 %=1/100 ％=1/100 ‰=1/1000 ppm=1/1000000
time: s min=60 h=3600 d=86400 秒 分钟=60 小时=3600 天=86400 日=86400 ms=1/1000 µs=1/1000000 μs=1/1000000 us=1/1000000
time: ns=1/1000000000 毫秒=1/1000 微秒=1/1000000 纳秒=1/1000000000
length: m cm=1/100 mm=1/1000 µm=1/1000000 μm=1/1000000 um=1/1000000 nm=1/1000000000 km=1000
length: 米 厘米=1/100 毫米=1/1000 公里=1000
speed: m/s km/h=5/18
rate: Hz kHz=1000 MHz=1000000 GHz=1000000000
power: W mW=1/1000 kW=1000 MW=1000000 GW=1000000000 瓦
energy: J mJ=1/1000 kJ=1000 MJ=1000000 GJ=1000000000 Wh=3600 kWh=3600000 MWh=3600000000 GWh=3600000000000 瓦时=3600
voltage: V mV=1/1000 µV=1/1000000 kV=1000
current: A mA=1/1000 µA=1/1000000
temperature: K
information: B kB=1000 MB=1000000 GB=1000000000 TB=1000000000000
information: KiB=1024 MiB=1048576 GiB=1073741824 TiB=1099511627776
bitrate: bit/s kbit/s=1000 Mbit/s=1000000 Gbit/s=1000000000
compute: OPS GOPS=1000000000 TOPS=1000000000000 POPS=1000000000000000
compute efficiency: GOPS/W=1000000000 TOPS/W=1000000000000
angle: °
count: 台套 台（套） 台 套 个 家 条 件 种 项 处 点位 人 名 户 次 座 辆 块 份 组 类 例 笔 张 路 站 只 颗 帧 包
count: node nodes packet packets record records item items session sessions epoch epochs frame frames token tokens
count: attempt attempts device devices request requests
"""


def _read_table() -> dict[str, tuple[str, Fraction]]:
    units = {}
    for line in _TABLE.strip().splitlines():
        dimension, _, words = line.partition(": ")
        for word in words.split():
            unit, _, factor = word.partition("=")
            units[unit] = (dimension, Fraction(factor or 1))
    return units


_UNITS = _read_table()
_CHINESE_MULTIPLES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_DIGITS = r"(?:[0-9]{1,3}(?:[ _,][0-9]{3})+(?![0-9])|[0-9]+)"
_NUMBER = rf"[+−-]?(?:[0-9]+/[0-9]+|{_DIGITS}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{{1,2}})?)"
_MULTIPLE = r"[十百千]?万?亿?"
_QUANTITY = re.compile(rf"\s*(?P<number>{_NUMBER})\s*(?P<multiple>{_MULTIPLE})\s*(?P<unit>[^\s0-9.,]\S*|1|1/\S+)?\s*\Z")
_LONGEST = 200  # characters of a quantity; with _LARGEST it keeps exact arithmetic cheap whatever a file says
_LARGEST = 10**30  # of numerator and denominator
_PLAIN_OPS = ("<=", ">=", "==", "<", ">")
_COMPARES = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt, "==": operator.eq}
_SIGNS = {"<=": "≤", ">=": "≥", "==": "="}
_OPS = {each: each for each in _PLAIN_OPS} | {
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
        return unit_of(self.unit)[0]

    @property
    def base(self) -> Fraction:
        """The value in the dimension's base unit (s, m, W, 1 …), exactly."""
        return self.value * unit_of(self.unit)[1]

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
        return bool(_COMPARES[self.op](exact, limit))

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

    @property
    def text(self) -> str:
        """As a report prints it: ``≤ 2 ms``."""
        return f"{_SIGNS.get(self.op, self.op)} {self.quantity}"

    def words(self, lang: str) -> str:
        """As a report prints it in ``lang``: ``≥ 50 台套``, ``≥ 50 sets``."""
        number, unit = grouped(decimal_text(self.quantity.value)), unit_word(self.quantity.unit, lang)
        return f"{_SIGNS.get(self.op, self.op)} {number} {unit}".rstrip()

    def __str__(self) -> str:
        """As a specification writes it: ``<= 2 ms``."""
        return f"{self.op} {self.quantity}"


def unit_of(unit: str) -> tuple[str, Fraction]:
    """Dimension and exact factor to the base unit; SpecError for an unknown unit."""
    found = _UNITS.get(unit) or _rate(unit)
    if found is None:
        msg = f"{_shortened(unit)} is not a known unit."
        raise SpecError(msg, cure=f"use one of: {_suggest(unit)}.")
    return found


def units_of(dimension: str) -> tuple[str, ...]:
    """The units of a dimension, rates of counted things apart; none where any rate may be meant."""
    return () if dimension == "rate" else tuple(unit for unit, (each, _) in _UNITS.items() if each == dimension)


def quantity_pattern(units: Iterable[str] = (), *, bare: bool = True) -> str:
    """Regular expression (ECMA 262 and Python alike) of a quantity in one of ``units``; in any unit when none is named.

    ``bare``: a number without a unit will do.
    """
    unit = rf"(?:{_alternatives(units) if units else _any_unit()}){'?' if bare else ''}"
    return rf"^\s*{_NUMBER}\s*{_MULTIPLE}\s*{unit}\s*$"


def limit_pattern() -> str:
    """Regular expression (ECMA 262 and Python alike) of a limit."""
    return rf"^\s*(?:{'|'.join(_OPS)})" + quantity_pattern().removeprefix("^")


def _rate(unit: str) -> tuple[str, Fraction] | None:
    """A counting word, or nothing, per time."""
    counted, slash, per = unit.partition("/")
    time = _UNITS.get(per, ("", Fraction(1)))
    if not slash or time[0] != "time" or (counted not in {"", "1"} and _UNITS.get(counted, ("",))[0] != "count"):
        return None
    return "rate", 1 / time[1]


def _any_unit() -> str:
    counted = [unit for unit, (dimension, _factor) in _UNITS.items() if dimension == "count"]
    times = [unit for unit, (dimension, _factor) in _UNITS.items() if dimension == "time"]
    return rf"{_alternatives(_UNITS)}|(?:{_alternatives(['1', *counted])})?/(?:{_alternatives(times)})"


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_UNGROUPED = 6
_CALLED = """
台套 sets, 台（套） sets, 台 units, 套 sets, 个 , 家 organisations, 条 records, 件 items, 种 kinds, 项 items, 处 places,
点位 points, 人 people, 名 people, 户 households, 次 times, 座 sites, 辆 vehicles, 块 pieces, 份 copies, 组 groups,
类 kinds, 例 cases, 笔 transactions, 张 sheets, 路 channels, 站 stations, 只 pieces, 颗 pieces, 帧 frames, 包 packets,
秒 s, 分钟 min, 小时 h, 天 d, 日 d, 毫秒 ms, 微秒 µs, 纳秒 ns, 米 m, 厘米 cm, 毫米 mm, 公里 km, 瓦 W, 瓦时 Wh,
元 yuan, 平方米 m²
"""
_IN_ENGLISH = {
    zh: en for zh, _, en in (pair.strip().partition(" ") for pair in _CALLED.replace("\n", " ").split(",")) if zh
}
_POWERS = {"十": "10", "百": "10²", "千": "10³", "万": "10⁴", "亿": "10⁸"}
_IN_CHINESE = {
    "node": "个节点", "nodes": "个节点", "packet": "包", "packets": "包", "record": "条", "records": "条",
    "item": "项", "items": "项", "session": "次会话", "sessions": "次会话", "epoch": "个历元", "epochs": "个历元",
    "frame": "帧", "frames": "帧", "token": "个词元", "tokens": "个词元", "attempt": "次尝试", "attempts": "次尝试",
    "device": "台设备", "devices": "台设备", "request": "次请求", "requests": "次请求",
}  # fmt: skip


@lru_cache(maxsize=512)
def unit_word(unit: str, lang: str) -> str:
    """The unit as ``lang`` writes it; the bare ratio has none."""
    if unit == "1":
        return ""
    counted, slash, per = unit.partition("/")
    return _called(counted, lang) + slash + _called(per, lang)


def _called(word: str, lang: str) -> str:
    """One part of a unit; in English a Chinese multiple in front of it is a power of ten."""
    if lang != "en":
        return _IN_CHINESE.get(word, word)
    power = _POWERS.get(word[:1]) if word not in _IN_ENGLISH else None
    return _IN_ENGLISH.get(word, word) if power is None else f"{power} {_called(word[1:], lang)}".rstrip()


def grouped(number: str) -> str:
    """A decimal as it is read: a whole part of seven digits or more in groups of three."""
    whole, dot, rest = number.partition(".")
    long = whole.lstrip("-").isdigit() and len(whole.lstrip("-")) > _UNGROUPED
    return (f"{int(whole):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if long else whole) + dot + rest


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
