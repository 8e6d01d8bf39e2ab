# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.neighbours``: the ARP and NDP tables of this host, live.

A second source of the census of nodes: bind it beside the register, as ``s01.nodes: [{probe: network.terminals, …}, …]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.lines import data_of
from harness.kit.probe import Lines, Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.plans.neighbours import NeighboursSettings
    from probes.network.traces.sightings import Sightings


class NeighboursProbe(Probe["Sightings", "NeighboursSettings"]):
    """DecodeError where a line is no snapshot."""

    name, extension, settings, form = (
        "network.neighbours",
        "jsonl",
        late("probes.network.plans.neighbours:NeighboursSettings"),
        Lines(),
    )
    title = Text("邻居表快照（ARP/NDP）", "Snapshots of the neighbour tables (ARP, NDP)")
    summary = "probes.network.traces.sightings:Sightings"

    def source(self, settings: NeighboursSettings, folder: Path) -> Source:  # noqa: ARG002 - the interface of every probe
        """The tables of this host; Linux only."""
        from probes.network.live.neighbours import NeighboursSource

        return NeighboursSource(settings.interface)

    def summarise(self, chunk: Chunk, asked: Asked) -> Sightings:  # noqa: ARG002 - the interface of every probe
        """The entries."""
        from probes.network.traces.sightings import read_neighbours

        return read_neighbours(data_of(chunk))


PROBE = NeighboursProbe()
