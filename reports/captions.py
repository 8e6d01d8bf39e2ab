# SPDX-License-Identifier: Apache-2.0
"""What every kind of picture says about itself: its limit, its axes, its description for those who cannot see it."""

from __future__ import annotations

from harness.pictures import SeriesData
from reports.indicator import Picture
from reports.numbers import comparable, convert, quantity
from reports.words import Words, words


def limit_text(picture: Picture, lang: str) -> str:
    """The limit in the unit that is drawn."""
    return quantity(picture.limit or 0, picture.unit, picture.shown_unit, lang)


def x_title(data: SeriesData, lang: str) -> str:
    """The title of the horizontal axis of a series."""
    if data.x_title is None:
        return words(lang)("axis.since-start", unit=data.x_unit or "s")
    title = data.x_title.get(lang)
    return f"{title} ({data.x_unit})" if data.x_unit else title


def describe(picture: Picture, count: int, say: Words, lang: str) -> str:
    """One sentence about the picture, for those who cannot see it."""
    if picture.limit is None:
        return say("chart.describe", title=picture.title, count=count)
    return say("chart.describe.limit", title=picture.title, count=count, limit=limit_text(picture, lang))


def counts(unit: str) -> bool:
    """Whether the unit is a counting word, so that only whole numbers belong on its axis."""
    return comparable(unit, "个")


def factor_of(picture: Picture) -> float:
    """What brings the data into the unit that is drawn."""
    return float(convert(1, picture.unit, picture.shown_unit))
