# SPDX-License-Identifier: Apache-2.0
"""What papers say: TXT, DOCX and PDF with text are searched, scans and pictures are not."""

import unicodedata
import zipfile
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from harness.kit import papers

TEXT = "甲方：示例 企业（武汉）\n统一社会信用代码：91420102MA42HRWN44\n签订日期：2023 年 9 月 4 日，另见 4 Sep 2024、二〇二三年十月十一日。"


def docx(text: str) -> bytes:
    out = BytesIO()
    body = "".join(
        f"<w:p><w:r><w:t>{line}</w:t></w:r><w:r><w:delText>删去</w:delText></w:r></w:p>" for line in text.split("\n")
    )
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>')
    return out.getvalue()


def pdf(text: str) -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode("latin-1"))
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.TXT", TEXT.encode()),
        ("a.txt", TEXT.encode("gb18030")),
        ("a.txt", TEXT.encode("utf-16")),
        ("a.docx", docx(TEXT)),
    ],
)
def test_names_codes_and_days_are_found_whatever_width_blanks_and_encoding(name, data):
    paper = papers.read(name, data)
    assert paper.read
    assert paper.mentions("示例企业(武汉)")
    assert paper.mentions("９１４２０１０２ma42hrwn44")
    assert not paper.mentions("另一企业", "删去", "")
    assert paper.dates == {date(2023, 9, 4), date(2024, 9, 4), date(2023, 10, 11)}


def test_a_pdf_with_text_is_read():
    paper = papers.read("a.pdf", pdf("Party A: 91420102MA42HRWN44 signed 2023-09-04"))
    assert paper.mentions("91420102MA42HRWN44")
    assert paper.dates == {date(2023, 9, 4)}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("scan.pdf", pdf("")), ("stamp.pdf", pdf("page 1")), ("broken.pdf", b"%PDF-1.7 nothing"), ("a.jpg", b"\xff\xd8\xff"), ("a.docx", b"PK\x03\x04"),
        ("a.docx", docx("")), ("a.txt", b"\x00\x01\x02"), ("a", TEXT.encode()), ("big.txt", b"x" * (papers.MAX_TEXT + 1)),
    ],
)  # fmt: skip
def test_what_has_no_text_was_not_read_and_mentions_nothing(name, data):
    assert papers.read(name, data) == papers.Paper()


def test_a_document_with_entities_is_not_read():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "word/document.xml", '<!DOCTYPE d [<!ENTITY a "武汉">]><w:t xmlns:w="w">&a;武汉武汉武汉武汉武汉武汉</w:t>'
        )
    assert not papers.read("a.docx", out.getvalue()).read


@pytest.mark.parametrize(
    "text",
    [
        "".join(map(chr, range(0xFF01, 0xFF5F))),
        "（甲）：Ａ１，乙",
        "Ａ\u0301（乙）",
        "①㈱ｶﾞ（丙）",
        "甲\u200b（乙）",
        "ﬁ e\u0301：é",
    ],
)
def test_a_text_is_folded_by_nfkc_whichever_forms_stand_in_it(text):
    normal = "".join(unicodedata.normalize("NFKC", text).split())
    assert papers.folded(text) == "".join(each for each in normal if unicodedata.category(each) != "Cf").upper()


@pytest.mark.parametrize(
    "line",
    [
        "本证明作废", "草稿", "（样本，不作为凭证）", "【DRAFT】", "SPECIMEN", "void", "本合同已于2023-12-01解除。", "合同已终止", "尚未签署", "此件为意向协议", "某某项目合作意向书",
        "以上内容系模拟", "本文件为模板", "Entwurf", "- Muster -", "ANNULÉ", "無効", "見本", "образец",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["p.txt", "p.docx"])
def test_a_paper_that_takes_itself_back_in_a_line_of_its_own_says_so(line: str, kind: str) -> None:
    text = f"{TEXT}\n{line}\n"
    found = papers.read(kind, docx(text) if kind.endswith("docx") else text.encode())
    assert found.read
    assert found.back in unicodedata.normalize("NFKC", line)
    assert len(found.back) > 2 or found.back in line


@pytest.mark.parametrize(
    "title",
    ["报 价 单", "战略合作框架协议", "免费试用协议书", "谅解备忘录", "关于解除合同的函", "项目洽谈会议纪要", "技术合同（征求意见稿）", "LETTER OF INTENT", "Memorandum of Understanding (non-binding)", "保密协议", "预约登记表", "Non-binding proposal", "未中标通知书"],
)  # fmt: skip
def test_a_title_of_what_is_no_contract_is_heard_at_the_top_and_names_an_appendix_further_down(title: str) -> None:
    assert papers.read("p.txt", f"{title}\n{TEXT}".encode()).back
    assert papers.read("p.txt", f"技术合同\n{TEXT}\n第二条\n第三条\n附件一：{title}\n".encode()).back == ""


@pytest.mark.parametrize(
    "line",
    [
        "本合同自始无效。",
        "此件仅供投标使用",
        "本协议不具有法律约束力",
        "合同状态：已终止",
        "我单位计划于2025年采购该平台。",
        "甲方尚未签字",
        "该企业已卸载本软件，停止使用。",
    ],
)
def test_a_clause_that_says_there_is_no_contract_is_heard(line: str) -> None:
    assert papers.read("p.txt", f"{TEXT}\n{line}\n".encode()).back


@pytest.mark.parametrize(
    ("line", "term"),
    [
        ("有效期：2021-01-01 至 2022-12-31", (date(2021, 1, 1), date(2022, 12, 31))), ("合同期限自2023年9月1日起至2026年8月31日止", (date(2023, 9, 1), date(2026, 8, 31))),
        ("本合同自2027年1月1日起生效", (date(2027, 1, 1), None)), ("Valid from 2020-01-01 to 2021-01-01", (date(2020, 1, 1), date(2021, 1, 1))), ("有效期三年", (None, None)),
    ],
)  # fmt: skip
def test_the_term_of_a_contract_is_what_it_says(line: str, term: tuple[date | None, date | None]) -> None:
    assert papers.read("p.txt", f"{TEXT}\n{line}\n".encode()).term == term


@pytest.mark.parametrize(
    "line",
    [
        "未盖章无效", "本合同未签字盖章的，不发生效力。", "乙方未使用合格材料的，甲方有权拒收。", "如甲方未签署验收报告，视为验收合格。", "依据：战略合作框架协议", "鉴于甲方拟采购智能运维系统", "如一方不具有法律资格，协议不生效", "本合同终止后，双方应当结清款项。", "如乙方违约，本合同解除。", "合同已终止的，按第八条处理。", "乙方应提供样本十件", "本合同自双方签字后生效",
        "Sample rate 50 Hz", "The draft shall be agreed by both parties.", "正常", "副本一式四份",
    ],
)  # fmt: skip
def test_clauses_and_ordinary_lines_take_no_paper_back(line: str) -> None:
    assert papers.read("p.txt", f"{TEXT}\n{line}\n".encode()).back == ""
