# SPDX-License-Identifier: Apache-2.0
"""What a profile says about a GNSS source, checked once: truth, frames, mode, gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from harness.errors import SpecError
from harness.plugins import Problem
from harness.quantity import Quantity
from probes.gnss.geodesy import FRAMES, WGS84, Ellipsoid, Origin

SOURCES = ("file", "serial", "tcp", "udp", "ntrip", "mqtt")
KEYS = {
    *SOURCES,
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
    "u_horizontal",
    "u_vertical",
    "baseline",
}
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
class Settings:
    """Settings of one GNSS source."""

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
    problems: tuple[Problem, ...] = field(default=(), compare=False)


class _Reader:
    """Reads values out of nested settings and collects everything that is wrong with them."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.problems: list[Problem] = []

    def wrong(self, keys: tuple[str | int, ...], problem: str, cure: str) -> None:
        self.problems.append(Problem(keys, problem, cure))

    def number(self, group: Mapping[str, Any], keys: tuple[str | int, ...], low: float, high: float) -> float:
        """A plain number between ``low`` and ``high``; 0 after a problem."""
        try:
            value = float(str(group[str(keys[-1])]))
        except KeyError:
            self.wrong(keys, f"{keys[-1]} is missing.", f"add {keys[-1]} as a number between {low:g} and {high:g}.")
            return 0.0
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            self.wrong(
                keys, f"{keys[-1]} is {group[str(keys[-1])]!r}.", f"write a number between {low:g} and {high:g}."
            )
            return 0.0
        return value

    def quantity(self, group: Mapping[str, Any], keys: tuple[str | int, ...], unit: str, default: Any = None) -> Any:
        """A quantity in ``unit`` as float; ``default`` when absent (a problem when that is None), or after a problem."""
        name = str(keys[-1])
        if name not in group:
            if default is None:
                self.wrong(keys, f"{name} is missing.", f'add {name} with its unit, like "2 {unit}".')
            return default or 0.0
        try:
            value = float(Quantity.parse(str(group[name])).to(unit))
        except SpecError as error:
            self.wrong(keys, f"{name}: {error.problem}", error.cure)
            return default or 0.0
        if value < 0:
            self.wrong(keys, f"{name} is negative.", "write zero or more.")
        return max(value, 0.0)

    def group(self, name: str) -> Mapping[str, Any] | None:
        """The mapping called ``name``, None when absent or not a mapping (a problem)."""
        value = self.config.get(name)
        if value is not None and not isinstance(value, Mapping):
            self.wrong((name,), f"{name} is not a mapping.", f"write {name}: {{…}} with its fields.")
            return None
        return value


def read_settings(config: Mapping[str, Any]) -> Settings:
    """The settings in ``config``; ``problems`` lists everything wrong, in the order of the fields."""
    reader = _Reader(config)
    for key in config:
        if key not in KEYS | {"probe", "name"}:
            reader.wrong(
                (key,), f"{key!r} is not a setting of a GNSS source.", f"use one of: {', '.join(sorted(KEYS))}."
            )
    mode = str(config.get("mode", ""))
    if mode not in {"static", "dynamic"}:
        reader.wrong(
            ("mode",), f"mode is {mode!r}.", "write mode: static (a known point) or mode: dynamic (a trajectory)."
        )
    truth = _static_truth(reader) if mode == "static" else _trajectory_truth(reader)
    settings = Settings(
        mode=mode,
        truth=truth,
        positions=_frame(reader, "positions", "the frame and epoch of the receiver's positions: those of its base"),
        trajectory=str(config.get("trajectory", "")),
        rate_hz=reader.quantity(config, ("rate",), "Hz", 0.0) or None,
        talker=str(config.get("talker", "")),
        settle_s=reader.quantity(config, ("settle",), "s", 0.0),
        correct_latency=str(config.get("latency", "report")) == "correct",
        lever_arm_m=_lever_arm(reader),
        min_fix_rate=_share(reader, "min_fix_rate", "95 %"),
        min_beidou_share=_share(reader, "min_beidou_share", "95 %"),
        max_damaged=_share(reader, "max_damaged", "1 %"),
        sets=tuple(config.get("sets", ())),
    )
    return _with_problems(settings, reader.problems)


