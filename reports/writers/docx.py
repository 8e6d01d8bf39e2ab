# SPDX-License-Identifier: Apache-2.0
"""A paper as DOCX for the office's own programs: their fonts by name, heads of tables repeated, page x of y, the same bytes.

Fonts are named for Latin and for East Asian letters of every run (else Word picks one); none is embedded. ECMA-376.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
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
from reports.writers.ooxml import (
    BODY,
    SANS,
    SERIF,
    SPACE,
    SPACER,
    TITLE,
    Dress,
    faces_of,
    look,
    paragraph,
    parted,
    put,
    table,
)
from reports.writers.pictures import pngs
from reports.writers.template import Margin, copied, dress_of, filled, kept, opened

_EPOCH = (1980, 1, 1, 0, 0, 0)
_QR_MM, _EMU = 9, 36_000
_FURNITURE = {"zh": 7.5, "en": 6.5}
"""Points of the letters at head and foot, so that they fit on one line."""
_SOFT = "5A6675"
_PROPERTY = 255
"""Characters that a property of a document may have."""
_COLOURS = {"PASS": "1A7A4A", "FAIL": "B3261E", "INCONCLUSIVE": "9A6400", "INVALID": "6A3A9C", "NOT_TESTED": "5A6675"}
_SIZES = {0: 24.0, 1: 15.0, 2: 12.5, 3: 10.5}


def render(
    bundle_root: Path, lang: str = "zh", layout: str = "yanshou", template: Path | None = None
) -> dict[str, bytes]:
    """``{"LAYOUT.docx": file}``; UsageError where the library is missing or ``template`` is no document."""
    return {f"{layout}.docx": docx(paper_of(bundle_root, lang, layout), template)}


def docx(paper: Paper, template: Path | None = None) -> bytes:
    """The paper as a document that Word, WPS and LibreOffice open; ``template``: the unit's own document around it."""
    try:
        from docx import Document
    except ModuleNotFoundError:
        raise UsageError("python-docx is not installed.", cure='pip install "yanshou[reports]".') from None
    document: Any = Document() if template is None else opened(template)
    dress = Dress() if template is None else dress_of(document)
    behind = [] if template is None else filled(document, paper)
    _set_up(document, paper, dress)
    _Writer(document, paper, dress).write(behind)
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


def _set_up(document: Any, paper: Paper, dress: Dress) -> None:
    """Page, font, properties; of a template only the properties."""
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    if not dress.own:
        section = document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(22)
        section.top_margin, section.bottom_margin = Mm(25), Mm(22)
        normal = document.styles["Normal"]
        normal.font.size = Pt(BODY)
        faces = normal.element.get_or_add_rPr().get_or_add_rFonts()
        for key, face in faces_of(SERIF).items():
            faces.set(qn(key), face)
    else:
        document.settings.odd_and_even_pages_header_footer = False  # every page bears the marks
    properties = document.core_properties
    made = datetime(*paper.date)  # noqa: DTZ001 - OOXML keeps dates without a zone
    properties.title, properties.author, properties.comments = printable(paper.title)[:_PROPERTY], "yanshou", ""
    properties.created = properties.modified = made
    properties.last_modified_by, properties.revision = "", 1


