# SPDX-License-Identifier: Apache-2.0
"""Blocks flow onto pages of A4: every page a list of texts, lines, boxes and pictures with their places in mm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reports.paper.blocks import Block, Break, Chart, Grid, Heading, Paper, Paragraph, Points, Tile
from reports.words import words
from reports.writers.code import Page, page_of
from reports.writers.fonts import settable
from reports.writers.setting import Face

WIDTH, HEIGHT, SIDE, TOP, BOTTOM = 210.0, 297.0, 22.0, 25.0, 24.0
ROOM = WIDTH - 2 * SIDE
_PT = 25.4 / 72
_PAD, _QR = 1.4, 9.5
_STAMP = 45.0
"""Side of the place for a seal."""
_WHOLE = 20
"""Lines of a row up to which it stays on one page."""
INK, SOFT, ACCENT, ALARM = "28 37 48", "90 102 117", "31 78 140", "106 58 156"
COLOURS = {"PASS": "26 122 74", "FAIL": "179 38 30", "INCONCLUSIVE": "154 100 0", "INVALID": ALARM, "NOT_TESTED": SOFT}
_HEADINGS = {0: (22.0, 8.0, INK), 1: (14.0, 5.0, ACCENT), 2: (12.0, 4.0, INK), 3: (10.5, 2.6, ACCENT)}
_TONES = {
    "small": (8.5, SOFT),
    "centre": (13.0, INK),
    "alarm": (10.5, ALARM),
    "mono": (9.0, INK),
    "right": (11.0, INK),
    "stamp": (11.0, SOFT),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; ``y`` of its top; ``bold`` letters are also outlined."""

    x: float
    y: float
    text: str
    size: float
    colour: str = INK
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: outlined, filled, or a rule when it has no height or no width."""

    x: float
    y: float
    width: float
    height: float
    stroke: str = "138 149 163"
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its number."""

    x: float
    y: float
    width: float
    height: float
    number: int


@dataclass(frozen=True, slots=True)
class Code:
    """The QR code of a digest in a square."""

    x: float
    y: float
    side: float
    digest: str


