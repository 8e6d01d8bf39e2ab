# SPDX-License-Identifier: Apache-2.0
"""Append-only trace files: bytes as they came, hashed as they are written, durable about once a second."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.evidence.storage import make_durable, make_name_durable, open_descriptor, storing, write_fully

SYNC_EVERY_NS = 1_000_000_000
"""A power cut loses about this much recording; a killed process loses nothing that was written."""


@dataclass(frozen=True, slots=True)
class SegmentDigest:
    """A closed segment: its path, the SHA-256 of its content in hex, its length in bytes."""

    path: Path
    sha256: str
    bytes: int


class SegmentWriter:
    """The open end of one segment; thread-safe, unbuffered: what ``write`` took survives kill -9."""

    def __init__(self, path: Path, descriptor: int, *, clock: Callable[[], int]) -> None:
        """Take over an open descriptor positioned at the end; use :meth:`create` or :meth:`reopen`."""
        self.path = path
        self._descriptor = descriptor
        self._clock = clock
        self._synced_ns = clock()
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._lock = threading.Lock()

    @classmethod
    def create(cls, path: Path, *, clock: Callable[[], int] = time.monotonic_ns) -> Self:
        """A new, empty segment; ``clock`` gives monotonic ns. StorageError when it exists or the disk refuses."""
        with storing(path):
            descriptor = open_descriptor(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
            make_name_durable(path.parent)
        return cls(path, descriptor, clock=clock)

    @classmethod
    def reopen(cls, path: Path, whole: int, *, clock: Callable[[], int] = time.monotonic_ns) -> Self:
        """Keep the first ``whole`` bytes of an interrupted segment and append after them.

        The caller journals what was dropped (``torn_tail``). StorageError when the file is shorter than that.
        """
        with storing(path):
            descriptor = open_descriptor(path, os.O_RDWR | os.O_APPEND)
        writer = cls(path, descriptor, clock=clock)
        try:
            with storing(path):
                writer._keep(whole)
        except BaseException:
            os.close(descriptor)
            raise
        return writer

    def _keep(self, whole: int) -> None:
        """Hash the first ``whole`` bytes and cut the rest."""
        size = os.fstat(self._descriptor).st_size
        if not 0 <= whole <= size:
            msg = f"cannot keep {whole} of {size} bytes"
            raise OSError(msg)
        with self.path.open("rb") as content:
            while self._bytes < whole:
                piece = content.read(min(1 << 20, whole - self._bytes))
                self._hash.update(piece)
                self._bytes += len(piece)
        os.ftruncate(self._descriptor, whole)
        make_durable(self._descriptor)

    @property
    def position(self) -> int:
        """Bytes in the segment."""
        return self._bytes

    def write(self, data: bytes | memoryview) -> None:
        """Append ``data``; about once a second also wait for the disk.

        Raises StorageError (disk full, quota, hardware); what was written before that stays.
        """
        with self._lock, storing(self.path):
            rest = memoryview(data).cast("B")
            for written in write_fully(self._descriptor, rest):
                self._hash.update(rest[:written])
                self._bytes += written
                rest = rest[written:]
            if self._clock() - self._synced_ns >= SYNC_EVERY_NS:
                self._sync()

    def sync(self) -> None:
        """Wait until the disk has everything; StorageError when it refuses."""
        with self._lock, storing(self.path):
            self._sync()

    def _sync(self) -> None:
        make_durable(self._descriptor)
        self._synced_ns = self._clock()

    def close(self) -> SegmentDigest:
        """Sync, close, and the digest of the whole segment; closing twice gives the same digest."""
        with self._lock, storing(self.path):
            if self._descriptor >= 0:
                descriptor, self._descriptor = self._descriptor, -1
                try:
                    make_durable(descriptor)
                finally:
                    os.close(descriptor)
        return SegmentDigest(self.path, self._hash.hexdigest(), self._bytes)

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
