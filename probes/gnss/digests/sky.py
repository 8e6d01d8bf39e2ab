# SPDX-License-Identifier: Apache-2.0
"""What GSV sentences said of the sky: signal strength as counts and sums, and where each satellite stood last.

The beginning of a segment is read, then a window every few MiB, so that a long log costs little more than a short one.
Windows lie at fixed offsets and a sentence belongs to the window it begins in: the same bytes give the same sky, however
the log was cut for decoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from probes.gnss.formats.nmea import GSV, TALKERS, right

HEAD, WINDOW, EVERY = 640 << 10, 16 << 10, 4 << 20
"""Bytes read of the beginning, and of each window, and from one window to the next."""
_LONGEST = 512


class Place(NamedTuple):
    """Where a satellite stood, in degrees, and in which sentence that was said; a later sentence is greater."""

    segment: str
    offset: int
    elevation: int
    azimuth: int


@dataclass(frozen=True, slots=True)
class Sky:
    """``strength``: how many C/N0 and their sum in dB-Hz by (system, signal ID); ``places`` by (system, satellite number)."""

    strength: Mapping[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    places: Mapping[tuple[int, int], Place] = field(default_factory=dict)

    def merge(self, other: Sky) -> Sky:
        """The sky of both; associative and commutative."""
        strength, places = dict(self.strength), dict(self.places)
        for signal, (count, total) in other.strength.items():
            mine = strength.get(signal, (0, 0))
            strength[signal] = mine[0] + count, mine[1] + total
        for satellite, place in other.places.items():
            places[satellite] = max(place, places.get(satellite, place))
        return Sky(strength, places)


def sky_of(path: Path, start: int = 0, stop: int = -1) -> Sky:
    """The sky of bytes [start, stop) of a segment, -1 for its end; both must be where an item begins."""
    strength: dict[tuple[int, str], tuple[int, int]] = {}
    places: dict[tuple[int, int], Place] = {}
    for offset, data in _windows(path, start, stop):
        for match in GSV.finditer(data):
            system = TALKERS.get(match[2])
            if match.start() < len(data) - _LONGEST and system is not None and right(match[1], match[4]):
                cells = match[3].decode("ascii", "replace").split(",")[1:]
                signal = cells.pop() if len(cells) % 4 == 1 else ""
                for number, elevation, azimuth, level in zip(*(cells[place::4] for place in range(4)), strict=False):
                    if level.isdecimal():
                        count, total = strength.get((system, signal), (0, 0))
                        strength[system, signal] = count + 1, total + int(level)
                    if number.isdecimal() and elevation.isdecimal() and azimuth.isdecimal():
                        place = Place(path.name, offset + match.start(), int(elevation), int(azimuth))
                        places[system, int(number)] = place
    return Sky(strength, places)


def _windows(path: Path, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each window's part within [start, stop), with ``_LONGEST`` bytes behind it."""
    with path.open("rb") as file:
        stop = file.seek(0, 2) if stop < 0 else stop
        spans = [(0, HEAD), *((at, at + WINDOW) for at in range(-(-HEAD // EVERY) * EVERY, stop, EVERY))]
        for begin, end in spans:
            low, high = max(begin, start), min(end, stop)
            if low < high:
                file.seek(low)
                data = file.read(high - low + _LONGEST)
                yield low, data.ljust(high - low + _LONGEST, b"\n")
