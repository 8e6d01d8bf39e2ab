# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of power: every log by its content, in the order of time; the same bytes count once."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from probes.compute.formats.power import PowerLog


@dataclass(frozen=True, slots=True)
class Power:
    """``logs``: (SHA-256 of the columns, log)."""

    logs: tuple[tuple[str, PowerLog], ...] = ()

    @classmethod
    def of(cls, log: PowerLog) -> Self:
        """The digest of one log."""
        return cls(((digest(log), log),))

    def merge(self, other: Self) -> Self:
        """The logs of both."""
        known = dict(self.logs) | dict(other.logs)
        return type(self)(tuple(sorted(known.items(), key=lambda each: (int(each[1].at_ns[0]), each[0]))))

    def canonical_bytes(self) -> bytes:
        """By which two digests are compared."""
        return "\n".join(name for name, _ in self.logs).encode()


def digest(log: PowerLog) -> str:
    """SHA-256 over stamps, powers and counter."""
    parts = [
        log.at_ns.tobytes(),
        log.watts.tobytes(),
        b"" if log.joules is None else log.joules.tobytes(),
        log.flagged_ns.tobytes(),
    ]
    return sha256(b"|".join(parts)).hexdigest()
