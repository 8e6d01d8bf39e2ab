# SPDX-License-Identifier: Apache-2.0
"""Memory that ends, and begins, at a page nobody may touch: a read or write beyond it kills the process."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.network.capture.window import Bytes, Window

PAGE = mmap.PAGESIZE
_LIBC = ctypes.CDLL(None, use_errno=True)


class Memory:
    """Whole pages between two forbidden ones."""

    def __init__(self, size: int) -> None:
        """At least ``size`` bytes of zeros."""
        self.size = -(-max(1, size) // PAGE) * PAGE
        self._map = mmap.mmap(-1, self.size + 2 * PAGE)
        whole = np.frombuffer(self._map, np.uint8)
        start = int(whole.ctypes.data)
        self.bytes: Bytes = whole[PAGE : PAGE + self.size]
        for guard in (start, start + PAGE + self.size):
            if _LIBC.mprotect(ctypes.c_void_p(guard), ctypes.c_size_t(PAGE), 0):
                raise OSError(ctypes.get_errno(), "mprotect")


class Arena:
    """Stands in for numpy where tables are made: each table of zeros ends at a forbidden page. Tables are used again."""

    def __init__(self) -> None:
        """Nothing is made yet."""
        self._made: list[tuple[Any, Memory]] = []
        self._next = 0

    def __getattr__(self, name: str) -> Any:
        """Everything else is numpy's."""
        return getattr(np, name)

    def again(self) -> None:
        """The tables made so far are free."""
        self._next = 0

    def zeros(self, shape: Any, kind: Any = np.float64) -> npt.NDArray[Any]:
        """As ``numpy.zeros``."""
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        if self._next == len(self._made):
            self._made.append((shape, Memory(size)))
        known, memory = self._made[self._next]
        assert known == shape, "the pass makes the same tables every time"
        self._next += 1
        table = memory.bytes[memory.size - size :]
        table[:] = 0
        return table.view(kind).reshape(shape)


class GuardedWindow(Window):
    """Shows a capture piece by piece; what is shown ends, or begins, at a forbidden page."""

    def __init__(self, pieces: list[bytes], memory: Memory, at_end: bool) -> None:
        """``memory`` must hold all pieces together."""
        self._pieces = iter(pieces)
        self._at_end = at_end
        self.data = memory.bytes
        self.at = self.stop = self._base = 0
        self.broken = ""

    def more(self) -> bool:
        """The unread rest and the next piece."""
        piece = next(self._pieces, None)
        if piece is None:
            return False
        offset, whole = self.offset, self.data[self.at : self.stop].tobytes() + piece
        self.at = len(self.data) - len(whole) if self._at_end else 0
        self.stop = self.at + len(whole)
        self.data[self.at : self.stop] = np.frombuffer(whole, np.uint8)
        self._base = offset - self.at
        return True
