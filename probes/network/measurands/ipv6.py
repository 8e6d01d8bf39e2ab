# SPDX-License-Identifier: Apache-2.0
"""network.ipv6: how far each node is ready for IPv6. A figure to report, never a reason to fail: the clause encourages.

A node is what one asset number, name or address of the register or the target list stands for, whatever its addresses. It
is over IPv6 when it answered there. Beside that: a global address of its own (register, neighbour table, DHCPv6 or traffic
in a capture), an answer to ICMPv6 echo, an answer on the application's own port (TCP connect or a UDP reflector there), round
trip and loss of both families side by side. A node that has given up IPv4 for NAT64 (DHCP option 108, RFC 8925, or IPv6
alone where the router announces a NAT64 prefix, RFC 8781) is flagged apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from ipaddress import IPv6Network, ip_address
from typing import Any

from harness.kit.figures import Cell, Table
from harness.kit.parts import Part, every
from harness.model import Outcome, Text
from harness.plugins import Ask, Input, Request, Shown
from harness.stats.histogram import Histogram
from probes.network.digests.flows import Flows
from probes.network.digests.node import Node
from probes.network.digests.paths import PathSummary
from probes.network.digests.register import Register
from probes.network.measurands import window
from probes.network.measurands.census import sightings_in
from probes.network.measurands.census_join import marks_of
from probes.network.measurands.figures import at_share
from probes.network.measurands.view import Evidence, gather, path, remarks
from probes.network.measurands.words import WORDS, facts, head, listing, names
from probes.network.traces.sightings import Sightings
from probes.network.traces.terminals import Terminal

_GLOBAL = IPv6Network("2000::/3")
_UNIQUE_LOCAL = IPv6Network("fc00::/7")
_NUMBERS = ("ipv4_median_ms", "ipv6_median_ms", "ipv4_loss", "ipv6_loss")
_TABLE = ("node", "ipv6-scope", "icmpv6", "application_over_ipv6", *(f"{name}-shown" for name in _NUMBERS), "nat64")
_COLUMNS = (
    *((name, "") for name in ("node", "ipv6_addresses", "scope", "configured_by", "icmpv6", "application_over_ipv6")),
    ("over_ipv4", ""),
    *((name, "ms" if name.endswith("_ms") else "") for name in _NUMBERS),
    ("nat64", ""),
)


@dataclass(slots=True)
class Readiness:
    """What is known of one node; ``None``: not tried."""

    label: str
    addresses: set[str] = field(default_factory=set)
    nodes: list[tuple[int, str, Node]] = field(default_factory=list)
    configured: str = ""
    nat64: str = ""

    def answered(self, family: int, *, icmp: bool) -> bool | None:
        """Whether it answered over a family, to ICMP echo or on a port; None when it was not asked so."""
        asked = [node for version, mode, node in self.nodes if version == family and (mode == "icmp") is icmp]
        return any(node.counts["answered"] for node in asked) if asked else None

    def over(self, family: int) -> bool:
        """Whether it answered over a family at all."""
        return any(version == family and node.counts["answered"] for version, _mode, node in self.nodes)

    def delay_ms(self, family: int) -> float | None:
        """Median round trip over a family; None when nothing answered."""
        found = [node.rtt.uncut() for version, _mode, node in self.nodes if version == family and node.rtt.n]
        return at_share(reduce(Histogram.merge, found), 0.5) if found else None

    def loss(self, family: int) -> float | None:
        """Share of packets lost over a family; None when none was sent."""
        counts: Counter[str] = sum((node.counts for version, _mode, node in self.nodes if version == family), Counter())
        return counts["lost"] / counts["sent"] if counts["sent"] else None

    @property
    def scopes(self) -> list[str]:
        """The widest first: global, unique-local, link-local."""
        found = {scope(address) for address in self.addresses if ":" in address}
        return [each for each in ("global", "unique-local", "link-local") if each in found]

    def row(self) -> dict[str, Any]:
        """The node as a listing shows it."""
        return {
            "node": self.label,
            "ipv6_addresses": sorted(address for address in self.addresses if ":" in address),
            "scope": _said("scope", self.scopes[0]) if self.scopes else "",
            "configured_by": _said("configured", self.configured),
            "icmpv6": self.answered(6, icmp=True),
            "application_over_ipv6": self.answered(6, icmp=False),
            "over_ipv4": self.over(4),
            "ipv4_median_ms": self.delay_ms(4),
            "ipv6_median_ms": self.delay_ms(6),
            "ipv4_loss": self.loss(4),
            "ipv6_loss": self.loss(6),
            "nat64": _said("nat64", self.nat64),
        }


@dataclass(frozen=True, slots=True)
class View:
    """What was probed, what is known of each node, and what captures tell of the links."""

    evidence: Evidence
    nodes: tuple[Readiness, ...]
    told: Flows


def view(inputs: Sequence[Input], ask: Ask) -> View:
    """Probes, registers, sightings and captures of all inputs."""
    return View(gather(inputs, ask), tuple(readiness(inputs)), flows_in(inputs))


def share(seen: View, request: Request) -> Outcome:
    """Share of nodes that answered over IPv6; a node probed over both families is one node, a silent one counts against it."""
    if not seen.nodes:
        return Outcome(None, invalid=(WORDS.reason("no-packets"),))
    if unfit := path(seen.evidence, request):
        return Outcome(None, invalid=unfit, remarks=remarks(seen.evidence, request))
    over, total = sum(each.over(6) for each in seen.nodes), len(seen.nodes)
    told = {"with_global_address": sum("global" in each.scopes for each in seen.nodes), **_links(seen.told)}
    part = Part("", *(Fraction(over, total),) * 3, total, float(total), diagnostics=told)
    flagged = [each.label for each in seen.nodes if each.nat64]
    remarked = (
        WORDS.reason("ipv6-encouraged"),
        *([WORDS.reason("nat64-only", count=len(flagged), names=flagged)] if flagged else []),
        *remarks(seen.evidence, request),
    )
    outcome = every([part, *window.unread(seen.evidence)], request, "1", WORDS.text("method-ipv6"), high_is_worse=False)
    return replace(outcome, remarks=remarked)


def show(seen: View, _outcome: Outcome, _request: Request) -> Shown:
    """A table of the nodes; who answered over which family, and what captures tell of the links."""
    rows = [each.row() for each in seen.nodes]
    only_v4 = [each.label for each in seen.nodes if each.over(4) and not each.over(6)]
    lists = (
        names("over_ipv6", [each.label for each in seen.nodes if each.over(6)]),
        names("ipv4_only", only_v4),
        listing("nodes", _COLUMNS, rows),
    )
    links = _links(seen.told)
    return Shown((_table(rows),), (*lists, *([facts("links", links)] if links else [])))


def readiness(inputs: Sequence[Input]) -> list[Readiness]:
    """Every node of the probes with what all sources tell about it, in order of label."""
    rows: dict[str, list[Terminal]] = defaultdict(list)
    for each in inputs:
        if isinstance(each.summary, Register):
            for terminal in each.summary:
                rows[terminal.label].append(terminal)
    owner = {row.address: label for label, group in rows.items() for row in group if row.address}
    found: dict[str, Readiness] = {}
    for version, mode, node in _measured(inputs):
        label = owner.get(node.address, node.label)
        one = found.setdefault(label, Readiness(label))
        one.nodes.append((version, mode, node))
        one.addresses.add(node.address)
    sightings, told = sightings_in(inputs), flows_in(inputs)
    devices = {label: rows.get(label) or _addressed(one) for label, one in found.items()}
    for one, marks in zip(found.values(), marks_of(list(devices.values()), sightings), strict=True):
        one.addresses |= {value for kind, value in marks if kind == "address"}
        one.configured = _configured(one, told)
        one.nat64 = _given_up(one, {value for kind, value in marks if kind == "mac"}, told)
    return [found[label] for label in sorted(found)]


def _addressed(one: Readiness) -> list[Terminal]:
    """A node without a row in any register, by its addresses."""
    return [Terminal(0, one.label, "", address, 0, "", "") for address in sorted(one.addresses)]


def flows_in(inputs: Sequence[Input]) -> Flows:
    """What all captures tell, as one; empty without any."""
    none = Flows(Sightings(frozenset(), frozenset()))
    return reduce(Flows.merge, (each.summary for each in inputs if isinstance(each.summary, Flows)), none)


def _said(kind: str, what: str) -> Text | str:
    return WORDS.text(f"{kind}-{what}") if what else ""


def _configured(one: Readiness, told: Flows) -> str:
    """Where a global address of the node comes from, as far as a capture shows: ``dhcpv6`` or ``router-advertisement``."""
    own = [address for address in one.addresses if scope(address) == "global"]
    if {each.address for each in told.leases} & set(own):
        return "dhcpv6"
    nets = [IPv6Network(prefix, strict=False) for prefix in told.prefixes]
    return "router-advertisement" if any(ip_address(address) in net for address in own for net in nets) else ""


def _given_up(one: Readiness, macs: set[str], told: Flows) -> str:
    """Why the node counts as one without IPv4 of its own: ``dhcp-option-108``, ``pref64``; empty where it has IPv4."""
    if any(each.granted and each.mac in macs for each in told.leases):
        return "dhcp-option-108"
    has_v4 = any("." in address and ":" not in address for address in one.addresses)
    return "pref64" if told.pref64 and one.over(6) and not has_v4 else ""


def _links(told: Flows) -> dict[str, Any]:
    """What captures tell about the links; nothing without any."""
    share = told.ipv6_share
    if share is None:
        return {}
    return {
        "ipv6_share_of_frames": share[0],
        "ipv6_share_of_bytes": share[1],
        "prefixes_announced": sorted(told.prefixes),
        "nat64_prefixes": sorted(told.pref64),
        "dhcpv6_leases": sum(":" in each.address for each in told.leases),
        "asked_to_do_without_ipv4": sum(each.asked for each in told.leases),
    }


def scope(address: str) -> str:
    """``global`` (2000::/3), ``unique-local`` (fc00::/7), ``link-local``, or nothing for other addresses (RFC 4291 §2.4)."""
    try:
        found = ip_address(address.split("%", 1)[0])
    except ValueError:
        return ""
    if found in _GLOBAL:
        return "global"
    if found in _UNIQUE_LOCAL:
        return "unique-local"
    return "link-local" if found.is_link_local else ""


def _measured(inputs: Sequence[Input]) -> Iterable[tuple[int, str, Node]]:
    """(IP version, mode, node) of everything that was probed."""
    for each in inputs:
        if isinstance(each.summary, PathSummary):
            mode = min(each.summary.modes, default="")
            for node in each.summary.nodes.values():
                yield 6 if ":" in node.address else 4, mode, node


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = [head(name) for name in _TABLE]
    return Table(WORDS.text("figure-ipv6"), columns, [_cells(row) for row in rows])


def _cells(row: Mapping[str, Any]) -> list[Cell]:
    return [
        row["node"],
        row["scope"] or "—",
        _yes(row["icmpv6"]),
        _yes(row["application_over_ipv6"]),
        *(row[name] for name in _NUMBERS),
        row["nat64"] or "—",
    ]


def _yes(value: bool | None) -> Text:
    return WORDS.text("not-tried") if value is None else WORDS.text("yes" if value else "no")
