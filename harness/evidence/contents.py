# SPDX-License-Identifier: Apache-2.0
"""A bundle's folder as a verifier found it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.evidence.bag import FileDigest
from harness.evidence.canonical import parse
from harness.evidence.defects import DefectError, OversizedError

LARGEST_DOCUMENT = 256 << 20
"""Bytes of journal, manifest or JSON that are read into memory at most."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The root, and the digest of every plain file with a safe path below it."""

    root: Path
    digests: Mapping[str, FileDigest]

    def __contains__(self, path: str) -> bool:
        """True when there is such a file."""
        return path in self.digests

    def read(self, path: str) -> bytes:
        """The content of a document; OversizedError when no honest one is so large."""
        self.refuse_oversized(path)
        return (self.root / path).read_bytes()

    def refuse_oversized(self, path: str) -> None:
        """OversizedError when ``path`` is larger than any honest document."""
        if self.digests[path].bytes > LARGEST_DOCUMENT:
            msg = f"{self.digests[path].bytes} B"
            raise OversizedError(msg, where=path)

    def document(self, path: str) -> Mapping[str, Any]:
        """The JSON object in ``path``; empty when there is none. NotJsonError, OversizedError."""
        value = parse(self.read(path), where=path) if path in self else {}
        return value if isinstance(value, dict) else {}


def gathered(check: Iterator[DefectError]) -> list[DefectError]:
    """What ``check`` yields, and the defect that stopped it, if any."""
    found: list[DefectError] = []
    try:
        found.extend(check)
    except DefectError as error:
        found.append(error)
    return found
