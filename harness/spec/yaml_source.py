# SPDX-License-Identifier: Apache-2.0
"""One YAML file as plain data that knows where each value stands.

YAML 1.2 core scalars only (``on``, ``no``, ``12:30:00`` and ``010`` stay text; ``1e3`` is a number),
built from libyaml's events, so no constructor, no tag and no recursion is involved. Duplicate keys,
missing values, tags and merge keys are problems; size, depth and alias expansion are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from harness.errors import SpecError

Keys = tuple[str | int, ...]
Position = tuple[int, int]

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_VALUES = 20_000
MAX_INTEGER = 2**53 - 1  # what canonical JSON (RFC 8785) and every double can hold

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WIDE_KEY = re.compile(r"\s*(?:- )?[\w.\-]+\s*：")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
WIDE_BLANKS = "\u3000\u00a0\u2002\u2003\u2007\u2009\u202f"
"""Blanks that YAML takes for letters."""
PLAIN_BLANKS = "indent with plain blanks (switch the input method to half-width)."
_CURES = {
    "found a tab character that violates indentation": "indent with blanks.",
    "found character that cannot start any token": "indent with blanks, not tabs, and put text that begins with @, ` or % in quotes.",
    "mapping values are not allowed in this context": "put text that contains ': ' in quotes.",
    "found unexpected end of stream": "close the quote that was opened.",
    "did not find expected ',' or ']'": "close the list with ].",
    "did not find expected ',' or '}'": "close the mapping with }.",
    "did not find expected hexdecimal number": "a backslash in double quotes begins an escape: write / in paths, or single quotes.",
    "found unknown escape character": "a backslash in double quotes begins an escape: write / in paths, or single quotes.",
}


@dataclass(slots=True)
class Node:
    """A value, where it stands (line, column from 1), its parts, and how many values it expands to."""

    value: Any
    mark: Position
    parts: dict[str | int, Node] = field(default_factory=dict)
    key_marks: dict[str, Position] = field(default_factory=dict)
    size: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A file's plain data (dict, list, str, int, float, bool, None) with positions.

    ``problems``: position, sentence and cure of what did not keep the rest from being read.
    """

    name: str
    root: Node
    problems: tuple[tuple[Position, str, str], ...] = ()

    @property
    def data(self) -> Any:
        """The plain data."""
        return self.root.value

    def position(self, keys: Sequence[str | int], *, at_key: bool = False) -> Position:
        """Line and column of the value at ``keys`` (of its key with ``at_key``), or of what is nearest above it."""
        node, mark = self.root, self.root.mark
        for key in keys:
            if key not in node.parts:
                break
            mark = node.key_marks.get(str(key), node.mark) if at_key else node.parts[key].mark
            node = node.parts[key]
        return mark

    def known_part(self, keys: Sequence[str | int]) -> Keys:
        """The keys that lead through this file; what is not in it (names of union branches, missing keys) is left out."""
        node, known = self.root, []
        for key in keys:
            if key in node.parts:
                node = node.parts[key]
                known.append(key)
        return tuple(known)


def read_yaml(data: bytes, name: str) -> Source:
    """Parse one document; SpecError with file:line:column where nothing can be read."""
    text = _text(data, name)
    builder = _Builder(name)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text, name) from None
    if builder.root is None or builder.root.value is None:
        cure = "write at least schema: and scenario: (a profile) or id: (a scenario); yanshou init makes a profile."
        raise SpecError("The file is empty.", cure=cure, where=f"{name}:1:1")
    if isinstance(builder.root.value, str) and (wide := _wide_colon(text, text.count("\n") + 1)):
        cure = f"line {wide} has a full-width colon ：; write a half-width one and a blank behind it."
        raise SpecError("This is not YAML: there is no key.", cure=cure, where=f"{name}:{wide}:1")
    return Source(name, builder.root, tuple(builder.problems))


def from_data(data: Any, name: str) -> Source:
    """Data that came from no file, so that it is checked and told about as a file is; every place is line 0."""
    return Source(name, _unplaced(data))


def _unplaced(data: Any) -> Node:
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, Mapping):
        parts = data.items()
    elif isinstance(data, (list, tuple)):
        parts = enumerate(data)
    return Node(data, (0, 0), {key: _unplaced(each) for key, each in parts})


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        msg = f"The file has {len(data)} bytes; a specification has at most {MAX_BYTES}."
        raise SpecError(msg, cure="point to large data by its file name.", where=name)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SpecError("The file is UTF-16.", cure="save it as UTF-8.", where=f"{name}:1:1")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        start = data.rfind(b"\n", 0, error.start) + 1
        column = len(data[start : error.start].decode("utf-8", "replace")) + 1
        msg = f"Byte 0x{data[error.start]:02x} is not UTF-8 (GBK or GB18030, perhaps)."
        raise SpecError(msg, cure="save the file as UTF-8.", where=f"{name}:{line}:{column}") from None
    return text


