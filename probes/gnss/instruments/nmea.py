# SPDX-License-Identifier: Apache-2.0
"""The probe ``gnss.nmea``: a receiver's raw stream, recorded as it came, to be judged against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kit.probe import Probe, Sections, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Simulator, Source

if TYPE_CHECKING:
    from probes.gnss.digests.log import LogSummary
    from probes.gnss.truth.settings import ReceiverSettings


def _simulator(config: Mapping[str, Any], folder: Path) -> Any:
    from probes.gnss.simulators.receiver import receiver

    return receiver(config, folder)


def _live_simulator(config: Mapping[str, Any], folder: Path) -> Any:
    from probes.gnss.simulators.live import live

    return live(config, folder)


class NmeaProbe(Probe["LogSummary", "ReceiverSettings"]):
    """NMEA 0183 with whatever binary messages come along, from a file or live."""

    name, extension = "gnss.nmea", "nmea"
    title = Text("卫星导航接收机原始输出（NMEA）", "Raw output of a GNSS receiver (NMEA)")
    summary, settings = "probes.gnss.digests.log:LogSummary", late("probes.gnss.truth.settings:ReceiverSettings")
    form = Sections("probes.gnss.formats.segments:whole", "probes.gnss.formats.segments:pieces")
    simulators: Mapping[str, Simulator] = {"receiver": _simulator, "live": _live_simulator}

    def source(self, settings: ReceiverSettings, folder: Path) -> Source:
        """The live half for these settings; the reference trajectory is kept beside the trace."""
        from probes.gnss.live.open import open_source
        from probes.gnss.truth.settings import TRAJECTORY

        return open_source(settings, folder, {TRAJECTORY: settings.trajectory})

    def summarise(self, chunk: Chunk, asked: Asked) -> LogSummary:
        """Decode one chunk in the format the settings name; every reading is computed from the same columns."""
        from probes.gnss.digests.log import LogSummary
        from probes.gnss.digests.sky import sky_of
        from probes.gnss.formats.decode import decode_as

        settings: ReceiverSettings = asked.settings
        piece = decode_as(settings.format, settings.table, chunk.path, chunk.start, chunk.stop)
        return LogSummary((piece,), sky_of(chunk.path, chunk.start, chunk.stop))


PROBE = NmeaProbe()
