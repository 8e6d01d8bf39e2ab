# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.flows``: who talks in a capture of the core, the edge or the workshop, for the census and for IPv6.

A talker with its own MAC, or behind GTP-U with its inner address, is a sighting with the time from its first to its last
packet. Beside it: the share of IPv6 among frames and bytes, what routers announce, what DHCP and DHCPv6 gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from harness.errors import DecodeError
from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source
from probes.network.digests.flows import Flows
from probes.network.instruments.evidence import EvidenceProbe
from probes.network.traces.sightings import Sighting, Sightings
from probes.network.wire import autoconfig

SOURCE = "capture"
LEASES = "dhcp"
_COUNTS = ("frames", "ipv4_frames", "ipv6_frames", "ipv4_bytes", "ipv6_bytes", "talkers_beyond")
_KEYS = {"file", "ports"}


class FlowsProbe(EvidenceProbe):
    """Evidence for network.nodes and network.ipv6."""

    name = "network.flows"
    title = Text("抓包文件中的通信终端", "Terminals that talk in a capture")
    extension = "pcapng"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: ``file``, and ``ports`` of our own reflectors (862)."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of network.flows.", "write file: core.pcapng.")
            for key in sorted(set(config) - _KEYS)
        ]
        given = config.get("ports", [862])
        if not isinstance(given, list) or not all(isinstance(each, int) and 0 < each < 65_536 for each in given):
            problems.append(Problem(("ports",), "The ports are no list of UDP ports.", "write ports: [862]."))
        name = config.get("file")
        if not isinstance(name, str) or not (folder / name).is_file():
            problems.append(Problem(("file",), f"There is no capture {name!r}.", "put it beside the profile."))
        return problems

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The file, copied byte for byte in pieces, however large it is."""
        from probes.gnss.sources import FileSource

        return FileSource({"file": config["file"]}, folder)

    def whole(self, path: Path) -> int:
        """All bytes: a record cut off at the end is left out by the reader."""
        return path.stat().st_size

    def summarise(self, chunk: Chunk, context: Context) -> Flows:
        """Talkers and what configures them; a file that is no capture counts as damaged."""
        from probes.network.capture import talkers

        try:
            found = talkers.talk(str(chunk.path), tuple(context.config.get("ports", (862,))))
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


PROBE = FlowsProbe()
