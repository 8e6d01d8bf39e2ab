# SPDX-License-Identifier: Apache-2.0
"""Blocks of a pcapng file, little-endian, nanoseconds (draft-ietf-opsawg-pcapng §4): pure functions from values to bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence

LINKTYPE_RAW = 101  # starts with an IPv4 or IPv6 header
INBOUND, OUTBOUND = 1, 2
SECTION, INTERFACE, STATISTICS, PACKET = 0x0A0D0D0A, 1, 5, 6
_COMMENT = 1
COMMENT_BYTES = 60_000  # an option's length is 16 bits


def section(comments: Sequence[str], application: str = "yanshou") -> bytes:
    """A Section Header Block with one option a comment; cut long texts with :func:`pieces` first."""
    options = [(_COMMENT, text.encode()) for text in comments] + [(4, application.encode())]
    return _block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1), options)


def interface(name: str, link_type: int = LINKTYPE_RAW) -> bytes:
    """An Interface Description Block: no snap length, resolution 10^-9 s."""
    return _block(INTERFACE, struct.pack("<HHI", link_type, 0, 0), [(2, name.encode()), (9, b"\x09")])


def packet(time_ns: int, data: bytes, comment: str, direction: int) -> bytes:
    """An Enhanced Packet Block on interface 0; the comment comes first, then the flags word with the direction."""
    head = struct.pack("<IIIII", 0, time_ns >> 32, time_ns & 0xFFFF_FFFF, len(data), len(data))
    options = [(_COMMENT, comment.encode()), (2, struct.pack("<I", direction))]
    return _block(PACKET, head + _padded(data), options)


def statistics(time_ns: int, comment: str, dropped: int) -> bytes:
    """An Interface Statistics Block on interface 0; ``dropped``: packets the operating system lost for want of space."""
    head = struct.pack("<III", 0, time_ns >> 32, time_ns & 0xFFFF_FFFF)
    return _block(STATISTICS, head, [(_COMMENT, comment.encode()), (7, struct.pack("<Q", dropped))])


def pieces(text: str) -> list[str]:
    """ASCII ``text`` cut so that each piece fits into one comment option."""
    return [text[at : at + COMMENT_BYTES] for at in range(0, len(text), COMMENT_BYTES)]


def _block(kind: int, body: bytes, options: Sequence[tuple[int, bytes]]) -> bytes:
    tail = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options)
    body += tail + bytes(4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
