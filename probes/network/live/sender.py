# SPDX-License-Identifier: Apache-2.0
"""The sending side of STAMP: many sessions from one compiled loop, on an absolute timetable, with kernel times both ways.

Two threads: one is in the loop of :mod:`probes.network.live.exchange`, without the interpreter's lock, a tenth of a second
at a time; the other prepares what is due next, pairs what came back (:mod:`probes.network.wire.open_probes`) and writes records.
Slots that could not be sent in time are counted, never silently skipped.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

import numpy as np
import numpy.typing as npt

from harness.kit.timetable import Agenda
from probes.network.live import exchange as loop
from probes.network.live.calls import Mail, mail, wall_offset
from probes.network.live.timer import wake_sharply
from probes.network.wire.datagram import Endpoint, datagram, echo
from probes.network.wire.digest import pads_of
from probes.network.wire.frames import ECHO
from probes.network.wire.modes import PAYLOAD_BYTES, reply_mark
from probes.network.wire.open_probes import Asked, Batch, Lane, OpenProbes

_WINDOW_NS = 100_000_000
_AHEAD = 5
_LEAST_GRACE_NS = 20_000_000
_LONGEST_STOP_NS = 3_000_000_000
_ROWS = 4096
_PAYLOAD = 2048
_ERRORS = 256

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Session:
    """One target: its connected socket, both ends, TTL and class of what it sends, identifier of its echoes (0: the kernel's)."""

    index: int
    sock: socket.socket
    local: Endpoint
    remote: Endpoint
    ttl: int = 64
    traffic_class: int = 0
    identifier: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """How to send: requests as templates, by slot in turn; mode and key; waiting time; mean interval; the format of T1.

    ``transmit_times``: whether the sockets tell when packets left.
    """

    templates: Sequence[bytes]
    waiting_ns: int
    interval_ns: int
    mode: int = 0
    key: bytes = b""
    ptp: bool = False
    transmit_times: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """What is due until a time: times, sessions, slots."""

    until_ns: int
    due: Column
    who: Column
    slots: Column


@dataclass(frozen=True, slots=True, eq=False)
class _Log:
    """What one visit to the loop wrote: a batch, slots done, counts by errno, unsent by session, overflow, clock steps.

    ``last``: it ends its window; ``owed``: in which something was due.
    """

    batch: Batch
    who: Column
    slots: Column
    errors: Column
    unsent: Column
    dropped: int
    steps: int
    last: bool
    owed: bool


class Sender:
    """Runs the sessions; ``write`` takes whole records. ``facts``, ``unsent`` (by target) and ``dropped`` count what has no packet.

    ``sent`` and ``missed``: packets and slots without one, in all. ``next_slots``: by target, the first slot that was not tried yet.
    """

    def __init__(
        self, sessions: Sequence[Session], manner: Manner, agenda: Agenda, write: Callable[[bytes], None]
    ) -> None:
        """Take ``sessions`` with their due times as monotonic ns."""
        self._sessions, self._manner, self._agenda, self._write = sessions, manner, agenda, write
        self._pads = pads_of(manner.key)
        sizes = np.array([len(each) for each in manner.templates], np.int64)
        self._templates = np.zeros((len(sizes), max(64, int(sizes.max()))), np.uint8)
        for row, each in zip(self._templates, manner.templates, strict=True):
            row[: len(each)] = np.frombuffer(each, np.uint8)
        asked = Asked(manner.mode, self._pads, self._templates, sizes, manner.waiting_ns)
        self._sizes, self._open = sizes, OpenProbes([self._lane(each) for each in sessions], asked)
        self._windows: SimpleQueue[_Window | None] = SimpleQueue()
        self._logs: SimpleQueue[_Log | BaseException] = SimpleQueue()
        self._planned_ns = self._end_ns = self._owed = 0
        self.next_slots = np.zeros(len(sessions), np.int64)
        self.facts: Counter[str] = Counter()
        self.unsent: Counter[int] = Counter()
        self.dropped = 0
        self.sent = self.missed = 0

    def run(self, stopping: Callable[[], bool], look: Callable[[], None]) -> None:
        """Send every slot and wait for the last replies; ``look`` is called about ten times a second."""
        with select.epoll() as waiting:
            for session in self._sessions:
                waiting.register(session.sock.fileno(), select.EPOLLIN)
            pump = Thread(target=self._pump, args=(waiting.fileno(),), name="stamp")
            self._planned_ns = time.monotonic_ns()
            for _ in range(_AHEAD):
                self._plan(stopping)
            pump.start()
            try:
                self._settle(stopping, look)
            finally:
                self._windows.put(None)
                pump.join()

    def _settle(self, stopping: Callable[[], bool], look: Callable[[], None]) -> None:
        """Turn what the loop wrote into records until nothing is due or under way."""
        while self._owed or self._open.open or not (self._end_ns or self._agenda.over):
            log = self._logs.get()
            if isinstance(log, BaseException):
                raise log
            self._take(log)
            if not log.last:
                continue
            self._owed -= log.owed
            self._plan(stopping)
            look()
            if 0 < self._end_ns < time.monotonic_ns():
                break
        records, undecided = self._open.end()
        self._write(records)
        if undecided:
            self.facts["undecided"] += undecided

    def _plan(self, stopping: Callable[[], bool]) -> None:
        """Hand over the next window; an empty one once the end has come."""
        self._planned_ns += _WINDOW_NS
        if stopping() and not self._end_ns:
            self._end_ns = time.monotonic_ns() + _LONGEST_STOP_NS
        none = np.empty(0, np.int64)
        due, who, slots = (none, none, none) if self._end_ns else self._agenda.until(self._planned_ns)
        self._owed += len(due) > 0
        self._windows.put(_Window(self._planned_ns, due, who, slots))

    def _take(self, log: _Log) -> None:
        """Count what has no packet, and write what is whole."""
        records = self._open.take(log.batch)
        if records:
            self._write(records)
        self.sent += len(log.batch.sent)
        self.dropped += log.dropped
        for way, number in zip(*np.nonzero(log.errors), strict=True):
            name = f"{('send', 'receive')[way]}: {os.strerror(int(number))}"
            self.facts[name] += int(log.errors[way, number])
        for session in np.flatnonzero(log.unsent).tolist():
            self.unsent[session] += int(log.unsent[session])
        self.missed += int(log.unsent.sum())
        self.facts.update(self._open.facts())
        if log.steps:
            self.facts["clock_steps"] += log.steps
        np.maximum.at(self.next_slots, log.who, log.slots + 1)

    def _pump(self, poll_fd: int) -> None:
        """The other thread: one window after the other, until None comes."""
        try:
            wake_sharply()
            room = mail(max(_PAYLOAD, self._templates.shape[1] + 64))
            sessions, by_fd = self._table()
            knobs = self._knobs(poll_fd)
            while (window := self._windows.get()) is not None:
                self._visit(window, room, sessions, by_fd, knobs)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits for logs
            self._logs.put(error)

    def _visit(self, window: _Window, room: Mail, sessions: Column, by_fd: Column, knobs: Column) -> None:
        """Be in the loop until the window is over; each time a table is full, hand over what is there and go on."""
        knobs[loop.UNTIL], knobs[loop.CURSOR], done = window.until_ns, 0, 0
        last = False
        while not last:
            knobs[loop.SENT :], knobs[loop.STEPS], knobs[loop.CURSOR] = 0, 0, done
            rows = len(window.due) + _ROWS
            sent, back = np.empty((rows, loop.SENT_WORDS), np.int64), np.empty((2 * rows, loop.BACK_WORDS), np.int64)
            arena = np.empty(len(window.due) * int(self._sizes.max()) + 4 * room.payloads.size, np.uint8)
            wire = np.empty((rows, loop.WIRE_WORDS), np.int64)
            errors, unsent = np.zeros((2, _ERRORS), np.int64), np.zeros(len(sessions), np.int64)
            dropped = np.zeros(1, np.int64)
            loop.exchange(
                window.due,
                window.who,
                window.slots,
                self._templates,
                self._sizes,
                sessions,
                by_fd,
                room.headers,
                room.controls,
                room.payloads,
                sent,
                back,
                arena,
                wire,
                errors,
                unsent,
                dropped,
                knobs,
                self._pads,
            )
            begun, done = done, int(knobs[loop.CURSOR])
            now = time.monotonic_ns()
            last = done == len(window.due) and now >= window.until_ns
            written = [int(knobs[place]) for place in (loop.SENT, loop.BACK, loop.BYTES, loop.WIRE)]
            batch = Batch(sent[: written[0]], back[: written[1]], arena[: written[2]], wire[: written[3]], now)
            handled = slice(begun, done)
            self._logs.put(
                _Log(
                    batch,
                    window.who[handled],
                    window.slots[handled],
                    errors,
                    unsent,
                    int(dropped[0]),
                    int(knobs[loop.STEPS]),
                    last,
                    last and len(window.due) > 0,
                )
            )

    def _table(self) -> tuple[Column, Column]:
        """Columns of the sessions for the loop, and the session of each descriptor."""
        fds = [session.sock.fileno() for session in self._sessions]
        table, by_fd = np.zeros((len(fds), 6), np.int64), np.zeros(max(fds) + 1, np.int64)
        table[:, loop.FD] = fds
        table[:, loop.MARK] = [self._mark(session) for session in self._sessions]
        table[:, loop.RAW] = [
            each.sock.type == socket.SOCK_RAW and each.local.address.version == 4 for each in self._sessions
        ]
        by_fd[fds] = np.arange(len(fds))
        return table, by_fd

    def _knobs(self, poll_fd: int) -> Column:
        manner, knobs = self._manner, np.zeros(13, np.int64)
        knobs[loop.POLL], knobs[loop.GRACE] = poll_fd, max(manner.interval_ns, _LEAST_GRACE_NS)
        knobs[loop.MODE], knobs[loop.PTP], knobs[loop.TRANSMIT] = manner.mode, manner.ptp, manner.transmit_times
        knobs[loop.OFFSET] = wall_offset()
        return knobs

    def _lane(self, session: Session) -> Lane:
        around = echo if self._manner.mode == ECHO else datagram
        return Lane(
            there=around(session.local, session.remote, b"", session.ttl),
            back=around(session.remote, session.local, b"", session.ttl),
            ttl=session.ttl,
            traffic_class=session.traffic_class,
            mark=self._mark(session),
            least=PAYLOAD_BYTES[self._manner.mode],
        )

    def _mark(self, session: Session) -> int:
        return reply_mark(session.remote.address.version, session.identifier) if self._manner.mode == ECHO else 0
