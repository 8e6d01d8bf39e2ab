# SPDX-License-Identifier: Apache-2.0
"""Strips as SVG: a line from the lower to the upper value of each row, the middle one as a dot; the limit across all rows."""

from __future__ import annotations

from markupsafe import Markup

from harness.pictures import StripData
from harness.quantity import unit_word
from reports import axes
from reports.axes import element, label, line, near_edge, spanning, stretched, svg
from reports.captions import describe, factor_of, limit_text
from reports.indicator import Picture
from reports.listing import texts_of
from reports.tips import rows as answering
from reports.words import words

WIDTH = 720
_LEFT, _RIGHT, _TOP, _ROOMY, _TALL, _FLAT = 170, 660, 52, 24, 20, 13
_WIDE = 50.0
"""From this ratio of the largest to the smallest value on the axis is logarithmic."""


def strip(picture: Picture, data: StripData, lang: str, ident: str, *, tips: bool = False) -> Markup:
    """A row for each label, with answers to the pointer where it is for a screen."""
    say, factor = words(lang), factor_of(picture)
    names, unit = texts_of(data.labels, lang), unit_word(picture.shown_unit, lang)
    spans = [tuple(each * factor for each in row) for row in zip(data.lower, data.values, data.upper, strict=True)]
    limit = None if picture.limit is None else picture.limit * factor
    ends = [*(each for row in spans for each in row), *([] if limit is None else [limit])]
    wide = min(ends) > 0 and max(ends) / min(ends) > _WIDE
    scale = stretched(ends, _LEFT, _RIGHT) if wide else spanning([0.0, *ends], _LEFT, _RIGHT)
    tall = _TALL if len(names) <= _ROOMY else _FLAT
    bottom = _TOP + tall * len(names)
    parts = axes.ruled(scale, _TOP, bottom)
    parts.append(axes.text(unit, _RIGHT + 8, bottom + 18, "start", "c-axis-title"))
    said = []
    for at, (name, (low, middle, high)) in enumerate(zip(names, spans, strict=True)):
        y = _TOP + tall * (at + 0.5)
        parts += [
            axes.text(name[:20], _LEFT - 8, y + tall / 4, "end", "c-small" if tall == _FLAT else "c-text"),
            line(scale(low), y, scale(high), y, "c-interval"),
            *(line(scale(x), y - tall / 4, scale(x), y + tall / 4, "c-cap") for x in (low, high)),
            element("circle", cx=scale(middle), cy=y, r=3.5, class_="c-value"),
        ]
        values = (
            f"{each.get(lang)}: {label(x)} {unit}".rstrip()
            for each, x in zip(data.ends, (low, middle, high), strict=True)
        )
        said.append((y - tall / 2, y + tall / 2, (name, *values)))
    parts += _key([each.get(lang) for each in data.ends])
    if limit is not None:
        x = scale(limit)
        caption = say("chart.limit", limit=limit_text(picture, lang))
        parts += [
            line(x, _TOP - 8, x, bottom, "c-limit"),
            axes.text(caption, x, _TOP - 12, near_edge(x, _LEFT, _RIGHT), "c-limit-text"),
        ]
    if data.more:
        parts.append(axes.text(say("chart.rows-cut", count=data.more), _RIGHT, bottom + 34, "end", "c-note"))
    if tips:
        parts += answering(said, 0, WIDTH, WIDTH)
    return svg((WIDTH, bottom + 42), picture.title, describe(picture, len(names), say, lang), parts, ident)


def _key(ends: list[str]) -> list[Markup]:
    """What the ends of a line and the dot on it are."""
    parts = [
        line(_LEFT, 14, _LEFT + 34, 14, "c-interval"),
        *(line(_LEFT + x, 9, _LEFT + x, 19, "c-cap") for x in (0, 34)),
    ]
    parts.append(element("circle", cx=_LEFT + 20, cy=14, r=3.5, class_="c-value"))
    return [*parts, axes.text(" – ".join(ends), _LEFT + 44, 19, "start")]
