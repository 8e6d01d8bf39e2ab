# SPDX-License-Identifier: Apache-2.0
"""network.nodes: terminals of the register that answered, counted by identity.

A row counts when its identity is sound (an asset number or name, and an IMEI or ICCID with a right check digit or a
universally administered MAC), when no other row claims the same asset, IMEI, MAC or address, and when it was seen within
the window: its own address answered, or a broker or a capture saw it then. Of rows that claim one identity one counts.
Everything else is listed by name with its reason. Where other sources were recorded (neighbour tables, SNMP, exports of the
core network, MQTT births, captures), two of them have to agree; the upper bound is the union of all. With replies alone the
verdict says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from harness.kit import estimates
from harness.kit.figures import Table
from harness.kit.listings import Listing
from harness.kit.parts import every
from harness.kit.words import written
from harness.model import Outcome, Reason, Text
from harness.plugins import Ask, Input, Request, Shown
from probes.network.digests.flows import Flows
from probes.network.digests.node import Node
from probes.network.digests.paths import nanoseconds, silences_of
from probes.network.digests.register import Register
from probes.network.measurands.census_join import Join, joined
from probes.network.measurands.identities import (
    behind_one_address,
    devices,
    dual_stack,
    identity_problem,
    named,
    shared,
)
from probes.network.measurands.view import Evidence, gather, remarks
from probes.network.measurands.words import WORDS, facts, head, listing, names
from probes.network.traces.presence import Presence
from probes.network.traces.sightings import Sightings
from probes.network.traces.terminals import Terminal, randomised

Interval = tuple[int, int]
_SOURCES = {"replies", "neighbours", "mqtt", "capture", "dhcp"}
_ROW = ("line", "asset_id", "name", "address")


@dataclass(frozen=True, slots=True)
class View:
    """The register joined with everything that saw its terminals; ``groups``: the rows of each device."""

    evidence: Evidence
    rows: tuple[Terminal, ...]
    rejected: Mapping[Terminal, str]
    groups: tuple[tuple[Terminal, ...], ...]
    join: Join
    sources: frozenset[str]
    broker_clients: int

    @property
    def answered(self) -> list[Sequence[Interval]]:
        """When each device was seen, of those that count: by two sources where there are several."""
        both = [len(found) > 1 or not self.sources for found in self.join.found]
        return [seen for seen, counts in zip(self.join.seen, both, strict=True) if seen and counts]

    @property
    def silent(self) -> list[Terminal]:
        """The first row of each device that nobody saw."""
        return [group[0] for group, seen in zip(self.groups, self.join.seen, strict=True) if not seen]

    @property
    def duplicates(self) -> list[tuple[Terminal, ...]]:
        """Devices with several rows that are no dual stack."""
        return [group for group in self.groups if len(group) > 1 and not dual_stack(group)]


def view(inputs: Sequence[Input], ask: Ask) -> View:
    """Registers, replies and sightings of all inputs, joined by identity."""
    evidence, sightings = gather(inputs, ask), sightings_in(inputs)
    rows = tuple(row for each in inputs if isinstance(each.summary, Register) for row in each.summary)
    rejected = {row: problem for row in rows if (problem := identity_problem(row))}
    groups = devices([row for row in rows if row not in rejected])
    return View(
        evidence,
        rows,
        rejected,
        tuple(map(tuple, groups)),
        joined(groups, _answers(evidence.nodes, min(silences_of(ask))), sightings),
        sightings.sources,
        max((each.clients for each in presences(inputs)), default=0),
    )


def distinct(seen: View, request: Request) -> Outcome:
    """How many distinct terminals answered within one window (or over the campaign: ``window: campaign``)."""
    if not seen.rows:
        return Outcome(None, invalid=(WORDS.reason("no-register"),))
    count, _opened = busiest(seen.answered, _window(request))
    part = estimates.census(count, len(seen.rows))
    part = replace(part, upper=max(count, seen.join.union if seen.sources else count))
    told = (
        *seen.join.remarks,
        *_findings(seen, count),
        *(each for each in remarks(seen.evidence) if each.code != "network.silent-nodes"),
    )
    return replace(every([part], request, "台套", WORDS.text("method-census")), remarks=told)


def show(seen: View, _outcome: Outcome, request: Request) -> Shown:
    """A table of terminals with who saw them; every duplicate, silent, rejected and unregistered one by name."""
    return Shown((_table(seen),), (facts("census", _facts(seen, request)), *_lists(seen))) if seen.rows else Shown()


def presences(inputs: Sequence[Input]) -> list[Presence]:
    """What brokers told."""
    return [each.summary for each in inputs if isinstance(each.summary, Presence)]


def sightings_in(inputs: Sequence[Input]) -> Sightings:
    """What every source but the terminals' own replies saw."""
    told = [each.summary for each in inputs if isinstance(each.summary, Sightings)]
    told += [each.sightings for each in presences(inputs)]
    told += [each.summary.sightings for each in inputs if isinstance(each.summary, Flows)]
    return reduce(Sightings.merge, told, Sightings(frozenset(), frozenset()))