class _Writer:
    """Writes the parts of one paper into a document, a section for each."""

    def __init__(self, document: Any, paper: Paper, dress: Dress) -> None:
        self._document, self._paper, self._dress = document, paper, dress
        charts = [each for part in paper.parts for each in part if isinstance(each, Chart)]
        self._pictures = iter(pngs(charts))
        section = document.sections[-1]
        room = section.page_width - section.left_margin - section.right_margin
        self._wide = room / _EMU
        """Room for text, mm."""

    def write(self, behind: Sequence[Any]) -> None:
        """Every part with its foot, then what a template has ``behind`` the paper."""
        document, first = self._document, self._document.sections[-1]
        pristine = (kept(first.header), kept(first.footer)) if self._dress.own else None
        for section in list(document.sections)[: -1 if self._dress.own else 0]:
            self._furnished(section, None, pristine)  # of a template, what stands before the paper
        for part, of in zip(_parts(self._paper), _coded(self._paper), strict=True):
            section = first if of.number == 1 else parted(document)
            self._furnished(section, of, pristine)
            for block in part:
                self._add(block)
        for each in behind:
            document.element.body.sectPr.addprevious(each)

    def _furnished(self, section: Any, of: Page | None, pristine: tuple[Margin, Margin] | None) -> None:
        """Head and foot of a section: the template's own, then what marks the paper, on its first page as well."""
        section.different_first_page_header_footer = False
        if of is None or of.number == 1 or pristine is not None:
            section.header.is_linked_to_previous = False
        section.footer.is_linked_to_previous = False
        if pristine is not None:
            for source, target in zip(pristine, (section.header, section.footer), strict=True):
                copied(source, target)
        if of is None or of.number == 1 or pristine is not None:
            self._head(_last(section.header, fresh=pristine is not None))
        if of is not None:
            self._foot(_last(section.footer, fresh=pristine is not None), of)

    def _head(self, head: Any) -> None:
        paper = self._paper
        self._tabbed(head, paper.left, colour=_SOFT)
        self._tabbed(head, f"   {paper.watermark}", colour="6A3A9C", bold=True)
        self._tabbed(head, f"\t{paper.right}", colour=_SOFT)

    def _foot(self, foot: Any, of: Page) -> None:
        """The digest, the code of this part, page x of y."""
        from docx.shared import Mm

        before, between, after = _pages(self._paper.page)
        code = words(self._paper.lang)("paper.part-code", part=of.number, code=of.code)
        foot.add_run().add_picture(BytesIO(qr_png(self._paper.digest)), width=Mm(_QR_MM))
        self._tabbed(foot, f"  {self._paper.foot}   {code}", colour=_SOFT)
        self._tabbed(foot, f"\t{before}", colour=_SOFT)
        self._field(foot, "PAGE")
        self._tabbed(foot, between, colour=_SOFT)
        self._field(foot, "NUMPAGES")
        self._tabbed(foot, after, colour=_SOFT)

    def _tabbed(self, paragraph: Any, text: str, *, colour: str, bold: bool = False) -> None:
        """Text in a header or footer: at the left, behind a tab at the right."""
        from docx.enum.text import WD_TAB_ALIGNMENT
        from docx.shared import Mm

        stops = paragraph.paragraph_format.tab_stops
        if not len(stops):
            if not self._dress.own:
                paragraph._p.style = "Normal"  # noqa: SLF001 - the style of headers has the tabs of another paper
            stops.add_tab_stop(Mm(self._wide), WD_TAB_ALIGNMENT.RIGHT)
        run = paragraph.add_run()
        run._element.insert(0, self._furniture(bold, colour))  # noqa: SLF001 - see ooxml
        if text.startswith("\t"):
            run.add_tab()
        run.add_text(printable(text.lstrip("\t")))

    def _furniture(self, bold: bool, colour: str) -> Any:
        """The look of a run in headers and footers."""
        from docx.oxml import parse_xml

        said = look(_FURNITURE[self._paper.lang], SANS, bold=bold, colour=colour)
        made: Any = parse_xml(f"<w:r {SPACE}>{said}</w:r>")
        return made[0]

    def _field(self, paragraph: Any, name: str) -> None:
        """A number that the program fills in."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        for kind in ("begin", name, "end"):
            run = paragraph.add_run()
            run._element.insert(0, self._furniture(False, _SOFT))  # noqa: SLF001 - see ooxml
            if kind == name:
                part = OxmlElement("w:instrText")
                part.set(qn("xml:space"), "preserve")
                part.text = f" {name} "
            else:
                part = OxmlElement("w:fldChar")
                part.set(qn("w:fldCharType"), kind)
            run._element.append(part)  # noqa: SLF001 - python-docx has no fields

    def _add(self, block: Block) -> None:
        dress = self._dress
        match block:
            case Heading():
                font, colour = (SANS, "1F4E8C") if block.level else (TITLE, "1C2530")
                self._put(dress.titled(block.text, block.level, size=_SIZES[block.level], font=font, colour=colour))
            case Paragraph():
                self._paragraph(block)
            case Points():
                self._put("".join(map(dress.point, block.texts)))
            case Grid():
                self._grid(block)
            case Chart():
                self._chart(block)
            case Tile():
                self._tile(block)
            case Break():
                pass  # a part of its own

    def _put(self, xml: str) -> None:
        put(self._document, xml)

    def _paragraph(self, block: Paragraph) -> None:
        run = self._dress.run(block.text, **_FORMS.get(block.tone, {}))
        align = {"centre": "centre", "right": "right", "stamp": "right"}.get(block.tone, "")
        indent, above = 6.0 if block.tone == "quote" else 0.0, 50.0 if block.tone == "stamp" else 0.0
        bound = block.tone in {"strong", "quote"}
        self._put(paragraph(run, align=align, indent_mm=indent, above_mm=above, bound=bound))

    def _tile(self, block: Tile) -> None:
        dress, colour = self._dress, _COLOURS["INVALID"] if block.marked else _COLOURS.get(block.verdict, _SOFT)
        said = (
            dress.run(block.caption, size=9.5, colour=_SOFT),
            dress.run(block.word, size=20, font=SANS, bold=True, colour=colour),
            dress.run(block.meaning),
        )
        self._put(table(dress, [["".join(map(paragraph, said))]], [self._wide]) + SPACER)

    def _grid(self, block: Grid) -> None:
        dress, size = self._dress, block.size
        last = len(block.rows) - 1
        rows = [
            [paragraph(dress.run(text, size=size), bound=block.whole and at < last) for text in row]
            for at, row in enumerate(block.rows)
        ]
        if block.head:
            rows.insert(
                0, [paragraph(dress.run(text, size=size, font=SANS, bold=True), bound=True) for text in block.head]
            )
        widths = [self._wide * share for share in block.widths]
        made = table(dress, rows, widths, head=bool(block.head), tall_mm=12 if block.form else 0)
        self._put(made + SPACER)

    def _chart(self, block: Chart) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Mm

        wide = self._wide * min(1.0, block.width / 720)
        shape = self._document.add_picture(BytesIO(next(self._pictures)), width=Mm(wide))
        shape._inline.docPr.set("descr", printable(block.caption))  # noqa: SLF001 - the words that a screen reader says
        holder = shape._inline.getparent().getparent().getparent()  # noqa: SLF001 - to ask for the last paragraph walks through all
        holder.alignment = WD_ALIGN_PARAGRAPH.CENTER
        holder.get_or_add_pPr().keepNext_val = True
        caption = self._dress.run(block.caption, size=9, colour=_SOFT)
        self._put(paragraph(caption, align="centre"))


_FORMS: dict[str, dict[str, Any]] = {
    "small": {"size": 9.0, "colour": _SOFT},
    "strong": {"bold": True},
    "mono": {"size": 9.0, "font": "Consolas"},
    "alarm": {"bold": True, "colour": "6A3A9C"},
    "centre": {"size": 14.0},
    "quote": {"font": "仿宋"},
}


def _last(margin: Any, *, fresh: bool) -> Any:
    """Where the marks of the paper go: a new last paragraph where a template has its own before."""
    if fresh and any(each.text or len(each._p) > 1 for each in margin.paragraphs):  # noqa: SLF001 - a picture alone has no text
        return margin.add_paragraph()
    return margin.paragraphs[-1]


def _pages(template: str) -> tuple[str, str, str]:
    before, rest = template.split("{page}")
    between, after = rest.split("{total}")
    return before, between, after
