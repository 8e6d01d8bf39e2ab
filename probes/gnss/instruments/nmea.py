# SPDX-License-Identifier: Apache-2.0
"""The probe ``gnss.nmea``: a receiver's raw stream, recorded as it came, judged against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.model import Text
from harness.plugins import Chunk, Context, Estimator, Problem, Simulator, Source, Trace
from probes.gnss.truth.settings import check_source, read_settings


def _estimator(module: str, name: str) -> Estimator:
    """The estimator behind a name, imported on first use: listing scenarios must not wait for numba."""

    def estimate(*args: Any) -> Any:
        from importlib import import_module

        return getattr(import_module(module), name)(*args)

    return estimate


def _simulator(config: Mapping[str, Any], folder: Path) -> Any:
    from probes.gnss.simulators.receiver import receiver

    return receiver(config, folder)


def _live_simulator(config: Mapping[str, Any], folder: Path) -> Any:
    from probes.gnss.simulators.live import live

    return live(config, folder)


class NmeaProbe:
    """NMEA 0183 with whatever binary messages come along, from a file or live."""

    name = "gnss.nmea"
    version = "1"
    title = Text("卫星导航接收机原始输出（NMEA）", "Raw output of a GNSS receiver (NMEA)")
    extension = "nmea"
    measurands: Mapping[str, Estimator] = {
        "gnss.horizontal": _estimator("probes.gnss.measurands.accuracy", "horizontal"),
        "gnss.vertical": _estimator("probes.gnss.measurands.accuracy", "vertical"),
        "gnss.fix-rate": _estimator("probes.gnss.measurands.availability", "fix_rate"),
        "gnss.availability": _estimator("probes.gnss.measurands.availability", "time_share"),
        "gnss.gaps": _estimator("probes.gnss.measurands.availability", "longest_gap"),
        "gnss.ttff": _estimator("probes.gnss.measurands.availability", "first_fix"),
        "gnss.refix": _estimator("probes.gnss.measurands.availability", "refix"),
        "gnss.age": _estimator("probes.gnss.measurands.availability", "age"),
        "gnss.beidou": _estimator("probes.gnss.measurands.availability", "beidou_share"),
    }
    watchable = frozenset({"gnss.horizontal", "gnss.vertical"})
    simulators: Mapping[str, Simulator] = {"receiver": _simulator, "live": _live_simulator}

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: source, truth with frame and epoch, gates."""
        return [*check_source(config, folder), *read_settings(config).problems]

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The live half for these settings."""
        from probes.gnss.live.open import open_source

        return open_source(config, folder)

    def whole(self, path: Path) -> int:
        """All of it: the trace is a byte stream, a torn sentence at its end is counted as what it is."""
        return path.stat().st_size

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """Pieces of about 16 MiB, cut where no item reaches across."""
        from probes.gnss.formats.segments import cuts

        for path in trace.segments:
            for start, stop in cuts(path):
                yield Chunk(path, start, stop)

    def summarise(self, chunk: Chunk, context: Context) -> Any:
        """Decode one chunk in the format the settings name; every reading is computed from the same columns."""
        from probes.gnss.digests.log import LogSummary
        from probes.gnss.digests.sky import sky_of
        from probes.gnss.formats.decode import decode_as

        kind = str(context.config.get("format", "nmea"))
        piece = decode_as(kind, context.config, chunk.path, chunk.start, chunk.stop)
        return LogSummary((piece,), sky_of(chunk.path, chunk.start, chunk.stop))


PROBE = NmeaProbe()
