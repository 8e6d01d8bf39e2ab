# SPDX-License-Identifier: Apache-2.0
"""The probes that keep a plant's tables: its register of assets, what was injected, alarms, markers, what the platform shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DecodeError
from harness.installed import resolve
from harness.kit.files import FileSource
from harness.kit.lines import data_of
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Simulator, Source
from probes.plant.traces.words import WORDS

if TYPE_CHECKING:
    from probes.plant.plans.tables import TableSettings


Read = Callable[[bytes, str, Mapping[str, str], str], Any]


class TableProbe(Probe[Any, "TableSettings"]):
    """A table of one kind; DecodeError with the line where it cannot be read."""

    extension, settings, form = "csv", late("probes.plant.plans.tables:TableSettings"), Whole()

    def __init__(self, name: str, title: Text, summary: str, reader: str) -> None:
        """``reader`` is a reference ``module:function``."""
        self.name, self.title, self.summary, self._reader = name, title, summary, reader

    def source(self, settings: TableSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension

        path = folder / settings.file
        return FileSource(
            [path], self.title, check=lambda each: self._read(each.read_bytes(), settings), extension=extension(path)
        )

    def summarise(self, chunk: Chunk, asked: Asked) -> Any:
        """The rows."""
        return self._read(data_of(chunk), asked.settings)

    def _read(self, data: bytes, settings: TableSettings) -> Any:
        read: Read = resolve(self._reader)
        found = read(data, Path(settings.file).name, settings.columns, settings.sheet)
        if not found.rows:
            msg = f"{settings.file} has no rows."
            raise DecodeError(msg, cure="give the table with its rows.")
        return found


class AssetProbe(TableProbe):
    """The register of assets, and the plants that can be simulated for it."""

    settings = late("probes.plant.plans.tables:AssetSettings")

    def _read(self, data: bytes, settings: TableSettings) -> Any:
        from dataclasses import replace

        found = super()._read(data, settings)
        return replace(found, drawn=settings.drawn) if hasattr(settings, "drawn") else found

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """A plant of assets on a broker, with stated shares of those that misbehave."""
        from probes.plant.simulators.plant import simulate

        return {"plant": simulate}


_TRACES = "probes.plant.traces"
_DRILL, _SCREEN = f"{_TRACES}.drills:Drill", f"{_TRACES}.screens:Screen"
ASSETS = AssetProbe("plant.assets", WORDS.text("title-assets"), f"{_TRACES}.assets:Register", f"{_TRACES}.assets:read")
EVENTS = TableProbe("plant.events", WORDS.text("title-events"), _DRILL, f"{_TRACES}.drills:events")
ALARMS = TableProbe("plant.alarms", WORDS.text("title-alarms"), _DRILL, f"{_TRACES}.drills:alarms")
MARKERS = TableProbe("plant.markers", WORDS.text("title-markers"), _SCREEN, f"{_TRACES}.screens:markers")
SCREEN = TableProbe("plant.screen", WORDS.text("title-screen"), _SCREEN, f"{_TRACES}.screens:screen")
