# SPDX-License-Identifier: Apache-2.0
"""The probe ``bim.model``: IFC files, copied byte for byte and counted from their own text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Measurand, Sink, Source, Trace
from probes.bim.formats.words import WORDS

if TYPE_CHECKING:
    from probes.bim.digests.model import Models
    from probes.bim.plans.model import ModelSettings


IDS = "specification.ids"
"""What an IDS is called beside the trace."""


class ModelSource(FileSource):
    """Copies the models, and keeps beside them the IDS with what it came to on each."""

    def __init__(self, settings: ModelSettings, folder: Path) -> None:
        """Remember the paths; nothing is opened yet."""
        self._models = [folder / each for each in settings.files]
        self._ids = None if settings.ids is None else folder / settings.ids
        attach = {} if self._ids is None else {IDS: self._ids}
        super().__init__(self._models, WORDS.text("noun"), attach=attach, check=_check)

    def preflight(self) -> None:
        """The models can be read, and the checker is there where an IDS is named."""
        super().preflight()
        if self._ids is not None:
            from probes.bim.live import specification

            specification.ready()

    def record(self, sink: Sink) -> None:
        """Copy the files, then attach what the IDS came to on each."""
        super().record(sink)
        if self._ids is None or sink.stopping:
            return
        from probes.bim.live import specification

        for number, path in enumerate(self._models, start=1):
            sink.attach(f"ids-{number:04d}.json", specification.checked(self._ids, path))


def _simulator(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.bim.simulators.library import library

    return library(config, folder)


class ModelProbe(Probe["Models", "ModelSettings"]):
    """A model that cannot be read is a reason for INVALID, told in both languages."""

    name, extension, settings, form = "bim.model", "ifc", late("probes.bim.plans.model:ModelSettings"), Whole()
    title = WORDS.text("title-model")
    summary = "probes.bim.digests.model:Models"
    simulators = {"library": _simulator}  # noqa: RUF012 - the interface of every probe

    def source(self, settings: ModelSettings, folder: Path) -> Source:
        """Copies the files, after each was read once."""
        return ModelSource(settings, folder)

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """A model a chunk, and what an IDS came to on each."""
        every = [Chunk(each) for each in trace.segments]
        every += [Chunk(each, detail={"ids": name}) for name, each in trace.documents.items() if name != IDS]
        yield from every[every.index(done) + 1 if done in every else 0 :]

    def summarise(self, chunk: Chunk, asked: Asked) -> Models:  # noqa: ARG002 - a model says the same whoever asks
        """The components of one file."""
        from probes.bim.digests.model import Models
        from probes.bim.digests.reading import model, specified

        with chunk.path.open("rb") as stream:
            stream.seek(chunk.start)
            data = stream.read() if chunk.stop < 0 else stream.read(chunk.stop - chunk.start)
        if "ids" in chunk.detail:
            return Models(specified=specified(data))
        try:
            return Models((model(data, chunk.path.name),))
        except UnreadableError as defect:
            where = defect.where or chunk.path.name
            return Models(invalid=(WORDS.reason("unreadable", where=where, problem=defect.text),))


def _check(path: Path) -> None:
    from probes.bim.formats.step import read

    read(path.read_bytes(), path.name)


PROBE = ModelProbe()
COMPONENTS = Measurand(
    name="bim.components",
    title=WORDS.text("title-components"),
    unit="件",
    recorder="bim.model",
    accepts=("probes.bim.digests.model:Models",),
    view="probes.bim.measurands.components:together",
    statistics={"distinct": "probes.bim.measurands.components:distinct"},
    show="probes.bim.measurands.components:show",
    live="probes.bim.measurands.now:lines",
)
