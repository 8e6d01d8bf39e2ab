# SPDX-License-Identifier: Apache-2.0
"""The documents that rows name: safe relative names, their digests, and whether a text mentions an organisation."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAX_TEXT = 1024 * 1024
"""Bytes of a text document that are searched for a name."""
_TEXT = {".txt", ".md", ".csv"}
_SPLIT = re.compile(r"[;；\n]")


@dataclass(frozen=True, slots=True)
class Document:
    """One named document: its relative name, the registered digest (may be empty), the digest found (empty: absent)."""

    name: str
    registered: str
    found: str

    @property
    def unchanged(self) -> bool:
        """There, and equal to the registered digest where one is given."""
        return bool(self.found) and self.registered in {"", self.found}


def names(cell: str) -> tuple[str, ...]:
    """The document names in a cell, separated by semicolons or line breaks, with forward slashes."""
    parts = (unicodedata.normalize("NFC", part).strip().replace("\\", "/") for part in _SPLIT.split(cell))
    return tuple(part.removeprefix("./") for part in parts if part)


def safe(name: str) -> bool:
    """Whether a name stays inside the folder of documents: relative, no ``..``, no drive, no control character."""
    path = PurePosixPath(name)
    plain = all(character.isprintable() and character != ":" for character in name)
    return plain and len(name) <= 255 and not path.is_absolute() and ".." not in path.parts


def collect(cell: str, digests: str, kept: Mapping[str, str]) -> tuple[Document, ...]:
    """The documents of one row, each hashed; ``kept`` maps names to the paths of recorded copies."""
    listed = names(cell)
    registered = [part.strip().lower() for part in _SPLIT.split(digests)]
    registered += [""] * (len(listed) - len(registered))
    return tuple(
        Document(name, digest, digest_of(Path(kept[name])) if safe(name) and name in kept else "")
        for name, digest in zip(listed, registered, strict=False)
    )


def digest_of(path: Path) -> str:
    """SHA-256 of a file in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def mentions(path: Path, *wanted: str) -> bool | None:
    """Whether a text document contains one of ``wanted``; None for other kinds of file."""
    if path.suffix.lower() not in _TEXT or path.stat().st_size > MAX_TEXT:
        return None
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    folded = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return any(each and "".join(each.split()).upper() in folded for each in wanted)
