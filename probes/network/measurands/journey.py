# SPDX-License-Identifier: Apache-2.0
"""Latency and interruptions joined with where they happened: place, speed, cell, handover; a map of the track. Pure.

The join is by time: a row of the track within 2 s. Latencies are means per second, the finest that summaries keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit import figures
from harness.kit.figures import Table
from harness.kit.listings import Listing
from harness.kit.track import NEAR_NS, Track
from harness.model import Figure, Lack, Reason, Text
from harness.plugins import Request
from harness.quantity import Quantity
from probes.network.digests.delays import SECOND_NS, summed
from probes.network.measurands.view import Evidence
from probes.network.measurands.words import WORDS, facts, head, listing

SPEEDS_KMH = (0, 10, 30, 60, 90, 120)
_BANDS_MS = (2, 10, 20, 50, 100)
_KMH = 3.6
_CELLS = 100
_PLACED = 0.9
"""Share of the seconds of a drive that have to have a place: tunnels are left, a parking lot is not."""
_LISTED = 200
"""Changes of cell that are listed one by one."""
_MEANS = (("seconds", ""), ("packets", ""), ("mean_ms", "ms"), ("worst_second_ms", "ms"))

Seconds = npt.NDArray[np.int64]
Metres = npt.NDArray[np.float64]


def placed(track: Track, at_ns: int, length_ns: int) -> dict[str, Any]:
    """Where an interruption began, how fast, in which cell before and after it; what no track tells is None."""
    ends = np.array([at_ns, at_ns + length_ns], np.int64)
    if not len(track):
        return {}
    place, speed = (_nearest(track, column, ends)[0] for column in ("east", "speed"))
    before, after = _around(track.knowing("cell"), at_ns, at_ns + length_ns)
    return {
        **_where(place),
        "speed_kmh": None if speed is None else round(float(speed["speed"]) * _KMH, 2),
        "cell": before,
        "cell_after": after,
        "handover": bool(before and after and before != after),
    }


def _around(known: Track, begin_ns: int, end_ns: int) -> tuple[str, str]:
    """The cell that was last told before a break, and the first one after it: a modem is asked seldom, and a break is short."""
    times, cells = known.rows["time_ns"], known.rows["cell"]
    before = int(np.searchsorted(times, begin_ns, "right")) - 1
    after = int(np.searchsorted(times, end_ns, "left"))
    return (
        str(cells[before]) if before >= 0 and begin_ns - times[before] <= NEAR_NS else "",
        str(cells[after]) if after < len(times) and times[after] - end_ns <= NEAR_NS else "",
    )


def _where(place: Any) -> dict[str, float]:
    """A row's place in degrees or m, as far as it is known."""
    if place is None:
        return {}
    names = ("x_m", "y_m") if place["grid"] else ("longitude", "latitude")
    return {name: round(float(place[column]), 7) for name, column in zip(names, ("east", "north"), strict=True)}


def place_columns(track: Track) -> tuple[tuple[str, str], ...]:
    """The columns of what :func:`placed` tells; none without a track."""
    if not len(track):
        return ()
    kinds = set(track.knowing("east").rows["grid"].tolist())
    degrees = (("longitude", "°"), ("latitude", "°")) if False in kinds else ()
    metres = (("x_m", "m"), ("y_m", "m")) if True in kinds else ()
    return (*degrees, *metres, ("speed_kmh", "km/h"), ("cell", ""), ("cell_after", ""), ("handover", ""))


def off_track(view: Evidence) -> tuple[Reason, ...]:
    """Seconds of the measurement that have no place, where any places are known at all."""
    places = view.track.knowing("east")
    if not len(places):
        return ()
    seconds = _seconds(view)
    missed = len(seconds) - len(_on(places, seconds)[0])
    return (WORDS.reason("off-track", missed=missed, seconds=len(seconds)),) if missed else ()


def driven(view: Evidence, request: Request) -> tuple[Lack, ...]:
    """What keeps a measurement from being one along a drive of ``driven`` (a length) or more, where the reading asks for that.

    Places apart count and not the length of the way, which grows while a receiver stands still; outliers of the receiver do not.
    """
    wanted = request.parameter("driven")
    if wanted is None:
        return ()
    least, places, seconds = Quantity.parse(str(wanted)), view.track.knowing("east"), _seconds(view)
    if not len(places) or not len(seconds):
        return (WORDS.lack("drive-without-track", least=least),)
    on, at = _on(places, seconds)
    if len(on) < _PLACED * len(seconds):
        return (WORDS.lack("drive-off-track", missed=len(seconds) - len(on), seconds=len(seconds)),)
    low, high = np.percentile(places.metres()[at], (2, 98), axis=0)
    apart = float(np.hypot(*(high - low)))
    if apart < float(least.to("m")):
        return (WORDS.lack("drive-too-short", least=least, found=round(apart)),)
    return ()


