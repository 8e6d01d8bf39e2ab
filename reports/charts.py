# SPDX-License-Identifier: Apache-2.0
"""Figures as inline SVG: crisp in print, readable in the dark, text as text (data: docs/reference/figures.md)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from harness.pictures import (
    BarsData,
    DrawData,
    EcdfData,
    MatrixData,
    PairsData,
    ScatterData,
    SeriesData,
    SkyData,
    StripData,
    TableData,
    TrackData,
)
from harness.quantity import unit_word
from reports import axes, points
from reports.axes import Scale, covering, element, label, line, near_edge, path, spanning, stretched, svg
from reports.captions import counts, describe, factor_of, limit_text, x_title
from reports.draws import draw
from reports.indicator import IndicatorView, Picture
from reports.listing import texts_of
from reports.matrix import matrix
from reports.numbers import quantity
from reports.pairs import pairs
from reports.printed import Numbers
from reports.strips import strip
from reports.tips import Slice, drawn, edges, nearest, rows
from reports.words import Words, words

WIDTH, HEIGHT = 720, 330
LEFT, RIGHT, TOP, BOTTOM = 64, 700, 34, 282
_ROOMY, _BAR = 24, 0.65
_SHARES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)


def chart(picture: Picture, lang: str, ident: str, *, tips: bool = False) -> Markup:
    """The picture as SVG, with answers to the pointer where it is for a screen; a table is no chart (:func:`table`)."""
    match picture.data:
        case EcdfData():
            return _ecdf(picture, picture.data, lang, ident, tips=tips)
        case SeriesData():
            return _series(picture, picture.data, lang, ident, tips=tips)
        case BarsData():
            return _bars(picture, picture.data, lang, ident, tips=tips)
        case MatrixData():
            return matrix(picture, picture.data, lang, ident, tips=tips)
        case StripData():
            return strip(picture, picture.data, lang, ident, tips=tips)
        case PairsData():
            return pairs(picture, picture.data, lang, ident, tips=tips)
        case DrawData():
            return draw(picture, picture.data, lang, ident)
        case ScatterData():
            return points.scatter(picture, picture.data, lang, ident)
        case TrackData():
            return points.track(picture, picture.data, lang, ident)
        case SkyData():
            return points.sky(picture, picture.data, lang, ident)
        case TableData():
            msg = "a table has no chart"
            raise TypeError(msg)


def interval(indicator: IndicatorView, lang: str, ident: str, *, tips: bool = False) -> Markup | None:
    """Value, bounds and limit on one axis, the conforming side tinted; None without a limit or a value."""
    numbers, say = indicator.numbers, words(lang)
    if numbers is None or numbers.limit is None:
        return None
    ends = [*_widened(numbers), numbers.value, numbers.limit]
    marks = [each for each in ends if each is not None]
    unit = unit_word(numbers.unit, lang)
    right = min(RIGHT - 34.0, WIDTH - 14 - sum(15 if ord(each) > 0x2E7F else 8 for each in unit))
    scale = spanning(marks, LEFT - 40, right, pad=0.14, whole=counts(numbers.unit))
    parts = [*_conforming(scale, numbers.limit, numbers.op, 24, 64), *ruler(scale, 64, numbers.unit, lang)]
    parts += limit_line(scale, numbers.limit, say("chart.limit", limit=indicator.limit), 18, 64)
    parts += _whisker(numbers, scale, 46)
    description = say(
        "chart.interval",
        value=indicator.result.value,
        lower=indicator.result.lower or say("none"),
        upper=indicator.result.upper or say("none"),
        limit=indicator.limit,
    )
    if tips:
        parts += rows([(16, 70, (description,))], 0, WIDTH, WIDTH)
    return svg((WIDTH, 96), indicator.title, description, parts, ident)


def _widened(numbers: Numbers) -> tuple[float | None, float | None]:
    """The bounds with the instrument's allowance added, as the decision adds it; drawn no lower than a natural zero."""
    lower = None if numbers.lower is None else numbers.lower - numbers.allowance
    if lower is not None and lower < 0 <= (numbers.lower or 0):
        lower = 0.0
    upper = None if numbers.upper is None else numbers.upper + numbers.allowance
    return lower, upper


