# SPDX-License-Identifier: Apache-2.0
"""A moving window over the bytes of a capture: mapped where it is a plain file, read in pieces where it is a pipe or gzip.

Mapping saves the copy, which costs more than decoding; a window is unmapped before the next one is mapped, so that memory
stays bounded. A file must not be truncated while it is mapped (the kernel would end the process).
"""

from __future__ import annotations

import gzip
import mmap
import os
import stat
import sys
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from harness.errors import UsageError

MAPPED = 32 << 20
PIECE = 256 << 10
Bytes = npt.NDArray[np.uint8]


class Window(ABC):
    """``data[at:stop]`` is unread; :meth:`more` brings what follows behind it."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self.data: Bytes = np.empty(0, np.uint8)
        self.at = self.stop = 0
        self._base = 0
        self.broken = ""

    @property
    def offset(self) -> int:
        """Where ``at`` lies in the stream."""
        return self._base + self.at

    @abstractmethod
    def more(self) -> bool:
        """Keep what is unread and put what follows behind it; False at the end of the stream (see ``broken``)."""

    def need(self, count: int) -> bool:
        """Have at least ``count`` unread bytes; False when the stream ends before."""
        while self.stop - self.at < count:
            if not self.more():
                return False
        return True

    def skip(self, count: int) -> bool:
        """Go over ``count`` bytes without keeping them; False when the stream ends before."""
        while count > self.stop - self.at:
            count -= self.stop - self.at
            self.at = self.stop
            if not self.more():
                return False
        self.at += count
        return True

    def peek(self, count: int) -> bytes:
        """The next ``count`` bytes, or what is left."""
        self.need(count)
        return self.data[self.at : min(self.stop, self.at + count)].tobytes()


class _Mapped(Window):
    """Over a plain file."""

    def __init__(self, file: int, size: int) -> None:
        super().__init__()
        self._file, self._size = file, size
        self._map: mmap.mmap | None = None

    def more(self) -> bool:
        begin = self.offset & -mmap.ALLOCATIONGRANULARITY
        length = min(self._size - begin, self.offset - begin + max(MAPPED, 2 * (self.stop - self.at)))
        if begin + length <= self._base + self.stop:
            return False
        self.at, self._base = self.offset - begin, begin
        self.data = np.empty(0, np.uint8)  # lets go of the old map
        if self._map is not None:
            self._map.close()
        self._map = mmap.mmap(self._file, length, mmap.MAP_SHARED, mmap.PROT_READ, offset=begin)
        self._map.madvise(mmap.MADV_SEQUENTIAL)
        self.data = np.frombuffer(self._map, np.uint8)
        self.stop = length
        return True


class _Read(Window):
    """Over a pipe or a compressed file."""

    def __init__(self, stream: BufferedIOBase) -> None:
        super().__init__()
        self._stream = stream
        self._buffer = np.empty(2 * PIECE, np.uint8)

    def more(self) -> bool:
        rest = self.stop - self.at
        if rest + PIECE > len(self._buffer):
            self._buffer = np.concatenate([self.data[self.at : self.stop], np.empty(2 * rest + PIECE, np.uint8)])
        else:
            self._buffer[:rest] = self.data[self.at : self.stop].copy()
        self._base, self.at, self.stop = self.offset, 0, rest
        self.data = self._buffer
        count = self._fill(memoryview(self._buffer.data)[rest : rest + PIECE])
        self.stop = rest + count
        return count > 0

    def _fill(self, room: memoryview) -> int:
        """Fill ``room`` as far as the stream goes; a broken gzip stream ends there, with the reason in ``broken``."""
        filled = 0
        while filled < len(room) and not self.broken:
            try:
                count = self._stream.readinto1(room[filled:])
            except (EOFError, OSError, zlib.error) as error:
                self.broken = str(error) or type(error).__name__
                break
            if not count:
                break
            filled += count
        return filled


@contextmanager
def window(path: str) -> Iterator[Window]:
    """A window over a file, plain or gzip, or over standard input ("-"); UsageError when it cannot be opened."""
    if path == "-":
        yield _Read(cast("BufferedIOBase", sys.stdin.buffer))
        return
    try:
        with Path(path).open("rb") as file:
            status = os.fstat(file.fileno())
            compressed = stat.S_ISREG(status.st_mode) and file.read(2) == b"\x1f\x8b"
            if compressed:
                file.seek(0)
                with gzip.open(file) as inner:
                    yield _Read(inner)
            elif stat.S_ISREG(status.st_mode):
                yield _Mapped(file.fileno(), status.st_size)
            else:
                yield _Read(file)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="check the path and its rights.") from None
