# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.track``: the places of a drive from a GNSS receiver beside a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source
from probes.network.digests.drive import Drive
from probes.network.instruments.log import LogProbe
from probes.network.traces.track import nmea_track

_RECEIVER = ("file", "serial", "tcp", "udp", "mqtt")


class TrackProbe(LogProbe):
    """NMEA of a receiver, as ``gnss.nmea`` records it; only RMC sentences matter here."""

    name = "network.track"
    title = Text("行车轨迹（GNSS，NMEA RMC）", "Track of a drive (GNSS, NMEA RMC)")
    extension = "nmea"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:  # noqa: ARG002 - the interface of every probe
        """Everything wrong with the settings: one of file, serial, tcp, udp, mqtt, with those of ``gnss.nmea``."""
        if sum(key in config for key in _RECEIVER) == 1:
            return []
        return [Problem(("file",), "A track needs one receiver.", "write one of file:, serial:, tcp:, udp:, mqtt:.")]

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The receiver, or a log of it."""
        from probes.gnss.sources import open_source

        return open_source(config, folder)

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole line."""
        return path.read_bytes().rfind(b"\n") + 1

    def summarise(self, chunk: Chunk, context: Context) -> Drive:  # noqa: ARG002 - the interface of every probe
        """The places; RMC sentences with a wrong checksum count as damaged."""
        track, damaged = nmea_track(chunk.path.read_bytes())
        return Drive({}, damaged=damaged, track=track)


TRACK = TrackProbe()
