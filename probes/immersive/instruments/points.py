# SPDX-License-Identifier: Apache-2.0
"""The probe ``immersive.points``: the register of experience points with the photographs and operating logs that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from harness.kit.documents import DocumentedSource
from harness.kit.lines import data_of
from harness.kit.probe import Probe, Whole
from harness.kit.settings import Cure, FileName, FolderName, Settings
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Simulator, Source, Trace
from probes.immersive.traces.words import POINTS

if TYPE_CHECKING:
    from probes.immersive.traces.points import Points

_Field = Literal[
    "name", "address", "latitude", "longitude", "date", "photo", "photo-sha256", "log", "log-sha256", "document", "sha256",
    "url",
]  # fmt: skip


class PointsSettings(Settings):
    """A register of points, and the folder of the photographs and logs it names."""

    register_name: Annotated[FileName, Cure("write register: points.csv.")] = Field(
        alias="register", title="体验点位登记表，CSV 或 XLSX。", description="the register of points, CSV or XLSX."
    )
    documents: FolderName | None = Field(
        None,
        title="照片和运行日志所在的文件夹；缺省与登记表同处。",
        description="the folder of photographs and operating logs; by default the register's own.",
    )
    sheet: str = Field(
        "",
        title="工作表名称；缺省取第一张有表头的。",
        description="the worksheet; by default the first that has a head.",
    )
    columns: dict[_Field, str] = Field(
        default_factory=dict,
        title="自己的表头，按字段写，如 {name: 展项}。",
        description="headings of your own by field, like {name: 展项}.",
    )

    @property
    def named(self) -> Mapping[str, str]:
        """Headings of its own by field."""
        return {str(field): heading for field, heading in self.columns.items()}


class PointsProbe(Probe["Points", PointsSettings]):
    """A register that cannot be read is a reason for INVALID, told in both languages."""

    name, extension, settings, form = "immersive.points", "csv", PointsSettings, Whole()
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
