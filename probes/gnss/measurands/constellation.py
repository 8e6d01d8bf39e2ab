# SPDX-License-Identifier: Apache-2.0
"""Pictures of what a receiver heard: satellites used by system, signal strength by signal, where they stood in the sky."""

from __future__ import annotations

from collections.abc import Iterator

from harness.kit.figures import Bars, Sky
from harness.model import Figure, Text
from probes.gnss.digests.log import Log
from probes.gnss.digests.sky import Sky as Heard
from probes.gnss.measurands.words import WORDS

SATELLITES = 60
"""Names drawn at most."""
SYSTEMS = {4: "C", 1: "G", 2: "R", 3: "E", 5: "J", 6: "I"}
"""RINEX letters of NMEA system IDs, BeiDou first."""
_SIGNALS = {
    (1, "1"): "L1 C/A", (1, "5"): "L2C-M", (1, "6"): "L2C-L", (1, "7"): "L5-I", (1, "8"): "L5-Q",
    (2, "1"): "G1", (2, "3"): "G2",
    (3, "1"): "E5a", (3, "2"): "E5b", (3, "6"): "E1-A", (3, "7"): "E1",
    (4, "1"): "B1I", (4, "3"): "B1C", (4, "5"): "B2a", (4, "6"): "B2b", (4, "8"): "B3I", (4, "B"): "B2I",
}  # fmt: skip


def constellation_figures(log: Log, heard: Heard) -> Iterator[Figure]:
    """Satellites used by system, C/N0 by signal, and the sky; each only where the log tells it."""
    yield from _used(log)
    yield from _strengths(heard)
    yield from _places(heard)


def system_name(system: int) -> Text:
    """The name of an NMEA system ID from 1 on."""
    return WORDS.text(f"system-{system}")


def _used(log: Log) -> Iterator[Figure]:
    epochs = sum(count for name, count in log.by_id.items() if name.endswith("GGA"))
    used = [(system_name(each), round(log.used[each] / epochs, 2)) for each in SYSTEMS if epochs and log.used.get(each)]
    if used:
        names, counts = zip(*used, strict=True)
        yield Bars(WORDS.text("used"), "个", labels=names, values=counts)


def _strengths(heard: Heard) -> Iterator[Figure]:
    rows = sorted(heard.strength.items(), key=lambda each: (list(SYSTEMS).index(each[0][0]), each[0][1]))
    if rows:
        labels = [_signal(system, signal) for (system, signal), _ in rows]
        values = [round(total / count, 1) for _, (count, total) in rows]
        yield Bars(WORDS.text("strength"), "dB-Hz", labels=labels, values=values)


def _signal(system: int, signal: str) -> Text:
    name, band = system_name(system), _SIGNALS.get((system, signal), signal)
    return WORDS.text("signal", system=name, band=band) if band else name


def _places(heard: Heard) -> Iterator[Figure]:
    every = sorted(heard.places.items(), key=lambda each: (list(SYSTEMS).index(each[0][0]), each[0][1]))[:SATELLITES]
    if every:
        yield Sky(
            WORDS.text("sky"),
            elevation=[place.elevation for _, place in every],
            azimuth=[place.azimuth for _, place in every],
            label=[f"{SYSTEMS[system]}{number:02d}" for (system, number), _ in every],
            group=[system_name(system) for (system, _), _ in every],
        )
