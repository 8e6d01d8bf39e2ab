# SPDX-License-Identifier: Apache-2.0
"""What the keys of scenarios and profiles are called in print, so that no machine's word stands in a report."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from harness.documents import IndicatorEntry
from harness.quantity import unit_word
from reports.listing import text_of
from reports.words import LANGUAGES, words

_AMOUNT = re.compile(r"(-?[0-9][0-9.]*(?:e-?[0-9]+)?) ?(\S+)")
_CHECKED = {"before": "source.checked-before", "after": "source.checked-after"}
_KEY = re.compile("[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")


@cache
def _table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Every name by its key, a table for each kind of key."""
    return tomllib.loads(resources.files("reports").joinpath("locale", "names.toml").read_text("utf-8"))


def known(kind: str) -> frozenset[str]:
    """The keys of a kind (settings, values, statistics, instruments) that have a name."""
    return frozenset(_table()[kind])


def name(key: str, lang: str, kind: str = "settings") -> str:
    """What ``key`` is called; a dotted key part by part; a plug-in's own that is not in the table, as its words."""
    table = _table()[kind]
    if key in table:
        return table[key][LANGUAGES.index(lang)]
    if "." in key:
        return words(lang)("key.parts").join(name(part, lang, kind) for part in key.split("."))
    return key.replace("_", " ") if _KEY.fullmatch(key) else key


def value(given: Any, lang: str) -> str:
    """A value as a scenario or profile writes it: words by their names, amounts with the unit's word."""
    if isinstance(given, Mapping):
        say = words(lang)
        return say("semicolon").join(
            f"{name(str(key), lang)}{say('colon')}{value(one, lang)}" for key, one in given.items()
        )
    if given in ("", [], ()):
        return words(lang)("none")
    if isinstance(given, Sequence) and not isinstance(given, str):
        return words(lang)("separator").join(value(each, lang) for each in given)
    if not isinstance(given, str):
        return text_of(given, lang)
    if given in _table()["values"]:
        return name(given, lang, "values")
    amount = _AMOUNT.fullmatch(given)
    return f"{amount[1]}\N{NO-BREAK SPACE}{unit_word(amount[2], lang)}" if amount and amount[2].isalpha() else given


def pairs(given: Mapping[str, Any], lang: str, sign: str = " = ") -> list[str]:
    """Each key with its value, in words."""
    return [f"{name(key, lang)}{sign}{value(one, lang)}" for key, one in given.items()]


def source(place: str, titles: Mapping[str, str], lang: str) -> str:
    """A source, written ``indicator/source``, by its indicator's title and its own name; ``check-NAME/when``: of an instrument."""
    say = words(lang)
    of, _, own = place.partition("/")
    if of in titles:
        return say("source.named", title=titles[of], source=own)
    if of.startswith("check-") and own in _CHECKED:
        return say(_CHECKED[own], instrument=of.removeprefix("check-"))
    return place


def titles_of(indicators: Iterable[IndicatorEntry], lang: str) -> dict[str, str]:
    """What each indicator is called, by its id."""
    return {each.id: each.title.get(lang) for each in indicators}
