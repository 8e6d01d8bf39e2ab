# SPDX-License-Identifier: Apache-2.0
"""The tag files of a BagIt 1.0 bag (RFC 8493), written so that ``bagit.py`` and ``sha256sum -c`` accept them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.evidence.bundle import is_safe_path
from harness.evidence.defects import ManifestError, UnsafePathError
from harness.evidence.storage import open_descriptor, storing

BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
"""Content of bagit.txt, RFC 8493 2.1.1."""
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """SHA-256 of a file in hex, and its length in bytes."""

    sha256: str
    bytes: int


def hash_file(path: Path) -> FileDigest:
    """Digest of the plain file at ``path``, read once; never follows a link. StorageError when it is unreadable."""
    with storing(path, "reading"):
        return _hash(path)


def _hash(path: Path) -> FileDigest:
    with os.fdopen(open_descriptor(path, os.O_RDONLY), "rb") as content:
        digest = hashlib.file_digest(content, "sha256")
        return FileDigest(digest.hexdigest(), content.tell())


def hash_files(root: Path, sizes: Mapping[str, int], progress: Progress | None = None) -> dict[str, FileDigest]:
    """Digest of every file in ``sizes`` (path below ``root`` -> bytes), in that order, on all processors."""
    total, done = sum(sizes.values()), 0
    found: dict[str, FileDigest] = {}
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for path, digest in zip(sizes, pool.map(lambda each: hash_file(root / each), sizes), strict=True):
            found[path] = digest
            done += digest.bytes
            if progress is not None:
                progress(done, total)
    return found


def manifest_text(digests: Mapping[str, FileDigest]) -> bytes:
    """Lines ``<sha256>  <path>`` in path order, for ``sha256sum -c``."""
    return "".join(f"{digests[path].sha256}  {path}\n" for path in sorted(digests)).encode()


def read_manifest(data: bytes, where: str) -> dict[str, str]:
    """Path -> SHA-256 of a manifest from anybody; ManifestError, UnsafePathError for a path that leaves the bag."""
    found: dict[str, str] = {}
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise ManifestError("UTF-8", where=where) from None
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found:
            raise ManifestError(line[:80], where=f"{where}:{number}")
        if not is_safe_path(match[2]):
            raise UnsafePathError(match[2][:80], where=f"{where}:{number}")
        found[match[2]] = match[1]
    return found


def oxum(digests: Iterable[FileDigest]) -> str:
    """Payload-Oxum: bytes, a dot, number of files (RFC 8493 2.2.2)."""
    listed = list(digests)
    return f"{sum(digest.bytes for digest in listed)}.{len(listed)}"


def bag_info(fields: Mapping[str, str]) -> bytes:
    """bag-info.txt of ``fields`` in their order; line breaks inside a value become blanks."""
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in fields.items()).encode()


def read_bag_info(data: bytes) -> dict[str, str]:
    """Label -> value of the unfolded lines of bag-info.txt."""
    pairs = (line.split(": ", 1) for line in data.decode("utf-8", "replace").splitlines() if ": " in line)
    return dict(pairs)
