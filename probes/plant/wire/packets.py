# SPDX-License-Identifier: Apache-2.0
"""Captures (pcap, pcapng; plain or compressed) as TCP segments: who sent which bytes to whom, and when. Pure.

A capture that ends inside a record gives what stands before, and says so; a packet that was cut by the snap length, or is no
TCP over Ethernet, Linux cooked, loopback or raw IP, is counted and left out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from harness.kit import packed
from harness.kit.unreadable import UnreadableError
from harness.model import Text

_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION, _DESCRIPTION, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 3, 6
_LARGEST = 1 << 24
_TAGS = {0x8100, 0x88A8, 0x9100}
_HEADS = {0: 4, 1: 14, 12: 0, 14: 0, 101: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20}
"""Bytes in front of IP by link type (tcpdump.org/linktypes.html)."""
_NOUN = Text("抓包文件", "capture")
Place = tuple[bytes, int]


class Segment(NamedTuple):
    """One TCP segment: ns since 1970 UTC, sender, receiver, sequence number, SYN, FIN or RST, bytes."""

    time_ns: int
    source: Place
    target: Place
    sequence: int
    begins: bool
    ends: bool
    data: bytes


@dataclass(slots=True)
class Capture:
    """A pass over a capture: iterate for its TCP segments; then ``packets``, ``cut`` (by the snap length), ``torn`` tell."""

    path: Path
    packets: int = 0
    cut: int = 0
    torn: str = ""
    first_ns: int = 0
    last_ns: int = 0
    _links: list[tuple[int, int, int]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Segment]:
        """The TCP segments in file order; UnreadableError when this is no capture."""
        with self.path.open("rb") as file:
            kind = packed.packing(file.peek(packed.PEEK)[: packed.PEEK])
            stream = packed.opened(file, kind) if kind else file
            try:
                for time_ns, link, data, whole in self._records(stream):
                    self.packets += 1
                    self.first_ns = min(self.first_ns or time_ns, time_ns)
                    self.last_ns = max(self.last_ns, time_ns)
                    found = _segment(time_ns, link, data)
                    if found is not None and whole:
                        yield found
                    elif not whole:
                        self.cut += 1
            except packed.BROKEN as error:
                self.torn = str(error)

    def _records(self, stream: BinaryIO) -> Iterator[tuple[int, int, bytes, bool]]:
        head = _read(stream, 4)
        if head in _MAGICS:
            yield from self._pcap(stream, *_MAGICS[head])
        elif head == struct.pack(">I", _SECTION):
            yield from self._pcapng(stream)
        else:
            text = Text("该文件不是 pcap 或 pcapng 抓包。", "This file is no capture: neither pcap nor pcapng.")
            raise UnreadableError(text, cure="record with tcpdump or Wireshark.", where=self.path.name)

    def _pcap(self, stream: BinaryIO, order: str, unit: int) -> Iterator[tuple[int, int, bytes, bool]]:
        head = _read(stream, 20)
        if len(head) < 20:
            self.torn = "header"
            return
        link = struct.unpack(order + "I", head[16:])[0] & 0x0FFF_FFFF
        while record := _read(stream, 16):
            if len(record) < 16:
                self.torn = "record"
                return
            seconds, fraction, kept, long = struct.unpack(order + "IIII", record)
            data = _read(stream, kept) if kept <= _LARGEST else b""
            if len(data) < kept:
                self.torn = "record"
                return
            yield seconds * 10**9 + fraction * unit, link, data, kept >= long

    def _pcapng(self, stream: BinaryIO) -> Iterator[tuple[int, int, bytes, bool]]:
        order, head = "<", struct.pack(">I", _SECTION) + _read(stream, 4)
        while len(head) == 8:
            if head[:4] == struct.pack(">I", _SECTION):
                mark = _read(stream, 4)
                order, self._links = ("<" if mark == b"\x4d\x3c\x2b\x1a" else ">"), []
            else:
                mark = b""
            kind, length = struct.unpack(order + "II", head)
            body = _read(stream, length - 8 - len(mark)) if 12 <= length <= _LARGEST else b""
            if len(body) < length - 8 - len(mark) or not body:
                self.torn = "block"
                return
            yield from self._block(kind, order, body[:-4])
            head = _read(stream, 8)
        self.torn = "block" if head else ""

    def _block(self, kind: int, order: str, body: bytes) -> Iterator[tuple[int, int, bytes, bool]]:
        if kind == _DESCRIPTION and len(body) >= 8:
            options = dict(_options(body[8:], order))
            stated = options.get(9, b"\x06")[0] if options.get(9, b"\x06") else 6
            per_second = 1 << (stated & 0x7F) if stated & 0x80 else 10 ** (stated & 0x7F)
            offset = struct.unpack(order + "q", options[14])[0] if len(options.get(14, b"")) == 8 else 0
            self._links.append((struct.unpack(order + "H", body[:2])[0], per_second, offset))
        elif kind == _ENHANCED and len(body) >= 20:
            number, high, low, kept, long = struct.unpack(order + "IIIII", body[:20])
            if number < len(self._links) and kept <= len(body) - 20:
                link, per_second, offset = self._links[number]
                time_ns = ((high << 32) | low) * 10**9 // per_second + offset * 10**9
                yield time_ns, link, body[20 : 20 + kept], kept >= long
        elif kind == _SIMPLE:
            self.cut += 1  # a block without a time says nothing about freshness


def _options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack(order + "HH", data[at : at + 4])
        if not code:
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


def _read(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    while data and len(data) < count and (more := stream.read(count - len(data))):
        data += more
    return data


def _segment(time_ns: int, link: int, data: bytes) -> Segment | None:
    at = _HEADS.get(link)
    if at is None:
        return None
    if link == 1:
        while int.from_bytes(data[at - 2 : at], "big") in _TAGS:
            at += 4
    return _internet(time_ns, data[at:])


def _internet(time_ns: int, data: bytes) -> Segment | None:
    """IPv4 and IPv6; a fragment is no segment."""
    if len(data) < 20:
        return None
    if data[0] >> 4 == 4:
        start, size = (data[0] & 15) * 4, int.from_bytes(data[2:4], "big")
        if data[9] != 6 or int.from_bytes(data[6:8], "big") & 0x3FFF:
            return None
        return _tcp(time_ns, data[12:16], data[16:20], data[start : size or None])
    if data[0] >> 4 != 6 or len(data) < 40:
        return None
    kind, at, size = data[6], 40, int.from_bytes(data[4:6], "big")
    while kind in {0, 43, 60} and at + 8 <= len(data):
        kind, at = data[at], at + 8 + 8 * data[at + 1]
    return _tcp(time_ns, data[8:24], data[24:40], data[at : 40 + size if size else None]) if kind == 6 else None


def _tcp(time_ns: int, source: bytes, target: bytes, data: bytes) -> Segment | None:
    if len(data) < 20 or data[12] >> 4 < 5:
        return None
    ports, flags = struct.unpack(">HH", data[:4]), data[13]
    body = data[(data[12] >> 4) * 4 :]
    sequence = int.from_bytes(data[4:8], "big")
    return Segment(time_ns, (source, ports[0]), (target, ports[1]), sequence, bool(flags & 2), bool(flags & 5), body)