def _whisker(numbers: Numbers, scale: Scale, y: float) -> list[Markup]:
    """The interval with its caps and the value on it; a missing bound runs to the edge."""
    low = scale.low if numbers.lower is None else numbers.lower
    high = scale.high if numbers.upper is None else numbers.upper
    left, right = scale(low), scale(high)
    parts = [line(left, y, right, y, "c-interval")]
    if numbers.allowance:
        outer = _widened(numbers)
        parts.append(
            line(
                scale(low if outer[0] is None else outer[0]),
                y,
                scale(high if outer[1] is None else outer[1]),
                y,
                "c-allowance",
            )
        )
    parts += [
        line(x, y - 7, x, y + 7, "c-cap")
        for x, bound in ((left, numbers.lower), (right, numbers.upper))
        if bound is not None
    ]
    return [*parts, element("circle", cx=scale(numbers.value), cy=y, r=5.5, class_="c-value")]


def _ecdf(picture: Picture, data: EcdfData, lang: str, ident: str, *, tips: bool) -> Markup:
    say, factor = words(lang), factor_of(picture)
    xs, shares = [value * factor for value in data.x], data.p
    limit = None if picture.limit is None else picture.limit * factor
    scale = stretched([*xs, *([] if limit is None else [limit])], LEFT, RIGHT)
    most = _most(shares, picture.quantile)
    high = Scale(0, -math.log10(1 - most), BOTTOM, TOP)

    def height(share: float) -> float:
        return high(-math.log10(1 - min(share, most)))

    parts = _frame(scale, [(height(share), f"{share * 100:g} %") for share in _SHARES if share <= most], picture, lang)
    parts += _limit_x(scale, limit, picture, say, lang)
    points = [(scale(xs[0]), height(0))]
    for x, share in zip(xs, shares, strict=True):
        points += [(scale(x), points[-1][1]), (scale(x), height(share))]
    parts.append(path(points, "c-line"))
    parts += _estimate(picture, scale, height, factor)
    if shares[-1] < 1:
        lost = say("chart.lost", share=quantity(round(1 - shares[-1], 6), "1", "%", lang))
        parts.append(axes.text(lost, RIGHT - 8, BOTTOM - 10, "end", "c-note"))
    parts.append(axes.text(say("axis.share"), LEFT - 52, TOP - 16, "start", "c-axis-title"))
    if tips:
        parts += _ecdf_tips([scale(x) for x in xs], xs, shares, unit_word(picture.shown_unit, lang))
    return svg((WIDTH, HEIGHT), picture.title, describe(picture, len(xs), say, lang), parts, ident)


def _ecdf_tips(places: Sequence[float], xs: Sequence[float], shares: Sequence[float], unit: str) -> list[Markup]:
    """What share of the samples lies at or below the value under the pointer."""
    slices = []
    for left, right in edges(LEFT, RIGHT):
        below = [number for number, place in enumerate(places) if place <= (left + right) / 2]
        if below:
            said = (f"≤ {label(xs[below[-1]])} {unit}".rstrip(), f"{shares[below[-1]] * 100:.5g} %")
            slices.append(Slice(left, right, (left + right) / 2, said))
    return drawn(slices, TOP, BOTTOM, WIDTH)


def _most(shares: Sequence[float], quantile: float | None) -> float:
    """The highest share on the stretched axis: what the points can show, and one decade beyond the quantile."""
    rarest = min((1 - share for share in shares if share < 1), default=0.1)
    decades = max(1, math.ceil(-math.log10(rarest) - 1e-9))
    if quantile is not None and quantile < 1:
        decades = max(decades, math.ceil(-math.log10(1 - quantile) - 1e-9) + 1)
    return 1 - 10.0 ** -min(decades, 5)


def _estimate(picture: Picture, scale: Scale, height: Callable[[float], float], factor: float) -> list[Markup]:
    """The estimate with its bounds at the height of its quantile."""
    if picture.quantile is None or picture.value is None:
        return []
    low, high = (None if each is None else each * factor for each in (picture.lower, picture.upper))
    return _whisker(Numbers(picture.value * factor, low, high, None, "", ""), scale, height(picture.quantile))


