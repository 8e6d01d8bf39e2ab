# SPDX-License-Identifier: Apache-2.0
"""What a paper is made of. Every text is plain: a writer never interprets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_SHORT = 600
"""Letters of particulars, about a third of a page."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` 1 to 3."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``tone``: plain, small, strong, quote, mono, centre, alarm."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Points:
    """A list of short sentences."""

    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; ``widths``: shares of the page; ``head`` repeats on every page; ``size``: of the letters, pt.

    ``form``: a table to fill in by hand, with tall rows.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    form: bool = False
    size: float = 9.5

    def __post_init__(self) -> None:
        """Every row is as wide as the widths."""
        assert all(len(row) == len(self.widths) for row in ([self.head] if self.head else []) + list(self.rows))  # noqa: S101

    @property
    def whole(self) -> bool:
        """True for one that is not torn apart between two pages: to be filled in, or a short list of particulars."""
        return self.form or (not self.head and sum(len(text) for row in self.rows for text in row) <= _SHORT)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as SVG, and its caption; ``width`` and ``height`` in its own units."""

    svg: str
    caption: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tile:
    """The verdict at a glance: its word, what it means, ``marked`` where it is no ground for acceptance."""

    caption: str
    word: str
    meaning: str
    verdict: str
    marked: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Points | Grid | Chart | Tile | Break


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper: ``cover`` stands alone on its first page; ``left`` and ``right`` head every page; ``layout``: its outline.

    ``date``: of issue, (year, month, day), from the evidence and never from today; ``digest``: of the bundle's seal or
    of the plan, printed short on every page; ``foot``: says so; ``page``: a template with {page} and {total}.
    """

    title: str
    lang: str
    layout: str
    number: str
    left: str
    right: str
    watermark: str
    digest: str
    date: tuple[int, int, int]
    cover: Sequence[Block]
    blocks: Sequence[Block]
    page: str
    foot: str
    annexes: Sequence[Block] = field(default=())

    @property
    def parts(self) -> list[Sequence[Block]]:
        """Cover, body and annexes, those that are there; each begins on a new page."""
        return [each for each in (self.cover, self.blocks, self.annexes) if each]


def texts_of(block: Block) -> list[str]:
    """What a block says, a text for each piece that may begin on another page: a point, a row."""
    match block:
        case Heading() | Paragraph():
            return [block.text]
        case Points():
            return list(block.texts)
        case Grid():
            return [" | ".join(row) for row in ([block.head] if block.head else []) + list(block.rows)]
        case Tile():
            return [f"{block.caption}\n{block.word}\n{block.meaning}"]
        case Chart():
            return [block.caption]
        case Break():
            return []
