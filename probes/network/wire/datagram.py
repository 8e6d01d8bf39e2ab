# SPDX-License-Identifier: Apache-2.0
"""IP and UDP headers for a payload whose headers the socket did not show (RFC 791, RFC 8200 §3, RFC 768).

Length, addresses, ports, TTL and traffic class are the socket's; identification 0, no options, checksums computed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

_UDP, _ICMP, _ICMP6 = 17, 1, 58
_DONT_FRAGMENT = 0x4000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An IP address and a UDP port."""

    address: IPv4Address | IPv6Address
    port: int

    @classmethod
    def of(cls, address: str, port: int) -> Endpoint:
        """From text; a zone (``%eth0``) is dropped. ValueError when it is no IP address."""
        return cls(ip_address(address.split("%", 1)[0]), port)


def datagram(source: Endpoint, target: Endpoint, payload: bytes, ttl: int, traffic_class: int = 0) -> bytes:
    """The IP packet, IPv4 or IPv6 after the addresses, around ``payload``."""
    length = 8 + len(payload)
    addresses = source.address.packed + target.address.packed
    udp = struct.pack(">HHHH", source.port, target.port, length, 0)
    pseudo = addresses + struct.pack(">II", length, _UDP)
    sealed = checksum(pseudo + udp + payload) or 0xFFFF
    udp = udp[:6] + sealed.to_bytes(2, "big")
    return _ip_header(addresses, length, (ttl, traffic_class, _UDP)) + udp + payload


def echo(source: Endpoint, target: Endpoint, message: bytes, ttl: int, traffic_class: int = 0) -> bytes:
    """The IP packet, IPv4 or IPv6 after the addresses, around an ICMP ``message``."""
    addresses = source.address.packed + target.address.packed
    protocol = _ICMP6 if source.address.version == 6 else _ICMP
    return _ip_header(addresses, len(message), (ttl, traffic_class, protocol)) + message


def _ip_header(addresses: bytes, length: int, marks: tuple[int, int, int]) -> bytes:
    """``marks``: TTL, traffic class, protocol; the version follows from the length of the two addresses."""
    ttl, traffic_class, protocol = marks
    if len(addresses) == 32:
        return struct.pack(">IHBB", 6 << 28 | traffic_class << 20, length, protocol, ttl) + addresses
    header = struct.pack(">BBHHHBBH", 0x45, traffic_class, 20 + length, 0, _DONT_FRAGMENT, ttl, protocol, 0) + addresses
    return header[:10] + checksum(header).to_bytes(2, "big") + header[12:]


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): one's complement of the one's complement sum of 16-bit words."""
    # 2^16 = 1 modulo 0xFFFF, so the whole string as one big number has the same residue as the sum of its words.
    total = int.from_bytes(data + bytes(len(data) % 2), "big")
    folded = total % 0xFFFF
    return 0 if folded == 0 and total else 0xFFFF - folded
