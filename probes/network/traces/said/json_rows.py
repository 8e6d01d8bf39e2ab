# SPDX-License-Identifier: Apache-2.0
"""Logs in JSON, an object a packet, as the text of a table: what is read of it, and refused, is what is read of a table. Pure.

A list of objects, an object a line, or an object with one such list, whose other facts become lines above the head.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.kit.unreadable import UnreadableError
from harness.model import Text

_MOST_FACTS = 15
"""Facts beside the list that fit above the head."""
_SCALARS = (str, bool, type(None))


def as_table(text: str, name: str) -> str | None:
    """The rows as CSV, numbers in the digits of the file; None where it is no such JSON. UnreadableError for a key that stands twice, and for nests."""
    begin = text.lstrip("\ufeff \t\r\n")[:1]
    if begin not in {"[", "{"}:
        return None
    try:
        whole = _parsed(text)
    except (ValueError, RecursionError):
        try:
            whole = [_parsed(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            return None
    facts: dict[str, Any] = {}
    if isinstance(whole, Mapping):
        lists = [key for key, value in whole.items() if _are_rows(value)]
        if len(lists) != 1:
            return None
        facts = {key: value for key, value in whole.items() if key != lists[0]}
        whole = whole[lists[0]]
    if not _are_rows(whole):
        return None
    told = [*_flat("", facts)]
    keys = list(dict.fromkeys(key for row in whole for key in row))
    nested = any(not isinstance(value, _SCALARS) for row in whole for value in row.values())
    if nested or len(told) > _MOST_FACTS:
        raise _refused(name)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([line] for line in told)
    writer.writerow(keys)
    writer.writerows([_cell(row.get(key)) for key in keys] for row in whole)
    return out.getvalue()


def _parsed(text: str) -> Any:
    return json.loads(
        text.lstrip("\ufeff"), parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once
    )


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _refused("")
    return found


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(each, Mapping) for each in value)


def _flat(before: str, facts: Mapping[str, Any]) -> Iterable[str]:
    """Facts as lines of key and value."""
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{before}{key}.", value)
        elif isinstance(value, list):
            yield f"{before}{key}: {', '.join(map(str, value))}"
        else:
            yield f"{before}{key}: {_cell(value)}"


def _cell(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _refused(name: str) -> UnreadableError:
    text = Text(
        "JSON 中同一个键出现两次，或一个报文的对象里还有嵌套：无法确定哪个值是时延。",
        "A key of the JSON stands twice, or an object of a packet holds others: which value is the delay is not known.",
    )
    return UnreadableError(text, cure="write a flat object a packet, each key once.", where=name)
