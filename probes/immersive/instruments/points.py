# SPDX-License-Identifier: Apache-2.0
"""The probe ``immersive.points``: the register of experience points with the photographs and operating logs that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.documents import DocumentedSource
from harness.kit.lines import data_of
from harness.kit.probe import Probe, Whole, late
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Simulator, Source, Trace
from probes.immersive.traces.words import POINTS

if TYPE_CHECKING:
    from probes.immersive.plans.points import PointsSettings
    from probes.immersive.traces.points import Points


class PointsProbe(Probe["Points", "PointsSettings"]):
    """A register that cannot be read is a reason for INVALID, told in both languages."""

    name, extension, settings, form = (
        "immersive.points",
        "csv",
        late("probes.immersive.plans.points:PointsSettings"),
        Whole(),
    )
    title = POINTS.text("title-register")
    summary = "probes.immersive.traces.points:Points"

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """Points with their photographs and logs, some with planted defects."""
        from probes.immersive.simulators.register import simulate

        return {"register": simulate}

    def source(self, settings: PointsSettings, folder: Path) -> Source:
        """The register, and every document that it names."""
        from harness.kit import tables
        from probes.immersive.traces.points import NOUN, columns, named

        path = folder / settings.register_name
        folders = [path.parent] if settings.documents is None else [folder / settings.documents, path.parent]

        def wanted(data: bytes) -> list[str]:
            return named(tables.read(data, columns(settings.named), name=path.name, sheet=settings.sheet))

        return DocumentedSource(path, NOUN, folders, wanted, extension=tables.extension(path))

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """A register a chunk, and every document beside it."""
        every = [Chunk(each, detail={"source": trace.source}) for each in trace.segments]
        every += [
            Chunk(path, detail={"source": trace.source, "document": name}) for name, path in trace.documents.items()
        ]
        yield from every[every.index(done) + 1 if done in every else 0 :]

    def summarise(self, chunk: Chunk, asked: Asked) -> Points:
        """The rows of one register, or what one document says."""
        from probes.immersive.traces.points import Frame, Points, document, read

        source, name = chunk.detail["source"], chunk.detail.get("document")
        if name is not None:
            return document(data_of(chunk), name, source)
        settings: PointsSettings = asked.settings
        period = None if asked.project is None else (asked.project.start, asked.project.end)
        file = Path(settings.register_name).name
        try:
            frame = Frame(source, period, asked.documents, settings.named, settings.sheet)
            return read(data_of(chunk), file, frame)
        except UnreadableError as defect:
            where = defect.where or file
            return Points(invalid=(POINTS.reason("unreadable", where=where, problem=defect.text),))


PROBE = PointsProbe()
