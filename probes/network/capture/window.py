# SPDX-License-Identifier: Apache-2.0
"""A moving window over the bytes of a capture: a file is mapped; from a pipe or a compressed file a thread reads ahead into three buffers.

Measured on one core: reading costs as much as ``dd`` does, before anything is decoded; a mapped file costs page faults
alone, and only of what is looked at. What the pass has left behind is given back, so memory never grows with the file.
"""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from io import BufferedIOBase, BufferedReader, FileIO, RawIOBase
from pathlib import Path
from queue import SimpleQueue
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from harness.errors import UsageError
from harness.kit import packed
from harness.kit.children import readable

PIECE = 1 << 20
STEP = 16 << 20
HEADROOM = 1 << 18
BUFFERS = 3
_LOOK_S = 0.1
Bytes = npt.NDArray[np.uint8]


class Window:
    """``data[at:stop]`` is unread; :meth:`more` brings what follows behind it."""

    def __init__(self, stream: RawIOBase | BufferedIOBase, reader: ThreadPoolExecutor) -> None:
        """Begin to read ``stream`` in the one thread of ``reader``."""
        self._stream, self._failed = stream, cast("Exception | None", None)
        self._free: SimpleQueue[Bytes | None] = SimpleQueue()
        self._full: SimpleQueue[tuple[Bytes, int]] = SimpleQueue()
        for _ in range(BUFFERS):
            self._free.put(np.empty(HEADROOM + PIECE, np.uint8))
        self.data: Bytes = np.empty(0, np.uint8)
        self._lent: Bytes | None = None
        self.at = self.stop = 0
        self._base = 0
        self._ended = False
        self.broken = ""
        reader.submit(self._read)

    @property
    def offset(self) -> int:
        """Where ``at`` lies in the stream."""
        return self._base + self.at

    def more(self) -> bool:
        """Keep what is unread and put what follows behind it; False at the end of the stream (see ``broken``)."""
        if self._ended:
            return False
        buffer, count = self._full.get()
        if count == 0:
            self._ended = True
            if self._failed is not None:
                raise self._failed
            return False
        rest, offset = self.data[self.at : self.stop], self.offset
        if len(rest) <= HEADROOM:
            self.at, self.stop = HEADROOM - len(rest), HEADROOM + count
            buffer[self.at : HEADROOM] = rest
            self.data, lent = buffer, buffer
        else:
            self.data, lent = np.concatenate([rest, buffer[HEADROOM : HEADROOM + count]]), None
            self.at, self.stop = 0, len(self.data)
            self._free.put(buffer)
        if self._lent is not None:
            self._free.put(self._lent)
        self._lent = lent
        self._base = offset - self.at
        return True

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

    def close(self) -> None:
        """Let the reading thread end, unless it waits for a pipe (:class:`_Pipe`)."""
        self._free.put(None)

    def _read(self) -> None:
        """The reading thread: fill what is free, in order, until the stream or the window ends; its defects are raised by :meth:`more`."""
        count = 1
        while count:
            buffer = self._free.get()
            if buffer is None:
                return
            try:
                count = self._fill(memoryview(buffer.data)[HEADROOM:])
            except Exception as error:  # noqa: BLE001 - raised again where the bytes are waited for
                self._failed, count = error, 0
            self._full.put((buffer, count))

    def _fill(self, room: memoryview) -> int:
        """Fill ``room`` as far as the stream goes; a stream that breaks ends there, with the reason in ``broken``."""
        filled = 0
        read = self._stream.readinto1 if isinstance(self._stream, BufferedIOBase) else self._stream.readinto
        while filled < len(room) and not self.broken:
            try:
                count = read(room[filled:])
            except packed.BROKEN as error:
                self.broken = str(error) or type(error).__name__
                break
            if not count:
                break
            filled += count
        return filled


class MappedWindow(Window):
    """A window over a file in memory: nothing is copied; what lies behind is given back every :data:`STEP`."""

    def __init__(self, file: FileIO) -> None:
        """Map ``file``, which must not be empty; OSError when it cannot be mapped."""
        self._file = file.fileno()
        self._map = mmap.mmap(self._file, 0, access=mmap.ACCESS_READ)
        self.data = np.frombuffer(self._map, np.uint8)
        self.at = self.stop = self._base = self._behind = 0
        self.broken = ""

    def more(self) -> bool:
        """Show the next step; False at the end of the file, or where somebody has cut it meanwhile."""
        size = min(len(self.data), os.fstat(self._file).st_size)
        if self.stop >= size:
            return False
        done = self.at // STEP * STEP
        if done > self._behind and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED, self._behind, done - self._behind)
            self._behind = done
        self.stop = min(size, self.stop + STEP)
        return True

    def close(self) -> None:
        """Nothing to end: the map goes with its last reader."""


@contextmanager
def window(path: str) -> Iterator[Window]:
    """A window over a file, plain or compressed, or over standard input ("-"); UsageError when it cannot be opened."""
    with ExitStack() as released, _opened(path, released) as stream, ThreadPoolExecutor(1) as helper:
        view = _mapped(stream) or Window(stream, helper)
        try:
            yield view
        finally:
            view.close()
            released.close()


def _mapped(stream: RawIOBase | BufferedIOBase) -> Window | None:
    """A map of a plain file from its beginning; None for everything else."""
    if not isinstance(stream, FileIO) or stream.tell():
        return None
    try:
        return MappedWindow(stream)
    except (OSError, ValueError):  # empty, or of a file system that maps nothing
        return None


@contextmanager
def _opened(path: str, released: ExitStack) -> Iterator[RawIOBase | BufferedIOBase]:
    """The bytes of a file; closing ``released`` lets go of whoever waits for more of them."""
    if path == "-":
        with _unpacked(cast("BufferedReader", sys.stdin.buffer), released) as stream:
            yield stream
        return
    try:
        with Path(path).open("rb") as file, _unpacked(file, released) as stream:
            yield stream
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="check the path and its rights.") from None


@contextmanager
def _unpacked(file: BufferedReader, released: ExitStack) -> Iterator[RawIOBase | BufferedIOBase]:
    """What is in a compressed file, or the file itself without its buffer's copy."""
    kind = packed.packing(file.peek(packed.PEEK)[: packed.PEEK])
    with ExitStack() as held:
        source = file
        if not file.seekable():
            pipe = held.enter_context(_Pipe(file))
            released.callback(pipe.release)
            source = held.enter_context(BufferedReader(pipe))
        if kind:
            yield cast("BufferedIOBase", held.enter_context(packed.opened(source, kind)))
            return
        raw = cast("RawIOBase", source.raw)
        if file.seekable():
            raw.seek(file.tell())
        yield raw


class _Pipe(RawIOBase):
    """What comes through a pipe; :meth:`release` is its end also for who waits for a writer that is there and says nothing."""

    def __init__(self, file: BufferedReader) -> None:
        super().__init__()
        self._rest, self._file, self._released = memoryview(file.peek()), file, False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, room: Any) -> int:
        """Fill ``room`` as far as what is there goes, waiting for the first byte; 0 at the end."""
        if self._rest:
            count = min(len(room), len(self._rest))
            room[:count], self._rest = self._rest[:count], self._rest[count:]
            return count
        while not self._released:
            if readable(self._file, _LOOK_S):
                return os.readv(self._file.fileno(), [room])
        return 0

    def release(self) -> None:
        """Let go of whoever reads, soon."""
        self._released = True
