# SPDX-License-Identifier: Apache-2.0
"""What a CPE, switch or gateway told over SNMP, as JSON lines: its interfaces, its ARP and NDP tables, its forwarding table. Pure.

ifTable and dot1dTpFdbTable say which stations there are, ipNetToMedia (ARP) and ipNetToPhysical (both families) which
address belongs to which MAC (RFC 2863, RFC 4293, RFC 4188). A session names its agent, then a line a table: its rows as index and value.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

from harness.errors import DecodeError
from harness.kit.lines import Session
from probes.network.traces.sightings import Sighting, Sightings

TABLES = {
    "ifPhysAddress": "1.3.6.1.2.1.2.2.1.6",
    "ifOperStatus": "1.3.6.1.2.1.2.2.1.8",
    "ipNetToMediaPhysAddress": "1.3.6.1.2.1.4.22.1.2",
    "ipNetToPhysicalPhysAddress": "1.3.6.1.2.1.4.35.1.4",
    "dot1dTpFdbAddress": "1.3.6.1.2.1.17.4.3.1.1",
}
_UP = "1"
_IPV4, _IPV6 = 1, 2  # InetAddressType (RFC 4001)
_NO_ANSWER, _CURE = "This line is no answer of an SNMP walk by yanshou.", "use the trace as it was recorded."
_NOBODY = {"000000000000", "ffffffffffff"}


def decode(session: Session) -> Sightings:
    """The stations that one agent knows; DecodeError when a line is no answer."""
    source = f"snmp:{session.facts.get('peer', '')}"
    rows, up, stations = set[Sighting](), set[int](), list[tuple[int, str]]()
    for number, row in enumerate(session, start=2):
        try:
            for index, octets in row["answer"]:
                station = _station(row["ask"], index, octets, source)
                rows |= {station} if station is not None else set()
                _interface(row["ask"], index, octets, up, stations)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            raise DecodeError(_NO_ANSWER, cure=_CURE, where=f"line {number}") from None
    if session.damaged:
        raise DecodeError(_NO_ANSWER, cure=_CURE)
    rows |= {Sighting(source, "", mac, "", "") for index, mac in stations if index in up}
    return Sightings(frozenset({source}), frozenset(rows))


def _station(table: str, index: Sequence[int], octets: str, source: str) -> Sighting | None:
    """A station in a neighbour or forwarding table; None for other tables and for addresses that are nobody's."""
    mac = octets.lower()
    if len(bytes.fromhex(mac)) != 6 or mac in _NOBODY:
        return None
    if table == "dot1dTpFdbAddress":
        return Sighting(source, "", mac, "", "")
    if table == "ipNetToMediaPhysAddress":
        return Sighting(source, str(IPv4Address(bytes(index[-4:]))), mac, "", "")
    if table == "ipNetToPhysicalPhysAddress" and index[1] in {_IPV4, _IPV6}:
        address = bytes(index[3 : 3 + index[2]])
        return Sighting(source, str(IPv4Address(address) if index[1] == _IPV4 else IPv6Address(address)), mac, "", "")
    return None


def _interface(table: str, index: Sequence[int], octets: str, up: set[int], stations: list[tuple[int, str]]) -> None:
    """Note an interface that is up, or its MAC: a CPE may be on the register itself."""
    value, number = bytes.fromhex(octets), int(index[-1])
    if table == "ifOperStatus" and value.decode("ascii", "replace") == _UP:
        up.add(number)
    elif table == "ifPhysAddress" and len(value) == 6 and value.hex() not in _NOBODY:
        stations.append((number, value.hex()))
