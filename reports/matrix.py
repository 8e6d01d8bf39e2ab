# SPDX-License-Identifier: Apache-2.0
"""A matrix of states as SVG: every state has a shade and a sign of its own, so that it can be told in print without colour."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from harness.pictures import MatrixData
from reports import axes
from reports.axes import element, svg
from reports.captions import describe
from reports.indicator import Picture
from reports.listing import texts_of
from reports.words import words

WIDTH = 720
_LEFT, _TOP, _WIDEST, _TALL, _FLAT, _MANY = 150, 58, 34.0, 20, 12, 24
_SIGNS = (
    "",
    "M{l:g},{t:g}L{r:g},{b:g}M{l:g},{b:g}L{r:g},{t:g}",
    "M{l:g},{b:g}L{r:g},{t:g}",
    "M{l:g},{m:g}L{r:g},{m:g}",
)
"""Nothing, a cross, a stroke upwards, a dash."""
_LABELS = 12
Box = tuple[float, float, float, float]
"""Left, top, width, height."""


def matrix(picture: Picture, data: MatrixData, lang: str, ident: str, *, tips: bool = False) -> Markup:
    """Rows down, columns across; an empty place where there is nothing."""
    say = words(lang)
    rows, columns, states = texts_of(data.rows, lang), texts_of(data.columns, lang), texts_of(data.states, lang)
    tall = _TALL if len(rows) <= _MANY else _FLAT
    wide = min(_WIDEST, (WIDTH - _LEFT - 20) / len(columns))
    bottom = _TOP + tall * len(rows)
    parts = _legend(states)
    for down, (name, cells) in enumerate(zip(rows, data.cells, strict=True)):
        top = _TOP + down * tall
        parts.append(
            axes.text(name[:18], _LEFT - 8, top + tall - tall / 4, "end", "c-small" if tall == _FLAT else "c-text")
        )
        for across, state in enumerate(cells):
            title = f"{name} · {columns[across]}: {say('none') if state is None else states[state]}" if tips else ""
            parts.append(_cell((_LEFT + across * wide, top, wide, tall), state, title))
    step = -(-len(columns) // _LABELS)
    for across in range(0, len(columns), step):
        parts.append(
            axes.text(columns[across][:12], round(_LEFT + (across + 0.5) * wide, 1), bottom + 16, kind="c-small")
        )
    parts.append(axes.text(data.x_title.get(lang), _LEFT + wide * len(columns) / 2, bottom + 36, kind="c-axis-title"))
    if data.more:
        parts.append(axes.text(say("chart.cells-cut", count=data.more), WIDTH - 8, bottom + 36, "end", "c-note"))
    return svg(
        (WIDTH, bottom + 44), picture.title, describe(picture, len(rows) * len(columns), say, lang), parts, ident
    )


def _cell(box: Box, state: int | None, title: str = "") -> Markup:
    left, top, wide, tall = box
    kind = "c-void" if state is None else f"c-state c-state-{state}"
    inside = element("title", title) if title else ""
    drawn = element(
        "rect", inside, x=round(left + 0.5, 1), y=top + 0.5, width=round(wide - 1, 1), height=tall - 1, class_=kind
    )
    if not state:
        return drawn
    edges = {
        "l": left + wide * 0.3,
        "r": left + wide * 0.7,
        "t": top + tall * 0.3,
        "b": top + tall * 0.7,
        "m": top + tall / 2,
    }
    sign = _SIGNS[state].format(**{key: round(value, 1) for key, value in edges.items()})
    return drawn + element("path", d=sign, class_="c-sign")


def _legend(states: Sequence[str]) -> list[Markup]:
    parts, x = [], float(_LEFT)
    for number, name in enumerate(states):
        parts += [_cell((x, 14, 20, 20), number), axes.text(name, x + 26, 29, "start")]
        x += 50 + sum(14 if ord(each) > 0x2E7F else 7.5 for each in name)
    return parts
