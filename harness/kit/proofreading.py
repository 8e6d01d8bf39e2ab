# SPDX-License-Identifier: Apache-2.0
"""Whether a package's ``words.toml`` and its source agree, and whether both languages are what they claim to be.

For the tests of a domain: ``assert problems("probes.network") == []``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import NamedTuple

from harness.errors import UsageError
from harness.kit.words import RESOURCE, facts_of, place, rooms
from harness.model import Text

_VERBS = {"text": frozenset[str](), "reason": frozenset[str](), "lack": frozenset({"side"})}
"""How a catalogue is asked, and what is handed over beside the facts."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TOUCHING = re.compile(r"[\u4e00-\u9fff][A-Za-z]|[A-Za-z][\u4e00-\u9fff]")
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?]")
_FULL_WIDTH = re.compile(r"[，。；：！？、（）《》]")


class _Said(NamedTuple):
    """A key in the source, or a pattern of keys where it is an f-string; ``facts``: handed over (None: nobody knows which)."""

    where: str
    key: str
    pattern: re.Pattern[str] | None
    facts: frozenset[str] | None

    def among(self, entries: Iterable[str]) -> list[str]:
        """The keys that it can be."""
        if self.pattern is None:
            return [self.key] if self.key in entries else []
        return [key for key in entries if self.pattern.fullmatch(key)]


def problems(package: str) -> list[str]:
    """Everything wrong with the words of ``package``, each as one sentence with its place; empty where all is well."""
    try:
        headed = rooms(package)
    except UsageError as error:
        return [str(error)]
    entries = {key: text for room in headed.values() for key, text in room.items()}
    headings = {key: f"{room}.{key}" if room else key for room, texts in headed.items() for key in texts}
    trees = dict(_sources(package))
    names = _spoken_of(trees.values())
    said = [each for where, tree in trees.items() for each in _said(where, tree, names)]
    literals = {_text(node) for tree in trees.values() for node in ast.walk(tree)}
    found = [
        f"{each.where}: {each.key!r} is said, but {RESOURCE} has no such key."
        for each in said
        if not each.among(entries)
    ]
    found += [line for each in said for line in _without(each, entries)]
    spoken = literals.union(*(each.among(entries) for each in said))
    for key, text in entries.items():
        if key not in spoken:
            found.append(f"{place(package, headings[key])}: [{headings[key]}] is never said.")
        found += [
            f"{place(package, headings[key])}: [{headings[key]}] {problem}" for problem in _language_problems(text)
        ]
    return found


def _sources(package: str) -> Iterator[tuple[str, ast.AST]]:
    folders = [(package, resources.files(package))]
    while folders:
        name, folder = folders.pop()
        for item in sorted(folder.iterdir(), key=lambda each: each.name):
            if item.is_dir() and item.name.isidentifier() and item.name != "__pycache__":
                if item.joinpath(
                    RESOURCE
                ).is_file():  # it has words of its own, and is asked about them by its own name
                    continue
                folders.append((f"{name}.{item.name}", item))
            elif item.name.endswith(".py"):
                yield f"{name}/{item.name}", ast.parse(item.read_text("utf-8"))


def _spoken_of(trees: Iterable[ast.AST]) -> dict[str, str]:
    """Names that stand for a catalogue (with an empty verb), and names that stand for one of its verbs."""
    trees = list(trees)
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AnnAssign)]
    names: dict[str, str] = {}
    for node in nodes:
        if isinstance(node.value, ast.Call) and _last(node.value.func) == "Catalogue":
            names.update(dict.fromkeys(_targets(node), ""))
    arguments = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.arg)]
    names.update({each.arg: "" for each in arguments if each.annotation and _last(each.annotation) == "Catalogue"})
    for node in nodes:
        value = node.value
        if isinstance(value, ast.Attribute) and value.attr in _VERBS and names.get(_last(value.value)) == "":
            names.update(dict.fromkeys(_targets(node), value.attr))
    return names


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    return [_last(each) for each in (node.targets if isinstance(node, ast.Assign) else [node.target])]


def _last(node: ast.AST) -> str:
    """The last name of a dotted expression; empty for another expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _said(where: str, tree: ast.AST, names: dict[str, str]) -> Iterator[_Said]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            verb = _verb(node.func, names)
            if verb and (key := _key(node.args[0])) is not None:
                given = {keyword.arg for keyword in node.keywords}
                facts = None if None in given else frozenset(filter(None, given)) - _VERBS[verb]
                yield _Said(f"{where}:{node.lineno}", *key, facts)


def _verb(called: ast.AST, names: dict[str, str]) -> str:
    """``text``, ``reason`` or ``lack`` where a catalogue is asked; else empty."""
    if isinstance(called, ast.Attribute) and called.attr in _VERBS:
        asked = called.value
        constructed = isinstance(asked, ast.Call) and _last(asked.func) == "Catalogue"
        return called.attr if constructed or names.get(_last(asked)) == "" else ""
    return names.get(_last(called), "") if isinstance(called, ast.Name) else ""


def _key(node: ast.AST) -> tuple[str, re.Pattern[str] | None] | None:
    """The key that the first argument is, with a pattern where it is an f-string; None for another expression."""
    if isinstance(node, ast.JoinedStr):
        parts = [_text(part) for part in node.values]
        pattern = "".join(".+" if part is None else re.escape(part) for part in parts)
        return "".join("…" if part is None else part for part in parts), re.compile(pattern)
    text = _text(node)
    return None if text is None else (text, None)


def _text(node: ast.AST) -> str | None:
    """The text of a literal; None for another expression."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _without(said: _Said, entries: Mapping[str, Text]) -> Iterator[str]:
    """Facts that the words of a key need and the source does not hand over."""
    if said.pattern is None and said.facts is not None and said.key in entries:
        absent = facts_of(entries[said.key].zh) - said.facts
        if absent:
            yield f"{said.where}: [{said.key}] is said without {', '.join(sorted(absent))}."


def _language_problems(text: Text) -> Iterator[str]:
    """Chinese is Chinese and English English; a proper name may be the same in both."""
    zh, en = (re.sub(r"\{\w+\}", "", each) for each in (text.zh, text.en))
    if _HAN.search(en) or _FULL_WIDTH.search(en):
        yield "has Chinese in its English."
    if zh != en and not _HAN.search(zh):
        yield "has no Chinese in its Chinese."
    if (touching := _TOUCHING.search(zh)) is not None:
        yield f"sets Chinese and Latin without a space: {touching.group()!r}."
    if (mark := _HALF_WIDTH.search(zh)) is not None:
        yield f"has half-width punctuation in its Chinese: {mark.group()!r}."
