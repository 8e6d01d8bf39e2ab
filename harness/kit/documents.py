# SPDX-License-Identifier: Apache-2.0
"""Documents that the rows of a table name: safe relative names, copies beside the trace, digests, what a text mentions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.errors import InstrumentError
from harness.plugins import Sink

MAX_DOCUMENT = 256 * 1024 * 1024
"""Bytes of one document."""
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
    """The documents that a cell names beside their registered digests; ``kept``: name -> digest of what was recorded."""
    listed = names(cell)
    registered = [part.strip().lower() for part in _SPLIT.split(digests)]
    registered += [""] * (len(listed) - len(registered))
    return tuple(
        Document(name, digest, kept.get(name, "") if safe(name) else "")
        for name, digest in zip(listed, registered, strict=False)
    )


def find(folders: Sequence[Path], name: str) -> Path | None:
    """The named file inside one of the folders, links followed only inside it; None when there is none."""
    if not safe(name):
        return None
    for folder in folders:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    return None


def attach_all(sink: Sink, folders: Sequence[Path], wanted: Iterable[str]) -> list[str]:
    """Keep every named document beside the trace, each once; the names of those that are absent."""
    listed = list(dict.fromkeys(wanted))
    absent = []
    for done, name in enumerate(listed, 1):
        path = find(folders, name)
        if path is None:
            absent.append(name)
        else:
            sink.attach(name, _bytes(path))
        sink.progress(done, len(listed), name)
    return absent


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


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_DOCUMENT:
            problem = f"The document {path.name} is larger than {MAX_DOCUMENT >> 20} MiB."
            raise InstrumentError(problem, cure="replace it by a smaller scan.")
        return path.read_bytes()
    except OSError as defect:
        msg = f"The document {path.name} cannot be read: {defect.strerror}."
        raise InstrumentError(msg, cure="check its rights.") from defect
