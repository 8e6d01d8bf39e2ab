# SPDX-License-Identifier: Apache-2.0
"""Pictures as data, a type for each kind (docs/reference/figures.md): they thin, round and check themselves.

A figure with more than 600 points keeps evenly spaced ones and, whatever the thinning, the sixty that weigh most: by
default those farthest from zero, else by ``weight``. A figure in another form than its kind asks for is a ValueError where
it is made, so that no report has to leave a picture out. An empty figure is allowed and never printed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

from harness.model import Figure, Text

POINTS = 600
HEAVIEST = 60
ROWS = 200
_DIGITS = 9
_FINEST = 200
"""Squares that a way's longer side is at first divided into."""

Numbers = Sequence[float]
Gapped = Sequence[float | None]
Place = tuple[float, float]
Name = Text | str
Cell = Name | float | bool | None


class Ellipse(NamedTuple):
    """An ellipse in the unit of its figure; ``angle`` of the major axis from x to y in degrees."""

    x: float
    y: float
    major: float
    minor: float
    angle: float


class Line(NamedTuple):
    """One line of a series; a gap is None or not finite."""

    title: Text
    y: Gapped


@dataclass(frozen=True, slots=True)
class Ecdf:
    """An empirical distribution: values ascending, and the share of all samples up to each, below 1 at the end after losses."""

    kind: ClassVar[str] = "ecdf"
    title: Text
    unit: str
    x: Numbers
    p: Numbers

    def __post_init__(self) -> None:
        """Thin by rank, the largest values always there."""
        _same_length(self, x=self.x, p=self.p)
        count = len(self.x)
        chosen = kept(range(count))
        _set(self, x=[_finite(self.x[i]) for i in chosen], p=[_finite(self.p[i]) for i in chosen])
        if any(a > b for a, b in (*pairwise(self.x), *pairwise(self.p))):
            _refuse(self, "x and p ascend")
        if self.p and not 0 <= self.p[0] <= self.p[-1] <= 1:
            _refuse(self, "p is a share between 0 and 1")

    def __len__(self) -> int:
        """How many steps."""
        return len(self.x)

    @property
    def data(self) -> Mapping[str, Any]:
        """``x`` and ``p``."""
        return {"x": self.x, "p": self.p}


@dataclass(frozen=True, slots=True)
class Series:
    """Lines over a common axis, by default seconds since the start; ``group`` names each x, ``limits`` are drawn instead of the limit."""

    kind: ClassVar[str] = "series"
    title: Text
    unit: str
    x: Numbers
    lines: Sequence[Line]
    x_title: Text | None = None
    x_unit: str = ""
    limits: Sequence[float] | None = None
    group: Sequence[Name] = ()

    def __post_init__(self) -> None:
        """Thin all lines alike, the largest values of any always there."""
        if not self.lines:
            _refuse(self, "there is a line")
        for line in self.lines:
            _same_length(self, x=self.x, y=line.y)
        chosen = kept([max(_size(line.y[i]) for line in self.lines) for i in range(len(self.x))])
        _set(
            self,
            x=[_finite(self.x[i]) for i in chosen],
            lines=tuple(Line(line.title, [_gapped(line.y[i]) for i in chosen]) for line in self.lines),
            limits=None if self.limits is None else [_finite(limit) for limit in self.limits],
            group=_named(self, self.group, chosen),
        )

    def __len__(self) -> int:
        """How many points a line has."""
        return len(self.x)

    @property
    def data(self) -> Mapping[str, Any]:
        """``x`` and ``lines``, the axis, ``limits`` and ``group`` where they were given."""
        lines = [{"title": line.title, "y": line.y} for line in self.lines]
        given = {"x_title": self.x_title, "x_unit": self.x_unit, "group": self.group}
        limits = {} if self.limits is None else {"limits": self.limits}
        return {"x": self.x, "lines": lines, **{key: value for key, value in given.items() if value}, **limits}


@dataclass(frozen=True, slots=True)
class Scatter:
    """Points about the origin in equal scales; by default x is east and y is north."""

    kind: ClassVar[str] = "scatter"
    title: Text
    unit: str
    x: Numbers
    y: Numbers
    group: Sequence[Name] = ()
    x_title: Text | None = None
    y_title: Text | None = None
    ellipse: Ellipse | None = None

    def __post_init__(self) -> None:
        """Thin, the farthest always there; points that are nowhere are left out."""
        _same_length(self, x=self.x, y=self.y)
        chosen = _placed(self.x, self.y, None)
        _set(
            self,
            x=[_finite(self.x[i]) for i in chosen],
            y=[_finite(self.y[i]) for i in chosen],
            group=_named(self, self.group, chosen),
            ellipse=None if self.ellipse is None else Ellipse(*map(_finite, self.ellipse)),
        )

    def __len__(self) -> int:
        """How many points."""
        return len(self.x)

    @property
    def data(self) -> Mapping[str, Any]:
        """``x``, ``y``, and what else was given."""
        ellipse = None if self.ellipse is None else self.ellipse._asdict()
        given = {"group": self.group, "x_title": self.x_title, "y_title": self.y_title, "ellipse": ellipse}
        return {"x": self.x, "y": self.y, **{key: value for key, value in given.items() if value}}


