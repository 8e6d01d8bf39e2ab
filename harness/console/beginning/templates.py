# SPDX-License-Identifier: Apache-2.0
"""What a domain offers to a folder that ``yanshou init`` makes, from the ``init.toml`` of its package.

::

    [source."network.rtt"]               # a measurand, or the id of an indicator, which goes first
    borrow = ["network.loss"]            # evidence of another indicator of the scenario that will do, if there is one
    registers = ["terminals"]            # keys below [register]
    letters = ["core-export"]            # keys below [letter]
    text = '''
    probe: network.stamp                 # 双向主动测量 / active two-way measurement
    targets: {terminals}
    '''
    declared = '''
    longest_credible_burst: 1 packets    # 最长可信丢包突发 L0 / the longest credible burst L0
    '''
    devices = [{zh = "…", en = "…"}]     # and people, steps: told in README.md
    optional = true                      # written as comments

    [register.terminals]
    file = "terminals.xlsx"              # {name}: the indicator's id without its scenario
    headings = ["asset_id", "address"]
    example = ["示例，请删去本行", "192.0.2.1"]   # a row that no reader counts; that text is put into the language of the run
    note = {zh = "…", en = "…"}

    [letter.core-export]
    title = {zh = "…", en = "…"}
    text = {zh = "…", en = "…"}

Comments ``# 中文 / English`` are written in one of the two languages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from importlib.metadata import entry_points
from typing import Any, get_type_hints

from harness.errors import UsageError
from harness.model import Text

RESOURCE = "init.toml"
NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class SourceTemplate:
    """How one measurand, or one indicator, is bound in a new profile."""

    text: str
    declared: str = ""
    borrow: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    devices: tuple[Text, ...] = ()
    people: tuple[Text, ...] = ()
    steps: tuple[Text, ...] = ()
    optional: bool = False
    """Written as comments: for evidence that few projects have."""


@dataclass(frozen=True, slots=True)
class RegisterTemplate:
    """An empty register: its file, headings, and one example row that no reader counts."""

    file: str
    headings: tuple[str, ...]
    example: tuple[str, ...]
    note: Text = NOTHING


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """A letter that asks somebody for evidence."""

    title: Text
    text: Text


@dataclass(frozen=True, slots=True)
class Templates:
    """Everything the installed domains offer; a name that two of them give is the first one's in alphabetical order.

    A register goes by its package and its key: what a source asks for is its own package's, else the first one's that has it.
    """

    sources: Mapping[str, SourceTemplate]
    registers: Mapping[str, RegisterTemplate]
    letters: Mapping[str, LetterTemplate]


@cache
def templates() -> Templates:
    """Of all installed packages; UsageError that names the file where one is not in order."""
    sources: dict[str, SourceTemplate] = {}
    registers: dict[str, RegisterTemplate] = {}
    letters: dict[str, LetterTemplate] = {}
    homes: dict[str, str] = {}
    kinds: tuple[tuple[str, type[Any], dict[str, Any]], ...] = (
        ("source", SourceTemplate, sources),
        ("register", RegisterTemplate, registers),
        ("letter", LetterTemplate, letters),
    )
    for package, found in _files():
        for heading, kind, into in kinds:
            for name, entry in found.get(heading, {}).items():
                key = f"{package}:{name}" if kind is RegisterTemplate else name
                if key not in into:
                    into[key] = _entry(package, f"{heading}.{name}", kind, entry)
                    if kind is SourceTemplate:
                        homes[name] = package
        _refuse_odd(package, sorted(found.keys() - {heading for heading, _, _ in kinds}))
    return Templates(
        {name: _owning(homes[name], each, tuple(registers)) for name, each in sources.items()}, registers, letters
    )


def _owning(home: str, source: SourceTemplate, known: tuple[str, ...]) -> SourceTemplate:
    """The source with each of its registers as ``package:key``; one that nobody has stays as it is written."""
    keys = (
        next((each for each in (f"{home}:{key}", *known) if each in known and each.endswith(f":{key}")), key)
        for key in source.registers
    )
    return replace(source, registers=tuple(keys))


def _files() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for package in sorted({part for part in _packages() if part}):
        try:
            text = resources.files(package).joinpath(RESOURCE).read_text("utf-8")
        except (OSError, ModuleNotFoundError, TypeError):
            continue
        try:
            yield package, tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            msg = f"{RESOURCE} is no TOML: {error}."
            raise UsageError(msg, cure="correct that line.", where=f"{package}/{RESOURCE}") from error


def _packages() -> Iterator[str]:
    """The first two parts of every package that offers a measurand or a scenario: ``probes.network``, ``scenarios``."""
    for group in ("yanshou.measurands", "yanshou.scenarios"):
        for entry in entry_points(group=group):
            yield ".".join(entry.value.partition(":")[0].split(".")[:2])


def _refuse_odd(package: str, odd: list[str]) -> None:
    if odd:
        msg = f"[{odd[0]}] is nothing that a folder is begun with."
        raise UsageError(msg, cure="write [source.…], [register.…] or [letter.…].", where=f"{package}/{RESOURCE}")


def _entry(package: str, heading: str, kind: type[Any], entry: Any) -> Any:
    where = f"{package}/{RESOURCE}"
    hints = get_type_hints(kind)
    if not isinstance(entry, dict) or entry.keys() - hints.keys():
        odd = sorted(entry.keys() - hints.keys()) if isinstance(entry, dict) else [str(entry)]
        msg = f"[{heading}] has {', '.join(odd)}, which means nothing there."
        raise UsageError(msg, cure=f"write {', '.join(hints)}.", where=where)
    try:
        return kind(**{name: _value(value, hints[name]) for name, value in entry.items()})
    except (TypeError, KeyError, ValueError) as error:
        msg = f"[{heading}] is not complete: {error}."
        raise UsageError(msg, cure="see docs/how-to/write-a-probe.md.", where=where) from None


def _value(value: Any, hint: Any) -> Any:
    """A text in both languages, a list of them, a list of words, or a word."""
    if hint is Text:
        return Text(value["zh"], value["en"])
    if hint == tuple[Text, ...]:
        return tuple(Text(each["zh"], each["en"]) for each in value)
    if hint == tuple[str, ...]:
        return tuple(map(str, value))
    if not isinstance(value, hint):
        msg = f"{hint.__name__} is expected"
        raise TypeError(msg)
    return value
