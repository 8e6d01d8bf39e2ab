# SPDX-License-Identifier: Apache-2.0
"""A capture read once, in pieces, from a file, a gzip file or standard input: memory stays bounded whatever its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from harness.series import Event
from harness.stats.histogram import Histogram
from probes.network.capture import framing, headers, pairing, scan
from probes.network.capture.window import Window, window

Rows = npt.NDArray[np.int64]

MOST_SAMPLES = 2_000_000
MOST_HANDSHAKES = 1_000_000
MOST_POINTS = 4_000_000
MOST_FLOWS = 1 << 17
MOST_POOL = 1 << 22
_BURSTS, _SYNS, _POINTS = 1 << 17, 1 << 12, 1 << 18


class Tables:
    """The tables of the pairing, and the state row ``w`` with their addresses: whoever calls the pass keeps this alive.

    They have their full size from the beginning; the operating system gives memory to what is touched.
    """

    def __init__(self, waiting_ns: int, ports: Sequence[int]) -> None:
        """Empty tables; ``ports`` of reflectors are marked 1."""
        self.w = np.zeros(pairing.STATE, np.int64)
        self.w[pairing.WAITING] = waiting_ns
        self.ports = np.zeros(65_536, np.uint8)
        self.ports[list(ports)] = 1
        self.w[pairing.DECLARED] = len(ports)
        self.flows = np.zeros((MOST_FLOWS, pairing.COLUMNS), np.int64)
        self.keys = np.zeros((MOST_FLOWS, pairing.KEY), np.int64)
        self.rows = np.zeros((pairing.ROW, MOST_SAMPLES), np.int64)
        self.bursts = np.zeros((_BURSTS, pairing.BURST), np.int64)
        self.syns = np.zeros((_SYNS, scan.HANDSHAKE), np.int64)
        self.points = np.zeros((_POINTS, pairing.POINT), np.int64)
        self._table = np.zeros(4 * MOST_FLOWS, np.int64)
        self._pool = np.zeros(MOST_POOL, np.int64)
        self._key = np.zeros(pairing.KEY, np.int64)
        self._point()

    @property
    def count(self) -> int:
        """Flows found so far."""
        return int(self.w[pairing.FLOW_COUNT])

    def row(self, flow: int) -> int:
        """The address of a flow's row."""
        return int(self.flows.ctypes.data) + flow * pairing.COLUMNS * 8

    def _point(self) -> None:
        places: dict[int, npt.NDArray[Any]] = {
            pairing.KEYS_AT: self.keys,
            pairing.TABLE_AT: self._table,
            pairing.FLOWS_AT: self.flows,
            pairing.POOL_AT: self._pool,
            pairing.ROWS_AT: self.rows,
            pairing.BURSTS_AT: self.bursts,
            pairing.KEY_AT: self._key,
            pairing.PORTS_AT: self.ports,
            pairing.SYNS_AT: self.syns,
            pairing.POINTS_AT: self.points,
        }
        rooms = {
            pairing.KEYS: self.keys,
            pairing.TABLE: self._table,
            pairing.POOL: self._pool,
            pairing.ROWS_ROOM: self.rows[0],
            pairing.BURSTS_ROOM: self.bursts,
            pairing.SYNS_ROOM: self.syns,
            pairing.POINTS_ROOM: self.points,
        }
        for place, table in places.items():
            self.w[place] = table.ctypes.data
        for place, table in rooms.items():
            self.w[place] = len(table)


