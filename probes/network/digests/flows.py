# SPDX-License-Identifier: Apache-2.0
"""Who talks in captures, and what configures them. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from harness.errors import DecodeError
from probes.network.traces.sightings import Sighting, Sightings
from probes.network.wire import autoconfig
from probes.network.wire.autoconfig import Lease

SOURCE = "capture"
LEASES = "dhcp"
_COUNTS = ("frames", "ipv4_frames", "ipv6_frames", "ipv4_bytes", "ipv6_bytes", "talkers_beyond")


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


def flows_in(path: Path, ports: tuple[int, ...]) -> Flows:
    """What a capture tells, our own reflectors' ``ports`` left out; a file that is no capture counts as damaged."""
    from probes.network.capture import talkers

    try:
        found = talkers.talk(str(path), ports)
    except DecodeError:
        return Flows(Sightings(frozenset({SOURCE}), frozenset()), damaged=1)
    rows = frozenset(_sighting(row) for row in found.talkers.tolist())
    told = Flows(
        Sightings(frozenset({SOURCE}), rows),
        +Counter(dict(zip(_COUNTS, found.totals.tolist()[: len(_COUNTS)], strict=True))),
        damaged=int(found.damaged),
    )
    for kind, _mac, body in found.notes:
        told = _noted(told, kind, body)
    return _with_leases(told)


def _sighting(row: list[int]) -> Sighting:
    mac, high, low, since, until = row[:5]
    number = (high & (1 << 64) - 1) << 64 | low & (1 << 64) - 1
    mapped = number >> 32 == 0xFFFF
    address = str(IPv4Address(number & 0xFFFF_FFFF)) if mapped else str(IPv6Address(number))
    return Sighting(SOURCE, address, f"{mac:012x}" if mac else "", "", "", "", since, until)


def _noted(told: Flows, kind: int, body: bytes) -> Flows:
    """With what one configuring packet says (kinds of :mod:`probes.network.capture.talkers`)."""
    if kind == 1:
        found = autoconfig.advertised(body)
        return replace(told, prefixes=told.prefixes | set(found.prefixes), pref64=told.pref64 | set(found.pref64))
    lease = autoconfig.dhcp(body) if kind == 2 else None
    leases = autoconfig.dhcp6(body) if kind == 3 else [lease] if lease is not None else []
    return replace(told, leases=told.leases | set(leases))


def _with_leases(told: Flows) -> Flows:
    """A lease says whose an address is: a sighting by the DHCP server, as far as the capture shows it."""
    rows = {Sighting(LEASES, each.address, each.mac, "", "") for each in told.leases if each.address and each.mac}
    if not rows:
        return told
    return replace(told, sightings=told.sightings.merge(Sightings(frozenset({LEASES}), frozenset(rows))))
