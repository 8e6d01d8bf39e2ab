# SPDX-License-Identifier: Apache-2.0
"""figures.json as frozen records that write and read it, a form for each kind of picture (docs/reference/figures.md)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from harness.account.entries import Entry, TextEntry, malformed
from harness.documents import RowsEntry, refuse_other_schema

SCHEMA = "yanshou.figures/2"
Value = Annotated[float, Field(ge=-1e30, le=1e30)]
Values = Annotated[tuple[Value, ...], Field(min_length=1)]
Gapped = Annotated[tuple[Value | None, ...], Field(min_length=1)]
Name = TextEntry | str
Cell = TextEntry | str | int | float | bool | None


class Data(Entry):
    """The values of a picture: whatever has a value for each point is equally long."""

    per_point: ClassVar[tuple[str, ...]]
    """Columns with a value for each point; one that may be absent is empty then."""

    @model_validator(mode="after")
    def _equally_long(self) -> Self:
        lengths = {len(column) for column in self._columns() if column}
        if len(lengths) > 1:
            msg = f"{', '.join(self.per_point)} are not equally long"
            raise ValueError(msg)
        return self

    def _columns(self) -> list[tuple[Any, ...]]:
        return [getattr(self, name) for name in self.per_point]


class EcdfData(Data):
    """An empirical distribution."""

    per_point = ("x", "p")
    x: Values = Field(description="values, ascending.")
    p: Values = Field(description="share of all samples up to each; below 1 at the end after losses.")


class LineData(Entry):
    """One line of a series."""

    title: TextEntry = Field(description="its name.")
    y: Gapped = Field(description="its values; null is a gap.")


class SeriesData(Data):
    """Lines over a common axis."""

    per_point = ("x", "group")
    x: Values = Field(description="the common axis.")
    lines: Annotated[tuple[LineData, ...], Field(min_length=1)] = Field(description="the lines.")
    x_title: TextEntry | None = Field(None, description="of the axis; null: seconds since the start.")
    x_unit: str = Field("", description="unit of the axis.")
    limits: tuple[Value, ...] | None = Field(None, description="drawn instead of the limit; null: the limit is drawn.")
    group: tuple[Name, ...] = Field((), description="a name for each x, or none.")

    def _columns(self) -> list[tuple[Any, ...]]:
        return [*super()._columns(), *(line.y for line in self.lines)]


class EllipseData(Entry):
    """An ellipse over points."""

    x: Value = Field(description="its centre.")
    y: Value = Field(description="its centre.")
    major: Value = Field(description="half axis.")
    minor: Value = Field(description="half axis.")
    angle: Value = Field(description="of the major axis from x to y, in degrees.")


class ScatterData(Data):
    """Points about the origin."""

    per_point = ("x", "y", "group")
    x: Values = Field(description="points.")
    y: Values = Field(description="points.")
    group: tuple[Name, ...] = Field((), description="a name for each point, or none.")
    x_title: TextEntry | None = Field(None, description="of the axis; null: east.")
    y_title: TextEntry | None = Field(None, description="of the axis; null: north.")
    ellipse: EllipseData | None = Field(None, description="an ellipse over the points.")


class TrackData(Data):
    """Places over a reference line."""

    per_point = ("x", "y", "group")
    x: Values = Field(description="places, east of an origin.")
    y: Values = Field(description="places, north of an origin.")
    line_x: Gapped = Field(description="the reference, east; null is a gap.")
    line_y: Gapped = Field(description="the reference, north; null is a gap.")
    line_title: TextEntry = Field(description="what the reference is.")
    group: tuple[Name, ...] = Field((), description="a name for each place, or none.")

    @model_validator(mode="after")
    def _line(self) -> Self:
        if len(self.line_x) != len(self.line_y):
            msg = "line_x, line_y are not equally long"
            raise ValueError(msg)
        return self


class SkyData(Data):
    """Directions seen from one place."""

    per_point = ("elevation", "azimuth", "label", "group")
    elevation: Values = Field(description="in degrees over the horizon.")
    azimuth: Values = Field(description="in degrees from north to east.")
    label: Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="a name such as C21 for each.")
    group: tuple[Name, ...] = Field((), description="a name for each, or none.")


class BarsData(Data):
    """A bar for each label."""

    per_point = ("labels", "values")
    labels: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(description="what each bar is.")
    values: Values = Field(description="its length.")


class MatrixData(Entry):
    """The state of each row at each column."""

    rows: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(description="what each row is.")
    columns: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(description="what each column is.")
    states: Annotated[tuple[TextEntry, ...], Field(min_length=1, max_length=4)] = Field(
        description="what a cell can be; the first is as it should be."
    )
    cells: tuple[tuple[Annotated[int, Field(ge=0, le=3)] | None, ...], ...] = Field(
        description="the number of a state for each row and column; null where there is nothing."
    )
    x_title: TextEntry = Field(description="of the columns.")
    more: int = Field(0, description="how many cells were cut.")

    @model_validator(mode="after")
    def _shaped(self) -> Self:
        whole = len(self.cells) == len(self.rows) and all(len(row) == len(self.columns) for row in self.cells)
        if not whole or any((cell or 0) >= len(self.states) for row in self.cells for cell in row):
            msg = "a cell for each row and column names one of the states"
            raise ValueError(msg)
        return self


class StripData(Data):
    """A strip for each label, from its lower to its upper value."""

    per_point = ("labels", "lower", "values", "upper")
    labels: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(description="what each row is.")
    lower: Values = Field(description="where its line begins.")
    values: Values = Field(description="its dot.")
    upper: Values = Field(description="where its line ends.")
    ends: tuple[TextEntry, TextEntry, TextEntry] = Field(description="what lower, dot and upper are.")
    more: int = Field(0, description="how many rows were cut.")


class PairsData(Data):
    """A value before and one after for each label."""

    per_point = ("labels", "before", "after")
    labels: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(description="what each row is.")
    before: Values = Field(description="where each row began.")
    after: Values = Field(description="where it came to.")
    ends: tuple[TextEntry, TextEntry] = Field(description="what before and after are.")
    more: int = Field(0, description="how many rows were cut.")


class StageData(Entry):
    """One stage of a draw."""

    title: TextEntry = Field(description="what happened.")
    lines: tuple[Name, ...] = Field(description="a line for each fact.")


class RoundData(Entry):
    """What one round drew."""

    title: TextEntry = Field(description="which round, and how many it drew.")
    positions: tuple[Annotated[int, Field(ge=0)], ...] = Field(description="positions in the list, from 0.")


class DrawData(Entry):
    """A public draw."""

    population: Annotated[int, Field(ge=1)] = Field(description="items in the list.")
    stages: Annotated[tuple[StageData, ...], Field(min_length=1)] = Field(description="what happened, in order.")
    rounds: tuple[RoundData, ...] = Field(description="what each round drew.")
    more: int = Field(0, description="how many stages were cut.")


class TableData(RowsEntry):
    """The first rows of a table."""

    columns: tuple[Name, ...] = Field(description="heads.")
    rows: tuple[tuple[Cell, ...], ...] = Field(description="cells in the order of the heads.")
    more: int = Field(0, description="how many rows were cut.")


class Picture(Entry):
    """What every picture has."""

    indicator: str = Field(description="the indicator it belongs to.")
    title: TextEntry = Field(description="what it shows.")
    unit: str = Field(description="unit of its values; empty where there is none.")


class EcdfPicture(Picture):
    """An empirical distribution."""

    kind: Literal["ecdf"] = Field(description="how it is drawn.")
    data: EcdfData = Field(description="its values.")


class SeriesPicture(Picture):
    """Lines over a common axis."""

    kind: Literal["series"] = Field(description="how it is drawn.")
    data: SeriesData = Field(description="its values.")


class ScatterPicture(Picture):
    """Points about the origin."""

    kind: Literal["scatter"] = Field(description="how it is drawn.")
    data: ScatterData = Field(description="its values.")


class TrackPicture(Picture):
    """Places over a reference line."""

    kind: Literal["track"] = Field(description="how it is drawn.")
    data: TrackData = Field(description="its values.")


class SkyPicture(Picture):
    """Directions seen from one place."""

    kind: Literal["sky"] = Field(description="how it is drawn.")
    data: SkyData = Field(description="its values.")


class BarsPicture(Picture):
    """A bar for each label."""

    kind: Literal["bars"] = Field(description="how it is drawn.")
    data: BarsData = Field(description="its values.")


class MatrixPicture(Picture):
    """The state of each row at each column."""

    kind: Literal["matrix"] = Field(description="how it is drawn.")
    data: MatrixData = Field(description="its values.")


class StripPicture(Picture):
    """A strip for each label."""

    kind: Literal["strip"] = Field(description="how it is drawn.")
    data: StripData = Field(description="its values.")


class PairsPicture(Picture):
    """A value before and one after for each label."""

    kind: Literal["pairs"] = Field(description="how it is drawn.")
    data: PairsData = Field(description="its values.")


class DrawPicture(Picture):
    """A public draw."""

    kind: Literal["draw"] = Field(description="how it is drawn.")
    data: DrawData = Field(description="its values.")


class TablePicture(Picture):
    """A table."""

    kind: Literal["table"] = Field(description="how it is drawn.")
    data: TableData = Field(description="its values.")


AnyData = (
    EcdfData
    | SeriesData
    | ScatterData
    | TrackData
    | SkyData
    | BarsData
    | MatrixData
    | StripData
    | PairsData
    | DrawData
    | TableData
)
AnyPicture = Annotated[
    EcdfPicture
    | SeriesPicture
    | ScatterPicture
    | TrackPicture
    | SkyPicture
    | BarsPicture
    | MatrixPicture
    | StripPicture
    | PairsPicture
    | DrawPicture
    | TablePicture,
    Field(discriminator="kind"),
]


class Pictures(Entry):
    """figures.json: the data of every picture of a campaign."""

    schema_: Literal["yanshou.figures/2"] = Field(alias="schema", description="always yanshou.figures/2.")
    figures: tuple[AnyPicture, ...] = Field(description="the pictures, in the order of the indicators.")

    def as_json(self) -> dict[str, Any]:
        """The records as JSON values."""
        return self.model_dump(mode="json", by_alias=True)


def read_pictures(content: bytes, where: str = "figures.json") -> Pictures:
    """The records in a figures.json; EvidenceError with the place and the cure where it is no figures.json of this form."""
    refuse_other_schema(content, SCHEMA, where)
    try:
        return Pictures.model_validate_json(content)
    except ValidationError as error:
        raise malformed(SCHEMA, error, where) from None
