# SPDX-License-Identifier: Apache-2.0
"""Why something that was agreed beforehand is refused: each case with its own code, sentence and cure in both languages."""

from __future__ import annotations

from typing import Any

from harness.errors import EvidenceError, UsageError, YanshouError
from harness.kit.words import Catalogue
from harness.model import Reason, Text


class _AgreedError(YanshouError):
    """A sentence of the words with its cure in both languages; ``code`` is that of ``reason``."""

    code = "agreed"

    def __init__(self, reason: Reason, remedy: Text, where: str = "") -> None:
        """Keep the reason and its cure; the English sentences are what the command line prints."""
        super().__init__(reason.text.en, cure=remedy.en, where=where)
        self.reason, self.remedy = reason, remedy
        self.code = reason.code  # type: ignore[misc] # one class for many cases, each with its own stable code

    @property
    def text(self) -> Text:
        """The sentence in both languages."""
        return self.reason.text

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process."""
        return (type(self), (self.reason, self.remedy, self.where))


class BrokenAgreementError(_AgreedError, EvidenceError):
    """A plan, draw, ledger, challenge or certificate that is not what was agreed."""


class DisagreementError(_AgreedError, UsageError):
    """What was asked for does not go with what was agreed."""


def broken(words: Catalogue, key: str, where: str = "", **facts: Any) -> YanshouError:
    """The error for evidence: sentence ``key``, cure ``cure-key`` of the same room."""
    return BrokenAgreementError(words.reason(key, **facts), words.text(f"cure-{key}"), where)


def refused(words: Catalogue, key: str, where: str = "", **facts: Any) -> YanshouError:
    """The error for a command: sentence ``key``, cure ``cure-key`` of the same room."""
    return DisagreementError(words.reason(key, **facts), words.text(f"cure-{key}"), where)