@dataclass(slots=True)
class Pass:
    """What one pass over a capture found; times in ns since 1970 UTC."""

    frame: framing.Frame
    totals: Rows
    patterns: Rows
    tables: Tables
    bursts: dict[int, Counter[int]] = field(default_factory=dict)
    handshakes: list[Rows] = field(default_factory=list)
    points: list[Rows] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    truncated: bool = False
    beyond: dict[int, Histogram] = field(default_factory=dict)

    @property
    def rows(self) -> Rows:
        """Packets to be paired outside, in order of capture (see :data:`pairing.POINT`)."""
        return np.concatenate([np.empty((0, pairing.POINT), np.int64), *self.points])

    def frames(self) -> dict[str, int]:
        """Frames in which each protocol occurs, by name."""
        values = np.arange(len(self.patterns))
        return {name: int(self.patterns[values >> bit & 1 == 1].sum()) for bit, name in enumerate(headers.NAMES)}

    def event(self, code: str, offset: int, **detail: object) -> None:
        """Note something met at a byte offset into the (uncompressed) stream."""
        self.events.append(Event(code, offset, detail))

    def end(self, view: Window, *, inside: bool = False) -> None:
        """The stream is over; bytes that are left, or an end inside a block that was passed over, are a record cut off."""
        rest = view.stop - view.at
        if rest or inside:
            self.truncated = True
            self.event("network.truncated-tail", view.offset, bytes=rest)

    @property
    def samples(self) -> Rows:
        """Round trips kept one by one, in order of arrival, a row a quantity (see :data:`pairing.ROW`)."""
        return self.tables.rows[:, : self.tables.w[pairing.ROWS]]

    def drain(self) -> None:
        """Take bursts and handshakes out of their tables; when the round trips are full, digest them to histograms."""
        w = self.tables.w
        pairs, many = np.unique(self.tables.bursts[: w[pairing.BURST_ROWS]], axis=0, return_counts=True)
        for (flow, length), number in zip(pairs.tolist(), many.tolist(), strict=True):
            self.bursts.setdefault(flow, Counter())[length] += number
        if w[pairing.HANDSHAKES] and sum(map(len, self.handshakes)) < MOST_HANDSHAKES:
            self.handshakes.append(self.tables.syns[: w[pairing.HANDSHAKES]].copy())
        if w[pairing.POINTS] and sum(map(len, self.points)) < MOST_POINTS:
            self.points.append(self.tables.points[: w[pairing.POINTS]].copy())
        if w[pairing.ROWS] == MOST_SAMPLES:
            self._digest()
        w[[pairing.BURST_ROWS, pairing.HANDSHAKES, pairing.POINTS]] = 0

    def _digest(self) -> None:
        """Make room for further round trips: those at hand become counts in bins of relative width 2^-10."""
        flows = self.samples[0] >> pairing.FLOW_SHIFT
        for flow in np.unique(flows).tolist():
            times = self.samples[0, flows == flow] & ((1 << pairing.FLOW_SHIFT) - 1)
            self.beyond.setdefault(flow, Histogram()).add(times)
        self.tables.w[pairing.ROWS] = 0

    def finish(self) -> None:
        """Settle every flow at the last time of the capture."""
        self.frame.note_seen()
        tables, last = self.tables, int(self.totals[scan.LAST]) + 1
        for number in range(tables.count):
            if 2 * tables.w[pairing.BURST_ROWS] > len(tables.bursts):
                self.drain()
            pairing.close(tables.w.ctypes.data, tables.row(number), last)
        self.drain()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to pair (see :mod:`scan`), within which waiting time, and where.

    ``ports`` of reflectors, or of the peer of a protocol of one's own; other STAMP reflectors are found by the looks of
    their packets. ``field``: offset into the transport payload and bytes (1 to 8); None: the whole payload.
    """

    pairs: int = scan.EXCHANGES
    waiting_ns: int = 3_000_000_000
    ports: tuple[int, ...] = (862,)
    field: tuple[int, int] | None = None


def read(path: str, wanted: Wanted) -> Pass:
    """Go over the capture at ``path`` ("-": standard input). UsageError: no such file; DecodeError: no capture."""
    with window(path) as view:
        return go_over(view, wanted)


def go_over(view: Window, wanted: Wanted) -> Pass:
    """Go over what ``view`` shows; DecodeError when it is no capture, an event where it is damaged."""
    head = view.peek(framing.PCAP_HEADER)
    if not head and view.broken:
        msg = f"its compression is broken ({view.broken})."
        raise DecodeError(msg, cure="copy or record it again.")
    frame, begin = framing.opened(head)
    frame.head[scan.PAIRING] = wanted.pairs
    frame.head[scan.FIELD_AT], frame.head[scan.FIELD_BYTES] = wanted.field or (0, 0)
    run = _begin(frame, wanted)
    view.skip(begin)
    try:
        _go(run, view)
    except DecodeError as error:
        run.event("network.damaged", view.offset, reason=error.problem)
    if view.broken:
        run.truncated = True
        run.event("network.broken-compression", view.offset, reason=view.broken)
    run.finish()
    return run


def nothing(problem: str) -> Pass:
    """What is found in a file that cannot be read at all: an event that says why."""
    run = _begin(framing.blank(), Wanted())
    run.event("network.unreadable", 0, reason=problem)
    return run


def _begin(frame: framing.Frame, wanted: Wanted) -> Pass:
    totals = np.zeros(scan.TOTALS, np.int64)
    totals[scan.FIRST], totals[scan.LAST] = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    tables = Tables(wanted.waiting_ns, wanted.ports)
    tables.w[pairing.KEPT] = wanted.pairs == scan.RECORDS
    return Pass(frame, totals, np.zeros(1 << len(headers.NAMES), np.int64), tables)


def _go(run: Pass, view: Window) -> None:
    packet = np.zeros(headers.FIELDS, np.int64)
    rows = (run.frame.head, run.totals, run.patterns, packet, run.tables.w)
    places = np.array([each.ctypes.data for each in rows], np.int64)
    while True:
        base = view.data.ctypes.data
        at, why = scan.scan(base + view.at, base + view.stop, places.ctypes.data)
        view.at = at - base
        if why == scan.MORE and not view.more():
            run.end(view)
            return
        if why == scan.BLOCK and not framing.framed(run.frame, view):
            run.end(view, inside=True)
            return
        if why == scan.DAMAGED:
            raise DecodeError("the lengths of a record contradict each other.", cure="record again.")
        if why == scan.DRAIN:
            run.drain()
