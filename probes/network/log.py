# SPDX-License-Identifier: Apache-2.0
"""The probes ``network.log`` (a latency log or a drive log of another program) and ``network.track`` (GNSS beside a run).

Both are evidence for the estimators of ``network.stamp``. What a log holds was measured by others: every verdict says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from harness.errors import DecodeError, YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source
from harness.quantity import Quantity
from probes.network import log_trace
from probes.network.evidence_probe import EvidenceProbe
from probes.network.stamp_decode import Session
from probes.network.summary import StampSummary, nanoseconds, summarise
from probes.network.terminals_probe import TerminalsSource
from probes.network.track import Track, nmea_track

_KEYS = {"file", "waiting_time", "columns", "units"}
_RECEIVER = ("file", "serial", "tcp", "udp", "mqtt")


@dataclass(frozen=True, slots=True, eq=False)
class Drive(StampSummary):
    """The packets of a log, and where they were measured."""

    track: Track = field(default_factory=Track.none)

    def merge(self, other: Drive) -> Drive:
        """The packets and places of both."""
        packets = StampSummary.merge(self, other)
        own = {each.name: getattr(packets, each.name) for each in fields(StampSummary)}
        return Drive(**own, track=self.track.merge(other.track))


class LogProbe(EvidenceProbe):
    """What it reads is judged as ``network.rtt``, ``network.mobility`` …, of ``network.stamp``."""

    name = "network.log"
    title = Text("其他程序的时延日志或行车日志", "Latency and drive logs of other programs")
    extension = "log"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: file, waiting_time, columns (header names), units."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of network.log.", f"use {', '.join(sorted(_KEYS))}.")
            for key in sorted(set(config) - _KEYS)
        ]
        for key in ("columns", "units"):
            wrong = sorted(set(config.get(key, {})) - set(log_trace.COLUMNS))
            if wrong:
                problems.append(Problem((key,), f"{wrong[0]!r} is no column.", f"use {', '.join(log_trace.COLUMNS)}."))
        given = config.get("file")
        if not isinstance(given, str) or not given:
            return [*problems, Problem(("file",), "No log is named.", "write file: drive.csv.")]
        try:
            _read((folder / given).read_bytes(), given, config)
        except OSError as error:
            problems.append(
                Problem(("file",), f"{given} cannot be read: {error.strerror}.", "put it beside the profile.")
            )
        except YanshouError as error:
            problems.append(Problem(("file",), f"{error.where or given}: {error.problem}", error.cure))
        return problems

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The file, copied byte for byte."""
        return TerminalsSource(folder / str(config["file"]), lambda data, name: _read(data, name, config))

    def whole(self, path: Path) -> int:
        """All bytes: the recording goes on where it stopped, in the same file."""
        return path.stat().st_size

    def summarise(self, chunk: Chunk, context: Context) -> Drive:
        """Counts, histograms, spans and the track; a file that is no log counts as damaged."""
        config = context.config
        try:
            session, track = _read(chunk.path.read_bytes(), str(config.get("file", chunk.path.name)), config)
        except DecodeError:
            return Drive({}, damaged=1)
        found = summarise(session, context)
        return Drive(**{each.name: getattr(found, each.name) for each in fields(StampSummary)}, track=track)


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
        from probes.gnss.live.open import open_source

        return open_source(config, folder)

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole line."""
        return path.read_bytes().rfind(b"\n") + 1

    def summarise(self, chunk: Chunk, context: Context) -> Drive:  # noqa: ARG002 - the interface of every probe
        """The places; RMC sentences with a wrong checksum count as damaged."""
        track, damaged = nmea_track(chunk.path.read_bytes())
        return Drive({}, damaged=damaged, track=track)


def _read(data: bytes, name: str, config: Mapping[str, Any]) -> tuple[Session, Track]:
    waiting = Quantity.parse(str(config.get("waiting_time", "3 s")))
    return log_trace.decode(data, name, log_trace.form_of(config), nanoseconds(waiting))


PROBE = LogProbe()
TRACK = TrackProbe()
