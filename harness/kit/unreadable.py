# SPDX-License-Identifier: Apache-2.0
"""The error for bytes of others that cannot be read as what they should be, told in both languages."""

from __future__ import annotations

from harness.errors import DecodeError, Exit, UsageError
from harness.model import Text


class UnreadableError(DecodeError):
    """A file that is not what it should be, or a hostile one; ``text`` is the sentence in both languages."""

    code = "unreadable"

    def __init__(self, text: Text, *, cure: str = "", where: str = "") -> None:
        """Keep both sentences; the English one is the problem that the command line prints."""
        self.text = text
        super().__init__(text.en, cure=cure, where=where)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process in both languages."""
        return (_rebuild, (type(self), self.text, self.cure, self.where))


class UnusableError(UnreadableError, UsageError):
    """The same before anything is recorded: a file of the profile's that has to be put right first."""

    exit_code = Exit.USAGE


def _rebuild(kind: type[UnreadableError], text: Text, cure: str, where: str) -> UnreadableError:
    return kind(text, cure=cure, where=where)
