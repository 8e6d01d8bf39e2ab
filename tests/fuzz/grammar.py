# SPDX-License-Identifier: Apache-2.0
"""Captures that are nearly right: every framing, wrapping and exchange by chance, then damaged by chance. Seeded."""

from __future__ import annotations

import struct
from random import Random

LINKS = (0, 1, 12, 14, 101, 108, 113, 147, 228, 229, 276)
NASTY = (0, 1, 3, 7, 8, 11, 12, 15, 16, 31, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF)
T0 = 1_763_740_800


def capture(r: Random) -> bytes:
    """A capture of up to 40 packets, damaged in three cases out of four."""
    order = r.choice("<>")
    frames = [frame(r) for _ in range(r.randrange(1, 40))]
    data = (pcap if r.random() < 0.5 else pcapng)(r, order, frames)
    return data if r.random() < 0.25 else damaged(r, data)


def damaged(r: Random, data: bytes) -> bytes:
    """Bytes flipped, numbers overwritten with nasty ones, stretches left out or repeated, the tail cut."""
    torn = bytearray(data)
    for _ in range(r.randrange(1, 12)):
        at, kind = r.randrange(len(torn) or 1), r.randrange(5)
        if kind == 0:
            torn[at : at + 1] = bytes([r.randrange(256)])
        elif kind == 1:
            torn[at & ~3 : (at & ~3) + 4] = struct.pack(r.choice("<>") + "I", r.choice(NASTY))
        elif kind == 2:
            torn[at : at + 2] = struct.pack(r.choice("<>") + "H", r.choice(NASTY) & 0xFFFF)
        elif kind == 3:
            torn[at:at] = torn[at : at + r.randrange(64)]
        else:
            del torn[at : at + r.randrange(24)]
    return bytes(torn[: r.randrange(len(torn) + 1)] if r.random() < 0.3 else torn)


