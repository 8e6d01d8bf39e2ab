# SPDX-License-Identifier: Apache-2.0
"""A public draw as SVG: its stages as boxes in order, below them where in the list each round's items lie."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from markupsafe import Markup

from harness.pictures import DrawData, StageData
from reports import axes
from reports.axes import element, line, svg
from reports.captions import describe
from reports.indicator import Picture
from reports.listing import texts_of
from reports.numbers import digits
from reports.words import words

WIDTH = 720
_COLUMNS, _WIDE, _GAP, _LINE, _HEAD = 3, 206, 36, 16, 28
_STRIP, _TALL, _SIDE = 62, 22, 12
_LETTERS = 34


def draw(picture: Picture, data: DrawData, lang: str, ident: str) -> Markup:
    """Three boxes in a line; then a strip of the list for each round, a stroke for each item drawn."""
    say = words(lang)
    parts: list[Markup] = []
    top = 10.0
    for at in range(0, len(data.stages), _COLUMNS):
        row = data.stages[at : at + _COLUMNS]
        tall = _HEAD + _LINE * max(len(each.lines) for each in row) + 8
        last = at + _COLUMNS >= len(data.stages)
        for column, stage in enumerate(row):
            x = _SIDE + column * (_WIDE + _GAP)
            parts += _box(stage, (x, top, tall), at + column + 1, lang)
            if column + 1 < len(row):
                parts += _arrow(x + _WIDE, top + tall / 2)
        if not last:
            parts += _turn(top + tall)
        top += tall + (_GAP if not last else 14)
    if data.more:
        parts.append(axes.text(say("chart.rows-cut", count=data.more), WIDTH - _SIDE, top + 8, "end", "c-note"))
        top += 20
    for each in data.rounds:
        parts += _strip(each.title.get(lang), each.positions, data.population, top)
        top += _STRIP
    return svg((WIDTH, top + 6), picture.title, describe(picture, len(data.stages), say, lang), parts, ident)


def _box(stage: StageData, place: tuple[float, float, float], number: int, lang: str) -> list[Markup]:
    x, y, tall = place
    title = f"{number}  {stage.title.get(lang)}"
    lines = [each[:_LETTERS] for each in texts_of(stage.lines, lang)]
    return [
        element("rect", x=x, y=y, width=_WIDE, height=tall, rx=4, class_="c-box"),
        axes.text(title, x + 10, y + 20, "start", "c-note"),
        *(axes.text(each, x + 10, y + _HEAD + _LINE * at + 10, "start", "c-small") for at, each in enumerate(lines)),
    ]


def _arrow(x: float, y: float) -> list[Markup]:
    """From one box to the next one in its line."""
    tip = x + _GAP - 4
    head = element("path", d=f"M{tip:g},{y:g}l-8,-5v10z", class_="c-north")
    return [line(x + 4, y, tip - 6, y, "c-scale"), head]


def _turn(y: float) -> list[Markup]:
    """From the end of a line to the first box of the next one."""
    right, left, half = _SIDE + 2 * (_WIDE + _GAP) + _WIDE / 2, _SIDE + _WIDE / 2, y + _GAP / 2
    way = axes.path([(right, y + 2), (right, half), (left, half), (left, y + _GAP - 8)], "c-scale")
    return [way, element("path", d=f"M{left:g},{y + _GAP - 2:g}l-5,-8h10z", class_="c-north")]


def _strip(title: str, positions: Sequence[int], population: int, y: float) -> list[Markup]:
    """The whole list as a bar, each item drawn as a stroke in it."""
    room = WIDTH - 2 * _SIDE
    strokes = "".join(f"M{_SIDE + room * (each + 0.5) / population:.1f},{y + 20:g}v{_TALL}" for each in positions)
    return [
        axes.text(title, _SIDE, y + 13, "start", "c-note"),
        element("rect", x=_SIDE, y=y + 20, width=room, height=_TALL, class_="c-map"),
        element("path", d=strokes, class_="c-mark"),
        axes.text("1", _SIDE, y + 20 + _TALL + 14, "start"),
        axes.text(digits(Fraction(population)), WIDTH - _SIDE, y + 20 + _TALL + 14, "end"),
    ]
