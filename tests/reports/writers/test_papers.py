# SPDX-License-Identifier: Apache-2.0
"""Papers as Word, PDF, OFD and XLSX: others' readers find every text, hostile texts stay texts, the same bundle is the same file."""

import io
import re
import zipfile

import docx
import ofdkit
import openpyxl
import pypdfium2
import pytest
from defusedxml.ElementTree import fromstring as parse

from harness.errors import UsageError
from reports.paper.blocks import Chart, Grid, Heading, Paragraph, Points, Tile
from reports.paper.layouts import NAMES, paper, papers
from reports.writers.docx import render as as_docx
from reports.writers.fonts import require
from reports.writers.ofd import render as as_ofd
from reports.writers.pdf import render as as_pdf
from reports.writers.xlsx import render as as_xlsx

HOSTILE = '=HYPERLINK("x") <b>#set page</b> $x^2$ {{ 7*7 }} \\u{202e} & "q"'
WRITERS = {"pdf": as_pdf, "docx": as_docx, "ofd": as_ofd}


def texts_of(kind: str, data: bytes) -> str:
    """The text of a file as a program of others reads it, without blanks."""
    if kind == "pdf":
        read = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    elif kind == "ofd":
        read = ofdkit.extract_text(data)
    else:
        document = docx.Document(io.BytesIO(data))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        read = "\n".join([*(each.text for each in document.paragraphs), *cells])
    return plain(read)


def plain(text: str) -> str:
    return re.sub(r"[\s\u202f\u00a0]", "", text)


def wanted(bundle, lang: str, layout: str) -> set[str]:
    """What stands on the paper: headings, paragraphs, points, words of verdicts, and the lines of every cell."""
    found = []
    made = paper(bundle, lang, layout)
    for block in (*made.cover, *made.blocks, *made.annexes):
        match block:
            case Heading() | Paragraph():
                found.append(block.text)
            case Points():
                found += block.texts
            case Grid():
                found += [cell for row in (block.head, *block.rows) for cell in row]
            case Tile():
                found += [block.word, block.meaning]
            case Chart():
                found.append(block.caption)
            case _:
                pass
    return {plain(line) for text in found for line in text.split("\n") if plain(line)}


@pytest.mark.parametrize(
    ("kind", "lang", "layout"),
    [
        ("pdf", "zh", "jianyan"), ("pdf", "en", "yanshou"), ("docx", "zh", "yanshou"), ("docx", "en", "yiye"),
        ("ofd", "en", "yanshou"), ("ofd", "zh", "zhenggai"),
    ],
)  # fmt: skip
def test_another_reader_finds_what_stands_on_the_paper(make_bundle, kind, lang, layout):
    bundle = make_bundle()
    read = texts_of(kind, WRITERS[kind](bundle, lang, layout)[f"{layout}.{kind}"])
    short = {each for each in wanted(bundle, lang, layout) if len(each) <= 12}
    missing = {each for each in short if each not in read}
    assert not missing
    assert len(short) > 20


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_bundle_gives_the_same_bytes(make_bundle, kind):
    bundle = make_bundle()
    assert WRITERS[kind](bundle, "zh", "yiye") == WRITERS[kind](bundle, "zh", "yiye")


@pytest.mark.parametrize("kind", WRITERS)
def test_hostile_names_stay_text(make_bundle, kind):
    bundle = make_bundle(name=HOSTILE)
    read = texts_of(kind, WRITERS[kind](bundle, "zh", "yiye")[f"yiye.{kind}"])
    assert plain('=HYPERLINK("x")') in read
    assert "{{7*7}}" in read
    assert "$x^2$" in read


def test_a_workbook_has_no_formula_and_the_same_bytes(make_bundle):
    bundle = make_bundle(name=HOSTILE)
    data = as_xlsx(bundle, "zh")["xlsx"]
    assert data == as_xlsx(bundle, "zh")["xlsx"]
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames[0] == "二、指标完成情况对照表"
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert "<f>" not in "".join(
        zipfile.ZipFile(io.BytesIO(data)).read(name).decode("utf-8", "replace")
        for name in zipfile.ZipFile(io.BytesIO(data)).namelist()
    )


def test_a_pdf_says_that_it_is_an_archive_copy_and_embeds_its_fonts(make_bundle):
    data = as_pdf(make_bundle(), "zh")["yanshou.pdf"]
    assert b"pdfaid:part" in data
    assert b"/FontFile" in data


def test_an_ofd_is_measured_in_mm_and_carries_its_font(make_bundle):
    archive = zipfile.ZipFile(io.BytesIO(as_ofd(make_bundle(), "zh")["yanshou.ofd"]))
    assert archive.namelist()[0] == "OFD.xml"
    assert archive.read("Doc_0/Res/font.otf")[:4] == b"OTTO"
    space = {"ofd": "http://www.ofdspec.org/2016"}
    document = parse(archive.read("Doc_0/Document.xml"))
    assert document.findtext(".//ofd:PhysicalBox", namespaces=space) == "0 0 210 297"
    identities = [
        each.get("ID")
        for name in archive.namelist()
        if name.endswith(".xml")
        for each in parse(archive.read(name)).iter()
        if each.get("ID")
    ]
    pages = {each.get("ID") for each in document.iterfind(".//ofd:Page", space)}
    assert len(identities) == len(set(identities))
    assert len(pages) > 3
    for name in (each for each in archive.namelist() if each.endswith("Content.xml")):
        for text in parse(archive.read(name)).iterfind(".//ofd:TextObject", space):
            left, top, width, height = map(float, text.get("Boundary").split())
            assert left >= 0
            assert left + width <= 210 + 1
            assert top + height <= 297


def test_word_repeats_heads_and_names_east_asian_fonts(make_bundle):
    document = (
        zipfile.ZipFile(io.BytesIO(as_docx(make_bundle(), "zh")["yanshou.docx"])).read("word/document.xml").decode()
    )
    assert "w:tblHeader" in document
    assert 'w:eastAsia="宋体"' in document


def test_a_character_without_a_glyph_is_told_and_not_drawn_as_a_box():
    with pytest.raises(UsageError, match=r"U\+1F600"):
        require(["\N{GRINNING FACE}"])
    require(["硚口区 堃珺喆玥 ± ①"])


def test_simulated_data_are_marked_on_every_page(make_bundle):
    for page in pypdfium2.PdfDocument(as_pdf(make_bundle(), "zh")["yanshou.pdf"]):
        assert "模拟数据" in plain(page.get_textpage().get_text_range())


def test_an_unknown_layout_is_refused_by_name(make_bundle):
    with pytest.raises(UsageError, match="'gongwen'"):
        paper(make_bundle(), "zh", "gongwen")
    assert set(NAMES) == {"yanshou", "jianyan", "zhenggai", "yiye", "fuyan", "dagang"}


@pytest.mark.parametrize(("layout", "lacks"), [("fuyan", "one attempt"), ("dagang", "without a sealed plan")])
def test_a_paper_that_the_bundle_has_no_ground_for_is_refused(factory, layout, lacks):
    with pytest.raises(UsageError, match=lacks):
        paper(factory, "zh", layout)
    assert layout not in {each.layout for each in papers(factory, "zh")}
