# SPDX-License-Identifier: Apache-2.0
"""Protocol buffers as they lie in ledgers: fields by number, nothing more (https://protobuf.dev/programming-guides/encoding)."""

from __future__ import annotations

from harness.errors import DecodeError

Fields = dict[int, list[bytes | int]]


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at ``at`` and where it ends; DecodeError where it is cut off or longer than ten bytes."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise _broken()


def fields(data: bytes) -> Fields:
    """Every field of a message by its number, repeated ones in their order."""
    found: Fields = {}
    at = 0
    while at < len(data):
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
        found.setdefault(tag >> 3, []).append(value)
    return found


def part(message: Fields, number: int) -> bytes:
    """The last bytes field of that number; nothing where there is none."""
    found = message.get(number, [b""])[-1]
    return found if isinstance(found, bytes) else b""


def count(message: Fields, number: int) -> int:
    """The last number field; zero where there is none."""
    found = message.get(number, [0])[-1]
    return found if isinstance(found, int) else 0


def _broken() -> DecodeError:
    return DecodeError("These bytes are no protocol buffer.", cure="export the ledger again.")
