# SPDX-License-Identifier: Apache-2.0
"""Just enough DER (X.690) to take apart what a stranger sent: bounded, strict, no recursion."""

from __future__ import annotations

from dataclasses import dataclass

INTEGER, OCTETS, OID, TIME, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x18, 0x30, 0x31


class DerError(ValueError):
    """Bytes that are not the DER that was expected."""


@dataclass(frozen=True, slots=True)
class Value:
    """One element: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def inside(self, tag: int | None = None) -> tuple[Value, ...]:
        """The elements of the content; DerError when this one's tag is not ``tag``."""
        self.expect(tag)
        return values(self.content)

    def expect(self, tag: int | None) -> bytes:
        """The content, once the tag is ``tag`` (None: any)."""
        if tag is not None and self.tag != tag:
            msg = f"tag {self.tag:#x} where {tag:#x} belongs"
            raise DerError(msg)
        return self.content

    @property
    def oid(self) -> str:
        """An object identifier in dotted form."""
        arcs, arc = [], 0
        for octet in self.expect(OID):
            arc = arc << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(arc)
                arc = 0
        first = min(arcs[0] // 40, 2) if arcs else 0
        return ".".join(map(str, [first, (arcs[0] if arcs else 0) - 40 * first, *arcs[1:]]))

    @property
    def number(self) -> int:
        """An integer."""
        return int.from_bytes(self.expect(INTEGER), signed=True)


def values(data: bytes) -> tuple[Value, ...]:
    """The elements that ``data`` consists of; DerError for anything else, indefinite lengths included."""
    found, at = [], 0
    while at < len(data):
        start, tag = at, data[at]
        length, at = _length(data, at + 1)
        if tag & 0x1F == 0x1F or at + length > len(data):
            raise DerError("an element does not fit")
        found.append(Value(tag, data[at : at + length], data[start : at + length]))
        at += length
    return tuple(found)


def only(data: bytes) -> Value:
    """The one element that ``data`` is."""
    found = values(data)
    if len(found) != 1:
        msg = f"{len(found)} elements where one belongs"
        raise DerError(msg)
    return found[0]


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Length in octets, and where the content begins."""
    first = data[at] if at < len(data) else 0x80
    if first < 0x80:
        return first, at + 1
    octets = data[at + 1 : at + 1 + (first & 0x7F)]
    if not 1 <= len(octets) <= 4 or len(octets) != first & 0x7F or int.from_bytes(octets) < 0x80 or octets[0] == 0:
        raise DerError("a length is not DER")
    return int.from_bytes(octets), at + 1 + len(octets)
