# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.flows``: who talks in a capture of the core, the edge or the workshop, for the census and for IPv6.

A talker with its own MAC, or behind GTP-U with its inner address, is a sighting with the time from its first to its last
packet. Beside it: the share of IPv6 among frames and bytes, what routers announce, what DHCP and DHCPv6 gave.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.digests.flows import Flows
    from probes.network.plans.flows import FlowsSettings


class FlowsProbe(Probe["Flows", "FlowsSettings"]):
    """A file that is no capture counts as damaged."""

    name, extension, settings, form = (
        "network.flows",
        "pcapng",
        late("probes.network.plans.flows:FlowsSettings"),
        Whole(),
    )
    title = Text("抓包文件中的通信终端", "Terminals that talk in a capture")
    summary = "probes.network.digests.flows:Flows"

    def source(self, settings: FlowsSettings, folder: Path) -> Source:
        """The file, copied byte for byte in pieces, however large it is."""
        return FileSource([folder / settings.file], Text("抓包文件", "capture"))

    def summarise(self, chunk: Chunk, asked: Asked) -> Flows:
        """Talkers and what configures them."""
        from probes.network.digests.flows import flows_in

        return flows_in(chunk.path, asked.settings.ports)


PROBE = FlowsProbe()