def check_source(config: Mapping[str, Any], folder: Path) -> list[Problem]:
    """Everything wrong with where the bytes come from: exactly one source, files that exist."""
    reader = _Reader(config)
    given = [name for name in SOURCES if name in config]
    if len(given) != 1:
        named = " and ".join(given) or "none"
        reader.wrong(
            (), f"a GNSS source needs one of {', '.join(SOURCES)}; {named} given.", "keep exactly one of them."
        )
    for name in ("file", "trajectory"):
        if name in config and not _exists(folder, config[name]):
            reader.wrong((name,), f"{config[name]} does not exist.", "give the path relative to the profile's folder.")
    return reader.problems


def _exists(folder: Path, path: Any) -> bool:
    return isinstance(path, str) and (path.startswith("@") or (folder / path).is_file())


def _with_problems(settings: Settings, problems: list[Problem]) -> Settings:
    from dataclasses import replace

    return replace(settings, problems=tuple(problems))


def _frame(reader: _Reader, name: str, what: str) -> Frame | None:
    group = reader.group(name)
    if group is None:
        if name not in reader.config:
            cure = f"add {name}: {{frame: CGCS2000, epoch: 2000.0}} ({what})."
            reader.wrong((name,), f"{name} is missing: coordinates without frame and epoch cannot be compared.", cure)
        return None
    return _read_frame(reader, group, (name,))


def _read_frame(reader: _Reader, group: Mapping[str, Any], keys: tuple[str, ...]) -> Frame:
    frame = str(group.get("frame", ""))
    if not any(frame.upper().startswith(name) for name in FRAMES):
        reader.wrong((*keys, "frame"), f"frame is {frame!r}.", "write CGCS2000, WGS84, or an ITRF such as ITRF2014.")
    return Frame(frame, reader.number(group, (*keys, "epoch"), 1980, 2100))


def _origin(reader: _Reader, group: Mapping[str, Any], name: str) -> Origin:
    return Origin(
        reader.number(group, (name, "lat"), -90, 90),
        reader.number(group, (name, "lon"), -180, 180),
        reader.number(group, (name, "height"), -1000, 10000),
    )


def _static_truth(reader: _Reader) -> Truth | None:
    group = reader.group("truth")
    if group is None:
        if "truth" not in reader.config:
            cure = "add truth: {lat, lon, height, frame, epoch, u_horizontal, u_vertical}."
            reader.wrong(("truth",), "truth is missing: accuracy is an error against a surveyed point.", cure)
        return None
    return _read_truth(reader, group, "truth")


def _trajectory_truth(reader: _Reader) -> Truth | None:
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


def _read_truth(reader: _Reader, group: Mapping[str, Any], name: str) -> Truth:
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


def _lever_arm(reader: _Reader) -> tuple[float, float, float]:
    group = reader.group("lever_arm")
    if group is None:
        return (0.0, 0.0, 0.0)
    read: Callable[[str], float] = lambda axis: reader.number(group, ("lever_arm", axis), -100, 100)  # noqa: E731
    return (read("front"), read("right"), read("down"))


def _share(reader: _Reader, name: str, default: str) -> float:
    try:
        value = Quantity.parse(str(reader.config.get(name, default))).to("1")
    except SpecError as error:
        reader.wrong((name,), f"{name}: {error.problem}", error.cure)
        return 1.0
    if not 0 <= value <= 1:
        reader.wrong((name,), f"{name} is {value}.", "write a share between 0 % and 100 %.")
    return float(min(Fraction(1), max(Fraction(0), value)))
