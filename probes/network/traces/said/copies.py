# SPDX-License-Identifier: Apache-2.0
"""Rows that stand in a log twice, and long stretches of delays, digit by digit, whatever times and numbers they were given. Pure.

Nobody measures the same thousand delays again. Delays of few different values, and series of a short period as simulators make
them, come back by themselves: of those nothing is said.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.kit.tables import Row, Table, cells
from harness.model import Text

_WINDOW = 64
"""Delays in a row that are compared."""
_LONG = 1000
"""Rows of a stretch, and rows between it and its copy, from which on they are told."""
_DISTINCT = 16
"""Different delays in a window, under which it may come back by chance."""
_FACTOR = np.uint64(6_364_136_223_846_793_005)


def copies(table: Table) -> frozenset[int]:
    """Rows that repeat an earlier one, however its numbers are written, and whose number or time says that they are the same packet.

    UnreadableError where whole stretches repeat and neither number nor time tells two packets apart.
    """
    for name in ("sequence", "time"):  # as nearly always: what tells every row from every other
        if len(set(map(cells.canonical, table.column(name)))) == len(table):
            return frozenset()
    seen: dict[tuple[str, ...], int] = {}
    copies = [at for at, row in enumerate(table.cells) if seen.setdefault(tuple(map(cells.canonical, row)), at) != at]
    if not copies:
        return frozenset()
    told = (map(cells.canonical, table.column(each)) for each in ("time", "sequence"))
    keys = list(zip(*told, strict=True))
    distinct = len(set(keys)) == len(seen)  # no key is borne by two rows that differ
    if not distinct and 3 * len(copies) > len(table):
        text = Text(
            "大量行与前面的行完全相同，而时间或序号不足以区分报文：是同一报文还是两个，无从得知。",
            "Many rows repeat earlier ones, and neither time nor number tells two packets apart: whether they are one is unknown.",
        )
        raise Row(table, copies[0]).refuse(text, "take the copies out, or give a sequence number.")
    return frozenset(copies) if distinct else frozenset()


def repeated(delays: npt.NDArray[np.int64]) -> int:
    """Where a stretch of at least a thousand delays begins that was there before, in order of time; -1 where there is none."""
    if len(delays) < 2 * _LONG:
        return -1
    found = _hashes(delays)
    order = np.argsort(found, kind="stable")
    same = found[order][1:] == found[order][:-1]
    later, sooner = order[1:][same], order[:-1][same]
    far = np.sort(later[later - sooner >= _LONG])
    if len(far) < _LONG - _WINDOW:
        return -1
    for start in _runs(far):
        windows = [delays[start + at : start + at + _WINDOW] for at in range(0, _LONG - _WINDOW, 4 * _WINDOW)]
        if all(len(np.unique(each)) >= _DISTINCT for each in windows):
            return start
    return -1


def _hashes(delays: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """A number for each window, equal for equal windows."""
    values = delays.astype(np.uint64) * _FACTOR + np.uint64(1)
    found = np.zeros(len(values) - _WINDOW + 1, np.uint64)
    for at in range(_WINDOW):
        found = found * _FACTOR + values[at : at + len(found)]
    return found


def _runs(places: npt.NDArray[np.int64]) -> list[int]:
    """Beginnings of runs of successive places as long as a stretch."""
    cuts = np.flatnonzero(np.diff(places) != 1) + 1
    parts = np.split(places, cuts)
    return [int(each[0]) for each in parts if len(each) >= _LONG - _WINDOW]
