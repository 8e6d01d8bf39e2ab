# SPDX-License-Identifier: Apache-2.0
"""Bytes in, one :class:`Piece` of columns out: the same decoder for files, replays and live streams.

Blocks of 1 MiB, which stay in the processor's cache and cost few fresh pages, with the unfinished item carried over: memory is
bounded, and where the blocks end never changes the result. A piece that ends inside its file is read where the system keeps it, in one block.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from probes.gnss.formats import fields, kernel, ubx
from probes.gnss.formats.alarms import Alarm, alarm, remark
from probes.gnss.formats.binary import KINDS, LONGEST
from probes.gnss.formats.denials.places import Last, Places
from probes.gnss.formats.modes import OF_ZDA
from probes.gnss.formats.nmea import FIXED
from probes.gnss.formats.timeline import within_piece, words

BLOCK = 1 << 20
COUNTED = ("sentences", "bad_checksum", "no_checksum", "truncated", "junk_bytes", *KINDS)
"""Names of the counters, in the kernel's order."""
FRAMED = ("nmea", "ubx")
KEPT = 1000
"""Events kept for each counter, the first ones; the counters themselves are exact."""
_REMARK = 4096
"""Bytes between two sentences that are looked at for remarks."""
_ROWS = 1 << 14
_EVENTS = 1 << 14

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What bytes [start, stop) of one segment hold; offsets in the columns count from the segment's first byte.

    ``counts`` int64[len(COUNTED)]; ``names`` sentences by address; ``signals`` GSV
    sentences by systemId and signal ID + 1; ``used`` satellites in GSA by systemId; ``epochs``,
    ``dates`` (thinned), ``use`` (the edges) structured columns (:mod:`probes.gnss.formats.fields`); ``sats``, ``edges`` as
    :func:`probes.gnss.formats.timeline.within_piece` gives them; ``last_tod_ns`` time of the last timed sentence, -1 for none; ``events`` int64[:, 3]:
    counter index, offset, length; ``ubx`` navigation messages in binary; ``rtcm3`` corrections by type; ``unread`` what a reader
    of another format could not read, by name; ``alarms`` what was said of jamming and spoofing.
    """

    segment: str
    start: int
    stop: int
    counts: npt.NDArray[np.int64]
    names: dict[str, int]
    signals: npt.NDArray[np.int64]
    used: npt.NDArray[np.int64]
    epochs: Rows
    dates: Rows
    use: Rows
    sats: Rows
    edges: tuple[int, int]
    last_tod_ns: int
    events: npt.NDArray[np.int64]
    ubx: ubx.Columns
    rtcm3: dict[int, int]
    alarms: Mapping[Alarm, int]
    unread: Mapping[str, int] = field(default_factory=dict)
    apart: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Offsets of GGA whose place another sentence contradicts, and what the cuts around the piece have to be compared with."""
    places: tuple[Mapping[int, Last], Mapping[int, Last]] = ({}, {})
    lesser: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Times of day at which GGA tells no fixed solution, where the epochs are another format's."""


