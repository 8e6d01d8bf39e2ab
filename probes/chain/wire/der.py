# SPDX-License-Identifier: Apache-2.0
"""DER (ITU-T X.690): tags, lengths, contents; definite and shortest lengths only, bounded in depth."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import DecodeError

SEQUENCE, SET, INTEGER, BITS, OCTETS, OID = 0x30, 0x31, 0x02, 0x03, 0x04, 0x06


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> list[Node]:
        """The elements inside a constructed one."""
        if not self.tag & 0x20:
            raise broken("An element that should hold others does not.")
        found, at = [], 0
        while at < len(self.content):
            node, at = element(self.content, at)
            found.append(node)
        return found


def element(data: bytes, at: int = 0) -> tuple[Node, int]:
    """The element at ``at`` and where it ends."""
    if at + 2 > len(data):
        raise broken("An element is cut off.")
    tag, size, begin = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise broken("A tag is too large.")
    if size & 0x80:
        width = size & 0x7F
        raw = data[begin : begin + width]
        size, begin = int.from_bytes(raw, "big"), begin + width
        if not 0 < width <= 4 or len(raw) < width or raw[0] == 0 or size < 0x80:
            raise broken("A length is not in its shortest form.")
    if begin + size > len(data):
        raise broken("An element is cut off.")
    return Node(tag, data[begin : begin + size], data[at : begin + size]), begin + size


def only(data: bytes) -> Node:
    """The one element that ``data`` is."""
    node, end = element(data)
    if end != len(data):
        raise broken("Bytes follow the element.")
    return node


def oid(content: bytes) -> str:
    """An object identifier in dots."""
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(value)
            value = 0
    if not numbers or content[-1] & 0x80:
        raise broken("An object identifier is cut off.")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    """An element around ``parts``."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def integer(value: int) -> bytes:
    """A number that is not negative, as INTEGER."""
    return sequence(value.to_bytes(value.bit_length() // 8 + 1, "big"), tag=INTEGER)


def broken(problem: str) -> DecodeError:
    """The error for bytes that are no DER."""
    return DecodeError(f"These bytes are no DER. {problem}", cure="export the certificate again.")
