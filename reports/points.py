# SPDX-License-Identifier: Apache-2.0
"""Pictures made of points: about the origin, over time by group, on the ground, in the sky.

Every group has a colour and a shape of its own, so that no colour carries a meaning alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from harness.pictures import EllipseData, ScatterData, SeriesData, SkyData, TrackData
from harness.quantity import unit_word
from reports import axes
from reports.axes import Scale, covering, element, label, line, path, svg
from reports.captions import describe, factor_of, limit_text, x_title
from reports.indicator import Picture
from reports.listing import texts_of
from reports.words import Words, words

_ROUND = (1, 2, 5)
_LEAST = 1e-30  # an axis over nothing but zeros
_SHAPES = (
    "M{x:g},{y:g}h.1",
    "M{x:g},{y:g}m-2.4,-2.4h4.8v4.8h-4.8z",
    "M{x:g},{y:g}m-3,-3l6,6m0,-6l-6,6",
    "M{x:g},{y:g}m0,-3.6l3.2,5.6h-6.4z",
)
"""Dot, square, cross, triangle about a place; the dot has a little width, since a typesetter leaves out what has none."""
_ROW = 22
Places = Sequence[tuple[float, float]]
Box = tuple[float, float, float, float]


def scatter(picture: Picture, data: ScatterData, lang: str, ident: str) -> Markup:
    """Points about the origin in equal scales, the limit as a circle, the 95 % ellipse where the data give one."""
    say, factor, shape = words(lang), factor_of(picture), data.ellipse
    points = [(x * factor, y * factor) for x, y in zip(data.x, data.y, strict=True)]
    limit = None if picture.limit is None else picture.limit * factor
    extent = 0.0 if shape is None else (math.hypot(shape.x, shape.y) + shape.major) * factor
    reach = _reach([max(abs(x), abs(y)) for x, y in points], max(limit or 0.0, extent))
    side, left, top = 400, 70, 44
    across, up = Scale(-reach, reach, left, left + side), Scale(-reach, reach, top + side, top)
    parts = [] if limit is None else [_circle(across, up, limit)]
    for tick in across.ticks(5):
        parts += [
            line(across(tick), top, across(tick), top + side, "c-grid"),
            line(left, up(tick), left + side, up(tick), "c-grid"),
        ]
        parts += [
            axes.text(label(tick), across(tick), top + side + 18),
            axes.text(label(tick), left - 8, up(tick) + 4, "end"),
        ]
    parts += [line(across(0), top, across(0), top + side, "c-axis"), line(left, up(0), left + side, up(0), "c-axis")]
    groups = _groups(data, len(points), lang)
    parts += _clouds(groups, [(across(x), up(y)) for x, y in points], 488, top + 16)
    if shape is not None:
        parts += _ellipse(shape, factor, across, up)
    beyond = sum(max(abs(x), abs(y)) > reach for x, y in points)
    parts += _key(picture, limit, beyond, lang, top + 26 + 22 * len(set(groups)))
    unit = unit_word(picture.shown_unit, lang)
    east, north = (
        say(usual) if title is None else title.get(lang)
        for title, usual in ((data.x_title, "axis.east"), (data.y_title, "axis.north"))
    )
    parts.append(axes.text(f"{east} ({unit})", left + side / 2, top + side + 40, kind="c-axis-title"))
    parts.append(axes.text(f"{north} ({unit})", left - 52, top - 14, "start", "c-axis-title"))
    return svg((640, top + side + 50), picture.title, describe(picture, len(points), say, lang), parts, ident)


def _reach(sizes: Sequence[float], least: float) -> float:
    """How far the axes go: over everything, unless a few far points would shrink the rest to a dot; at least ``least``."""
    most = sorted(sizes)[min(len(sizes) - 1, math.floor(0.85 * len(sizes)))]
    farthest = max(sizes)
    wanted = farthest if farthest <= 3 * max(most, least) else 1.5 * max(most, least)
    reach = 1.12 * max(wanted, least)
    return reach if reach > _LEAST else 1.0


def _circle(across: Scale, up: Scale, limit: float) -> Markup:
    return element("circle", cx=across(0), cy=up(0), r=round(across(limit) - across(0), 1), class_="c-ring")


def _ellipse(shown: EllipseData, factor: float, across: Scale, up: Scale) -> list[Markup]:
    size = (across.stop - across.start) / (across.high - across.low) * factor
    x, y = across(shown.x * factor), up(shown.y * factor)
    turn = f"rotate({-shown.angle:g} {x:g} {y:g})"
    shape = element(
        "ellipse",
        cx=x,
        cy=y,
        rx=round(shown.major * size, 1),
        ry=round(shown.minor * size, 1),
        transform=turn,
        class_="c-ellipse",
    )
    return [shape, element("path", d=f"M{x - 4:g},{y:g}h8m-4,-4v8", class_="c-ellipse")]


def _key(picture: Picture, limit: float | None, beyond: int, lang: str, y: float) -> list[Markup]:
    """What the circle and the ellipse are, and how many points lie beyond the axes; from ``y`` downwards."""
    say, parts = words(lang), []
    if limit is not None:
        parts += [
            line(482, y, 504, y, "c-limit"),
            axes.text(say("chart.limit", limit=limit_text(picture, lang)), 510, y + 5, "start", "c-limit-text"),
        ]
        y += 22
    if isinstance(picture.data, ScatterData) and picture.data.ellipse is not None:
        parts += [line(482, y, 504, y, "c-ellipse"), axes.text(say("chart.ellipse"), 510, y + 5, "start")]
        y += 22
    if beyond:
        parts.append(axes.text(say("chart.beyond", count=beyond), 482, y + 5, "start", "c-note"))
    return parts


def _groups(data: ScatterData | SeriesData | TrackData | SkyData, count: int, lang: str) -> list[str]:
    """The name of each point's group; empty names where there are no groups."""
    return texts_of(data.group, lang) or [""] * count


