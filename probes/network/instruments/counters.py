# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.counters``: keeps a table of operator counters or of a drive test as evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.plans.counters import CountersSettings
    from probes.network.traces.counters import Counters


class CountersProbe(Probe["Counters", "CountersSettings"]):
    """DecodeError with the line where the table cannot be read."""

    name, extension, settings, form = (
        "network.counters",
        "csv",
        late("probes.network.plans.counters:CountersSettings"),
        Whole(),
    )
    title = Text(
        "运营商网管计数器与路测记录（委托方提供）", "Operator counters and drive tests, as supplied by the client"
    )
    summary = "probes.network.traces.counters:Counters"

    def source(self, settings: CountersSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension
        from probes.network.traces.counters import NOUN

        path = folder / settings.file
        return FileSource([path], NOUN, check=_counters, extension=extension(path))

    def summarise(self, chunk: Chunk, asked: Asked) -> Counters:  # noqa: ARG002 - the interface of every probe
        """The sums."""
        return _counters(chunk.path)


def _counters(path: Path) -> Counters:
    from probes.network.traces.counters import read_counters

    return read_counters(path.read_bytes(), path.name)


PROBE = CountersProbe()
