# SPDX-License-Identifier: Apache-2.0
"""Where everything lies in a bundle, and which names may stand there (docs/reference/bundle.md).

The folder is a BagIt bag once sealed (RFC 8493). Nothing here follows a symbolic link.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Self

from harness.errors import UsageError
from harness.evidence.defects import LinkError, NotABundleError, OversizedError, UnsafePathError
from harness.evidence.storage import make_folder, storing
from harness.printable import is_hidden

SUFFIX = ".bundle"
TAG_MANIFEST = "tagmanifest-sha256.txt"
"""Written last by ``seal``: where it stands, the bundle is sealed."""
ATTESTATION = "attestation.dsse.json"
STAMP = ".tsr"
"""A time stamp (RFC 3161) may be added beside the attestation after sealing."""
_FORBIDDEN = frozenset('/\\:*?"<>|%')  # separators, what Windows refuses, and what BagIt manifests escape
DEEPEST = 32
"""Folders inside folders that are accepted: ours need five."""
LONGEST_PATH = 1000
MOST_FILES = 50_000
"""Files that one bundle may hold."""
LARGEST_BUNDLE = 256 << 30
"""Bytes that one bundle may hold."""
HOLLOW = 200
"""A file that claims more than so many times the bytes that its disk holds of it is sparse: nothing that was recorded."""
SPARED = 64 << 20
"""Bytes below which a file is not held to that."""
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{digit}" for digit in range(10)), *(f"lpt{digit}" for digit in range(10))]
)


@lru_cache(maxsize=4096)
def is_safe_name(name: str) -> bool:
    """True when ``name`` is one path component that means the same file on every system."""
    if name in {"", ".", ".."} or name[-1] in " ." or len(name.encode("utf-8", "surrogatepass")) > 255:
        return False
    if any(letter in _FORBIDDEN or is_hidden(letter) for letter in name):
        return False
    return name.split(".", maxsplit=1)[0].lower() not in _DEVICES


def is_safe_path(path: str) -> bool:
    """True when ``path`` is relative, with ``/`` between safe names only, and no deeper or longer than systems can hold."""
    names = path.split("/")
    return len(names) <= DEEPEST and len(path) <= LONGEST_PATH and all(is_safe_name(name) for name in names)


def checked_name(name: str, what: str) -> str:
    """``name`` itself when it can be a file name everywhere; UsageError otherwise."""
    if is_safe_name(name):
        return name
    cure = 'use letters, digits, "-", "_" and "."; none of / \\ : * ? " < > | %, no blank or dot at the end.'
    msg = f"{what} {name!r} cannot be a file name."
    raise UsageError(msg, cure=cure)


def plain_size(root: Path, path: str) -> int | None:
    """Bytes of the plain file ``path`` below ``root``, None when there is none; LinkError for a link on the way or a special file."""
    for depth in range(1, path.count("/") + 2):
        step = root.joinpath(*path.split("/")[:depth])
        try:
            status = step.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        last = depth == path.count("/") + 1
        if not (stat.S_ISREG(status.st_mode) if last else stat.S_ISDIR(status.st_mode)):
            raise LinkError(where=path)
    return status.st_size


@dataclass(frozen=True, slots=True)
class Entry:
    """One file below a folder: relative POSIX path, size in bytes, and whether it is a plain file."""

    path: str
    size: int
    plain: bool


def walk(root: Path) -> Iterator[Entry]:
    """Every file below ``root`` in path order, links and special files included but never followed.

    Folders are walked, not yielded. Raises StorageError when one cannot be read, UnsafePathError for a folder that is too
    deep, OversizedError for more files or bytes than a bundle can hold and for a file that is nearly all holes.
    """
    pending = [PurePosixPath()]
    found: list[Entry] = []
    total = 0
    while pending:
        folder = pending.pop()
        if len(folder.parts) >= DEEPEST or len(str(folder)) > LONGEST_PATH:
            msg = f"{len(folder.parts)} folders deep"
            raise UnsafePathError(msg, where=str(folder)[:120])
        with storing(root / folder, "reading"), os.scandir(root / folder) as entries:
            for each in entries:
                relative = folder / each.name
                if each.is_dir(follow_symlinks=False):
                    pending.append(relative)
                    continue
                status = each.stat(follow_symlinks=False)
                total += status.st_size
                _refuse_unreasonable(str(relative), status, len(found), total)
                found.append(Entry(str(relative), status.st_size, stat.S_ISREG(status.st_mode)))
    yield from sorted(found, key=lambda entry: entry.path)


def _refuse_unreasonable(path: str, status: os.stat_result, files: int, total: int) -> None:
    if files >= MOST_FILES:
        msg = f"> {MOST_FILES} files"
        raise OversizedError(msg)
    held = getattr(status, "st_blocks", status.st_size) * 512
    if total > LARGEST_BUNDLE or (status.st_size > SPARED and status.st_size > HOLLOW * held):
        msg = f"{status.st_size} B, {held} B on the disk"
        raise OversizedError(msg, where=path)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The evidence of one campaign as a folder; paths only, no open files."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> Self:
        """A new bundle at ``root`` (``…/NAME.bundle``, absent or empty); UsageError, StorageError."""
        checked_name(root.name, "bundle name")
        if root.suffix != SUFFIX:
            msg = f"{root.name} does not end in {SUFFIX}."
            raise UsageError(msg, cure=f"call it {root.name}{SUFFIX}.")
        if root.is_symlink() or (root.exists() and (not root.is_dir() or any(root.iterdir()))):
            msg = f"{root} is already there."
            raise UsageError(msg, cure="choose another --out, or continue this campaign with --resume.")
        with storing(root):
            make_folder(root / "data" / "traces")
            make_folder(root / "data" / "documents")
        return cls(root)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The bundle in folder ``path``; NotABundleError, LinkError for any link or special file inside."""
        if not (path / "data").is_dir():
            raise NotABundleError(where=str(path))
        for entry in walk(path):
            if not entry.plain:
                raise LinkError(where=str(path / entry.path))
        return cls(path)

    @property
    def data(self) -> Path:
        """The payload folder."""
        return self.root / "data"

    @property
    def journal_path(self) -> Path:
        """The hash-chained journal."""
        return self.data / "journal.jsonl"

    @property
    def campaign_path(self) -> Path:
        """Who, what, with which plug-ins and digests."""
        return self.data / "campaign.json"

    @property
    def scenario_path(self) -> Path:
        """The exact bytes of the scenario."""
        return self.data / "scenario.yaml"

    @property
    def profile_path(self) -> Path:
        """The exact bytes of the profile."""
        return self.data / "profile.yaml"

    @property
    def results_path(self) -> Path:
        """Verdicts with their estimates, canonical JSON."""
        return self.data / "results.json"

    @property
    def figures_path(self) -> Path:
        """Chart data, so that reports need no decoder."""
        return self.data / "figures.json"

    @property
    def keys_folder(self) -> Path:
        """Public keys of the signers: ``<keyid>.pub.pem``."""
        return self.data / "keys"

    @property
    def attestations_folder(self) -> Path:
        """Former seals, one numbered folder each."""
        return self.data / "attestations"

    @property
    def attestation_path(self) -> Path:
        """The signed statement over manifest and bag-info (DSSE)."""
        return self.root / ATTESTATION

    @property
    def sealed(self) -> bool:
        """True once every tag file is written."""
        return (self.root / TAG_MANIFEST).is_file()

    def documents_folder(self, indicator: str) -> Path:
        """Folder of the documents kept for ``indicator``; made when absent. UsageError for an unsafe name."""
        folder = self.data / "documents" / checked_name(indicator, "indicator")
        with storing(folder):
            make_folder(folder)
        return folder

    def next_segment(self, indicator: str, source: str, extension: str) -> Path:
        """Path of the next segment, ``data/traces/<indicator>/<source>/0001.<ext>``, not yet created.

        Numbers run on across attempts and extensions. UsageError for an unsafe name, StorageError.
        """
        folder = self.data / "traces" / checked_name(indicator, "indicator") / checked_name(source, "source")
        with storing(folder):
            make_folder(folder)
            taken = [int(path.stem) for path in folder.iterdir() if path.stem.isdecimal()]
        return folder / checked_name(f"{max(taken, default=0) + 1:04d}.{extension}", "segment")

    def relative(self, path: Path) -> str:
        """``path`` as journal, manifest and results write it: below the bundle, with ``/``."""
        return path.relative_to(self.root).as_posix()
