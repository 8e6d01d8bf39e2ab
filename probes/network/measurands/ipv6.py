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
from dataclasses import dataclass, field
from functools import reduce
from ipaddress import IPv6Network, ip_address
from typing import Any

from harness.model import Estimate, Figure, Outcome, Reason, Text
from harness.plugins import Input, Request
from harness.stats.histogram import Histogram
from probes.network.digests.flows import Flows
from probes.network.digests.node import Node
from probes.network.digests.paths import PathSummary
from probes.network.digests.register import Register
from probes.network.measurands import sentences
from probes.network.measurands.census import sightings_in
from probes.network.measurands.figures import ROWS, at_share
from probes.network.measurands.view import gather, remarks
from probes.network.traces.sightings import Sightings, seen_by
from probes.network.traces.terminals import Terminal

_GLOBAL = IPv6Network("2000::/3")
_UNIQUE_LOCAL = IPv6Network("fc00::/7")


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
        found = [node.rtt for version, _mode, node in self.nodes if version == family and node.rtt.n]
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
            "scope": self.scopes[0] if self.scopes else "",
            "configured_by": self.configured,
            "icmpv6": self.answered(6, icmp=True),
            "application_over_ipv6": self.answered(6, icmp=False),
            "over_ipv4": self.over(4),
            "p50_ms": {"ipv4": self.delay_ms(4), "ipv6": self.delay_ms(6)},
            "loss": {"ipv4": self.loss(4), "ipv6": self.loss(6)},
            "nat64": self.nat64,
        }


def ipv6(inputs: Sequence[Input], request: Request) -> Outcome:
    """Share of nodes that answered over IPv6; a node probed over both families is one node."""
    evidence = gather(inputs)
    found = readiness(inputs)
    if not found:
        return Outcome(None, invalid=(sentences.NO_NODES,))
    over = [each.label for each in found if each.over(6)]
    share = len(over) / len(found)
    link = _links(flows_in(inputs))
    return Outcome(
        Estimate(
            value=share,
            unit="1",
            n=len(found),
            n_eff=float(len(found)),
            lower=share,
            upper=share,
            confidence=1 - max(request.alpha, request.beta),
            method="census of the nodes probed",
            diagnostics={"with_global_address": sum("global" in each.scopes for each in found), **link},
        ),
        remarks=(sentences.IPV6_ENCOURAGED, *_nat64(found), *remarks(evidence)),
        figures=(_table(found),),
        listing={
            "over_ipv6": over,
            "ipv4_only": [each.label for each in found if each.over(4) and not each.over(6)],
            "nodes": [each.row() for each in found],
            **link,
        },
    )


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
    sightings, told = sightings_in(inputs).rows, flows_in(inputs)
    for label, one in found.items():
        device = rows.get(label) or [Terminal(0, label, "", address, 0, "", "") for address in sorted(one.addresses)]
        seen, _against = seen_by(device, sightings)
        one.addresses |= {row.address for row in device} | {each.address for each in seen}
        macs = {row.mac for row in device} | {each.mac for each in seen}
        one.configured = _configured(one, told)
        one.nat64 = _given_up(one, macs - {""}, told)
    return [found[label] for label in sorted(found)]


def flows_in(inputs: Sequence[Input]) -> Flows:
    """What all captures tell, as one; empty without any."""
    none = Flows(Sightings(frozenset(), frozenset()))
    return reduce(Flows.merge, (each.summary for each in inputs if isinstance(each.summary, Flows)), none)


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


def _nat64(found: Sequence[Readiness]) -> tuple[Reason, ...]:
    labels = [each.label for each in found if each.nat64]
    return (sentences.nat64(labels),) if labels else ()


def _table(found: Sequence[Readiness]) -> Figure:
    columns = [
        Text("终端", "Node"),
        Text("IPv6 地址范围", "IPv6 scope"),
        Text("ICMPv6", "ICMPv6"),
        Text("应用端口（IPv6）", "Application port over IPv6"),
        Text("IPv4 中位数 ms", "IPv4 median ms"),
        Text("IPv6 中位数 ms", "IPv6 median ms"),
        Text("IPv4 丢包", "IPv4 loss"),
        Text("IPv6 丢包", "IPv6 loss"),
        Text("仅 NAT64", "NAT64 only"),
    ]
    rows = [_cells(each.row()) for each in found]
    return Figure("table", Text("IPv6 就绪情况", "IPv6 readiness"), "", {"columns": columns, "rows": rows[:ROWS]})


def _cells(row: Mapping[str, Any]) -> list[Any]:
    delay, loss = row["p50_ms"], row["loss"]
    return [
        row["node"],
        row["scope"] or "—",
        _yes(row["icmpv6"]),
        _yes(row["application_over_ipv6"]),
        delay["ipv4"],
        delay["ipv6"],
        loss["ipv4"],
        loss["ipv6"],
        row["nat64"] or "—",
    ]


def _yes(value: bool | None) -> Text:
    return Text("未测", "not tried") if value is None else Text("是", "yes") if value else Text("否", "no")
