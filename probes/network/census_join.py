# SPDX-License-Identifier: Apache-2.0
"""The census as a join of evidence: which sources saw which device, how far they agree, and what contradicts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model import Reason
from probes.network import sentences
from probes.network.sightings import Sightings, seen_by
from probes.network.terminals import Terminal

REPLIES = "replies"


@dataclass(frozen=True, slots=True)
class Join:
    """``found``: the sources that saw each device; ``union``: devices that any source saw; what the listing and verdict say."""

    found: tuple[frozenset[str], ...]
    union: int
    listing: Mapping[str, Any]
    remarks: tuple[Reason, ...]


def joined(devices: Sequence[Sequence[Terminal]], answers: Sequence[Sequence[object]], sightings: Sightings) -> Join:
    """Join devices (their register rows) with their own answers and with what other sources saw."""
    found, against = [], []
    for device, answered in zip(devices, answers, strict=True):
        sources, contradictions = seen_by(device, sightings)
        found.append(frozenset(sources | ({REPLIES} if answered else set())))
        against += [{"asset": device[0].label, **each._asdict()} for each in contradictions]
    names = sorted({REPLIES, *sightings.sources})
    union = sum(bool(each) for each in found)
    single = [device[0].label for device, sources in zip(devices, found, strict=True) if len(sources) == 1]
    listing = {
        "sources": {name: sum(name in each for each in found) for name in names},
        "union": union,
        "intersection": sum(len(each) == len(names) for each in found),
        "one_source_only": single if sightings.sources else [],
        "contradictions": against,
        "unregistered_sightings": _unclaimed(devices, sightings),
    }
    return Join(tuple(found), union, listing, _remarks(listing, sightings))


def dual_stack(device: Sequence[Terminal]) -> bool:
    """Whether the rows are one terminal under one asset number with one address of each IP family: no duplicate."""
    families = sorted(":" in row.address for row in device)
    return (
        families == [False, True]
        and len({row.asset_id for row in device} - {""}) == 1
        and all(row.asset_id for row in device)
    )


def _unclaimed(devices: Sequence[Sequence[Terminal]], sightings: Sightings) -> int:
    """Rows of other sources that no registered device explains."""
    rows = [row for device in devices for row in device]
    known = {mark for row in rows for mark in (row.imei, row.iccid, row.mac, row.address) if mark}
    return sum(not known & {each.imei, each.iccid, each.mac, each.address} for each in sightings.rows)


def _remarks(listing: Mapping[str, Any], sightings: Sightings) -> tuple[Reason, ...]:
    if not sightings.sources:
        return (sentences.SINGLE_SOURCE,)
    found = []
    if listing["one_source_only"]:
        found.append(sentences.one_source(listing["one_source_only"]))
    if listing["contradictions"]:
        found.append(sentences.contradicted(sorted({each["asset"] for each in listing["contradictions"]})))
    return tuple(found)
