# SPDX-License-Identifier: Apache-2.0
"""What a profile says about a receiver: the truth its positions are compared with, and the gates before the comparison."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from harness.errors import SpecError
from harness.kit.settings import (
    Criterial,
    Cure,
    FileName,
    In,
    InFile,
    LengthM,
    RateHz,
    Settings,
    Several,
    UtcTimeNs,
    Written,
    wrong,
)
from probes.gnss.truth.sources import StreamSettings

if TYPE_CHECKING:
    from probes.gnss.truth.geodesy import Ellipsoid, Origin

FRAMES = ("CGCS2000", "WGS84", "ITRF")
"""How the names of known reference frames begin."""
TRAJECTORY = "trajectory.csv"
"""Name under which the reference trajectory is kept beside the trace."""
_COLUMNS = ("time", "lat", "lon", "height", "quality")

UncertaintyM = Annotated[float, In("m", "1 nm"), Cure("no truth is exact: write its standard uncertainty, like 2 mm.")]
"""Nothing is known without an uncertainty."""
Metres = Annotated[float, In("1", "-1000", "1000"), Cure("write a number between -1000 and 1000, in m.")]


def _known_frame(text: str) -> str:
    if not text.upper().startswith(FRAMES):
        msg = f"frame is {text!r}."
        raise SpecError(msg, cure="write CGCS2000, WGS84, or an ITRF such as ITRF2014.")
    return text


class Frame(Settings):
    """A reference frame and the epoch its coordinates are valid at (CGCS2000 at 2000.0, ITRF2014 at 2026.9)."""

    frame: Annotated[str, Written(_known_frame, r"^(?i:CGCS2000|WGS84|ITRF)")] = Field(
        description="the reference frame: CGCS2000, WGS84, or an ITRF such as ITRF2014."
    )
    epoch: Annotated[float, In("1", "1980", "2100"), Cure("write a number between 1980 and 2100.")] = Field(
        description="the year its coordinates are valid at, like 2000.0."
    )

    def same(self, other: Frame) -> bool:
        """Whether coordinates in both may be compared as they are."""
        return self.frame.upper() == other.frame.upper() and self.epoch == other.epoch

    def __str__(self) -> str:
        """Frame and epoch."""
        return f"{self.frame}@{self.epoch:g}"

    @property
    def ellipsoid(self) -> Ellipsoid:
        """The frame's ellipsoid; every ITRF has that of CGCS2000 (GRS 80)."""
        from probes.gnss.truth.geodesy import CGCS2000, WGS84

        return WGS84 if self.frame.upper().startswith("WGS84") else CGCS2000


class Point(Frame):
    """A surveyed point, or the origin of a trajectory's axes: coordinates with their standard uncertainties (k = 1)."""

    lat: Annotated[float, In("1", "-90", "90"), Cure("write a number between -90 and 90.")] = Field(
        description="latitude in degrees."
    )
    lon: Annotated[float, In("1", "-180", "180"), Cure("write a number between -180 and 180.")] = Field(
        description="longitude in degrees."
    )
    height: Annotated[float, In("1", "-1000", "10000"), Cure("write a number between -1000 and 10000.")] = Field(
        description="height in m."
    )
    u_horizontal: UncertaintyM = Field(description='standard uncertainty (k = 1) of the place, like "2 mm".')
    u_vertical: UncertaintyM = Field(description='standard uncertainty (k = 1) of the height, like "3 mm".')
    height_kind: Annotated[
        Literal["ellipsoidal", "orthometric"],
        Cure("write ellipsoidal, or orthometric for a height above the receiver's own geoid."),
    ] = Field("ellipsoidal", description="what the height is above.")

    @property
    def origin(self) -> Origin:
        """The place."""
        from probes.gnss.truth.geodesy import Origin

        return Origin(self.lat, self.lon, self.height)


class LeverArm(Settings):
    """From the reference point of the trajectory to the antenna, in m along the vehicle's axes."""

    front: Metres = Field(description="forwards, m.")
    right: Metres = Field(description="to the right, m.")
    down: Metres = Field(description="downwards, m.")


class Transformation(Settings):
    """What brings the positions into the truth's frame and epoch."""

    e: Metres = Field(description="east, m.")
    n: Metres = Field(description="north, m.")
    u: Metres = Field(description="up, m.")
    uncertainty: UncertaintyM = Field(description='its standard uncertainty, like "1 mm".')
    record: Annotated[
        str,
        Field(pattern=r"\S"),
        Cure("add record: name the certificate, the programme or the calculation it comes from."),
    ] = Field(description="the certificate, the programme or the calculation it comes from.")


class Baseline(Settings):
    """The rigid line between two antennas."""

    length: LengthM = Field(description='its horizontal length, like "1.2 m".')
    height: Metres = Field(description="height of the second antenna above the first, m.")
    uncertainty: UncertaintyM = Field(description='standard uncertainty of both, like "1 mm".')


class Nominal(Settings):
    """ISO 17123-8, simplified: what is known of the two rover points, and the predetermined standard deviations."""

    distance: LengthM = Field(description='distance of the points, like "19.994 m".')
    height: Metres = Field(description="height difference of the points, m.")
    s_xy: LengthM = Field(description='predetermined standard deviation of the place, like "15 mm".')
    s_h: LengthM = Field(description='predetermined standard deviation of the height, like "25 mm".')


