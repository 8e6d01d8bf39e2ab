# SPDX-License-Identifier: Apache-2.0
"""The probes ``register.registrations`` and ``register.resolutions-log``: exports of an identifier node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Source, Trace
from probes.register.traces.words import WORDS

if TYPE_CHECKING:
    from probes.register.digests.node import Export
    from probes.register.plans.node import ExportSettings

DRAW, CHECKED = "sample.draw.jsonl", "resolved.table"


def _simulator(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.register.simulators.lists import node as simulated

    return simulated(config, folder)


class ExportProbe(Probe["Export", "ExportSettings"]):
    """One export and what goes with it; an export that cannot be read is a reason for INVALID."""

    extension, settings, form = "csv", late("probes.register.plans.node:ExportSettings"), Whole()
    summary = "probes.register.digests.node:Export"
    simulators = {"node": _simulator}  # noqa: RUF012 - the interface of every probe

    def __init__(self, name: str, key: str) -> None:
        """``key``: the field of the digest that the export fills, and its name among those that are read."""
        self.name, self.title, self._key = name, WORDS.text(f"title-{key}"), key

    def source(self, settings: ExportSettings, folder: Path) -> Source:
        """Copies the export and keeps the rest beside it."""
        from harness.kit.tables import extension
        from probes.register.traces.node import EXPORTS

        beside = {DRAW: settings.draw, CHECKED: settings.resolved, "identifiers.txt": settings.identifiers}
        path = folder / settings.file
        return FileSource(
            [path],
            EXPORTS[self._key][0].noun,
            attach={name: folder / each for name, each in beside.items() if each is not None},
            check=lambda each: self._rows(each.read_bytes(), each.name),
            extension=extension(path),
        )

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """The export, and each file beside it."""
        every = [Chunk(each, detail={"role": "export"}) for each in trace.segments]
        every += [Chunk(path, detail={"role": name}) for name, path in trace.documents.items()]
        yield from every[every.index(done) + 1 if done in every else 0 :]

    def summarise(self, chunk: Chunk, asked: Asked) -> Export:
        """The rows of the export, the protocol, the outcome of each drawn identifier, or how many lines a list has."""
        from harness.kit.tables import read
        from probes.register.digests.node import Export
        from probes.register.traces import populations

        with chunk.path.open("rb") as stream:
            stream.seek(chunk.start)
            data = stream.read() if chunk.stop < 0 else stream.read(chunk.stop - chunk.start)
        role = chunk.detail["role"]
        if role == DRAW:
            return Export(draws=(data,))
        try:
            if role == "export":
                return Export(tables=1, **{self._key: self._rows(data, asked.settings.file)})
            if role == CHECKED:
                table = read(data, populations.columns({}, export=True), name=str(asked.settings.resolved))
                told = tuple((each.id, each.status) for each in populations.items(table))
                return Export(resolved=told, asked=populations.days(table))
        except UnreadableError as defect:
            where = defect.where or asked.settings.file
            return Export(invalid=(WORDS.reason("unreadable", where=where, problem=defect.text),))
        lines = [each.strip() for each in data.split(b"\n") if each.strip()]
        return Export(lists=((sha256(data).hexdigest(), len(lines), len(set(lines))),))

    def _rows(self, data: bytes, name: str) -> Any:
        from harness.kit.tables import read
        from probes.register.traces.node import EXPORTS

        columns, rows = EXPORTS[self._key]
        return rows(read(data, columns, name=name))


REGISTRATIONS = ExportProbe("register.registrations", "prefixes")
RESOLUTIONS = ExportProbe("register.resolutions-log", "days")
