# SPDX-License-Identifier: Apache-2.0
"""The probes ``register.registrations`` and ``register.resolutions-log``: exports of an identifier node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.kit.tables import Columns, Table, extension, read
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Source, Trace
from probes.register.digests.node import Export
from probes.register.traces import node, populations
from probes.register.traces.words import WORDS

if TYPE_CHECKING:
    from probes.register.plans.node import ExportSettings

DRAW, CHECKED = "sample.draw.jsonl", "resolved.table"


def _simulator(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.register.simulators.lists import node as simulated

    return simulated(config, folder)


class ExportProbe(Probe[Export, "ExportSettings"]):
    """One export and what goes with it; an export that cannot be read is a reason for INVALID."""

    extension, settings, form = "csv", late("probes.register.plans.node:ExportSettings"), Whole()
    summary = "probes.register.digests.node:Export"
    simulators = {"node": _simulator}  # noqa: RUF012 - the interface of every probe

    def __init__(self, name: str, key: str, columns: Columns, rows: Callable[[Table], Any]) -> None:
        """``rows`` reads the table, ``key`` is the field of the digest that it fills."""
        self.name, self.title = name, WORDS.text(f"title-{key}")
        self._key, self._columns, self._rows = key, columns, rows

    def source(self, settings: ExportSettings, folder: Path) -> Source:
        """Copies the export and keeps the rest beside it."""
        beside = {DRAW: settings.draw, CHECKED: settings.resolved, "identifiers.txt": settings.identifiers}
        path = folder / settings.file
        return FileSource(
            [path],
            self._columns.noun,
            attach={name: folder / each for name, each in beside.items() if each is not None},
            check=lambda each: self._rows(read(each.read_bytes(), self._columns, name=each.name)),
            extension=extension(path),
        )

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """The export, and each file beside it."""
        every = [Chunk(each, detail={"role": "export"}) for each in trace.segments]
        every += [Chunk(path, detail={"role": name}) for name, path in trace.documents.items()]
        yield from every[every.index(done) + 1 if done in every else 0 :]

    def summarise(self, chunk: Chunk, asked: Asked) -> Export:
        """The rows of the export, the protocol, the outcome of each drawn identifier, or how many lines a list has."""
        with chunk.path.open("rb") as stream:
            stream.seek(chunk.start)
            data = stream.read() if chunk.stop < 0 else stream.read(chunk.stop - chunk.start)
        role = chunk.detail["role"]
        if role == DRAW:
            return Export(draws=(data,))
        try:
            if role == "export":
                found = self._rows(read(data, self._columns, name=asked.settings.file))
                return Export(tables=1, **{self._key: found})
            if role == CHECKED:
                table = read(data, populations.columns({}, export=True), name=str(asked.settings.resolved))
                told = tuple((each.id, each.status) for each in populations.items(table))
                return Export(resolved=told, asked=populations.days(table))
        except UnreadableError as defect:
            where = defect.where or asked.settings.file
            return Export(invalid=(WORDS.reason("unreadable", where=where, problem=defect.text),))
        lines = [each.strip() for each in data.split(b"\n") if each.strip()]
        return Export(lists=((sha256(data).hexdigest(), len(lines), len(set(lines))),))


REGISTRATIONS = ExportProbe("register.registrations", "prefixes", node.PREFIXES, node.prefixes)
RESOLUTIONS = ExportProbe("register.resolutions-log", "days", node.DAYS, node.days)
