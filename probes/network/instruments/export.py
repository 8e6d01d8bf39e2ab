# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.export``: a CSV of terminals that the core network or the management of CPEs gave, for the census of nodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.plans.export import ExportSettings
    from probes.network.traces.sightings import Sightings


class ExportProbe(Probe["Sightings", "ExportSettings"]):
    """Labelled as theirs; DecodeError where the export cannot be read."""

    name, extension, settings, form = (
        "network.export",
        "csv",
        late("probes.network.plans.export:ExportSettings"),
        Whole(),
    )
    title = Text("核心网或 CPE 管理平台的终端导出表", "Terminals as exported by the core network or the CPE management")
    summary = "probes.network.traces.sightings:Sightings"

    def source(self, settings: ExportSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension
        from probes.network.traces.sightings import NOUN

        path = folder / settings.file
        return FileSource([path], NOUN, check=lambda each: _rows(each, settings), extension=extension(path))

    def summarise(self, chunk: Chunk, asked: Asked) -> Sightings:
        """The rows."""
        return _rows(chunk.path, asked.settings)


def _rows(path: Path, settings: ExportSettings) -> Sightings:
    from probes.network.traces.sightings import read_export

    return read_export(path.read_bytes(), path.name, settings.system)


PROBE = ExportProbe()
