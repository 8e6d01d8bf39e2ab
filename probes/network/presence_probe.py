# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.presence``: births and wills of terminals on an MQTT broker, for ``network.nodes`` and ``network.dropout``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from harness.errors import DecodeError, YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Estimator, Problem, Simulator, Source, Trace
from harness.quantity import Quantity
from probes.network import mqtt_settings, presence
from probes.network.presence import Presence
from probes.network.sightings import Sightings
from probes.network.spans import Spans

KEYS = (*mqtt_settings.KEYS, "topic", "keys", "state", "online", "offline", "farewell", "duration")
_NEEDED = {"broker": "10.20.0.1", "topic": "plant/{asset}/status", "duration": "8 h"}
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class PresenceProbe:
    """Stateless."""

    name = "network.presence"
    version = "1"
    title = Text("MQTT 上线与遗嘱消息", "Births and wills on an MQTT broker")
    extension = "jsonl"

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """None of its own: it is evidence for network.nodes and network.dropout."""
        return _NOTHING

    @property
    def simulators(self) -> Mapping[str, Simulator]:
        """None."""
        return _NOTHING

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
        from probes.network.presence_live import PresenceSource

        return PresenceSource(config, folder)

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole line."""
        return path.read_bytes().rfind(b"\n") + 1

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """A segment a chunk: a birth and its will belong together."""
        return [Chunk(path) for path in trace.segments]

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
