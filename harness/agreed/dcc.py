# SPDX-License-Identifier: Apache-2.0
"""Digital calibration certificates (DCC, PTB schema 2 and 3, D-SI data) as far as a test needs them.

Read with defusedxml: no entities, no external references. What is not understood (another unit, a list whose lengths differ,
an uncertainty without coverage factor) gives no calibration line, never a better one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.account.calibration import Calibration
from harness.agreed.refusals import broken
from harness.errors import SpecError
from harness.kit.words import Catalogue
from harness.quantity import unit_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

WORDS = Catalogue("harness", "instruments")
LARGEST = 32 << 20
_DCC, _SI = "{https://ptb.de/dcc}", "{https://ptb.de/si}"
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:[.][0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")
_UNIT = {
    "one": "1", "percent": "%", "second": "s", "minute": "min", "hour": "h", "metre": "m", "watt": "W", "joule": "J",
    "hertz": "Hz", "ampere": "A", "volt": "V", "ohm": "Ω", "kelvin": "K", "byte": "B", "bit": "bit",
}  # fmt: skip
_PREFIX = {
    "pico": "p", "nano": "n", "micro": "µ", "milli": "m", "centi": "c", "kilo": "k", "mega": "M", "giga": "G",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dcc:
    """What a certificate says: empty or None where it does not."""

    number: str
    laboratories: tuple[str, ...]
    """Its laboratory, in each language that it is named in."""
    serials: tuple[str, ...]
    calibrated: date | None
    due: date | None
    lines: tuple[Calibration, ...]
    conformity: tuple[str, ...] = ()
    """What its statements say of the item against a specification, like pass or fail; results before an adjustment apart."""


def looks_like(content: bytes) -> bool:
    """Whether the file is XML that names the DCC schema."""
    text = content[:LARGEST].replace(b"\0", b"")  # UTF-16 as well; the name may stand behind a long comment
    return b"digitalCalibrationCertificate" in text and b"<" in text.lstrip()[:64]


def read_dcc(content: bytes, where: str) -> Dcc:
    """The certificate in ``content``; BrokenAgreementError for XML that is none or is hostile."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=True) if len(content) <= LARGEST else _none(where)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise broken(WORDS, "no-dcc", where) from None
    if root.tag != f"{_DCC}digitalCalibrationCertificate":
        raise broken(WORDS, "no-dcc", where)
    core = root.find(f"{_DCC}administrativeData/{_DCC}coreData")
    labs = root.findall(f"{_DCC}administrativeData/{_DCC}calibrationLaboratory/{_DCC}contact/{_DCC}name/{_DCC}content")
    items = root.findall(f"{_DCC}administrativeData/{_DCC}items/{_DCC}item")
    return Dcc(
        _text(None if core is None else core.find(f"{_DCC}uniqueIdentifier")),
        tuple(_text(each) for each in labs),
        tuple(_text(each) for one in items for each in one.iterfind(f".//{_DCC}identification/{_DCC}value")),
        _day(None if core is None else core.find(f"{_DCC}endPerformanceDate")),
        _due(root),
        tuple(_lines(root)),
        tuple(_conformity(root)),
    )


def _none(where: str) -> Element:
    raise broken(WORDS, "no-dcc", where)


def _text(element: Element | None) -> str:
    return "" if element is None or element.text is None else " ".join(element.text.split())


def _day(element: Element | None) -> date | None:
    try:
        return date.fromisoformat(_text(element)[:10])
    except ValueError:
        return None


def _due(root: Element) -> date | None:
    """The earliest day on which it is to be calibrated again, where a statement names one."""
    found = [
        day
        for each in root.iter(f"{_DCC}statement")
        if "basic_recalibration" in each.get("refType", "").split()
        for day in [_day(each.find(f"{_DCC}date"))]
        if day is not None
    ]
    return min(found, default=None)


