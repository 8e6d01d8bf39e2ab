# SPDX-License-Identifier: Apache-2.0
"""Captures made by hand in every framing, with a truth that the test chose."""

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Ether

from probes.network.wire.datagram import Endpoint, datagram
from probes.network.wire.packet import ReflectorPacket, SenderPacket
from probes.network.wire.timestamps import error_estimate, ntp_of

T0 = 1_763_740_800_000_000_000
ERROR = error_estimate(1000, synchronised=True)
Record = tuple[int, bytes]


def _end(number: int, port: int, six: bool) -> Endpoint:
    return Endpoint.of(f"fd00::{number}" if six else f"10.0.0.{number}", port)


def _ethernet(source: Endpoint, target: Endpoint, payload: bytes) -> bytes:
    kind = b"\x86\xdd" if source.address.version == 6 else b"\x08\x00"
    return b"\2\0\0\0\0\2\2\0\0\0\0\1" + kind + datagram(source, target, payload, 64)


class Frames:
    """Ethernet frames of STAMP and ICMP exchanges."""

    T0 = T0

    @staticmethod
    def asked(number: int, time: int, port: int = 862, six: bool = False, sport: int = 5000) -> Record:
        payload = SenderPacket(number, ntp_of(time), ERROR).encode()
        return time, _ethernet(_end(1, sport, six), _end(2, port, six), payload)

    @staticmethod
    def answered(
        number: int, time: int, inside: int = 50_000, port: int = 862, six: bool = False, sport: int = 5000
    ) -> Record:
        received = ntp_of(time - 1000 - inside)
        packet = ReflectorPacket(number, ntp_of(time - 1000), ERROR, 0, received, number, received, ERROR, 64)
        return time, _ethernet(_end(2, port, six), _end(1, sport, six), packet.encode())

    @staticmethod
    def ping(number: int, time: int, reply: bool = False, six: bool = False) -> Record:
        ends = ("10.0.0.2", "10.0.0.1") if reply else ("10.0.0.1", "10.0.0.2")
        if six:
            echo = (ICMPv6EchoReply if reply else ICMPv6EchoRequest)(id=9, seq=number)
            return time, bytes(
                Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
                / IPv6(src=f"fd00::{ends[0][-1]}", dst=f"fd00::{ends[1][-1]}")
                / echo
            )
        return time, bytes(
            Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
            / IP(src=ends[0], dst=ends[1])
            / ICMP(type=0 if reply else 8, id=9, seq=number)
            / (b"x" * 8)
        )


class Files:
    """The same records in every framing."""

    @staticmethod
    def pcap(records: Sequence[Record], order: str = "<", per_second: int = 10**9, link: int = 1) -> bytes:
        magic = 0xA1B23C4D if per_second == 10**9 else 0xA1B2C3D4
        head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
        rows = [
            struct.pack(order + "IIII", time // 10**9, time % 10**9 * per_second // 10**9, len(data), len(data)) + data
            for time, data in records
        ]
        return head + b"".join(rows)

    @staticmethod
    def block(kind: int, body: bytes, order: str = "<") -> bytes:
        body += bytes(-len(body) % 4)
        length = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + length + body + length

    @classmethod
    def section(cls, order: str = "<") -> bytes:
        return cls.block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)

    @classmethod
    def interface(cls, order: str = "<", link: int = 1, resolution: int | None = 9, offset: int | None = None) -> bytes:
        options = b"" if resolution is None else struct.pack(order + "HHB3x", 9, 1, resolution)
        options += b"" if offset is None else struct.pack(order + "HHq", 14, 8, offset)
        return cls.block(1, struct.pack(order + "HHI", link, 0, 0) + (options + bytes(4) if options else b""), order)

    @classmethod
    def enhanced(cls, ticks: int, data: bytes, order: str = "<", interface: int = 0, wire: int | None = None) -> bytes:
        head = struct.pack(
            order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) if wire is None else wire
        )
        return cls.block(6, head + data, order)

    @classmethod
    def pcapng(cls, records: Sequence[Record], order: str = "<") -> bytes:
        blocks = [cls.enhanced(time, data, order) for time, data in records]
        return cls.section(order) + cls.interface(order) + b"".join(blocks)


@pytest.fixture(scope="session")
def frames() -> type[Frames]:
    return Frames


@pytest.fixture(scope="session")
def files() -> type[Files]:
    return Files


@pytest.fixture(scope="session")
def session() -> list[Record]:
    """300 exchanges a millisecond apart: every 50th unanswered, 7 twice, 11 late (4 s), 20 after 21."""
    records = []
    for number in range(300):
        at = T0 + number * 1_000_000
        records.append(Frames.asked(number, at))
        if number % 50 == 49:
            continue
        delay = 4_000_000_000 if number == 11 else 1_500_000 if number == 20 else 200_000 + 1000 * number
        records.append(Frames.answered(number, at + delay))
        if number == 7:
            records.append(Frames.answered(number, at + delay + 10))
    return sorted(records, key=lambda record: record[0])


@pytest.fixture
def write(tmp_path: Path):
    """Write bytes to a file and give its path as text."""

    def keep(data: bytes, name: str = "c.pcap") -> str:
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return keep
