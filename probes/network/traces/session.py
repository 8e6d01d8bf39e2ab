# SPDX-License-Identifier: Apache-2.0
"""One stretch of any trace: who was asked, a row for every probe with its fate, and what came unasked. Pure.

Columns of ``probes``: target (index into the session's list), slot (of the timetable), sequence, size (UDP payload, B),
scheduled, t1_user, t1 (kernel if known), t2, t3 (the reflector's), t4, t4_user (all ns since 1970 UTC, 0 = none),
ttl and traffic_class (of the reply), sender_ttl (as the reflector saw it), reflector_sequence, replies, flags.
error and reflector_error are the two error estimates as on the wire. ``strays``: target and fate of packets that no probe owns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.series import Event, Series

ANSWERED, KERNEL_TX, KERNEL_RX, FOREIGN = 1, 2, 4, 8
"""Flags: a reply came in time; T1 / T4 are kernel times; a reply echoed another packet than the one we sent. Those above 8:
:mod:`probes.network.wire.extensions`."""
LATE, ALIEN, FORGED = 1, 2, 3
"""Fates of strays: after the waiting time; an answer to nothing that was asked; a wrong HMAC, as the sender found it."""

Column = npt.NDArray[np.int64]
_COLUMNS = (
    *("target", "slot", "sequence", "size", "scheduled", "t1_user", "t1", "t2", "t3", "t4", "t4_user", "ttl", "error"),
    *("traffic_class", "sender_ttl", "reflector_sequence", "reflector_error", "replies", "flags"),
)


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of a trace: the session's header, its probes, and what came unasked; events carry the notes."""

    header: Mapping[str, Any]
    probes: Series
    strays: Series


def mode_of(header: Mapping[str, Any]) -> str:
    """How the session's packets are laid out: unauthenticated (where none is named), authenticated or icmp."""
    return str(header.get("mode", "unauthenticated"))


LATEST_NS = 1 << 62
"""No clock of anybody reaches it before the year 2116."""


def moment(told: Any) -> int:
    """A time of a trace in ns since 1970; ValueError, TypeError for what is none."""
    found = int(told)
    if not 0 <= found < LATEST_NS:
        raise ValueError("no time")
    return found


def named(targets: Any) -> bool:
    """Whether these are targets, each with what it is called by."""
    sound = isinstance(targets, (list, tuple)) and len(targets) > 0
    return sound and all(isinstance(each, Mapping) and isinstance(each.get("id"), str) for each in targets)


def exchanges(answered: npt.NDArray[np.bool_], events: tuple[Event, ...] = (), **known: Column) -> Series:
    """A row an exchange from what a trace of little detail tells: ``scheduled``, ``t1``, ``t4`` …; the rest is in order or 0.

    ``flags`` are added to :data:`ANSWERED`, where a reply came in time.
    """
    due = known["scheduled"]
    order, zero = np.arange(len(due), dtype=np.int64), np.zeros(len(due), np.int64)
    columns = dict.fromkeys(_COLUMNS, zero) | {
        "slot": order,
        "sequence": order,
        "t1": due,
        "t4_user": known["t4"],
        "replies": answered.astype(np.int64),
        **known,
    }
    columns["t1_user"] = columns["t1"]
    columns["flags"] = columns["flags"] | np.where(answered, ANSWERED, 0)
    return Series(columns, {}, events)


def no_strays() -> Series:
    """Where nothing can come unasked."""
    return Series({"target": np.empty(0, np.int64), "fate": np.empty(0, np.int64)})
