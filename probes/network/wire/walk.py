# SPDX-License-Identifier: Apache-2.0
"""Walk the blocks of a STAMP trace: where each block lies, and where whole records end. Pure, bounded, never past the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from probes.network.wire import layout
from probes.network.wire.pcapng import PACKET, SECTION

Bytes = npt.NDArray[np.uint8]

_BATCH = 65_536
_REPLIES = layout.REPLIES[0] + 4  # behind the option's code and length
_FATE = layout.FATE + 4
_LARGEST = 16 << 20  # no block of ours is longer; a longer one is damage


class Walk(NamedTuple):
    """Blocks of one stretch, int64 rows (offset, length, type, begins a record), and where whole records end."""

    blocks: npt.NDArray[np.int64]
    stop: int


def walk(data: Bytes, start: int = 0) -> Walk:
    """All whole records of ``data`` from ``start``; stops before the first block that is torn, foreign or out of place."""
    parts, whole, more = [], start, True
    while more:
        table = np.empty((_BATCH, 4), np.int64)
        count, whole, more = _walk(data, whole, table)
        parts.append(table[:count])
    return Walk(np.concatenate(parts), int(whole))


def mapped(path: Path) -> Bytes:
    """A file's bytes without reading them all; an empty file is an empty array."""
    return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)


def pieces(data: Bytes, start: int, section: int, size: int) -> list[tuple[int, int, int]]:
    """(section, start, stop) of pieces of at least ``size`` bytes, each of whole records of one section, from ``start`` on.

    ``section``: the one that ``start`` lies in; -1 at the start of a segment.
    """
    walked = walk(data, start)
    blocks = walked.blocks
    heads = blocks[blocks[:, 3] == 1, 0]
    opened = [(at, at) for at in blocks[blocks[:, 2] == SECTION, 0].tolist()]
    if section >= 0 and len(blocks) and blocks[0, 2] != SECTION:
        opened.insert(0, (section, start))
    ends = [*(begin for _, begin in opened[1:]), *([walked.stop] if opened else [])]
    found = []
    for (head, first), end in zip(opened, ends, strict=True):
        begin = first
        while begin < end:
            place = int(np.searchsorted(heads, begin + size))
            stop = min(int(heads[place]) if place < len(heads) else end, end)
            found.append((head, begin, stop))
            begin = stop
    return found


@njit(cache=True, nogil=True)
def _u32(data: Any, at: int) -> Any:
    return (
        np.int64(data[at]) | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2]) << 16 | np.int64(data[at + 3]) << 24
    )


@njit(cache=True, nogil=True)
def _comment(data: Any, at: int, length: int) -> int:
    """Where the options of the packet block at ``at`` begin; -1 when they do not fit into it."""
    if length < 32:
        return -1
    captured = _u32(data, at + 20)
    options = at + 28 + (captured + 3) // 4 * 4
    return options if options + 4 + layout.BACK_BYTES <= at + length - 4 else -1


@njit(cache=True, nogil=True)
def _owed(data: Any, at: int, length: int, owed: int) -> Any:
    """Replies still owed to the open record after the block at ``at``; -1 when the block has no place here."""
    options = _comment(data, at, length)
    if options < 0:
        return -1
    letter = data[options + 4]
    if letter == 115:  # "sent"
        digits = options + _REPLIES
        if owed or options + 4 + layout.SENT_BYTES > at + length - 4:
            return -1
        return (np.int64(data[digits]) - 48) * 10 + np.int64(data[digits + 1]) - 48
    fate = data[options + _FATE]
    if fate == 102 or (fate == 97 and data[options + _FATE + 1] == 103):  # "first", "again"
        return owed - 1
    return -1 if owed else 0


@njit(cache=True, nogil=True)
def _sound(data: Any, at: int, kind: int, length: int) -> bool:
    """Whether the block at ``at`` is whole, framed twice alike, and of our byte order."""
    if length < 12 or length % 4 or length > _LARGEST or at + length > len(data):
        return False
    if _u32(data, at + length - 4) != length:
        return False
    return kind != SECTION or (length >= 28 and _u32(data, at + 8) == 0x1A2B3C4D)


@njit(cache=True, nogil=True)
def _walk(data: Any, at: int, table: Any) -> tuple[int, int, bool]:
    """Fill ``table`` from the record that begins at ``at``; returns rows, where whole records end, and whether to go on there."""
    count, row, owed, whole = 0, 0, 0, at
    while at + 12 <= len(data):
        kind, length = _u32(data, at), _u32(data, at + 4)
        if not _sound(data, at, kind, length):
            break
        left = _owed(data, at, length, owed) if kind == PACKET else -owed
        if left < 0:
            break
        if row == len(table):
            return count, whole, count > 0
        table[row, 0], table[row, 1], table[row, 2], table[row, 3] = at, length, kind, owed == 0
        row, owed, at = row + 1, left, at + length
        if owed == 0:
            count, whole = row, at
    return count, whole, False
