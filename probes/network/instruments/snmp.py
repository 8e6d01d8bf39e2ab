# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.snmp``: which stations a CPE, switch or gateway knows, as a source of the census of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source, Trace
from probes.network.instruments.neighbours import NeighboursProbe
from probes.network.traces import snmp
from probes.network.traces.sightings import Sightings

KEYS = ("agents", "port", "community", "user", "auth", "privacy")


class SnmpProbe(NeighboursProbe):
    """Stateless."""

    name = "network.snmp"
    title = Text(
        "SNMP：CPE 或交换机的接口表、ARP 表与转发表", "SNMP: interfaces, ARP and forwarding tables of a CPE or switch"
    )
    extension = "jsonl"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:  # noqa: ARG002 - the interface of every probe
        """Everything wrong with the settings: agents, port, community; or user, auth, privacy (SNMPv3, SHA-256 and AES-128)."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of network.snmp.", f"use {', '.join(KEYS)}.")
            for key in sorted(set(config) - set(KEYS))
        ]
        agents = config.get("agents")
        if not isinstance(agents, list) or not agents:
            problems.append(Problem(("agents",), "No SNMP agent is named.", "write agents: [10.30.0.1]."))
        for at, agent in enumerate(agents if isinstance(agents, list) else []):
            try:
                ip_address(str(agent))
            except ValueError:
                problems.append(Problem(("agents", at), f"{agent!r} is not an IP address.", "write its address."))
        if not str(config.get("port", 161)).isdigit():
            problems.append(Problem(("port",), f"{config['port']!r} is not a port.", "write port: 161."))
        secrets = ("auth", "privacy") if "user" in config else ()
        open_ones = [key for key in secrets if not str(config.get(key, "")).startswith("env:")]
        return problems + [Problem((key,), f"{key} names no secret.", f"write {key}: env:NAME.") for key in open_ones]

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:  # noqa: ARG002 - the interface of every probe
        """The walk."""
        from probes.network.live.snmp import SnmpSource

        return SnmpSource(config)

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """A segment a chunk: interfaces and their state belong together."""
        return [Chunk(path) for path in trace.segments]

    def summarise(self, chunk: Chunk, context: Context) -> Sightings:  # noqa: ARG002 - the interface of every probe
        """The stations; DecodeError when a line is no value of a walk."""
        return snmp.decode(chunk.path.read_bytes())


PROBE = SnmpProbe()
