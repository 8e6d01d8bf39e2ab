# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.flows``: who talks in a capture of the core, the edge or the workshop, for the census and for IPv6.

A talker with its own MAC, or behind GTP-U with its inner address, is a sighting with the time from its first to its last
packet. Beside it: the share of IPv6 among frames and bytes, what routers announce, what DHCP and DHCPv6 gave.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole
from harness.kit.settings import Cure, FileName, InFile, Port, Settings, Several
from harness.model import Text
from harness.plugins import Asked, Chunk, Source
from probes.network.digests.flows import Flows
from probes.network.traces.sightings import Sighting, Sightings
from probes.network.wire import autoconfig

SOURCE = "capture"
LEASES = "dhcp"
_COUNTS = ("frames", "ipv4_frames", "ipv6_frames", "ipv4_bytes", "ipv6_bytes", "talkers_beyond")


class FlowsSettings(Settings):
    """A capture, and what of it is our own."""

    file: Annotated[FileName, InFile("put the capture beside the profile."), Cure("write file: core.pcapng.")] = Field(
        title="抓包文件：pcap 或 pcapng，可 gzip。", description="the capture: pcap or pcapng, plain or gzip."
    )
    ports: Annotated[Several[Port], Cure("write ports: [862].")] = Field(
        (862,),
        title="本项目反射端的 UDP 端口，其报文不计。",
        description="UDP ports of our own reflectors, whose packets are left out.",
    )


class FlowsProbe(Probe[Flows, FlowsSettings]):
    """A file that is no capture counts as damaged."""

    name, extension, settings, form = "network.flows", "pcapng", FlowsSettings, Whole()
    title = Text("抓包文件中的通信终端", "Terminals that talk in a capture")
    summary = "probes.network.digests.flows:Flows"

    def source(self, settings: FlowsSettings, folder: Path) -> Source:
        """The file, copied byte for byte in pieces, however large it is."""
        return FileSource([folder / settings.file], Text("抓包文件", "capture"))

    def summarise(self, chunk: Chunk, asked: Asked) -> Flows:
        """Talkers and what configures them."""
        from probes.network.capture import talkers

        try:
            found = talkers.talk(str(chunk.path), asked.settings.ports)
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