def _series(picture: Picture, data: SeriesData, lang: str, ident: str, *, tips: bool) -> Markup:
    if data.group:
        return points.over_time(picture, data, lang, ident)
    say, factor, lines = words(lang), factor_of(picture), data.lines
    columns = [[None if y is None else y * factor for y in each.y] for each in lines]
    drawn_against = () if picture.limit is None else (picture.limit,)
    limits = [each * factor for each in (drawn_against if data.limits is None else data.limits)]
    present = [y for column in columns for y in column if y is not None]
    up = spanning([*present, *limits] or [0.0], BOTTOM, TOP)
    across = covering(data.x, LEFT, RIGHT)
    parts = _frame(across, [(up(tick), label(tick)) for tick in up.ticks(5)], picture, lang, x_name=x_title(data, lang))
    parts += [line(LEFT, up(limit), RIGHT, up(limit), "c-limit") for limit in limits]
    if limits:
        parts.append(
            axes.text(
                say("chart.limit", limit=limit_text(picture, lang)), RIGHT, up(limits[-1]) - 6, "end", "c-limit-text"
            )
        )
    for number, (each, column) in enumerate(zip(lines, columns, strict=True)):
        kind = f"c-line c-{number % 4}"
        parts += [path(run, kind) for run in _runs(data.x, column, across, up)]
        if len(lines) > 1:
            place = LEFT + 8 + 160 * number
            parts.append(line(place, TOP - 18, place + 18, TOP - 18, kind))
            parts.append(axes.text(each.title.get(lang), place + 24, TOP - 14, "start"))
    if len(lines) == 1:
        parts.append(axes.text(unit_word(picture.shown_unit, lang), LEFT - 52, TOP - 16, "start", "c-axis-title"))
    if tips:
        named = [(each.title.get(lang), column) for each, column in zip(lines, columns, strict=True)]
        parts += _series_tips(across, data.x, named, unit_word(picture.shown_unit, lang), x_title(data, lang))
    return svg((WIDTH, HEIGHT), picture.title, describe(picture, len(present), say, lang), parts, ident)


def _series_tips(
    across: Scale, xs: Sequence[float], named: Sequence[tuple[str, Sequence[float | None]]], unit: str, title: str
) -> list[Markup]:
    """What every line says at the place under the pointer; a gap says nothing."""
    places, slices = [across(x) for x in xs], []
    for left, right in edges(LEFT, RIGHT):
        at = nearest(places, left, right)
        if at is not None:
            values = [(name, column[at]) for name, column in named]
            said = [f"{name}: {label(value)} {unit}".rstrip() for name, value in values if value is not None]
            slices.append(Slice(left, right, places[at], (f"{title}: {label(xs[at])}", *said) if said else ()))
    return drawn(slices, TOP, BOTTOM, WIDTH)


