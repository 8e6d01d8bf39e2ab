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
        title="参考框架：CGCS2000、WGS84，或 ITRF2014 等 ITRF。",
        description="the reference frame: CGCS2000, WGS84, or an ITRF such as ITRF2014.",
    )
    epoch: Annotated[float, In("1", "1980", "2100"), Cure("write a number between 1980 and 2100.")] = Field(
        title="坐标所属的历元（年），如 2000.0。", description="the year its coordinates are valid at, like 2000.0."
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
        title="纬度，度。", description="latitude in degrees."
    )
    lon: Annotated[float, In("1", "-180", "180"), Cure("write a number between -180 and 180.")] = Field(
        title="经度，度。", description="longitude in degrees."
    )
    height: Annotated[float, In("1", "-1000", "10000"), Cure("write a number between -1000 and 10000.")] = Field(
        title="高，m。", description="height in m."
    )
    u_horizontal: UncertaintyM = Field(
        title="平面位置的标准不确定度（k = 1），如 2 mm。",
        description='standard uncertainty (k = 1) of the place, like "2 mm".',
    )
    u_vertical: UncertaintyM = Field(
        title="高的标准不确定度（k = 1），如 3 mm。",
        description='standard uncertainty (k = 1) of the height, like "3 mm".',
    )
    height_kind: Annotated[
        Literal["ellipsoidal", "orthometric"],
        Cure("write ellipsoidal, or orthometric for a height above the receiver's own geoid."),
    ] = Field(
        "ellipsoidal",
        title="高的起算面：ellipsoidal 椭球面，orthometric 大地水准面。",
        description="what the height is above.",
    )

    @property
    def origin(self) -> Origin:
        """The place."""
        from probes.gnss.truth.geodesy import Origin

        return Origin(self.lat, self.lon, self.height)


class LeverArm(Settings):
    """From the reference point of the trajectory to the antenna, in m along the vehicle's axes."""

    front: Metres = Field(title="向前，m。", description="forwards, m.")
    right: Metres = Field(title="向右，m。", description="to the right, m.")
    down: Metres = Field(title="向下，m。", description="downwards, m.")


class Transformation(Settings):
    """What brings the positions into the truth's frame and epoch."""

    e: Metres = Field(title="向东，m。", description="east, m.")
    n: Metres = Field(title="向北，m。", description="north, m.")
    u: Metres = Field(title="向上，m。", description="up, m.")
    uncertainty: UncertaintyM = Field(
        title="其标准不确定度，如 1 mm。", description='its standard uncertainty, like "1 mm".'
    )
    record: Annotated[
        str,
        Field(pattern=r"\S"),
        Cure("add record: name the certificate, the programme or the calculation it comes from."),
    ] = Field(
        title="出处：证书、程序或计算书。",
        description="the certificate, the programme or the calculation it comes from.",
    )


class Baseline(Settings):
    """The rigid line between two antennas."""

    length: LengthM = Field(title="水平长度，如 1.2 m。", description='its horizontal length, like "1.2 m".')
    height: Metres = Field(
        title="第二个天线高出第一个多少，m。", description="height of the second antenna above the first, m."
    )
    uncertainty: UncertaintyM = Field(
        title="两者的标准不确定度，如 1 mm。", description='standard uncertainty of both, like "1 mm".'
    )


class Nominal(Settings):
    """ISO 17123-8, simplified: what is known of the two rover points, and the predetermined standard deviations."""

    distance: LengthM = Field(title="两点的距离，如 19.994 m。", description='distance of the points, like "19.994 m".')
    height: Metres = Field(title="两点的高差，m。", description="height difference of the points, m.")
    s_xy: LengthM = Field(
        title="预定的平面标准差，如 15 mm。", description='predetermined standard deviation of the place, like "15 mm".'
    )
    s_h: LengthM = Field(
        title="预定的高程标准差，如 25 mm。",
        description='predetermined standard deviation of the height, like "25 mm".',
    )


class FieldSet(Settings):
    """ISO 17123-8: when one set was measured."""

    series: int = Field(ge=1, le=3, title="系列号，1 至 3。", description="number of the series, 1 to 3.")
    set: int = Field(ge=1, le=5, title="组号，1 至 5。", description="number of the set, 1 to 5.")
    point: int = Field(ge=1, le=2, title="流动点号，1 或 2。", description="number of the rover point, 1 or 2.")
    start: UtcTimeNs = Field(
        title="开始时刻，如 2026-11-21T08:00:00Z。", description="when it began, like 2026-11-21T08:00:00Z."
    )
    stop: UtcTimeNs = Field(
        title="结束时刻，如 2026-11-21T08:01:00Z。", description="when it ended, like 2026-11-21T08:01:00Z."
    )


