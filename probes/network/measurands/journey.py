# SPDX-License-Identifier: Apache-2.0
"""Latency and interruptions joined with where they happened: place, speed, cell, handover; a map of the track. Pure.

The join is by time: a row of the track within 2 s. Latencies are means per second, the finest that summaries keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.model import Figure, Reason, Text
from harness.plugins import Input
from probes.network.digests.delays import SECOND_NS, summed
from probes.network.digests.drive import Drive
from probes.network.measurands import sentences
from probes.network.measurands.figures import POINTS
from probes.network.measurands.view import Evidence
from probes.network.traces.track import Track

SPEEDS_KMH = (0, 10, 30, 60, 90, 120)
_BANDS_MS = (2, 10, 20, 50, 100)
_KMH = 3.6
_CELLS = 100

_BREAK = Text("中断", "interruption")

Seconds = npt.NDArray[np.int64]
Metres = npt.NDArray[np.float64]


def track_in(inputs: Sequence[Input]) -> Track:
    """The tracks of all inputs as one."""
    return reduce(Track.merge, (each.summary.track for each in inputs if isinstance(each.summary, Drive)), Track.none())


def placed(track: Track, at_ns: int, length_ns: int) -> dict[str, Any]:
    """Where an interruption began, how fast, in which cell before and after it; what no track tells is None."""
    ends = np.array([at_ns, at_ns + length_ns], np.int64)
    if not len(track):
        return {}
    place, speed = (_nearest(track, column, ends)[0] for column in ("east", "speed"))
    before, after = ("" if row is None else str(row["cell"]) for row in _nearest(track, "cell", ends))
    east, north = ("x_m", "y_m") if place is not None and place["grid"] else ("longitude", "latitude")
    return {
        east: None if place is None else round(float(place["east"]), 7),
        north: None if place is None else round(float(place["north"]), 7),
        "speed_kmh": None if speed is None else round(float(speed["speed"]) * _KMH, 2),
        "cell": before,
        "cell_after": after,
        "handover": bool(before and after and before != after),
    }


def along(
    evidence: Evidence, track: Track, breaks_ns: Sequence[int] = ()
) -> tuple[dict[str, Any], tuple[Figure, ...], tuple[Reason, ...]]:
    """What the listing says about the drive, its pictures, and remarks; nothing at all without a track.

    ``breaks_ns``: when interruptions began; they are marked on the map.
    """
    if not len(track):
        return {}, (), ()
    seconds = summed(np.concatenate([np.empty((0, 3), np.int64), *(node.seconds for node in evidence.answering)]))
    places = track.knowing("east")
    on, at = _on(places, seconds)
    metres = places.metres()
    broken = places.nearest(np.array(breaks_ns, np.int64))
    cells, speeds = _by_cell(seconds, track.knowing("cell")), _by_speed(seconds, track.knowing("speed"))
    listing = {
        "track": {
            "points": len(track),
            "first_ns": int(track.rows["time_ns"][0]),
            "last_ns": int(track.rows["time_ns"][-1]),
            "length_m": round(float(np.hypot(*np.diff(metres, axis=0).T).sum()), 1),
            "handovers": _handovers(track),
            "seconds_on_track": len(on),
            "seconds": len(seconds),
        },
        "by_cell": cells,
        "by_speed": speeds,
    }
    figures = (
        *([_map(on, metres[at], metres, metres[broken[broken >= 0]])] if len(on) else []),
        *([_table(cells, speeds)] if cells or speeds else []),
    )
    missed = len(seconds) - len(on)
    return listing, figures, (sentences.off_track(missed, len(seconds)),) if missed else ()


def _nearest(track: Track, column: str, at_ns: Seconds) -> list[Any]:
    """The row nearest to each moment that knows ``column``, or None."""
    known = track.knowing(column)
    return [None if row < 0 else known.rows[row] for row in known.nearest(at_ns).tolist()]


def _on(track: Track, seconds: Seconds) -> tuple[Seconds, Seconds]:
    """The seconds that the track covers, and their rows of it; a second is where its middle was."""
    rows = track.nearest(seconds[:, 0] * SECOND_NS + SECOND_NS // 2)
    return seconds[rows >= 0], rows[rows >= 0]


def _by_cell(seconds: Seconds, track: Track) -> list[dict[str, Any]]:
    on, at = _on(track, seconds)
    names = track.rows["cell"][at]
    found = [{"cell": str(name), **_mean(on[names == name])} for name in np.unique(names)]
    return sorted(found, key=lambda each: -each["packets"])[:_CELLS]


def _by_speed(seconds: Seconds, track: Track) -> list[dict[str, Any]]:
    on, at = _on(track, seconds)
    speed = track.rows["speed"][at] * _KMH
    bands = [
        (low, None if np.isinf(high) else high, on[(speed >= low) & (speed < high)])
        for low, high in pairwise([*SPEEDS_KMH, np.inf])
    ]
    return [{"from_kmh": low, "to_kmh": high, **_mean(rows)} for low, high, rows in bands if len(rows)]


def _mean(rows: Seconds) -> dict[str, Any]:
    packets = int(rows[:, 1].sum())
    worst = int(np.argmax(rows[:, 2] / rows[:, 1]))
    return {
        "seconds": len(rows),
        "packets": packets,
        "mean_ms": int(rows[:, 2].sum()) / packets / 1e6,
        "worst_second_ms": int(rows[worst, 2]) / int(rows[worst, 1]) / 1e6,
    }


def _handovers(track: Track) -> int:
    """Changes of the serving cell along the track."""
    cells = track.rows["cell"][track.rows["cell"] != ""]
    return int((cells[1:] != cells[:-1]).sum())


def _map(seconds: Seconds, places: Metres, way: Metres, breaks: Metres) -> Figure:
    """The track with each second's mean latency as a band and every interruption; thinned evenly, the slowest always there."""
    delay = seconds[:, 2] / seconds[:, 1] / 1e6
    slowest = np.argsort(-delay, kind="stable")[: POINTS // 10]
    even = np.linspace(0, len(delay) - 1, min(len(delay), POINTS * 9 // 10)).astype(np.int64)
    drawn = np.unique(np.concatenate([even, slowest]))
    breaks = breaks[:POINTS]
    shown = np.concatenate([places[drawn], breaks])
    line = way[np.unique(np.linspace(0, len(way) - 1, min(len(way), POINTS)).astype(np.int64))]
    names = [*(Text(f"≤ {band} ms", f"≤ {band} ms") for band in _BANDS_MS), Text("> 100 ms", "> 100 ms")]
    return Figure(
        "track",
        Text("行车轨迹与每秒平均时延", "The track with each second's mean latency"),
        "m",
        {
            "x": [round(float(value), 2) for value in shown[:, 0]],
            "y": [round(float(value), 2) for value in shown[:, 1]],
            "group": [names[int(band)] for band in np.searchsorted(_BANDS_MS, delay[drawn])] + [_BREAK] * len(breaks),
            "line_x": [round(float(value), 2) for value in line[:, 0]],
            "line_y": [round(float(value), 2) for value in line[:, 1]],
            "line_title": Text("行车轨迹", "the drive"),
        },
    )


def _table(cells: Sequence[Mapping[str, Any]], speeds: Sequence[Mapping[str, Any]]) -> Figure:
    columns = [
        Text("小区或车速", "Cell or speed"),
        Text("秒数", "Seconds"),
        Text("报文", "Packets"),
        Text("平均 ms", "Mean ms"),
        Text("最差一秒 ms", "Worst second ms"),
    ]
    named = [(each["cell"], each) for each in cells]
    named += [(f"{each['from_kmh']}–{each['to_kmh'] or ''} km/h", each) for each in speeds]
    rows = [
        [name, each["seconds"], each["packets"], round(each["mean_ms"], 3), round(each["worst_second_ms"], 3)]
        for name, each in named
    ]
    return Figure(
        "table", Text("按小区与车速统计的时延", "Latency by cell and by speed"), "", {"columns": columns, "rows": rows}
    )
