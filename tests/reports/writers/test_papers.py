# SPDX-License-Identifier: Apache-2.0
"""Papers as Word, PDF, OFD and XLSX: others' readers find every text, hostile texts stay texts, the same bundle is the same file."""

import dataclasses
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
from reports.html import render as as_html
from reports.paper.blocks import Chart, Grid, Heading, Paragraph, Points, Tile
from reports.paper.layouts import LAYOUTS, NAMES, paper, papers
from reports.replaced import Replaced
from reports.view import view
from reports.words import words
from reports.writers.code import code_of
from reports.writers.docx import pages as docx_pages
from reports.writers.docx import render as as_docx
from reports.writers.flow import Flow, Line
from reports.writers.fonts import require
from reports.writers.ofd import pages as ofd_pages
from reports.writers.ofd import render as as_ofd
from reports.writers.pdf import _files, _pages
from reports.writers.pdf import pages as pdf_pages
from reports.writers.pdf import render as as_pdf
from reports.writers.setting import Face
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
def test_another_reader_finds_what_stands_on_the_paper(factory, kind, lang, layout):
    bundle = factory
    read = texts_of(kind, WRITERS[kind](bundle, lang, layout)[f"{layout}.{kind}"])
    short = {each for each in wanted(bundle, lang, layout) if len(each) <= 12}
    missing = {each for each in short if each not in read}
    assert not missing
    assert len(short) > 20


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_bundle_gives_the_same_bytes(factory, kind):
    bundle = factory
    assert WRITERS[kind](bundle, "zh", "yiye") == WRITERS[kind](bundle, "zh", "yiye")


@pytest.mark.parametrize("kind", WRITERS)
def test_hostile_names_stay_text(make_bundle, kind):
    bundle = make_bundle(name=HOSTILE)
    read = texts_of(kind, WRITERS[kind](bundle, "zh", "yiye")[f"yiye.{kind}"])
    assert plain('=HYPERLINK("x")') in read
    assert "{{7*7}}" in read
    assert "$x^2$" in read


CODE = "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x; #read(\"paper.json\") #import \"@preview/x:1\" {% include 'style.css' %} %s {0} \x1b[2J\x07\u202egnp.exe\u2066"
LONG = "甲" * 4000 + "W" * 6000
"""Ten thousand letters, six thousand of them one word."""


@pytest.mark.parametrize("kind", WRITERS)
def test_code_control_characters_and_endless_names_stay_text_on_the_page(make_bundle, kind):
    bundle = make_bundle(name=CODE + LONG)
    read = texts_of(kind, WRITERS[kind](bundle, "zh", "yiye")[f"yiye.{kind}"])
    for said in (
        "]]><!ENTITYxSYSTEM",
        '#read("paper.json")',
        "{%include'style.css'%}",
        "%s{0}",
        "\\x1b[2J\\x07\\u202egnp.exe\\u2066",
    ):
        assert plain(said) in read
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", read)
    assert read.count("甲") >= 4000
    assert read.count("W") >= 6000


def test_code_and_control_characters_stay_text_in_a_workbook_and_on_the_page(make_bundle):
    bundle = make_bundle(name=CODE)
    data = as_xlsx(bundle, "zh")["xlsx"]
    assert all(
        cell.data_type != "f"
        for sheet in openpyxl.load_workbook(io.BytesIO(data))
        for row in sheet.iter_rows()
        for cell in row
    )
    content = as_html(bundle, "zh")["html"].decode()
    assert "&lt;!ENTITY" in content
    assert "<!ENTITY" not in content
    assert "\\u202egnp.exe" in content


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


def test_a_pdf_says_that_it_is_an_archive_copy_and_embeds_its_fonts(factory):
    data = as_pdf(factory, "zh", "yiye")["yiye.pdf"]
    assert b"pdfaid:part" in data
    assert b"/FontFile" in data


def test_an_ofd_is_measured_in_mm_and_carries_its_font(factory):
    archive = zipfile.ZipFile(io.BytesIO(as_ofd(factory, "zh")["yanshou.ofd"]))
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


def test_word_repeats_heads_and_names_east_asian_fonts(factory):
    document = zipfile.ZipFile(io.BytesIO(as_docx(factory, "zh")["yanshou.docx"])).read("word/document.xml").decode()
    assert "w:tblHeader" in document
    assert 'w:eastAsia="宋体"' in document


def test_a_character_without_a_glyph_is_told_and_not_drawn_as_a_box():
    with pytest.raises(UsageError, match=r"U\+1F600"):
        require(["\N{GRINNING FACE}"])
    require(["硚口区 堃珺喆玥 ± ①"])


def test_simulated_data_are_marked_on_every_page(factory):
    for page in pypdfium2.PdfDocument(as_pdf(factory, "zh", "zhenggai")["zhenggai.pdf"]):
        assert "模拟数据" in plain(page.get_textpage().get_text_range())


def test_an_unknown_layout_is_refused_by_name(factory):
    with pytest.raises(UsageError, match="'gongwen'"):
        paper(factory, "zh", "gongwen")
    assert set(NAMES) == {"yanshou", "jianyan", "zhenggai", "yiye", "fuyan", "dagang"}


