# SPDX-License-Identifier: Apache-2.0
"""What stands in the files of documents. Processes that only read start with it, so it imports little."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import date

from harness.kit import papers
from harness.kit.documents import MAX_DOCUMENT

_BLOCK = 1 << 16
Words = tuple[str, frozenset[date], bool, str, tuple[date | None, date | None]]
"""A paper as plain values."""


def contents(there: Sequence[tuple[str, str]]) -> list[tuple[str, str, Words | None]]:
    """Name, SHA-256 and what it says of each document; plain values, which go cheaply from one process to another."""
    found: list[tuple[str, str, Words | None]] = []
    for name, place in there:
        content = _read(place)
        if len(content) > MAX_DOCUMENT:
            continue
        paper = papers.read(name, content) if papers.may_have_text(name) else None
        told = None if paper is None else (paper.text, paper.dates, paper.read, paper.back, paper.term)
        found.append((name, hashlib.sha256(content).hexdigest(), told))
    return found


def _read(place: str) -> bytes:
    """The bytes of a document, and some more than are read where there are too many; without a buffer for the largest one."""
    parts: list[bytes] = []
    size = 0
    stream = os.open(place, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        while size <= MAX_DOCUMENT and (part := os.read(stream, _BLOCK)):
            parts.append(part)
            size += len(part)
    finally:
        os.close(stream)
    return b"".join(parts)
