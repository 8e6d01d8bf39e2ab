# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for closed loops on a broker."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.kit.broker import BrokerSettings
from harness.kit.settings import Criterial, Cure, In
from harness.spec.written import Line


class LoopSettings(BrokerSettings):
    """Which messages begin a loop, which end it."""

    events: Annotated[Line, Cure("write events: line1/sensor/#."), Criterial()] = Field(
        title="传感事件的主题。", description="topic of sensor events."
    )
    commands: Annotated[Line, Cure("write commands: line1/actuator/#."), Criterial()] = Field(
        title="执行指令的主题。", description="topic of actuator commands."
    )
    key: Annotated[Line, Criterial()] = Field(
        "id", title="两种 JSON 载荷中关联编号的键。", description="key of the correlation id in both payloads, JSON."
    )
    waiting_ns: Annotated[int, In("ns", "1 ns"), Criterial()] = Field(
        3_000_000_000,
        alias="waiting_time",
        title="等待时间，指令再晚即算丢失，如 3 s。",
        description="after which a command comes too late, like 3 s.",
    )
