# SPDX-License-Identifier: Apache-2.0
"""Where in a payload a number stands that identifies a packet. Pure."""

from __future__ import annotations

from typing import NamedTuple

from harness.errors import SpecError


class PayloadField(NamedTuple):
    """A number in the transport payload: where it begins, and how many bytes it has."""

    offset: int
    width: int

    def __str__(self) -> str:
        """As ``0:4``."""
        return f"{self.offset}:{self.width}"

    @classmethod
    def read(cls, text: str) -> PayloadField:
        """From ``0:4``; SpecError for what is no field."""
        offset, _, width = text.partition(":")
        if not (offset.isdecimal() and width.isdecimal() and int(offset) < 65_536 and 1 <= int(width) <= 8):
            msg = f"{text!r} is not a field."
            raise SpecError(msg, cure="write OFFSET:WIDTH, like 0:4; the width is 1 to 8 bytes.")
        return cls(int(offset), int(width))