class FieldSet(Settings):
    """ISO 17123-8: when one set was measured."""

    series: int = Field(ge=1, le=3, description="number of the series, 1 to 3.")
    set: int = Field(ge=1, le=5, description="number of the set, 1 to 5.")
    point: int = Field(ge=1, le=2, description="number of the rover point, 1 or 2.")
    start: UtcTimeNs = Field(description="when it began, like 2026-11-21T08:00:00Z.")
    stop: UtcTimeNs = Field(description="when it ended, like 2026-11-21T08:01:00Z.")


class Comparison(Settings):
    """What positions are compared with, and what must hold before the comparison may decide."""

    mode: Literal["static", "dynamic", "baseline"] = Field(
        description="static on a known point, dynamic along a known trajectory, baseline for two antennas."
    )
    truth: Point | None = Field(
        None, description="the surveyed point {lat, lon, height, frame, epoch, u_horizontal, u_vertical}."
    )
    trajectory: Annotated[FileName, InFile("give the path relative to the profile's folder.")] | None = Field(
        None, description="a CSV of the reference trajectory."
    )
    origin: Point | None = Field(
        None, description="the origin of the trajectory's axes {lat, lon, height, frame, epoch, …}."
    )
    positions: Frame | None = Field(
        None, description="frame and epoch of the receiver's positions, those of its base: {frame, epoch}."
    )
    rate: RateHz | None = Field(None, description='nominal rate, like "10 Hz".')
    talker: str = Field("", description="only sentences of this talker, like GN.")
    settle: Annotated[float, In("s", "0", "2 min"), Criterial()] = Field(
        0.0, description="how much after the first fix is not judged, at most 2 min."
    )
    latency: Annotated[Literal["report", "correct"], Criterial()] = Field(
        "report", description="whether a latency is corrected: report, correct."
    )
    lever_arm: Annotated[LeverArm | None, Criterial()] = Field(
        None, description="from the trajectory's point to the antenna."
    )
    transformation: Annotated[Transformation | None, Criterial()] = Field(
        None, description="between the frames of positions and truth."
    )
    baseline: Baseline | None = Field(None, description="two antennas: {length, height, uncertainty}.")
    power_on: Several[UtcTimeNs] = Field((), description="when the receiver was switched on, UTC.")
    beidou_only: bool = Field(False, description="whether BeiDou alone is tested: true, false.")
    sets: tuple[FieldSet, ...] = Field((), strict=False, description="ISO 17123-8: when each set was measured.")
    nominal: Nominal | None = Field(None, description="ISO 17123-8, simplified: {distance, height, s_xy, s_h}.")

    @property
    def reference(self) -> Point | None:
        """The point that errors are taken from: the surveyed one, or the origin of the trajectory."""
        return {"static": self.truth, "dynamic": self.origin}.get(self.mode)


class ReceiverSettings(StreamSettings, Comparison):
    """Settings of ``gnss.nmea``."""

    format: Literal["nmea", "ubx", "pos", "ggk", "bestnav", "bestpos", "pvtsln", "ksxt", "gns", "csv"] = Field(
        "nmea",
        description="where the epochs come from: GGA, u-blox binary, RTKLIB solutions, GGK, BESTNAVA, BESTPOSA, PVTSLNA, KSXT, GNS, a CSV.",
    )
    columns: dict[str, str] = Field(
        {}, description="a CSV's own names for time, lat, lon, height, quality, satellites."
    )
    qualities: dict[str, int] = Field({}, description="a CSV's words for GGA's qualities, like {FIXED: 4}.")

    @property
    def planned_rate_hz(self) -> Fraction | None:
        """The nominal rate of epochs."""
        return self.rate

    @property
    def table(self) -> dict[str, Any]:
        """How a CSV is read."""
        return {"columns": self.columns, "qualities": self.qualities}

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        absent = [name for name in _COLUMNS if name not in self.columns]
        if self.format == "csv" and absent:
            cure = "add columns: {time: …, lat: …, lon: …, height: …, quality: …} with the CSV's own names."
            msg = f"columns does not name {', '.join(absent)}."
            raise wrong(msg, cure, "columns")
        return self

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        for name, needed, why, cure in _NEEDED:
            if self.mode in needed and getattr(self, name) is None:
                msg = f"{name} is missing: {why}."
                raise wrong(msg, f"add {name}: {cure}", name)
        return self


_NEEDED = (
    (
        "truth",
        ("static",),
        "accuracy is an error against a surveyed point",
        "{lat, lon, height, frame, epoch, u_horizontal, u_vertical}.",
    ),
    (
        "trajectory",
        ("dynamic",),
        "dynamic accuracy needs a reference trajectory",
        "a CSV of the reference trajectory, and origin: {lat, lon, height, frame, epoch, …}.",
    ),
    (
        "origin",
        ("dynamic",),
        "the trajectory has no place, frame and uncertainty",
        "{lat, lon, height, frame, epoch, u_horizontal, u_vertical} of the trajectory's axes.",
    ),
    (
        "positions",
        ("static", "dynamic"),
        "coordinates without frame and epoch cannot be compared",
        "{frame: CGCS2000, epoch: 2000.0} (the frame and epoch of the receiver's positions: those of its base).",
    ),
    (
        "baseline",
        ("baseline",),
        "nothing is known about the two antennas",
        "{length: 1.2 m, height: 0, uncertainty: 1 mm}, and a second source for the other antenna.",
    ),
)
"""Setting, modes that need it, why, and the cure, in the order in which they are told."""
