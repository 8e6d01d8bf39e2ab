# SPDX-License-Identifier: Apache-2.0
"""What a profile says about raw observations, and about the independent solution that is computed from them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, In, InFile, Settings, Several
from harness.spec.written import Day
from probes.gnss.truth.settings import Point
from probes.gnss.truth.sources import StreamSettings

_BESIDE = "give the path relative to the profile's folder."
_Raw = Annotated[FileName, InFile(_BESIDE)]


class ObservationSettings(StreamSettings):
    """Settings of ``gnss.observations``."""

    receiver: Annotated[str, Criterial()] = Field(
        "",
        title="所属接收机的名称，与其记录中的 receiver 或来源名一致；只有一台时可省略。",
        description="whose observations they are, as its log names it (receiver, or the source); unsaid where there is one receiver.",
    )
    role: Annotated[Literal["rover", "base"], Criterial()] = Field(
        "rover",
        title="流动站 rover 或基站 base。",
        description="whose observations they are: of the rover, of the base.",
    )
    date: Annotated[Day | None, Criterial()] = Field(
        None,
        title="记录日期，如 2026-11-21：RTCM 不含周数，流中又没有北斗或 Galileo 星历时需要。",
        description="the day of the record, like 2026-11-21: RTCM tells no week, unless BeiDou or Galileo ephemerides are in the stream.",
    )
    interval: Annotated[float, In("s", "1 ms", "1 h")] | None = Field(
        None,
        title="观测间隔，如 1 s；缺省取记录中最常见者。",
        description="planned interval, like 1 s; else the most frequent one.",
    )


class SolutionSettings(Settings):
    """Settings of ``gnss.solution``: RTKLIB over the raw observations of rover and base."""

    rover: _Raw = Field(
        title="流动站原始观测：RINEX（2、3、4）、RTCM 3 或 UBX 文件。",
        description="raw observations of the rover: RINEX (2, 3, 4), RTCM 3 or UBX.",
    )
    base: _Raw = Field(
        title="基站原始观测：RINEX（2、3、4）、RTCM 3 或 UBX 文件。",
        description="raw observations of the base: RINEX (2, 3, 4), RTCM 3 or UBX.",
    )
    navigation: Several[_Raw] = Field(
        (),
        title="广播星历文件（RINEX 导航电文）；原始流自带星历时可省略。",
        description="broadcast ephemerides (RINEX navigation); unsaid where the raw streams bring their own.",
    )
    base_place: Annotated[Point, Criterial()] = Field(
        title="基站天线的已知坐标 {lat, lon, height, frame, epoch, u_horizontal, u_vertical}。",
        description="the surveyed place of the base's antenna {lat, lon, height, frame, epoch, u_horizontal, u_vertical}.",
    )
    receiver: Annotated[str, Criterial()] = Field(
        "",
        title="所属接收机的名称，与其记录中的 receiver 或来源名一致；只有一台时可省略。",
        description="whose solution it is, as its log names it (receiver, or the source); unsaid where there is one receiver.",
    )
    date: Day | None = Field(
        None,
        title="观测日期，如 2026-11-21：RTCM 不含周数，须写明。",
        description="the day of the observations, like 2026-11-21: RTCM tells no week.",
    )
    elevation: Annotated[float, In("1", "0", "45"), Cure("write a number of degrees between 0 and 45, like 15.")] = (
        Field(15.0, title="截止高度角，度。", description="elevation below which satellites are left out, degrees.")
    )
    systems: Annotated[str, Field(pattern=r"^[GRECJ]+$"), Cure("write letters of GRECJ, C for BeiDou alone.")] = Field(
        "GRECJ",
        title="参与解算的系统：G、R、E、C、J；C 为单北斗。",
        description="systems used: letters of GRECJ, C for BeiDou alone.",
    )
    timeout: Annotated[float, In("s", "1 s", "6 h")] = Field(
        600.0, title="解算最长用时，如 10 min。", description="how long the computation may take, like 10 min."
    )