class Comparison(Settings):
    """What positions are compared with, and what must hold before the comparison may decide."""

    mode: Annotated[Literal["static", "dynamic", "baseline"], Criterial()] = Field(
        title="static 已知点，dynamic 参考轨迹，baseline 双天线。",
        description="static on a known point, dynamic along a known trajectory, baseline for two antennas.",
    )
    truth: Annotated[Point | None, Criterial()] = Field(
        None,
        title="已知点 {lat, lon, height, frame, epoch, u_horizontal, u_vertical}。",
        description="the surveyed point {lat, lon, height, frame, epoch, u_horizontal, u_vertical}.",
    )
    trajectory: Annotated[FileName, InFile("give the path relative to the profile's folder.")] | None = Field(
        None, title="参考轨迹的 CSV 文件。", description="a CSV of the reference trajectory."
    )
    origin: Annotated[Point | None, Criterial()] = Field(
        None,
        title="轨迹坐标轴的原点 {lat, lon, height, frame, epoch, …}。",
        description="the origin of the trajectory's axes {lat, lon, height, frame, epoch, …}.",
    )
    positions: Annotated[Frame | None, Criterial()] = Field(
        None,
        title="接收机位置的框架与历元，即其基站的：{frame, epoch}。",
        description="frame and epoch of the receiver's positions, those of its base: {frame, epoch}.",
    )
    base: Annotated[Point | None, Criterial()] = Field(
        None,
        title="基站天线的已知坐标，与改正数中的 RTCM 1005、1006 核对。",
        description="the surveyed place of the base's antenna, compared with RTCM 1005 and 1006 of the corrections.",
    )
    rate: Annotated[RateHz | None, Criterial()] = Field(
        None, title="标称更新率，如 10 Hz。", description='nominal rate, like "10 Hz".'
    )
    talker: Annotated[str, Criterial()] = Field(
        "", title="只取这一讲话者的语句，如 GN。", description="only sentences of this talker, like GN."
    )
    settle: Annotated[float, In("s", "0", "2 min"), Criterial()] = Field(
        0.0,
        title="首次固定之后多久不计入判定，至多 2 min。",
        description="how much after the first fix is not judged, at most 2 min.",
    )
    latency: Annotated[Literal["report", "correct"], Criterial()] = Field(
        "report",
        title="时延只报告 report，还是改正 correct。",
        description="whether a latency is corrected: report, correct.",
    )
    lever_arm: Annotated[LeverArm | None, Criterial()] = Field(
        None, title="从轨迹的参考点到天线。", description="from the trajectory's point to the antenna."
    )
    transformation: Annotated[Transformation | None, Criterial()] = Field(
        None, title="位置与真值两个框架之间的换算。", description="between the frames of positions and truth."
    )
    baseline: Annotated[Baseline | None, Criterial()] = Field(
        None,
        title="双天线：{length, height, uncertainty}。",
        description="two antennas: {length, height, uncertainty}.",
    )
    power_on: Annotated[Several[UtcTimeNs], Criterial()] = Field(
        (), title="接收机上电的时刻，UTC。", description="when the receiver was switched on, UTC."
    )
    beidou_only: Annotated[bool, Criterial()] = Field(
        False, title="是否只测单北斗：true、false。", description="whether BeiDou alone is tested: true, false."
    )
    sets: Annotated[tuple[FieldSet, ...], Criterial()] = Field(
        (), strict=False, title="ISO 17123-8：各组的测量时间。", description="ISO 17123-8: when each set was measured."
    )
    nominal: Annotated[Nominal | None, Criterial()] = Field(
        None,
        title="ISO 17123-8 简化程序：{distance, height, s_xy, s_h}。",
        description="ISO 17123-8, simplified: {distance, height, s_xy, s_h}.",
    )

    @property
    def reference(self) -> Point | None:
        """The point that errors are taken from: the surveyed one, or the origin of the trajectory."""
        return {"static": self.truth, "dynamic": self.origin}.get(self.mode)


class ReceiverSettings(StreamSettings, Comparison):
    """Settings of ``gnss.nmea``."""

    format: Annotated[
        Literal["nmea", "ubx", "pos", "ggk", "bestnav", "bestpos", "pvtsln", "ksxt", "gns", "csv"], Criterial()
    ] = Field(
        "nmea",
        title="历元取自何处：GGA、u-blox 二进制、RTKLIB 解、GGK、BESTNAVA、BESTPOSA、PVTSLNA、KSXT、GNS 或 CSV。",
        description="where the epochs come from: GGA, u-blox binary, RTKLIB solutions, GGK, BESTNAVA, BESTPOSA, PVTSLNA, KSXT, GNS, a CSV.",
    )
    receiver: Annotated[str, Criterial()] = Field(
        "",
        title="接收机自己的名称，如序列号：同名的几个来源是它的各次记录。",
        description="the receiver's own name, like its serial number: sources that name the same one are its sessions.",
    )
    columns: Annotated[dict[str, str], Criterial()] = Field(
        {},
        title="CSV 中 time、lat、lon、height、quality、satellites 各列的名称。",
        description="a CSV's own names for time, lat, lon, height, quality, satellites.",
    )
    qualities: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=9), Cure("write GGA's qualities, 0 to 9: {FIXED: 4, FLOAT: 5}.")]],
        Criterial(),
    ] = Field(
        {},
        title="CSV 中的词与 GGA 定位质量的对应，如 {FIXED: 4}。",
        description="a CSV's words for GGA's qualities, like {FIXED: 4}.",
    )

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
        known, positions = self.reference, self.positions
        if self.transformation is not None and known is not None and positions is not None and known.same(positions):
            msg = f"truth and positions are both in {known}: nothing lies between them that could be transformed."
            raise wrong(
                msg, "take transformation out, or write the frame and epoch that each really has.", "transformation"
            )
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
