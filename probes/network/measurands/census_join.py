# SPDX-License-Identifier: Apache-2.0
"""The census as a join of evidence: which sources saw which device, when, how far they agree, and what contradicts. Pure.

A MAC address seen with three or more IPv4 addresses is a router's or a CPE's, which stands before its terminals: it then
identifies nobody. IPv6 addresses seen with a device's own MAC are its privacy addresses (RFC 8981), not more devices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model import Reason
from probes.network.measurands import sentences
from probes.network.traces.sightings import Sighting, Sightings, seen_by
from probes.network.traces.terminals import Terminal

REPLIES = "replies"
RELAY_ADDRESSES = 3

Interval = tuple[int, int]
Answers = Mapping[str, Sequence[tuple[int, Sequence[Interval]]]]


@dataclass(frozen=True, slots=True)
class Join:
    """Of each device, in order: ``found``: the sources that saw it; ``seen``: when (ns), by sources that tell; ``replied``: itself.

    ``union``: devices that any source saw; ``addresses``: all that are theirs; then what the listing and the verdict say.
    """

    found: tuple[frozenset[str], ...]
    seen: tuple[tuple[Interval, ...], ...]
    replied: tuple[bool, ...]
    union: int
    addresses: frozenset[str]
    listing: Mapping[str, Any]
    remarks: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Device:
    """What is known of one device."""

    label: str
    sources: frozenset[str]
    intervals: tuple[Interval, ...]
    replied: bool
    addresses: frozenset[str]
    against: tuple[Sighting, ...]


def joined(devices: Sequence[Sequence[Terminal]], answers: Answers, sightings: Sightings) -> Join:
    """Join devices (their register rows) with their own answers and with what other sources saw."""
    rows, relays = _without_relays(sightings)
    by_mark: dict[str, list[Sighting]] = defaultdict(list)
    for each in rows:
        for mark in {each.asset, each.imei, each.iccid, each.mac, each.address} - {""}:
            by_mark[mark].append(each)
    found = [_device(rows_of, answers, by_mark) for rows_of in devices]
    names = sorted({REPLIES, *sightings.sources})
    union = sum(bool(each.sources) for each in found)
    listing = {
        "sources": {name: sum(name in each.sources for each in found) for name in names},
        "union": union,
        "intersection": sum(len(each.sources) == len(names) for each in found),
        "one_source_only": [each.label for each in found if len(each.sources) == 1] if sightings.sources else [],
        "contradictions": [{**row._asdict(), "asset": each.label} for each in found for row in each.against],
        "unregistered_sightings": _unclaimed(devices, rows),
        "relays": relays,
        "several_ipv6": _privacy(found),
    }
    return Join(
        tuple(each.sources for each in found),
        tuple(each.intervals for each in found),
        tuple(each.replied for each in found),
        union,
        frozenset[str]().union(*(each.addresses for each in found)),
        listing,
        _remarks(listing, sightings),
    )


def _device(rows: Sequence[Terminal], answers: Answers, by_mark: Mapping[str, Sequence[Sighting]]) -> _Device:
    marks = {mark for row in rows for mark in (row.asset_id, row.imei, row.iccid, row.mac, row.address) if mark}
    sighted, against = seen_by(rows, {each for mark in marks for each in by_mark.get(mark, ())})
    ports = {(row.address, row.port) for row in rows}
    own = {row.address for row in rows} | {each.address for each in sighted}
    replies = [
        interval
        for address in own - {""}
        for port, intervals in answers.get(address, ())
        if (address, port) in ports or (address, 0) in ports or address not in {row.address for row in rows}
        for interval in intervals
    ]
    timed = [(each.first_ns, each.last_ns) for each in sighted if each.first_ns]
    sources = {each.source for each in sighted} | ({REPLIES} if replies else set())
    return _Device(
        rows[0].label,
        frozenset(sources),
        tuple(sorted({*replies, *timed})),
        bool(replies),
        frozenset(own - {""}),
        tuple(against),
    )


def _without_relays(sightings: Sightings) -> tuple[list[Sighting], list[dict[str, Any]]]:
    """The sightings without MAC addresses that stand before several hosts, and those addresses."""
    hosts: dict[str, set[str]] = defaultdict(set)
    for each in sightings.rows:
        if each.mac and "." in each.address:
            hosts[each.mac].add(each.address)
    relays = {mac: len(each) for mac, each in hosts.items() if len(each) >= RELAY_ADDRESSES}
    rows = [each._replace(mac="") if each.mac in relays else each for each in sightings.rows]
    return sorted(rows), [{"mac": mac, "addresses": number} for mac, number in sorted(relays.items())]


def _privacy(found: Sequence[_Device]) -> list[dict[str, Any]]:
    """Devices with more than one IPv6 address: each is one node."""
    several = [(each.label, sorted(address for address in each.addresses if ":" in address)) for each in found]
    return [{"asset": label, "addresses": addresses} for label, addresses in several if len(addresses) > 1]


def _unclaimed(devices: Sequence[Sequence[Terminal]], sightings: Sequence[Sighting]) -> int:
    """Rows of other sources that no registered device explains."""
    rows = [row for device in devices for row in device]
    known = {mark for row in rows for mark in (row.asset_id, row.imei, row.iccid, row.mac, row.address) if mark}
    return sum(not known & {each.asset, each.imei, each.iccid, each.mac, each.address} for each in sightings)


def _remarks(listing: Mapping[str, Any], sightings: Sightings) -> tuple[Reason, ...]:
    if not sightings.sources:
        return (sentences.SINGLE_SOURCE,)
    found = []
    if listing["one_source_only"]:
        found.append(sentences.one_source(listing["one_source_only"]))
    if listing["contradictions"]:
        found.append(sentences.contradicted(sorted({each["asset"] for each in listing["contradictions"]})))
    if listing["relays"]:
        found.append(sentences.relays([each["mac"] for each in listing["relays"]]))
    return tuple(found)