class Decoder:
    """A stream of bytes becomes a Piece; feed it in any portions."""

    def __init__(self, segment: str, start: int = 0, *, block: int = BLOCK) -> None:
        """Begin at byte ``start`` of ``segment``, where an item begins; ``block`` is the most that is held at a time."""
        self._segment, self._start, self._base = segment, start, start
        self._block = block
        self._buffer: npt.NDArray[np.uint8] = np.empty(block + LONGEST + kernel.PADDING + 4096, dtype=np.uint8)
        self._held = 0
        self._counts = np.zeros(kernel.COUNTERS, dtype=np.int64)
        self._names = np.zeros(kernel.NAMES, dtype=np.uint64)
        self._tally = np.zeros(kernel.NAMES, dtype=np.int64)
        self._kinds = np.zeros(kernel.NAMES, dtype=np.uint8)
        self._signals = np.zeros((kernel.SYSTEMS, kernel.SIGNALS), dtype=np.int64)
        self._types = np.zeros(4096, dtype=np.int64)
        self._rows = np.empty((_ROWS, 3), dtype=np.int64)
        self._marks = np.empty((_EVENTS, 3), dtype=np.int64)
        self._memory = np.full((8, fields.MEMORY), -1, dtype=np.int64)
        self._memory[0] = 0
        self._epochs, self._filled = np.empty((0, fields.WORDS[0]), dtype=np.int64), 0
        self._words = tuple(np.empty((_ROWS + 1, words), dtype=np.int64) for words in fields.WORDS[1:])
        arrays: tuple[npt.NDArray[Any], ...] = (self._buffer, self._memory, *self._words)
        self._addresses = [each.ctypes.data for each in arrays]
        self._found: dict[str, int] = {}
        self._tod, self._open = np.int64(-1), 0
        self._dates: list[npt.NDArray[np.int64]] = []
        self._use: list[npt.NDArray[np.int64]] = []
        self._events: list[npt.NDArray[np.int64]] = []
        self._ubx: list[ubx.Columns] = []
        self._alarms = Counter[Alarm]()
        self._heard: set[bytes] = set()
        self._places, self._apart = Places(), [np.empty(0, dtype=np.int64)]

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        for at in range(0, len(data), self._block):
            part = np.frombuffer(data, dtype=np.uint8)[at : at + self._block]
            self._buffer[self._held : self._held + len(part)] = part
            self._consume(len(part), final=False)

    def read(self, file: BinaryIO, size: int) -> int:
        """Take up to ``size`` bytes from ``file`` without a copy; returns how many came."""
        room = memoryview(self._buffer.data)[self._held : self._held + min(size, self._block)]
        got = file.readinto(room)  # type: ignore[attr-defined]
        self._consume(got, final=False)
        return int(got)

    def adopt(self, data: npt.NDArray[np.uint8]) -> None:
        """Take all of ``data`` where it lies: writable, nothing taken before, with room for the kernel's padding at its end."""
        self._buffer, self._addresses[0] = data, data.ctypes.data
        self._consume(len(data) - kernel.PADDING, final=False)

    def finish(self, epochs: Rows | None = None) -> Piece:
        """End the stream: an unfinished item is now truncated or junk. ``epochs``: instead of those of GGA."""
        self._consume(0, final=True)
        self._drain()
        self._use.append(self._words[1][: self._open].copy())
        told = self._epochs[: self._filled].view(fields.EPOCH).reshape(-1)
        lesser = np.empty(0, dtype=np.int64) if epochs is None else lesser_tods(told)
        epochs = told if epochs is None else epochs
        sats, use, edges = within_piece(epochs, _together(self._use, fields.USE))
        return Piece(
            self._segment,
            self._start,
            self._base,
            self._counts,
            dict(sorted(self._found.items())),
            self._signals,
            self._memory[0, : kernel.SYSTEMS].copy(),
            epochs,
            thinned(_together(self._dates, fields.DATE)),
            use,
            sats,
            edges,
            int(self._tod),
            first_events(self._events),
            ubx.together(self._ubx),
            {int(kind): int(self._types[kind]) for kind in np.flatnonzero(self._types)},
            self._alarms,
            apart=np.concatenate(self._apart),
            lesser=lesser,
            places=self._places.edges,
        )

    def _consume(self, added: int, *, final: bool) -> None:
        """Scan what is held plus ``added`` new bytes, keep the unfinished rest at the front of the buffer."""
        n = self._held + added
        self._buffer[n : n + kernel.PADDING] = 0
        at, full = 0, True
        while full:
            at, rows, events = kernel.scan(
                self._addresses[0],
                at,
                n,
                final,
                self._counts,
                self._names,
                self._tally,
                self._kinds,
                self._signals,
                self._types,
                self._rows,
                self._marks,
            )
            self._decode(self._rows[:rows])
            if events:
                self._overhear(self._marks[:events])
                self._events.append(self._marks[:events] + np.array([0, self._base, 0]))
            names = np.count_nonzero(self._names)
            full = bool(rows + 1 >= len(self._rows) or events + 2 >= len(self._marks) or 2 * names >= kernel.NAMES)
            if 3 * names > kernel.NAMES:
                self._drain()
        self._buffer[: n - at] = self._buffer[at:n].copy()
        self._held, self._base = n - at, self._base + at
        if len(self._events) > 1:
            self._events = [first_events(self._events)]

    def _decode(self, rows: npt.NDArray[np.int64]) -> None:
        """Columns of the wanted sentences, appended."""
        other = rows[:, 0] >= kernel.NAV
        if other.any():
            self._listen(rows[other])
            rows = rows[~other]
        if len(rows) == 0:
            return
        self._apart.append(self._places.take(self._addresses[0], rows, self._base))
        out = self._room(len(rows))
        buffer, memory, *addresses = self._addresses
        epochs, dates, uses, self._tod = fields.columns(
            buffer, rows.ctypes.data, len(rows), self._base, self._tod, self._open, memory, out, *addresses
        )
        self._filled += epochs
        last = uses - 1 if uses else 0  # the last row may still grow: it stays for the next call
        for kept, found, count in zip((self._dates, self._use), self._words, (dates, last), strict=True):
            kept.append(found[:count].copy())
        self._words[1][0] = self._words[1][last]
        self._open = min(uses, 1)
        if len(self._dates) > 64:
            self._dates = [words(thinned(_together(self._dates, fields.DATE)))]

    def _listen(self, rows: npt.NDArray[np.int64]) -> None:
        """What is no sentence with columns: binary messages, and what speaks of alarms."""
        binary = rows[:, 0] == kernel.NAV
        if binary.any():
            self._ubx.append(ubx.columns(self._buffer, rows[binary], self._base))
        said = (alarm(bytes(self._buffer[begin + 1 : end])) for _, begin, end in rows[~binary].tolist())
        self._alarms.update(each for each in said if each is not None)

    def _overhear(self, marks: npt.NDArray[np.int64]) -> None:
        """What stands between sentences in words, but for what the kernel hands over behind a #; numbers apart, each line is looked at once."""
        for begin, length in marks[marks[:, 0] == kernel.JUNK][:, 1:].tolist():
            junk = bytes(self._buffer[begin : begin + min(length, _REMARK)]).translate(None, b"0123456789")
            for line in set(junk.splitlines()) - self._heard:
                if not (line.startswith(b"#") and line.isascii()) and len(self._heard) < KEPT:
                    self._heard.add(line)
                    found = remark(line)
                    self._alarms.update([] if found is None else [found])

    def _room(self, count: int) -> int:
        """The address of ``count`` free rows behind the epochs so far."""
        if self._filled + count > len(self._epochs):
            grown = np.empty((2 * len(self._epochs) + count, fields.WORDS[0]), dtype=np.int64)
            grown[: self._filled] = self._epochs[: self._filled]
            self._epochs = grown
        return int(self._epochs.ctypes.data) + self._filled * fields.EPOCH.itemsize

    def _drain(self) -> None:
        """Empty the kernel's address table into a dictionary."""
        for slot in np.flatnonzero(self._names):
            name = int(self._names[slot]).to_bytes(8, "little").rstrip(b"\0").decode("latin-1")
            self._found[name] = self._found.get(name, 0) + int(self._tally[slot])
        self._names[:] = 0
        self._tally[:] = 0