def _capture(seen: Sequence[Sequence[Interval]]) -> list[int] | None:
    """From the first to the last moment that any terminal was seen, ns; None: never."""
    known = [interval for each in seen for interval in each]
    return [min(start for start, _ in known), max(stop for _, stop in known)] if known else None


def busiest(answers: Sequence[Sequence[Interval]], window_ns: int | None) -> tuple[int, int]:
    """The largest number of devices that answered within one window, and where it opens; None: the whole campaign.

    A device answers within [t, t + window] when one of its answered intervals meets it. The best window can be taken
    to end where some device's interval starts.
    """
    if window_ns is None:
        return len(answers), min((start for each in answers for start, _ in each), default=0)
    edges = []
    for intervals in answers:
        for start, stop in _joined_up(intervals, window_ns):
            edges += [(start - window_ns, 1), (stop, -1)]
    best, opened, running = 0, 0, 0
    for at, change in sorted(edges, key=lambda edge: (edge[0], -edge[1])):
        running += change
        if running > best:
            best, opened = running, at
    return best, opened


def _joined_up(intervals: Iterable[Interval], window_ns: int) -> list[Interval]:
    """Intervals of one device with gaps no wider than the window closed: within such a gap some window meets one of them."""
    merged: list[Interval] = []
    for start, stop in sorted(intervals):
        if merged and start - merged[-1][1] <= window_ns:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _window(request: Request) -> int | None:
    given = request.parameter("window", "10 min")
    return None if given == "campaign" else nanoseconds(request.declared.get("window", given))


def _answers(found: Sequence[Node], silence_ns: int) -> Mapping[str, list[tuple[int, list[Interval]]]]:
    """Per address: port and answered intervals of every target there."""
    by_address: dict[str, list[tuple[int, list[Interval]]]] = defaultdict(list)
    for node in found:
        spans = node.answered[silence_ns]
        intervals = list(zip(spans.start.tolist(), spans.stop.tolist(), strict=True))
        if intervals:
            by_address[node.address].append((node.port, intervals))
    return by_address


def _findings(seen: View, count: int) -> list[Reason]:
    """Duplicates, silent and rejected rows as remarks that name them."""
    labels = {
        "behind-one-address": [each["address"] for each in behind_one_address(seen.groups)],
        "duplicate-rows": [" = ".join(row.asset_id or row.address for row in group) for group in seen.duplicates],
        "silent-rows": [row.label for row in seen.silent],
        "rejected-rows": [row.label for row in seen.rejected],
    }
    found = [WORDS.reason(key, count=len(each), names=each) for key, each in labels.items() if each]
    if 0 < seen.broker_clients < count:
        found.append(WORDS.reason("fewer-broker-clients", clients=seen.broker_clients, counted=count))
    return found


