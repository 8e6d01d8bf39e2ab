# SPDX-License-Identifier: Apache-2.0
"""What a CPE, switch or gateway told over SNMP, as JSON lines: its interfaces, its ARP and NDP tables, its forwarding table. Pure.

ifTable and dot1dTpFdbTable say which stations there are, ipNetToMedia (ARP) and ipNetToPhysical (both families) which
address belongs to which MAC (RFC 2863, RFC 4293, RFC 4188). The first line names the agent, then a line a value, then the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from harness.errors import DecodeError
from probes.network.traces.sightings import Sighting, Sightings

FORMAT = "yanshou.snmp/1"
TABLES = {
    "ifPhysAddress": "1.3.6.1.2.1.2.2.1.6",
    "ifOperStatus": "1.3.6.1.2.1.2.2.1.8",
    "ipNetToMediaPhysAddress": "1.3.6.1.2.1.4.22.1.2",
    "ipNetToPhysicalPhysAddress": "1.3.6.1.2.1.4.35.1.4",
    "dot1dTpFdbAddress": "1.3.6.1.2.1.17.4.3.1.1",
}
_UP = "1"
_IPV4, _IPV6 = 1, 2  # InetAddressType (RFC 4001)
_NOBODY = {"000000000000", "ffffffffffff"}


def header(agent: str, time_ns: int) -> bytes:
    """The first line: who was asked, and when (ns since 1970 UTC)."""
    return _line({"format": FORMAT, "agent": agent, "t": time_ns})


def value(table: str, index: tuple[int, ...], octets: bytes) -> bytes:
    """The line of one value: table (a name in :data:`TABLES`), index below it, and the value (a number as its digits)."""
    return _line({"table": table, "index": list(index), "value": octets.hex()})


def end(time_ns: int, missing: list[str]) -> bytes:
    """The last line: when the walk was over, and tables that the agent does not have."""
    return _line({"t": time_ns, "missing": missing})


def decode(data: bytes) -> Sightings:
    """The stations that agents know; DecodeError when the first line is none of ours, or with the line that cannot be read."""
    sources, rows, agent = set[str](), set[Sighting](), ""
    up, stations = set[int](), list[tuple[str, int, str]]()
    for number, line in enumerate(filter(None, data.split(b"\n")), start=1):
        try:
            row = json.loads(line)
            if row.get("format") == FORMAT:
                agent = str(row["agent"])
                sources.add(f"snmp:{agent}")
            elif "table" in row and agent:
                found = _value(row, f"snmp:{agent}")
                rows |= {found} if found is not None else set()
                _interface(row, agent, up, stations)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            msg = "This line is no value of an SNMP walk by yanshou."
            raise DecodeError(msg, cure="use the trace as it was recorded.", where=f"line {number}") from None
    if not sources:
        msg = "This is no record of an SNMP walk by yanshou."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    rows |= {Sighting(f"snmp:{name}", "", mac, "", "") for name, index, mac in stations if index in up}
    return Sightings(frozenset(sources), frozenset(rows))


def _value(row: Mapping[str, Any], source: str) -> Sighting | None:
    """A station in a neighbour or forwarding table; None for other tables and for addresses that are nobody's."""
    table, index, mac = row["table"], row["index"], str(row["value"]).lower()
    if len(bytes.fromhex(mac)) != 6 or mac in _NOBODY:
        return None
    if table == "dot1dTpFdbAddress":
        return Sighting(source, "", mac, "", "")
    if table == "ipNetToMediaPhysAddress":
        return Sighting(source, str(IPv4Address(bytes(index[-4:]))), mac, "", "")
    if table == "ipNetToPhysicalPhysAddress" and index[1] in {_IPV4, _IPV6}:
        octets = bytes(index[3 : 3 + index[2]])
        return Sighting(source, str(IPv4Address(octets) if index[1] == _IPV4 else IPv6Address(octets)), mac, "", "")
    return None


def _interface(row: Mapping[str, Any], agent: str, up: set[int], stations: list[tuple[str, int, str]]) -> None:
    """Note an interface that is up, or its MAC: a CPE may be on the register itself."""
    octets, index = bytes.fromhex(row["value"]), int(row["index"][-1])
    if row["table"] == "ifOperStatus" and octets.decode("ascii", "replace") == _UP:
        up.add(index)
    elif row["table"] == "ifPhysAddress" and len(octets) == 6 and octets.hex() not in _NOBODY:
        stations.append((agent, index, octets.hex()))


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"