@dataclass(slots=True)
class Flow:
    """Where the next block goes."""

    face: Face
    pages: list[list[Line | Box | Image | Code]] = field(default_factory=lambda: [[]])
    y: float = TOP
    pictures: int = 0

    def paper(self, paper: Paper) -> list[Page]:
        """Lay all of it out, head and number the pages; gives each page's code and the lines on it."""
        for part in paper.parts:
            if part is not paper.parts[0]:
                self._new_page()
            for at, block in enumerate(part):
                together = self._together(part[at:])
                if together <= HEIGHT - BOTTOM - TOP:
                    self._room(together)
                self._add(block)
        said = [[each.text for each in page if isinstance(each, Line)] for page in self.pages]
        made = [page_of(paper, number, len(said), texts) for number, texts in enumerate(said, start=1)]
        for page, of in zip(self.pages, made, strict=True):
            page.extend(self._furniture(paper, of))
        return made

    def _new_page(self) -> None:
        if self.pages[-1]:
            self.pages.append([])
        self.y = TOP

    def _room(self, height: float) -> None:
        if self.y + height > HEIGHT - BOTTOM:
            self._new_page()

    def _together(self, blocks: Sequence[Block]) -> float:
        """The height of what stands on one page with the first of ``blocks``: a heading and a clause with what they head."""
        match blocks[0] if blocks else None:
            case Heading(level=level) if self.y > TOP:
                points, above, _ = _HEADINGS[level]
                return above * 4 / 3 + points * _PT * 1.6 + self._together(blocks[1:])
            case Paragraph(text=text, tone="strong" | "quote"):
                size = 10.5 * _PT
                lines = len(self.face.lines(settable(text), size, ROOM - 5))
                return lines * size * 1.55 + 2.2 + self._together(blocks[1:])
            case Grid() as block:
                rows = [row for row in (block.head, *block.rows) if row]
                wanted = rows if block.whole else rows[:2]
                widths = [ROOM * share for share in block.widths]
                return sum(self._tall(row, widths, block.size, form=block.form) for row in wanted)
            case Chart() as block:
                return _picture(block)[1] + 8
            case _:
                return 8.0 if blocks else 0.0

    def _furniture(self, paper: Paper, of: Page) -> Iterator[Line | Box | Code]:
        size, say = (8.5 if paper.lang == "zh" else 7.0) * _PT, words(paper.lang)
        page = paper.page.format(page=of.number, total=of.total)
        code = say("paper.page-code", code=of.code)
        beside = _QR + 1.5
        left, right = (self.face.width(settable(text), size) for text in (paper.left, paper.right))
        middle = (left + ROOM - right - self.face.width(settable(paper.watermark), size)) / 2
        for text, y, align, indent in (
            (paper.left, 13.0, 0.0, 0.0), (paper.watermark, 13.0, 0.0, middle), (paper.right, 13.0, 1.0, 0.0),
            (paper.foot, 279.0, 0.0, beside), (code, 283.5, 0.0, beside), (page, 281.0, 1.0, 0.0),
        ):  # fmt: skip
            if text:
                shown = self.face.lines(settable(text), size, ROOM)[0]
                x = SIDE + indent + align * (ROOM - self.face.width(shown, size))
                yield Line(x, y, shown, size, ALARM if text == paper.watermark else SOFT, bold=text == paper.watermark)
        yield Box(SIDE, 18.0, ROOM, 0.0)
        yield Code(SIDE, 278.2, _QR, paper.digest)

    def _add(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Paragraph():
                self._paragraph(block)
            case Points():
                for each in block.texts:
                    self._text(each, 10.5, indent=4.5, mark="·")
                self.y += 1.5
            case Grid():
                self._grid(block)
            case Chart():
                self._chart(block)
            case Tile():
                self._tile(block)
            case Break():
                self._new_page()

    def _text(
        self,
        text: str,
        points: float,
        *,
        colour: str = INK,
        bold: bool = False,
        indent: float = 0.0,
        align: float = 0.0,
        mark: str = "",
    ) -> None:
        size = points * _PT
        for at, line in enumerate(self.face.lines(settable(text), size, ROOM - indent)):
            self._room(size * 1.7)
            if mark and at == 0:
                self.face.used.add(mark)
                self.pages[-1].append(Line(SIDE + 1.5, self.y, mark, size, colour))
            x = SIDE + indent + align * (ROOM - indent - self.face.width(line, size))
            if line:
                self.pages[-1].append(Line(x, self.y, line, size, colour, bold))
            self.y += size * 1.55

    def _heading(self, block: Heading) -> None:
        points, above, colour = _HEADINGS[block.level]
        self.y += above if self.y > TOP else 0
        self._text(block.text, points, colour=colour, bold=True, align=0.5 if block.level == 0 else 0)
        self.y += above / 3

    def _paragraph(self, block: Paragraph) -> None:
        points, colour = _TONES.get(block.tone, (10.5, INK))
        if block.tone == "stamp":
            self.y += 20
            self._room(_STAMP + 1)
            self.pages[-1].append(Box(WIDTH - SIDE - _STAMP, self.y, _STAMP, _STAMP))
            self._stamp(block.text, points * _PT, colour)
            return
        align = {"centre": 0.5, "right": 1.0}.get(block.tone, 0.0)
        first, top = self.y, len(self.pages)
        self._text(
            block.text,
            points,
            colour=colour,
            bold=block.tone in {"strong", "alarm"},
            align=align,
            indent=5 if block.tone == "quote" else 0,
        )
        if block.tone == "quote" and len(self.pages) == top:
            self.pages[-1].append(Box(SIDE + 1, first, 0.9, self.y - first, "31 78 140", "31 78 140"))
        self.y += 2.2

    def _stamp(self, text: str, size: float, colour: str) -> None:
        """What belongs into the box for the seal, in its middle."""
        lines = self.face.lines(settable(text), size, _STAMP - 4)
        self.y += (_STAMP - len(lines) * size * 1.55) / 2
        for line in lines:
            x = WIDTH - SIDE - (_STAMP + self.face.width(line, size)) / 2
            self.pages[-1].append(Line(x, self.y, line, size, colour))
            self.y += size * 1.55
        self.y += (_STAMP - len(lines) * size * 1.55) / 2

    def _tile(self, block: Tile) -> None:
        self._room(30)
        colour = ALARM if block.marked else COLOURS.get(block.verdict, SOFT)
        top = self.y
        self.y += 3
        self._text(block.caption, 9.5, colour=SOFT, indent=5)
        self._text(block.word, 19, colour=colour, bold=True, indent=5)
        self._text(block.meaning, 10, indent=5)
        self.y += 2
        self.pages[-1] += [
            Box(SIDE, top, ROOM, self.y - top, colour),
            Box(SIDE, top, 1.6, self.y - top, colour, colour),
        ]
        self.y += 4

    def _grid(self, block: Grid) -> None:
        widths = [ROOM * share for share in block.widths]
        if block.head:
            self._row(block.head, widths, block.size, head=True)
        for row in block.rows:
            self._row(row, widths, block.size, form=block.form, again=block.head)
        self.y += 3

    def _tall(self, row: Sequence[str], widths: Sequence[float], points: float, *, form: bool) -> float:
        """The height of a row."""
        size = points * _PT
        lines = [
            len(self.face.lines(settable(text), size, wide - 2 * _PAD)) for text, wide in zip(row, widths, strict=True)
        ]
        return max(12.0 if form else 0.0, max(lines) * size * 1.45 + 2 * _PAD)

    def _row(
        self,
        row: Sequence[str],
        widths: Sequence[float],
        points: float,
        *,
        head: bool = False,
        form: bool = False,
        again: Sequence[str] = (),
    ) -> None:
        """A row, on the next page under its head where it does not fit; one that is longer than a page goes on there."""
        size = points * _PT
        cells = [
            self.face.lines(settable(text), size, width - 2 * _PAD) for text, width in zip(row, widths, strict=True)
        ]
        step, least = size * 1.45, 12.0 if form else 0.0
        together = max(map(len, cells))
        if self.y + max(least, (together if together <= _WHOLE else 4) * step + 2 * _PAD) > HEIGHT - BOTTOM:
            self._new_page()
            if again:
                self._row(again, widths, points, head=True)
        while cells and any(cells):
            fit = max(1, int((HEIGHT - BOTTOM - self.y - 2 * _PAD) / step))
            taken, cells = [each[:fit] for each in cells], [each[fit:] for each in cells]
            height = max(least, max(map(len, taken)) * step + 2 * _PAD)
            x = SIDE
            for at, (lines, width) in enumerate(zip(taken, widths, strict=True)):
                shade = (
                    "238 242 247" if head else "246 248 250" if not again and at % 2 == 0 and len(widths) > 1 else ""
                )
                self.pages[-1].append(Box(x, self.y, width, height, fill=shade))
                self.pages[-1] += [
                    Line(x + _PAD, self.y + _PAD + number * step, line, size, bold=head)
                    for number, line in enumerate(lines)
                    if line
                ]
                x += width
            self.y += height
            if any(cells):
                self._new_page()
                if again and not head:
                    self._row(again, widths, points, head=True)

    def _chart(self, block: Chart) -> None:
        width, height = _picture(block)
        self.pages[-1].append(Image(SIDE + (ROOM - width) / 2, self.y, width, height, self.pictures))
        self.pictures += 1
        self.y += height + 1
        self._text(block.caption, 9, colour=SOFT, align=0.5)
        self.y += 2


def _picture(block: Chart) -> tuple[float, float]:
    """How wide and high a chart is printed."""
    width = ROOM * min(1.0, block.width / 720)
    return width, width * block.height / block.width
