# SPDX-License-Identifier: Apache-2.0
"""What a chart on the screen answers to the pointer: plain SVG and style, no script, so that the page may go on forbidding any.

The chart is cut into slices that are felt but not seen; the one under the pointer (or a finger) shows its line and its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from reports.axes import element, line

SLICES = 48
_LINE, _PAD, _LETTER, _HAN = 17, 8, 7.4, 13.5


class Slice(NamedTuple):
    """A part of a chart from ``left`` to ``right``, the place that its words speak of, and the words, a line each."""

    left: float
    right: float
    at: float
    said: tuple[str, ...]


def edges(start: float, stop: float, count: int = SLICES) -> list[tuple[float, float]]:
    """The slices of an axis, equally wide."""
    step = (stop - start) / count
    return [(start + number * step, start + (number + 1) * step) for number in range(count)]


def nearest(places: Sequence[float], left: float, right: float) -> int | None:
    """The number of the place in a slice that is nearest its middle; None where there is none. ``places``: ascending."""
    middle = (left + right) / 2
    inside = [number for number, place in enumerate(places) if left <= place < right]
    return min(inside, key=lambda number: abs(places[number] - middle), default=None)


def drawn(slices: Sequence[Slice], top: float, bottom: float, width: float) -> list[Markup]:
    """The slices over a chart of ``width``, across its ``top`` to its ``bottom``."""
    return [_slice(each, top, bottom, width) for each in slices if each.said]


def rows(
    names: Sequence[tuple[float, float, tuple[str, ...]]], start: float, stop: float, width: float
) -> list[Markup]:
    """The same for rows: top, bottom and words of each."""
    return [
        _hit(start, stop - start, top, bottom, [_words(said, start + 12, top, width)]) for top, bottom, said in names
    ]


def _slice(each: Slice, top: float, bottom: float, width: float) -> Markup:
    return _hit(each.left, each.right - each.left, top, bottom, [line(each.at, top, each.at, bottom, "c-cursor"), _words(each.said, each.at + 10, top + 4, width)])  # fmt: skip


def _hit(left: float, wide: float, top: float, bottom: float, shown: Sequence[Markup]) -> Markup:
    hit = element("rect", x=round(left, 1), y=top, width=round(wide, 1), height=bottom - top, class_="c-hit")
    said = element("g", Markup("").join(shown), class_="c-said")
    return element("g", hit + said, class_="c-tip")


def _words(said: Sequence[str], left: float, top: float, width: float) -> Markup:
    """The words on a label that stays inside the picture."""
    wide = max(sum(_HAN if ord(each) > 0x2E7F else _LETTER for each in text) for text in said) + 2 * _PAD
    left = round(max(0.0, left if left + wide <= width else left - wide - 20), 1)
    back = element(
        "rect", x=left, y=round(top, 1), width=round(wide, 1), height=_LINE * len(said) + _PAD, rx=3, class_="c-label"
    )
    texts = [
        element("text", text, x=left + _PAD, y=round(top + _LINE * (number + 1), 1), class_="c-words")
        for number, text in enumerate(said)
    ]
    return back + Markup("").join(texts)
