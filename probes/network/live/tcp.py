# SPDX-License-Identifier: Apache-2.0
"""The live half of ``network.tcp``: non-blocking connects on an absolute timetable, each ended by a reset."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from collections import Counter
from dataclasses import asdict, dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

from harness.kit.lines import Writer, line
from harness.kit.timetable import Timetable
from harness.plugins import Sink
from probes.network.live.routes import paths
from probes.network.live.sockets import resolve
from probes.network.live.timer import Timer, clock_offset_ns
from probes.network.plans.active import Target, TcpSettings
from probes.network.traces import tcp

_HEAD_START_NS = 20_000_000
_LOOK_NS = 500_000_000
_LATE_NS = 20_000_000
_TCP_INFO_RTT = 68  # offset of tcpi_rtt in struct tcp_info (linux/tcp.h), µs
_NONE, _CONNECTED, _REFUSED = range(3)


@dataclass(slots=True)
class _Attempt:
    """A connect under way; ``due`` and ``deadline`` are monotonic ns, ``start`` is ns since 1970."""

    sock: socket.socket
    target: int
    slot: int
    due: int
    deadline: int
    start: int


class TcpSource:
    """Connects to every target, from one thread."""

    appendable = True

    def __init__(self, settings: TcpSettings, folder: Path) -> None:
        """Registers are looked for in ``folder``. Nothing is opened yet."""
        self._settings, self._folder = settings, folder
        self._open: dict[int, _Attempt] = {}
        self._due: list[tuple[int, int, int]] = []
        self._facts: Counter[str] = Counter()
        self._unsent: Counter[int] = Counter()
        self._offset = 0

    def preflight(self) -> None:
        """Find every host; InstrumentError names the first that has no address."""
        for target in self._settings.found(self._folder):
            resolve(target.host, target.port)

    def record(self, sink: Sink) -> None:
        """Connect at every slot of the timetable; a resumed run goes on at its checkpoint."""
        settings, state = self._settings, sink.state
        seed = int(state.get("seed", int.from_bytes(os.urandom(7), "big") if settings.seed is None else settings.seed))
        targets = settings.found(self._folder)
        places = [resolve(target.host, target.port) for target in targets]
        table = Timetable(settings.schedule, settings.interval_ns, seed, settings.burst)
        session = {
            "mode": "tcp",
            "waiting_time_ns": settings.waiting_ns,
            "targets": [_described(target, place) for target, place in zip(targets, places, strict=True)],
            "schedule": asdict(table),
        }
        sink.write(Writer(tcp.FORMAT, session).header)
        start = time.monotonic_ns() + _HEAD_START_NS - int(state.get("elapsed_ns", 0))
        slots = state.get("slots", [0] * len(places))
        coming = [self._slots(table, index, first, start) for index, first in enumerate(slots)]
        self._run(sink, places, coming, lambda: {"seed": str(seed), "elapsed_ns": time.monotonic_ns() - start})
        sink.write(line({"paths": paths(str(place[1][0]) for place in places)}))

    def _run(self, sink: Sink, places: Any, coming: Any, state: Any) -> None:
        looked, done = 0, [0] * len(places)
        for index, slots in enumerate(coming):
            self._push(index, slots)
        with Timer() as timer, select.epoll() as waiting:
            waiting.register(timer.fd, select.EPOLLIN)
            while self._due or self._open:
                now = time.monotonic_ns()
                if now - looked > _LOOK_NS:
                    looked, self._offset = now, clock_offset_ns()
                    self._note(sink)
                    sink.checkpoint({**state(), "slots": list(done)})
                    sink.progress(
                        min(1.0, sum(done) / max(1, self._total(len(places)))),
                        1,
                        f"已连接 {sum(done)} 次 / {sum(done)} connects",
                    )
                    if sink.stopping:
                        self._due.clear()
                while self._due and self._due[0][0] <= now:
                    due, index, slot = heappop(self._due)
                    done[index] = slot + 1
                    self._push(index, coming[index])
                    self._begin(sink, waiting, places[index], (index, slot, due))
                self._expire(sink, waiting)
                timer.arm(self._wake(looked))
                for fd, _events in waiting.poll():
                    if fd == timer.fd:
                        timer.clear()
                    elif fd in self._open:
                        self._finish(sink, waiting, fd)
        self._note(sink)

    def _total(self, targets: int) -> int:
        return targets * (self._settings.total_ns // self._settings.interval_ns)

    def _push(self, index: int, slots: Any) -> None:
        found = next(slots, None)
        if found is not None:
            heappush(self._due, (found[1], index, found[0]))

    def _slots(self, table: Timetable, target: int, first: int, start: int) -> Any:
        count, duration_ns = self._settings.count, self._settings.duration_ns
        for slot, offset in enumerate(table.due(target)):
            if (count and slot >= count) or (duration_ns and offset >= duration_ns):
                return
            if slot >= first:
                yield slot, start + offset

    def _begin(self, sink: Sink, waiting: select.epoll, place: Any, which: tuple[int, int, int]) -> None:
        index, slot, due = which
        if time.monotonic_ns() - due > max(_LATE_NS, self._settings.interval_ns):
            self._unsent[index] += 1
            return
        family, address = place
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("@ii", 1, 0))
        now = time.monotonic_ns()
        attempt = _Attempt(sock, index, slot, due, now + self._settings.waiting_ns, time.time_ns())
        problem = sock.connect_ex(address)
        if problem in {0, errno.EINPROGRESS}:
            self._open[sock.fileno()] = attempt
            waiting.register(sock.fileno(), select.EPOLLOUT)
        elif problem == errno.ECONNREFUSED:
            self._write(sink, attempt, _REFUSED)
        else:
            self._facts[f"connect: {os.strerror(problem)}"] += 1
            self._unsent[index] += 1
            sock.close()

    def _finish(self, sink: Sink, waiting: select.epoll, fd: int) -> None:
        attempt = self._open.pop(fd)
        waiting.unregister(fd)
        problem = attempt.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem not in {0, errno.ECONNREFUSED}:
            self._facts[f"connect: {os.strerror(problem)}"] += 1
        outcome = {0: _CONNECTED, errno.ECONNREFUSED: _REFUSED}.get(problem, _NONE)
        self._write(sink, attempt, outcome)

    def _expire(self, sink: Sink, waiting: select.epoll) -> None:
        now = time.monotonic_ns()
        for fd in [fd for fd, attempt in self._open.items() if attempt.deadline <= now]:
            waiting.unregister(fd)
            self._write(sink, self._open.pop(fd), _NONE)

    def _write(self, sink: Sink, attempt: _Attempt, outcome: int) -> None:
        end = time.time_ns()
        info = attempt.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_RTT + 4)
        rtt = struct.unpack_from("@I", info, _TCP_INFO_RTT)[0] if outcome == _CONNECTED else 0
        attempt.sock.close()
        due = attempt.due + (self._offset or clock_offset_ns())
        sink.write(tcp.row(attempt.target, attempt.slot, due, attempt.start, end, rtt, outcome))

    def _wake(self, looked: int) -> int:
        deadlines = [attempt.deadline for attempt in self._open.values()]
        return min([looked + _LOOK_NS, *([self._due[0][0]] if self._due else []), *deadlines])

    def _note(self, sink: Sink) -> None:
        facts: dict[str, Any] = {"counts": dict(self._facts)} if self._facts else {}
        if self._unsent:
            facts["unsent"] = {str(index): number for index, number in self._unsent.items()}
        if facts:
            sink.write(line(facts))
        self._facts.clear()
        self._unsent.clear()


def _described(target: Target, place: Any) -> dict[str, Any]:
    return {"id": target.label, "name": target.name, "address": place[1][0], "port": place[1][1]}
