# SPDX-License-Identifier: Apache-2.0
"""A count as bars: how many were looked at, how many each reading counts, with bounds and limit on one axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from harness.quantity import unit_word
from reports import axes
from reports.axes import Scale, element, label, line, spanning, svg
from reports.captions import counts
from reports.charts import limit_line, ruler
from reports.indicator import IndicatorView
from reports.numbers import convert
from reports.printed import Numbers
from reports.tips import rows
from reports.words import Words, words

WIDTH = 720
_LEFT, _RIGHT, _TOP, _TALL, _BAR = 24, 640, 30, 42, 14
_LETTERS = 96


class Row(NamedTuple):
    """One bar: its name, what it counts, its bounds, and its class of style."""

    name: str
    value: float
    lower: float | None
    upper: float | None
    kind: str


def census(indicator: IndicatorView, lang: str, ident: str, *, tips: bool = False) -> Markup | None:
    """What was looked at and what counts; None where nothing is counted, or where one bar would say it all."""
    numbers, say = indicator.numbers, words(lang)
    if numbers is None or not counts(numbers.unit):
        return None
    found = list(_rows(indicator, numbers, say))
    if len(found) < 2:
        return None
    ends = [*(each.value for each in found), *(each.upper for each in found if each.upper is not None)]
    limit = [] if numbers.limit is None else [numbers.limit]
    unit = unit_word(numbers.unit, lang)
    right = min(_RIGHT, WIDTH - 14 - sum(15 if ord(each) > 0x2E7F else 8 for each in unit))
    scale = spanning([0.0, *ends, *limit], _LEFT, right, whole=True)
    bottom = _TOP + _TALL * len(found)
    parts = [*ruler(scale, bottom, numbers.unit, lang)]
    if numbers.limit is not None:
        parts += limit_line(scale, numbers.limit, say("chart.limit", limit=indicator.limit), 20, bottom)
    said = []
    for at, each in enumerate(found):
        top = _TOP + _TALL * at
        parts += _drawn(each, scale, top)
        bounds = "" if each.lower is None and each.upper is None else f" [{_end(each.lower)}, {_end(each.upper)}]"
        said.append((top, top + _TALL, (each.name[:_LETTERS], f"{label(each.value)}{bounds} {unit}".rstrip())))
    if tips:
        parts += rows(said, 0, WIDTH, WIDTH)
    told = say("chart.describe", title=say("paper.census"), count=len(found))
    return svg((WIDTH, bottom + 30), indicator.title, told, parts, ident)


def _rows(indicator: IndicatorView, numbers: Numbers, say: Words) -> Iterator[Row]:
    """What was looked at, the reading that decides, then the others that count in the same unit."""
    if indicator.looked_at > numbers.value:
        yield Row(say("census.looked-at"), float(indicator.looked_at), None, None, "c-map")
    yield Row(say("census.decides", reading=indicator.reading), numbers.value, numbers.lower, numbers.upper, "c-bar")
    for other in (*indicator.others, *indicator.variants):
        own = other.numbers
        if own is not None and counts(own.unit):
            value, lower, upper = (
                None if each is None else float(convert(each, own.unit, numbers.unit))
                for each in (own.value, own.lower, own.upper)
            )
            yield Row(other.title, value or 0.0, lower, upper, "c-bar-other")


def _drawn(each: Row, scale: Scale, top: float) -> list[Markup]:
    """The name above the bar; bounds where they are not the value itself."""
    middle = top + 20 + _BAR / 2
    parts = [
        axes.text(each.name[:_LETTERS], _LEFT, top + 14, "start"),
        element("rect", x=_LEFT, y=top + 20, width=max(1.0, scale(each.value) - _LEFT), height=_BAR, class_=each.kind),
    ]
    right = scale(each.value)
    if not each.lower == each.value == each.upper and (each.lower, each.upper) != (None, None):
        low, right = (
            scale(scale.low if each.lower is None else each.lower),
            scale(scale.high if each.upper is None else each.upper),
        )
        parts.append(line(low, middle, right, middle, "c-interval"))
        parts += [
            line(scale(x), middle - 7, scale(x), middle + 7, "c-cap") for x in (each.lower, each.upper) if x is not None
        ]
        parts.append(element("circle", cx=scale(each.value), cy=middle, r=4.5, class_="c-value"))
    return [*parts, axes.text(label(each.value), max(right, scale(each.value)) + 8, middle + 5, "start", "c-note")]


def _end(bound: float | None) -> str:
    return "–" if bound is None else label(bound)
