# SPDX-License-Identifier: Apache-2.0
"""Transactions where they stand in the text of an answer: an object for each costs more than its hash and its signature's check.

What is usual alone is taken here: a list of flat objects without blanks, each key once in an object, texts of printable ASCII
without escapes, null, empty lists. Any other list is left to the library that reads all of JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, overload

import numpy as np
from numba import njit
from numpy.typing import NDArray

from harness.kit.lines import json_of

NAMES = (
    "type", "to", "input", "accessList", "chainId", "nonce", "gas", "gasPrice", "maxPriorityFeePerGas", "maxFeePerGas", "value", "v",
    "yParity", "r", "s", "hash", "from",
)  # fmt: skip
"""Keys of transactions of Ethereum's kind that are looked for."""
Spans = NDArray[np.int64]
_TYPE, _ACCESS = NAMES.index("type"), NAMES.index("accessList")
_KEYS = [f'"{each}"'.encode() for each in NAMES]
_WORDS = np.frombuffer(b"".join(_KEYS), np.uint8)
_STOPS = np.array([0, *accumulate(map(len, _KEYS))], np.int64)
_QUOTE, _OPEN, _CLOSE, _END, _NULL, _ZERO, _TWO, _X = b'"{}]n02x'
_Keys = tuple[bytes, ...]
_PLACES, _LETTERS, _SHAPES = 64, 1024, 32
"""Keys of an object, their letters, and sets of keys in a text at most: who writes more is no usual node, and looks for our time."""
_OPENING = b'"transactions":[{'
_BEFORE = (b",", b"{")
_VALUE = rb'(?:"[^"]*"|null|\[\])'
_OBJECT = re.compile(rb'\{"\w+":%b(?:,"\w+":%b)*+\}' % (_VALUE, _VALUE))
_KEY = re.compile(rb'"(\w+)":')
_MARK = -4611686018427380000
"""What stands for the first list that was cut out, the next smaller number for the next: a whole number is written in one way only."""
_MARKED, _MOST = b"-461168601842738", 10_000


class Listed(Sequence[dict[str, Any]]):
    """The transactions of one block: objects when they are asked for, and where their fields stand, compiled.

    ``text``: the list from ``[`` to ``]``.
    """

    def __init__(self, text: bytes) -> None:
        """Take a list as :func:`parsed` finds it."""
        self.text = text

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """Each as JSON says it."""
        found: list[dict[str, Any]] = json_of(self.text)
        return found

    @cached_property
    def spans(self) -> tuple[Spans, NDArray[np.int64]]:
        """Where in the text the value of each of :data:`NAMES` begins and ends, (transactions, names, 2), and the type of each.

        (0, 0) where a key is not there or its value is no text. The type is 0, 1 or 2, -1 for another, or with an access list.
        """
        spans, styles = _spans(np.frombuffer(self.text, np.uint8))
        return spans, styles

    def __len__(self) -> int:
        """How many there are."""
        return len(self.spans[1])

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        """One of them, or some."""
        return self.objects[at]


def parsed(text: bytes, parse: Callable[[bytes], Any], answers: Callable[[Any], Any]) -> Any:
    """What ``parse`` makes of a text, whose blocks' usual lists of transactions are :class:`Listed`; its errors are those of the text.

    ``answers``: where in its value the answers of a node are, one or a list of them.
    """
    rest, found = _cut(text)
    if not found:
        return parse(text)
    value = parse(rest)
    blocks = [each for each in _blocks(answers(value)) if _is_mark(each.get("transactions"))]
    known = [each["transactions"] for each in blocks] == [*range(_MARK, _MARK - len(found), -1)]
    if not known or rest.count(_MARKED) != len(found):  # one stands elsewhere, or a number is the node's own
        return parse(text)
    for block, each in zip(blocks, found, strict=True):
        block["transactions"] = each
    return value


def _is_mark(value: Any) -> bool:
    return value.__class__ is int and _MARK - _MOST < value <= _MARK


def _blocks(answers: Any) -> Iterator[dict[str, Any]]:
    for each in answers if isinstance(answers, list) else [answers]:
        result = each.get("result") if isinstance(each, Mapping) else None
        if isinstance(result, dict):
            yield result