@pytest.mark.parametrize(("layout", "lacks"), [("fuyan", "one attempt"), ("dagang", "without a sealed plan")])
def test_a_paper_that_the_bundle_has_no_ground_for_is_refused(factory, layout, lacks):
    with pytest.raises(UsageError, match=lacks):
        paper(factory, "zh", layout)
    assert layout not in {each.layout for each in papers(factory, "zh")}


PAGES = {"pdf": pdf_pages, "docx": docx_pages, "ofd": ofd_pages}


@pytest.mark.parametrize("kind", ["pdf", "ofd"])
def test_every_page_bears_its_own_code_and_begins_what_it_is_said_to_begin(factory, kind):
    made = [each for each in PAGES[kind](factory, "zh") if each.layout == "zhenggai"]
    data = WRITERS[kind](factory, "zh", "zhenggai")[f"zhenggai.{kind}"]
    if kind == "pdf":
        read = [plain(page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(data)]
    else:
        read = [plain(ofdkit.extract_text(data))] * len(made)
    assert len(read) == len(made) == made[0].total
    for text, page in zip(read, made, strict=True):
        assert page.code in text
        lines = [plain(line) for said in page.texts for line in re.split(r"\n| [|] ", said)]
        assert [each for each in lines if 0 < len(each) <= 12 and each not in text] == []
    assert len({each.code for each in made}) == len(made)


def test_a_part_of_a_document_bears_its_code(factory):
    made = [each for each in docx_pages(factory, "zh") if each.layout == "jianyan"]
    document = docx.Document(io.BytesIO(as_docx(factory, "zh", "jianyan")["jianyan.docx"]))
    assert len(document.sections) == len(made) > 2
    for section, page in zip(document.sections, made, strict=True):
        assert page.code in section.footer.paragraphs[0].text


def test_a_code_depends_on_the_seal_the_layout_the_language_the_number_and_the_text():
    given = ("a" * 64, "yanshou", "zh", 1, ["甲", "乙"])
    others = [("b" * 64, *given[1:]), (given[0], "yiye", *given[2:]), (*given[:2], "en", *given[3:]), (*given[:3], 2, given[4]),
              (*given[:4], ["甲乙"]), (*given[:4], ["甲", "丙"])]  # fmt: skip
    codes = {code_of(*each) for each in (given, *others)}
    assert len(codes) == 1 + len(others)
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", each) for each in codes)


HAN = "一二三四五六七八九"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("layout", ["yanshou", "jianyan", "zhenggai", "yiye", "fuyan"])
def test_the_parts_of_a_paper_are_numbered_without_a_gap_and_none_twice(factory, layout, lang):
    former = Replaced(1, "YS-0123456789AB-1", "不通过", {}, "0" * 64, "1" * 64)
    made = LAYOUTS[layout](dataclasses.replace(view(factory, lang), replaced=(former,)), words(lang))
    heads = [each for part in made.parts for each in part if isinstance(each, Heading)]
    if lang == "zh":
        numbers = [HAN.index(each.text[0]) + 1 for each in heads if re.match(f"[{HAN}]、", each.text)]
    else:
        numbers = [int(found[1]) for each in heads if each.level == 1 and (found := re.match(r"(\d+)\. ", each.text))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers or layout in {"zhenggai", "yiye"}


def test_a_heading_stands_on_one_page_with_the_clause_and_the_particulars_below_it(factory):
    rows = [(f"项{at}", f"值{at}") for at in range(8)]
    kept = [Heading("题"), Heading("小题", 2), Paragraph("条款\n出处", "quote"), Grid((), rows, (0.3, 0.7))]
    broken = 0
    for above in range(12, 37, 4):
        blocks = [*(Paragraph(f"段{at}") for at in range(above)), *kept]
        made = dataclasses.replace(paper(factory, "zh", "zhenggai"), cover=(), annexes=(), blocks=blocks)
        flow = Flow(Face("serif"))
        flow.paper(made)
        pages = [[each.text for each in page if isinstance(each, Line)] for page in flow.pages]
        (page,) = [each for each in pages if "题" in each]
        assert {"小题", "条款", "项0", "项7"} <= set(page)
        broken += "段0" not in page
        pdf_page = next(each for each in _pages(made, _files(made)) if "题" in each.texts)
        assert {"小题", "条款\n出处", "项0 | 值0", "项7 | 值7"} <= set(pdf_page.texts)
    assert 0 < broken < 7


def test_a_new_part_begins_without_an_empty_line_behind_a_table_that_may_fill_its_page(factory):
    body = docx.Document(io.BytesIO(as_docx(factory, "zh", "yanshou")["yanshou.docx"])).element.body
    tables = [each for each in body if each.tag.endswith("}tbl")]
    behind = [each.getnext() for each in tables if not each.getnext().tag.endswith("}sectPr")]
    closing = [each for each in behind if each.pPr is not None and each.pPr.sectPr is not None]
    assert closing  # the spacer of a table carries the break
    for each in behind:
        (spacing,) = each.xpath("w:pPr/w:spacing")
        assert spacing.get(f"{{{each.nsmap['w']}}}line") == "160"
        after = each.getnext()
        assert not (each in closing and after is not None and after.xpath("self::w:p[w:pPr/w:sectPr]"))
