# SPDX-License-Identifier: Apache-2.0
"""The sending side of STAMP: many sessions from one thread, on an absolute timetable, with kernel times both ways.

A probe is kept in memory until its waiting time is over, then it goes out as one record of the trace together with every
reply it got. Slots that could not be sent in time are counted, never silently skipped.
"""

from __future__ import annotations

import heapq
import select
import socket
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from probes.network import stamp_trace as trace
from probes.network.datagram import Endpoint, datagram, echo
from probes.network.live_clock import Timer, clock_offset_ns
from probes.network.live_socket import Received, receive, stamp, transmitted
from probes.network.stamp_mode import Mode, Unauthenticated
from probes.network.stamp_packet import SenderPacket
from probes.network.stamp_tlv import counted
from probes.network.timestamps import PTP_FORMAT, ntp_of, ptp_of

_STEP_NS = 1_000_000  # a change of wall minus monotonic clock beyond this, between two looks, is a step
_LOOK_NS = 100_000_000
_LEAST_GRACE_NS = 20_000_000
_MOST_REPLIES = 99
_REMEMBERED = 4096
_BATCH = 32
_ALIENS = 10_000
_LONGEST_STOP_NS = 3_000_000_000


@dataclass(slots=True)
class Probe:
    """One packet sent: when it was due (monotonic), T1 of the socket call and of the kernel (0: none), and its replies."""

    slot: int
    due_ns: int
    deadline_ns: int
    t1_user: int
    t1_wire: int
    payload: bytes
    t1_kernel: int = 0
    replies: list[Received] = field(default_factory=list)


@dataclass(slots=True)
class Session:
    """One target: its connected socket, both ends, the slots to come, and what is under way."""

    index: int
    sock: socket.socket
    local: Endpoint
    remote: Endpoint
    slots: Iterator[tuple[int, int]]
    ttl: int = 64
    mode: Mode = field(default_factory=Unauthenticated)
    traffic_class: int = 0
    sequence: int = 0
    armed_at: int = 0
    dropped: int = 0
    open: OrderedDict[int, Probe] = field(default_factory=OrderedDict)
    lost: OrderedDict[int, None] = field(default_factory=OrderedDict)
    next_slot: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """How to send: what follows the base packet, by slot in turn; waiting time; mean interval; the stated error estimate.

    The Z bit of the error estimate says in which format T1 goes out.
    """

    tails: Sequence[bytes]
    waiting_ns: int
    interval_ns: int
    error: int


