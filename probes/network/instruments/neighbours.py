# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.neighbours``: the ARP and NDP tables of this host, live.

A second source of the census of nodes: bind it beside the register, as ``s01.nodes: [{probe: network.terminals, …}, …]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source
from probes.network.instruments.evidence import EvidenceProbe
from probes.network.traces.sightings import Sightings, read_neighbours


class NeighboursProbe(EvidenceProbe):
    """Evidence for network.nodes."""

    name = "network.neighbours"
    title = Text("邻居表快照（ARP/NDP）", "Snapshots of the neighbour tables (ARP, NDP)")
    extension = "jsonl"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:  # noqa: ARG002 - the interface of every probe
        """Everything wrong with the settings: ``interface`` (all by default) is the only one."""
        return [
            Problem((key,), f"{key!r} is not a setting of network.neighbours.", "write interface: eth0, or nothing.")
            for key in sorted(set(config) - {"interface"})
        ]

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:  # noqa: ARG002 - the interface of every probe
        """The tables of this host; Linux only."""
        from probes.network.live.neighbours import NeighboursSource

        return NeighboursSource(str(config.get("interface", "")))

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole line."""
        return path.read_bytes().rfind(b"\n") + 1

    def summarise(self, chunk: Chunk, context: Context) -> Sightings:  # noqa: ARG002 - the interface of every probe
        """The entries; DecodeError when a line is no snapshot."""
        return read_neighbours(chunk.path.read_bytes())


NEIGHBOURS = NeighboursProbe()
