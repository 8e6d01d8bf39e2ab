# SPDX-License-Identifier: Apache-2.0
"""What the text of one cell means: an exact number, a count, a day, an instant. None is never zero: nothing was understood."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

from harness.quantity import Quantity

_LONGEST = 60  # characters of a number; keeps exact arithmetic cheap whatever a file says
_NUMBER = re.compile(
    r"(?P<number>[+-]?(?:(?:\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?)\s*(?P<per>[%‰]?)",
    re.ASCII,
)
_POINTED = re.compile(r"[+]?[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_SECONDS = re.compile(r"(\d{1,9}|[1-3]\d{9})(?:\.(\d{0,9}))?", re.ASCII)
_PER = {"": 1, "%": 100, "‰": 1000}
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_SEPARATORS = ".-/年月"
_AROUND = re.compile(r"\s*([年月])\s*|\s+(?=[日号])")
_CHINESE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十廿]{1,4})[日号]"
)
_DIGITS = {each: value for value, each in enumerate("〇一二三四五六七八九")} | {"○": 0, "零": 0}
_MONTHS = {
    name: at
    for at, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_ENGLISH = (
    re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ -](?P<month>[a-z]{3,9})\.?,?[ -](?P<year>\d{4})"),
    re.compile(r"(?P<month>[a-z]{3,9})\.?[ -](?P<day>\d{1,2})(?:st|nd|rd|th)?,?[ -](?P<year>\d{4})"),
)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_EARLIEST = 1900
_INSTANT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T _]\s*(\d{1,2})[:.时](\d{2})(?:[:.分](\d{2})(?:\.(\d{1,9}))?秒?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_ZONE = r"(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?"
_CLOCK = r"(?P<half>[ap]m|上午|下午)?\s*(?P<hour>\d{1,2})[:时](?P<minute>\d{1,2})[:分](?P<second>\d{1,2})(?:[.,](?P<part>\d{1,9}))?秒?\s*(?P<after>[ap]\.?m\.?)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_OTHER_INSTANTS = (
    re.compile(rf"{_WEEKDAY}(?P<day>(?!\d{{5}}\.)\S.*?[-/.年 ].*?)[T _,]\s*{_CLOCK}\s*{_ZONE}", re.IGNORECASE),
    re.compile(
        rf"{_WEEKDAY}(?P<month>[a-z]{{3}})\s+(?P<date>\d{{1,2}})\s+{_CLOCK}\s*{_ZONE}\s*(?P<year>\d{{4}})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<day>(?:19|20)\d{{6}})[T _-]?(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})(?:[.,](?P<part>\d{{1,9}}))?{_ZONE}"
    ),
)
"""8:5:3 PM, Fri Nov 21 08:00:00 2025, 21.11.2025 08:00:00, 20251121T080000Z: a day that can be read in one way, and a clock."""


def narrow(text: str) -> str:
    """The text without blanks at its ends and with full-width forms as ASCII; other characters, as ², stay what they are."""
    return text.translate(_NARROW).strip()


def number(text: str) -> Fraction | None:
    """The exact number: ``1,234.5``, ``85 %`` (17/20), ``１２``, ``9.1e17``; None for a blank and for whatever is no number."""
    plain = narrow(text).replace("−", "-")
    match = _NUMBER.fullmatch(plain) if len(plain) <= _LONGEST else None
    if match is None:
        return None
    return Fraction(re.sub("[, ]", "", match["number"])) / _PER[match["per"]]


def canonical(text: str) -> str:
    """A cell in one form, so that rows written twice are seen: 0.50 as 0.5, 20,000 as 20000, full-width letters as others."""
    text = text.strip()
    if not text.isascii():
        text = "".join(unicodedata.normalize("NFKC", text).split())
    if "." in text and text.replace(".", "", 1).lstrip("+-").isdigit():
        text = text.rstrip("0").rstrip(".")
    elif "," in text and number(text) is not None:
        text = text.replace(",", "")
    return text.removeprefix("+")


def plain_number(text: str) -> float | None:
    """A number in plain ASCII digits, as programs write it: the float nearest to :func:`number`; None for any other text."""
    return float(text) if len(text) <= _LONGEST and _PLAIN.fullmatch(text) else None


def plain_seconds_ns(text: str) -> int | None:
    """Seconds since 1970 in plain ASCII digits, at most nine decimals, as exact ns; None for any other text."""
    match = _SECONDS.fullmatch(text)
    return None if match is None else int(match[1]) * 10**9 + int((match[2] or "").ljust(9, "0"))


def count(text: str) -> int | None:
    """A whole number from 0 on; None for a blank, for whatever is none, and for 1.000, which may be a thousand."""
    found = None if _POINTED.fullmatch(narrow(text)) else number(text)
    return int(found) if found is not None and found >= 0 and found.denominator == 1 else None


def day(text: str, *, from_1904: bool = False) -> date | None:
    """The date in a cell: 2023-09-04, 2023/9/4, 2023.9.4, 2023年9月4日, 二〇二三年九月四日, 20230904, 4 Sep 2023, or a serial; else None.

    Serials count days from 1899-12-30, or from 1904-01-01 with ``from_1904`` (ECMA-376 18.17.4.1). With the year last, as
    23/9/2023, only a date that can be read in one way is one: 4/9/2023 is none.
    """
    plain = _AROUND.sub(lambda found: found[1] or "", narrow(text))
    try:
        found = _worded(plain) or _year_last(plain) or _numeric(plain, from_1904)
    except (ValueError, OverflowError):  # no such day, in no calendar
        return None
    return found if found is not None and found.year >= _EARLIEST else None


def _numeric(plain: str, from_1904: bool) -> date | None:
    clean = plain.partition(" ")[0].partition("T")[0].removesuffix("日").removesuffix("号")
    for separator in _SEPARATORS:
        clean = clean.replace(separator, "-")
    parts = clean.split("-")
    if len(parts) == 3 and all(part.isdecimal() for part in parts):
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    return _compact(clean.partition("-")[0] if _is_serial(clean) else clean, from_1904)


def _worded(plain: str) -> date | None:
    """A date with Chinese numerals or with the English name of a month."""
    chinese = _CHINESE.fullmatch(plain)
    if chinese is not None:
        year = int("".join(str(_DIGITS[each]) for each in chinese[1]))
        return date(year, _tens(chinese[2]), _tens(chinese[3]))
    for form in _ENGLISH:
        english = form.fullmatch(plain.lower())
        if english is not None and english["month"][:3] in _MONTHS:
            return date(int(english["year"]), _MONTHS[english["month"][:3]], int(english["day"]))
    return None


def _tens(numeral: str) -> int:
    """1 to 39 as 一, 十一, 二十, 廿九, 三十一."""
    tens, ten, ones = numeral.replace("廿", "二十").rpartition("十")
    return (_DIGITS[tens] if tens else 1) * 10 * bool(ten) + (_DIGITS[ones] if ones else 0)


def _year_last(plain: str) -> date | None:
    found = _YEAR_LAST.fullmatch(plain)
    if found is None:
        return None
    first, second, year = (int(each) for each in found.groups())
    if first <= 12 and second <= 12 and first != second:
        return None
    return date(year, min(first, second), max(first, second))


def instant_ns(text: str, unit: str = "s") -> int | None:
    """Ns since 1970 UTC of a number in ``unit`` or of a date with a time (UTC where no zone is written); else None."""
    plain = narrow(text)
    value = number(plain)
    if value is not None:
        ns = int(Quantity(value, unit).to("ns"))
        return ns if abs(ns) < 1 << 62 else _other_instant(plain)
    match = _INSTANT.fullmatch(plain)
    if match is None:
        return _other_instant(plain)
    try:
        year, month, date_, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        whole = datetime(year, month, date_, hour, minute, second, tzinfo=_zone(match["zone"]))
    except ValueError:
        return None
    return (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * 10**9 + int(
        (match[7] or "").ljust(9, "0")
    )


def _other_instant(plain: str) -> int | None:
    """As :func:`instant_ns`, of the other ways in which programs and spreadsheets write a day with a time."""
    found = next(filter(None, (form.fullmatch(plain) for form in _OTHER_INSTANTS)), None)
    if found is None or len(plain) > _LONGEST:
        return None
    told = found.groupdict()
    date_ = day(told.get("day") or f"{told['date']} {told['month']} {told['year']}")
    hour = int(told["hour"])
    half = (told.get("half") or told.get("after") or "").casefold().replace(".", "")
    if date_ is None or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + 12 * (half in {"pm", "下午"})
    try:
        whole = datetime(
            date_.year,
            date_.month,
            date_.day,
            hour,
            int(told["minute"]),
            int(told["second"]),
            tzinfo=_zone(told["zone"]),
        )
    except ValueError:
        return None
    return (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * 10**9 + int(
        (told["part"] or "").ljust(9, "0")
    )


def _zone(text: str | None) -> timezone:
    clean = (text or "").upper().removeprefix("UTC").removeprefix("GMT")
    if clean in {"", "Z"}:
        return UTC
    sign, digits = -1 if clean[0] == "-" else 1, clean[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))


def _is_serial(text: str) -> bool:
    """A number such as 45173-5 that was 45173.5 before the dots were folded."""
    whole, _, fraction = text.partition("-")
    return len(whole) == 5 and whole.isdecimal() and fraction.isdecimal()


def _compact(text: str, from_1904: bool) -> date | None:
    if not text.isdecimal():
        return None
    if len(text) == 8:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if len(text) == 5:
        epoch = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
        return epoch + timedelta(days=int(text))
    return None
