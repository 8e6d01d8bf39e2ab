# SPDX-License-Identifier: Apache-2.0
"""The live half of ``network.snmp``: walks the tables of each agent once, over SNMPv2c or SNMPv3."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from ipaddress import ip_address
from typing import Any

from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    USM_AUTH_HMAC192_SHA256,
    USM_PRIV_CFB128_AES,
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    Udp6TransportTarget,
    UdpTransportTarget,
    UsmUserData,
    bulk_walk_cmd,
)

from harness.errors import InstrumentError, UsageError
from harness.plugins import Sink
from probes.network.traces import snmp

_WAIT_S, _RETRIES, _ROWS = 1, 2, 25
_MOST_ROWS = 200_000
_PROBE = "1.3.6.1.2.1.1.3"  # sysUpTime: every agent has it


class SnmpSource:
    """One walk of all agents."""

    appendable = True

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take checked settings; nothing is asked yet."""
        self._agents = [str(each) for each in config["agents"]]
        self._port = int(config.get("port", 161))
        self._config = config

    def preflight(self) -> None:
        """Ask every agent for its time since it began; InstrumentError names the first that does not answer."""
        asyncio.run(self._greet())

    def record(self, sink: Sink) -> None:
        """Walk every agent and keep what it says; one that falls silent is an event, and InstrumentError when all do."""
        silent: list[InstrumentError] = []
        for number, agent in enumerate(self._agents, start=1):
            try:
                sink.write(asyncio.run(self._walked(agent)))
            except InstrumentError as error:
                silent.append(error)
                sink.event("snmp-agent-silent", {"agent": agent, "problem": error.problem})
            sink.progress(number, len(self._agents), agent)
            if sink.stopping:
                return
        if len(silent) == len(self._agents):
            raise silent[0]

    async def _greet(self) -> None:
        for agent in self._agents:
            async for _ in self._rows(agent, _PROBE):
                break
            else:
                msg = f"The SNMP agent {agent} tells nothing."
                raise InstrumentError(msg, cure="let it show 1.3.6.1.2.1 to this host.")

    async def _walked(self, agent: str) -> bytes:
        lines, missing = [snmp.header(agent, time.time_ns())], []
        for name, oid in snmp.TABLES.items():
            rows = [snmp.value(name, index, octets) async for index, octets in self._rows(agent, oid)]
            lines += rows
            missing += [] if rows else [name]
        return b"".join([*lines, snmp.end(time.time_ns(), missing)])

    async def _rows(self, agent: str, oid: str) -> AsyncIterator[tuple[tuple[int, ...], bytes]]:
        """(index, value) of every row below ``oid``; InstrumentError when the agent does not answer or refuses."""
        base = tuple(int(part) for part in oid.split("."))
        engine = SnmpEngine()
        try:
            kind = Udp6TransportTarget if ip_address(agent).version == 6 else UdpTransportTarget
            place = await kind.create((agent, self._port), timeout=_WAIT_S, retries=_RETRIES)
            wanted = ObjectType(ObjectIdentity(oid))
            options = {"lexicographicMode": False, "lookupMib": False, "maxRows": _MOST_ROWS}
            walk = bulk_walk_cmd(engine, self._access(), place, ContextData(), 0, _ROWS, wanted, **options)
            async for problem, status, _at, found in walk:
                if problem or status:
                    msg = f"The SNMP agent {agent} does not answer as asked: {problem or status}."
                    raise InstrumentError(msg, cure="check address, port, community or user, and its access list.")
                for name, content in found:
                    index = tuple(name)
                    if index[: len(base)] == base:
                        yield index[len(base) :], _octets(content)
        except PySnmpError as error:
            msg = f"The SNMP agent {agent} cannot be asked: {error}."
            raise InstrumentError(msg, cure="check address, port and access.") from None
        finally:
            engine.close_dispatcher()

    def _access(self) -> CommunityData | UsmUserData:
        config = self._config
        if "user" not in config:
            return CommunityData(_secret(str(config.get("community", "public"))), mpModel=1)  # noqa: S508 - what CPEs speak; v3 is offered
        auth, privacy = (_secret(str(config[key])) for key in ("auth", "privacy"))
        return UsmUserData(
            str(config["user"]), auth, privacy, authProtocol=USM_AUTH_HMAC192_SHA256, privProtocol=USM_PRIV_CFB128_AES
        )


def _octets(content: Any) -> bytes:
    """The octets of a string; a number as its digits."""
    return bytes(content) if hasattr(content, "asOctets") else str(content).encode()


def _secret(given: str) -> str:
    """The text itself, or what an environment variable holds, so that it stays out of the profile."""
    if not given.startswith("env:"):
        return given
    value = os.environ.get(given[4:])
    if value is None:
        msg = f"The environment variable {given[4:]} for SNMP is not set."
        raise UsageError(msg, cure=f"export {given[4:]}=… in the shell that runs this.")
    return value
