# SPDX-License-Identifier: Apache-2.0
"""PresentMon's three schemas of CSV: one stream for each process, process number and swap chain.

The schemas differ in names and time base: v1 has ``msBetweenPresents`` and ``TimeInSeconds``, v2 ``FrameTime`` and
``CPUStartQPC``, the present one ``MsBetweenPresents`` and ``TimeInQPC`` (GameTechDev/PresentMon, README-ConsoleApplication).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from harness.model import Reason
from probes.immersive import WORDS
from probes.immersive.csvs import Rows, refuse_instant
from probes.immersive.streams import Floats, FrameLog, Stream, refuse

_SCHEMAS = {"msBetweenPresents": "presentmon-v1", "FrameTime": "presentmon-v2", "MsBetweenPresents": "presentmon"}
_STREAM = ("Application", "ProcessID", "SwapChainAddress")
_STAMPS: Mapping[str, float | None] = {
    "TimeInSeconds": 1e3, "TimeInMs": 1.0, "TimeInQPC": None, "CPUStartTime": 1.0, "CPUStartTimeInMs": 1.0, "CPUStartQPC": None,
}  # fmt: skip
"""Worth of one unit in ms, None where the counter's rate is not in the log. Starts are followed by their interval."""
_PHOTON = ("MsAllInputToPhotonLatency", "AllInputToPhotonLatency", "MsClickToPhotonLatency", "ClickToPhotonLatency")
_DISPLAYED = ("DisplayedTime", "MsUntilDisplayed", "MsBetweenDisplayChange", "msBetweenDisplayChange")
_STANDS = {"DisplayedTime", "MsBetweenDisplayChange", "msBetweenDisplayChange"}
"""Those that say for how long, and not after what time."""
"""Blank in a row whose frame was not shown. In four gold traces 8, 2, 2 to 3 and 86 are blank; the first schema drops 9, 2, 3 and 86."""
_STOOD, _STOOD_MS = 1.5, 1000.0
"""By what factor and by how many ms the display may have shown longer than the frames took."""
_OFF_BY, _OFF_BY_MS = 0.01, 0.5
"""By what share and by how many ms an interval may differ from the stamps around it."""


def is_head(head: Sequence[str]) -> bool:
    """Whether these are PresentMon's columns."""
    return set(_STREAM) <= set(head) and any(column in head for column in _SCHEMAS)


def read(rows: Rows) -> FrameLog:
    """The streams; UnreadableError for a word where a number should be."""
    column, *others = (each for each in _SCHEMAS if each in rows.head)
    if others:
        raise refuse("two-intervals", "export the log again, or keep the column of the version that wrote it.", rows.name,
                     columns=[column, *others])  # fmt: skip
    told = _only_applications(rows)
    groups: dict[tuple[str, str, str], list[int]] = {}
    for at, key in enumerate(zip(*(rows.column(each) for each in _STREAM), strict=True)):
        groups.setdefault((key[0], key[1], _address(key[2], rows, at)), []).append(at)
    intervals = rows.numbers(column)
    _refuse_negative(intervals, column, rows)
    dropped = _flags(rows, "Dropped")
    shown = next((rows.numbers(each) for each in _DISPLAYED if each in rows.head), None)
    stood = next((rows.numbers(each) for each in _DISPLAYED if each in rows.head and each in _STANDS), None)
    delays = [rows.numbers(each) for each in _PHOTON if each in rows.head]
    for each in (each for each in _PHOTON if each in rows.head):
        refuse_instant(rows.numbers(each), each, rows)
    streams: list[Stream] = []
    invalid: list[Reason] = []
    for (application, pid, chain), places in groups.items():
        own = intervals[places]
        known = ~np.isnan(own)
        if not known.all():
            told.append(WORDS.reason("intervals-missing", name=f"{application} {pid}", count=int((~known).sum())))
        streams.append(
            Stream(
                application, _pid(pid, rows, places[0]), chain, column, own[known], len(places),
                dropped=None if dropped is None else int(dropped[places].sum()),
                delays=_delays(delays, places), step=_step(rows, column), stamped=rows.stamped,
                unseen=0 if shown is None or dropped is not None else _blank(shown[places]),
            )
        )  # fmt: skip
        invalid += _contradicted(rows, places, own, f"{application} {pid}")
        invalid += [] if stood is None else _slower(stood[places], own, f"{application} {pid}")
    return FrameLog(_SCHEMAS[column], streams, None, [*rows.told, *told], invalid)


