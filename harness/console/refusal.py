# SPDX-License-Identifier: Apache-2.0
"""An error as the person at the terminal reads it: problem and cure in the language of the run.

Errors are raised in English. Each package keeps beside its code an ``errors.toml`` with the Chinese of every sentence it can
raise: the English template on the left, its facts as ``{0}``, ``{1}`` … on both sides. Facts are translated in their turn, so
that an error which quotes another is in one language as well. What no table knows is quoted as the program said it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.metadata import entry_points

from harness.console.language import has_han, language
from harness.errors import SpecError, YanshouError
from harness.evidence.defects import Defect
from harness.model import Text
from harness.printable import printable

RESOURCE = "errors.toml"
_FACT = re.compile(r"\{(\d+)\}")
_BRACKETS = re.compile(r"（([^（）]*)）")
_PROSE = re.compile(r"\b[a-z]+(?:,? [a-z]+){2,}")
_TELLING = 12
"""Letters of its own below which a template must not swallow prose that no table knows."""
_SHORTEST = 4
"""Letters below which a template only joins two sentences, one of which must be known."""
_DEEP = 3
"""Errors quote errors, but not without end."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    pattern: re.Pattern[str]
    zh: str
    literal: int


def told(error: YanshouError) -> str:
    """Place, problem and cure in the language of the run; every problem of a file on a line of its own."""
    if isinstance(error, SpecError) and error.problems != (error,):
        return "\n".join(map(told, error.problems))
    if language() == "en":
        return str(error)
    where = f"{error.where}：" if error.where else ""
    defect = getattr(error, "defect", None)
    if isinstance(defect, Defect):
        return printable(f"{facts_told(defect.line('zh'))} 处理：{defect.cure.zh}")
    said, remedy = (getattr(error, name, None) for name in ("text", "remedy"))
    problem = said.zh if isinstance(said, Text) else _quoted(error.problem)
    cured = remedy.zh if isinstance(remedy, Text) else chinese(error.cure) if error.cure else ""
    cure = f" 处理：{cured}" if cured else ""
    return printable(f"{where}{problem}{cure}")


def chinese(sentence: str) -> str:
    """The sentence in Chinese; as it is where no table knows it."""
    return _translated(sentence, _DEEP) or sentence


def said(sentence: str) -> str:
    """A sentence of ours in the language of the run; as it is where no table knows it."""
    return sentence if language() == "en" else chinese(sentence)


def facts_told(line: str) -> str:
    """A line of ``verify`` in the language of the run, with what its brackets quote; digests and names stay as they are."""
    if language() == "en":
        return line
    return _BRACKETS.sub(lambda quoted: f"（{chinese(quoted[1])}）", line)


def _quoted(problem: str) -> str:
    return _translated(problem, _DEEP) or (problem if has_han(problem) else f"程序的原文说明：“{problem}”")


def _translated(sentence: str, deep: int) -> str | None:
    """The first table that knows the sentence says it; the template with most of its own letters goes first."""
    for each in _sentences():
        found = each.pattern.fullmatch(sentence)
        if found is not None:
            facts = [_fact(group, deep) for group in found.groups()]
            unknown = each.literal < _TELLING and any(map(_PROSE.search, facts))
            if unknown or (each.literal < _SHORTEST and facts == list(found.groups())):
                continue
            return _FACT.sub(lambda slot, facts=facts: facts[int(slot[1])], each.zh)  # type: ignore[misc]
    return None


def _fact(text: str, deep: int) -> str:
    """What a template leaves open: another sentence of ours is translated, anything else stays."""
    if deep == 0:
        return text
    return _translated(text, deep - 1) or text


@cache
def _sentences() -> tuple[_Sentence, ...]:
    found = [_sentence(en, zh) for table in tables().values() for en, zh in table.items()]
    return tuple(sorted(found, key=lambda each: -each.literal))


def _sentence(en: str, zh: str) -> _Sentence:
    pieces = _FACT.split(en)
    pattern = "".join("(.*?)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
    order = [int(each) for each in pieces[1::2]]
    placed = _FACT.sub(lambda slot: f"{{{order.index(int(slot[1]))}}}", zh)
    return _Sentence(re.compile(pattern, re.DOTALL), placed, sum(map(len, pieces[::2])))


@cache
def tables() -> Mapping[str, Mapping[str, str]]:
    """Package -> its table, English to Chinese: the engine's own and that of every package an entry point leads to."""
    return {package: table for package in sorted(set(_packages())) if (table := _table(package))}


def _packages() -> Iterator[str]:
    """``harness.console`` for the engine, ``reports``, ``probes.gnss`` …: a package and the one below it."""
    yield from ("harness.console", "reports", "scenarios")
    for group in ("yanshou.probes", "yanshou.analysers", "yanshou.services", "yanshou.reports"):
        for entry in entry_points(group=group):
            parts = entry.value.partition(":")[0].split(".")
            yield from (".".join(parts[:end]) for end in range(1, min(len(parts), 3)))


def _table(package: str) -> Mapping[str, str]:
    try:
        found = resources.files(package).joinpath(RESOURCE).read_text("utf-8")
    except (OSError, ModuleNotFoundError, TypeError):
        return {}
    table: dict[str, str] = tomllib.loads(found)
    return table
