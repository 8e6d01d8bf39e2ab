# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.mqtt``: closed loops seen on a broker, from sensor event to actuator command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from harness.errors import DecodeError
from harness.kit.broker import BrokerSettings, SubscriptionSource
from harness.kit.lines import Writer, read
from harness.kit.probe import Lines, Probe
from harness.kit.settings import Cure, In
from harness.model import Text
from harness.plugins import Asked, Chunk, Source
from harness.spec.written import Line

if TYPE_CHECKING:
    from probes.network.digests.paths import PathSummary

_FORMAT = "yanshou.mqtt/1"


class LoopSettings(BrokerSettings):
    """Which messages begin a loop, which end it."""

    events: Annotated[Line, Cure("write events: line1/sensor/#.")] = Field(
        title="传感事件的主题。", description="topic of sensor events."
    )
    commands: Annotated[Line, Cure("write commands: line1/actuator/#.")] = Field(
        title="执行指令的主题。", description="topic of actuator commands."
    )
    key: Line = Field(
        "id", title="两种 JSON 载荷中关联编号的键。", description="key of the correlation id in both payloads, JSON."
    )
    waiting_ns: Annotated[int, In("ns", "1 ns")] = Field(
        3_000_000_000,
        alias="waiting_time",
        title="等待时间，指令再晚即算丢失，如 3 s。",
        description="after which a command comes too late, like 3 s.",
    )


class LoopProbe(Probe["PathSummary", LoopSettings]):
    """A session a chunk: an event and its command belong together. What is no record of ours counts as damaged."""

    name, extension, settings, form = "network.mqtt", "jsonl", LoopSettings, Lines(_FORMAT)
    title = Text("MQTT 闭环时延（传感事件到执行指令）", "Closed loops over MQTT, from sensor event to actuator command")
    summary = "probes.network.digests.paths:PathSummary"

    def source(self, settings: LoopSettings, folder: Path) -> Source:
        """The subscriber, which goes on for the waiting time after the planned end."""
        session = {
            "mode": "mqtt",
            "waiting_time_ns": settings.waiting_ns,
            "targets": [{"id": str(settings.place(folder)), "address": "", "port": 0}],
            "key": settings.key,
            "events": settings.events,
            "commands": settings.commands,
        }
        topics, writer = (settings.events, settings.commands), Writer(_FORMAT, session)
        return SubscriptionSource(settings, folder, topics, writer, after_s=settings.waiting_ns / 1e9)

    def summarise(self, chunk: Chunk, asked: Asked) -> PathSummary:
        """The loops."""
        from probes.network.digests.paths import PathSummary, summarise
        from probes.network.traces import loops

        try:
            return summarise(loops.decode(read(chunk, _FORMAT)), asked)
        except DecodeError:
            return PathSummary({}, damaged=1)


PROBE = LoopProbe()