class Sender:
    """Runs the sessions; ``write`` takes whole records. ``facts``, ``unsent`` (by target) and ``dropped`` count what has no packet."""

    def __init__(self, sessions: Sequence[Session], manner: Manner, write: Callable[[bytes], None]) -> None:
        """Take ``sessions`` with their due times as monotonic ns."""
        self._sessions = sessions
        self._tails = manner.tails
        self._waiting_ns = manner.waiting_ns
        self._grace_ns = max(manner.interval_ns, _LEAST_GRACE_NS)
        self._error = manner.error
        self._stamp = ptp_of if manner.error & PTP_FORMAT else ntp_of
        self._write = write
        self._buffer = bytearray()
        self._deadlines: deque[tuple[Session, int, Probe]] = deque()
        self._offset_ns = clock_offset_ns()
        self._due: list[tuple[int, int, int, Session]] = []
        self._looked_ns = 0
        self._end_ns = 0
        self._aliens = 0
        self.facts: Counter[str] = Counter()
        self.unsent: Counter[int] = Counter()
        self.dropped = 0
        self.sent = 0
        for session in sessions:
            self._schedule(session)

    def run(self, stopping: Callable[[], bool], look: Callable[[], None]) -> None:
        """Send every slot and wait for the last replies; ``look`` is called about ten times a second."""
        with Timer() as timer, select.epoll() as waiting:
            waiting.register(timer.fd, select.EPOLLIN)
            by_fd = {session.sock.fileno(): session for session in self._sessions}
            for fd in by_fd:
                waiting.register(fd, select.EPOLLIN)
            while self._due or self._deadlines:
                now = time.monotonic_ns()
                if 0 < self._end_ns < now:
                    self._give_up()
                    break
                if now - self._looked_ns > _LOOK_NS:
                    self._look(now, stopping, look)
                self._send_due(now)
                self._settle(now)
                timer.arm(self._wake())
                for fd, events in waiting.poll():
                    if fd == timer.fd:
                        timer.clear()
                    else:
                        self._hear(by_fd[fd], events)
        self.flush()

    def flush(self) -> None:
        """Hand over every record that is complete."""
        if self._buffer:
            self._write(bytes(self._buffer))
            self._buffer.clear()

    def _give_up(self) -> None:
        """End before the waiting time of the last probes is over: those without a reply are undecided, not lost."""
        for session, _sequence, probe in self._deadlines:
            if probe.replies:
                self._buffer += self._record(session, probe)
            else:
                self.facts["undecided"] += 1
        self._deadlines.clear()

    def _schedule(self, session: Session) -> None:
        coming = next(session.slots, None)
        if coming is not None:
            slot, due_ns = coming
            heapq.heappush(self._due, (due_ns, session.index, slot, session))

    def _wake(self) -> int:
        times = [self._looked_ns + _LOOK_NS]
        if self._due:
            times.append(self._due[0][0])
        if self._deadlines:
            times.append(self._deadlines[0][2].deadline_ns)
        return min(times)

    def _look(self, now: int, stopping: Callable[[], bool], look: Callable[[], None]) -> None:
        self._looked_ns = now
        offset = clock_offset_ns()
        if abs(offset - self._offset_ns) > _STEP_NS:
            self.facts["clock_steps"] += 1
        self._offset_ns = offset
        if stopping() and not self._end_ns:
            self._due.clear()
            self._end_ns = now + _LONGEST_STOP_NS
        look()
        self.flush()

    def _send_due(self, now: int) -> None:
        """Send what is due, a few at a time, so that replies are heard in between."""
        for _ in range(_BATCH):
            if not self._due or self._due[0][0] > now:
                return
            due_ns, _index, slot, session = heapq.heappop(self._due)
            session.next_slot = slot + 1
            self._schedule(session)
            if now - due_ns > self._grace_ns:
                self.unsent[session.index] += 1
            else:
                self._send(session, slot, due_ns)
            now = time.monotonic_ns()

    def _send(self, session: Session, slot: int, due_ns: int) -> None:
        user_ns = time.time_ns()
        probe = Probe(slot, due_ns, 0, user_ns, self._stamp(user_ns), b"")
        tail = counted(self._tails[slot % len(self._tails)], session.sequence + 1)
        probe.payload = session.mode.ask(SenderPacket(session.sequence, probe.t1_wire, self._error, 0, tail))
        if not self._sent(session, probe.payload):
            self.unsent[session.index] += 1
            return
        self.sent += 1
        probe.deadline_ns = time.monotonic_ns() + self._waiting_ns
        session.open[session.sequence] = probe
        self._deadlines.append((session, session.sequence, probe))
        session.sequence = session.sequence + 1 & 0xFFFF_FFFF

    def _sent(self, session: Session, payload: bytes) -> bool:
        """Whether the kernel took it; an ICMP error about an earlier packet takes the first try."""
        for _ in range(2):
            try:
                session.sock.send(payload)
            except OSError as error:
                self.facts[f"send: {error.strerror}"] += 1
                session.armed_at = session.sequence
                try:
                    stamp(session.sock, transmit=True)
                except OSError:
                    return False
            else:
                return True
        return False

    def _hear(self, session: Session, events: int) -> None:
        if events & select.EPOLLERR:
            self._stamp_sent(session)
        for _ in range(_BATCH):
            try:
                received = receive(session.sock)
            except OSError as error:
                self.facts[f"receive: {error.strerror}"] += 1
                continue
            if received is None:
                return
            self._take(session, received)

    def _stamp_sent(self, session: Session) -> None:
        """Give each probe its kernel T1; a time outside [before send, now] belongs to another packet and is dropped."""
        while (found := transmitted(session.sock)) is not None:
            number, kernel_ns = found
            probe = session.open.get(session.armed_at + number & 0xFFFF_FFFF)
            if probe is not None and probe.t1_user <= kernel_ns <= time.time_ns():
                probe.t1_kernel = kernel_ns
            else:
                self.facts["transmit_times_unmatched"] += 1

    def _take(self, session: Session, received: Received) -> None:
        self.dropped += received.dropped - session.dropped
        session.dropped = received.dropped
        heard = session.mode.heard(received.payload)
        if heard is not None and not heard.authentic:
            self.facts["wrong_hmac"] += 1
            self._stray(session, received, trace.FORGED)
            return
        probe = session.open.get(heard.sequence) if heard else None
        if heard and probe and heard.timestamp == probe.t1_wire:
            if len(probe.replies) < _MOST_REPLIES:
                probe.replies.append(received)
            return
        late = heard is not None and session.lost.pop(heard.sequence, 0) is None
        self._stray(session, received, trace.LATE if late else trace.ALIEN)

    def _stray(self, session: Session, received: Received, fate: str) -> None:
        """Keep a packet that no open probe owns; aliens beyond ten thousand are counted only."""
        if fate != trace.LATE:
            self._aliens += 1
            if self._aliens > _ALIENS or len(received.payload) < session.mode.base_bytes:
                self.facts["aliens_not_kept"] += 1
                return
        self._buffer += self._back(session, received, fate)

    def _settle(self, now: int) -> None:
        """Write the records of probes whose waiting time is over."""
        for _ in range(_BATCH):
            if not self._deadlines or self._deadlines[0][2].deadline_ns > now:
                return
            session, sequence, probe = self._deadlines.popleft()
            self._stamp_sent(session)
            del session.open[sequence]
            if not probe.replies:
                session.lost[sequence] = None
                if len(session.lost) > _REMEMBERED:
                    session.lost.popitem(last=False)
            self._buffer += self._record(session, probe)

    def _record(self, session: Session, probe: Probe) -> bytes:
        sent = trace.sent(
            session.index,
            probe.slot,
            probe.due_ns + self._offset_ns,
            probe.t1_kernel or probe.t1_user,
            _packet(session, (session.local, session.remote), probe.payload, (session.ttl, session.traffic_class)),
            replies=len(probe.replies),
            kernel=probe.t1_kernel > 0,
        )
        fates = [trace.FIRST, *[trace.AGAIN] * len(probe.replies)]
        return sent + b"".join(
            self._back(session, received, fate) for received, fate in zip(probe.replies, fates, strict=False)
        )

    def _back(self, session: Session, received: Received, fate: str) -> bytes:
        return trace.back(
            session.index,
            received.user_ns,
            received.kernel_ns or received.user_ns,
            _packet(session, (session.remote, session.local), received.payload, (received.ttl, received.traffic_class)),
            fate=fate,
            kernel=received.kernel_ns > 0,
        )


def _packet(session: Session, ends: tuple[Endpoint, Endpoint], payload: bytes, marks: tuple[int, int]) -> bytes:
    """The IP packet from one end to the other as the session's socket carries it; ``marks``: TTL and traffic class."""
    around = echo if session.mode.name == "icmp" else datagram
    return around(*ends, payload, *marks)
