# SPDX-License-Identifier: Apache-2.0
"""The error for a register whose bytes cannot be read, told in both languages."""

from __future__ import annotations

from harness.errors import DecodeError
from harness.model import Text


class UnreadableError(DecodeError):
    """A register that is no table, or a hostile one; ``text`` is the sentence in both languages."""

    code = "register-unreadable"

    def __init__(self, text: Text | str, *, cure: str = "", where: str = "") -> None:
        """Keep both sentences; the English one is the problem that the command line prints."""
        self.text = text if isinstance(text, Text) else Text(text, text)
        super().__init__(self.text.en, cure=cure, where=where)
