# SPDX-License-Identifier: Apache-2.0
"""``dumpsys gfxinfo PACKAGE framestats``: Android's own account of the frames of a window, with its totals as a check.

A row of framestats whose Flags are not 0 is left out, as Android's documentation asks; it is told how many there were.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from harness.kit.tables import decoded
from harness.model import Reason
from probes.immersive import WORDS
from probes.immersive.streams import NOUN, FrameLog, Stream, refuse

_PROCESS = re.compile(r"\*\* Graphics info for pid (\d{1,9}) \[([^\]]+)\] \*\*")
_TOTAL = re.compile(r"Total frames rendered: (\S+)")
_HISTOGRAM = re.compile(r"^\s*HISTOGRAM: (.*)$", re.MULTILINE)
_BIN = re.compile(r"(\d+)ms=(\d+)")
_LONGEST = 18
"""Digits of a time in ns."""
_MOST_FRAMES = 10**8
"""A headset has a tenth of them in a month of eight hours a day."""
_FEW_ODD, _MOST_ODD = 3, 0.1
"""Of the frames that Android marks as no ordinary ones: how many there may always be, and what share."""
_BLOCK = "---PROFILEDATA---"
_START, _END = "IntendedVsync", "FrameCompleted"


def is_dump(text: str) -> bool:
    """Whether it is such a dump."""
    return _BLOCK in text or bool(_TOTAL.search(text)) or bool(_PROCESS.search(text))


def read(data: bytes, name: str) -> FrameLog:
    """A stream for each process that has frames: frame by frame where framestats are there, else from the histogram."""
    text = decoded(data, NOUN, name)
    starts = [each.start() for each in _PROCESS.finditer(text)] or [0]  # without a head it is one process
    pieces = [text[start:after] for start, after in pairwise([*starts, len(text)])]
    told: list[Reason] = []
    invalid: list[Reason] = []
    streams = [_process(piece, name, told, invalid) for piece in pieces]
    some = [each for each in streams if each is not None]
    if not some:
        raise refuse("no-rows", "record the log again while the application runs.", name)
    return FrameLog("gfxinfo", some, None, told, invalid)


def _process(piece: str, name: str, told: list[Reason], invalid: list[Reason]) -> Stream | None:
    process = _PROCESS.search(piece)
    pid, package = (int(process[1]), process[2]) if process else (None, None)
    label = package or name
    total = _TOTAL.search(piece)
    if total and not _plain(total[1]):
        raise refuse("no-number", "record the dump again.", name, cell=total[1][:40], column="Total frames rendered")
    rows = _framestats(piece, name, label, told, invalid)
    if rows is not None and len(rows):
        delays = (rows[:, 1] - rows[:, 0]) / 1e6
        seconds = np.array([(rows[-1, 1] - rows[0, 0]) / 1e9])
        return Stream(package, pid, None, f"{_END}-{_START}", delays, len(rows), seconds=seconds,
                      counted=np.array([float(len(rows))]))  # fmt: skip
    bins = _histogram(piece, name)
    if not bins:
        return None
    counts = sum(bins.values())
    if total and int(total[1]) != counts:
        invalid.append(WORDS.reason("total-differs", name=label, said=int(total[1]), counted=counts))
    told.append(WORDS.reason("histogram-only", name=label))
    values = np.repeat(np.array(list(bins), float), list(bins.values()))
    return Stream(package, pid, None, "HISTOGRAM", values, counts, seconds=np.zeros(1), counted=np.zeros(1), step=1.0)


def _framestats(piece: str, name: str, label: str, told: list[Reason], invalid: list[Reason]) -> np.ndarray | None:
    """(start, end) of each frame that counts, ns, in order of their start; None without such a block."""
    found: dict[int, int] = {}
    odd = doubled = 0
    blocks = piece.split(_BLOCK)[1::2]
    for block in blocks:
        lines = [line.strip().rstrip(",").split(",") for line in block.strip().splitlines() if line.strip()]
        if not lines:
            continue
        head = [cell.strip() for cell in lines[0]]
        if not {"Flags", _START, _END} <= set(head):
            raise refuse("no-head", "record the dump with framestats again.", name, columns=["Flags", _START, _END])
        for row in lines[1:]:
            flags, start, end = _cells(head, row, name)
            if flags:
                odd += 1
            elif start in found:
                doubled += 1
            else:
                found[start] = end
    if odd:
        told.append(WORDS.reason("flagged", name=label, count=odd))
    if odd > max(_FEW_ODD, (odd + len(found)) * _MOST_ODD):
        invalid.append(WORDS.reason("flagged-many", name=label, count=odd, of=odd + len(found)))
    if doubled:
        told.append(WORDS.reason("rows-repeated", count=doubled, lines=[]))
    return np.array(sorted(found.items()), dtype=np.int64).reshape(-1, 2) if blocks else None


def _cells(head: Sequence[str], row: Sequence[str], name: str) -> tuple[int, int, int]:
    if len(row) < len(head):
        raise refuse("row-width", "record the dump again.", name, cells=len(row), head=len(head))
    cells = [row[head.index(each)].strip() for each in ("Flags", _START, _END)]
    if not all(map(_plain, cells)):
        bad = next(each for each in cells if not _plain(each))
        raise refuse("no-number", "record the dump again.", name, cell=bad[:40], column=_START)
    flags, start, end = map(int, cells)
    if end < start or end - start > 60 * 10**9:
        raise refuse("negative", "record the dump again.", name, column=_END, value=(end - start) / 1e6)
    return flags, start, end


def _plain(cell: str) -> bool:
    return cell.isascii() and cell.isdecimal() and len(cell) <= _LONGEST


def _histogram(piece: str, name: str) -> Mapping[int, int]:
    line = _HISTOGRAM.search(piece)
    found = _BIN.findall(line[1]) if line else []
    bad = next((each for pair in found for each in pair if not _plain(each)), None)
    if bad is None and sum(int(count) for _, count in found) > _MOST_FRAMES:
        bad = max((count for _, count in found), key=int)
    if bad is not None:
        raise refuse("no-number", "record the dump again.", name, cell=bad[:40], column="HISTOGRAM")
    return {int(ms): int(count) for ms, count in found if int(count)}
