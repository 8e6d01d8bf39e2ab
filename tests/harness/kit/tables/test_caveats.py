# SPDX-License-Identifier: Apache-2.0
"""A word that takes its row back counts wherever it stands; a state that nobody knows is told by name; extras say nothing."""

from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import openpyxl.comments
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.tables import Caveats, Columns, Kind, read, says_yes
from harness.kit.tables.rows import Table
from harness.kit.tables.xlsx import book
from harness.model import Text

FORM = Columns({"id": ("编号",), "name": ("名称",)}, [{"id"}], Text("清单", "list"), least=1)


def table(heading: str, *words: str, name: str = "甲") -> Table:
    rows = "".join(f"{at},{name},{word}\n" for at, word in enumerate(words, 1))
    return read(f"编号,名称,{heading}\n{rows}".encode(), FORM, name="l.csv")


def kinds(heading: str, *words: str) -> list[Kind | None]:
    found = Caveats(table(heading, *words))
    return [next((each.kind for each in found.of(at)), None) for at in range(len(words))]


AGAINST, UNKNOWN = Kind.AGAINST, Kind.UNKNOWN


@pytest.mark.parametrize(
    ("heading", "words", "expected"),
    [
        ("状态", ["正常", "已作废", "意向", "第三类", "", "x"], [None, AGAINST, AGAINST, UNKNOWN, UNKNOWN, AGAINST]),
        ("合同状态", ["履行中", "未履行", "待签", "非有效"], [None, AGAINST, AGAINST, AGAINST]),
        ("Status", ["active", "cancelled", "inactive", "not yet", "blue"], [None, AGAINST, AGAINST, AGAINST, UNKNOWN]),
        ("是否有效", ["是", "否", "×", "0", "?"], [None, AGAINST, AGAINST, AGAINST, UNKNOWN]),
        ("是否已作废", ["否", "", "是", "2023-09-01"], [None, None, AGAINST, AGAINST]),
        ("Cancelled", ["no", "", "yes"], [None, None, AGAINST]),
        ("注销日期", ["", "无", "2023-10-02"], [None, None, AGAINST]),
        ("解约原因", ["-", "客户要求"], [None, AGAINST]),
        ("备注", ["", "二期项目", "未签订", "该合同已解除", "含税", "未来科技城"], [None, None, AGAINST, AGAINST, None, None]),
        ("备注", ["框架协议，未实际应用", "不再使用", "已到期，未续签", "仅样机演示", "与申报单位同一控股股东", "同上"], [UNKNOWN] * 6),
        ("备注", ["无异议", "停车场项目", "缺陷检测", "到期自动续约", "首批客户", "联系人：张三"], [None] * 6),
        ("Remarks", ["deregistered in 2024", "contract rescinded", "same as above", "No objections", "key account"], [UNKNOWN] * 3 + [None] * 2),
        ("类别", ["应用", "意向书", "取消合同", "测试仪", "非标设备", "未来"], [None, AGAINST, AGAINST, None, None, None]),
        ("联系人", ["张三", "李四"], [None, None]),
        ("是否上市企业", ["否", "是"], [None, None]),
        ("验收日期", ["2023-09-01", ""], [None, None]),
        ("审核意见", ["", ""], [None, None]),
        ("", ["", "作废"], [None, AGAINST]),
    ],
)  # fmt: skip
def test_what_stands_beside_a_row_is_heard(heading: str, words: list[str], expected: list[Kind | None]) -> None:
    assert kinds(heading, *words) == expected


def test_a_marker_in_brackets_within_a_name_takes_the_row_back() -> None:
    for name in ("示例公司（已注销）", "示例公司(作废)", "[cancelled] Example Ltd"):
        (found,) = Caveats(table("类别", "应用", name=name)).of(0)
        assert (found.heading, found.kind) == ("名称", AGAINST)
    assert not list(Caveats(table("类别", "应用", name="示例（测试技术）有限公司")).of(0))


STATES = st.sampled_from(
    ["状态", "合同状态", "审核结果", "验收情况", "履行情况", "Contract status", "项目进展", "生效"]
)


@given(STATES, st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=',"'), min_size=1, max_size=12))
def test_a_state_that_is_not_known_to_be_good_never_helps(heading: str, word: str) -> None:
    (kind,) = kinds(heading, word)
    assert (kind is None) is (says_yes(word))


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    data = BytesIO()
    with xlsxwriter.Workbook(data) as made:
        fill(made)
    return data.getvalue()


def test_rows_that_a_spreadsheet_strikes_through_or_hides_are_told() -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet, struck = made.add_worksheet("清单"), made.add_format({"font_strikeout": True})
        for at, name in enumerate(["名称", "甲", "乙", "丙", "丁", "戊"]):
            sheet.write(at, 0, at or "编号", struck if name == "戊" else None)
            sheet.write(at, 1, name, struck if name == "乙" else None)
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.write_rich_string(4, 1, "新名", struck, "丁")

    found = read(workbook(fill), FORM, name="l.xlsx")
    told = Caveats(found)
    kinds = [next((each.kind for each in told.of(at)), None) for at in range(len(found))]
    assert kinds == [None, Kind.STRUCK, Kind.HIDDEN, Kind.STRUCK, Kind.STRUCK]


def test_a_hidden_worksheet_is_read_only_where_it_is_named() -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        for title, name in (("旧", "藏"), ("新", "显")):
            sheet = made.add_worksheet(title)
            sheet.write_row(0, 0, ["编号", "名称"])
            sheet.write_row(1, 0, [1, name])
        made.get_worksheet_by_name("新").activate()
        made.get_worksheet_by_name("旧").hide()

    data = workbook(fill)
    assert [row["name"] for row in read(data, FORM, name="l.xlsx")] == ["显"]
    assert [row["name"] for row in read(data, FORM, name="l.xlsx", sheet="旧")] == ["藏"]


def test_a_property_that_is_off_strikes_nothing() -> None:
    data = workbook(lambda made: made.add_worksheet().write_row(0, 0, ["编号", "名称"]))
    rows = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(rows, "w") as new:
        for each in old.namelist():
            content = old.read(each)
            if each == "xl/styles.xml":
                assert b"<font>" in content
                content = content.replace(b"<font>", b'<font><strike val="0"/>', 1)
            new.writestr(each, content)
    assert book(rows.getvalue()).marks == {"Sheet1": {}}


def test_a_comment_in_the_margin_of_a_cell_is_heard(tmp_path) -> None:
    workbook = openpyxl.Workbook()
    page = workbook.active
    for row in (["编号", "名称", "类别"], ["1", "甲", "应用"], ["2", "乙", "应用"], ["3", "丙", "应用"]):
        page.append(row)
    for cell, said in (("A2", "该企业已解约"), ("B3", "同上"), ("C4", "首批客户")):
        page[cell].comment = openpyxl.comments.Comment(said, "审核")
    workbook.save(tmp_path / "l.xlsx")
    found = Caveats(read((tmp_path / "l.xlsx").read_bytes(), FORM, name="l.xlsx"))
    assert [next((each.kind for each in found.of(at)), None) for at in range(3)] == [AGAINST, UNKNOWN, None]
