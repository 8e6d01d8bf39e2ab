# SPDX-License-Identifier: Apache-2.0
"""A bundle as one zip, the same bytes each time, and a safe way into a zip from a stranger.

One top-level folder holds the bag (RFC 8493 4); entries are stored in path order with a fixed time.
"""

from __future__ import annotations

import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.errors import StorageError, UsageError
from harness.evidence.bundle import LARGEST_BUNDLE, MOST_FILES, Bundle, is_safe_path, walk
from harness.evidence.defects import NotABundleError
from harness.evidence.refusals import (
    DamagedZipError,
    ZipBombError,
    ZipDuplicateError,
    ZipLayoutError,
    ZipLinkError,
    ZipMethodError,
    ZipPathError,
)
from harness.evidence.storage import storing

_PIECE = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_END = b"PK\x05\x06"
_END64 = b"PK\x06\x06"
_ENCRYPTED = 0x1
_UNREADABLE = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a stranger's zip may hold: entries, bytes unpacked, bytes of directory, deflate ratio.

    Deflated text and zeros reach 1000 : 1; recorded traces stay below 50 : 1. What is under ``spared`` bytes, one entry
    or all together, is not held to the ratio.
    """

    entries: int = MOST_FILES
    bytes: int = LARGEST_BUNDLE
    directory: int = 16 << 20
    ratio: int = 200
    spared: int = 1 << 20


def pack(bundle_root: Path, zip_path: Path) -> None:
    """Write the bundle into ``zip_path``; the same bundle gives the same bytes.

    Raises NotABundleError, LinkError; UsageError when ``zip_path`` exists or lies inside; StorageError.
    """
    bundle = Bundle.open(bundle_root)
    if zip_path.exists() or zip_path.resolve().is_relative_to(bundle.root.resolve()):
        msg = f"{zip_path} cannot be written: it exists or lies inside the bundle."
        raise UsageError(msg, cure="choose another --out.")
    partial = zip_path.with_name(zip_path.name + ".part")
    with storing(zip_path):
        try:
            _write_zip(bundle, partial)
            partial.rename(zip_path)
        finally:
            partial.unlink(missing_ok=True)


def _write_zip(bundle: Bundle, path: Path) -> None:
    name = bundle.root.resolve().name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for entry in walk(bundle.root):
            info = zipfile.ZipInfo(f"{name}/{entry.path}", _EPOCH)
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.file_size = entry.size
            with (bundle.root / entry.path).open("rb") as content, archive.open(info, "w") as target:
                shutil.copyfileobj(content, target, _PIECE)


@contextmanager
def unpacked(path: Path, *, bounds: Bounds | None = None) -> Iterator[Path]:
    """The bundle's root: the folder itself, or a temporary one with the content of the zip.

    The content of a zip is checked before anything is written and removed afterwards. Raises NotABundleError,
    a ZipError naming the reason, StorageError when the temporary disk is too small.
    """
    if path.is_dir():
        yield path
        return
    if not path.is_file():
        raise NotABundleError(where=str(path))
    with storing(path, "unpacking"):
        temporary = tempfile.TemporaryDirectory(prefix="yanshou-")
    with temporary as folder:
        yield _extract(path, Path(folder), bounds or Bounds())


def _extract(path: Path, folder: Path, bounds: Bounds) -> Path:
    with storing(path, "reading"), path.open("rb") as file:
        _check_directory_size(file, path, bounds)
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                name = _check_entries(entries, path, bounds)
                _check_room(folder, entries)
                for parent in sorted({_folder_of(entry.orig_filename) for entry in entries}):
                    (folder / parent).mkdir(parents=True, exist_ok=True)
                for entry in entries:
                    _write_entry(archive, entry, folder)
        except _UNREADABLE as error:
            raise DamagedZipError(str(error)[:120], where=str(path)) from None
    return folder / name


def _check_directory_size(file: IO[bytes], path: Path, bounds: Bounds) -> None:
    """Bound what ``zipfile`` will read into memory: APPNOTE 4.3.16, 4.3.14; archives with a comment are refused."""
    size = path.stat().st_size
    file.seek(max(0, size - 98))  # zip64 end (56), its locator (20), end (22)
    tail = file.read()
    end = tail[-22:]
    if end[:4] != _END or end[-2:] != b"\0\0":
        raise DamagedZipError(where=str(path))
    directory = int.from_bytes(end[12:16], "little")
    if tail.startswith(_END64):
        directory = max(directory % 0xFFFFFFFF, int.from_bytes(tail[40:48], "little"))
    if directory > bounds.directory:
        msg = f"{directory} B"
        raise ZipBombError(msg, where=str(path))


def _check_entries(entries: Sequence[zipfile.ZipInfo], path: Path, bounds: Bounds) -> str:
    """The name of the one folder in the archive, once every entry is found harmless."""
    seen: dict[str, bool] = {}
    _check_bounds(entries, path, bounds)
    for entry in entries:
        _check_entry(entry, bounds)
        _check_distinct(entry, seen)
    tops = {entry.orig_filename.split("/")[0] for entry in entries}
    inside = all("/" in entry.orig_filename for entry in entries)
    if len(tops) != 1 or not inside:
        raise ZipLayoutError(", ".join(sorted(tops))[:80], where=str(path))
    return tops.pop()


def _check_entry(entry: zipfile.ZipInfo, bounds: Bounds) -> None:
    """One entry by itself: kind, path, method, ratio."""
    where = entry.orig_filename.encode("unicode_escape").decode()[:120]
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ZipLinkError(where=where)
    folder = entry.orig_filename.endswith("/")
    if not is_safe_path(entry.orig_filename.removesuffix("/")) or (folder and entry.file_size):
        raise ZipPathError(where=where)
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ZipMethodError(where=where)
    if entry.file_size > bounds.spared and entry.file_size > bounds.ratio * entry.compress_size:
        msg = f"{entry.file_size} / {entry.compress_size}"
        raise ZipBombError(msg, where=where)


def _check_distinct(entry: zipfile.ZipInfo, seen: dict[str, bool]) -> None:
    """No file twice and no file as a folder, also where case and Unicode form do not count.

    ``seen``: folded path -> is a file.
    """
    folded = unicodedata.normalize("NFC", entry.orig_filename).casefold()
    path, is_file = folded.removesuffix("/"), not folded.endswith("/")
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    if any(seen.get(each, False) for each in above) or (path in seen and (is_file or seen[path])):
        raise ZipDuplicateError(where=entry.orig_filename)
    seen.update(dict.fromkeys(above, False), **{path: is_file})


def _check_bounds(entries: Sequence[zipfile.ZipInfo], path: Path, bounds: Bounds) -> None:
    """All entries together: number, bytes, ratio, no bytes shared (D. Fifield, 2019), none before the first.

    Where an archive stands before this one, other unpackers may see that one instead.
    """
    declared = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    swollen = declared > bounds.spared and declared > bounds.ratio * packed
    if len(entries) > bounds.entries or declared > bounds.bytes or swollen or packed > path.stat().st_size:
        msg = f"{len(entries)} / {declared} B"
        raise ZipBombError(msg, where=str(path))
    in_order = sorted(entries, key=lambda each: each.header_offset)
    if in_order and in_order[0].header_offset:
        msg = f"{in_order[0].header_offset} B before the archive"
        raise DamagedZipError(msg, where=str(path))
    end = 0
    for entry in in_order:
        if entry.header_offset < end:
            raise ZipBombError(entry.orig_filename[:80], where=str(path))
        end = entry.header_offset + 30 + len(entry.orig_filename) + entry.compress_size


def _check_room(folder: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    needed = sum(entry.file_size for entry in entries)
    free = shutil.disk_usage(folder).free
    if needed > free:
        msg = f"Unpacking needs {needed} bytes, the temporary disk has {free}."
        raise StorageError(msg, cure="set TMPDIR to a folder on a larger disk.", where=str(folder))


def _folder_of(name: str) -> str:
    """The folder that an entry is or lies in."""
    return name.rpartition("/")[0]


def _write_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    """Unpack one checked entry; never more than it declared, and all of it."""
    if entry.orig_filename.endswith("/"):
        return  # made before
    target, written = folder / entry.orig_filename, 0
    with storing(target), archive.open(entry) as content, target.open("xb") as file:
        while written <= entry.file_size and (piece := content.read(_PIECE)):
            written += file.write(piece)
    if written != entry.file_size:
        msg = f"{written} / {entry.file_size} B"
        raise DamagedZipError(msg, where=entry.orig_filename)
