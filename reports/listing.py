# SPDX-License-Identifier: Apache-2.0
"""Lists found by name (rejected rows, duplicates, silent nodes) as tables, whatever a probe puts into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.words import known, words

_ORDER = (
    "register", "row", "line", "asset", "asset_id", "node", "name", "item", "uscc", "wuhan", "address", "imei", "mac", "", "documents",
    "reason", "reasons", "flags",
)  # fmt: skip
MOST = 200
"""Rows of one list that a report prints; results.json has them all."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its name, the heads of its columns, the cells, and how many rows were left out."""

    name: str
    title: str
    count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int


def listings(found: Mapping[str, Any], lang: str) -> tuple[Listing, ...]:
    """Every list of one indicator that has rows; columns that are empty in every row are left out."""
    return tuple(_listing(name, value, lang) for name, value in found.items() if _is_list(value) and value)


def records(found: Mapping[str, Any], lang: str) -> tuple[tuple[str, str], ...]:
    """What is no list: single numbers and texts by name, and the lists that are empty."""
    none = words(lang)("course.none")
    return tuple(
        (known(f"list.{name}", lang, name), none if _is_list(value) else text_of(value, lang))
        for name, value in found.items()
        if not (_is_list(value) and value)
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def text_of(value: Any, lang: str) -> str:
    """Any JSON value as text: ``{zh, en}`` in the report's language, lists and mappings flattened."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return words(lang)("yes" if value else "no")
    if isinstance(value, Mapping):
        if "zh" in value and "en" in value:
            return str(value[lang])
        if "name" in value:
            return str(value["name"])
        say = words(lang)
        pairs = (
            f"{known(f'column.{key}', lang, str(key))}{say('colon')}{text_of(each, lang)}"
            for key, each in value.items()
        )
        return say("semicolon").join(pairs)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _joined([text_of(each, lang) for each in value], lang)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _joined(texts: Sequence[str], lang: str) -> str:
    """Sentences run on, words are separated."""
    if lang == "zh":
        return "".join(texts) if all(each.endswith("。") for each in texts) else "、".join(texts)
    return " ".join(texts) if all(each.endswith(".") for each in texts) else ", ".join(texts)


def _listing(name: str, items: Sequence[Any], lang: str) -> Listing:
    title = known(f"list.{name}", lang, name)
    rows = [item if isinstance(item, Mapping) and "zh" not in item else {"item": item} for item in items]
    keys = sorted(
        {key for each in rows for key in each if _telling(rows, key) and not _one_register(rows, key)}, key=_place
    )
    heads = tuple(known(f"column.{key}", lang, str(key)) for key in keys)
    cells = tuple(tuple(text_of(each.get(key), lang) for key in keys) for each in rows[:MOST])
    return Listing(name, title, len(items), heads, cells, max(0, len(items) - MOST))


def _place(key: str) -> tuple[int, str]:
    """Where a column stands: known ones as people read them, unknown ones between, reasons last."""
    return (_ORDER.index(key) if key in _ORDER else _ORDER.index(""), key)


def _one_register(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    """Whether the column only repeats the name of the one register that all rows stand in."""
    return key == "register" and len({str(each.get(key)) for each in rows}) == 1


def _telling(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    """Whether a column says anything: some cell is not empty."""
    return any(each.get(key) not in (None, "", [], {}) for each in rows)