def _facts(seen: View, request: Request) -> dict[str, Any]:
    window = _window(request)
    count, opened = busiest(seen.answered, window)
    first, last = _capture(seen.join.seen) or (None, None)
    return {
        "counted": count,
        "window_start_ns": opened,
        "window_ns": window,
        "first_evidence_ns": first,
        "last_evidence_ns": last,
        "register_rows": len(seen.rows),
        "identities": len(seen.groups),
        "answered": sum(seen.join.replied),
        "union": seen.join.union,
        "intersection": seen.join.listing["intersection"],
        "unregistered_sightings": seen.join.listing["unregistered_sightings"],
        "broker_clients": seen.broker_clients,
    }


def _lists(seen: View) -> tuple[Listing, ...]:
    row, join = tuple((name, "") for name in _ROW), seen.join.listing
    duplicates = [_duplicate(group) for group in seen.duplicates]
    rejected = [{**named(each), "reason": WORDS.text(f"identity-{why}")} for each, why in seen.rejected.items()]
    unregistered = sorted({node.address for node in seen.evidence.answering} - seen.join.addresses)
    sources = [{"source": source_name(name), "devices": number} for name, number in join["sources"].items()]
    sighting = tuple((name, "") for name in ("asset", "source", "address", "mac", "imei", "iccid"))
    return (
        listing("silent", row, [named(each) for each in seen.silent]),
        listing("rejected", (*row, ("reason", "")), rejected),
        listing("duplicates", (("rows", ""), ("lines", ""), ("shared", "")), duplicates),
        listing("dual_stack", row, [named(group[0]) for group in seen.groups if dual_stack(group)]),
        listing("behind_one_address", (("address", ""), ("assets", "")), behind_one_address(seen.groups)),
        listing("randomised_mac", row, [named(each) for each in seen.rows if _doubtful(each, seen)]),
        listing("unregistered", (("address", ""),), [{"address": each} for each in unregistered]),
        listing("sources", (("source", ""), ("devices", "")), sources),
        names("one_source_only", join["one_source_only"]),
        listing("contradictions", (*sighting, ("first_ns", "ns"), ("last_ns", "ns")), _contradictions(seen)),
        listing("relays", (("mac", ""), ("addresses", "")), join["relays"]),
        listing("several_ipv6", (("asset", ""), ("addresses", "")), join["several_ipv6"]),
    )


def _duplicate(group: Sequence[Terminal]) -> dict[str, Any]:
    """The rows of one device, and by which of their identities they are one."""
    rows = [row.label for row in group], [row.line for row in group]
    return {"rows": rows[0], "lines": rows[1], "shared": [head(kind) for kind in shared(group)]}


def _contradictions(seen: View) -> list[dict[str, Any]]:
    return [{**each, "source": source_name(each["source"])} for each in seen.join.listing["contradictions"]]


def source_name(source: str) -> Text | str:
    """A source in both languages; one that others named keeps its name."""
    return WORDS.text(f"source-{source}") if source in _SOURCES else source


def _doubtful(row: Terminal, seen: View) -> bool:
    """A sound row whose MAC address is a random one."""
    return row not in seen.rejected and randomised(row.mac)


def _table(seen: View) -> Table:
    yes, no = WORDS.text("yes"), WORDS.text("no")
    rows = [
        (*_first(group), len(group), yes if replied else no, _joined(found))
        for group, replied, found in zip(seen.groups, seen.join.replied, seen.join.found, strict=True)
    ]
    rows.sort(key=lambda row: row[4] is yes)
    columns = [head(each) for each in ("asset_id", "name", "address", "register-rows", "answers", "seen-by")]
    return Table(WORDS.text("figure-census"), columns, rows)


def _joined(sources: Iterable[str]) -> Text:
    names_of = [source_name(each) for each in sorted(sources)]
    return Text(written(names_of, "zh"), written(names_of, "en"))


def _first(group: Sequence[Terminal]) -> tuple[str, str, str]:
    return group[0].asset_id, group[0].name, group[0].address