@dataclass(frozen=True, slots=True)
class Track:
    """Places east and north of an origin over a reference line; ``weight``: what makes a place worth keeping, by default nothing."""

    kind: ClassVar[str] = "track"
    title: Text
    unit: str
    x: Numbers
    y: Numbers
    line_x: Gapped
    line_y: Gapped
    line_title: Text
    group: Sequence[Name] = ()
    weight: Numbers | None = None

    def __post_init__(self) -> None:
        """Thin places, the heaviest always there, and the line by room; places that are nowhere are left out."""
        _same_length(self, x=self.x, y=self.y, weight=self.x if self.weight is None else self.weight)
        _same_length(self, line_x=self.line_x, line_y=self.line_y)
        chosen = _placed(self.x, self.y, [0.0] * len(self.x) if self.weight is None else self.weight)
        line_x, line_y = _way(self.line_x, self.line_y)
        _set(
            self,
            x=[_finite(self.x[i]) for i in chosen],
            y=[_finite(self.y[i]) for i in chosen],
            line_x=line_x,
            line_y=line_y,
            group=_named(self, self.group, chosen),
            weight=None,
        )

    def __len__(self) -> int:
        """How many places."""
        return len(self.x)

    @property
    def data(self) -> Mapping[str, Any]:
        """Places, reference line with its name, and groups."""
        line = {"line_x": self.line_x, "line_y": self.line_y, "line_title": self.line_title}
        return {"x": self.x, "y": self.y, **line, **({"group": self.group} if self.group else {})}


