# SPDX-License-Identifier: Apache-2.0
"""The probes ``network.neighbours`` (ARP and NDP tables, live) and ``network.export`` (CSV of the core network or CPEs).

Second sources of the census of nodes: bind one beside the register, as ``s01.nodes: [{probe: network.terminals, …}, …]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source
from probes.network.evidence_probe import EvidenceProbe
from probes.network.sightings import Sightings, read_export, read_neighbours
from probes.network.terminals_probe import TerminalsSource


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
        from probes.network.neighbours_live import NeighboursSource

        return NeighboursSource(str(config.get("interface", "")))

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole line."""
        return path.read_bytes().rfind(b"\n") + 1

    def summarise(self, chunk: Chunk, context: Context) -> Sightings:  # noqa: ARG002 - the interface of every probe
        """The entries; DecodeError when a line is no snapshot."""
        return read_neighbours(chunk.path.read_bytes())


class ExportProbe(NeighboursProbe):
    """A table that the operator, the core network or the CPE management gave: copied byte for byte, labelled as theirs."""

    name = "network.export"
    title = Text("核心网或 CPE 管理平台的终端导出表", "Terminals as exported by the core network or the CPE management")
    extension = "csv"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: ``file`` and ``system`` (what gave it)."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of network.export.", "write file: core.csv, system: 5GC.")
            for key in sorted(set(config) - {"file", "system"})
        ]
        given = config.get("file")
        if not isinstance(given, str) or not given:
            return [*problems, Problem(("file",), "No export is named.", "write file: core.csv.")]
        try:
            read_export((folder / given).read_bytes(), given, _system(config))
        except OSError as error:
            problems.append(
                Problem(("file",), f"{given} cannot be read: {error.strerror}.", "put it beside the profile.")
            )
        except YanshouError as error:
            problems.append(Problem(("file",), f"{error.where or given}: {error.problem}", error.cure))
        return problems

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The file, copied byte for byte."""
        name, system = str(config.get("file", "")), _system(config)
        return TerminalsSource(folder / name, lambda data, file: read_export(data, file, system))

    def whole(self, path: Path) -> int:
        """All bytes: the recording goes on where it stopped, in the same file."""
        return path.stat().st_size

    def summarise(self, chunk: Chunk, context: Context) -> Sightings:
        """The rows; DecodeError when the export cannot be read."""
        return read_export(chunk.path.read_bytes(), chunk.path.name, _system(context.config))


def _system(config: Mapping[str, Any]) -> str:
    return str(config.get("system", "core"))


NEIGHBOURS = NeighboursProbe()
EXPORT = ExportProbe()
