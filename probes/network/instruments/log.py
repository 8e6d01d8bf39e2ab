# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.log``: a latency log or a drive log of another program.

What a log holds was measured by others: every verdict says so.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole
from harness.kit.settings import Cure, FileName, In, Settings
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from harness.kit.track import Track
    from probes.network.digests.drive import Drive
    from probes.network.traces.session import Session

_Column = Literal["time", "delay", "sequence", "latitude", "longitude", "x", "y", "speed", "cell", "lost", "status"]


class LogSettings(Settings):
    """A log and how its columns are called."""

    file: Annotated[FileName, Cure("write file: drive.csv.")] = Field(title="日志文件。", description="the log.")
    waiting_ns: Annotated[int, In("ns", "1 ns")] = Field(
        3_000_000_000,
        alias="waiting_time",
        title="等待时间，超过即算丢失，如 3 s。",
        description="after which a reply counts as lost, like 3 s.",
    )
    columns: dict[_Column, str] = Field(
        default_factory=dict,
        title="各列在表头中的名字，如 {time: sent_at, delay: rtt}。",
        description="header names, like {time: sent_at, delay: rtt}.",
    )
    units: dict[_Column, str] = Field(
        default_factory=dict,
        title="表头没有写的单位，如 {time: ms, speed: km/h}。",
        description="units the header does not state, like {time: ms, speed: km/h}.",
    )


class LogProbe(Probe["Drive", LogSettings]):
    """A file that is no log counts as damaged."""

    name, extension, settings, form = "network.log", "log", LogSettings, Whole()
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
