# SPDX-License-Identifier: Apache-2.0
"""What a reader sees of the errors: scatter with its ellipse, error over time, distribution, the way driven, the sky; lists."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit.figures import Ecdf, Ellipse, Line, Scatter, Series, Track
from harness.kit.listings import Column, Listing
from harness.model import Figure, Outcome, Text
from harness.plugins import Request, Shown
from probes.gnss.digests.blocks import accuracy_block
from probes.gnss.digests.deviation import Deviations, reported
from probes.gnss.measurands.constellation import constellation_figures
from probes.gnss.measurands.drawn import drawn
from probes.gnss.measurands.repeatability import set_means, simplified, whole_series
from probes.gnss.measurands.view import Antenna, Compared
from probes.gnss.measurands.words import WORDS, titled

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
_QUALITIES = {4: "fixed", 5: "float", 2: "differential", 1: "single"}
_FIGURES = (
    ("horizontal_rms_m", "horizontal-rms"),
    ("horizontal_p50_m", "horizontal-p50"),
    ("horizontal_p95_m", "horizontal-p95"),
    ("horizontal_max_m", "horizontal-max"),
    ("vertical_rms_m", "vertical-rms"),
    ("vertical_p95_m", "vertical-p95"),
    ("vertical_max_m", "vertical-max"),
)
"""Keys of :func:`probes.gnss.digests.blocks.accuracy_block`, and of their titles."""


def show(view: Compared, outcome: Outcome, request: Request) -> Shown:
    """Pictures and lists of every receiver that has a truth."""
    del outcome
    antennas = [each for each in view.antennas if each.errors is not None]
    limit_mm = None if request.limit is None else float(request.limit.quantity.to("mm"))
    figures = [
        figure if len(antennas) == 1 else _of(each.label, figure)
        for each in antennas
        for figure in _pictures(each, limit_mm, vertical=view.vertical)
    ]
    return Shown(tuple(figures), tuple(_listings(view, antennas, request)))


def _of(receiver: str, figure: Any) -> Figure:
    named: Figure = replace(figure, title=titled(figure.title, receiver))
    return named


def _pictures(antenna: Antenna, limit_mm: float | None, *, vertical: bool) -> Iterator[Figure]:
    """Of the errors, and with the horizontal ones also of the satellites."""
    found = antenna.errors
    if found is None or not found.fixed.any():
        return
    size = np.nan_to_num(np.abs(found.enu_m[:, 2]) if vertical else found.horizontal_m)
    rows = drawn(size)
    if not vertical:
        yield _scatter(found, rows)
    title = WORDS.text("vertical-error" if vertical else "horizontal-error")
    yield _over_time(found, rows, title, limit_mm, vertical=vertical)
    yield _ecdf(size[found.fixed], title)
    if found.settings.mode == "dynamic" and not vertical:
        yield _track(found, rows)
    if not vertical:
        yield from constellation_figures(found.whole, antenna.summary.sky)


def _scatter(found: Deviations, rows: Rows) -> Figure:
    at = found.enu_m[rows] * 1000
    return Scatter(
        WORDS.text("scatter"),
        "mm",
        x=_list(at[:, 0]),
        y=_list(at[:, 1]),
        group=_names(found, rows),
        x_title=WORDS.text("east"),
        y_title=WORDS.text("north"),
        ellipse=ellipse(found.enu_m[found.fixed, :2] * 1000),
    )


def ellipse(points: Floats) -> Ellipse | None:
    """The 95 % ellipse of points (n, 2): centre, half axes, angle of the major one in degrees from x to y.

    For normal errors it holds 95 % of them (chi-square with 2 degrees of freedom: half axes of sqrt(5.991) standard
    deviations). None for fewer than three points.
    """
    if len(points) < 3:
        return None
    variances, axes = np.linalg.eigh(np.cov(points.T))
    minor, major = np.sqrt(np.maximum(variances, 0.0) * -2 * math.log(0.05))
    angle = math.degrees(math.atan2(axes[1, 1], axes[0, 1])) % 180
    return Ellipse(*(round(float(each), 3) for each in (*points.mean(axis=0), major, minor, angle)))


def _over_time(found: Deviations, rows: Rows, title: Text, limit_mm: float | None, *, vertical: bool) -> Figure:
    at = found.enu_m[rows] * 1000
    axes = (("up", 2),) if vertical else (("east", 0), ("north", 1))
    return Series(
        WORDS.text("over-time", error=title),
        "mm",
        x=_list((found.log.time_ns[rows] - found.log.time_ns[0]) / 1e9),
        lines=tuple(Line(WORDS.text(name), _list(at[:, axis])) for name, axis in axes),
        x_title=WORDS.text("time"),
        x_unit="s",
        limits=None if limit_mm is None else (-limit_mm, limit_mm),
        group=_names(found, rows),
    )


def _ecdf(size_m: Floats, title: Text) -> Figure:
    ordered = np.sort(size_m) * 1000
    rows = drawn(ordered)
    return Ecdf(
        WORDS.text("distribution", error=title), "mm", x=_list(ordered[rows]), p=((rows + 1) / len(ordered)).tolist()
    )


def _track(found: Deviations, rows: Rows) -> Figure:
    """Where the receiver said it was, and the truth under it."""
    chosen = np.zeros(len(found.log), dtype=np.bool_)
    chosen[rows] = True
    said = reported(found.log.where(chosen), found.settings)
    true = said - found.enu_m[rows]
    return Track(
        WORDS.text("way"),
        "m",
        x=_list(said[:, 0]),
        y=_list(said[:, 1]),
        line_x=_list(true[:, 0]),
        line_y=_list(true[:, 1]),
        line_title=WORDS.text("reference-way"),
        group=_names(found, rows),
    )


def _names(found: Deviations, rows: Rows) -> list[Text]:
    """The kind of solution of each epoch that is drawn."""
    known = {quality: WORDS.text(_QUALITIES.get(quality, "other")) for quality in range(10)}
    return [known.get(quality, known[0]) for quality in found.log.epochs["quality"][rows].tolist()]


def _list(values: Floats) -> list[float]:
    rounded: list[float] = np.round(values, 3).tolist()
    return rounded


def _listings(view: Compared, antennas: list[Antenna], request: Request) -> Iterator[Listing]:
    found = [(each.label, each.errors) for each in antennas if each.errors is not None]
    if found:
        yield _errors(found)
        yield _counted("qualities", "quality", ((name, _by_quality(each)) for name, each in found))
        yield _counted("left-out", "cause", ((name, _left_out(each)) for name, each in found))
        yield _counted("contents", "what", ((name, _contents(each)) for name, each in found))
    if view.corrections:
        columns = (
            Column("stream", WORDS.text("stream")),
            Column("system", WORDS.text("system")),
            Column("messages", WORDS.text("messages")),
        )
        rows = [(name, system, count) for name, by in view.corrections.items() for system, count in by.items()]
        yield Listing("corrections", WORDS.text("corrections"), columns, rows)
    if request.reading.statistic == "iso17123":
        yield from _simplified(found, vertical=view.vertical)


def _errors(found: list[tuple[str, Deviations]]) -> Listing:
    """Accuracy of fixed epochs and of all epochs side by side."""
    columns = [
        Column("receiver", WORDS.text("receiver")),
        Column("solutions", WORDS.text("solutions")),
        Column("n", WORDS.text("count")),
        *(Column(key, WORDS.text(title), "m") for key, title in _FIGURES),
    ]
    rows = []
    for name, each in found:
        for kind, enu_m in (("fixed", each.enu_m[each.fixed]), ("all", each.enu_m)):
            rows.append({"receiver": name, "solutions": WORDS.text(kind), **accuracy_block(enu_m)})
    return Listing("errors", WORDS.text("errors"), columns, rows)


def _counted(key: str, what: str, found: Iterator[tuple[str, list[tuple[Text | str, int]]]]) -> Listing:
    """Things by name with their number, a receiver after the other; the titles are the words of both keys."""
    columns = (
        Column("receiver", WORDS.text("receiver")),
        Column(what, WORDS.text(what)),
        Column("count", WORDS.text("count")),
    )
    rows = [(name, thing, count) for name, things in found for thing, count in things]
    return Listing(key, WORDS.text(key), columns, rows)


def _by_quality(found: Deviations) -> list[tuple[Text | str, int]]:
    quality, counts = np.unique(found.whole.epochs["quality"], return_counts=True)
    return [(_quality(each), count) for each, count in zip(quality.tolist(), counts.tolist(), strict=True)]


def _quality(number: int) -> Text | str:
    return WORDS.text(_QUALITIES[number]) if number in _QUALITIES else str(number)


def _left_out(found: Deviations) -> list[tuple[Text | str, int]]:
    return [
        (WORDS.text(f"left-out-{cause.replace('_', '-')}"), count) for cause, count in found.left_out.items() if count
    ]


def _contents(found: Deviations) -> list[tuple[Text | str, int]]:
    return [
        (WORDS.text(f"counted-{name.replace('_', '-')}"), count) for name, count in found.whole.counts.items() if count
    ]


def _simplified(found: list[tuple[str, Deviations]], *, vertical: bool) -> Iterator[Listing]:
    """The deviations of each set where only the simplified procedure can be done."""
    rows = []
    for name, each in found:
        points, nominal = set_means(each), each.settings.nominal
        series = whole_series(points)
        if nominal is not None and series is not None and np.isnan(points[..., 0]).any():
            deviation, tolerance, _ = simplified(series, nominal, vertical=vertical)
            rows += [(name, number, value, tolerance) for number, value in enumerate(deviation.tolist(), 1)]
    if rows:
        columns = (
            Column("receiver", WORDS.text("receiver")),
            Column("set", WORDS.text("set")),
            Column("deviation", WORDS.text("deviation"), "m"),
            Column("tolerance", WORDS.text("tolerance"), "m"),
        )
        yield Listing("deviations", WORDS.text("deviations"), columns, rows)
