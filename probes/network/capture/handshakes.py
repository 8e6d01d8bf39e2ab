# SPDX-License-Identifier: Apache-2.0
"""TCP connection set-ups found in a capture: SYN to SYN+ACK round trips, by client and server. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
End = tuple[int, int]


@dataclass(slots=True)
class Service:
    """Connection attempts of one client to one server port: round trips in ns, attempts, repeated SYNs, late and extra answers."""

    trips: list[int] = field(default_factory=list)
    sent: int = 0
    repeated: int = 0
    late: int = 0
    duplicate: int = 0


def services(parts: Sequence[Rows], waiting_ns: int) -> dict[tuple[End, End, int], Service]:
    """By (client, server, server port), in order of first sight. The round trip runs from the last SYN before the answer."""
    found: dict[tuple[End, End, int], Service] = defaultdict(Service)
    pending: dict[tuple[int, ...], int] = {}
    for part in parts:
        for kind, time, *ends, ports, number in part.tolist():
            one, other = (ends[0], ends[1]), (ends[2], ends[3])
            if kind == 1:
                _asked(found[one, other, ports & 0xFFFF], pending, (*ends, ports, number), time)
            else:
                back = ports << 16 & 0xFFFF_0000 | ports >> 16
                _answered(found[other, one, ports >> 16], pending, (*other, *one, back, number), time, waiting_ns)
    return {key: service for key, service in found.items() if service.sent}


def _asked(service: Service, pending: dict[tuple[int, ...], int], key: tuple[int, ...], time: int) -> None:
    if pending.get(key, 0) > 0:
        service.repeated += 1
    else:
        service.sent += 1
    pending[key] = time


def _answered(
    service: Service, pending: dict[tuple[int, ...], int], key: tuple[int, ...], time: int, waiting_ns: int
) -> None:
    asked = pending.get(key, 0)
    if asked < 0:
        service.duplicate += 1
    elif asked and time - asked > waiting_ns:
        service.late += 1
    elif asked:
        service.trips.append(time - asked)
        pending[key] = -asked
