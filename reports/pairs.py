# SPDX-License-Identifier: Apache-2.0
"""Before and after as SVG: a ring where each row began, a dot where it came to, an arrow from one to the other."""

from __future__ import annotations

from markupsafe import Markup

from harness.pictures import PairsData
from harness.quantity import unit_word
from reports import axes
from reports.axes import element, label, line, spanning, svg
from reports.captions import describe, factor_of
from reports.indicator import Picture
from reports.listing import texts_of
from reports.tips import rows as answering
from reports.words import words

WIDTH = 720
_LEFT, _RIGHT, _TOP, _TALL = 190, 650, 40, 24
_HEAD = 7.0


def pairs(picture: Picture, data: PairsData, lang: str, ident: str, *, tips: bool = False) -> Markup:
    """A row for each label, with answers to the pointer where it is for a screen."""
    say, factor = words(lang), factor_of(picture)
    names, ends = texts_of(data.labels, lang), [each.get(lang) for each in data.ends]
    before, after = ([each * factor for each in column] for column in (data.before, data.after))
    scale = spanning([*before, *after], _LEFT, _RIGHT)
    bottom = _TOP + _TALL * len(names)
    parts = axes.ruled(scale, _TOP, bottom)
    said = []
    for at, (name, old, new) in enumerate(zip(names, before, after, strict=True)):
        y = _TOP + _TALL * (at + 0.5)
        parts += [axes.text(name[:22], _LEFT - 8, y + 5, "end"), *_arrow(scale(old), scale(new), y)]
        told = f"{ends[0]}: {label(old)}", f"{ends[1]}: {label(new)}"
        said.append((y - _TALL / 2, y + _TALL / 2, (name, *told)))
    parts += [*_arrow(_LEFT + 6, _LEFT + 46, 18), axes.text(" → ".join(ends), _LEFT + 58, 23, "start")]
    unit = unit_word(picture.shown_unit, lang)
    parts.append(axes.text(unit, _RIGHT + 8, bottom + 18, "start", "c-axis-title"))
    if data.more:
        parts.append(axes.text(say("chart.rows-cut", count=data.more), _RIGHT, bottom + 34, "end", "c-note"))
    if tips:
        parts += answering(said, 0, WIDTH, WIDTH)
    return svg((WIDTH, bottom + 42), picture.title, describe(picture, len(names), say, lang), parts, ident)


def _arrow(old: float, new: float, y: float) -> list[Markup]:
    """A ring, a dot, and between them a line with a head where there is room for one."""
    parts = [line(old, y, new, y, "c-axis"), element("circle", cx=old, cy=y, r=5, class_="c-ring-old")]
    if abs(new - old) > 3 * _HEAD:
        side = 1 if new > old else -1
        tip = new - 6 * side
        back = tip - _HEAD * side
        parts.append(element("path", d=f"M{tip:g},{y:g}L{back:g},{y - 4:g}L{back:g},{y + 4:g}Z", class_="c-north"))
    return [*parts, element("circle", cx=new, cy=y, r=5.5, class_="c-value")]
