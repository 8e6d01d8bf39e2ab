# SPDX-License-Identifier: Apache-2.0
"""Documents that the rows of a table name: safe relative names, copies beside the trace, digests (what they say: papers)."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from harness.errors import InstrumentError, UsageError
from harness.kit.files import FileSource
from harness.model import Text
from harness.plugins import Sink

MAX_DOCUMENT = 256 * 1024 * 1024
"""Bytes of one document."""
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
    text = cell if cell.isascii() else unicodedata.normalize("NFC", cell)
    if _SPLIT.search(text) is None:
        part = text.strip().replace("\\", "/")
        return (part.removeprefix("./"),) if part else ()
    parts = (part.strip().replace("\\", "/") for part in _SPLIT.split(text))
    return tuple(part.removeprefix("./") for part in parts if part)


def safe(name: str) -> bool:
    """Whether a name stays inside the folder of documents: relative, no ``..``, no drive, no control character."""
    plain = name.isprintable() and ":" not in name and len(name) <= 255
    return plain and not name.startswith("/") and (".." not in name or ".." not in name.split("/"))


def collect(cell: str, digests: str, kept: Mapping[str, str]) -> tuple[Document, ...]:
    """The documents that a cell names beside their registered digests; ``kept``: name -> digest of what was recorded."""
    listed = names(cell)
    parts = [digests] if _SPLIT.search(digests) is None else _SPLIT.split(digests)
    registered = [part.strip().lower().removeprefix("sha256:") for part in parts]
    registered += [""] * (len(listed) - len(registered))
    return tuple(
        Document(name, digest, kept.get(name, "") if safe(name) else "")
        for name, digest in zip(listed, registered, strict=False)
    )


def find(folders: Sequence[Path], name: str) -> Path | None:
    """The named file inside one of the folders, links followed only inside it; None when there is none.

    A folder may be the one that the name begins with: ``contracts/1.pdf`` is found in ``…/contracts`` as well.
    """
    found = find_path(folders, name)
    return None if found is None else Path(found)


def find_path(folders: Sequence[Path], name: str) -> str | None:
    """What :func:`find` finds, as a text: it is asked of every row of long registers."""
    if not safe(name):
        return None
    first, _, rest = name.partition("/")
    for folder in folders:
        inside, last_part = _resolved(os.path.abspath(folder))  # noqa: PTH100 - another working folder is another answer
        for each in (name, rest) if rest and last_part == first else (name,):
            asked = f"{inside}/{each}"
            try:
                mode = os.lstat(asked).st_mode
            except (OSError, ValueError):
                continue
            if not stat.S_ISREG(mode) and not os.path.isfile(asked):  # noqa: PTH113 - a link may lead to a file
                continue
            above, _, last = asked.rpartition("/")
            path = f"{_real(above)}/{last}"
            if not stat.S_ISREG(mode):
                path = os.path.realpath(path)
            if path.startswith(inside if inside.endswith("/") else f"{inside}/"):
                return path
    return None


def digests(folders: Sequence[Path], wanted: Iterable[str]) -> dict[str, str]:
    """Name -> SHA-256 of each named document that is there."""
    found = {name: find(folders, name) for name in wanted}
    return {name: hashlib.sha256(_bytes(path)).hexdigest() for name, path in found.items() if path is not None}


@lru_cache(maxsize=1024)
def _real(folder: str) -> str:
    """Where a folder really is: asked once for the thousands of documents in it."""
    return os.path.realpath(folder)


@lru_cache(maxsize=16)
def _resolved(folder: str) -> tuple[str, str]:
    """Where a folder of documents really is, and its name there."""
    found = Path(folder).resolve()
    return str(found), found.name


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


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_DOCUMENT:
            problem = f"The document {path.name} is larger than {MAX_DOCUMENT >> 20} MiB."
            raise InstrumentError(problem, cure="replace it by a smaller scan.")
        return path.read_bytes()
    except OSError as defect:
        msg = f"The document {path.name} cannot be read: {defect.strerror}."
        raise InstrumentError(msg, cure="check its rights.") from defect


class DocumentedSource(FileSource):
    """Copies one file and keeps the documents that it names beside it; ``named`` reads their names out of its bytes.

    ``named`` raises for a file that is not what it should be. ``folders``: where documents are looked for, the first first.
    """

    def __init__(
        self,
        path: Path,
        noun: Text,
        folders: Sequence[Path],
        named: Callable[[bytes], Iterable[str]],
        *,
        attach: Mapping[str, Path] = MappingProxyType({}),
        extension: str = "",
    ) -> None:
        """Remember the paths; nothing is opened yet."""
        super().__init__([path], noun, attach=attach, check=lambda each: named(each.read_bytes()), extension=extension)
        self._path, self._folders, self._named = path, tuple(folders), named

    def preflight(self) -> None:
        """The file is what it should be and the folders are there."""
        for folder in self._folders:
            if not folder.is_dir():
                msg = f"There is no folder {folder}."
                raise UsageError(msg, cure="check documents: in the profile.")
        super().preflight()

    def record(self, sink: Sink) -> None:
        """Copy the file, then attach each document; what is absent is said in the journal."""
        super().record(sink)
        if not sink.stopping:
            absent = attach_all(sink, self._folders, self._named(self._path.read_bytes()))
            sink.event("documents.recorded", {"file": self._path.name, "absent": absent})
