# SPDX-License-Identifier: Apache-2.0
"""Axes of our own: scales with round ticks, and the few SVG elements a chart is made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """From values [low, high] to pixels [start, stop]; ``log``: equal ratios are equally far apart; ``whole``: counts."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False
    whole: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value, to a tenth; values outside are clipped to the edge."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.stop - self.start), 1)

    def ticks(self, about: int = 6) -> list[float]:
        """About that many round values inside the scale, the ends included where they are round."""
        if self.log:
            return _log_ticks(self.low, self.high, about)
        return _linear_ticks(self.low, self.high, about, least=1.0 if self.whole else 0.0)


def spanning(values: Iterable[float], start: float, stop: float, *, pad: float = 0.06, whole: bool = False) -> Scale:
    """A linear scale over ``values`` with a margin, from zero where everything is positive and zero is not far off."""
    found = list(values)
    low, high = min(found), max(found)
    if low >= 0 and low <= 0.6 * high:
        low = 0.0
    margin = (high - low) * pad or abs(high) * pad or 1.0
    return Scale(low if low == 0 else low - margin, high + margin, start, stop, whole=whole)


def covering(values: Sequence[float], start: float, stop: float) -> Scale:
    """A linear scale exactly over ``values``; a little longer where they are all the same."""
    low, high = min(values), max(values)
    if high - low <= max(abs(low) * 1e-12, 1e-30):
        high = low + (abs(low) * 1e-6 or 1.0)
    return Scale(low, high, start, stop)


_NOTHING = 1e-12


def stretched(values: Sequence[float], start: float, stop: float) -> Scale:
    """A logarithmic scale where the largest value is more than ten times the middle one, else :func:`spanning`.

    Zeros, and what is as good as zero beside the largest, have no place on a logarithmic scale.
    """
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    if ordered[0] <= ordered[-1] * _NOTHING or ordered[-1] <= 10 * middle:
        return spanning(values, start, stop)
    return Scale(ordered[0] / 1.2, ordered[-1] * 1.3, start, stop, log=True)


def label(value: float) -> str:
    """A tick's text: six significant digits, a real minus sign."""
    return f"{value:.6g}".replace("-", "\N{MINUS SIGN}")


@cache
def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def element(name: str, content: str | Markup = "", /, **attributes: object) -> Markup:
    """One SVG element; every attribute and text is escaped, ``class_`` and ``stroke_width`` lose their underscores."""
    written = "".join(f' {_attribute(key)}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{escape(content)}</{name}>")  # noqa: S704 - names are our own, the rest is escaped


def text(content: str, x: float, y: float, anchor: str = "middle", kind: str = "c-text") -> Markup:
    """A label; text stays text, so that it can be searched and read aloud."""
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=kind)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line of a style class."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def ruled(scale: Scale, top: float, bottom: float) -> list[Markup]:
    """The ground of rows that share a scale across: a field, and a line with its value below at each tick."""
    width, height = scale.stop - scale.start, bottom - top
    parts = [element("rect", x=scale.start, y=top, width=width, height=height, class_="c-map")]
    for tick in scale.ticks():
        x = scale(tick)
        parts += [line(x, top, x, bottom, "c-grid"), text(label(tick), x, bottom + 18)]
    return parts


def svg(size: tuple[float, float], title: str, description: str, parts: Iterable[Markup], ident: str) -> Markup:
    """A picture that scales with its column, named and described for readers who cannot see it."""
    names = [element("title", title, id=f"{ident}-t"), element("desc", description, id=f"{ident}-d")]
    return element(
        "svg",
        Markup("").join([*names, *parts]),
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        role="img",
        aria_labelledby=f"{ident}-t {ident}-d",
        class_="chart",
    )


def path(points: Sequence[tuple[float, float]], kind: str) -> Markup:
    """A polyline through the points."""
    steps = " ".join(f"{x:g},{y:g}" for x, y in points)
    return element("polyline", points=steps, class_=kind)


def near_edge(x: float, start: float, stop: float) -> str:
    """The text anchor that keeps a label inside the picture."""
    if x - start < 60:
        return "start"
    return "end" if stop - x < 60 else "middle"


def _linear_ticks(low: float, high: float, about: int, least: float) -> list[float]:
    raw = max((high - low) / about, least)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in _STEPS if each * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _log_ticks(low: float, high: float, about: int) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [factor * 10.0**decade for decade in decades for factor in factors]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) <= about + 2:
            break
    return inside
