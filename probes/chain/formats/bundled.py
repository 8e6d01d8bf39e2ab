# SPDX-License-Identifier: Apache-2.0
"""Several business records in one transaction, by the rule that was declared: an array of a JSON text or of a call's argument.

The rule is strict: a transaction that it does not fit has no record that counts, because what was not understood never helps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from harness.errors import DecodeError
from probes.chain.formats.recordings import parsed

_WORD, _SELECTOR = 32, 4
MOST = 10_000
"""Records of one transaction."""


class Rule(Protocol):
    """What a profile declares (:class:`probes.chain.plans.settings.BundleSettings`)."""

    @property
    def form(self) -> str:
        """``json``, ``words`` or ``texts``."""

    @property
    def argument(self) -> int | None:
        """Which argument of the call, from 0."""

    @property
    def pointer(self) -> str:
        """JSON pointer of the array."""


def items(payload: bytes, rule: Rule, chain: str) -> list[bytes] | None:
    """The records of a payload as bytes, each once told as its owner wrote it; None where the rule does not fit it."""
    try:
        found = _json(payload, rule, chain) if rule.form == "json" else _array(payload, rule)
    except (DecodeError, ValueError, IndexError, KeyError, TypeError, RecursionError):
        return None
    good = 0 < len(found) <= MOST and all(each.strip(b"\0 \t\r\n") for each in found)
    return found if good else None


def _json(payload: bytes, rule: Rule, chain: str) -> list[bytes]:
    """Elements of the array at the pointer, each with its keys in order, so that another order is no other record."""
    text = payload if rule.argument is None else _argument(payload, rule.argument, chain)
    value: Any = parsed(text.decode("utf-8"))
    for key in rule.pointer.split("/")[1:]:
        name = key.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    if not isinstance(value, list) or any(each in (None, "", [], {}, False, 0) for each in value):
        raise ValueError
    return [_canonical(each) for each in value]


def _canonical(value: Any) -> bytes:
    if isinstance(value, Mapping):
        value = {key: value[key] for key in sorted(value)}
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _argument(payload: bytes, number: int, chain: str) -> bytes:
    """A text argument: of a chaincode's call by its place, else of a contract's call by the ABI."""
    if chain != "fabric":
        return _tail(payload[_SELECTOR:], number * _WORD, 0)
    at, found = 0, list[bytes]()
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 4], "big")
        found.append(payload[at + 4 : at + 4 + size])
        at += 4 + size
    return found[number + 1]  # the first is the function's name


def _array(payload: bytes, rule: Rule) -> list[bytes]:
    """Elements of an ABI array: ``words`` (bytes32[]) or ``texts`` (string[] or bytes[])."""
    data = payload[_SELECTOR:]
    begin = _number(data, (rule.argument or 0) * _WORD)
    count = _number(data, begin)
    if not 0 < count <= MOST:
        raise ValueError
    inside = begin + _WORD
    if rule.form == "words":
        if inside + count * _WORD > len(data):
            raise ValueError
        return [data[inside + at * _WORD : inside + (at + 1) * _WORD] for at in range(count)]
    return [_tail(data, inside + at * _WORD, inside) for at in range(count)]


def _tail(data: bytes, head: int, base: int) -> bytes:
    """The bytes that the offset at ``head`` leads to, from ``base`` on: length, content."""
    begin = base + _number(data, head)
    size = _number(data, begin)
    found = data[begin + _WORD : begin + _WORD + size]
    if len(found) != size:
        raise ValueError
    return found


def _number(data: bytes, at: int) -> int:
    word: Sequence[int] = data[at : at + _WORD]
    value = int.from_bytes(bytes(word), "big")
    if len(word) != _WORD or value > len(data):
        raise ValueError
    return value
