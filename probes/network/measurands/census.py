# SPDX-License-Identifier: Apache-2.0
"""network.nodes: terminals of the register that answered, counted by identity.

A row counts when its identity is sound (an asset number or name, and an IMEI or ICCID with a right check digit or a
universally administered MAC), when no other row claims the same asset, IMEI, MAC or address, and when it was seen within
the window: its own address answered, or a broker or a capture saw it then. Of rows that claim one identity one counts, and
of rows that share an address those whose identity a source named: one host can answer at many ports.
Everything else is listed by name with its reason. Where other sources were recorded (neighbour tables, SNMP, exports of the
core network, MQTT births, captures), two of them have to agree; the upper bound is the union of all. With replies alone the
verdict says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any

from harness.effort import Effort
from harness.kit import estimates
from harness.kit.census import Interval, busiest
from harness.kit.figures import Table
from harness.kit.listings import Listing
from harness.kit.parts import every
from harness.kit.words import written
from harness.model import Outcome, Reason, Text
from harness.plugins import Ask, Input, Request, Shown
from probes.network.digests.flows import Flows
from probes.network.digests.node import PAUSE_NS, Node
from probes.network.digests.paths import nanoseconds, silences_of
from probes.network.digests.radio import Radio
from probes.network.digests.register import Register
from probes.network.measurands import window
from probes.network.measurands.census_join import Joined, joined, stated
from probes.network.measurands.identities import (
    at_addresses,
    behind_one_address,
    devices,
    dual_stack,
    identity_problem,
    named,
    shared,
)
from probes.network.measurands.view import Evidence, gather, path, remarks
from probes.network.measurands.words import WORDS, facts, head, listing, names
from probes.network.traces.presence import Presence
from probes.network.traces.sightings import Sightings
from probes.network.traces.terminals import Terminal, randomised

_SOURCES = {"replies", "neighbours", "mqtt", "capture", "dhcp"}
_ROW = ("line", "asset_id", "name", "address")


@dataclass(frozen=True)
class View:
    """The register joined with everything that saw its terminals; ``groups``: the rows of each device."""

    evidence: Evidence
    rows: tuple[Terminal, ...]
    rejected: Mapping[Terminal, str]
    groups: tuple[tuple[Terminal, ...], ...]
    join: Joined
    broker_clients: int
    radio: Radio

    @property
    def answered(self) -> list[Sequence[Interval]]:
        """When each device was seen, of those that count: by two sources where there are several, and by more than its port."""
        seen = [
            (at, each)
            for at, each in enumerate(self.join.devices)
            if (self.join.single or len(each.sources) > 1) and at not in self.told_by_port
        ]
        return [each.intervals for _, each in seen if each.intervals]

    @cached_property
    def told_by_port(self) -> frozenset[int]:
        """Places of the devices that nothing but a port tells from another at their address: one host may be all of them.

        One is left to each address where no identity was seen.
        """
        found: set[int] = set()
        sharing = {address: places for address, places in at_addresses(self.groups).items() if len(places) > 1}
        for places in sharing.values():
            alike = [at for at in places if not self._distinct(at, sharing.keys())]
            found.update(alike if len(alike) < len(places) else alike[1:])
        return frozenset(found)

    def _distinct(self, at: int, shared: Collection[str]) -> bool:
        """Whether some source named the device at a place, a modem its IMEI, or it answered at an address of its own."""
        device, rows = self.join.devices[at], self.groups[at]
        asked = any(row.imei and row.imei in self.radio.by_imei for row in rows)
        return device.named or asked or bool(device.answering - set(shared))

    @property
    def silent(self) -> list[Terminal]:
        """The first row of each device that nobody saw."""
        return [rows[0] for rows, each in zip(self.groups, self.join.devices, strict=True) if not each.intervals]

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
        max((each.clients for each in presences(inputs)), default=0),
        radio_in(inputs),
    )


def distinct(seen: View, request: Request) -> Outcome:
    """How many distinct terminals answered within one window (or over the campaign: ``window: campaign``)."""
    if not seen.rows:
        return Outcome(None, invalid=(WORDS.reason("no-register"),))
    if unfit := path(seen.evidence, request):
        return Outcome(None, invalid=unfit, remarks=remarks(seen.evidence, request))
    count, _opened = busiest(seen.answered, _window(request))
    part = estimates.census(count, len(seen.rows))
    most = count + len(seen.told_by_port) if seen.join.single else max(count, seen.join.union)
    part = replace(part, upper=most, diagnostics=_facts(seen, request))
    told = (
        *seen.join.remarks,
        *_findings(seen, count),
        *(each for each in remarks(seen.evidence, request) if each.code != "network.silent-nodes"),
    )
    outcome = every([part], request, "台套", WORDS.text("method-census"))
    return replace(outcome, remarks=told, effort=_effort(seen), window=_whole(seen))


def _whole(seen: View) -> tuple[int, int] | None:
    """First and last moment at which any terminal was seen, UTC ns."""
    known = [interval for each in seen.join.devices for interval in each.intervals]
    return (min(start for start, _ in known), max(stop for _, stop in known)) if known else None


def _effort(seen: View) -> dict[str, Effort]:
    """For how long terminals were looked for, and how many rows were."""
    whole = _whole(seen)
    watched = 0 if whole is None else whole[1] - whole[0]
    watched += min(watched, 2 * PAUSE_NS)  # answers lie within a moment of the ends of watching
    return {"duration": window.time(watched), "items": len(seen.rows)}


def show(seen: View, _outcome: Outcome, request: Request) -> Shown:
    """A table of terminals with who saw them; every duplicate, silent, rejected and unregistered one by name."""
    return Shown((_table(seen),), (facts("census", _facts(seen, request)), *_lists(seen))) if seen.rows else Shown()


def radio_in(inputs: Sequence[Input]) -> Radio:
    """What modems and CPEs said of their radio."""
    return reduce(Radio.merge, [each.summary for each in inputs if isinstance(each.summary, Radio)], Radio(frozenset()))


def presences(inputs: Sequence[Input]) -> list[Presence]:
    """What brokers told."""
    return [each.summary for each in inputs if isinstance(each.summary, Presence)]


def sightings_in(inputs: Sequence[Input]) -> Sightings:
    """What every source but the terminals' own replies saw."""
    told = [each.summary for each in inputs if isinstance(each.summary, Sightings)]
    told += [each.sightings for each in presences(inputs)]
    told += [each.summary.sightings for each in inputs if isinstance(each.summary, Flows)]
    return reduce(Sightings.merge, told, Sightings(frozenset(), frozenset()))


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
    known = [interval for each in seen.join.devices for interval in each.intervals]
    return {
        "counted": count,
        "window_start_ns": opened,
        "window_ns": window,
        "first_evidence_ns": min((start for start, _ in known), default=None),
        "last_evidence_ns": max((stop for _, stop in known), default=None),
        "register_rows": len(seen.rows),
        "identities": len(seen.groups),
        "answered": sum(each.replied for each in seen.join.devices),
        "union": seen.join.union,
        "intersection": seen.join.intersection,
        "unregistered_sightings": seen.join.unclaimed,
        "broker_clients": seen.broker_clients,
    }


