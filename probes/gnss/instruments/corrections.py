# SPDX-License-Identifier: Apache-2.0
"""The probe ``gnss.corrections``: the correction stream a receiver was given, recorded beside the receiver's own log.

It answers one question of the verdict: did BeiDou corrections (RTCM MSM 1121 to 1127) reach the site at all? A source of
this probe under an accuracy indicator makes that a precondition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.errors import SpecError
from harness.model import Text
from harness.plugins import Chunk, Context, Estimator, Problem, Simulator, Source, Trace
from harness.quantity import Quantity
from probes.gnss.formats.rtcm import NAME

KEYS = ("ntrip", "file", "user", "password", "version", "stall", "gga", "duration")


class CorrectionsProbe:
    """RTCM 3 from an NTRIP caster, or from a file recorded elsewhere."""

    name = NAME
    version = "1"
    title = Text("差分改正数据流（RTCM 3）", "Stream of corrections (RTCM 3)")
    extension = "rtcm3"
    measurands: Mapping[str, Estimator] = {}
    simulators: Mapping[str, Simulator] = {}

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings of a caster or a file."""
        return list(_problems(config, folder))

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The live half for these settings."""
        if "file" in config:
            from probes.gnss.live.files import FileSource

            return FileSource(config, folder)
        from probes.gnss.live.ntrip import ntrip_source

        return ntrip_source(config, folder)

    def whole(self, path: Path) -> int:
        """All of it: a torn message is counted as junk."""
        return path.stat().st_size

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """One piece a segment."""
        return [Chunk(path) for path in trace.segments]

    def summarise(self, chunk: Chunk, context: Context) -> Any:
        """Frames by type, with the same kernel as a receiver's log."""
        from probes.gnss.digests.log import LogSummary
        from probes.gnss.formats.decode import decode

        del context
        return LogSummary((decode(chunk.path, chunk.start, chunk.stop),))


def _problems(config: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    for key in config:
        if key not in {*KEYS, "probe", "name"}:
            yield Problem(
                (key,), f"{key!r} is not a setting of a correction stream.", f"use one of: {', '.join(KEYS)}."
            )
    if ("ntrip" in config) == ("file" in config):
        yield Problem((), "a correction stream needs ntrip or file.", "keep exactly one of them.")
    elif "file" in config:
        if not (folder / str(config["file"])).is_file():
            yield Problem(
                ("file",), f"{config['file']} does not exist.", "give the path relative to the profile's folder."
            )
    else:
        yield from _caster_problems(config)


def _caster_problems(config: Mapping[str, Any]) -> Iterator[Problem]:
    parts = urlsplit(str(config["ntrip"]))
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.path.strip("/"):
        cure = "write it like http://user@caster.example:2101/MOUNT."
        yield Problem(("ntrip",), f"{config['ntrip']!r} names no mountpoint.", cure)
    if parts.password:
        yield Problem(("ntrip",), "the password stands in the address.", "write password: env:NAME instead.")
    if not str(config.get("password", "env:")).startswith("env:"):
        yield Problem(
            ("password",), "the password stands in the profile, which anybody may read.", "write password: env:NAME."
        )
    if str(config.get("version", 2)) not in {"1", "2"}:
        yield Problem(("version",), f"version is {config['version']!r}.", "write 1 or 2.")
    for name in ("duration", "stall"):
        try:
            Quantity.parse(str(config.get(name, "15 s"))).to("s")
        except SpecError as error:
            yield Problem((name,), f"{name}: {error.problem}", error.cure)
    if "duration" not in config:
        yield Problem(("duration",), "duration is missing.", 'add it, like "30 min".')
    place = config.get("gga")
    if place is not None and (
        not isinstance(place, Mapping) or set(place) not in ({"lat", "lon", "height"}, {"receiver"})
    ):
        cure = "write gga: {lat: 30.5, lon: 114.3, height: 45}, or gga: {receiver: /dev/ttyUSB0} with a receiver recorded beside it."
        yield Problem(("gga",), "gga names no place.", cure)


PROBE = CorrectionsProbe()
