# SPDX-License-Identifier: Apache-2.0
"""What a domain says, from the ``words.toml`` of its package: both languages side by side, facts kept as data.

An entry is a key with a sentence in each language and the facts in braces::

    [silent-nodes]
    zh = "{count} 个终端从未应答：{names}。"
    en = "{count} terminals never answered: {names}."

``Catalogue("probes.network").reason("silent-nodes", count=2, names=["T-001", "T-002"])`` says it.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from harness.errors import UsageError
from harness.model import Lack, Reason, Side, Text
from harness.quantity import Quantity, decimal_text, grouped, unit_word

RESOURCE = "words.toml"
SHOWN = 8
"""Entries of a list that a sentence names; the data behind it have all of them."""
_KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_LANGUAGES = ("zh", "en")
_LINE = re.compile(
    r'(?:\[((?:[A-Za-z0-9_-]+\.)?[A-Za-z0-9_-]+)\]|(zh|en) = "((?:[^"\\\x00-\x1f\x7f]|\\["\\])*)"|#[^\x00-\x1f\x7f]*|)'
)
"""A line as nearly every resource is written: a heading, the words of one language, a remark or nothing."""
_LONGEST_DECIMAL = 12  # characters of an exact decimal; a longer one is rounded to six digits


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The words of one package, read when the first of them is said; ``room``: those under its headings ``[room.key]``."""

    package: str
    room: str = ""

    @property
    def domain(self) -> str:
        """What stands before the point of a reason's code: the room, or the last part of the package's name."""
        return self.room or self.package.rpartition(".")[2]

    @property
    def entries(self) -> Mapping[str, Text]:
        """Every entry by its key, facts still in braces; UsageError with the line of an entry that is not in order."""
        return rooms(self.package).get(self.room, {})

    def text(self, key: str, /, **facts: Any) -> Text:
        """The words under ``key`` with their facts, each written as its language writes it."""
        entry = self.entries.get(key)
        if entry is None:
            msg = f"{self.package}/{RESOURCE} has no words for {key!r}."
            raise UsageError(msg, cure=f"add [{self._heading(key)}] with zh and en to it, or correct the key.")
        if not facts_of(entry.zh) <= facts.keys():
            absent = sorted(facts_of(entry.zh) - facts.keys())
            msg = f"{self.package}/{RESOURCE}: [{key}] is said without {', '.join(absent)}."
            raise UsageError(msg, cure=f"hand {', '.join(absent)} over with the key {key!r}.")
        return Text(_filled(entry.zh, facts, "zh"), _filled(entry.en, facts, "en"))

    def _heading(self, key: str) -> str:
        return f"{self.room}.{key}" if self.room else key

    def reason(self, key: str, /, **facts: Any) -> Reason:
        """The words under ``key`` as a reason with the code ``domain.key``."""
        return Reason(f"{self.domain}.{key}", self.text(key, **facts), facts)

    def lack(self, key: str, /, side: Side = Side.PASS, **facts: Any) -> Lack:
        """The words under ``key`` as something the evidence cannot say; ``side``: the verdict that this leaves open."""
        return Lack(self.reason(key, **facts), side)


def written(fact: Any, lang: str) -> str:
    """A fact as a sentence in ``lang`` writes it: numbers without rounding dust, lists joined and cut at eight."""
    if type(fact) is str:
        return fact
    match fact:
        case Text():
            return fact.get(lang)
        case bool():
            return ("是" if fact else "否") if lang == "zh" else ("yes" if fact else "no")
        case Quantity():
            number, unit = written(fact.value, lang), unit_word(fact.unit, lang)
            return f"{number} {unit}" if unit else number
        case Fraction():
            exact = decimal_text(fact)
            return grouped(exact) if "/" not in exact and len(exact) <= _LONGEST_DECIMAL else _rounded(float(fact))
        case float():
            return _rounded(fact)
        case int():
            return grouped(str(fact))
        case str():
            return str(fact)
        case Sequence() | set() | frozenset():
            return _listed(sorted(fact) if isinstance(fact, set | frozenset) else fact, lang)
        case _ if hasattr(fact, "item"):
            return written(fact.item(), lang)
    msg = f"a sentence cannot say a {type(fact).__name__}"
    raise TypeError(msg)


@cache
def facts_of(template: str) -> frozenset[str]:
    """The names in braces."""
    if "{" not in template:
        return frozenset()
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def place(package: str, heading: str) -> str:
    """Where an entry stands: ``probes.network/words.toml:12``."""
    for number, line in enumerate(_source(package).splitlines(), start=1):
        if line.strip() in {f"[{heading}]", f'["{heading}"]'}:
            return f"{package}/{RESOURCE}:{number}"
    return f"{package}/{RESOURCE}"