def _conformity(root: Element) -> Iterator[str]:
    for place in (*root.iter(f"{_DCC}statement"), *root.iter(f"{_DCC}measurementResult")):
        if "basic_beforeAdjustment" in " ".join(each.get("refType", "") for each in place.iter()).split():
            continue
        for name in ("conformity", "conformityXMLList"):
            for each in place.iter(f"{_DCC}{name}"):
                yield from _text(each).split()


@dataclass(frozen=True, slots=True)
class _Column:
    unit: str
    values: tuple[Fraction, ...]
    expanded: tuple[Fraction, ...]
    k: tuple[Fraction, ...]


def _lines(root: Element) -> Iterator[Calibration]:
    """One line between each two neighbouring calibration points, with the worse of both ends."""
    for holder in (*root.iter(f"{_DCC}list"), *root.iter(f"{_DCC}data")):
        quantities = holder.findall(f"{_DCC}quantity")
        reference = _first(quantities, "basic_referenceValue")
        error = _first(quantities, "basic_measurementError")
        if reference is None or error is None or error.unit != reference.unit or not error.expanded:
            continue
        if len(reference.values) != len(error.values):
            continue
        points = sorted(zip(reference.values, error.values, error.expanded, error.k, strict=True))
        for (low, e1, u1, k1), (high, e2, u2, k2) in pairwise(points) if len(points) > 1 else [(points[0], points[0])]:
            worst, wide = max((e1, e2), key=abs), max((u1 / k1, u2 / k2))
            yield Calibration(reference.unit, low, high, worst, wide * 2, Fraction(2))


def _first(quantities: list[Element], kind: str) -> _Column | None:
    for each in quantities:
        if kind in each.get("refType", "").split():
            for real in (*each.iter(f"{_SI}realListXMLList"), *each.iter(f"{_SI}real")):
                column = _column(real)
                if column is not None:
                    return column
    return None


def _column(real: Element) -> _Column | None:
    """One list of values with its expanded uncertainties; None where a part of it is not understood."""
    listed = real.tag.endswith("realListXMLList")
    suffix = "XMLList" if listed else ""
    unit = _unit(_text(real.find(f"{_SI}unit{suffix}")))
    try:
        values = _numbers(_text(real.find(f"{_SI}value{suffix}")))
        expanded, k = _uncertainty(real, suffix, len(values))
    except (ValueError, ZeroDivisionError):
        return None
    return _Column(unit, values, expanded, k) if unit and values else None


def _uncertainty(real: Element, suffix: str, count: int) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    for value, factor in (
        (f"valueExpandedMU{suffix}", f"coverageFactor{suffix}"),
        (f"uncertainty{suffix}", f"coverageFactor{suffix}"),
    ):
        found = next(real.iter(f"{_SI}{value}"), None)
        k = next(real.iter(f"{_SI}{factor}"), None)
        if found is None or k is None:
            continue
        wide, by = _stretched(_numbers(_text(found)), count), _stretched(_numbers(_text(k)), count)
        if min(by) < 1 or min(wide) < 0:
            raise ValueError
        return wide, by
    return (), ()


def _stretched(values: tuple[Fraction, ...], count: int) -> tuple[Fraction, ...]:
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise ValueError
    return values


def _numbers(text: str) -> tuple[Fraction, ...]:
    if any(_NUMBER.fullmatch(each) is None for each in text.split()):
        raise ValueError
    return tuple(Fraction(each) for each in text.split())


def _unit(text: str) -> str:
    r"""``\kilo\watt`` as kW; empty for a unit that is not known here, and for lists with several units."""
    parts = re.fullmatch(r"(?:\\([a-z]+))?\\([a-z]+)", text.strip())
    if parts is None:
        return ""
    prefix, name = parts.groups()
    if name not in _UNIT or (prefix is not None and prefix not in _PREFIX):
        return ""
    unit = _PREFIX.get(prefix or "", "") + _UNIT[name]
    try:
        unit_of(unit)
    except SpecError:
        return ""
    return unit
