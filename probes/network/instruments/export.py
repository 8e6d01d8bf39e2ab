# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.export``: a CSV of terminals that the core network or the management of CPEs gave, for the census of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source
from probes.network.instruments.neighbours import NeighboursProbe
from probes.network.instruments.terminals import TerminalsSource
from probes.network.traces.sightings import Sightings, read_export


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


def _system(config: Mapping[str, Any]) -> str:
    return str(config.get("system", "core"))


EXPORT = ExportProbe()
