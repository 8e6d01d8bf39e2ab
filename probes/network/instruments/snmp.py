# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.snmp``: which stations a CPE, switch or gateway knows, as a source of the census of nodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.dialogue import DialogueSource, Interview
from harness.kit.lines import read
from harness.kit.probe import Lines, Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.plans.agents import SnmpSettings
    from probes.network.traces.sightings import Sightings

_FORMAT = "yanshou.snmp/2"


class SnmpProbe(Probe["Sightings", "SnmpSettings"]):
    """An agent a chunk: interfaces and their state belong together. DecodeError where a line is no answer of a walk."""

    name, extension, settings, form = (
        "network.snmp",
        "jsonl",
        late("probes.network.plans.agents:SnmpSettings"),
        Lines(_FORMAT),
    )
    title = Text(
        "SNMP：CPE 或交换机的接口表、ARP 表与转发表", "SNMP: interfaces, ARP and forwarding tables of a CPE or switch"
    )
    summary = "probes.network.traces.sightings:Sightings"

    def source(self, settings: SnmpSettings, folder: Path) -> Source:  # noqa: ARG002 - the interface of every probe
        """The walk."""
        from probes.network.live.snmp import UP_TIME, Agent
        from probes.network.traces import snmp

        interview = Interview(settings.agents, lambda name: Agent(name, settings), UP_TIME, [*snmp.TABLES])
        return DialogueSource(interview, _FORMAT, "network")

    def summarise(self, chunk: Chunk, asked: Asked) -> Sightings:  # noqa: ARG002 - the interface of every probe
        """The stations."""
        from probes.network.traces import snmp

        return snmp.decode(read(chunk, _FORMAT))


PROBE = SnmpProbe()
