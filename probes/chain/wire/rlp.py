# SPDX-License-Identifier: Apache-2.0
"""Recursive length prefix (Ethereum Yellow Paper, appendix B): strict, bounded in depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

from harness.errors import DecodeError

Item = Union[bytes, Sequence["Item"]]  # noqa: UP007 - it names itself
_DEEPEST = 16
_SHORT = [bytes([0x80 + size]) for size in range(56)]


def encode(item: Item) -> bytes:
    """Bytes, or a list of items, as RLP."""
    if not isinstance(item, bytes):
        return wrapped(b"".join(map(encode, item)))
    size = len(item)
    if size == 1 and item[0] < 0x80:
        return item
    return (_SHORT[size] if size < 56 else _prefix(size, 0x80)) + item


def wrapped(body: bytes) -> bytes:
    """The list whose items are encoded already, one behind the other."""
    return _prefix(len(body), 0xC0) + body


def natural(value: int) -> bytes:
    """A number as RLP has it: big-endian without leading zeros, nothing for zero."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode(data: bytes) -> Item:
    """The one item that ``data`` is; DecodeError for anything else."""
    item, end = _item(data, 0, 0)
    if end != len(data):
        raise _broken("Bytes follow the item.")
    return item


def items(data: bytes) -> tuple[list[bytes], bool]:
    """The RLP items of a file that holds several, still encoded, and whether the last of them is whole."""
    found: list[bytes] = []
    at = 0
    while at < len(data):
        try:
            _, end = _bounds(data, at)
        except DecodeError:
            return found, False
        found.append(data[at:end])
        at = end
    return found, True


def _prefix(size: int, base: int) -> bytes:
    if size < 56:
        return bytes([base + size])
    length = natural(size)
    return bytes([base + 55 + len(length)]) + length


def _bounds(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the item at ``at`` begins and ends."""
    if at >= len(data):
        raise _broken("An item is missing.")
    first = data[at]
    if first < 0x80:
        return at, at + 1
    base = 0x80 if first < 0xC0 else 0xC0
    if first - base < 56:
        begin, size = at + 1, first - base
    else:
        width = first - base - 55
        begin, raw = at + 1 + width, data[at + 1 : at + 1 + width]
        size = int.from_bytes(raw, "big")
        if len(raw) < width or raw[:1] == b"\0" or size < 56:
            raise _broken("A length is not in its shortest form.")
    if begin + size > len(data):
        raise _broken("An item is cut off.")
    return begin, begin + size


def _item(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    begin, end = _bounds(data, at)
    if data[at] < 0xC0:
        content = data[begin:end]
        if data[at] == 0x81 and content[0] < 0x80:
            raise _broken("A byte is not in its shortest form.")
        return content, end
    if depth > _DEEPEST:
        raise _broken("Lists are nested too deeply.")
    found: list[Item] = []
    while begin < end:
        item, begin = _item(data, begin, depth + 1)
        found.append(item)
    if begin != end:
        raise _broken("An item runs over the end of its list.")
    return found, end


def _broken(problem: str) -> DecodeError:
    return DecodeError(f"These bytes are no RLP. {problem}", cure="fetch the block again.")
