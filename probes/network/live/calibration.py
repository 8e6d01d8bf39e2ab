# SPDX-License-Identifier: Apache-2.0
"""The floor of this host: the same sender and reflector over the loopback interface, just before a run.

Its p99.9 enters the uncertainty budget as a hard bound: what the instrument itself may add to a round trip.
Nothing is subtracted from any measured value.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.clock import kernel_clock
from harness.kit.timetable import Agenda, Timetable
from probes.network.digests.round_trips import round_trips
from probes.network.live.reflector.process import reflectors
from probes.network.live.sender import Manner, Sender, Session
from probes.network.live.sockets import connect, open_socket, resolve, ttl_of
from probes.network.traces.session import ANSWERED
from probes.network.traces.stamp import decode, read_header
from probes.network.wire import layout
from probes.network.wire.datagram import Endpoint
from probes.network.wire.frames import UNAUTHENTICATED
from probes.network.wire.modes import template
from probes.network.wire.timestamps import error_estimate

PACKETS = 1000
INTERVAL_NS = 1_000_000
_WAITING_NS = 200_000_000


@dataclass(frozen=True, slots=True)
class Floor:
    """Round trips over loopback, ns: how many, median, 99.9th percentile, largest, and packets lost."""

    n: int
    lost: int
    p50_ns: int
    p99_9_ns: int
    max_ns: int

    @property
    def facts(self) -> dict[str, Any]:
        """As it stands in the trace and in the journal."""
        return {
            "calibration": {
                "n": self.n,
                "lost": self.lost,
                "p50_ns": self.p50_ns,
                "p99_9_ns": self.p99_9_ns,
                "max_ns": self.max_ns,
            }
        }


def loopback_floor(stopping: Callable[[], bool]) -> Floor:
    """Measure for about :data:`PACKETS` ms; InstrumentError when loopback itself does not work."""
    kept: list[bytes] = []
    with reflectors([("127.0.0.1", 0)]) as opened:
        session = _session(*opened[0])
        try:
            error = error_estimate(kernel_clock().bound_ns, synchronised=False)
            manner = Manner([template(UNAUTHENTICATED, error, b"", b"")], _WAITING_NS, INTERVAL_NS)
            start, table = time.monotonic_ns() + 20 * INTERVAL_NS, Timetable("periodic", INTERVAL_NS, seed=0)
            agenda = Agenda(table, [start], [0], count=PACKETS, duration_ns=0)
            Sender([session], manner, agenda, kept.append).run(stopping, lambda: None)
        finally:
            session.sock.close()
    return _digest(b"".join(kept))


def _digest(records: bytes) -> Floor:
    header = layout.header({"targets": [{"id": "loopback"}], "waiting_time_ns": _WAITING_NS})
    data = np.frombuffer(header + records, np.uint8)
    probes = decode(data, 0, read_header(data)).probes
    answered = probes.where((probes["flags"] & ANSWERED) != 0)
    times = np.sort(round_trips(answered).corrected)
    if not len(times):
        return Floor(0, len(probes), 0, 0, 0)
    at = [int(times[-(-len(times) * share // 1000) - 1]) for share in (500, 999)]
    return Floor(len(times), len(probes) - len(times), at[0], at[1], int(times[-1]))


def _session(host: str, port: int) -> Session:
    family, address = resolve(host, port)
    sock = open_socket(family, transmit_times=True)
    local = connect(sock, address)
    return Session(0, sock, Endpoint.of(*local), Endpoint.of(*address[:2]), ttl_of(sock))
