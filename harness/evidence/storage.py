# SPDX-License-Identifier: Apache-2.0
"""Bytes that reach the disk whole or say why not: unbuffered writes, durable names, atomic replacement."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import StorageError, UsageError

_CURES = {
    errno.ENOSPC: "free space on that disk (or choose another with --out), then go on with --resume; what was recorded is kept.",
    errno.EDQUOT: "raise the quota or choose another disk with --out, then go on with --resume; what was recorded is kept.",
    errno.EFBIG: "choose a file system without that size limit with --out, then go on with --resume.",
    errno.EACCES: "give this user access to that folder, or choose another with --out.",
    errno.EPERM: "give this user access to that folder, or choose another with --out.",
    errno.EROFS: "the disk is mounted read-only: remount it, or choose another with --out.",
    errno.EEXIST: "never overwrite evidence: choose another name, or continue with --resume.",
    errno.EIO: "the disk reports a hardware error: replace it; copy what is readable first.",
}


@contextmanager
def storing(path: Path, doing: str = "recording") -> Iterator[None]:
    """Turn an OSError on ``path`` into a StorageError with the cure; ``doing`` says what failed."""
    try:
        yield
    except OSError as error:
        number = error.errno if error.errno is not None else 0
        reason = error.strerror or str(error)
        cure = _CURES.get(number, "check the disk and the path, then go on with --resume.")
        msg = f"{doing} failed: {reason}."
        raise StorageError(msg, cure=cure, where=str(path)) from error


def open_descriptor(path: Path, flags: int, mode: int = 0o644) -> int:
    """``os.open`` that never follows a link in the last place and never translates line ends."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), mode)


def make_folder(path: Path) -> None:
    """Make ``path`` and what is missing above it, each name durable; OSError."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        make_name_durable(path.parent)


def write_fully(descriptor: int, data: bytes | memoryview) -> Iterator[int]:
    """Write all of ``data``, yielding after each piece how many bytes it was (a write may be short)."""
    rest = memoryview(data).cast("B")
    while rest:
        written = os.write(descriptor, rest)
        yield written
        rest = rest[written:]


def make_durable(descriptor: int) -> None:
    """Let the bytes reach the disk (fdatasync where there is one, else fsync)."""
    getattr(os, "fdatasync", os.fsync)(descriptor)


def make_name_durable(folder: Path) -> None:
    """Let the names in ``folder`` reach the disk, where the system can (POSIX)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def written(path: Path, content: bytes, *, cure: str) -> Path:
    """Write what a person asked for, folders included; UsageError with ``cure`` where that place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}."
        raise UsageError(msg, cure=cure) from None
    return path


def replace_file(path: Path, data: bytes, *, scratch: Path, mode: int = 0o644) -> None:
    """Give ``path`` the content ``data`` in one step: a kill leaves the old file or the new one, never a piece.

    ``scratch`` is a folder on the same disk for the temporary file. Raises StorageError.
    """
    temporary = scratch / f".writing-{os.getpid()}-{path.name}"
    with storing(path):
        descriptor = open_descriptor(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            for _ in write_fully(descriptor, data):
                pass
            make_durable(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
        make_name_durable(path.parent)
