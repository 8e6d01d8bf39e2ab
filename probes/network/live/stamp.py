# SPDX-License-Identifier: Apache-2.0
"""The live half of ``network.stamp``: opens a session a target, calibrates, sends on the timetable, keeps the trace."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.clock import kernel_clock
from harness.errors import InstrumentError
from harness.kit.timetable import Agenda, Timetable
from harness.plugins import Sink
from probes.network.live.calibration import loopback_floor
from probes.network.live.load import Load, Stretch, background
from probes.network.live.routes import paths
from probes.network.live.sender import Manner, Sender, Session
from probes.network.live.sockets import connect, mark, open_echo_socket, open_socket, resolve, ttl_of
from probes.network.plans.active import PacketSettings, Target
from probes.network.plans.phases import Phase, phases, rates
from probes.network.wire import layout, tlv
from probes.network.wire.datagram import Endpoint
from probes.network.wire.modes import MODES, template
from probes.network.wire.sizes import padding
from probes.network.wire.timestamps import error_estimate

_SECOND = 1_000_000_000
_HEAD_START_NS = 50_000_000
_PER_SESSION_NS = (
    2_000_000  # drawing thousands of timetables takes seconds, which must not be taken from the first slots
)
_CHECKPOINT_NS = 2 * _SECOND
_SPARE_FILES = 64


class StampSource:
    """Records one STAMP campaign: all targets, from one thread."""

    appendable = True

    def __init__(self, settings: PacketSettings, folder: Path) -> None:
        """Registers and keys are looked for in ``folder``. Nothing is opened yet."""
        self._settings, self._folder = settings, folder

    def preflight(self) -> None:
        """Open and connect a socket to every target; InstrumentError names the first that cannot be, with the cure."""
        self._settings.key(self._folder)
        for session in open_sessions(self._settings, self._settings.found(self._folder)):
            session.sock.close()

    def record(self, sink: Sink) -> None:
        """Send every slot of the timetable and keep what comes back; a resumed run goes on at its checkpoint."""
        settings, state, key = self._settings, sink.state, self._settings.key(self._folder)
        seed = int(state.get("seed", int.from_bytes(os.urandom(7), "big") if settings.seed is None else settings.seed))
        targets = settings.found(self._folder)
        sessions = open_sessions(settings, targets)
        try:
            run = _Run(settings, targets, sessions, sink, seed=seed, key=key)
            run.go(int(state.get("elapsed_ns", 0)), state.get("slots", [0] * len(sessions)))
        finally:
            for session in sessions:
                session.sock.close()


def open_sessions(settings: PacketSettings, targets: Sequence[Target]) -> list[Session]:
    """A connected socket for each target of each run, in order; InstrumentError names the first that fails. The caller closes them."""
    runs = len(phases(settings))
    _allow_files(len(targets) * runs + _SPARE_FILES)
    kernel_times = settings.kernel_times(len(targets))
    sessions: list[Session] = []
    try:
        for index, target in enumerate([*targets] * runs):
            sessions.append(_open(index, target, settings, kernel_times=kernel_times))
    except BaseException:
        for session in sessions:
            session.sock.close()
        raise
    return sessions


class _Run:
    """One stretch of a campaign, from its start or from where it was interrupted."""

    def __init__(
        self,
        settings: PacketSettings,
        targets: Sequence[Target],
        sessions: Sequence[Session],
        sink: Sink,
        *,
        seed: int,
        key: bytes,
    ) -> None:
        self._settings, self._targets, self._seed = settings, targets, seed
        self._sessions, self._sink, self._key = sessions, sink, key
        self._table = Timetable(settings.schedule, settings.interval_ns, seed, settings.burst)
        self._phases = phases(settings)
        self._begun = 0
        self._start_ns = 0
        self._checkpointed_ns = 0

    def go(self, elapsed_ns: int, slots: Sequence[int]) -> None:
        sink, clock = self._sink, kernel_clock()
        self._write_header(clock.held, clock.bound_ns)
        floor = loopback_floor(lambda: sink.stopping)
        sink.event("calibrated", floor.facts)
        sink.write(layout.notes(time.time_ns(), floor.facts))
        self._note_paths()
        self._start_ns = time.monotonic_ns() + _HEAD_START_NS + len(self._sessions) * _PER_SESSION_NS - elapsed_ns
        runs = [phase for phase in self._phases for _ in self._targets]
        agenda = Agenda(
            self._table,
            [self._start_ns + phase.start_ns for phase in runs],
            slots,
            count=[phase.count for phase in runs],
            duration_ns=[0 if phase.count else phase.length_ns for phase in runs],
        )
        sender = Sender(self._sessions, self._manner(), agenda, sink.write)
        sender.next_slots[:] = slots
        with self._load() as load:
            sender.run(lambda: sink.stopping, lambda: self._look(sender, load))
            sender.facts.update(load.end())
        self._note(sender)
        self._note_paths()
        sink.event("sent", {"packets": sender.sent, "unsent": sender.missed})

    def _load(self) -> AbstractContextManager[Load]:
        """The background stream of each run that has one."""
        hosts = sorted({str(session.remote.address) for session in self._sessions})
        loaded = [each for each in self._phases if each.load_bit_s]
        return background(
            [(host, self._settings.load_port) for host in hosts], [self._stretch(each) for each in loaded]
        )

    def _stretch(self, phase: Phase) -> Stretch:
        begin = self._start_ns
        return Stretch(phase.condition, begin + phase.start_ns, begin + phase.stop_ns, phase.load_bit_s)

    def _manner(self) -> Manner:
        settings, clock = self._settings, kernel_clock()
        error = error_estimate(clock.bound_ns, synchronised=clock.held, ptp=settings.ptp)
        asked, mode, base = tlv.requests(settings.asked, settings.dscp), MODES[settings.mode], settings.base_bytes
        return Manner(
            templates=[template(mode, error, asked, padding(size, base)) for size in settings.sizes or (base,)],
            waiting_ns=settings.waiting_ns,
            interval_ns=settings.interval_ns * (settings.burst if settings.schedule == "burst" else 1),
            mode=mode,
            key=self._key,
            ptp=settings.ptp,
            transmit_times=settings.kernel_times(len(self._targets)),
        )

    def _look(self, sender: Sender, load: Load) -> None:
        now = time.monotonic_ns()
        elapsed = max(0, now - self._start_ns)
        self._tell_phases(elapsed)
        if now - self._checkpointed_ns < _CHECKPOINT_NS:
            return
        self._checkpointed_ns = now
        sender.facts.update(load.counts())
        self._note(sender)
        slots = sender.next_slots.tolist()
        self._sink.checkpoint({"seed": str(self._seed), "elapsed_ns": elapsed, "slots": slots})
        total = self._phases[-1].stop_ns + self._settings.waiting_ns
        self._sink.progress(
            elapsed / _SECOND, total / _SECOND, f"已发 {sender.sent} 个报文 / {sender.sent} packets sent"
        )

    def _tell_phases(self, elapsed_ns: int) -> None:
        """Into the journal, once each: which run has begun, and at which load; nothing where there is only one."""
        for phase in self._phases[self._begun :] if len(self._phases) > 1 else ():
            if phase.start_ns > elapsed_ns:
                break
            self._begun += 1
            self._sink.event("run-begun", {"condition": phase.condition, "load_bit_s": phase.load_bit_s})

    def _note(self, sender: Sender) -> None:
        """Write down what has no packet since the last note."""
        facts: dict[str, Any] = {"counts": dict(sender.facts)} if sender.facts else {}
        if sender.unsent:
            facts["unsent"] = {str(index): number for index, number in sender.unsent.items()}
        if facts or sender.dropped:
            self._sink.write(layout.notes(time.time_ns(), facts, sender.dropped))
        if sender.facts["clock_steps"]:
            self._sink.event("clock-step", {"steps": sender.facts["clock_steps"]})
        sender.facts.clear()
        sender.unsent.clear()
        sender.dropped = 0

    def _note_paths(self) -> None:
        """Write down how the targets are reached: at the end once more, when the next hops' MACs are known."""
        found = paths(str(session.remote.address) for session in self._sessions)
        self._sink.write(layout.notes(time.time_ns(), {"paths": found}))

    def _write_header(self, synchronised: bool, error_ns: int) -> None:
        settings, targets = self._settings, self._targets
        described = zip([*targets] * len(self._phases), self._sessions, strict=True)
        session = {
            "schedule": asdict(self._table),
            "sizes": list(settings.sizes or (settings.base_bytes,)),
            "waiting_time_ns": settings.waiting_ns,
            "duration_ns": settings.duration_ns or 0,
            "count": settings.count or 0,
            "clock": {"synchronised": synchronised, "maximum_error_ns": error_ns},
            "mode": settings.mode,
            "dscp": settings.dscp,
            "extensions": list(settings.asked),
            "load_bit_s": settings.load_bit_s,
            "load_steps_bit_s": rates(settings) if settings.load_bit_s else [],
            "transmit_times": "kernel" if settings.kernel_times(len(targets)) else "user",
            "targets": [
                {**_described(target, each), "condition": self._phases[each.index // len(targets)].condition}
                for target, each in described
            ],
        }
        self._sink.write(layout.header(session))


def _described(target: Target, session: Session) -> dict[str, Any]:
    remote, local = session.remote, session.local
    return {
        "id": target.label,
        "name": target.name,
        "host": target.host,
        "address": str(remote.address),
        "port": remote.port,
        "local": str(local.address),
        "local_port": local.port,
    }


def _open(index: int, target: Target, settings: PacketSettings, *, kernel_times: bool) -> Session:
    echo = settings.mode == "icmp"
    family, address = resolve(target.host, 0 if echo else target.port)
    if echo:
        sock = open_echo_socket(family, settings.interface)
    else:
        sock = open_socket(family, settings.interface, transmit_times=kernel_times)
    try:
        local = connect(sock, address)
        if settings.dscp:
            mark(sock, settings.dscp)
    except InstrumentError:
        sock.close()
        raise
    identifier = ((os.getpid() + index) & 0xFFFF or 1) if sock.type == socket.SOCK_RAW else 0
    ends = (Endpoint.of(*local), Endpoint.of(*address[:2]))
    return Session(index, sock, *ends, ttl_of(sock), settings.dscp << 2, identifier)


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    if hard < wanted:
        msg = f"{wanted - _SPARE_FILES} targets need {wanted} open files, this process may have {hard}."
        raise InstrumentError(msg, cure="raise `ulimit -n`, or split the targets over several sources.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
