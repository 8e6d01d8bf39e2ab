# SPDX-License-Identifier: Apache-2.0
"""The live half of ``network.stamp``: opens a session a target, calibrates, sends on the timetable, keeps the trace."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError
from harness.plugins import Sink
from probes.network.live.calibration import loopback_floor
from probes.network.live.load import background
from probes.network.live.routes import paths
from probes.network.live.sender import Manner, Sender, Session
from probes.network.live.sockets import connect, mark, open_echo_socket, open_socket, resolve, ttl_of
from probes.network.live.timer import clock_state
from probes.network.plans import stamp_config
from probes.network.plans.secret import read_key
from probes.network.plans.stamp_config import Plan, Target
from probes.network.plans.timetable import Agenda, Timetable
from probes.network.wire import layout, tlv
from probes.network.wire.datagram import Endpoint
from probes.network.wire.modes import MODES, template
from probes.network.wire.packet import padding
from probes.network.wire.timestamps import error_estimate

_SECOND = 1_000_000_000
_HEAD_START_NS = 50_000_000
_CHECKPOINT_NS = 2 * _SECOND
_SPARE_FILES = 64
_SETTLE_NS = _SECOND


class StampSource:
    """Records one STAMP campaign: all targets of a plan, from one thread."""

    appendable = True

    def __init__(self, config: Mapping[str, Any], folder: Path, mode: str = "") -> None:
        """Read the settings; UsageError when they are wrong. Nothing is opened yet. ``mode`` ``icmp``: echo requests."""
        self._plan = stamp_config.plan(config, folder, mode)
        self._folder = folder

    def preflight(self) -> None:
        """Open and connect a socket to every target; InstrumentError names the first that cannot be, with the cure."""
        for session in self._open_sessions():
            session.sock.close()

    def record(self, sink: Sink) -> None:
        """Send every slot of the timetable and keep what comes back; a resumed run goes on at its checkpoint."""
        plan, state = self._plan, sink.state
        seed = int(state.get("seed", plan.seed if plan.seed is not None else int.from_bytes(os.urandom(7), "big")))
        sessions = self._open_sessions()
        try:
            run = _Run(plan, seed, sessions, sink, self._key())
            run.go(int(state.get("elapsed_ns", 0)), state.get("slots", [0] * len(sessions)))
        finally:
            for session in sessions:
                session.sock.close()

    def _open_sessions(self) -> list[Session]:
        self._key()
        return open_sessions(self._plan)

    def _key(self) -> bytes:
        return read_key(self._plan.key, self._folder) if self._plan.key else b""


def open_sessions(plan: Plan) -> list[Session]:
    """A connected socket for each target of each run, in order; InstrumentError names the first that fails. The caller closes them."""
    targets = plan.targets * plan.runs
    _allow_files(len(targets) + _SPARE_FILES)
    sessions: list[Session] = []
    try:
        for index, target in enumerate(targets):
            sessions.append(_open(index, target, plan))
    except BaseException:
        for session in sessions:
            session.sock.close()
        raise
    return sessions


class _Run:
    """One stretch of a campaign, from its start or from where it was interrupted."""

    def __init__(self, plan: Plan, seed: int, sessions: Sequence[Session], sink: Sink, key: bytes) -> None:
        self._plan, self._seed, self._sessions, self._sink, self._key = plan, seed, sessions, sink, key
        self._table = Timetable(plan.schedule, plan.interval_ns, seed, plan.burst)
        self._start_ns = 0
        self._checkpointed_ns = 0

    def go(self, elapsed_ns: int, slots: Sequence[int]) -> None:
        plan, sink = self._plan, self._sink
        clock = clock_state()
        self._write_header(clock.synchronised, clock.maximum_error_ns)
        floor = loopback_floor(lambda: sink.stopping)
        sink.event("calibrated", floor.facts)
        sink.write(layout.notes(time.time_ns(), floor.facts))
        self._note_paths()
        self._start_ns = time.monotonic_ns() + _HEAD_START_NS - elapsed_ns
        starts = [self._start_ns + at // len(plan.targets) * self._run_ns for at in range(len(self._sessions))]
        agenda = Agenda(self._table, starts, slots, count=plan.count, duration_ns=plan.duration_ns)
        sender = Sender(self._sessions, self._manner(), agenda, sink.write)
        sender.next_slots[:] = slots
        with self._load() as load:
            sender.run(lambda: sink.stopping, lambda: self._look(sender))
            sender.facts.update(load())
        self._note(sender)
        self._note_paths()
        sink.event("sent", {"packets": sender.sent, "unsent": sender.missed})

    def _load(self) -> AbstractContextManager[Callable[[], dict[str, int]]]:
        """The background stream of the second run, when there is one; calling what it gives ends it and counts it."""
        plan = self._plan
        if not plan.load:
            return nullcontext(dict)
        hosts = sorted({str(session.remote.address) for session in self._sessions})
        start = self._start_ns + self._run_ns
        return background([(host, plan.load_port) for host in hosts], plan.load, start, start + plan.total_ns)

    @property
    def _run_ns(self) -> int:
        """From the start of one run to the start of the next: the first one's last replies are in by then."""
        return self._plan.total_ns + self._plan.waiting_ns + _SETTLE_NS

    def _manner(self) -> Manner:
        plan, clock = self._plan, clock_state()
        error = error_estimate(clock.maximum_error_ns, synchronised=clock.synchronised, ptp=plan.ptp)
        asked, mode = tlv.requests(plan.extensions, plan.dscp), MODES[plan.mode]
        return Manner(
            templates=[template(mode, error, asked, padding(size, plan.base_bytes)) for size in plan.sizes],
            waiting_ns=plan.waiting_ns,
            interval_ns=plan.interval_ns * (plan.burst if plan.schedule == "burst" else 1),
            mode=mode,
            key=self._key,
            ptp=plan.ptp,
            transmit_times=plan.transmit_times,
        )

    def _look(self, sender: Sender) -> None:
        now = time.monotonic_ns()
        elapsed = max(0, now - self._start_ns)
        if now - self._checkpointed_ns < _CHECKPOINT_NS:
            return
        self._checkpointed_ns = now
        self._note(sender)
        slots = sender.next_slots.tolist()
        self._sink.checkpoint({"seed": str(self._seed), "elapsed_ns": elapsed, "slots": slots})
        total = self._run_ns * self._plan.runs
        self._sink.progress(elapsed / _SECOND, total / _SECOND, f"{sender.sent} packets sent")

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
        plan = self._plan
        session = {
            "schedule": asdict(self._table),
            "sizes": list(plan.sizes),
            "waiting_time_ns": plan.waiting_ns,
            "duration_ns": plan.duration_ns,
            "count": plan.count,
            "clock": {"synchronised": synchronised, "maximum_error_ns": error_ns},
            "mode": plan.mode,
            "dscp": plan.dscp,
            "extensions": list(plan.extensions),
            "load_bit_s": plan.load,
            "transmit_times": "kernel" if plan.transmit_times else "user",
            "targets": [
                {**_described(target, session), "condition": _condition(plan, session.index)}
                for target, session in zip(plan.targets * plan.runs, self._sessions, strict=True)
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


def _condition(plan: Plan, index: int) -> str:
    """Of the session with this index: empty without a load, else ``idle`` or ``load``."""
    if not plan.load:
        return ""
    return "load" if index >= len(plan.targets) else "idle"


def _open(index: int, target: Target, plan: Plan) -> Session:
    echo = plan.mode == "icmp"
    family, address = resolve(target.host, 0 if echo else target.port)
    if echo:
        sock = open_echo_socket(family, plan.interface)
    else:
        sock = open_socket(family, plan.interface, transmit_times=plan.transmit_times)
    try:
        local = connect(sock, address)
        if plan.dscp:
            mark(sock, plan.dscp)
    except InstrumentError:
        sock.close()
        raise
    identifier = ((os.getpid() + index) & 0xFFFF or 1) if sock.type == socket.SOCK_RAW else 0
    ends = (Endpoint.of(*local), Endpoint.of(*address[:2]))
    return Session(index, sock, *ends, ttl_of(sock), plan.dscp << 2, identifier)


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    if hard < wanted:
        msg = f"{wanted - _SPARE_FILES} targets need {wanted} open files, this process may have {hard}."
        raise InstrumentError(msg, cure="raise `ulimit -n`, or split the targets over several sources.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
