# SPDX-License-Identifier: Apache-2.0
"""The probe ``gnss.corrections``: the correction stream a receiver was given, recorded beside the receiver's own log.

It answers one question of the verdict: did BeiDou corrections (RTCM MSM 1121 to 1127) reach the site at all? A source of
this probe under an accuracy indicator makes that a precondition.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.probe import Probe, late
from harness.kit.words import Catalogue
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.gnss.digests.corrections import Corrections
    from probes.gnss.truth.sources import CorrectionSettings


class CorrectionsProbe(Probe["Corrections", "CorrectionSettings"]):
    """RTCM 3 from an NTRIP caster, or from a file recorded elsewhere; a torn message is counted as junk."""

    name, extension = "gnss.corrections", "rtcm3"
    title = Text("差分改正数据流（RTCM 3）", "Stream of corrections (RTCM 3)")
    summary, settings = (
        "probes.gnss.digests.corrections:Corrections",
        late("probes.gnss.truth.sources:CorrectionSettings"),
    )

    def source(self, settings: CorrectionSettings, folder: Path) -> Source:
        """The live half for these settings."""
        if settings.file is not None:
            from harness.kit.files import FileSource

            return FileSource([folder / settings.file], Catalogue("probes.gnss").text("stream-log"))
        from probes.gnss.live.ntrip import ntrip_source

        return ntrip_source(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Corrections:
        """Messages by type, with the same kernel as a receiver's log, and what the base says of its place."""
        from probes.gnss.digests.corrections import Corrections
        from probes.gnss.formats.decode import decode
        from probes.gnss.formats.rtcm import stations

        del asked
        with chunk.path.open("rb") as file:
            file.seek(chunk.start)
            data = file.read() if chunk.stop < 0 else file.read(chunk.stop - chunk.start)
        return Corrections(decode(chunk.path, chunk.start, chunk.stop).rtcm3, dict(Counter(stations(data))))


PROBE = CorrectionsProbe()
