# SPDX-License-Identifier: Apache-2.0
"""The census as a join of evidence: which sources saw which device, when, how far they agree, and what contradicts. Pure.

A MAC address seen with three or more IPv4 addresses is a router's or a CPE's, which stands before its terminals: it then
identifies nobody. IPv6 addresses seen with a device's own MAC are its privacy addresses (RFC 8981), not more devices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.kit.census import Interval, Item, Join, Kinds, Mark, Sighting, join, relays, without
from harness.model import Reason
from probes.network.measurands.identities import host
from probes.network.measurands.words import WORDS
from probes.network.traces.sightings import Sightings
from probes.network.traces.terminals import Terminal

REPLIES = "replies"
RELAY_ADDRESSES = 3
KINDS = Kinds(frozenset({"asset", "imei", "iccid"}), frozenset({"mac"}), frozenset({"address"}))

Answers = Mapping[str, Sequence[tuple[int, Sequence[Interval]]]]


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of one device: ``sources`` that saw it, ``intervals`` (ns) by those that tell, whether it ``replied`` itself.

    ``answering``: its addresses that answered. ``named``: whether a source stated its identity, not only its address.
    """

    label: str
    sources: frozenset[str]
    intervals: tuple[Interval, ...]
    answering: frozenset[str]
    named: bool
    addresses: frozenset[str]
    against: tuple[Sighting, ...]

    @property
    def replied(self) -> bool:
        """Whether it answered itself."""
        return bool(self.answering)


@dataclass(frozen=True, slots=True)
class Joined:
    """The devices in order, all ``sources`` that were read, ``relays`` with their number of addresses, rows nobody claims."""

    devices: tuple[Device, ...]
    sources: tuple[str, ...]
    relays: Mapping[str, int]
    unclaimed: int

    @property
    def union(self) -> int:
        """Devices that any source saw."""
        return sum(bool(each.sources) for each in self.devices)

    @property
    def intersection(self) -> int:
        """Devices that every source saw."""
        return sum(len(each.sources) == len(self.sources) for each in self.devices)

    @property
    def single(self) -> bool:
        """Whether nothing but replies was recorded."""
        return self.sources == (REPLIES,)

    @property
    def lonely(self) -> list[str]:
        """Devices that one source alone saw, where there are several."""
        return [] if self.single else [each.label for each in self.devices if len(each.sources) == 1]

    @property
    def addresses(self) -> frozenset[str]:
        """All that belong to some device."""
        return frozenset[str]().union(*(each.addresses for each in self.devices))

    @property
    def remarks(self) -> tuple[Reason, ...]:
        """Where sources are lacking, disagree or contradict the register."""
        if self.single:
            return (WORDS.reason("single-source"),)
        told = {
            "one-source-only": self.lonely,
            "identity-contradicted": sorted({each.label for each in self.devices if each.against}),
            "mac-of-a-relay": list(self.relays),
        }
        return tuple(WORDS.reason(key, count=len(names), names=names) for key, names in told.items() if names)


def marks_of(devices: Sequence[Sequence[Terminal]], sightings: Sightings) -> tuple[frozenset[Mark], ...]:
    """Everything that identifies each device: the marks of its rows and of all that saw it."""
    return join(_items(devices), _sightings(sightings), KINDS).marks


def joined(devices: Sequence[Sequence[Terminal]], answers: Answers, sightings: Sightings) -> Joined:
    """Join devices (their register rows) with their own answers and with what other sources saw."""
    seen = _sightings(sightings)
    hosts = [each._replace(marks=frozenset(mark for mark in each.marks if not _is_ipv6(mark))) for each in seen]
    before = relays(hosts, "mac", "address", RELAY_ADDRESSES)
    seen = without(seen, [("mac", mac) for mac in before])
    found = join(_items(devices), seen, KINDS)
    told = {mark for each in seen for mark in each.marks if KINDS.proves(mark)}
    return Joined(
        tuple(_device(rows, answers, found, at, told) for at, rows in enumerate(devices)),
        tuple(sorted({REPLIES, *sightings.sources})),
        before,
        found.unclaimed,
    )


def _items(devices: Sequence[Sequence[Terminal]]) -> list[Item]:
    return [Item(frozenset[Mark]().union(*(row.marks for row in rows)), rows[0].label) for rows in devices]


def _sightings(sightings: Sightings) -> list[Sighting]:
    return [Sighting(each.source, each.marks, each.first_ns, each.last_ns) for each in sightings.rows]


def _device(rows: Sequence[Terminal], answers: Answers, found: Join, at: int, told: set[Mark]) -> Device:
    """The device at place ``at`` of the join, with its own answers; ``told``: every identity that some source stated."""
    ports = {(row.address, row.port) for row in rows}
    registered = {row.address for row in rows}
    own = {value for kind, value in found.marks[at] if kind == "address"}
    replies = [
        (address, interval)
        for address in own
        for port, answered in answers.get(address, ())
        if (address, port) in ports or (address, 0) in ports or address not in registered
        for interval in answered
    ]
    return Device(
        rows[0].label,
        found.found[at] | ({REPLIES} if replies else set()),
        tuple(sorted({*(interval for _, interval in replies), *found.intervals[at]})),
        frozenset(host(address) for address, _ in replies),
        any(row.marks & told for row in rows),
        frozenset(own),
        found.contradictions[at],
    )


def _is_ipv6(mark: Mark) -> bool:
    return mark[0] == "address" and ":" in mark[1]


def stated(sighting: Sighting) -> dict[str, Any]:
    """A sighting as a row of a list."""
    return {"source": sighting.source, **dict(sighting.marks), "first_ns": sighting.since, "last_ns": sighting.until}
