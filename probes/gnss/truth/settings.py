# SPDX-License-Identifier: Apache-2.0
"""What a profile says about a GNSS source, checked once: truth, frames, mode, gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.plugins import Problem
from probes.gnss.truth.geodesy import FRAMES, WGS84, Ellipsoid, Origin
from probes.gnss.truth.settings_reader import SettingsReader

SOURCES = ("file", "serial", "tcp", "udp", "mqtt")
KEYS = {
    *SOURCES,
    "baud",
    "user",
    "password",
    "field",
    "greeting",
    "format",
    "columns",
    "qualities",
    "mode",
    "truth",
    "trajectory",
    "origin",
    "positions",
    "rate",
    "talker",
    "settle",
    "latency",
    "lever_arm",
    "duration",
    "min_fix_rate",
    "min_beidou_share",
    "max_damaged",
    "sets",
    "nominal",
    "session",
    "power_on",
    "beidou_only",
    "transformation",
    "baseline",
}
FORMATS = ("nmea", "ubx", "pos", "ggk", "bestnav", "csv")
"""Where the epochs come from: GGA, u-blox binary, RTKLIB solutions, Trimble GGK, Unicore BESTNAVA, a CSV with columns named."""
MODES = ("static", "dynamic", "baseline")
"""On a known point, along a known trajectory, two antennas at a known distance (which can only fail)."""
TRAJECTORY = "trajectory.csv"
"""Name under which the reference trajectory is kept beside the trace."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A reference frame and the epoch its coordinates are valid at (CGCS2000 at 2000.0, ITRF2014 at 2026.9)."""

    name: str
    epoch: float

    @property
    def ellipsoid(self) -> Ellipsoid:
        """The frame's ellipsoid."""
        return next((shape for name, shape in FRAMES.items() if self.name.upper().startswith(name)), WGS84)


@dataclass(frozen=True, slots=True)
class Truth:
    """Reference coordinates and their standard uncertainties (k = 1) in m; for a trajectory the origin of its axes."""

    origin: Origin
    frame: Frame
    u_horizontal_m: float
    u_vertical_m: float
    ellipsoidal: bool = True


@dataclass(frozen=True, slots=True)
class Transformation:
    """East, north, up in m that bring the positions into the truth's frame and epoch, with their standard uncertainty and record."""

    enu_m: tuple[float, float, float]
    u_m: float
    record: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known about the rigid line between two antennas: horizontal length, height difference (second minus first), m."""

    length_m: float
    height_m: float
    u_m: float


@dataclass(frozen=True, slots=True)
class Nominal:
    """ISO 17123-8, simplified: distance and height difference of the two rover points, predetermined deviations, m."""

    distance_m: float
    height_m: float
    s_xy_m: float
    s_h_m: float


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one GNSS source; ``session_s`` > 0 judges means over that time, ``power_on_ns`` UTC marks of restarts."""

    mode: str
    truth: Truth | None
    positions: Frame | None
    trajectory: str = ""
    rate_hz: float | None = None
    talker: str = ""
    settle_s: float = 0.0
    correct_latency: bool = False
    lever_arm_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    min_fix_rate: float = 0.95
    min_beidou_share: float = 0.95
    max_damaged: float = 0.01
    sets: tuple[Mapping[str, Any], ...] = ()
    nominal: Nominal | None = None
    session_s: float = 0.0
    power_on_ns: tuple[int, ...] = ()
    beidou_only: bool = False
    transformation: Transformation | None = None
    baseline: Baseline | None = None
    problems: tuple[Problem, ...] = field(default=(), compare=False)