def _runs(xs: Sequence[float], ys: Sequence[float | None], across: Scale, up: Scale) -> list[list[tuple[float, float]]]:
    """Unbroken stretches of a line; a lone point becomes a short dash."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(xs, ys, strict=True):
        if y is None:
            runs.append([])
        else:
            runs[-1].append((across(x), up(y)))
    return [run if len(run) > 1 else [run[0], (run[0][0] + 1, run[0][1])] for run in runs if run]


def _bars(picture: Picture, data: BarsData, lang: str, ident: str, *, tips: bool) -> Markup:
    say, factor = words(lang), factor_of(picture)
    values = [value * factor for value in data.values]
    names = texts_of(data.labels, lang)
    limit = None if picture.limit is None else picture.limit * factor
    left, row = 200, 26 if len(values) <= _ROOMY else 15
    scale = spanning([0.0, *values, *([] if limit is None else [limit])], left, RIGHT - 50, whole=counts(picture.unit))
    bottom = TOP + row * len(values)
    parts = [*ruler(scale, bottom, picture.shown_unit, lang)]
    for number, (name, value) in enumerate(zip(names, values, strict=True)):
        y = TOP + row * number
        x, width = min(scale(0), scale(value)), abs(scale(value) - scale(0))
        parts.append(
            element("rect", x=x, y=y + row / 2 - _BAR / 2 * row, width=max(width, 1), height=row * _BAR, class_="c-bar")
        )
        parts.append(axes.text(name[:24], left - 10, y + row / 2 + 5, "end"))
        parts.append(axes.text(label(value), x + width + 6, y + row / 2 + 5, "start", "c-note"))
    if limit is not None:
        parts += limit_line(scale, limit, say("chart.limit", limit=limit_text(picture, lang)), TOP - 6, bottom)
    if tips:
        unit = unit_word(picture.shown_unit, lang)
        said = [(TOP + row * at, TOP + row * (at + 1), (f"{name}: {label(value)} {unit}".rstrip(),)) for at, (name, value) in enumerate(zip(names, values, strict=True))]  # fmt: skip
        parts += rows(said, 0, WIDTH, WIDTH)
    return svg((WIDTH, bottom + 34), picture.title, describe(picture, len(values), say, lang), parts, ident)


def _frame(
    across: Scale, rows: Sequence[tuple[float, str]], picture: Picture, lang: str, x_name: str = ""
) -> list[Markup]:
    """Grid, tick labels and the title of the horizontal axis."""
    parts = [line(LEFT, y, RIGHT, y, "c-grid") for y, _ in rows]
    parts += [axes.text(name, LEFT - 8, y + 4, "end") for y, name in rows]
    for tick in across.ticks():
        parts.append(line(across(tick), BOTTOM, across(tick), BOTTOM + 5, "c-axis"))
        parts.append(axes.text(label(tick), across(tick), BOTTOM + 20))
    title = x_name or f"{words(lang)('axis.value')} ({unit_word(picture.shown_unit, lang)})"
    parts.append(axes.text(title, (LEFT + RIGHT) / 2, HEIGHT - 6, kind="c-axis-title"))
    return [*parts, line(LEFT, BOTTOM, RIGHT, BOTTOM, "c-axis")]


def ruler(scale: Scale, y: float, unit: str, lang: str) -> list[Markup]:
    """A horizontal axis with ticks and the unit at its end."""
    parts = [line(scale.start, y, scale.stop, y, "c-axis")]
    for tick in scale.ticks():
        parts.append(line(scale(tick), y, scale(tick), y + 5, "c-axis"))
        parts.append(axes.text(label(tick), scale(tick), y + 19))
    return [*parts, axes.text(unit_word(unit, lang), scale.stop + 6, y + 4, "start", "c-axis-title")]


def _conforming(scale: Scale, limit: float, op: str, top: float, bottom: float) -> list[Markup]:
    """A tint over the side of the limit that conforms; none for an equality."""
    if op not in {"<=", "<", ">=", ">"}:
        return []
    left, right = (scale.start, scale(limit)) if op.startswith("<") else (scale(limit), scale.stop)
    return [element("rect", x=left, y=top, width=round(right - left, 1), height=bottom - top, class_="c-ok")]


def limit_line(scale: Scale, limit: float, caption: str, top: float, bottom: float) -> list[Markup]:
    """The limit as a dashed line under its caption, which stays inside the picture."""
    x = scale(limit)
    anchor = near_edge(x, scale.start, scale.stop)
    return [line(x, top + 4, x, bottom, "c-limit"), axes.text(caption, x, top - 2, anchor, "c-limit-text")]


def _limit_x(scale: Scale, limit: float | None, picture: Picture, say: Words, lang: str) -> list[Markup]:
    """The limit as a vertical line over the plot, the conforming side tinted."""
    if limit is None:
        return []
    caption = say("chart.limit", limit=limit_text(picture, lang))
    return [*_conforming(scale, limit, picture.op, TOP, BOTTOM), *limit_line(scale, limit, caption, TOP - 8, BOTTOM)]


def table(picture: Picture, lang: str) -> tuple[list[str], list[list[str]], int]:
    """Heads and cells of a table as texts, and how many rows were cut."""
    data = picture.data
    if not isinstance(data, TableData):
        msg = f"a picture of kind {picture.kind} is no table"
        raise TypeError(msg)
    return texts_of(data.columns, lang), [texts_of(row, lang) for row in data.rows], data.more
