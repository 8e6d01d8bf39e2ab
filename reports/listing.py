# SPDX-License-Identifier: Apache-2.0
"""Lists found by name (rejected rows, duplicates, silent nodes) as tables; their heads travel with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.account.entries import TextEntry
from harness.documents import ColumnEntry, ListingEntry
from harness.quantity import unit_word
from reports.words import words

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
    """One list in ``lang``; columns that are empty in every row are left out."""
    told = [place for place in range(len(entry.columns)) if any(_telling(row[place]) for row in entry.rows)]
    return Listing(
        name=entry.key,
        title=entry.title.get(lang),
        count="" if [column.key for column in entry.columns] == PAIRS else str(len(entry.rows)),
        columns=tuple(_head(entry.columns[place], lang) for place in told),
        rows=tuple(tuple(texts_of((row[place] for place in told), lang)) for row in entry.rows[:MOST]),
        more=max(0, len(entry.rows) - MOST),
    )


def _head(column: ColumnEntry, lang: str) -> str:
    """The title with the unit of the numbers below it."""
    unit = unit_word(column.unit, lang)
    return words(lang)("head.unit", title=column.title.get(lang), unit=unit) if unit else column.title.get(lang)


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
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def texts_of(values: Iterable[Any], lang: str) -> list[str]:
    """Each value as text."""
    return [text_of(each, lang) for each in values]


def _joined(texts: Sequence[str], lang: str) -> str:
    """Sentences run on, words are separated."""
    if lang == "zh":
        return "".join(texts) if all(each.endswith("。") for each in texts) else "、".join(texts)
    return " ".join(texts) if all(each.endswith(".") for each in texts) else ", ".join(texts)
