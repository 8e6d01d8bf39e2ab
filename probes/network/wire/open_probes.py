# SPDX-License-Identifier: Apache-2.0
"""Probes under way: pairs what was sent with what came back, and turns both into records once the waiting time is over. Pure.

It works on rows that the sender's loop wrote down, so it can be late without anything measured being so, and a test can
hand it rows with any clock. Times of a reply are kept on the clock scale of its probe: when the wall clock was stepped in
between, the step is taken out, so that no round trip is wrong by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.network.wire.blocks import AROUND_BYTES
from probes.network.wire.pairing import (
    AT,
    FACTS,
    FIRST,
    LAST,
    NEXT,
    NOT_KEPT,
    OFFSET,
    REMEMBERED,
    REPLIES,
    REPLY_WORDS,
    SESSION,
    SHORT,
    SHORT_BYTES,
    STEPPED,
    UNMATCHED,
    WORDS,
    WRONG,
    departed,
    match,
    placed,
    settle,
    stray_blocks,
)

_NAMES = {
    WRONG: "wrong_hmac",
    NOT_KEPT: "aliens_not_kept",
    UNMATCHED: "transmit_times_unmatched",
    STEPPED: "stepped",
    SHORT: "short_replies",
    SHORT_BYTES: "short_reply_bytes",
}
_GRACE_NS = 100_000_000
_ROOM = 1 << 20
_HEADER_BYTES = 48

Rows = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """How requests look: mode, key pads, templates (one a row) with sizes, waiting time."""

    mode: int
    pads: Rows
    templates: Bytes
    sizes: Rows
    waiting_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One session: headers of its packets there and back, TTL and class of what it sends, its echo mark (0: none), least payload."""

    there: bytes
    back: bytes
    ttl: int
    traffic_class: int
    mark: int
    least: int


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows as :mod:`probes.network.live.exchange` wrote them, and the monotonic time up to which everything was read."""

    sent: Rows
    back: Rows
    arena: Bytes
    wire: Rows
    until_ns: int


class OpenProbes:
    """What is under way in all sessions. ``facts``: counts of what has no packet, by name."""

    def __init__(self, lanes: Sequence[Lane], asked: Asked) -> None:
        """Nothing is under way yet."""
        self._asked = asked
        self._heads = np.zeros((2, len(lanes), _HEADER_BYTES), np.uint8)
        for index, lane in enumerate(lanes):
            for way, head in enumerate((lane.there, lane.back)):
                self._heads[way, index, : len(head)] = np.frombuffer(head, np.uint8)
        rows = [(len(lane.there), lane.ttl, lane.traffic_class, lane.mark, lane.least) for lane in lanes]
        self._lanes = np.array(rows, np.int64).reshape(-1, 5)
        self._probes = np.zeros((1024, WORDS), np.int64)
        self._replies = np.zeros((1024, REPLY_WORDS), np.int64)
        self._arena = np.zeros(1 << 16, np.uint8)
        self._first = self._count = self._answers = self._bytes = 0
        self._place = np.zeros((len(lanes), 64), np.int64)
        self._lost = np.zeros((len(lanes), REMEMBERED), np.int64)
        self._facts = np.zeros(FACTS, np.int64)
        self._out = np.empty(_ROOM, np.uint8)

    @property
    def open(self) -> int:
        """Probes whose fate is not known yet."""
        return self._count - self._first

    def facts(self) -> dict[str, int]:
        """What was counted since the last call."""
        found = {name: int(self._facts[place]) for place, name in _NAMES.items() if self._facts[place]}
        for place in _NAMES:
            self._facts[place] = 0
        return found

    def take(self, batch: Batch) -> bytes:
        """Take what happened; the records that are whole by now."""
        self._admit(batch.sent)
        departed(batch.wire, self._probes[: self._count], self._place, self._facts)
        self._grow(batch)
        strays = np.zeros((len(batch.back), 3), np.int64)
        some = match(
            batch.back,
            batch.arena,
            self._probes[: self._count],
            self._replies,
            self._arena,
            self._place,
            self._lost,
            self._lanes,
            strays,
            self._facts,
            np.array([self._answers, self._bytes, self._asked.waiting_ns], np.int64),
            self._asked.mode,
            self._asked.pads,
        )
        self._answers, self._bytes, found = some
        return self._strays(batch, strays[:found]) + self._records(batch.until_ns - self._asked.waiting_ns - _GRACE_NS)

    def end(self) -> tuple[bytes, int]:
        """The records of what got a reply, and how many others are left undecided: neither answered nor lost."""
        rows = self._probes[self._first : self._count]
        answered = rows[rows[:, REPLIES] > 0]
        undecided = len(rows) - len(answered)
        self._count = self._first + len(answered)
        self._probes[self._first : self._count] = answered
        return self._records(1 << 62), undecided

    def _admit(self, sent: Rows) -> None:
        """Append rows; a session's place for a sequence is unique as long as less than the width of the table is under way."""
        first, self._count = self._count, self._count + len(sent)
        self._probes = _roomy(self._probes, self._count)
        rows = self._probes[first : self._count]
        rows[:] = 0
        rows[:, : OFFSET + 1] = sent
        rows[:, FIRST] = rows[:, LAST] = -1
        busiest = int(np.bincount(self._probes[self._first : self._count, SESSION]).max(initial=0))
        if busiest * 2 > self._place.shape[1]:
            self._place = np.zeros((len(self._place), 1 << (busiest * 2).bit_length()), np.int64)
            first = self._first
        placed(self._probes, first, self._count, self._place)

    def _grow(self, batch: Batch) -> None:
        self._replies = _roomy(self._replies, self._answers + len(batch.back))
        self._arena = _roomy(self._arena, self._bytes + len(batch.arena))

    def _strays(self, batch: Batch, strays: Rows) -> bytes:
        """Packets that no open probe owns; aliens beyond ten thousand are counted only."""
        size = int(batch.back[strays[:, 0], 2].sum()) + len(strays) * AROUND_BYTES
        out = np.empty(size, np.uint8)
        end = stray_blocks(strays, batch.back, batch.arena, self._heads[1], self._lanes, out)
        return out[:end].tobytes()

    def _records(self, before_ns: int) -> bytes:
        """Records of probes that were due to be answered before; they go out of the tables."""
        parts, state = [], np.array([self._first, 0])
        while True:
            state[1] = 0
            more = settle(
                before_ns,
                self._probes[: self._count],
                self._replies,
                self._arena,
                self._heads,
                self._lanes,
                self._asked.templates,
                self._asked.sizes,
                self._asked.mode,
                self._asked.pads,
                self._lost,
                self._out,
                state,
            )
            parts.append(self._out[: state[1]].tobytes())
            if not more:
                break
            if state[1] == 0:  # one record does not fit
                self._out = np.empty(len(self._out) * 2, np.uint8)
        self._first = int(state[0])
        if self._first * 2 > self._count:
            self._forget()
        return b"".join(parts)

    def _forget(self) -> None:
        """Move what is under way to the front of the tables."""
        rows = self._probes[self._first : self._count].copy()
        used = rows[:, FIRST][rows[:, FIRST] >= 0]
        first = int(used.min(initial=self._answers))
        start = int(self._replies[first, AT]) if first < self._answers else self._bytes
        kept = self._replies[first : self._answers].copy()
        kept[:, AT] -= start
        kept[:, NEXT] -= np.where(kept[:, NEXT] >= 0, first, 0)
        for column in (FIRST, LAST):
            rows[:, column] -= np.where(rows[:, column] >= 0, first, 0)
        payloads = self._arena[start : self._bytes].copy()
        self._probes[: len(rows)] = rows
        self._replies[: len(kept)] = kept
        self._arena[: len(payloads)] = payloads
        self._first, self._count, self._answers, self._bytes = 0, len(rows), len(kept), len(payloads)
        placed(self._probes, 0, self._count, self._place)


def _roomy(table: npt.NDArray[Any], wanted: int) -> npt.NDArray[Any]:
    """``table`` with room for ``wanted`` rows."""
    if wanted <= len(table):
        return table
    grown = np.zeros((max(wanted, 2 * len(table)), *table.shape[1:]), table.dtype)
    grown[: len(table)] = table
    return grown