@dataclass(frozen=True, slots=True)
class Sky:
    """Directions seen from one place: elevation and azimuth in degrees, each with a label and perhaps a group."""

    kind: ClassVar[str] = "sky"
    title: Text
    elevation: Numbers
    azimuth: Numbers
    label: Sequence[str]
    group: Sequence[Name] = ()
    unit: str = "°"

    def __post_init__(self) -> None:
        """Thin evenly; a direction above the horizon only."""
        _same_length(self, elevation=self.elevation, azimuth=self.azimuth, label=self.label)
        chosen = kept([0.0] * len(self.label))
        _set(
            self,
            elevation=[_finite(self.elevation[i]) for i in chosen],
            azimuth=[_finite(self.azimuth[i]) for i in chosen],
            label=[str(self.label[i]) for i in chosen],
            group=_named(self, self.group, chosen),
        )
        if any(not -90 <= each <= 90 for each in self.elevation):
            _refuse(self, "an elevation lies between -90° and 90°")

    def __len__(self) -> int:
        """How many directions."""
        return len(self.label)

    @property
    def data(self) -> Mapping[str, Any]:
        """``elevation``, ``azimuth``, ``label``, and ``group`` where there is one."""
        group = {"group": self.group} if self.group else {}
        return {"elevation": self.elevation, "azimuth": self.azimuth, "label": self.label, **group}


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each label."""

    kind: ClassVar[str] = "bars"
    title: Text
    unit: str
    labels: Sequence[Name]
    values: Numbers

    def __post_init__(self) -> None:
        """Keep the order; of more than 600 bars the largest always stay."""
        _same_length(self, labels=self.labels, values=self.values)
        chosen = kept([_size(value) for value in self.values])
        _set(
            self,
            labels=_named(self, self.labels, chosen),
            values=[_finite(self.values[i]) for i in chosen],
        )

    def __len__(self) -> int:
        """How many bars."""
        return len(self.labels)

    @property
    def data(self) -> Mapping[str, Any]:
        """``labels`` and ``values``."""
        return {"labels": self.labels, "values": self.values}


@dataclass(frozen=True, slots=True)
class Table:
    """The first two hundred rows of a table, those that matter most first; ``more`` counts the rest."""

    kind: ClassVar[str] = "table"
    title: Text
    columns: Sequence[Name]
    rows: Sequence[Sequence[Cell]]
    unit: str = ""
    more: int = 0

    def __post_init__(self) -> None:
        """Cut, and refuse a row that is not as wide as the head."""
        if any(len(row) != len(self.columns) for row in self.rows):
            _refuse(self, f"every row has {len(self.columns)} cells")
        cut = [tuple(_cell(cell) for cell in row) for row in self.rows[:ROWS]]
        _set(self, columns=tuple(self.columns), rows=tuple(cut), more=self.more + len(self.rows) - len(cut))

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)

    @property
    def data(self) -> Mapping[str, Any]:
        """``columns``, ``rows``, and ``more`` where rows were cut."""
        return {"columns": self.columns, "rows": self.rows, **({"more": self.more} if self.more else {})}


def kept(weights: Numbers) -> list[int]:
    """Which points stay, in order: all of up to 600, else evenly spaced ones and the sixty that weigh most."""
    count = len(weights)
    if count <= POINTS:
        return list(range(count))
    spaced = POINTS - HEAVIEST
    even = {round(i * (count - 1) / (spaced - 1)) for i in range(spaced)}
    heaviest = sorted(range(count), key=lambda i: -_size(weights[i]))[:HEAVIEST]
    return sorted(even.union(heaviest))


def _placed(x: Numbers, y: Numbers, weight: Numbers | None) -> list[int]:
    """Which places stay: finite ones, thinned by weight, by default by their distance from the origin."""
    there = [i for i in range(len(x)) if math.isfinite(x[i]) and math.isfinite(y[i])]
    weights = [math.hypot(x[i], y[i]) for i in there] if weight is None else [weight[i] for i in there]
    return [there[i] for i in kept(weights)]


def _way(x: Gapped, y: Gapped) -> tuple[list[float | None], list[float | None]]:
    """A line of at most 600 points that goes where the whole one went, with a gap where it only went over the same ground again.

    Every so-manieth point would not do: of a lap driven two hundred times it leaves chords that fill the lap.
    """
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if a is not None and b is not None]
    there = [each for each in pairs if all(map(math.isfinite, each))]
    found: list[Place | None] = list(there)
    size = max((max(each) - min(each) for each in zip(*there, strict=True)), default=0.0) / _FINEST
    while len(found) > POINTS:
        found, size = _over_new_ground(there, size), size * 1.5
    columns = list(zip(*[each or (None, None) for each in found], strict=True)) or [(), ()]
    return [_gapped(each) for each in columns[0]], [_gapped(each) for each in columns[1]]


def _over_new_ground(places: Sequence[Place], size: float) -> list[Place | None]:
    """The first place in each square of this size, with the one before it where the way came back from known ground."""
    seen, found = set[tuple[int, int]](), list[Place | None]()
    last = before = (0, 0)
    for number, place in enumerate(places):
        square = (math.floor(place[0] / size), math.floor(place[1] / size)) if size else (0, 0)
        if square not in seen:
            seen.add(square)
            found += [None, places[number - 1]] if found and before != last else []
            found.append(place)
            last = square
        before = square
    return found


def _named(figure: Figure, names: Sequence[Name], chosen: Sequence[int]) -> tuple[Name, ...]:
    """The names of the chosen points; none where none were given."""
    if not len(names):
        return ()
    if chosen and len(names) <= chosen[-1]:
        _refuse(figure, "each point has a name")
    return tuple(name if isinstance(name, Text) else str(name) for name in (names[i] for i in chosen))


def _same_length(figure: Figure, **columns: Sequence[Any]) -> None:
    if len({len(column) for column in columns.values()}) > 1:
        _refuse(figure, f"{', '.join(columns)} are equally long")


def _refuse(figure: Figure, rule: str) -> None:
    msg = f"{figure.kind} {figure.title.en!r}: {rule}, but here it is not so"
    raise ValueError(msg)


def _set(figure: Figure, **fields: object) -> None:
    """Put checked values into a frozen figure while it is being made."""
    for name, value in fields.items():
        object.__setattr__(figure, name, value)


def _size(value: float | None) -> float:
    """How far from zero; nothing where there is no number."""
    return 0.0 if value is None or not math.isfinite(value) else abs(float(value))


def _gapped(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else _finite(value)


def _finite(value: float) -> float:
    """The number with nine digits, whole numbers as they are; ValueError where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = float(value)
    if not math.isfinite(number):
        msg = "a figure has a place or a value that is not finite"
        raise ValueError(msg)
    return float(f"{number:.{_DIGITS}g}")


def _cell(cell: Any) -> Cell:
    """A cell as text, number or nothing; numbers of numpy as Python's own."""
    if cell is None or isinstance(cell, Text | str | bool | int):
        return cell
    return _gapped(cell) if not hasattr(cell, "item") else _cell(cell.item())
