# SPDX-License-Identifier: Apache-2.0
"""What a capture file says about itself: byte order, time resolution, sections, interfaces. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from harness.kit import packed
from probes.network.capture import scan
from probes.network.capture.headers import KNOWN_LINKS
from probes.network.capture.window import Window

PCAP_HEADER = 24
SECTION, DESCRIPTION, STATISTICS = 0x0A0D0D0A, 1, 5
READ = frozenset({SECTION, DESCRIPTION, STATISTICS})
LARGEST_READ = 16 << 20
MOST_INTERFACES = 4096
_OF_SECTION, _OF_INTERFACE = frozenset({1, 4}), frozenset({1, 3})
"""Options that hold words: comments, the program that wrote it, an interface's description."""
_MOST_SAID, _LONGEST_SAID = 1000, 200
Order = Literal["big", "little"]
_MARKS: dict[bytes, Order] = {b"\x4d\x3c\x2b\x1a": "little", b"\x1a\x2b\x3c\x4d": "big"}
_SECOND = 1_000_000_000
_MAGICS = {
    b"\xd4\xc3\xb2\xa1": (0, 1_000_000),
    b"\xa1\xb2\xc3\xd4": (1, 1_000_000),
    b"\x4d\x3c\xb2\xa1": (0, _SECOND),
    b"\xa1\xb2\x3c\x4d": (1, _SECOND),
}
_OTHERS = {
    b"snoop\0": "a snoop capture",
    b"\x34\xcd\xb2\xa1": "a modified pcap of Kuznetzov",
    b"\xa1\xb2\xcd\x34": "a modified pcap of Kuznetzov",
    b"RTSS": "a NetMon capture",
    b"GMBU": "a NetMon capture",
    b"TRSNIFF data": "a Sniffer capture",
    b"XCP\0": "a NetXray capture",
    b"\x7fEL": "a program",
}


@dataclass(slots=True)
class Frame:
    """How records are framed: the int64 rows that :func:`probes.network.capture.scan.scan` reads, and what was met."""

    head: npt.NDArray[np.int64]
    interfaces: npt.NDArray[np.int64]
    links: set[int]
    sections: int = 0
    dropped: int = 0
    seen: set[int] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    """What comments, programs and descriptions of interfaces say of the capture."""
    names: set[str] = field(default_factory=set)
    """Of its interfaces."""

    def point(self) -> None:
        """Tell the pass where the interfaces lie."""
        self.head[scan.INTERFACES_AT] = self.interfaces.ctypes.data

    def note_seen(self) -> None:
        """Remember which interface numbers carried packets."""
        self.seen |= set(np.flatnonzero(self.interfaces[: self.head[scan.INTERFACES], scan.I_SEEN]).tolist())

    @property
    def order(self) -> Order:
        """Byte order of the section at hand."""
        return "big" if self.head[scan.SWAPPED] else "little"


def blank() -> Frame:
    """A frame of which nothing is known yet."""
    return Frame(np.zeros(scan.FRAME, np.int64), np.zeros((8, scan.INTERFACE), np.int64), set())


def opened(head: bytes) -> tuple[Frame, int]:
    """The frame for a file's first bytes (24 are enough) and where records begin; DecodeError when it is no capture."""
    frame = blank()
    frame.point()
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        frame.head[scan.FORMAT] = scan.PCAPNG
        return frame, 0
    if head[:4] not in _MAGICS or len(head) < PCAP_HEADER:
        cure = "record with tcpdump or Wireshark, and analyse the pcap or pcapng file."
        if any(map(head.startswith, _OTHERS)):
            cure = "convert it with `editcap -F pcapng IN OUT` of Wireshark."
        raise DecodeError(refusal(head), cure=cure)
    swapped, per_second = _MAGICS[head[:4]]
    order: Order = "big" if swapped else "little"
    link = int.from_bytes(head[20:24], order) & 0x0FFF_FFFF
    frame.head[scan.SWAPPED], frame.head[scan.FRACTION] = swapped, _SECOND // per_second
    frame.head[scan.LINK] = link if link in KNOWN_LINKS else -1
    frame.links.add(link)
    frame.seen.add(0)
    return frame, PCAP_HEADER


def measured(frame: Frame, head: bytes) -> tuple[int, int]:
    """Type and length of the block that begins with ``head`` (28 bytes, or what is left); DecodeError when they are impossible."""
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        if head[8:12] not in _MARKS:
            raise DecodeError("a section has no byte-order mark.", cure="record again.")
        kind, length = SECTION, int.from_bytes(head[4:8], _MARKS[head[8:12]])
    else:
        kind, length = (int.from_bytes(head[at : at + 4], frame.order) for at in (0, 4))
    least = {SECTION: 28, DESCRIPTION: 20, STATISTICS: 24}.get(kind, 12)
    most = LARGEST_READ if kind in READ else 1 << 32
    if not frame.sections and kind != SECTION:
        raise DecodeError("a block stands before the first section.", cure="record again.")
    if not least <= length <= most or length % 4:
        msg = f"a block of type {kind} states a length of {length} bytes."
        raise DecodeError(msg, cure="record again.")
    return kind, length