def _clouds(groups: Sequence[str], points: Places, x: float, y: float, *, bold: bool = False) -> list[Markup]:
    """The points of each group in its colour and shape, the largest group first; named from (x, y) downwards."""
    parts = []
    for number, (name, _) in enumerate(Counter(groups).most_common()):
        mine = [place for place, group in zip(points, groups, strict=True) if group == name]
        parts.append(marks(mine, number, key=bold))
        if name:
            parts += [
                marks([(x, y + 22 * number)], number, key=True),
                axes.text(name, x + 22, y + 22 * number + 5, "start"),
            ]
    return parts


def marks(places: Places, number: int, *, key: bool = False) -> Markup:
    """The mark of a group at each place; ``key`` is a bolder one for a legend."""
    kind = "c-points" if number % len(_SHAPES) == 0 else "c-mark"
    colour = (number + number // len(_SHAPES)) % 4  # the fifth group has the first shape in the second colour
    drawn = " ".join(_SHAPES[number % len(_SHAPES)].format(x=x, y=y) for x, y in places)
    return element("path", d=drawn, class_=f"{kind}{' c-key' if key else ''} c-{colour}")


def over_time(picture: Picture, data: SeriesData, lang: str, ident: str) -> Markup:
    """A panel for each line, its points by group, limits as dashed lines; far points are drawn at the edge and counted."""
    say, factor = words(lang), factor_of(picture)
    limits = [value * factor for value in data.limits or ()]
    groups = _groups(data, len(data.x), lang)
    across = covering(data.x, 64, 700)
    parts, top = _legend(groups, limits, picture, lang)
    beyond = 0
    for each in data.lines:
        ys = [None if value is None else value * factor for value in each.y]
        present = [abs(y) for y in ys if y is not None]
        reach = _reach(present or [0.0], max(map(abs, limits), default=0.0))
        one_sided = min([*(y for y in ys if y is not None), *limits], default=-1.0) >= 0
        up = Scale(0.0 if one_sided else -reach, reach, top + 150, top)
        title = f"{each.title.get(lang)} ({unit_word(picture.shown_unit, lang)})"
        parts += _panel(across, up, limits, title)
        placed = [(across(x), up(y), group) for x, y, group in zip(data.x, ys, groups, strict=True) if y is not None]
        parts += [
            marks([(x, y) for x, y, group in placed if group == name], number)
            for number, (name, _) in enumerate(Counter(groups).most_common())
        ]
        beyond += sum(y > reach for y in present)
        top += 184
    bottom = top - 34
    for tick in across.ticks():
        parts += [
            line(across(tick), bottom, across(tick), bottom + 5, "c-axis"),
            axes.text(label(tick), across(tick), bottom + 20),
        ]
    parts.append(axes.text(x_title(data, lang), 382, bottom + 42, kind="c-axis-title"))
    if beyond:
        parts.append(axes.text(say("chart.beyond", count=beyond), 700, bottom + 42, "end", "c-note"))
    return svg((720, bottom + 50), picture.title, describe(picture, len(data.x), say, lang), parts, ident)


def _panel(across: Scale, up: Scale, limits: Sequence[float], title: str) -> list[Markup]:
    parts = [axes.text(title, 12, up.stop - 8, "start", "c-axis-title")]
    for tick in up.ticks(4):
        parts += [
            line(across.start, up(tick), across.stop, up(tick), "c-grid"),
            axes.text(label(tick), 56, up(tick) + 4, "end"),
        ]
    parts += [line(across.start, up(limit), across.stop, up(limit), "c-limit") for limit in limits]
    return [*parts, line(across.start, up.start, across.stop, up.start, "c-axis")]


def _legend(groups: Sequence[str], limits: Sequence[float], picture: Picture, lang: str) -> tuple[list[Markup], int]:
    """The groups and the limit in rows above the panels, and where the first panel begins."""
    parts, x, y = [], 70, 14
    for number, (name, _) in enumerate(Counter(groups).most_common()):
        x, y = _next(x, y, name)
        parts += [marks([(x, y)], number, key=True), axes.text(name, x + 14, y + 5, "start")]
        x += 40 + _width(name)
    if limits:
        said = words(lang)("chart.limit", limit=f"±{limit_text(picture, lang)}")
        x, y = _next(x, y, said)
        parts += [line(x, y, x + 24, y, "c-limit"), axes.text(said, x + 30, y + 5, "start", "c-limit-text")]
    return parts, y + 48


def _next(x: int, y: int, name: str) -> tuple[int, int]:
    """Where a name goes: here, or at the start of the next row where it would not fit."""
    return (70, y + _ROW) if x > 70 and x + 30 + _width(name) > 700 else (x, y)


def _width(name: str) -> int:
    return sum(14 if ord(each) > 0x2E7F else 8 for each in name)


def track(picture: Picture, data: TrackData, lang: str, ident: str) -> Markup:
    """Places on the ground in equal scales, north up, with a scale bar; the reference as a line under them."""
    say = words(lang)
    there = [each for run in _stretches(data) for each in run]
    xs, ys = [*data.x, *(x for x, _ in there)], [*data.y, *(y for _, y in there)]
    width, height, left, top = 440, 400, 20, 20
    per = min((width - 40) / max(max(xs) - min(xs), 1e-9), (height - 40) / max(max(ys) - min(ys), 1e-9))
    middle = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return round(left + width / 2 + (x - middle[0]) * per, 1), round(top + height / 2 - (y - middle[1]) * per, 1)

    parts = [element("rect", x=left, y=top, width=width, height=height, class_="c-map")]
    parts += [path([place(x, y) for x, y in run], "c-way") for run in _stretches(data)]
    points = [place(x, y) for x, y in zip(data.x, data.y, strict=True)]
    groups = _groups(data, len(points), lang)
    parts += _clouds(groups, points, 484, 40)
    y = 34 + 22 * (1 + len(set(groups)))
    parts += [
        line(474, y - 10, 496, y - 10, "c-way"),
        axes.text(data.line_title.get(lang), 506, y - 5, "start"),
    ]
    parts += _bar(per, unit_word(picture.unit, lang), top + height)
    parts += _north(left + width - 18, top + 16, say)
    return svg((640, top + height + 10), picture.title, describe(picture, len(points), say, lang), parts, ident)


def _stretches(data: TrackData) -> list[list[tuple[float, float]]]:
    """The reference line between its gaps."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(data.line_x, data.line_y, strict=True):
        if x is None or y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]


def _bar(per: float, unit: str, bottom: float) -> list[Markup]:
    """A round length of about a quarter of the picture, right of the map."""
    wanted = 110 / per
    power = 10.0 ** math.floor(math.log10(wanted))
    length = max(step * power for step in _ROUND if step * power <= wanted)
    stop = 482 + length * per
    bar = element("path", d=f"M482,{bottom - 16:g}v8H{stop:g}v-8", class_="c-scale")
    return [bar, axes.text(f"{label(length)} {unit}", (482 + stop) / 2, bottom - 24)]


def _north(x: float, y: float, say: Words) -> list[Markup]:
    arrow = element("path", d=f"M{x:g},{y:g}l6,18l-6,-5l-6,5z", class_="c-north")
    return [arrow, axes.text(say("sky.n"), x, y + 34, kind="c-axis-title")]


def sky(picture: Picture, data: SkyData, lang: str, ident: str) -> Markup:
    """Directions seen from below: the zenith in the middle, the horizon as the outer ring, north up."""
    say, x, y, radius = words(lang), 250, 232, 190
    parts = [
        element("circle", cx=x, cy=y, r=round(radius * (90 - height) / 90, 1), class_="c-horizon")
        for height in (0, 30, 60)
    ]
    parts += [line(x - radius, y, x + radius, y, "c-grid"), line(x, y - radius, x, y + radius, "c-grid")]
    parts += [
        axes.text(f"{height}°", x + 4, round(y - radius * (90 - height) / 90 + 14, 1), "start") for height in (30, 60)
    ]
    for name, dx, dy in (("n", 0, -radius - 10), ("e", radius + 14, 5), ("s", 0, radius + 20), ("w", -radius - 14, 5)):
        parts.append(axes.text(say(f"sky.{name}"), x + dx, y + dy, kind="c-axis-title"))
    places = [_seen(x, y, radius, *each) for each in zip(data.elevation, data.azimuth, strict=True)]
    parts += _clouds(_groups(data, len(places), lang), places, 484, 40, bold=True)
    rings = [(x + 2, y - radius * (90 - height) / 90) for height in (30, 60)]
    parts += _names(places, data.label, [(left, top, left + 26, top + 16) for left, top in rings])
    return svg((640, 450), picture.title, describe(picture, len(places), say, lang), parts, ident)


def _names(places: Places, names: Sequence[str], others: Sequence[Box]) -> list[Markup]:
    """A name beside each place where there is room for it; none where every side is taken."""
    taken = [*others] + [(x - 4, y - 4, x + 4, y + 4) for x, y in places]
    parts = []
    for (x, y), name in zip(places, names, strict=True):
        half = 3.2 * len(name)
        for dx, dy in ((0, -6), (0, 15), (half + 6, 4), (-half - 6, 4)):
            box = (x + dx - half, y + dy - 9, x + dx + half, y + dy + 1)
            if not any(
                box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
            ):
                taken.append(box)
                parts.append(axes.text(name, round(x + dx, 1), round(y + dy, 1), kind="c-small"))
                break
    return parts


def _seen(x: float, y: float, radius: float, elevation: float, azimuth: float) -> tuple[float, float]:
    away, turn = radius * (90 - elevation) / 90, math.radians(azimuth)
    return round(x + away * math.sin(turn), 1), round(y - away * math.cos(turn), 1)
