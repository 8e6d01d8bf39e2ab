# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.log``: a latency log or a drive log of another program.

What a log holds was measured by others: every verdict says so.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from harness.kit.track import Track
    from probes.network.digests.drive import Drive
    from probes.network.plans.log import LogSettings
    from probes.network.traces.session import Session


class LogProbe(Probe["Drive", "LogSettings"]):
    """A file that is no log counts as damaged."""

    name, extension, settings, form = "network.log", "log", late("probes.network.plans.log:LogSettings"), Whole()
    title = Text("其他程序的时延日志或行车日志", "Latency and drive logs of other programs")
    summary = "probes.network.digests.drive:Drive"

    def source(self, settings: LogSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        noun = Text("日志", "log")
        return FileSource([folder / settings.file], noun, check=lambda path: _read(path, settings))

    def summarise(self, chunk: Chunk, asked: Asked) -> Drive:
        """Counts, histograms, spans and the track."""
        from probes.network.digests.drive import Drive
        from probes.network.digests.paths import PathSummary, summarise

        try:
            session, track = _read(chunk.path, asked.settings)
        except DecodeError:
            return Drive({}, damaged=1)
        found = summarise(session, asked)
        return Drive(**{each.name: getattr(found, each.name) for each in fields(PathSummary)}, track=track)


def _read(path: Path, settings: LogSettings) -> tuple[Session, Track]:
    from probes.network.traces import logs

    form = logs.Form(
        {str(key): name for key, name in settings.columns.items()},
        {str(key): unit for key, unit in settings.units.items()},
    )
    return logs.decode(path.read_bytes(), settings.file, form, settings.waiting_ns)


PROBE = LogProbe()