def along(view: Evidence, breaks_ns: Sequence[int] = ()) -> tuple[tuple[Figure, ...], tuple[Listing, ...]]:
    """Pictures of the drive and what lists say about it; nothing at all without a track.

    ``breaks_ns``: when interruptions began; they and the changes of the serving cell are marked on the map.
    """
    track, seconds = view.track, _seconds(view)
    if not len(track):
        return (), ()
    places = track.knowing("east")
    on, at = _on(places, seconds)
    metres = places.metres()
    changes = _changes(track)
    broken = places.nearest(np.array(breaks_ns, np.int64))
    changed = places.nearest(np.array([at for at, _, _ in changes], np.int64))
    cells, speeds = _by_cell(seconds, track.knowing("cell")), _by_speed(seconds, track.knowing("speed"))
    told = {
        "points": len(track),
        "first_ns": int(track.rows["time_ns"][0]),
        "last_ns": int(track.rows["time_ns"][-1]),
        "length_m": round(float(np.hypot(*np.diff(metres, axis=0).T).sum()), 1),
        "handovers": len(changes),
        "seconds_on_track": len(on),
        "seconds": len(seconds),
    }
    lists = (
        facts("track", told),
        listing("by_cell", (("cell", ""), *_MEANS), cells),
        *_list_of(changes, track, seconds),
        listing("by_speed", (("from_kmh", "km/h"), ("to_kmh", "km/h"), *_MEANS), speeds),
    )
    marked = {"group-cell-change": metres[changed[changed >= 0]], "group-interruption": metres[broken[broken >= 0]]}
    drawn = [_map(on, metres[at], metres, marked)] if len(on) else []
    return (*drawn, *([_table(cells, speeds)] if cells or speeds else [])), lists


def _seconds(view: Evidence) -> Seconds:
    """Rows (second, number, sum of delays) of all nodes that answered."""
    return summed(np.concatenate([np.empty((0, 3), np.int64), *(node.seconds for node in view.answering)]))


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


def _changes(track: Track) -> list[tuple[int, str, str]]:
    """Changes of the serving cell along the track: when the next one was first told, the cell before, the cell after."""
    known = track.knowing("cell").rows
    at = np.flatnonzero(known["cell"][1:] != known["cell"][:-1]) + 1
    return [(int(known["time_ns"][row]), str(known["cell"][row - 1]), str(known["cell"][row])) for row in at]


def _list_of(changes: Sequence[tuple[int, str, str]], track: Track, seconds: Seconds) -> tuple[Listing, ...]:
    """The changes by name, each with its place and the mean delay of its second; none where the cell never changed."""
    if not changes:
        return ()
    means = {int(second): total / n / 1e6 for second, n, total in seconds.tolist()}
    where = [each for each in place_columns(track) if each[0] not in {"cell", "cell_after", "handover"}]
    columns = (("at_ns", "ns"), ("cell", ""), ("cell_after", ""), *where, ("mean_ms", "ms"))
    rows = []
    for at_ns, before, after in changes[:_LISTED]:
        told = placed(track, at_ns, 0)
        place = {name: told.get(name) for name, _ in where}
        rows.append(
            {"at_ns": at_ns, "cell": before, "cell_after": after, **place, "mean_ms": means.get(at_ns // SECOND_NS)}
        )
    return (listing("cell_changes", columns, rows),)


def _map(seconds: Seconds, places: Metres, way: Metres, marked: Mapping[str, Metres]) -> figures.Track:
    """The track with each second's mean latency as a band, every change of cell and every interruption, which always stay."""
    delay = seconds[:, 2] / seconds[:, 1] / 1e6
    shown = np.concatenate([places, *marked.values()])
    bands = [Text(f"≤ {band} ms", f"≤ {band} ms") for band in _BANDS_MS] + [Text("> 100 ms", "> 100 ms")]
    slowness = [bands[int(band)] for band in np.searchsorted(_BANDS_MS, delay)]
    slowest = float(delay.max(initial=0.0))
    groups = [WORDS.text(key) for key, found in marked.items() for _ in found]
    weights = [slowest + rank for rank, found in enumerate(marked.values(), start=1) for _ in found]
    return figures.Track(
        WORDS.text("figure-track"),
        "m",
        shown[:, 0].round(2).tolist(),
        shown[:, 1].round(2).tolist(),
        way[:, 0].round(2).tolist(),
        way[:, 1].round(2).tolist(),
        WORDS.text("line-track"),
        [*slowness, *groups],
        [*delay.tolist(), *weights],
    )


def _table(cells: Sequence[Mapping[str, Any]], speeds: Sequence[Mapping[str, Any]]) -> Table:
    columns = [head(name) for name in ("cell-or-speed", "seconds", "packets", "average-ms", "slowest-second-ms")]
    named = [(each["cell"], each) for each in cells]
    named += [(f"{each['from_kmh']}–{each['to_kmh'] or ''} km/h", each) for each in speeds]
    rows = [
        [name, each["seconds"], each["packets"], round(each["mean_ms"], 3), round(each["worst_second_ms"], 3)]
        for name, each in named
    ]
    return Table(WORDS.text("figure-by-cell-and-speed"), columns, rows)
