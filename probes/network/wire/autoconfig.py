# SPDX-License-Identifier: Apache-2.0
"""What packets that configure hosts say: router advertisements (RFC 4861, RFC 8781), DHCP (RFC 2132, RFC 8925), DHCPv6 (RFC 8415). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import NamedTuple

_PREFIX, _PREF64 = 3, 38
_PREF64_LENGTHS = (96, 64, 56, 48, 40, 32)
_COOKIE = b"\x63\x82\x53\x63"
_REQUESTED, _KIND, _IPV6_ONLY = 55, 53, 108
_OFFER, _ACK = 2, 5
_CLIENT, _IA_NA, _ADDRESS = 1, 3, 5
_REPLY = 7


class Advertised(NamedTuple):
    """Prefixes that a router announced for addresses, and for NAT64."""

    prefixes: tuple[str, ...]
    pref64: tuple[str, ...]


class Lease(NamedTuple):
    """``mac``: the client's; ``address``: what it was given, empty where nothing was; ``asked``, ``granted``: to do without IPv4."""

    mac: str
    address: str
    asked: bool = False
    granted: bool = False


def advertised(body: bytes) -> Advertised:
    """Of a router advertisement from its reachable time on (8 bytes into ICMPv6, RFC 4861 §4.2); what is cut off is left out."""
    prefixes, pref64 = [], []
    for kind, value in _neighbour_options(body[8:]):
        if kind == _PREFIX and len(value) >= 30:
            prefixes.append(f"{IPv6Address(value[14:30])}/{value[0]}")
        elif kind == _PREF64 and len(value) >= 14:
            code = value[1] & 7
            if code < len(_PREF64_LENGTHS):
                pref64.append(f"{IPv6Address(value[2:14] + bytes(4))}/{_PREF64_LENGTHS[code]}")
    return Advertised(tuple(prefixes), tuple(pref64))


def dhcp(body: bytes) -> Lease | None:
    """What a DHCP message says about its client; None for what is no DHCP over Ethernet."""
    if len(body) < 240 or body[1:3] != b"\x01\x06" or body[236:240] != _COOKIE:
        return None
    options = dict(_options(body[240:]))
    kind = options.get(_KIND, b"\0")[:1]
    told = _IPV6_ONLY in options and body[0] == 2 and kind in {bytes([_OFFER]), bytes([_ACK])}
    given = ".".join(str(each) for each in body[16:20]) if body[0] == 2 and kind == bytes([_ACK]) else ""
    asked = body[0] == 1 and _IPV6_ONLY in options.get(_REQUESTED, b"")
    return Lease(body[28:34].hex(), "" if given == "0.0.0.0" else given, asked, told)  # noqa: S104 - an address not given


def dhcp6(body: bytes) -> list[Lease]:
    """The addresses that a DHCPv6 Reply gives (RFC 8415 §21.4), by the MAC in the client's DUID; empty where there is none."""
    if len(body) < 4 or body[0] != _REPLY:
        return []
    options = list(_wide_options(body[4:]))
    mac = next((_mac(value) for kind, value in options if kind == _CLIENT), "")
    return [
        Lease(mac, str(IPv6Address(inner[:16])))
        for kind, value in options
        if kind == _IA_NA
        for code, inner in _wide_options(value[12:])
        if code == _ADDRESS and len(inner) >= 24
    ]


def _mac(duid: bytes) -> str:
    """The Ethernet address in a DUID-LLT or DUID-LL (RFC 8415 §11); empty in any other."""
    if duid[:4] == b"\x00\x01\x00\x01" and len(duid) == 14:
        return duid[8:].hex()
    return duid[4:].hex() if duid[:4] == b"\x00\x03\x00\x01" and len(duid) == 10 else ""


def _neighbour_options(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, value) in units of 8 bytes (RFC 4861 §4.6)."""
    at = 0
    while at + 8 <= len(data) and data[at + 1]:
        length = data[at + 1] * 8
        yield data[at], data[at + 2 : at + length]
        at += length


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(code, value) until the end option; 0 pads (RFC 2132 §2)."""
    at = 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        if at + 1 >= len(data):
            return
        yield data[at], data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]


def _wide_options(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(code, value) with two bytes each for code and length (RFC 8415 §21.1)."""
    at = 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        yield int.from_bytes(data[at : at + 2], "big"), data[at + 4 : at + 4 + length]
        at += 4 + length
