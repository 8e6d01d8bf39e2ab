# SPDX-License-Identifier: Apache-2.0
"""A unit's own DOCX around a paper: what is its own stays, what marks a paper is on every page, nothing of it is code."""

import io
import zipfile

import docx
import pytest
from docx.shared import Mm, RGBColor
from PIL import Image

from harness.console.formats import candidates
from harness.console.formats import rendered as written
from harness.errors import UsageError
from reports.writers.docx import pages, render


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Made as an office makes one: a logo and a number in the head, an address at the foot, styles, a first page of its own."""
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "#b00000").save(picture, "PNG")
    picture.seek(0)
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.left_margin, section.different_first_page_header_footer = Mm(210), Mm(40), True
    head = section.header.paragraphs[0]
    head.add_run().add_picture(picture, width=Mm(20))
    head.add_run("某市检测中心 编号 {{num")
    head.add_run("ber}}").bold = True
    section.footer.paragraphs[0].text = "某路 1 号"
    document.styles["Heading 1"].font.color.rgb = RGBColor(0, 128, 0)
    document.add_paragraph("红头文件：{{ title }}，{{unknown}}")
    document.add_paragraph("{{report}}")
    document.add_paragraph("附：本中心声明")
    path = tmp_path_factory.mktemp("office") / "office.docx"
    document.save(path)
    return path


@pytest.fixture(scope="module")
def made(factory, template):
    return render(factory, "zh", "yanshou", template)["yanshou.docx"]


def test_its_head_foot_page_and_styles_stay_and_its_places_are_filled(made):
    document = docx.Document(io.BytesIO(made))
    texts = [each.text for each in document.paragraphs]
    assert texts[0].startswith("红头文件：5G 全连接工厂示范项目 项目验收报告，{{unknown}}")
    assert "{{report}}" not in texts
    assert texts[-1] == "附：本中心声明"
    assert all(abs(section.left_margin - Mm(40)) < Mm(0.1) for section in document.sections)
    titles = [each for each in document.paragraphs if each.style.name == "Heading 1"]
    assert "一、项目基本信息" in {each.text for each in titles}
    assert all(run.font.name is run.font.size is None for each in titles for run in each.runs)


def test_what_marks_a_paper_is_on_every_page_behind_what_is_the_units_own(made, factory):
    document = docx.Document(io.BytesIO(made))
    codes = [each.code for each in pages(factory, "zh") if each.layout == "yanshou"]
    assert len(document.sections) == len(codes) > 2
    for section, code in zip(document.sections, codes, strict=True):
        assert not section.different_first_page_header_footer
        head, foot = ([each.text for each in part.paragraphs] for part in (section.header, section.footer))
        assert head[0] == "某市检测中心 编号 YS-0123456789AB-1"
        assert "自测" in head[-1] or "非资质认定" in head[-1]
        assert "模拟数据" in head[-1]
        assert foot[0] == "某路 1 号"
        assert code in foot[-1]
        assert "blip" in section.header._element.xml


def test_the_file_is_whole_and_the_same_each_time(made, factory, template):
    names = zipfile.ZipFile(io.BytesIO(made)).namelist()
    assert len(names) == len(set(names))
    assert made == render(factory, "zh", "yanshou", template)["yanshou.docx"]
    named = "a.zh.yanshou.docx"
    assert made in [content for *_, content in candidates(factory, named, template)]
    assert made not in [content for *_, content in candidates(factory, named)]
    assert written("docx", factory, "zh", "yanshou", template)["yanshou.docx"] == made


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"<html/>"])
def test_what_is_no_document_is_told(factory, tmp_path, content):
    path = tmp_path / "t.docx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"t\.docx"):
        render(factory, "zh", "yiye", path)
