# SPDX-License-Identifier: Apache-2.0
"""Lists found by name (rejected rows, duplicates, silent nodes) as tables; their heads travel with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from harness.account.entries import TextEntry
from harness.documents import ColumnEntry, ListingEntry
from harness.quantity import unit_word
from reports.numbers import digits, quantity
from reports.words import words

_GROUPED = 10**6
"""Numbers from seven digits on are read in groups of three; what identifies something is text and stays as it is."""
_CHINA = timezone(timedelta(hours=8))

PAIRS = ["name", "value"]
"""Columns of single values by name, which nobody counts (harness.kit.listings.facts)."""
MOST = 200
"""Rows of one list that a report prints; results.json has them all."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its name, the heads of its columns, the cells, and how many rows were left out; ``count`` is empty for pairs."""

    name: str
    title: str
    count: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int


def listing(entry: ListingEntry, lang: str) -> Listing:
    """One list in ``lang``; columns that are empty in every row are left out, and nanoseconds are told as times."""
    told = [place for place in range(len(entry.columns)) if any(_telling(row[place]) for row in entry.rows)]
    pairs = [column.key for column in entry.columns] == PAIRS
    clocked = [each.unit == _NS or _counts_ns(each.title.get(lang)) for each in entry.columns]

    def cells(row: Sequence[Any]) -> tuple[str, ...]:
        texts = [moment(row[at], lang) if clocked[at] else text_of(row[at], lang) for at in told]
        if pairs and len(told) > 1 and _counts_ns(texts[0]):
            texts = [_plain_title(texts[0]), *(moment(row[at], lang) for at in told[1:])]
        return tuple(texts)

    return Listing(
        name=entry.key,
        title=entry.title.get(lang),
        count="" if pairs else str(len(entry.rows)),
        columns=tuple(_head(entry.columns[place], lang, clocked=clocked[place]) for place in told),
        rows=tuple(cells(row) for row in entry.rows[:MOST]),
        more=max(0, len(entry.rows) - MOST),
    )


_NS = "ns"
_SUFFIX = re.compile(r"\s*[（(]ns[）)]$")
_EPOCH_NS = 10**17
"""Nanoseconds beyond this many are a moment since 1970 and no duration: the year 1973, or three years."""
_UNITS = ((10**9, "s"), (10**6, "ms"), (10**3, "µs"), (1, _NS))


def _counts_ns(title: str) -> bool:
    return _SUFFIX.search(title) is not None


def _plain_title(title: str) -> str:
    return _SUFFIX.sub("", title)


def moment(value: Any, lang: str) -> str:
    """Nanoseconds as people say them: a moment of China Standard Time, or a duration in the unit that suits it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text_of(value, lang)
    if abs(value) >= _EPOCH_NS:
        seconds, rest = divmod(int(value), 10**9)
        told = datetime.fromtimestamp(seconds, _CHINA).strftime("%Y-%m-%d %H:%M:%S")
        return f"{told}.{rest // 1000:06d}"
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(value) >= size), _UNITS[-1])
    return quantity(value / size, unit, unit, lang)


def _head(column: ColumnEntry, lang: str, *, clocked: bool = False) -> str:
    """The title with the unit of the numbers below it, where it does not say it already; times say their own."""
    title = column.title.get(lang)
    if clocked:
        return _plain_title(title)
    unit = unit_word(column.unit, lang)
    return title if title.rstrip(")）").endswith(unit) else words(lang)("head.unit", title=title, unit=unit)


def _telling(cell: Any) -> bool:
    """Whether a cell says anything."""
    return cell not in (None, "", [], {})


def text_of(value: Any, lang: str) -> str:
    """Any JSON value or text of a record as words: ``{zh, en}`` in the report's language, lists and mappings flattened."""
    if value is None:
        return ""
    if isinstance(value, TextEntry):
        return value.get(lang)
    if isinstance(value, bool):
        return words(lang)("yes" if value else "no")
    if isinstance(value, Mapping):
        if value.keys() == {"zh", "en"}:
            return str(value[lang])
        say = words(lang)
        return say("semicolon").join(f"{key}{say('colon')}{text_of(each, lang)}" for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _joined(texts_of(value, lang), lang)
    if isinstance(value, int) and abs(value) >= _GROUPED:
        return digits(Fraction(value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def texts_of(values: Iterable[Any], lang: str) -> list[str]:
    """Each value as text."""
    return [text_of(each, lang) for each in values]


def _joined(texts: Sequence[str], lang: str) -> str:
    """Sentences run on, words are separated."""
    if lang == "zh":
        return "".join(texts) if all(each.endswith("。") for each in texts) else "、".join(texts)
    return " ".join(texts) if all(each.endswith(".") for each in texts) else ", ".join(texts)
