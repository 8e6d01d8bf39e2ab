# SPDX-License-Identifier: Apache-2.0
"""A paper as DOCX for the office's own programs: their fonts by name, heads of tables repeated, page x of y, the same bytes.

Fonts are named for Latin and for East Asian letters of every run (else Word picks one); none is embedded. ECMA-376.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.printable import printable
from reports.paper.blocks import Block, Break, Chart, Grid, Heading, Paper, Paragraph, Points, Tile, texts_of
from reports.paper.layouts import paper as paper_of
from reports.paper.layouts import papers
from reports.words import words
from reports.writers.code import Page, page_of, qr_png
from reports.writers.pictures import pngs

SERIF, SANS, TITLE = "宋体", "黑体", "方正小标宋简体"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WIDTH_MM, _QR_MM, _FURNITURE = 166, 9, 7.5
_TABLE = "TableGrid"
_PROPERTY = 255
"""Characters that a property of a document may have."""
_COLOURS = {"PASS": "1A7A4A", "FAIL": "B3261E", "INCONCLUSIVE": "9A6400", "INVALID": "6A3A9C", "NOT_TESTED": "5A6675"}
_SIZES = {0: 24.0, 1: 15.0, 2: 12.5, 3: 10.5}


def render(bundle_root: Path, lang: str = "zh", layout: str = "yanshou") -> dict[str, bytes]:
    """``{"LAYOUT.docx": file}``; UsageError where the library is missing."""
    return {f"{layout}.docx": docx(paper_of(bundle_root, lang, layout))}


def docx(paper: Paper) -> bytes:
    """The paper as a document that Word, WPS and LibreOffice open."""
    try:
        from docx import Document
    except ModuleNotFoundError:
        raise UsageError("python-docx is not installed.", cure='pip install "yanshou[reports]".') from None
    document: Any = Document()
    _set_up(document, paper)
    pictures = iter(pngs([each for part in paper.parts for each in part if isinstance(each, Chart)]))
    for part, of in zip(_parts(paper), _coded(paper), strict=True):
        section = document.sections[0] if of.number == 1 else document.add_section()
        section.footer.is_linked_to_previous = False
        _foot(section.footer.paragraphs[0], paper, of)
        for block in part:
            _add(document, block, pictures)
    out = BytesIO()
    document.save(out)
    return _fixed(out.getvalue())


def pages(bundle_root: Path, lang: str) -> Iterator[Page]:
    """Every part of every layout with its code and texts: only the reader's program knows where a page ends."""
    for each in papers(bundle_root, lang):
        yield from _coded(each)


def _parts(paper: Paper) -> list[list[Block]]:
    """What begins on a page of its own in every program: cover, body, annexes, and what follows a break."""
    found: list[list[Block]] = []
    for part in paper.parts:
        found.append([])
        for block in part:
            found.append([]) if isinstance(block, Break) else found[-1].append(block)
    return [each for each in found if each]


def _coded(paper: Paper) -> list[Page]:
    parts = _parts(paper)
    return [
        page_of(paper, number, len(parts), [text for block in part for text in texts_of(block)])
        for number, part in enumerate(parts, start=1)
    ]


