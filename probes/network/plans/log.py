# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for a log of another program."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, In, Settings

_Column = Literal["time", "delay", "sequence", "latitude", "longitude", "x", "y", "speed", "cell", "lost", "status"]


class LogSettings(Settings):
    """A log and how its columns are called."""

    file: Annotated[FileName, Cure("write file: drive.csv.")] = Field(title="日志文件。", description="the log.")
    waiting_ns: Annotated[int, In("ns", "1 ns"), Criterial()] = Field(
        3_000_000_000,
        alias="waiting_time",
        title="等待时间，超过即算丢失，如 3 s。",
        description="after which a reply counts as lost, like 3 s.",
    )
    columns: Annotated[dict[_Column, str], Criterial()] = Field(
        default_factory=dict,
        title="各列在表头中的名字，如 {time: sent_at, delay: rtt}。",
        description="header names, like {time: sent_at, delay: rtt}.",
    )
    units: Annotated[dict[_Column, str], Criterial()] = Field(
        default_factory=dict,
        title="表头没有写的单位，如 {time: ms, speed: km/h}。",
        description="units the header does not state, like {time: ms, speed: km/h}.",
    )