def _events(text: str) -> Iterator[Any]:
    """Events of libyaml where PyYAML was built with it, else of PyYAML itself."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


def _wide_blank(where: str) -> SpecError:
    msg = "The line is indented with a full-width or no-break blank, which YAML takes for a letter."
    return SpecError(msg, cure=PLAIN_BLANKS, where=where)


def _not_yaml(error: yaml.YAMLError, text: str, name: str) -> SpecError:
    if isinstance(error, yaml.reader.ReaderError):
        bad = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        offset = bad.start() if bad else 0
        line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
        msg = f"A control character (U+{ord(text[offset]) if text else 0:04X}) stands here; this is not a text file."
        return SpecError(msg, cure="remove it, or name the right file.", where=f"{name}:{line}:{column}")
    problem = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None)
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    for line, each in enumerate(text.splitlines()[: mark.line + 1] if mark else (), start=1):
        if each.lstrip(" \t") and each.lstrip(" \t")[0] in WIDE_BLANKS:
            return _wide_blank(f"{name}:{line}:1")
    begun = getattr(error, "context_mark", None)
    since = (
        f" ({getattr(error, 'context', None)}, begun on line {begun.line + 1})"
        if begun and mark and begun.line != mark.line
        else ""
    )
    cure = _CURES.get(problem, "check indentation, quotes and brackets here and on the line above.")
    wide = _wide_colon(text, mark.line + 1 if mark else 1)
    if wide:
        cure = f"line {wide} has a full-width colon ：; write a half-width one and a blank behind it."
    return SpecError(f"This is not YAML: {problem}{since}.", cure=cure, where=where)


def _wide_colon(text: str, line: int) -> int:
    """The number of the line, this one or the nearest above, whose key ends with a full-width colon; 0 where none does."""
    lines = text.splitlines()
    found = (at for at in range(min(line, len(lines)), 0, -1) if _WIDE_KEY.match(lines[at - 1]))
    return next(found, 0)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet; ``key`` waits for its value."""

    node: Node
    anchor: str | None
    key: str | None = None


class _Builder:
    """Builds the tree from events without recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node | None = None
        self.problems: list[tuple[Position, str, str]] = []
        self._open: list[_Open] = []
        self._values = 0
        self._anchors: dict[str, Node | None] = {}

    def take(self, event: Any) -> None:
        """Take the next event."""
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, mark)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event, mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor), mark)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._stop(mark, "A second document begins here.", "keep one document in a file.")

    def _stop(self, mark: Position, problem: str, cure: str) -> NoReturn:
        raise SpecError(problem, cure=cure, where=f"{self.name}:{mark[0]}:{mark[1]}")

    def _scalar(self, event: Any, mark: Position) -> None:
        self._refuse_tag(event, mark)
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.node.value, dict) and top.key is None:
            self._key(top, event, mark)
            return
        node = Node(self._resolve(event, mark), mark)
        if node.value is None and self._open:
            self.problems.append((mark, "There is no value here.", "write one, or remove the key."))
        if event.anchor:
            self._anchors[event.anchor] = node
        self._count(1, mark)
        self._place(node)

    def _resolve(self, event: Any, mark: Position) -> Any:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text[0] not in "-+.0123456789":
            return text
        return self._number(text, mark)

    def _number(self, text: str, mark: Position) -> Any:
        value: int | float
        if _INTEGER.match(text):
            value = int(text, 0) if len(text) <= 20 else MAX_INTEGER + 1
        elif _FLOAT.match(text):
            value = float(text)
        elif _NOT_FINITE.match(text):
            value = float("inf")
        else:
            return text
        if abs(value) > MAX_INTEGER:
            msg = f"{text[:40]} would be read as a number that cannot be held exactly."
            self.problems.append((mark, msg, "put it in quotes if it is a name or a code."))
            return text
        return value

    def _key(self, top: _Open, event: Any, mark: Position) -> None:
        key = event.value
        if key == "<<" and event.implicit[0]:
            self.problems.append((mark, "Merge keys (<<) are not part of YAML 1.2.", "write the keys out."))
        elif key in top.node.key_marks:
            line, column = top.node.key_marks[key]
            msg = f"{key!r} stands here a second time; it is already on line {line}, column {column}."
            self.problems.append((mark, msg, "remove one of the two."))
        top.node.key_marks[key] = mark
        top.key = key

    def _start(self, event: Any, mark: Position) -> None:
        self._refuse_tag(event, mark)
        if self._open and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None:
            self._stop(mark, "A key is a list or a mapping.", "write keys as plain words.")
        if len(self._open) >= MAX_DEPTH:
            self._stop(mark, f"Lists and mappings are nested more than {MAX_DEPTH} deep.", "flatten the file.")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor:
            self._anchors[event.anchor] = None
        self._count(1, mark)
        self._open.append(_Open(Node(value, mark), event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        if done.anchor:
            self._anchors[done.anchor] = done.node
        self._place(done.node)

    def _alias(self, anchor: str, mark: Position) -> None:
        if self._open and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None:
            self._stop(mark, "A key is an alias.", "write keys as plain words.")
        target = self._anchors.get(anchor)
        if target is None:
            problem = f"*{anchor} refers to itself." if anchor in self._anchors else f"*{anchor} names no anchor above."
            self._stop(mark, problem, f"put &{anchor} before a value further up, or write the value out.")
        self._count(target.size, mark)
        self._place(target)

    def _count(self, values: int, mark: Position) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            problem = f"The file has more than {MAX_VALUES} values, aliases (*name) written out."
            self._stop(mark, problem, "point to large data by its file name.")

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        inside = top.node
        if isinstance(inside.value, list):
            inside.parts[len(inside.value)] = node
            inside.value.append(node.value)
        elif top.key is not None:
            inside.parts[top.key] = node
            inside.value[top.key] = node.value
            top.key = None
        inside.size += node.size

    def _refuse_tag(self, event: Any, mark: Position) -> None:
        if event.tag is not None:
            self.problems.append((mark, f"Tags ({event.tag}) are not used here.", "remove the tag."))
