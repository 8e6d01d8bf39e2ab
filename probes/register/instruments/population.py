# SPDX-License-Identifier: Apache-2.0
"""The probe ``register.population``: a list of everything that should be covered, with what shows that it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kit.documents import attach_all, names
from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Sink, Source, Trace
from probes.register.traces.words import WORDS

if TYPE_CHECKING:
    from harness.kit.tables import Table
    from probes.register.digests.population import Population
    from probes.register.plans.population import PopulationSettings

DRAW, CHECKED = "sample.draw.jsonl", "auditor-checked.table"
"""What protocol and auditor's findings are called beside the trace."""


class PopulationSource(FileSource):
    """Copies list and exports, a segment each, and keeps the documents that the list names beside them."""

    def __init__(self, settings: PopulationSettings, folder: Path) -> None:
        """Remember the paths; nothing is opened yet."""
        from harness.kit.tables import extension

        self._register = folder / settings.register_name
        self._settings = settings
        self._folders = [*([folder / settings.documents] if settings.documents else []), self._register.parent]
        beside = {DRAW: settings.draw, CHECKED: settings.checked}
        super().__init__(
            [self._register, *(folder / each for each in settings.exports)],
            WORDS.text("noun-population"),
            attach={name: folder / each for name, each in beside.items() if each is not None},
            check=self._read,
            extension=extension(self._register),
        )

    def record(self, sink: Sink) -> None:
        """Copy the files, then attach each document; what is absent is said in the journal."""
        super().record(sink)
        if not sink.stopping:
            table = self._read(self._register)
            absent = attach_all(sink, self._folders, (each for row in table for each in names(row["document"])))
            sink.event("documents.recorded", {"file": self._register.name, "absent": absent})

    def _read(self, path: Path) -> Table:
        return self._settings.table(path.read_bytes(), path.name, export=path != self._register)


def _simulator(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.register.simulators.lists import population

    return population(config, folder)


class PopulationProbe(Probe["Population", "PopulationSettings"]):
    """A list that cannot be read is a reason for INVALID, told in both languages."""

    name, extension, settings, form = (
        "register.population",
        "csv",
        late("probes.register.plans.population:PopulationSettings"),
        Whole(),
    )
    title = WORDS.text("title-population")
    summary = "probes.register.digests.population:Population"
    simulators = {"population": _simulator}  # noqa: RUF012 - the interface of every probe

    def source(self, settings: PopulationSettings, folder: Path) -> Source:
        """The list, exports, and every document that the list names."""
        return PopulationSource(settings, folder)

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """A file a chunk; of the documents those that are looked into."""
        source = trace.source
        every = [
            Chunk(path, detail={"source": source, "role": "export" if at else "list"})
            for at, path in enumerate(trace.segments)
        ]
        every += [
            Chunk(path, detail={"source": source, "role": name})
            for name, path in trace.documents.items()
            if name in {DRAW, CHECKED} or name.lower().endswith(".ifc")
        ]
        yield from every[every.index(done) + 1 if done in every else 0 :]

    def summarise(self, chunk: Chunk, asked: Asked) -> Population:
        """The items of the list, the records of an export, what was drawn or found."""
        from probes.register.digests.population import Population

        with chunk.path.open("rb") as stream:
            stream.seek(chunk.start)
            data = stream.read() if chunk.stop < 0 else stream.read(chunk.stop - chunk.start)
        try:
            return _summary(data, chunk.detail["role"], chunk.detail["source"], asked)
        except UnreadableError as defect:
            where = defect.where or asked.settings.register_name
            return Population(invalid=(WORDS.reason("unreadable", where=where, problem=defect.text),))


def _summary(data: bytes, role: str, source: str, asked: Asked) -> Population:
    from probes.register.digests.population import Population, Register, has_components
    from probes.register.traces import populations

    settings: PopulationSettings = asked.settings
    if role == DRAW:
        return Population(draws=(data,))
    if role == CHECKED:
        table = settings.table(data, settings.checked or role, export=True)
        return Population(checked={each.id: each.status for each in populations.items(table) if each.id})
    if role == "export":
        found = {each.id: each for each in populations.exported(settings.table(data, "export", export=True))}
        return Population(exports=found, exported=1)
    if role != "list":
        return Population(models={role: has_components(data)})
    table = settings.table(data, settings.register_name)
    label = f"{source}/{table.name}"
    rows = tuple((label, each) for each in populations.items(table))
    sheet = Register(label, tuple(sorted(table.index)), table.unread, hashlib.sha256(data).hexdigest(), len(rows))
    period = None if asked.project is None else (asked.project.start, asked.project.end)
    return Population(rows, (sheet,), kept=dict(asked.documents), period=period)


PROBE = PopulationProbe()