def pcap(r: Random, order: str, frames: list[tuple[int, bytes]]) -> bytes:
    """One link type for all frames, those of other link types taken for it."""
    magic, link = r.choice((0xA1B2C3D4, 0xA1B23C4D)), r.choice(frames)[0]
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, r.choice((96, 262144)), link)
    rows, time = [head], T0 * 10**6
    for _, data in frames:
        time += r.choice((-5, 0, 1, 200, 10**6, 4 * 10**6))
        wire = len(data) + r.choice((0, 0, 0, 40, -1 if data else 0))
        rows.append(struct.pack(order + "IIII", time // 10**6, time % 10**6, len(data), wire) + data)
    return b"".join(rows)


def pcapng(r: Random, order: str, frames: list[tuple[int, bytes]]) -> bytes:
    """One or two sections, an interface a link type, packets in every kind of block."""
    blocks = []
    for _ in range(r.randrange(1, 3)):
        blocks.append(block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order))
        links = sorted({link for link, _ in frames})
        for link in links:
            resolution = struct.pack(order + "HHB3x", 9, 1, r.choice((3, 6, 9, 12, 0x94, 0x80 | 40)))
            blocks.append(
                block(1, struct.pack(order + "HHI", link, 0, r.choice((0, 64))) + resolution + bytes(4), order)
            )
        blocks += [_packet(r, order, links.index(link), data) for link, data in frames]
    return b"".join(blocks)


def block(kind: int, body: bytes, order: str) -> bytes:
    """A pcapng block, padded, with both lengths."""
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def _packet(r: Random, order: str, interface: int, data: bytes) -> bytes:
    ticks = T0 * 10**9 + r.randrange(10**10)
    times = struct.pack(order + "IIII", ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    kind = r.randrange(12)
    if kind == 0:
        return block(3, struct.pack(order + "I", len(data)) + data, order)
    if kind == 1:
        return block(2, struct.pack(order + "HH", interface, 0) + times + data, order)
    if kind == 2:
        return block(5, struct.pack(order + "IIIHHQ", interface, 0, 0, 5, 8, 3) + bytes(4), order)
    if kind == 3:
        return block(r.choice((0xBAD, 4, 10, 0x77)), data, order)
    return block(6, struct.pack(order + "I", interface) + times + data, order)


def frame(r: Random) -> tuple[int, bytes]:
    """Link type and frame."""
    link = r.choice(LINKS)
    kind, data = network(r, 0)
    if link == 1:
        for _ in range(r.randrange(3)):
            kind, data = r.choice((0x8100, 0x88A8, 0x9100)), struct.pack(">HH", 5, kind) + data
        if r.random() < 0.1:
            kind, data = r.choice(
                ((0x8847, struct.pack(">II", 9 << 12, 10 << 12 | 0x100) + data), (0x8864, bytes(8) + data))
            )
        return link, bytes(12) + struct.pack(">H", kind) + data
    if link == 113:
        return link, bytes(14) + struct.pack(">H", kind) + data
    if link == 276:
        return link, struct.pack(">H", kind) + bytes(18) + data
    return link, (bytes(4) if link in (0, 108) else b"") + data


def network(r: Random, depth: int) -> tuple[int, bytes]:
    """Ethertype and packet: IPv4 with options or fragmented, IPv6 with extension headers, ARP, or noise."""
    choice = r.random()
    if choice < 0.05:
        return 0x0806, r.randbytes(r.randrange(40))
    if choice < 0.08:
        return r.randrange(65536), r.randbytes(r.randrange(60))
    six = choice > 0.6
    protocol, body = transport(r, depth)
    ends = r.choice((b"\1\2", b"\2\1"))
    if six:
        for _ in range(r.choice((0, 0, 1, 2))):
            kind = r.choice((0, 43, 44, 51, 60, 135))
            body = struct.pack(">BB", protocol, 4 if kind == 51 else 0) + bytes(22 if kind == 51 else 6) + body
            protocol = kind
        sides = b"".join(b"\xfd" + bytes(14) + bytes([end]) for end in ends)
        return 0x86DD, struct.pack(">IHBB", 6 << 28, len(body) & 0xFFFF, protocol, 64) + sides + body
    words = r.choice((0, 0, 0, 1, 10))
    fragment = r.choice((0, 0, 0, 0, 0x2000, 0x2010, 0x4000))
    total = (20 + words * 4 + len(body)) & 0xFFFF if r.random() < 0.95 else 0
    head = struct.pack(">BBHHHBBH", 0x45 + words, 0, total, 1, fragment, 64, protocol, 0)
    return 0x0800, head + b"".join(b"\x0a\0\0" + bytes([end]) for end in ends) + bytes(words * 4) + body


def transport(r: Random, depth: int) -> tuple[int, bytes]:
    """Protocol and segment: UDP with STAMP, a tunnel or noise in it; TCP; ICMP with an echo or a quotation."""
    kind = r.random()
    if kind < 0.6:
        ports = r.choice(((5000, 862), (862, 5000), (862, 862), (7000, 9000), (2152, 2152), (1, 4789)))
        body = _inside(r, ports[1], depth)
        return 17, struct.pack(">HHHH", *ports, len(body) + 8 if r.random() < 0.95 else r.choice((0, 7)), 0) + body
    if kind < 0.75:
        flags, numbers = r.choice((2, 18, 16, 17)), (r.randrange(4), r.randrange(4))
        return 6, struct.pack(">HHIIBBHHH", 4000, 80, *numbers, 0x50, flags, 0, 0, 0) + r.randbytes(r.randrange(8))
    if kind < 0.95:
        body = r.randbytes(r.randrange(30)) if depth > 2 else network(r, depth + 1)[1]
        kinds = ((1, 0), (1, 8), (1, 3), (1, 11), (58, 128), (58, 129), (58, 1))
        protocol, icmp = r.choice(kinds)
        return protocol, struct.pack(">BBHHH", icmp, 0, 0, 9, r.randrange(6)) + body
    return r.choice((4, 41, 132, 255)), b"" if depth > 2 else network(r, depth + 1)[1]


def _inside(r: Random, port: int, depth: int) -> bytes:
    if port == 2152 and depth < 3:
        head = struct.pack(">BBHI", r.choice((0x30, 0x34, 0x32)), r.choice((255, 255, 1)), 0, 1)
        more = struct.pack(">HBBBBBB", 0, 0, 0x85, 1, 16, 1, 0) if head[0] & 7 else b""
        return head + more + network(r, depth + 1)[1]
    if port == 4789 and depth < 3:
        kind, data = network(r, depth + 1)
        return bytes(8) + bytes(12) + struct.pack(">H", kind) + data
    number, time = r.randrange(8), struct.pack(">II", T0 + 2_208_988_800, r.randrange(2**32))
    if r.random() < 0.45:
        return struct.pack(">I", number) + time + b"\0\1" + bytes(30)
    if r.random() < 0.8:
        return struct.pack(">I", number) + time + b"\x80\1\0\0" + time + struct.pack(">I", number) + bytes(16)
    return r.randbytes(r.randrange(60))
