# SPDX-License-Identifier: Apache-2.0
"""Value + unit, held exactly: 0.05 % is 1/2000, not a float; "≥ 10 万条" is 100000.

Units are a fixed table (SI, information, power, TOPS, and the counting words of Chinese documents:
台套 台 个 家 条 …). A quantity compares only with one of the same dimension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import total_ordering

from harness.errors import SpecError

# unit -> (dimension, factor to the dimension's base unit)
_PREFIX = {"n": Fraction(1, 10**9), "µ": Fraction(1, 10**6), "u": Fraction(1, 10**6), "m": Fraction(1, 1000)}
_UNITS: dict[str, tuple[str, Fraction]] = {
    "1": ("ratio", Fraction(1)),
    "%": ("ratio", Fraction(1, 100)),
    "‰": ("ratio", Fraction(1, 1000)),
    "ppm": ("ratio", Fraction(1, 10**6)),
    "s": ("time", Fraction(1)),
    "min": ("time", Fraction(60)),
    "h": ("time", Fraction(3600)),
    "d": ("time", Fraction(86400)),
    "m": ("length", Fraction(1)),
    "cm": ("length", Fraction(1, 100)),
    "km": ("length", Fraction(1000)),
    "m/s": ("speed", Fraction(1)),
    "km/h": ("speed", Fraction(5, 18)),
    "Hz": ("rate", Fraction(1)),
    "kHz": ("rate", Fraction(1000)),
    "/s": ("rate", Fraction(1)),
    "1/s": ("rate", Fraction(1)),
    "/min": ("rate", Fraction(1, 60)),
    "/h": ("rate", Fraction(1, 3600)),
    "/d": ("rate", Fraction(1, 86400)),
    "W": ("power", Fraction(1)),
    "kW": ("power", Fraction(1000)),
    "MW": ("power", Fraction(10**6)),
    "J": ("energy", Fraction(1)),
    "Wh": ("energy", Fraction(3600)),
    "kWh": ("energy", Fraction(3600 * 1000)),
    "V": ("voltage", Fraction(1)),
    "A": ("current", Fraction(1)),
    "B": ("information", Fraction(1)),
    "kB": ("information", Fraction(1000)),
    "KiB": ("information", Fraction(1024)),
    "MB": ("information", Fraction(10**6)),
    "MiB": ("information", Fraction(1024**2)),
    "GB": ("information", Fraction(10**9)),
    "GiB": ("information", Fraction(1024**3)),
    "bit/s": ("bitrate", Fraction(1)),
    "kbit/s": ("bitrate", Fraction(1000)),
    "Mbit/s": ("bitrate", Fraction(10**6)),
    "Gbit/s": ("bitrate", Fraction(10**9)),
    "TOPS": ("compute", Fraction(10**12)),
    "GOPS": ("compute", Fraction(10**9)),
    "TOPS/W": ("compute efficiency", Fraction(10**12)),
    "token/s": ("token rate", Fraction(1)),
    "°": ("angle", Fraction(1)),
}
for _base in ("s", "m", "W", "J", "V", "A"):
    for _prefix, _factor in _PREFIX.items():
        _UNITS[_prefix + _base] = (_UNITS[_base][0], _UNITS[_base][1] * _factor)
# The counting words: every one of them counts, none of them converts into a physical unit.
_COUNTERS = [
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
    "frame",
    "frames",
    "attempt",
    "attempts",
    "device",
    "devices",
]
for _word in _COUNTERS:
    _UNITS[_word] = ("count", Fraction(1))
_CHINESE_MULTIPLES = {"万": 10**4, "亿": 10**8, "百": 100, "千": 1000}
_NUMBER = r"[+-]?(?:\d+(?:[ _,](?=\d{3}))?)*\d*(?:\.\d+)?(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"\s*(?P<number>{_NUMBER})\s*(?P<multiple>[百千万亿]*)\s*(?P<unit>\S*)\s*\Z")
_LIMIT = re.compile(r"\s*(?P<op><=|>=|==|<|>|≤|≥|=)\s*(?P<rest>.+)\Z", re.DOTALL)
_OPS = {"≤": "<=", "≥": ">=", "=": "=="}


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An exact value with the unit it was written in."""

    value: Fraction
    unit: str

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Read "2 ms", "0.05 %", "10 万条", "50"; SpecError names what is wrong and the cure."""
        match = _QUANTITY.match(text)
        if match is None or not match["number"]:
            msg = f"{text!r} is not a quantity."
            raise SpecError(msg, cure='write a number and a unit, like "2 ms" or "50 台套".')
        value = _number(match["number"], text)
        for word in match["multiple"]:
            value *= _CHINESE_MULTIPLES[word]
        unit = match["unit"] or "1"
        if unit not in _UNITS:
            msg = f"{unit!r} in {text!r} is not a known unit."
            raise SpecError(msg, cure=f"use one of: {_suggest(unit)}.")
        return cls(value, unit)

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
            msg = f"{self} is a {self.dimension}, {unit} is a {dimension}."
            raise SpecError(msg, cure=f"use a unit of {self.dimension}.")
        return self.base / factor

    def __eq__(self, other: object) -> bool:
        """Equal when dimension and exact value agree: 1000 ms == 1 s."""
        if not isinstance(other, Quantity):
            return NotImplemented
        return self.dimension == other.dimension and self.base == other.base

    def __lt__(self, other: Quantity) -> bool:
        """Exact comparison; SpecError when the dimensions differ."""
        return self.base < other.to(self.unit) * _UNITS[self.unit][1]

    def __hash__(self) -> int:
        """Agree with ``==``."""
        return hash((self.dimension, self.base))

    def __str__(self) -> str:
        """As people write it: ``2 ms``; a bare number has no unit."""
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
            msg = f"{text!r} is not a limit."
            raise SpecError(msg, cure='begin with <=, >=, <, > or ==, like "<= 2 ms".')
        return cls(_OPS.get(match["op"], match["op"]), Quantity.parse(match["rest"]))

    @property
    def upper(self) -> bool:
        """True for a limit from above (<=, <)."""
        return self.op in {"<=", "<"}

    @property
    def strict(self) -> bool:
        """True when the limit itself does not conform (<, >)."""
        return self.op in {"<", ">"}

    def conforms(self, value: Fraction | float) -> bool:
        """Whether ``value``, in this limit's own unit, conforms; exact for Fraction and int, and for float as it stands."""
        exact, limit = Fraction(value), self.quantity.value
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


def _number(text: str, whole: str) -> Fraction:
    try:
        return Fraction(Decimal(re.sub(r"[ _,]", "", text)))
    except InvalidOperation:
        msg = f"{text!r} in {whole!r} is not a number."
        raise SpecError(msg, cure='write it like "0.05" or "100 000".') from None


def _suggest(unit: str) -> str:
    from difflib import get_close_matches

    return ", ".join(get_close_matches(unit, _UNITS, n=4, cutoff=0.3) or ["ms", "%", "m", "W", "台套"])
