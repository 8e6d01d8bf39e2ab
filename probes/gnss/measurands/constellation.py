# SPDX-License-Identifier: Apache-2.0
"""Pictures of what a receiver heard: satellites used by system, signal strength by signal, where they stood in the sky."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model import Figure, Text
from probes.gnss.digests.log import Log
from probes.gnss.digests.sky import Sky

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
_SIGNALS = {
    (1, "1"): "L1 C/A", (1, "5"): "L2C-M", (1, "6"): "L2C-L", (1, "7"): "L5-I", (1, "8"): "L5-Q",
    (2, "1"): "G1", (2, "3"): "G2",
    (3, "1"): "E5a", (3, "2"): "E5b", (3, "6"): "E1-A", (3, "7"): "E1",
    (4, "1"): "B1I", (4, "3"): "B1C", (4, "5"): "B2a", (4, "6"): "B2b", (4, "8"): "B3I", (4, "B"): "B2I",
}  # fmt: skip


def constellation_figures(log: Log, sky: Sky) -> tuple[Figure, ...]:
    """Satellites used by system, C/N0 by signal, and the sky; each only where the log tells it."""
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
        "elevation": [place.elevation for _, place in every],
        "azimuth": [place.azimuth for _, place in every],
        "label": [f"{SYSTEMS[system][1]}{number:02d}" for (system, number), _ in every],
        "group": [SYSTEMS[system][0] for (system, _), _ in every],
    }
    return Figure(
        "sky", Text("可见卫星的方位与高度角（GSV）", "Satellites in view: azimuth and elevation (GSV)"), "°", data
    )
