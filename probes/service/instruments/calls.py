# SPDX-License-Identifier: Apache-2.0
"""The probe ``service.calls``: the entries of a catalogue, or those drawn in public, really called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.lines import data_of, read
from harness.kit.probe import Lines, Probe, late
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Source, Trace
from probes.service.formats.layout import FORMAT
from probes.service.formats.words import WORDS

if TYPE_CHECKING:
    from probes.service.digests.answers import Catalogue
    from probes.service.plans.settings import CallSettings

CATALOGUE, DRAW = "catalogue.table", "sample.draw.jsonl"


class CallsProbe(Probe["Catalogue", "CallSettings"]):
    """A session of calls a chunk, and the list and the protocol beside it."""

    name, extension, settings, form = (
        "service.calls",
        "jsonl",
        late("probes.service.plans.settings:CallSettings"),
        Lines(FORMAT),
    )
    title = WORDS.text("title-calls-probe")
    summary = "probes.service.digests.answers:Catalogue"

    def source(self, settings: CallSettings, folder: Path) -> Source:
        """The source that calls."""
        from probes.service.live.source import CallSource

        return CallSource(settings, folder)

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """The list and the protocol, which are there from the start, then sessions."""
        within = done is not None and "document" in done.detail
        if done is None or within:
            names = [each for each in (CATALOGUE, DRAW) if each in trace.documents]
            names = names[names.index(done.detail["document"]) + 1 :] if done is not None else names
            yield from (Chunk(trace.documents[name], detail={"document": name}) for name in names)
        yield from super().chunks(trace, None if within else done)

    def summarise(self, chunk: Chunk, asked: Asked) -> Catalogue:
        """What was answered; what is listed; what was drawn."""
        from harness.kit.tables import read as read_table
        from harness.kit.tables import whole
        from probes.service.digests.answers import Catalogue, decode, listed
        from probes.service.formats import catalogue

        settings: CallSettings = asked.settings
        name = chunk.detail.get("document")
        if name == DRAW:
            return Catalogue(draws=(data_of(chunk),))
        if name == CATALOGUE:
            data = data_of(chunk)
            try:
                name = Path(settings.catalogue).name
                table = whole(read_table(data, catalogue.columns(), name=name, sheet=settings.sheet))
            except UnreadableError as defect:
                problem = WORDS.reason("unreadable", where=settings.catalogue, problem=defect.text)
                return Catalogue(invalid=(problem,))
            return listed(table, data)
        try:
            return decode(read(chunk, FORMAT))
        except DecodeError:
            if chunk.path.stat().st_size == 0:
                return Catalogue()
            raise


PROBE = CallsProbe()