def framed(frame: Frame, view: Window) -> bool:
    """Take in the block at hand, which is no packet; False when the capture ends inside it."""
    if not view.need(12):
        return False
    kind, length = measured(frame, view.peek(28))
    if kind not in READ:
        return view.skip(length)
    if not view.need(length):
        return False
    take(frame, kind, view.peek(length))
    return view.skip(length)


def take(frame: Frame, kind: int, data: bytes) -> None:
    """Take in a whole block of a type in :data:`READ`; DecodeError when its two lengths differ."""
    if kind == SECTION:
        frame.note_seen()
        frame.head[scan.SWAPPED], frame.head[scan.INTERFACES] = _MARKS[data[8:12]] == "big", 0
        frame.sections += 1
    if int.from_bytes(data[-4:], frame.order) != len(data):
        raise DecodeError("the two lengths of a block differ.", cure="record again.")
    if kind == SECTION:
        told = list(options(data[24:-4], frame.order))
        frame.comments = [value.decode("utf-8", "replace") for code, value in told if code == 1]
        _hear(frame, told, _OF_SECTION)
    elif kind == DESCRIPTION:
        _interface(frame, data)
    else:
        found = options(data[20:-4], frame.order)
        frame.dropped += sum(int.from_bytes(value[:8], frame.order) for code, value in found if code in {5, 7})


def _hear(frame: Frame, found: Iterable[tuple[int, bytes]], codes: Collection[int]) -> None:
    """Keep what people and programs wrote into a section or an interface; headers of our own traces are no words."""
    for code, value in found:
        text = value.decode("utf-8", "replace")
        if code in codes and "{" not in text and len(frame.said) < _MOST_SAID:
            frame.said.add(text[:_LONGEST_SAID])


def _interface(frame: Frame, data: bytes) -> None:
    order = frame.order
    number = int(frame.head[scan.INTERFACES])
    if number == MOST_INTERFACES:
        msg = f"more than {MOST_INTERFACES} interfaces in one section."
        raise DecodeError(msg, cure="split the capture.")
    if number == len(frame.interfaces):
        frame.interfaces = np.concatenate([frame.interfaces, np.zeros_like(frame.interfaces)])
        frame.point()
    link = int.from_bytes(data[8:10], order)
    frame.links.add(link)
    row = frame.interfaces[number]
    row[:] = 0
    row[scan.I_LINK] = link if link in KNOWN_LINKS else -1
    row[scan.I_SNAP] = int.from_bytes(data[12:16], order)
    settings = dict(options(data[16:-4], order))
    _hear(frame, settings.items(), _OF_INTERFACE)
    frame.names.add(settings.get(2, b"").decode("utf-8", "replace"))
    _resolution(row, settings.get(9, b"\x06")[0] if settings.get(9, b"\x06") else 6)
    offset = settings.get(14, b"")
    seconds = int.from_bytes(offset[:8], order, signed=True) if len(offset) == 8 else 0
    row[scan.I_OFFSET] = max(min(seconds, 1 << 33), -(1 << 33)) * _SECOND
    frame.head[scan.INTERFACES] += 1


def _resolution(row: npt.NDArray[np.int64], stated: int) -> None:
    """if_tsresol: 10^-n s, or 2^-n s when the highest bit is set; what would overflow is cut to ns."""
    exponent = stated & 0x7F
    row[scan.I_MULTIPLY] = row[scan.I_DIVIDE] = 1
    if stated & 0x80:
        row[scan.I_SHIFT] = min(exponent, 62)
        row[scan.I_MULTIPLY] = _SECOND if exponent == 0 else 1
    elif exponent <= 9:
        row[scan.I_MULTIPLY] = 10 ** (9 - exponent)
    else:
        row[scan.I_DIVIDE] = 10 ** min(exponent - 9, 18)


def options(data: bytes, order: Order) -> Iterator[tuple[int, bytes]]:
    """(code, value) of each option until the end-of-options mark or the end of the block."""
    at = 0
    while at + 4 <= len(data):
        code, length = (int.from_bytes(data[at + offset : at + offset + 2], order) for offset in (0, 2))
        if code == 0:
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


def refusal(head: bytes) -> str:
    """Why a file with these first 24 bytes is no capture."""
    if not head:
        return "the file is empty."
    if head[:4] in _MAGICS:
        return f"the file ends after {len(head)} bytes, inside its own header."
    if packed.packing(head):
        return "the file is compressed twice."
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            return f"the file is {name}, which is not read here."
    return f"the file begins with {head[:4].hex()}, which is neither pcap nor pcapng."
