# SPDX-License-Identifier: Apache-2.0
"""Values as JSON-RPC writes them: hex with 0x, numbers as hex or as integers. What is neither is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import DecodeError

_MOST_DIGITS = 128


class MalformedError(DecodeError):
    """A value that is not what its key promises."""


def octets(value: Any, size: int | None = None) -> bytes:
    """Hex, with or without 0x, as bytes; of ``size`` bytes where that is given."""
    if not isinstance(value, str):
        raise _wrong("hex")
    text = value[2:] if value[:2] in {"0x", "0X"} else value
    try:
        found = bytes.fromhex(text)
    except ValueError:
        raise _wrong("hex") from None
    if len(text) != 2 * len(found):  # fromhex passes over blanks
        raise _wrong("hex")
    if size is not None and len(found) != size:
        what = f"hex of {size} bytes"
        raise _wrong(what)
    return found


def natural(value: Any) -> int:
    """A number: an integer, hex with 0x, or decimal digits; not negative."""
    if isinstance(value, str):
        if len(value) <= _MOST_DIGITS and value.isascii():
            if value[:2] in {"0x", "0X"}:
                return _hexadecimal(value)
            if value.isdigit():
                return int(value)
    elif isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _wrong("a number")


def _hexadecimal(text: str) -> int:
    if text[2:].isalnum():  # int takes underscores and blanks
        try:
            return int(text, 16)
        except ValueError:
            pass
    raise _wrong("a number")


def taken(given: Mapping[str, Any], *names: str) -> Any:
    """The value under the first of ``names`` that is there; MalformedError where none is."""
    for name in names:
        if given.get(name) is not None:
            return given[name]
    msg = f"There is no {names[0]}."
    raise MalformedError(msg, cure="fetch the whole block again.")


def _wrong(what: str) -> MalformedError:
    msg = f"A value should be {what} and is not."
    return MalformedError(msg, cure="fetch the block again from the node itself.")
