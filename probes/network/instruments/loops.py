# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.mqtt``: closed loops seen on a broker, from sensor event to actuator command (``network.loop``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.errors import DecodeError, YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Estimator, Problem, Simulator, Source, Trace
from harness.quantity import Quantity
from probes.network.digests.paths import PathSummary, summarise
from probes.network.measurands.loop import loop
from probes.network.plans import mqtt_settings
from probes.network.traces import loops

KEYS = (*mqtt_settings.KEYS, "events", "commands", "key", "waiting_time", "duration")
_NEEDED = {"broker": "10.20.0.1", "events": "line1/sensor/#", "commands": "line1/actuator/#", "duration": "30 min"}


_MEASURANDS: Mapping[str, Estimator] = MappingProxyType({"network.loop": loop})
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class MqttProbe:
    """Stateless."""

    name = "network.mqtt"
    version = "1"
    title = Text("MQTT 闭环时延（传感事件到执行指令）", "Closed loops over MQTT, from sensor event to actuator command")
    extension = "jsonl"

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """network.loop."""
        return _MEASURANDS

    @property
    def simulators(self) -> Mapping[str, Simulator]:
        """None."""
        return _NOTHING

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: those of the broker, events, commands, key, waiting_time, duration."""
        problems = mqtt_settings.problems(config, folder, KEYS, _NEEDED, self.name)
        for key in ("waiting_time", "duration"):
            try:
                Quantity.parse(str(config.get(key, "3 s"))).to("ns")
            except YanshouError as error:
                problems.append(Problem((key,), f"{key}: {error.problem}", error.cure))
        return problems

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The subscriber."""
        from probes.network.live.loops import MqttSource

        return MqttSource(config, folder)

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole line."""
        return path.read_bytes().rfind(b"\n") + 1

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """A segment a chunk: an event and its command belong together."""
        return [Chunk(path) for path in trace.segments]

    def summarise(self, chunk: Chunk, context: Context) -> PathSummary:
        """The loops; a segment that is no record of ours counts as damaged."""
        try:
            session = loops.decode(chunk.path.read_bytes())
        except DecodeError:
            return PathSummary({}, damaged=1)
        return summarise(session, context)


PROBE = MqttProbe()
