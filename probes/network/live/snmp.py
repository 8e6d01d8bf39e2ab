# SPDX-License-Identifier: Apache-2.0
"""The live half of ``network.snmp``: walks tables of an agent, over SNMPv2c or SNMPv3."""

from __future__ import annotations

import asyncio
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

from harness.errors import InstrumentError
from harness.kit.settings import Secret
from probes.network.plans.agents import SnmpSettings
from probes.network.traces.snmp import TABLES

_WAIT_S, _RETRIES, _ROWS = 1, 2, 25
_MOST_ROWS = 200_000
UP_TIME = "sysUpTime"
_OIDS = {**TABLES, UP_TIME: "1.3.6.1.2.1.1.3"}  # every agent has the latter


class Agent:
    """One agent, asked for tables by name; :class:`harness.kit.dialogue.Peer`."""

    def __init__(self, address: str, settings: SnmpSettings) -> None:
        """Nothing is asked yet."""
        self._address, self._settings = address, settings

    def ask(self, question: str) -> list[tuple[list[int], str]]:
        """(index, value in hex) of every row of a table; InstrumentError when the agent does not answer or refuses."""
        rows = asyncio.run(self._rows(tuple(int(part) for part in _OIDS[question].split("."))))
        if question == UP_TIME and not rows:
            msg = f"The SNMP agent {self._address} tells nothing."
            raise InstrumentError(msg, cure="let it show 1.3.6.1.2.1 to this host.")
        return rows

    def close(self) -> None:
        """Nothing is open between questions."""

    async def _rows(self, base: tuple[int, ...]) -> list[tuple[list[int], str]]:
        engine, found = SnmpEngine(), []
        try:
            kind = Udp6TransportTarget if ip_address(self._address).version == 6 else UdpTransportTarget
            place = await kind.create((self._address, self._settings.port), timeout=_WAIT_S, retries=_RETRIES)
            wanted = ObjectType(ObjectIdentity(base))
            options = {"lexicographicMode": False, "lookupMib": False, "maxRows": _MOST_ROWS}
            walk = bulk_walk_cmd(engine, self._access(), place, ContextData(), 0, _ROWS, wanted, **options)
            async for problem, status, _at, rows in walk:
                if problem or status:
                    msg = f"The SNMP agent {self._address} does not answer as asked: {problem or status}."
                    raise InstrumentError(msg, cure="check address, port, community or user, and its access list.")
                for name, content in rows:
                    index = tuple(name)
                    if index[: len(base)] == base:
                        found.append(([*index[len(base) :]], _octets(content).hex()))
        except PySnmpError as error:
            msg = f"The SNMP agent {self._address} cannot be asked: {error}."
            raise InstrumentError(msg, cure="check address, port and access.") from None
        finally:
            engine.close_dispatcher()
        return found

    def _access(self) -> CommunityData | UsmUserData:
        settings = self._settings
        if settings.user is None or settings.auth is None or settings.privacy is None:
            return CommunityData(_community(settings.community), mpModel=1)  # noqa: S508 - what CPEs speak; v3 is offered
        auth, privacy = (each.text("the key of SNMPv3") for each in (settings.auth, settings.privacy))
        return UsmUserData(
            settings.user, auth, privacy, authProtocol=USM_AUTH_HMAC192_SHA256, privProtocol=USM_PRIV_CFB128_AES
        )


def _octets(content: Any) -> bytes:
    """The octets of a string; a number as its digits."""
    return bytes(content) if hasattr(content, "asOctets") else str(content).encode()


def _community(given: str) -> str:
    """The text itself, or what an environment variable holds, so that it stays out of the profile."""
    return Secret(given).text("the SNMP community") if given.startswith("env:") else given
