# SPDX-License-Identifier: Apache-2.0
"""Runs RTKLIB over raw observations: convbin turns receivers' streams into RINEX, rnx2rtkp computes the rover's positions.

The raw files are kept first. What goes wrong then (no program, a program that fails or never ends, data that do not belong
together) is one sentence in the trace and in the journal; nothing that was recorded is lost.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from harness.errors import DecodeError, InstrumentError, YanshouError
from harness.kit.packed import unpacked
from harness.model import Text
from harness.plugins import Sink
from probes.gnss.formats.gps_time import GPS_EPOCH
from probes.gnss.formats.observed.columns import Observations
from probes.gnss.formats.observed.reading import expanded_rinex, is_rinex, read_observations
from probes.gnss.formats.observed.solution import FAILED
from probes.gnss.truth.geodesy import ecef
from probes.gnss.truth.observed import SolutionSettings

_MOST = 4 << 30
_NOUN = Text("原始观测文件", "file of raw observations")
_INSTALL = "install RTKLIB (Debian: apt-get install rtklib), then compute again; the raw observations are kept."
_UBX, _RTCM = "ubx", "rtcm3"


class SolutionSource:
    """Keeps the raw files beside the trace, whose bytes are what rnx2rtkp wrote."""

    appendable = False

    def __init__(self, settings: SolutionSettings, folder: Path) -> None:
        """``folder``: what paths in the settings start from."""
        self._settings, self._folder = settings, folder

    def preflight(self) -> None:
        """Every raw file can be read; a program that is absent is told when its turn comes, so that the raw data are kept all the same."""
        for name in self._names():
            self._bytes(name)

    def record(self, sink: Sink) -> None:
        """Keep the raw files, compute, write the solution or why there is none."""
        if sink.state.get("computed"):
            return
        for name in self._names():
            sink.attach(Path(name).name, self._bytes(name))
        try:
            with tempfile.TemporaryDirectory(prefix="yanshou-") as room:
                data, command = solve(self._settings, self._folder, Path(room))
            sink.event("gnss.solved", {"command": command})
        except YanshouError as error:
            sink.event("gnss.not-solved", {"problem": error.problem, "cure": error.cure})
            data = FAILED + f"{error.problem} Cure: {error.cure}".replace("\n", " ").encode() + b"\n"
        sink.write(data)
        sink.checkpoint({"computed": True})

    def _names(self) -> tuple[str, ...]:
        return (self._settings.rover, self._settings.base, *self._settings.navigation)

    def _bytes(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            msg = f"The {_NOUN.en} {name} cannot be read: {error.strerror}."
            raise InstrumentError(msg, cure="check its path in the profile and its rights.") from None


def solve(settings: SolutionSettings, folder: Path, room: Path) -> tuple[bytes, list[str]]:
    """(what rnx2rtkp wrote, the command) in the empty folder ``room``; DecodeError or InstrumentError says what is in the way."""
    solver = _program("rnx2rtkp")
    data = {role: unpacked((folder / getattr(settings, role)).read_bytes(), _MOST, _NOUN) for role in ("rover", "base")}
    seen = {role: read_observations(each, settings.date) for role, each in data.items()}
    _together(seen["rover"], seen["base"])
    navigation = [_kept(folder / name, room, f"given{number}.nav") for number, name in enumerate(settings.navigation)]
    for role, each in data.items():
        navigation += _rinex(role, each, seen[role], room, settings)
    if not navigation:
        cure = "name a RINEX navigation file of that day under navigation."
        raise InstrumentError("There are no ephemerides to compute positions with.", cure=cure)
    place = settings.base_place
    lat, lon, height = (np.array([each], dtype=np.float64) for each in (place.lat, place.lon, place.height))
    at = [f"{each:.4f}" for each in ecef(lat, lon, height, place.ellipsoid)[0]]
    wanted = ["-sys", ",".join(settings.systems), "-p", "2", "-m", f"{settings.elevation:g}", "-f", "2", "-v", "3"]
    command = ["rnx2rtkp", *wanted, "-r", *at, "-o", "out.pos", "rover.obs", "base.obs", *navigation]
    _run([solver, *command[1:]], room, settings.timeout)
    out = room / "out.pos"
    if not out.exists():
        cure = "check that rover, base and navigation files are of the same hours."
        raise InstrumentError("rnx2rtkp ended without a solution.", cure=cure)
    return out.read_bytes(), command


def _together(rover: Observations, base: Observations) -> None:
    """DecodeError for observations that are not of the same time."""
    for name, each in (("rover", rover), ("base", base)):
        if not len(each.rows):
            msg = f"The {name}'s file holds no observation that is understood."
            raise DecodeError(msg, cure="give RINEX, RTCM 3 MSM or UBX-RXM-RAWX; for RTCM, say date.")
    if not (rover.dated and base.dated):
        raise DecodeError("RTCM tells no week.", cure="say the day of the observations: date: 2026-11-21.")
    spans = [(int(each.rows["time_ns"][0]), int(each.rows["time_ns"][-1])) for each in (rover, base)]
    if max(start for start, _ in spans) > min(stop for _, stop in spans):
        days = [f"{_day(start)} to {_day(stop)}" for start, stop in spans]
        msg = f"The rover's observations are of {days[0]}, the base's of {days[1]}: they have no time in common."
        raise DecodeError(msg, cure="give the base's file of the rover's hours.")


def _day(gps_ns: int) -> str:
    return f"{GPS_EPOCH + timedelta(microseconds=gps_ns // 1000):%Y-%m-%d %H:%M:%S}"


def _rinex(role: str, data: bytes, seen: Observations, room: Path, settings: SolutionSettings) -> list[str]:
    """Puts ``role``.obs into the room; names of the navigation files that came along."""
    if is_rinex(data[:200]):
        (room / f"{role}.obs").write_bytes(expanded_rinex(data))
        return []
    kind = _UBX if b"\xb5\x62\x02\x15" in data else _RTCM
    if b"#OBSVMA," in data or (b"\xaa\x44\xb5" in data and kind == _RTCM and b"\xd3\x00" not in data):
        cure = "let the receiver send RTCM MSM7 too, or convert its file to RINEX with the maker's program."
        raise InstrumentError("RTKLIB does not read OBSVM of Unicore.", cure=cure)
    (room / f"{role}.raw").write_bytes(data)
    first = GPS_EPOCH + timedelta(microseconds=int(seen.rows["time_ns"][0]) // 1000)
    at = ["-tr", f"{first:%Y/%m/%d}", f"{first:%H:%M:%S}"]
    command = [
        _program("convbin"),
        "-r",
        kind,
        *at,
        "-v",
        "3.04",
        "-f",
        "5",
        "-o",
        f"{role}.obs",
        "-n",
        f"{role}.nav",
        f"{role}.raw",
    ]
    _run(command, room, settings.timeout)
    if not (room / f"{role}.obs").exists():
        msg = f"convbin made no RINEX of the {role}'s file."
        raise InstrumentError(msg, cure="check what the receiver sends: observations (MSM, RXM-RAWX) are needed.")
    return [f"{role}.nav"] if (room / f"{role}.nav").exists() else []


def _kept(path: Path, room: Path, name: str) -> str:
    (room / name).write_bytes(unpacked(path.read_bytes(), _MOST, _NOUN))
    return name


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        msg = f"{name} is not installed: the receiver's positions stay without an independent solution."
        raise InstrumentError(msg, cure=_INSTALL)
    return found


def _run(command: Sequence[str], room: Path, within_s: float) -> None:
    """InstrumentError where the program fails or does not end in time."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(command, cwd=room, capture_output=True, check=False, timeout=within_s)  # noqa: S603 - found on PATH
    except subprocess.TimeoutExpired:
        msg = f"{name} did not end within {within_s:g} s."
        raise InstrumentError(
            msg, cure="write a longer timeout, or give shorter files; the raw observations are kept."
        ) from None
    except OSError as error:
        msg = f"{name} cannot be started: {error.strerror}."
        raise InstrumentError(msg, cure=_INSTALL) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").replace("\r", "\n").strip().splitlines()[-1:] or ["nothing"]
        msg = f"{name} failed with {done.returncode} and said: {said[0][:200]}."
        raise InstrumentError(msg, cure="check the raw files; they are kept.")
