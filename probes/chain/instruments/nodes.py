# SPDX-License-Identifier: Apache-2.0
"""The probe ``chain.nodes``: every node of a chain asked at its own address, every byte of its answers kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from harness.kit.lines import data_of, read
from harness.kit.probe import Lines, Probe, late
from harness.plugins import Asked, Chunk, Source, Trace
from probes.chain.formats.layout import FORMAT
from probes.chain.formats.words import WORDS

if TYPE_CHECKING:
    from probes.chain.digests.ledger import Ledger
    from probes.chain.plans.settings import ChainSettings


def _network(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.chain.simulators.network import simulate

    return simulate(config, folder)


class NodesProbe(Probe["Ledger", "ChainSettings"]):
    """A session of one node a chunk, and each off-chain original. Lines that cannot be read count against their node."""

    name, extension, settings, form = (
        "chain.nodes",
        "jsonl",
        late("probes.chain.plans.settings:ChainSettings"),
        Lines(FORMAT),
    )
    title = WORDS.text("title-probe")
    summary = "probes.chain.digests.ledger:Ledger"
    simulators = MappingProxyType({"network": _network})

    def source(self, settings: ChainSettings, folder: Path) -> Source:
        """The source that asks."""
        from probes.chain.live.source import ChainSource

        return ChainSource(settings, folder)

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """Sessions, then documents."""
        if done is None or "document" not in done.detail:
            yield from super().chunks(trace, done)
        names = [*trace.documents]
        names = (
            names[names.index(done.detail["document"]) + 1 :]
            if done is not None and "document" in done.detail
            else names
        )
        yield from (Chunk(trace.documents[name], detail={"document": name}) for name in names)

    def summarise(self, chunk: Chunk, asked: Asked) -> Ledger:
        """What one node said, or what one original is."""
        from probes.chain.digests.ledger import decode
        from probes.chain.digests.table import document

        settings: ChainSettings = asked.settings
        if "document" in chunk.detail:
            return document(chunk.detail["document"], data_of(chunk), settings.originals)
        return decode(read(chunk, FORMAT), originals=settings.originals is not None, bundled=settings.bundled)


PROBE = NodesProbe()
