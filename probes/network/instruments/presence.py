# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.presence``: births and wills of terminals on an MQTT broker, for the census and for drop rates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.lines import Writer, read
from harness.kit.probe import Lines, Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source
from probes.network.wire.topics import Pattern

if TYPE_CHECKING:
    from probes.network.plans.presence import PresenceSettings
    from probes.network.traces.presence import Presence

_FORMAT = "yanshou.presence/1"
_BROKER_CLIENTS = "$SYS/broker/clients/connected"


class PresenceProbe(Probe["Presence", "PresenceSettings"]):
    """A line a second says that the subscription stands. What is no record of ours counts as damaged."""

    name, extension, settings, form = (
        "network.presence",
        "jsonl",
        late("probes.network.plans.presence:PresenceSettings"),
        Lines(_FORMAT),
    )
    title = Text("MQTT 上线与遗嘱消息", "Births and wills on an MQTT broker")
    summary = "probes.network.traces.presence:Presence"

    def source(self, settings: PresenceSettings, folder: Path) -> Source:
        """The subscriber."""
        from harness.kit.broker import SubscriptionSource

        session = settings.model_dump(include={"topic", "keys", "state", "online", "offline", "farewell"})
        topics = Pattern.of(settings.topic).filter, _BROKER_CLIENTS
        writer = Writer(_FORMAT, session)
        return SubscriptionSource(settings, folder, topics, writer, tick_s=1.0)

    def summarise(self, chunk: Chunk, asked: Asked) -> Presence:  # noqa: ARG002 - the interface of every probe
        """Births and wills."""
        from probes.network.traces import presence

        try:
            return presence.decode(read(chunk, _FORMAT))
        except DecodeError:
            return presence.nothing(damaged=1)


PROBE = PresenceProbe()