def _fixed(data: bytes) -> bytes:
    """The same archive with fixed times, so that the same paper is the same file."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda each: (each != "[Content_Types].xml", each)):
            target.writestr(zipfile.ZipInfo(name, _EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _set_up(document: Any, paper: Paper) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    normal = document.styles["Normal"]
    normal.font.size = Pt(10.5)
    faces = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for key, face in _faces(SERIF).items():
        faces.set(qn(key), face)
    properties = document.core_properties
    made = datetime(*paper.date)  # noqa: DTZ001 - OOXML keeps dates without a zone
    properties.title, properties.author, properties.comments = printable(paper.title)[:_PROPERTY], "yanshou", ""
    properties.created = properties.modified = made
    properties.last_modified_by, properties.revision = "", 1
    head = section.header.paragraphs[0]
    _tabbed(head, paper.left, colour="5A6675")
    _tabbed(head, f"   {paper.watermark}", colour="6A3A9C", bold=True)
    _tabbed(head, f"\t{paper.right}", colour="5A6675")


def _tabbed(paragraph: Any, text: str, *, colour: str, bold: bool = False) -> None:
    """Text in a header or footer: at the left, behind a tab at the right."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Mm

    stops = paragraph.paragraph_format.tab_stops
    if not len(stops):
        paragraph._p.style = "Normal"  # noqa: SLF001 - the style of headers has the tabs of another paper
        stops.add_tab_stop(Mm(_WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT)
    run = paragraph.add_run()
    run._element.append(deepcopy(_look(_FURNITURE, SANS, bold, colour)))  # noqa: SLF001 - see _write
    if text.startswith("\t"):
        run.add_tab()
    run.add_text(printable(text.lstrip("\t")))


def _foot(foot: Any, paper: Paper, of: Page) -> None:
    """The digest, the code of this part, page x of y."""
    from docx.shared import Mm

    before, between, after = _pages(paper.page)
    code = words(paper.lang)("paper.part-code", part=of.number, code=of.code)
    foot.add_run().add_picture(BytesIO(qr_png(paper.digest)), width=Mm(_QR_MM))
    _tabbed(foot, f"  {paper.foot}   {code}", colour="5A6675")
    _tabbed(foot, f"\t{before}", colour="5A6675")
    _field(foot, "PAGE")
    _tabbed(foot, between, colour="5A6675")
    _field(foot, "NUMPAGES")
    _tabbed(foot, after, colour="5A6675")


def _pages(template: str) -> tuple[str, str, str]:
    before, rest = template.split("{page}")
    between, after = rest.split("{total}")
    return before, between, after


def _faces(font: str) -> dict[str, str]:
    """Latin and East Asian letters alike, by attribute."""
    latin = "Times New Roman" if font == SERIF else font
    return {"w:ascii": latin, "w:hAnsi": latin, "w:eastAsia": font, "w:cs": font}


@cache
def _look(size: float, font: str, bold: bool, colour: str) -> Any:
    """The properties of a run, made once for all runs that look so."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made: Any = OxmlElement("w:rPr")
    for tag, attributes in (
        ("w:rFonts", _faces(font)),
        ("w:b", {"w:val": "1" if bold else "0"}),
        ("w:color", {"w:val": colour}),
        ("w:sz", {"w:val": f"{2 * size:.0f}"}),
    ):
        if all(attributes.values()):
            element = OxmlElement(tag)
            for key, value in attributes.items():
                element.set(qn(key), value)
            made.append(element)
    return made


def _write(
    paragraph: Any, text: str, *, size: float = 10.5, font: str = SERIF, bold: bool = False, colour: str = ""
) -> None:
    """Text as one run, its line breaks kept; hidden characters are written out."""
    look = _look(size, font, bold, colour)
    for at, line in enumerate(printable(text, keep="\n").split("\n")):
        run = paragraph.add_run()
        run._element.append(deepcopy(look))  # noqa: SLF001 - python-docx sets one property after the other, ten times slower
        if at:
            run.add_break()
        run.add_text(line)


def _field(paragraph: Any, name: str) -> None:
    """A number that the program fills in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", name, "end"):
        run = paragraph.add_run()
        run._element.append(deepcopy(_look(_FURNITURE, SANS, False, "5A6675")))  # noqa: SLF001 - see _write
        if kind == name:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = f" {name} "
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        run._element.append(part)  # noqa: SLF001 - python-docx has no fields


def _add(document: Any, block: Block, pictures: Iterator[bytes]) -> None:
    match block:
        case Heading():
            _heading(document, block)
        case Paragraph():
            _paragraph(document, block)
        case Points():
            for each in block.texts:
                _write(_styled(document.add_paragraph(), "ListBullet"), each)
        case Grid():
            _grid(document, block)
        case Chart():
            _chart(document, block, next(pictures))
        case Tile():
            _tile(document, block)
        case Break():
            pass  # a part of its own


def _styled(paragraph: Any, style: str) -> Any:
    """The paragraph in a style by its identifier: python-docx searches all styles for each name."""
    paragraph._p.style = style  # noqa: SLF001 - as the docstring says
    return paragraph


def _heading(document: Any, block: Heading) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    made = _styled(document.add_paragraph(), f"Heading{max(1, block.level)}")
    if block.level == 0:
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(
        made,
        block.text,
        size=_SIZES[block.level],
        font=SANS if block.level else TITLE,
        bold=True,
        colour="1F4E8C" if block.level else "1C2530",
    )


def _paragraph(document: Any, block: Paragraph) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    made = document.add_paragraph()
    forms: dict[str, dict[str, Any]] = {
        "small": {"size": 9.0, "colour": "5A6675"},
        "strong": {"bold": True},
        "mono": {"size": 9.0, "font": "Consolas"},
        "alarm": {"bold": True, "colour": "6A3A9C"},
        "centre": {"size": 14.0},
        "quote": {"font": "仿宋"},
    }
    if block.tone in {"centre", "right", "stamp"}:
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER if block.tone == "centre" else WD_ALIGN_PARAGRAPH.RIGHT
    if block.tone == "stamp":
        made.paragraph_format.space_before = Mm(50)
    if block.tone == "quote":
        made.paragraph_format.left_indent = Mm(6)
    _write(made, block.text, **forms.get(block.tone, {}))


def _tile(document: Any, block: Tile) -> None:
    from docx.shared import Mm

    table = document.add_table(rows=1, cols=1)
    table._tbl.tblStyle_val = _TABLE  # noqa: SLF001 - see _styled
    _padded(table)
    cell = table.cell(0, 0)
    cell.width = Mm(_WIDTH_MM)
    colour = _COLOURS["INVALID"] if block.marked else _COLOURS.get(block.verdict, "5A6675")
    _write(cell.paragraphs[0], block.caption, size=9.5, colour="5A6675")
    _write(cell.add_paragraph(), block.word, size=20, font=SANS, bold=True, colour=colour)
    _write(cell.add_paragraph(), block.meaning)
    document.add_paragraph()


def _grid(document: Any, block: Grid) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    rows: Sequence[Sequence[str]] = [*([block.head] if block.head else []), *block.rows]
    table = document.add_table(rows=len(rows), cols=len(block.widths))
    table._tbl.tblStyle_val, table.autofit = _TABLE, False  # noqa: SLF001 - see _styled
    _padded(table)
    for column, share in zip(table.columns, block.widths, strict=True):
        column.width = Mm(_WIDTH_MM * share)
    for at, (made, row) in enumerate(zip(table.rows, rows, strict=True)):
        head = bool(block.head) and at == 0
        if head:
            made._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - repeated on every page
        if block.form:
            made.height = Mm(12)
        for cell, text, share in zip(made.cells, row, block.widths, strict=True):
            cell.width = Mm(_WIDTH_MM * share)
            _write(cell.paragraphs[0], text, size=block.size, font=SANS if head else SERIF, bold=head)
    document.add_paragraph().paragraph_format.space_after = Mm(0)


def _padded(table: Any) -> None:
    """Room above and below the text of every cell."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", 45), ("left", 90), ("bottom", 45), ("right", 90)):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(width))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    properties = table._tbl.tblPr  # noqa: SLF001 - python-docx has no margins of cells
    look = properties.find(qn("w:tblLook"))
    look.addprevious(margins) if look is not None else properties.append(margins)


def _chart(document: Any, block: Chart, picture: bytes) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    document.add_picture(BytesIO(picture), width=Mm(_WIDTH_MM * min(1.0, block.width / 720)))
    document.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
    shape = document.inline_shapes[len(document.inline_shapes) - 1]
    shape._inline.docPr.set("descr", printable(block.caption))  # noqa: SLF001 - the words that a screen reader says
    caption = document.add_paragraph()
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(caption, block.caption, size=9, colour="5A6675")
