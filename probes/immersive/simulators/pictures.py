# SPDX-License-Identifier: Apache-2.0
"""Pictures made by construction: a PNG of coloured fields that carries moment and place as a camera writes them."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime

import numpy as np

_SIZE, _FIELDS = 48, 12


def picture(seed: int, taken: datetime | None = None, place: tuple[float, float] | None = None) -> bytes:
    """A PNG that another seed makes another; ``place``: latitude and longitude, degrees."""
    fields = np.random.Generator(np.random.PCG64(seed)).integers(0, 256, (_FIELDS, _FIELDS, 3))
    pixels = np.kron(fields, np.ones((_SIZE // _FIELDS, _SIZE // _FIELDS, 1), np.int64))
    raw = b"".join(b"\0" + line.astype(np.uint8).tobytes() for line in pixels)
    head = struct.pack(">IIBBBBB", _SIZE, _SIZE, 8, 2, 0, 0, 0)
    exif = [] if taken is None and place is None else [(b"eXIf", _exif(taken, place))]
    chunks = [(b"IHDR", head), *exif, (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _exif(taken: datetime | None, place: tuple[float, float] | None) -> bytes:
    """TIFF with its three directories, one behind the other, their values behind each."""
    inner = [] if taken is None else [(0x9003, 2, f"{taken:%Y:%m:%d %H:%M:%S}".encode() + b"\0")]
    gps = [] if place is None else [*_side(1, place[0], b"NS"), *_side(3, place[1], b"EW")]
    first = [(0x8769, 4, b"\0\0\0\0")] * bool(inner) + [(0x8825, 4, b"\0\0\0\0")] * bool(gps)
    at = 8 + len(_directory(first, 8))
    inner_bytes = _directory(inner, at) if inner else b""
    places = {0x8769: at, 0x8825: at + len(inner_bytes)}
    gps_bytes = _directory(gps, places[0x8825]) if gps else b""
    top = _directory([(tag, kind, struct.pack("<I", places[tag])) for tag, kind, _ in first], 8)
    return b"II*\0" + struct.pack("<I", 8) + top + inner_bytes + gps_bytes


def _directory(entries: list[tuple[int, int, bytes]], at: int) -> bytes:
    sizes = {2: 1, 4: 4, 5: 8}
    table, values = struct.pack("<H", len(entries)), b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, value in entries:
        where = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", behind + len(values))
        table += struct.pack("<HHI", tag, kind, len(value) // sizes[kind]) + where
        values += value if len(value) > 4 else b""
    return table + struct.pack("<I", 0) + values


def _side(tag: int, degrees: float, sides: bytes) -> list[tuple[int, int, bytes]]:
    side = sides[:1] if degrees >= 0 else sides[1:]
    whole, rest = divmod(abs(degrees), 1)
    minutes, rest = divmod(rest * 60, 1)
    numbers = struct.pack("<6I", int(whole), 1, int(minutes), 1, round(rest * 60 * 10_000), 10_000)
    return [(tag, 2, side + b"\0"), (tag + 1, 5, numbers)]
