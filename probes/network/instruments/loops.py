# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.mqtt``: closed loops seen on a broker, from sensor event to actuator command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.lines import Writer, read
from harness.kit.probe import Lines, Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.digests.paths import PathSummary
    from probes.network.plans.loops import LoopSettings

_FORMAT = "yanshou.mqtt/1"


class LoopProbe(Probe["PathSummary", "LoopSettings"]):
    """A session a chunk: an event and its command belong together. What is no record of ours counts as damaged."""

    name, extension, settings, form = (
        "network.mqtt",
        "jsonl",
        late("probes.network.plans.loops:LoopSettings"),
        Lines(_FORMAT),
    )
    title = Text("MQTT 闭环时延（传感事件到执行指令）", "Closed loops over MQTT, from sensor event to actuator command")
    summary = "probes.network.digests.paths:PathSummary"

    def source(self, settings: LoopSettings, folder: Path) -> Source:
        """The subscriber, which goes on for the waiting time after the planned end."""
        from harness.kit.broker import SubscriptionSource

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
