# SPDX-License-Identifier: Apache-2.0
"""Who talks in captures, and what configures them. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from probes.network.traces.sightings import Sightings
from probes.network.wire.autoconfig import Lease


@dataclass(frozen=True, slots=True)
class Flows:
    """What one or more captures tell. ``counts``: of frames; ``prefixes``, ``pref64``: announced; ``leases``: by DHCP and DHCPv6."""

    sightings: Sightings
    counts: Counter[str] = field(default_factory=Counter)
    prefixes: frozenset[str] = frozenset()
    pref64: frozenset[str] = frozenset()
    leases: frozenset[Lease] = frozenset()
    damaged: int = 0

    def merge(self, other: Flows) -> Flows:
        """Those of both."""
        return replace(
            self,
            sightings=self.sightings.merge(other.sightings),
            counts=self.counts + other.counts,
            prefixes=self.prefixes | other.prefixes,
            pref64=self.pref64 | other.pref64,
            leases=self.leases | other.leases,
            damaged=self.damaged + other.damaged,
        )

    @property
    def ipv6_share(self) -> tuple[float, float] | None:
        """IPv6 among IP frames and among their bytes; None without any."""
        frames, octets = (self.counts[f"ipv4_{each}"] + self.counts[f"ipv6_{each}"] for each in ("frames", "bytes"))
        return (self.counts["ipv6_frames"] / frames, self.counts["ipv6_bytes"] / octets) if frames else None
