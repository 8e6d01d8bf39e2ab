# SPDX-License-Identifier: Apache-2.0
"""RTCM 3: which systems a correction stream is about, and where its base stands (RTCM 10403.3, messages 1005 and 1006).

Framing and types are :mod:`probes.gnss.formats.kernel`'s; a message with a wrong checksum is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

SYSTEMS = {"GPS": 107, "GLONASS": 108, "Galileo": 109, "SBAS": 110, "QZSS": 111, "BeiDou": 112, "NavIC": 113}
"""MSM types of a system are ten times this number plus 1 to 7 (RTCM 10403.3 table 3.5-78)."""


def systems(by_type: Mapping[int, int]) -> dict[str, int]:
    """MSM messages of each system, from RTCM messages by type."""
    found = {name: sum(by_type.get(10 * base + kind, 0) for kind in range(1, 8)) for name, base in SYSTEMS.items()}
    return {name: count for name, count in found.items() if count}


class Station(NamedTuple):
    """A base as it tells itself: number, Earth-centred coordinates of its antenna, height above the mark (1006), in 0.1 mm."""

    number: int
    x: int
    y: int
    z: int
    antenna: int | None = None

    @property
    def xyz_m(self) -> tuple[float, float, float]:
        """Earth-centred coordinates of the antenna's reference point in m."""
        return self.x / 1e4, self.y / 1e4, self.z / 1e4


_SIZES = {1005: 19, 1006: 21}
_PREAMBLE = b"\xd3"


def stations(data: bytes) -> Iterator[Station]:
    """What each 1005 and 1006 with a right checksum says."""
    at = data.find(_PREAMBLE)
    while at >= 0:
        size = int.from_bytes(data[at + 1 : at + 3], "big") & 0x3FF
        body = data[at + 3 : at + 3 + size]
        kind = int.from_bytes(body[:2], "big") >> 4
        whole = _SIZES.get(kind) == size == len(body)
        if whole and _crc24q(data[at : at + 3 + size]) == int.from_bytes(data[at + 3 + size : at + 6 + size], "big"):
            yield _station(body, kind)
            at = data.find(_PREAMBLE, at + 6 + size)
        else:
            at = data.find(_PREAMBLE, at + 1)


def _station(body: bytes, kind: int) -> Station:
    bits, length = int.from_bytes(body, "big"), 8 * len(body)

    def field(start: int, width: int, *, signed: bool = False) -> int:
        value = bits >> (length - start - width) & ((1 << width) - 1)
        return value - (1 << width) if signed and value >> (width - 1) else value

    x, y, z = (field(start, 38, signed=True) for start in (34, 74, 114))
    return Station(field(12, 12), x, y, z, field(152, 16) if kind == 1006 else None)


def _crc24q(data: bytes) -> int:
    check = 0
    for each in data:
        check ^= each << 16
        for _ in range(8):
            check = (check << 1) ^ (0x1864CFB if check & 0x800000 else 0)
    return check & 0xFFFFFF
