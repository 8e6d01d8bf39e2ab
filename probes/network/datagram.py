# SPDX-License-Identifier: Apache-2.0
"""IP and UDP headers for a payload whose headers the socket did not show (RFC 791, RFC 8200 §3, RFC 768).

Length, addresses, ports, TTL and traffic class are the socket's; identification 0, no options, checksums computed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

_UDP = 17
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
    checksum = _checksum(pseudo + udp + payload) or 0xFFFF
    udp = udp[:6] + checksum.to_bytes(2, "big")
    return _ip_header(source, addresses, length, ttl, traffic_class) + udp + payload


def _ip_header(source: Endpoint, addresses: bytes, length: int, ttl: int, traffic_class: int) -> bytes:
    if source.address.version == 6:
        return struct.pack(">IHBB", 6 << 28 | traffic_class << 20, length, _UDP, ttl) + addresses
    header = struct.pack(">BBHHHBBH", 0x45, traffic_class, 20 + length, 0, _DONT_FRAGMENT, ttl, _UDP, 0) + addresses
    return header[:10] + _checksum(header).to_bytes(2, "big") + header[12:]


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): one's complement of the one's complement sum of 16-bit words."""
    # 2^16 = 1 modulo 0xFFFF, so the whole string as one big number has the same residue as the sum of its words.
    total = int.from_bytes(data + bytes(len(data) % 2), "big")
    folded = total % 0xFFFF
    return 0 if folded == 0 and total else 0xFFFF - folded
