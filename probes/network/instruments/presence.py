# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.presence``: births and wills of terminals on an MQTT broker, for ``network.nodes`` and ``network.dropout``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import DecodeError, YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source
from harness.quantity import Quantity
from probes.network.instruments.evidence import EvidenceProbe
from probes.network.plans import mqtt_settings
from probes.network.traces import presence
from probes.network.traces.presence import Presence
from probes.network.traces.sightings import Sightings
from probes.network.traces.spans import Spans

KEYS = (*mqtt_settings.KEYS, "topic", "keys", "state", "online", "offline", "farewell", "duration")
_NEEDED = {"broker": "10.20.0.1", "topic": "plant/{asset}/status", "duration": "8 h"}


class PresenceProbe(EvidenceProbe):
    """Evidence for network.nodes and network.dropout."""

    name = "network.presence"
    title = Text("MQTT 上线与遗嘱消息", "Births and wills on an MQTT broker")
    extension = "jsonl"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: those of the broker, topic, keys, state, online, offline, farewell, duration."""
        problems = mqtt_settings.problems(config, folder, KEYS, _NEEDED, self.name)
        for key, read in (("topic", presence.Pattern.of), ("duration", _time)):
            try:
                read(str(config.get(key, _NEEDED[key])))
            except YanshouError as error:
                problems.append(Problem((key,), error.problem, error.cure))
        for key in presence.DEFAULTS:
            try:
                re.compile(str(config.get(key, "")))
            except re.error as error:
                problems.append(Problem((key,), f"{key} is no pattern: {error}.", "write words apart by |."))
        return problems

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The subscriber."""
        from probes.network.live.presence import PresenceSource

        return PresenceSource(config, folder)

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole line."""
        return path.read_bytes().rfind(b"\n") + 1

    def summarise(self, chunk: Chunk, context: Context) -> Presence:  # noqa: ARG002 - the interface of every probe
        """Births and wills; a segment that is no record of ours counts as damaged."""
        try:
            return presence.decode(chunk.path.read_bytes())
        except DecodeError:
            none = Spans.of(np.empty(0, np.int64), presence.LINK_NS)
            return Presence(np.empty(0, presence.ROW), none, Sightings(frozenset(), frozenset()), 0, 1)


def _time(text: str) -> None:
    Quantity.parse(text).to("ns")


PROBE = PresenceProbe()
