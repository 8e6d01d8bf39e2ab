# SPDX-License-Identifier: Apache-2.0
"""Pictures of what a receiver heard: satellites used by system, signal strength by signal, where they stood in the sky.

GSV sentences are read from windows spread evenly over the log, so that a long one costs no more than a short one; the
same bytes give the same pictures, however the log was cut for decoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import xor
from pathlib import Path

from harness.model import Figure, Text
from probes.gnss.summary import Log

WINDOWS, WINDOW = 40, 16384
"""Places of the log that are looked at, and bytes at each."""
SATELLITES = 60
"""Names drawn at most."""
SYSTEMS: Mapping[int, tuple[Text, str]] = {
    4: (Text("北斗", "BeiDou"), "C"),
    1: (Text("GPS", "GPS"), "G"),
    2: (Text("格洛纳斯", "GLONASS"), "R"),
    3: (Text("伽利略", "Galileo"), "E"),
    5: (Text("QZSS", "QZSS"), "J"),
    6: (Text("NavIC", "NavIC"), "I"),
}
"""NMEA system IDs with their names and RINEX letters, BeiDou first."""
_TALKERS = {b"GP": 1, b"GL": 2, b"GA": 3, b"GB": 4, b"BD": 4, b"GQ": 5, b"QZ": 5, b"GI": 6}
_SIGNALS = {
    (1, "1"): "L1 C/A", (1, "5"): "L2C-M", (1, "6"): "L2C-L", (1, "7"): "L5-I", (1, "8"): "L5-Q",
    (2, "1"): "G1", (2, "3"): "G2",
    (3, "1"): "E5a", (3, "2"): "E5b", (3, "6"): "E1-A", (3, "7"): "E1",
    (4, "1"): "B1I", (4, "3"): "B1C", (4, "5"): "B2a", (4, "6"): "B2b", (4, "8"): "B3I", (4, "B"): "B2I",
}  # fmt: skip
_GSV = re.compile(rb"\$(([A-Z]{2})GSV,\d+,\d+,\d*((?:,[^,*\r\n]*)+))\*([0-9A-F]{2})")


@dataclass(slots=True)
class Sky:
    """What GSV sentences said: C/N0 sums by (system, signal ID), and elevation and azimuth by (system, number)."""

    strength: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    places: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)


def sky_of(segments: Sequence[Path]) -> Sky:
    """The sky over a log; the last place of each satellite in the sampled windows, C/N0 over all of them."""
    return _sky(tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in segments), WINDOW)


@lru_cache(maxsize=8)  # every reading of an indicator draws the same sky
def _sky(segments: tuple[tuple[Path, int, int], ...], length: int) -> Sky:
    sky = Sky()
    for window in _windows([(path, size) for path, size, _ in segments], length):
        for match in _GSV.finditer(window):
            system = _TALKERS.get(match[2])
            if system is not None and reduce(xor, match[1]) == int(match[4], 16):
                _add(sky, system, match[3].decode("ascii", "replace").split(",")[1:])
    return sky


def _windows(segments: Sequence[tuple[Path, int]], length: int) -> Iterator[bytes]:
    """All of a short log, evenly spread pieces of a long one."""
    total = sum(size for _, size in segments)
    short = total <= WINDOWS * length
    for path, size in segments:
        with path.open("rb") as file:
            for start in range(0, size, max(size, 1) if short else total // WINDOWS):
                file.seek(start)
                yield file.read(size if short else length)


def _add(sky: Sky, system: int, cells: list[str]) -> None:
    signal = cells.pop() if len(cells) % 4 == 1 else ""
    for number, elevation, azimuth, strength in zip(*(cells[place::4] for place in range(4)), strict=False):
        if strength.isdecimal():
            count, total = sky.strength.get((system, signal), (0, 0))
            sky.strength[system, signal] = count + 1, total + int(strength)
        if number.isdecimal() and elevation.isdecimal() and azimuth.isdecimal():
            sky.places[system, int(number)] = int(elevation), int(azimuth)


def constellation_figures(log: Log, segments: Sequence[Path]) -> tuple[Figure, ...]:
    """Satellites used by system, C/N0 by signal, and the sky; each only where the log tells it."""
    sky = sky_of(segments)
    epochs = sum(count for name, count in log.by_id.items() if name.endswith("GGA"))
    found = (_used(log, epochs), _strengths(sky), _places(sky))
    return tuple(figure for figure in found if figure is not None)


def _used(log: Log, epochs: int) -> Figure | None:
    used = [
        (name, log.used[system] / epochs) for system, (name, _) in SYSTEMS.items() if epochs and log.used.get(system)
    ]
    if not used:
        return None
    title = Text("每历元参与解算的卫星数（GSA）", "Satellites used in each epoch (GSA), mean")
    return Figure("bars", title, "个", {"labels": [name for name, _ in used], "values": [round(n, 2) for _, n in used]})


def _strengths(sky: Sky) -> Figure | None:
    rows = sorted(sky.strength.items(), key=lambda each: (list(SYSTEMS).index(each[0][0]), each[0][1]))
    if not rows:
        return None
    labels = [_signal(system, signal) for (system, signal), _ in rows]
    values = [round(total / count, 1) for _, (count, total) in rows]
    title = Text("各信号的平均载噪比 C/N0（GSV）", "Mean C/N0 of each signal (GSV)")
    return Figure("bars", title, "dB-Hz", {"labels": labels, "values": values})


def _signal(system: int, signal: str) -> Text:
    name = SYSTEMS[system][0]
    band = _SIGNALS.get((system, signal), signal)
    return Text(f"{name.zh} {band}".strip(), f"{name.en} {band}".strip())


def _places(sky: Sky) -> Figure | None:
    every = sorted(sky.places.items(), key=lambda each: (list(SYSTEMS).index(each[0][0]), each[0][1]))[:SATELLITES]
    if not every:
        return None
    data = {
        "elevation": [elevation for _, (elevation, _) in every],
        "azimuth": [azimuth for _, (_, azimuth) in every],
        "label": [f"{SYSTEMS[system][1]}{number:02d}" for (system, number), _ in every],
        "group": [SYSTEMS[system][0] for (system, _), _ in every],
    }
    return Figure(
        "sky", Text("可见卫星的方位与高度角（GSV）", "Satellites in view: azimuth and elevation (GSV)"), "°", data
    )
