# SPDX-License-Identifier: Apache-2.0
"""Paragraphs and tables of a DOCX as XML (ECMA-376): python-docx sets one property after the other, ten times slower.

How text looks is said in one place: our fonts by name, or the styles of the user's own template, which then decide alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from harness.printable import printable

SERIF, SANS, TITLE, SONG = "宋体", "黑体", "方正小标宋简体", "仿宋"
BODY = 10.5
SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TWIPS = 1440 / 25.4
_LONG = 6000
"""Letters of a row, as XML, from which it may go on on the next page."""
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="8A95A3"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_MARGINS = "".join(
    f'<w:{side} w:w="{width}" w:type="dxa"/>'
    for side, width in (("top", 45), ("left", 90), ("bottom", 45), ("right", 90))
)
STYLES = {each: each for each in ("Heading1", "Heading2", "Heading3", "ListBullet", "TableGrid")}
"""Identifiers of the styles that python-docx brings along."""


@dataclass(frozen=True, slots=True)
class Dress:
    """How text looks: ``own`` where the user's template says it; ``styles``: its identifiers for ours, where it has them."""

    own: bool = False
    styles: Mapping[str, str] = field(default_factory=lambda: STYLES)

    def run(self, text: str, *, size: float = BODY, font: str = SERIF, bold: bool = False, colour: str = "") -> str:
        """Text as runs, its line breaks kept; hidden characters are written out."""
        face = "" if self.own else font
        said = look(min(size, BODY) if self.own else size, face, bold=bold, colour=colour, plain=self.own)
        lines = printable(text, keep="\n").split("\n")
        return "".join(
            f'<w:r>{said}{"<w:br/>" if at else ""}<w:t xml:space="preserve">{escape(line)}</w:t></w:r>'
            for at, line in enumerate(lines)
        )

    def titled(self, text: str, level: int, *, size: float, font: str, colour: str) -> str:
        """A heading: in the template's own style alone where it has one."""
        name = f"Heading{max(1, level)}"
        align = "centre" if level == 0 else ""
        if self.own and name in self.styles:
            return paragraph(f"<w:r><w:t>{escape(printable(text))}</w:t></w:r>", self.styles[name], align=align)
        said = look(size, font, bold=True, colour=colour)
        run = f'<w:r>{said}<w:t xml:space="preserve">{escape(printable(text))}</w:t></w:r>'
        return paragraph(run, self.styles.get(name, ""), align=align)

    def point(self, text: str) -> str:
        """One point of a list; a dot before it where the template has no style for lists."""
        style = self.styles.get("ListBullet", "")
        return paragraph(self.run(text if style else f"· {text}"), style)


@cache
def look(size: float, font: str, *, bold: bool, colour: str, plain: bool = False) -> str:
    """The properties of a run; ``plain``: only what differs from the text around it."""
    faces = " ".join(f'{key}="{face}"' for key, face in faces_of(font).items()) if font else ""
    parts = [
        f"<w:rFonts {faces}/>" if faces else "",
        "" if plain and not bold else f'<w:b w:val="{int(bold)}"/>',
        f'<w:color w:val="{colour}"/>' if colour else "",
        "" if plain and size == BODY else f'<w:sz w:val="{2 * size:.0f}"/>',
    ]
    return f"<w:rPr>{''.join(parts)}</w:rPr>" if any(parts) else ""


def faces_of(font: str) -> dict[str, str]:
    """Latin and East Asian letters alike, by attribute."""
    latin = {SERIF: "Times New Roman", SONG: "Times New Roman", SANS: "Arial"}.get(font, font)
    return {"w:ascii": latin, "w:hAnsi": latin, "w:eastAsia": font, "w:cs": font}


def paragraph(
    runs: str, style: str = "", *, align: str = "", indent_mm: float = 0, above_mm: float = 0, bound: bool = False
) -> str:
    """A paragraph of ``runs``; ``bound``: on one page with what follows."""
    said = f"<w:pStyle w:val={quoteattr(style)}/>" if style else ""
    said += "<w:keepNext/>" if bound else ""
    said += f'<w:spacing w:before="{above_mm * _TWIPS:.0f}"/>' if above_mm else ""
    said += f'<w:ind w:left="{indent_mm * _TWIPS:.0f}"/>' if indent_mm else ""
    said += f'<w:jc w:val="{ {"centre": "center"}.get(align, align) }"/>' if align else ""
    return f"<w:p>{f'<w:pPr>{said}</w:pPr>' if said else ''}{runs}</w:p>"


def table(
    dress: Dress, rows: Sequence[Sequence[str]], widths_mm: Sequence[float], *, head: bool = False, tall_mm: float = 0
) -> str:
    """A table of cells that are paragraphs already; its ``head`` is repeated on every page."""
    widths = [round(each * _TWIPS) for each in widths_mm]
    style = dress.styles.get("TableGrid", "")
    said = f"<w:tblStyle w:val={quoteattr(style)}/>" if style else ""
    said += f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
    said += "" if style else f"<w:tblBorders>{_BORDERS}</w:tblBorders>"
    said += f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{_MARGINS}</w:tblCellMar>'
    grid = "".join(f'<w:gridCol w:w="{each}"/>' for each in widths)
    high = f'<w:trHeight w:val="{tall_mm * _TWIPS:.0f}"/>' if tall_mm else ""
    made = []
    for at, row in enumerate(rows):
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
            for cell, wide in zip(row, widths, strict=True)
        )
        first = head and at == 0
        whole = "<w:cantSplit/>" if len(cells) < _LONG else ""
        form = f"{whole}{high}{'<w:tblHeader/>' if first else ''}"
        made.append(f"<w:tr>{f'<w:trPr>{form}</w:trPr>' if form else ''}{cells}</w:tr>")
    return f"<w:tbl><w:tblPr>{said}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(made)}</w:tbl>"


SPACER = '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="160" w:lineRule="exact"/></w:pPr></w:p>'
"""Eight points behind a table, where OOXML wants a paragraph."""


def parted(document: Any) -> Any:
    """A new section; its break stands in the spacer of the last table, where there is one.

    In a line of its own it would be a blank page wherever that table fills its page.
    """
    from docx.section import Section

    last = document.element.body.sectPr.getprevious()
    if last is None or not last.tag.endswith("}p") or len(last) != 1:
        return document.add_section()
    sentinel = document.element.body.sectPr
    last.set_sectPr(sentinel.clone())
    for each in sentinel.xpath("w:headerReference|w:footerReference"):
        sentinel.remove(each)
    return Section(sentinel, document.part)


def put(document: Any, xml: str) -> None:
    """Paragraphs and tables at the end of the document, before the properties of its last section."""
    from docx.oxml import parse_xml

    made: Any = parse_xml(f"<w:body {SPACE}>{xml}</w:body>")
    body = document.element.body
    last = body.sectPr
    for each in list(made):
        last.addprevious(each) if last is not None else body.append(each)