def decode(path: Path, start: int = 0, stop: int = -1, *, block: int = BLOCK, epochs: Rows | None = None) -> Piece:
    """Bytes [start, stop) of the file at ``path``, -1 for its end; ``start`` must be where an item begins.

    ``epochs``: rows that another reader found there, instead of GGA.
    """
    decoder = Decoder(path.name, start, block=block)
    with path.open("rb", buffering=0) as file:
        size = file.seek(0, 2)
        left = (size if stop < 0 else stop) - start
        if left > block and start + left + kernel.PADDING <= size:
            decoder.adopt(_mapped(file, start, left + kernel.PADDING))
            return decoder.finish(epochs)
        file.seek(start)
        while left > 0 and (got := decoder.read(file, left)):
            left -= got
    return decoder.finish(epochs)


def _mapped(file: BinaryIO, start: int, size: int) -> npt.NDArray[np.uint8]:
    """Bytes of a file without a copy; what is written to them stays here. The whole of them must lie within the file."""
    begin = start - start % mmap.ALLOCATIONGRANULARITY
    view = mmap.mmap(file.fileno(), start - begin + size, access=mmap.ACCESS_COPY, offset=begin)
    return np.frombuffer(view, dtype=np.uint8)[start - begin :]


def decode_as(kind: str, config: Mapping[str, Any], path: Path, start: int = 0, stop: int = -1) -> Piece:
    """The same with epochs in the format ``kind``: "nmea" and "ubx" are framed, the others read line by line besides."""
    if kind in FRAMED:
        return decode(path, start, stop)
    from probes.gnss.formats.readers import read_epochs

    with path.open("rb") as file:
        file.seek(start)
        epochs, unread = read_epochs(file.read() if stop < 0 else file.read(stop - start), kind, config)
    epochs["offset"] += start
    return replace(decode(path, start, stop, epochs=epochs), unread=unread)


def lesser_tods(epochs: Rows) -> npt.NDArray[np.int64]:
    """The times of day of GGA that are no fixed solutions, each once."""
    return np.unique(epochs["tod_ns"][epochs["quality"] != FIXED])


def first_events(parts: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """The first KEPT events of each counter in order of offset; junk that was cut between two parts is one event."""
    rows = np.concatenate([np.empty((0, 3), dtype=np.int64), *parts])
    if len(rows) > 1:
        junk = rows[:, 0] == kernel.JUNK
        runs_on = junk[1:] & junk[:-1] & (rows[:-1, 1] + rows[:-1, 2] == rows[1:, 1])
        first = np.flatnonzero(np.concatenate([[True], ~runs_on]))
        lengths = np.add.reduceat(rows[:, 2], first)
        rows = rows[first]
        rows[:, 2] = lengths
    if len(rows) > KEPT:
        rows = np.concatenate([rows[rows[:, 0] == kind][:KEPT] for kind in range(kernel.COUNTERS)])
    return rows[np.lexsort((rows[:, 0], rows[:, 1]))]


def thinned(dates: Rows) -> Rows:
    """DATE rows without those that say what both neighbours say: same day, same certainty, same hour."""
    if len(dates) < 3:
        return dates
    hour = dates["tod_ns"] // (3600 * 10**9)
    sure = dates["sure"] & ~OF_ZDA
    same = (dates["day"][1:] == dates["day"][:-1]) & (sure[1:] == sure[:-1]) & (hour[1:] == hour[:-1])
    return np.asarray(dates[np.concatenate([[True], ~(same[1:] & same[:-1]), [True]])])


def _together(parts: list[npt.NDArray[np.int64]], kind: np.dtype[Any]) -> Rows:
    """Rows given as words, one after the other, as records of ``kind``."""
    rows = np.concatenate([np.empty((0, kind.itemsize // 8), dtype=np.int64), *parts])
    return rows.view(kind).reshape(-1)
