# SPDX-License-Identifier: Apache-2.0
"""Data of the pictures: scatter with the limit's circle, error over time, ECDF, tables. At most 600 points, no randomness.

``scatter``: x, y in mm, group of each point, 95 % ellipse. ``series``: x in s, one named line each. ``ecdf``: x in mm,
share. ``track``: the way in m about the origin. Points are thinned by even rank, and the largest errors are always among them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.model import Figure, Text
from probes.gnss.digests.deviation import Deviations, positions
from probes.gnss.digests.epochs import Gap
from probes.gnss.digests.log import Log

POINTS = 600
WORST = 60
"""Points kept for the largest errors, whatever the thinning."""
ROWS = 100
_NAMES = {
    4: Text("固定解", "fixed"),
    5: Text("浮点解", "float"),
    2: Text("差分", "differential"),
    1: Text("单点", "single point"),
}
_OTHER = Text("其他", "other")


def kept(size: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Rows to draw, in order: evenly spaced ones and those with the largest ``size`` (n,)."""
    if len(size) <= POINTS:
        return np.arange(len(size))
    even = np.linspace(0, len(size) - 1, POINTS - WORST).round().astype(np.int64)
    return np.unique(np.concatenate([even, np.argsort(-size, kind="stable")[:WORST]]))


def accuracy_figures(found: Deviations, *, vertical: bool, limit_m: float | None) -> tuple[Figure, ...]:
    """Scatter (horizontal only), error over time, and ECDF of the absolute error."""
    size = np.abs(found.enu_m[:, 2]) if vertical else found.horizontal_m
    size = np.nan_to_num(size)
    limit_mm = None if limit_m is None else limit_m * 1000
    drawn = kept(size)
    title = Text("垂直误差", "Vertical error") if vertical else Text("水平误差", "Horizontal error")
    pictures = [] if vertical else [_scatter(found, drawn)]
    pictures.append(_over_time(found, drawn, title, limit_mm, vertical=vertical))
    pictures.append(_ecdf(size[found.fixed], title, limit_mm))
    if found.settings.mode == "dynamic" and not vertical:
        pictures.append(_track(found, drawn))
    return tuple(pictures)


def _scatter(found: Deviations, drawn: npt.NDArray[np.int64]) -> Figure:
    at = found.enu_m[drawn] * 1000
    return Figure(
        "scatter",
        Text("水平误差散点", "Horizontal error, scatter"),
        "mm",
        {
            "x": _list(at[:, 0]),
            "y": _list(at[:, 1]),
            "x_title": Text("东", "east"),
            "y_title": Text("北", "north"),
            "group": [_name(quality) for quality in found.log.epochs["quality"][drawn]],
            "ellipse": ellipse(found.enu_m[found.fixed, :2] * 1000),
        },
    )


def ellipse(points: npt.NDArray[np.float64]) -> dict[str, float] | None:
    """The 95 % ellipse of points (n, 2): centre ``x``, ``y``, half axes ``major``, ``minor``, ``angle`` of the major one.

    The angle is in degrees from x to y. For normal errors it holds 95 % of them (chi-square with 2 degrees of freedom:
    half axes of sqrt(5.991) standard deviations). None for fewer than three points.
    """
    if len(points) < 3:
        return None
    variances, axes = np.linalg.eigh(np.cov(points.T))
    minor, major = np.sqrt(np.maximum(variances, 0.0) * -2 * math.log(0.05))
    angle = math.degrees(math.atan2(axes[1, 1], axes[0, 1])) % 180
    centre = points.mean(axis=0)
    facts = {"x": centre[0], "y": centre[1], "major": major, "minor": minor, "angle": angle}
    return {name: round(float(value), 3) for name, value in facts.items()}


def _track(found: Deviations, drawn: npt.NDArray[np.int64]) -> Figure:
    """Where the receiver said it was, and the truth under it."""
    truth = found.settings.truth
    assert truth is not None  # noqa: S101 - there is a fixed epoch with a truth
    chosen = np.zeros(len(found.log), dtype=np.bool_)
    chosen[drawn] = True
    said = positions(found.log.where(chosen), truth)
    true = said - found.enu_m[drawn]
    return Figure(
        "track",
        Text("行驶轨迹", "The way driven"),
        "m",
        {
            "x": _list(said[:, 0]),
            "y": _list(said[:, 1]),
            "line_x": _list(true[:, 0]),
            "line_y": _list(true[:, 1]),
            "line_title": Text("参考轨迹", "reference"),
            "group": [_name(quality) for quality in found.log.epochs["quality"][drawn]],
        },
    )


def _over_time(
    found: Deviations, drawn: npt.NDArray[np.int64], title: Text, limit_mm: float | None, *, vertical: bool
) -> Figure:
    seconds = (found.log.time_ns[drawn] - found.log.time_ns[0]) / 1e9
    at = found.enu_m[drawn] * 1000
    names = [(Text("天", "up"), 2)] if vertical else [(Text("东", "east"), 0), (Text("北", "north"), 1)]
    return Figure(
        "series",
        Text(f"{title.zh}随时间变化", f"{title.en} over time"),
        "mm",
        {
            "x": _list(seconds),
            "x_title": Text("时间 / s", "time / s"),
            "lines": [{"title": name, "y": _list(at[:, axis])} for name, axis in names],
            "group": [_name(quality) for quality in found.log.epochs["quality"][drawn]],
            "limits": [] if limit_mm is None else [-limit_mm, limit_mm],
        },
    )


def _ecdf(size: npt.NDArray[np.float64], title: Text, limit_mm: float | None) -> Figure:
    ordered = np.sort(size) * 1000
    shares = np.arange(1, len(ordered) + 1) / len(ordered)
    drawn = kept(ordered)
    return Figure(
        "ecdf",
        Text(f"{title.zh}经验分布", f"{title.en}, empirical distribution"),
        "mm",
        {"x": _list(ordered[drawn]), "p": _list(shares[drawn]), "limit": limit_mm},
    )


def gap_table(found: Sequence[Gap], log: Log) -> tuple[Figure, ...]:
    """The gaps as a table: start, length, epochs missing, cause; the longest ones when there are many."""
    if not found:
        return ()
    longest = sorted(sorted(found, key=lambda gap: -gap.seconds)[:ROWS], key=lambda gap: gap.start_ns)
    rows = [
        [_moment(gap.start_ns, log), round(gap.seconds, 3), gap.missing, _cause(silent=gap.silent)] for gap in longest
    ]
    head = [
        Text("开始", "start"),
        Text("时长 / s", "length / s"),
        Text("缺少历元", "epochs missing"),
        Text("原因", "cause"),
    ]
    return (
        Figure("table", Text("没有固定解的时段", "Times without fixed solution"), "s", {"columns": head, "rows": rows}),
    )


def _cause(*, silent: bool) -> Text:
    return Text("无数据", "silence") if silent else Text("非固定解", "not fixed")


def _moment(time_ns: int, log: Log) -> str:
    text = datetime.fromtimestamp(time_ns // 10**9, UTC).isoformat().replace("+00:00", "Z")
    return text if log.dated else text[11:]


def _name(quality: Any) -> Text:
    return _NAMES.get(int(quality), _OTHER)


def _list(values: npt.NDArray[np.float64]) -> list[float]:
    return [round(float(each), 3) for each in values]