def read_settings(config: Mapping[str, Any]) -> Settings:
    """The settings in ``config``; ``problems`` lists everything wrong, in the order of the fields."""
    reader = SettingsReader(config)
    for key in config:
        if key not in KEYS | {"probe", "name"}:
            reader.wrong(
                (key,), f"{key!r} is not a setting of a GNSS source.", f"use one of: {', '.join(sorted(KEYS))}."
            )
    _check_format(reader)
    mode = str(config.get("mode", ""))
    if mode not in MODES:
        reader.wrong(("mode",), f"mode is {mode!r}.", f"write one of: {', '.join(MODES)}.")
    truth = {"static": _static_truth, "dynamic": _trajectory_truth}.get(mode, lambda _: None)(reader)
    settings = Settings(
        mode=mode,
        truth=truth,
        positions=None
        if mode == "baseline"
        else _frame(reader, "positions", "the frame and epoch of the receiver's positions: those of its base"),
        trajectory=str(config.get("trajectory", "")),
        rate_hz=reader.quantity(config, ("rate",), "Hz", 0.0) or None,
        talker=str(config.get("talker", "")),
        settle_s=reader.quantity(config, ("settle",), "s", 0.0),
        correct_latency=str(config.get("latency", "report")) == "correct",
        lever_arm_m=_lever_arm(reader),
        min_fix_rate=reader.share("min_fix_rate", "95 %"),
        min_beidou_share=reader.share("min_beidou_share", "95 %"),
        max_damaged=reader.share("max_damaged", "1 %"),
        sets=tuple(config.get("sets", ())),
        nominal=_nominal(reader),
        session_s=reader.quantity(config, ("session",), "s", 0.0),
        power_on_ns=reader.times("power_on"),
        beidou_only=reader.flag("beidou_only"),
        transformation=_transformation(reader),
        baseline=_baseline(reader) if mode == "baseline" else None,
    )
    return replace(settings, problems=tuple(reader.problems))


def _check_format(reader: SettingsReader) -> None:
    kind = reader.config.get("format", "nmea")
    if kind not in FORMATS:
        reader.wrong(("format",), f"format is {kind!r}.", f"write one of: {', '.join(FORMATS)}.")
    columns = reader.group("columns") or {}
    absent = [name for name in ("time", "lat", "lon", "height", "quality") if name not in columns]
    if kind == "csv" and absent:
        cure = "add columns: {time: …, lat: …, lon: …, height: …, quality: …} with the CSV's own names."
        reader.wrong(("columns",), f"columns does not name {', '.join(absent)}.", cure)


def check_source(config: Mapping[str, Any], folder: Path) -> list[Problem]:
    """Everything wrong with where the bytes come from: exactly one source, files that exist."""
    reader = SettingsReader(config)
    given = [name for name in SOURCES if name in config]
    if len(given) != 1:
        named = " and ".join(given) or "none"
        reader.wrong(
            (), f"a GNSS source needs one of {', '.join(SOURCES)}; {named} given.", "keep exactly one of them."
        )
    for name in ("file", "trajectory"):
        if name in config and not _exists(folder, config[name]):
            reader.wrong((name,), f"{config[name]} does not exist.", "give the path relative to the profile's folder.")
    if len(given) == 1 and given != ["file"]:
        _check_live(reader, given[0], config)
    return reader.problems


def _check_live(reader: SettingsReader, kind: str, config: Mapping[str, Any]) -> None:
    """A live receiver is recorded for a planned time; ``tcp`` and ``udp`` name a host and a port."""
    if "duration" not in config:
        reader.wrong(
            ("duration",), "duration is missing: a live receiver never ends by itself.", "add duration: 60 min."
        )
    if not str(config.get("baud", 115200)).isdecimal():
        reader.wrong(("baud",), f"baud is {config['baud']!r}.", "write a whole number, like 115200.")
    if config.get("greeting", "gpsd") != "gpsd":
        reader.wrong(("greeting",), f"greeting is {config['greeting']!r}.", "write gpsd, or leave it out.")
    if not str(config.get("password", "env:")).startswith("env:"):
        reader.wrong(
            ("password",), "the password stands in the profile, which anybody may read.", "write password: env:NAME."
        )
    if kind == "mqtt":
        parts = urlsplit(str(config[kind]))
        if parts.scheme != "mqtt" or not parts.hostname or not parts.path.strip("/"):
            reader.wrong((kind,), f"{config[kind]!r} names no topic.", 'write "mqtt://HOST:1883/TOPIC".')
        return
    host, _, port = str(config[kind]).rpartition(":")
    if kind != "serial" and not (host and port.isdecimal() and 0 < int(port) < 65536):
        reader.wrong((kind,), f"{config[kind]!r} is no address.", 'write "HOST:PORT", like "192.0.2.7:5017".')


def _exists(folder: Path, path: Any) -> bool:
    return isinstance(path, str) and (path.startswith("@") or (folder / path).is_file())


def _frame(reader: SettingsReader, name: str, what: str) -> Frame | None:
    group = reader.group(name)
    if group is None:
        if name not in reader.config:
            cure = f"add {name}: {{frame: CGCS2000, epoch: 2000.0}} ({what})."
            reader.wrong((name,), f"{name} is missing: coordinates without frame and epoch cannot be compared.", cure)
        return None
    return _read_frame(reader, group, (name,))


