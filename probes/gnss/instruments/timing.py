# SPDX-License-Identifier: Apache-2.0
"""The probe ``gnss.timing``: offsets of a clock from its reference, from a recorded log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.probe import Probe, late
from harness.kit.words import Catalogue
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.gnss.digests.offsets import ClockLog
    from probes.gnss.truth.sources import ClockSettings


class TimingProbe(Probe["ClockLog", "ClockSettings"]):
    """The log of chrony, linuxptp, ntpd or a counter; an unfinished line matches no format."""

    name, extension = "gnss.timing", "log"
    title = Text("时钟偏差日志（授时）", "Log of clock offsets (time service)")
    summary, settings = "probes.gnss.digests.offsets:ClockLog", late("probes.gnss.truth.sources:ClockSettings")

    def source(self, settings: ClockSettings, folder: Path) -> Source:
        """A copy of the recorded log."""
        from harness.kit.files import FileSource

        return FileSource([folder / settings.file], Catalogue("probes.gnss").text("clock-log"))

    def summarise(self, chunk: Chunk, asked: Asked) -> ClockLog:
        """The bytes themselves."""
        from probes.gnss.digests.offsets import ClockLog

        del asked
        with chunk.path.open("rb") as file:
            file.seek(chunk.start)
            data = file.read() if chunk.stop < 0 else file.read(chunk.stop - chunk.start)
        return ClockLog(((chunk.path.name, chunk.start, data),))


PROBE = TimingProbe()