def _cut(text: bytes) -> tuple[bytes, list[Listed]]:
    """The text with a number in place of each usual list, and the lists.

    The text is JSON where the rest is, and says the same beside the lists: what stands before the quote makes the name a key, and a
    number with a figure behind it is another number.
    """
    parts, found, shapes, at = list[bytes](), list[Listed](), set[_Keys](), 0
    begin = text.find(_OPENING)
    while begin >= 0 and len(found) < _MOST:
        first = begin + len(_OPENING) - 1
        end = _end(text, first, shapes) if text[begin - 1 : begin] in _BEFORE else 0
        listed = text[first - 1 : end]
        if end and listed.isascii() and b"\\" not in listed and np.frombuffer(listed, np.uint8).min() >= ord(" "):
            parts += [text[at : first - 1], b"%d" % (_MARK - len(found))]
            found.append(Listed(listed))
            at = end
        begin = text.find(_OPENING, max(end, first))
    return b"".join([*parts, text[at:]]), found


def _end(text: bytes, at: int, shapes: set[_Keys]) -> int:
    """Where the list ends whose first object begins here; 0 where it is not usual. ``shapes``: the keys met in this text."""
    while (first := _OBJECT.match(text, at)) is not None:
        keys = tuple(_KEY.findall(first[0]))
        shapes.add(keys)
        if len({*keys}) < len(keys) or len(keys) > _PLACES or sum(map(len, keys)) > _LETTERS or len(shapes) > _SHAPES:
            return 0
        run = _alike(keys).match(text, at)
        if run is None:
            return 0
        at = run.end() + 1
        if (after := text[at - 1 : at]) != b",":
            return at if after == b"]" else 0
    return 0


@lru_cache(64)
def _alike(keys: _Keys) -> re.Pattern[bytes]:
    """Objects one behind the other that all have these keys in this order, as a node writes them."""
    one = rb"\{" + b",".join(b'"%b":%b' % (each, _VALUE) for each in keys) + rb"\}"
    return re.compile(rb"%b(?:,%b)*+" % (one, one))


@njit(cache=True, nogil=True)
def _spans(text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """As :attr:`Listed.spans`, of a list that is known to be usual: what a node writes of one transaction it writes of the next alike."""
    count = np.sum((text[:-1] == _OPEN) & (text[1:] == _QUOTE))  # no fewer than there are, however many stand in values
    spans = np.zeros((count, len(_STOPS) - 1, 2), np.int64)
    order, sizes, styles = np.zeros(_PLACES, np.int64), np.zeros(_PLACES, np.int64), np.empty(len(spans), np.int64)
    at = row = 0
    while at < len(text) and text[at] != _END:
        at, place = at + 1, 0
        while at < len(text) and text[at] != _CLOSE:
            likely = min(place, _PLACES - 1)
            order[likely] = name = _name(text, at + 1, order[likely])
            at = (_closing(text, at + 1, 0) if name < 0 else at + _STOPS[name + 1] - _STOPS[name]) + 2
            begin = end = -1
            if text[at] == _QUOTE:
                begin, end = at + 1, _closing(text, at, sizes[likely])
                sizes[likely], at = end - begin, end + 1
            else:
                at += 4 if text[at] == _NULL else 2
            if name >= 0:
                spans[row, name, 0], spans[row, name, 1] = begin, end
            place += 1
        styles[row] = _style(text, spans[row])
        at, row = at + 1, row + 1
    return spans[:row], styles[:row]


@njit(cache=True, nogil=True)
def _name(text, at, likely):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Which of the names stands here in its quotes; -1 for none."""
    if likely >= 0 and _is(text, at, likely):
        return likely
    for name in range(len(_STOPS) - 1):
        if _is(text, at, name):
            return name
    return -1


@njit(cache=True, nogil=True)
def _is(text, at, name):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    begin, size = _STOPS[name], _STOPS[name + 1] - _STOPS[name]
    i = 0
    while i < size and at + i < len(text) and text[at + i] == _WORDS[begin + i]:
        i += 1
    return i == size


@njit(cache=True, nogil=True)
def _closing(text, at, likely):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """The quote that closes the text whose first quote stands here."""
    at += 1
    end = at + likely
    if end < len(text) and text[end] == _QUOTE:
        other = False
        for i in range(at, end):  # without a way out, so that many bytes are looked at at once
            other |= text[i] == _QUOTE
        if not other:
            return end
    while at < len(text) and text[at] != _QUOTE:
        at += 1
    return at


@njit(cache=True, nogil=True)
def _style(text, spans):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    begin, end = spans[_TYPE, 0], spans[_TYPE, 1]
    if begin == 0:
        return 0
    usual = end - begin == 3 and text[begin] == _ZERO and text[begin + 1] == _X and _ZERO <= text[begin + 2] <= _TWO
    style = np.int64(text[begin + 2]) - _ZERO if usual else -1
    return -1 if style > 0 and spans[_ACCESS, 0] > 0 else style