def _read_frame(reader: SettingsReader, group: Mapping[str, Any], keys: tuple[str, ...]) -> Frame:
    frame = str(group.get("frame", ""))
    if not any(frame.upper().startswith(name) for name in FRAMES):
        reader.wrong((*keys, "frame"), f"frame is {frame!r}.", "write CGCS2000, WGS84, or an ITRF such as ITRF2014.")
    return Frame(frame, reader.number(group, (*keys, "epoch"), 1980, 2100))


def _origin(reader: SettingsReader, group: Mapping[str, Any], name: str) -> Origin:
    return Origin(
        reader.number(group, (name, "lat"), -90, 90),
        reader.number(group, (name, "lon"), -180, 180),
        reader.number(group, (name, "height"), -1000, 10000),
    )


def _static_truth(reader: SettingsReader) -> Truth | None:
    group = reader.group("truth")
    if group is None:
        if "truth" not in reader.config:
            cure = "add truth: {lat, lon, height, frame, epoch, u_horizontal, u_vertical}."
            reader.wrong(("truth",), "truth is missing: accuracy is an error against a surveyed point.", cure)
        return None
    return _read_truth(reader, group, "truth")


def _trajectory_truth(reader: SettingsReader) -> Truth | None:
    group = reader.group("origin")
    if "trajectory" not in reader.config:
        cure = "add trajectory: a CSV of the reference trajectory, and origin: {lat, lon, height, frame, epoch, …}."
        reader.wrong(("trajectory",), "trajectory is missing: dynamic accuracy needs a reference trajectory.", cure)
    if group is None:
        if "origin" not in reader.config:
            cure = "add origin: {lat, lon, height, frame, epoch, u_horizontal, u_vertical} of the trajectory's axes."
            reader.wrong(("origin",), "origin is missing: the trajectory has no place, frame and uncertainty.", cure)
        return None
    return _read_truth(reader, group, "origin")


def _read_truth(reader: SettingsReader, group: Mapping[str, Any], name: str) -> Truth:
    kind = str(group.get("height_kind", "ellipsoidal"))
    if kind not in {"ellipsoidal", "orthometric"}:
        cure = "write ellipsoidal, or orthometric for a height above the receiver's own geoid."
        reader.wrong((name, "height_kind"), f"height_kind is {kind!r}.", cure)
    return Truth(
        origin=_origin(reader, group, name),
        frame=_read_frame(reader, group, (name,)),
        u_horizontal_m=reader.quantity(group, (name, "u_horizontal"), "m"),
        u_vertical_m=reader.quantity(group, (name, "u_vertical"), "m"),
        ellipsoidal=kind == "ellipsoidal",
    )


def _lever_arm(reader: SettingsReader) -> tuple[float, float, float]:
    group = reader.group("lever_arm")
    if group is None:
        return (0.0, 0.0, 0.0)
    read: Callable[[str], float] = lambda axis: reader.number(group, ("lever_arm", axis), -100, 100)  # noqa: E731
    return (read("front"), read("right"), read("down"))


def _nominal(reader: SettingsReader) -> Nominal | None:
    group = reader.group("nominal")
    if group is None:
        return None
    return Nominal(
        reader.quantity(group, ("nominal", "distance"), "m"),
        reader.number(group, ("nominal", "height"), -1000, 1000),
        reader.quantity(group, ("nominal", "s_xy"), "m"),
        reader.quantity(group, ("nominal", "s_h"), "m"),
    )


def _transformation(reader: SettingsReader) -> Transformation | None:
    group = reader.group("transformation")
    if group is None:
        return None
    if not str(group.get("record", "")).strip():
        cure = "name the certificate, the programme or the calculation it comes from."
        reader.wrong(("transformation", "record"), "the transformation has no record.", cure)
    east, north, up = (reader.number(group, ("transformation", axis), -1000, 1000) for axis in ("e", "n", "u"))
    u_m = reader.quantity(group, ("transformation", "uncertainty"), "m")
    return Transformation((east, north, up), u_m, str(group.get("record", "")))


def _baseline(reader: SettingsReader) -> Baseline | None:
    group = reader.group("baseline")
    if group is None:
        if "baseline" not in reader.config:
            cure = "add baseline: {length: 1.2 m, height: 0, uncertainty: 1 mm}, and a second source for the other antenna."
            reader.wrong(("baseline",), "baseline is missing: nothing is known about the two antennas.", cure)
        return None
    return Baseline(
        reader.quantity(group, ("baseline", "length"), "m"),
        reader.number(group, ("baseline", "height"), -1000, 1000),
        reader.quantity(group, ("baseline", "uncertainty"), "m"),
    )
