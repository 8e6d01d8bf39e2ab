# SPDX-License-Identifier: Apache-2.0
"""The probes that keep a plant's tables: its register of assets, what was injected, alarms, markers, what the platform shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DecodeError
from harness.installed import resolve
from harness.kit.files import FileSource
from harness.kit.lines import data_of
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Simulator, Source, Trace
from probes.plant.traces.words import WORDS

if TYPE_CHECKING:
    from probes.plant.plans.tables import TableSettings

DRAW = "sample.draw.jsonl"
"""What the protocol of a draw is called beside the trace."""
Read = Callable[[bytes, str, Mapping[str, str], str], Any]


class TableProbe(Probe[Any, "TableSettings"]):
    """A table of one kind; DecodeError with the line where it cannot be read."""

    extension, settings, form = "csv", late("probes.plant.plans.tables:TableSettings"), Whole()

    def __init__(self, name: str, title: Text, summary: str, reader: str) -> None:
        """``reader`` is a reference ``module:function``."""
        self.name, self.title, self.summary, self._reader = name, title, summary, reader

    def source(self, settings: TableSettings, folder: Path) -> Source:
        """The file, copied byte for byte; the protocol of a draw beside it."""
        from harness.kit.tables import extension

        path, draw = folder / settings.file, getattr(settings, "draw", None)
        return FileSource(
            [path],
            self.title,
            attach={DRAW: folder / draw} if draw is not None else {},
            check=lambda each: self._read(each.read_bytes(), settings),
            extension=extension(path),
        )

    def summarise(self, chunk: Chunk, asked: Asked) -> Any:
        """The rows; of a protocol what was drawn."""
        if "document" not in chunk.detail:
            return self._read(data_of(chunk), asked.settings)
        from probes.plant.traces.assets import Register

        return Register(draws=(data_of(chunk),))

    def _read(self, data: bytes, settings: TableSettings) -> Any:
        read: Read = resolve(self._reader)
        found = read(data, Path(settings.file).name, settings.columns, settings.sheet)
        if not found.rows:
            msg = f"{settings.file} has no rows."
            raise DecodeError(msg, cure="give the table with its rows.")
        return found


class AssetProbe(TableProbe):
    """The register of assets with the protocol of a draw over it, and the plants that can be simulated for it."""

    settings = late("probes.plant.plans.tables:AssetSettings")

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """The register, then the protocol."""
        if done is None or "document" not in done.detail:
            yield from super().chunks(trace, done)
            if DRAW in trace.documents:
                yield Chunk(trace.documents[DRAW], detail={"document": DRAW})

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """A plant of assets on a broker, with stated shares of those that misbehave; the capture of a roll call of terminals."""
        from probes.plant.simulators import fleet, plant

        return {"plant": plant.simulate, "fleet": fleet.simulate}


_TRACES = "probes.plant.traces"
_DRILL, _SCREEN = f"{_TRACES}.drills:Drill", f"{_TRACES}.screens:Screen"
ASSETS = AssetProbe("plant.assets", WORDS.text("title-assets"), f"{_TRACES}.assets:Register", f"{_TRACES}.assets:read")
EVENTS = TableProbe("plant.events", WORDS.text("title-events"), _DRILL, f"{_TRACES}.drills:events")
ALARMS = TableProbe("plant.alarms", WORDS.text("title-alarms"), _DRILL, f"{_TRACES}.drills:alarms")
MARKERS = TableProbe("plant.markers", WORDS.text("title-markers"), _SCREEN, f"{_TRACES}.screens:markers")
SCREEN = TableProbe("plant.screen", WORDS.text("title-screen"), _SCREEN, f"{_TRACES}.screens:screen")
