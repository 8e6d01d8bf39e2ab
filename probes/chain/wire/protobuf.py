# SPDX-License-Identifier: Apache-2.0
"""Protocol buffers as they lie in ledgers: fields by number, nothing more (https://protobuf.dev/programming-guides/encoding)."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import DecodeError

_MOST = 1 << 64
Fields = dict[int, list[bytes | int]]


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at ``at`` and where it ends; DecodeError where it is cut off or longer than ten bytes."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80 and value < _MOST:
            return value, at
    raise _broken()


def fields(data: bytes) -> Fields:
    """Every field of a message by its number, repeated ones in their order."""
    found: Fields = {}
    for number, value, _ in pieces(data):
        found.setdefault(number, []).append(value)
    return found


def pieces(data: bytes) -> Iterator[tuple[int, bytes | int, bytes]]:
    """(number, value, all its bytes) of every field in the order of the message; DecodeError where it is none."""
    at = 0
    while at < len(data):
        begin = at
        tag, at = varint(data, at)
        value: bytes | int
        match tag & 7:
            case 0:
                value, at = varint(data, at)
            case 1:
                value, at = data[at : at + 8], at + 8
            case 2:
                size, at = varint(data, at)
                value, at = data[at : at + size], at + size
            case 5:
                value, at = data[at : at + 4], at + 4
            case _:
                raise _broken()
        if at > len(data) or tag >> 3 == 0:
            raise _broken()
        yield tag >> 3, value, data[begin:at]


def number(value: int) -> bytes:
    """A number as varint; ValueError for one that is negative or longer than 64 bits."""
    if not 0 <= value < _MOST:
        raise ValueError(value)
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def message(*given: tuple[int, bytes | str | int]) -> bytes:
    """A message of (number, value) in that order; as proto3 writes it, so that what is zero or empty is left out."""
    out = []
    for at, value in given:
        if isinstance(value, int):
            out.append(number(at << 3) + number(value) if value else b"")
        elif value:
            out.append(inside(at, value.encode() if isinstance(value, str) else value))
    return b"".join(out)


def inside(at: int, data: bytes) -> bytes:
    """One field of bytes, though they be none: an empty message that is there."""
    return number(at << 3 | 2) + number(len(data)) + data


def messages(given: Fields, at: int) -> list[Fields]:
    """Every message of that number."""
    return [fields(each) for each in given.get(at, []) if isinstance(each, bytes)]


def part(given: Fields, at: int) -> bytes:
    """The last bytes field of that number; nothing where there is none."""
    found = given.get(at, [b""])[-1]
    return found if isinstance(found, bytes) else b""


def count(given: Fields, at: int) -> int:
    """The last number field; zero where there is none."""
    found = given.get(at, [0])[-1]
    return found if isinstance(found, int) else 0


def _broken() -> DecodeError:
    return DecodeError("These bytes are no protocol buffer.", cure="export the ledger again.")