def _only_applications(rows: Rows) -> list[Reason]:
    """Frames that a driver put between those of the application would help it: they are left out and told."""
    if "FrameType" not in rows.head:
        return []
    kinds = rows.column("FrameType")
    others = sorted({each for each in kinds if each != "Application"})
    if not others:
        return []
    rows.kept([each == "Application" for each in kinds])
    if not rows.rows:
        raise refuse("no-rows", "record the log again while the application runs.", rows.name)
    return [WORDS.reason("generated", count=sum(each != "Application" for each in kinds), kinds=others)]


def _address(cell: str, rows: Rows, at: int) -> str:
    try:
        return hex(int(cell, 16))
    except ValueError:
        where = f"{rows.name}:{rows.lines[at]}"
        raise refuse("no-number", "export the log again.", where, cell=cell[:40], column=_STREAM[2]) from None


def _pid(cell: str, rows: Rows, at: int) -> int:
    if not cell.isascii() or not cell.isdecimal():
        where = f"{rows.name}:{rows.lines[at]}"
        raise refuse("no-number", "export the log again.", where, cell=cell[:40], column=_STREAM[1])
    return int(cell)


def _refuse_negative(intervals: Floats, column: str, rows: Rows) -> None:
    below = np.flatnonzero(intervals < 0)
    if below.size:
        where = f"{rows.name}:{rows.lines[below[0]]}"
        raise refuse("negative", "record the log again.", where, column=column, value=float(intervals[below[0]]))


def _flags(rows: Rows, column: str) -> Floats | None:
    """0 or 1 in each row; a blank or another word is refused, so that no dropped frame is read as shown."""
    if column not in rows.head:
        return None
    values = rows.numbers(column)
    odd = np.flatnonzero(~np.isin(values, (0.0, 1.0)))
    if odd.size:
        where = f"{rows.name}:{rows.lines[odd[0]]}"
        raise refuse("no-flag", "export the log again.", where, column=column, cell=rows.column(column)[odd[0]])
    return values


def _blank(shown: Floats) -> int:
    """How many frames have no time on the display, or one of zero; none where no frame has, for then the display was not watched."""
    blank = np.isnan(shown)
    return 0 if blank.all() else int((blank | (shown <= 0)).sum())


def _delays(columns: Sequence[Floats], places: Sequence[int]) -> Floats | None:
    """Input to photon where it is logged, the slower of the two kinds in each row; frames without an input have none, or zero."""
    if not columns:
        return None
    found: Floats = np.fmax.reduce([each[places] for each in columns])
    return found[found > 0]


def _step(rows: Rows, column: str) -> float:
    """The worth of the last decimal that the column shows anywhere, ms."""
    decimals = max(
        len(cell.replace(",", ".").partition(".")[2].partition("e")[0].rstrip("0")) for cell in rows.column(column)
    )
    return float(10.0**-decimals)


def _slower(shown: Floats, own: Floats, name: str) -> Iterator[Reason]:
    """The times for which frames stood on the display add up to those between them: more of it, and it showed fewer frames."""
    on_display, between = float(np.nansum(shown)), float(np.nansum(own))
    if on_display > _STOOD * between + _STOOD_MS:
        yield WORDS.reason("display-contradicts", name=name, shown=on_display / 1e3, intervals=between / 1e3)


def _contradicted(rows: Rows, places: Sequence[int], own: Floats, name: str) -> Iterator[Reason]:
    """The stamps are the log's own account of the intervals: another unit, or rows that were taken out, show there."""
    column, scale = next(((each, worth) for each, worth in _STAMPS.items() if each in rows.head), ("", None))
    if not column or len(places) < 3:
        return
    steps = np.diff(rows.numbers(column)[places])
    expected = own[:-1] if column.startswith("CPUStart") else own[1:]
    told = ~(np.isnan(steps) | np.isnan(expected))
    timed = told & (expected > 0)
    if not timed.any() and (scale is None or not told.any()):
        return
    between = steps * (scale or 1 / float(np.median(steps[timed] / expected[timed])))
    off = np.flatnonzero(told & (np.abs(between - expected) > _OFF_BY_MS + _OFF_BY * expected))
    if off.size:
        line = rows.lines[places[off[0] + 1]]
        yield WORDS.reason("time-contradicts", name=name, count=int(off.size), line=line,
                           stamps=float(between[off[0]]), interval=float(expected[off[0]]))  # fmt: skip
