# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.track``: the places of a drive from a receiver beside a run, for what was measured on the way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.probe import Lines, Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from harness.kit.track import Track
    from probes.gnss.truth.sources import StreamSettings


class TrackProbe(Probe["Track", "StreamSettings"]):
    """NMEA of a receiver, as ``gnss.nmea`` records it; only RMC sentences matter here."""

    name, extension, form = "network.track", "nmea", Lines()
    title = Text("行车轨迹（GNSS，NMEA RMC）", "Track of a drive (GNSS, NMEA RMC)")
    summary, settings = "harness.kit.track:Track", late("probes.gnss.truth.sources:StreamSettings")

    def source(self, settings: StreamSettings, folder: Path) -> Source:
        """The receiver, or a log of it."""
        from probes.gnss.live.open import open_source

        return open_source(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Track:
        """The places; RMC sentences with a wrong checksum count as damaged."""
        from harness.kit.track import Track
        from probes.gnss.formats.nmea import rmc

        del asked
        rows, damaged = [], 0
        with chunk.path.open("rb") as file:
            for line in file:
                if line[3:6] == b"RMC" and line.startswith(b"$"):
                    place = rmc(line.strip())
                    damaged += place is None
                    rows += [(*place, "", False)] if place else []
        return Track.of(rows, damaged)


TRACK = TrackProbe()
