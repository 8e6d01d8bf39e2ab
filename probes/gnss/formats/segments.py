# SPDX-License-Identifier: Apache-2.0
"""Where a log may be cut so that each piece stands alone.

A cut is right when no item reaches across it. After a line end no sentence does; a binary message might, and every
one that could is looked for by its checksum. So a cut never depends on where decoding began.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from harness.plugins import Chunk
from probes.gnss.formats.binary import LONGEST, MORE, binary_frame
from probes.gnss.formats.kernel import PADDING
from probes.gnss.formats.machine import byte

SIZE = 1 << 24
_WINDOW = 1 << 16


@njit(cache=True, nogil=True)
def _free_cut(buffer: Any, n: Any, first: Any) -> Any:
    """The first position >= ``first`` of ``buffer[:n]`` that follows a line end, precedes '$', and is in no message.

    -1 when there is none, or before it a message may have begun that is not all there.
    """
    covered = 0
    for at in range(n):
        if at >= first and at >= covered and byte(buffer, at) == 0x24 and at > 0 and byte(buffer, at - 1) == 0x0A:
            return at
        head = byte(buffer, at)
        if head == 0xB5 or head == 0xD3 or head == 0xAA or head == 0x24:  # noqa: PLR1714 - compiled
            length = binary_frame(buffer, at, n)[1]
            if length == MORE:
                return -1
            covered = max(covered, at + length)
    return -1


def cuts(path: Path, size: int = SIZE, start: int = 0) -> Iterator[tuple[int, int]]:
    """(start, stop) of pieces of about ``size`` bytes or more from a cut at ``start`` on; one piece for an empty file."""
    total = path.stat().st_size
    with path.open("rb") as file:
        while total - start > size:
            cut = _next_cut(file, start + size, total)
            if cut < 0:
                break
            yield start, cut
            start = cut
    if start < total or start == 0:
        yield start, total


def pieces(path: Path, start: int) -> Iterator[Chunk]:
    """The cuts as chunks."""
    return (Chunk(path, *cut) for cut in cuts(path, start=start))


def whole(path: Path, start: int) -> int:
    """All of it: a log is a byte stream, a torn sentence at its end is counted as what it is."""
    del start  # no record has to be walked
    return path.stat().st_size


def _next_cut(file: Any, wanted: int, total: int) -> int:
    """The first right cut at or after ``wanted``, -1 when there is none before the end."""
    while wanted < total:
        begin = max(0, wanted - LONGEST)
        file.seek(begin)
        data = np.frombuffer(file.read(_WINDOW + 2 * LONGEST) + bytes(PADDING), dtype=np.uint8)
        n = len(data) - PADDING
        cut = int(_free_cut(data.ctypes.data, n, wanted - begin))
        if cut >= 0 and (cut < _WINDOW + LONGEST or begin + n == total):
            return begin + cut
        wanted += _WINDOW
    return -1
