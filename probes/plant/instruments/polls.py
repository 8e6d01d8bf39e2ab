# SPDX-License-Identifier: Apache-2.0
"""The probes ``plant.opcua`` and ``plant.modbus``: nodes and registers that are asked for again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DecodeError
from harness.kit.lines import Writer, read
from harness.kit.probe import Lines, Probe, late
from harness.plugins import Asked, Chunk, Simulator, Source
from probes.plant.traces.words import WORDS

if TYPE_CHECKING:
    from probes.plant.digests.signals import Signals
    from probes.plant.plans.polls import ModbusSettings, OpcuaSettings, PollSettings

_OPCUA, _MODBUS = "yanshou.plant-opcua/1", "yanshou.plant-modbus/1"


class PollProbe(Probe["Signals", Any]):
    """A line an answer. A session of another form counts as damaged."""

    extension = "jsonl"
    summary = "probes.plant.digests.signals:Signals"
    kind: str

    def summarise(self, chunk: Chunk, asked: Asked) -> Signals:  # noqa: ARG002 - the interface of every probe
        """What was answered for every node or register."""
        from probes.plant.digests.polling import polled
        from probes.plant.digests.signals import Signals

        assert isinstance(self.form, Lines)  # noqa: S101 - both of them
        try:
            return polled(read(chunk, self.form.format), self.kind)
        except DecodeError:
            return Signals(damaged=1)


class OpcuaProbe(PollProbe):
    """Values with their status and the time their source states."""

    name, settings, form, kind = "plant.opcua", late("probes.plant.plans.polls:OpcuaSettings"), Lines(_OPCUA), "opcua"
    title = WORDS.text("title-opcua")

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """A server with a node an asset, some of which misbehave."""
        from probes.plant.simulators.polled import opcua

        return {"plant": opcua}

    def source(self, settings: OpcuaSettings, folder: Path) -> Source:
        """The client."""
        from probes.plant.live.opcua import OpcuaPort
        from probes.plant.live.polls import PollSource
        from probes.plant.wire.places import node

        port = OpcuaPort(settings, [*settings.nodes, *addresses(settings, folder, node)])
        return PollSource(port, settings, Writer(_OPCUA, {"url": settings.url}))


class ModbusProbe(PollProbe):
    """Registers have no time of their own: a value that does not change may be frozen, and counts as that."""

    name, settings, form, kind = (
        "plant.modbus",
        late("probes.plant.plans.polls:ModbusSettings"),
        Lines(_MODBUS),
        "modbus",
    )
    title = WORDS.text("title-modbus")

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """A device with a point an asset, some of which misbehave."""
        from probes.plant.simulators.polled import modbus

        return {"plant": modbus}

    def source(self, settings: ModbusSettings, folder: Path) -> Source:
        """The client."""
        from probes.plant.live.modbus import ModbusPort
        from probes.plant.live.polls import PollSource
        from probes.plant.wire.places import point

        port = ModbusPort(settings, [*settings.points, *addresses(settings, folder, point)])
        return PollSource(port, settings, Writer(_MODBUS, {"peer": str(settings.tcp or settings.serial)}))


def addresses(settings: PollSettings, folder: Path, form: Callable[[str], str | None]) -> list[str]:
    """The addresses of the register that are of this form; none where there is no register, or it is not there yet."""
    from probes.plant.traces.assets import read as register

    path = None if settings.register_name is None else folder / settings.register_name
    if path is None or not path.is_file():
        return []
    found = (each.address for each in register(path.read_bytes(), path.name).assets)
    return sorted({each for each in found if form(each) is not None})


OPCUA, MODBUS = OpcuaProbe(), ModbusProbe()