def _rounded(number: float) -> str:
    return f"{number:.6g}"


def _listed(facts: Sequence[Any], lang: str) -> str:
    """The first eight and how many there are: ``A、B 等 12 个``, ``A, B and 10 more``."""
    names = [written(each, lang) for each in facts[:SHOWN]]
    more = len(facts) - len(names)
    if lang == "zh":
        return "、".join(names) + (f" 等 {len(facts)} 个" if more else "")
    return ", ".join(names) + (f" and {more} more" if more else "")


def _filled(template: str, facts: Mapping[str, Any], lang: str) -> str:
    """Only our own template is formatted; what a fact says is never interpreted."""
    told = []
    for plain, name in _pieces(template):
        told.append(plain)
        if name is not None:
            told.append(written(facts[name], lang))
    return "".join(told)


@cache
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    """Plain words, each with the name of the fact behind it."""
    return tuple((plain, name) for plain, name, _, _ in string.Formatter().parse(template))


@cache
def _source(package: str) -> str:
    try:
        return resources.files(package).joinpath(RESOURCE).read_text("utf-8")
    except (OSError, ModuleNotFoundError, UnicodeDecodeError) as error:
        msg = f"The words of {package} cannot be read: {error}."
        raise UsageError(msg, cure=f"put a {RESOURCE} in UTF-8 into the package; it is installed with it.") from error


@cache
def rooms(package: str) -> Mapping[str, Mapping[str, Text]]:
    """Every entry of a package by its key, by room; what stands under no room is under the empty name."""
    try:
        found = _sections(_source(package)) or tomllib.loads(_source(package))
    except tomllib.TOMLDecodeError as error:
        msg = f"{RESOURCE} is no TOML: {error}."
        raise UsageError(msg, cure="correct that line.", where=f"{package}/{RESOURCE}") from error
    made: dict[str, dict[str, Text]] = {}
    for name, value in found.items():
        if isinstance(value, dict) and value and all(isinstance(each, dict) for each in value.values()):
            made[name] = {key: _entry(package, key, each, f"{name}.{key}") for key, each in value.items()}
        else:
            made.setdefault("", {})[name] = _entry(package, name, value, name)
    return made


def _sections(source: str) -> dict[str, Any] | None:
    """What tomllib makes of it, in a tenth of the time; None for anything that is not written line by line as we do."""
    found: dict[str, Any] = {}
    entry: dict[str, Any] | None = None
    for line in source.split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        heading, lang, said = match.groups()
        if heading is not None:
            room, _, key = heading.rpartition(".")
            within = found.setdefault(room, {}) if room else found
            if key in within or not isinstance(within, dict):
                return None
            entry = within[key] = {}
        elif lang is not None:
            if entry is None or lang in entry:
                return None
            entry[lang] = re.sub(r"\\(.)", r"\1", said) if "\\" in said else said
    return found


def _entry(package: str, key: str, value: Any, heading: str) -> Text:
    """One entry, refused where a language or a fact is missing on one side."""
    defect = _defect(key, value)
    if defect is not None:
        problem, cure = defect
        msg = f"[{heading}] {problem}"
        raise UsageError(msg, cure=cure, where=place(package, heading))
    return Text(value["zh"], value["en"])


def _defect(key: str, value: Any) -> tuple[str, str] | None:
    """What is wrong with an entry, and the cure; None where it is in order."""
    if _KEY.fullmatch(key) is None:
        return "is no key.", "write small letters and digits, joined by hyphens."
    if not isinstance(value, dict) or value.keys() - set(_LANGUAGES):
        return "is more than words in two languages.", "give it zh and en, nothing else."
    silent = [lang for lang in _LANGUAGES if not isinstance(value.get(lang), str) or not value[lang].strip()]
    if silent:
        return f"says nothing in {silent[0]}.", f"write its {silent[0]} beside the other language."
    odd = [fact for lang in _LANGUAGES if (fact := _odd_fact(value[lang])) is not None]
    if odd:
        return (
            f"has {odd[0]} in it, which names no fact.",
            "write a fact as {name} and nothing else, a brace itself twice.",
        )
    zh, en = (facts_of(value[lang]) for lang in _LANGUAGES)
    if zh != en:
        return f"says other facts in zh than in en: {', '.join(sorted(zh ^ en))}.", "name the same facts in both."
    return None


def _odd_fact(template: str) -> str | None:
    """What stands in braces and is no plain name; a brace without its twin."""
    if "{" not in template and "}" not in template:
        return None
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return "a single brace"
    plain = (
        name is None or (name.isidentifier() and not spec and not conversion) for _, name, spec, conversion in parts
    )
    return None if all(plain) else "more than a name in braces"