def _lists(seen: View) -> tuple[Listing, ...]:
    row, join = tuple((name, "") for name in _ROW), seen.join
    duplicates = [_duplicate(group) for group in seen.duplicates]
    rejected = [{**named(each), "reason": WORDS.text(f"identity-{why}")} for each, why in seen.rejected.items()]
    unregistered = sorted({node.address for node in seen.evidence.answering} - seen.join.addresses)
    sources = [(name, sum(name in each.sources for each in join.devices)) for name in join.sources]
    several = [(each.label, sorted(address for address in each.addresses if ":" in address)) for each in join.devices]
    sighting = tuple((name, "") for name in ("asset", "source", "address", "mac", "imei", "iccid"))
    return (
        listing("silent", row, [named(each) for each in seen.silent]),
        listing("rejected", (*row, ("reason", "")), rejected),
        listing("duplicates", (("rows", ""), ("lines", ""), ("shared", "")), duplicates),
        listing("dual_stack", row, [named(group[0]) for group in seen.groups if dual_stack(group)]),
        listing("behind_one_address", (("address", ""), ("assets", "")), behind_one_address(seen.groups)),
        listing("randomised_mac", row, [named(each) for each in seen.rows if _doubtful(each, seen)]),
        listing("unregistered", (("address", ""),), [{"address": each} for each in unregistered]),
        listing(
            "sources", (("source", ""), ("devices", "")), [(source_name(name), number) for name, number in sources]
        ),
        names("one_source_only", join.lonely),
        listing("contradictions", (*sighting, ("first_ns", "ns"), ("last_ns", "ns")), _contradictions(seen)),
        listing("relays", (("mac", ""), ("addresses", "")), list(join.relays.items())),
        listing("several_ipv6", (("asset", ""), ("addresses", "")), [each for each in several if len(each[1]) > 1]),
    )


def _duplicate(group: Sequence[Terminal]) -> dict[str, Any]:
    """The rows of one device, and by which of their identities they are one."""
    rows = [row.label for row in group], [row.line for row in group]
    return {"rows": rows[0], "lines": rows[1], "shared": [head(kind) for kind in shared(group)]}


def _contradictions(seen: View) -> list[dict[str, Any]]:
    told = [(each.label, stated(row)) for each in seen.join.devices for row in each.against]
    return [{**row, "asset": label, "source": source_name(row["source"])} for label, row in told]


def source_name(source: str) -> Text | str:
    """A source in both languages; one that others named keeps its name."""
    return WORDS.text(f"source-{source}") if source in _SOURCES else source


def _doubtful(row: Terminal, seen: View) -> bool:
    """A sound row whose MAC address is a random one."""
    return row not in seen.rejected and randomised(row.mac)


def _table(seen: View) -> Table:
    yes, no = WORDS.text("yes"), WORDS.text("no")
    table = [
        (*_first(rows), len(rows), yes if each.replied else no, _joined(each.sources))
        for rows, each in zip(seen.groups, seen.join.devices, strict=True)
    ]
    table.sort(key=lambda row: row[4] is yes)
    columns = [head(each) for each in ("asset_id", "name", "address", "register-rows", "answers", "seen-by")]
    return Table(WORDS.text("figure-census"), columns, table)


def _joined(sources: Iterable[str]) -> Text:
    names_of = [source_name(each) for each in sorted(sources)]
    return Text(written(names_of, "zh"), written(names_of, "en"))


def _first(group: Sequence[Terminal]) -> tuple[str, str, str]:
    return group[0].asset_id, group[0].name, group[0].address
