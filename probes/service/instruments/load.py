# SPDX-License-Identifier: Apache-2.0
"""The probes ``service.load`` and ``service.search``: an endpoint under loads that do not wait for its answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from harness.kit.lines import read
from harness.kit.probe import Lines, Probe, late
from harness.plugins import Asked, Chunk, Source
from probes.service.formats.layout import FORMAT
from probes.service.formats.words import WORDS

if TYPE_CHECKING:
    from probes.service.digests.load import Load, Search
    from probes.service.plans.settings import LoadSettings, SearchSettings


def endpoint(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    """The simulated endpoint."""
    from probes.service.simulators.run import simulate

    return simulate(config, folder)


class LoadProbe(Probe["Load", "LoadSettings"]):
    """A session of the load a chunk; lines that cannot be read count against the service."""

    name, extension, settings, form = (
        "service.load",
        "jsonl",
        late("probes.service.plans.settings:LoadSettings"),
        Lines(FORMAT),
    )
    title = WORDS.text("title-load-probe")
    summary = "probes.service.digests.load:Load"
    simulators = MappingProxyType({"endpoint": endpoint})

    def source(self, settings: LoadSettings, folder: Path) -> Source:
        """The source that asks."""
        from probes.service.live.source import LoadSource

        return LoadSource(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Load:  # noqa: ARG002 - the interface of every probe
        """A table of its requests."""
        from probes.service.digests.load import Load, decode

        return Load((decode(read(chunk, FORMAT)),))


class SearchProbe(Probe["Search", "SearchSettings"]):
    """One load a chunk."""

    name, extension, settings, form = (
        "service.search",
        "jsonl",
        late("probes.service.plans.settings:SearchSettings"),
        Lines(FORMAT),
    )
    title = WORDS.text("title-search-probe")
    summary = "probes.service.digests.load:Search"

    def source(self, settings: SearchSettings, folder: Path) -> Source:
        """The source that searches."""
        from probes.service.live.source import SearchSource

        return SearchSource(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Search:  # noqa: ARG002 - the interface of every probe
        """A table of the requests at one load."""
        from probes.service.digests.load import Search, decode

        return Search((decode(read(chunk, FORMAT)),))


PROBE = LoadProbe()
SEARCH = SearchProbe()
