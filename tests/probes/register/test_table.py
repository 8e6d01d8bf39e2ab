# SPDX-License-Identifier: Apache-2.0
"""Registers as files: encodings, titles above the head, numbers that were codes, and workbooks that attack."""

import io
import zipfile
import zlib
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from probes.register import table, xlsx
from probes.register.columns import match
from probes.register.table import day, read
from probes.register.unreadable import UnreadableError
from probes.register.uscc import defects, normalise

HEAD = ["企业名称", "统一社会信用代码", "合同文件"]
ROW = ["硚口示例有限公司", "91420102MA42HRWN44", "a.txt"]


def is_head(row):
    return match(row, {}) is not None


def _csv(rows, encoding="utf-8-sig", delimiter=","):
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def _workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _shared(rows):
    """A workbook whose texts are shared strings, one of them in two formats."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("s")
    bold = book.add_format({"bold": True})
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            parts = (cell[:1], bold, cell[1:])
            write = sheet.write_rich_string if number and place == 0 else sheet.write_string
            write(number, place, *(parts if number and place == 0 else (cell,)))
    book.close()
    return stream.getvalue()


def _replaced(data, name, part, packing=zipfile.ZIP_DEFLATED):
    """The workbook with one part exchanged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", packing) as new:
        for each in old.namelist():
            new.writestr(each, part if each == name else old.read(each))
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_reads_the_same_in_every_usual_form(encoding, delimiter):
    found = read(_csv([HEAD, ROW], encoding, delimiter), is_head)
    assert (found.head, found.rows) == (tuple(HEAD), (tuple(ROW),))


def test_a_title_above_the_head_and_empty_rows_are_left_out():
    rows = [["表 1 应用推广企业台账"], [], HEAD, ROW, ["", " "], ROW]
    assert read(_csv(rows, "gb18030"), is_head).rows == (tuple(ROW), tuple(ROW))
    assert read(_workbook(("台账", rows)), is_head).rows == (tuple(ROW), tuple(ROW))


def test_a_short_row_is_padded_and_a_long_one_cut():
    found = read(_csv([HEAD, ["甲"], [*ROW, "x", "y"]]), is_head)
    assert found.rows == (("甲", "", ""), tuple(ROW))


def test_the_first_worksheet_with_a_head_is_read_or_the_named_one():
    data = _workbook(("说明", [["填表说明"]]), ("一", [HEAD, ROW]), ("二", [HEAD, ROW, ROW]))
    assert len(read(data, is_head).rows) == 1
    assert len(read(data, is_head, "二").rows) == 2
    with pytest.raises(UnreadableError, match="no worksheet called '三'"):
        read(data, is_head, "三")


cells = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=20)


@given(st.lists(st.lists(cells.filter(lambda text: text == text.strip()), min_size=3, max_size=3), max_size=5))
def test_the_texts_of_a_workbook_are_those_that_openpyxl_wrote(rows):
    rows = [["'" + cell for cell in row] for row in rows]  # a leading = would be a formula
    assert [list(row) for row in read(_workbook(("s", [HEAD, *rows])), is_head).rows] == rows


def test_a_code_that_became_a_number_keeps_the_text_of_the_file():
    data = _workbook(("s", [HEAD, ["甲", 9.142011379290811e17, "a.txt"]]))
    assert read(data, is_head).rows[0][1] == "9.142011379290811e+17"
    assert defects(normalise("9.142011379290811e+17")) == ("mangled",)


def test_shared_strings_and_runs_of_formatted_text_are_read_whole():
    assert read(_shared([HEAD, ROW, ROW]), is_head).rows == (tuple(ROW), tuple(ROW))


def test_a_reference_beyond_the_shared_strings_is_damage():
    hollow = b"<sst/>"
    with pytest.raises(UnreadableError, match="damaged"):
        read(_replaced(_shared([HEAD, ROW]), "xl/sharedStrings.xml", hollow), is_head)


def test_dates_are_read_as_people_and_spreadsheets_write_them():
    for text in [
        "2023-09-04",
        "2023/9/4",
        "2023.9.4",
        "2023年9月4日",
        "20230904",
        "45173",
        "45173.5",
        "２０２３-09-04",
        "2023-09-04 00:00:00",
    ]:
        assert day(text) == date(2023, 9, 4), text
    assert day("43711", from_1904=True) == date(2023, 9, 4)
    for text in ["", "2023-13-01", "昨天", "9/4", "2023-02-30", "123456", "-5"]:
        assert day(text) is None, text


def test_a_date_cell_of_a_workbook_is_a_serial_that_means_its_day():
    data = _workbook(("s", [[*HEAD, "日期"], [*ROW, date(2023, 9, 4)]]))
    assert day(read(data, is_head).rows[0][3]) == date(2023, 9, 4)


def test_a_workbook_that_counts_from_1904_says_so():
    data = _workbook(("s", [HEAD, ROW]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = archive.read("xl/workbook.xml")
    assert b"<workbookPr " in part
    assert read(
        _replaced(data, "xl/workbook.xml", part.replace(b"<workbookPr ", b'<workbookPr date1904="1" ')), is_head
    ).from_1904
    assert not read(data, is_head).from_1904


def _defect(data):
    """The one error that reading gives, or None when there is a table."""
    try:
        read(data, is_head)
    except UnreadableError as error:
        return error
    return None


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04"]))
def test_any_bytes_give_a_table_or_one_clear_error(data, prefix):
    defect = _defect(prefix + data)
    assert defect is None or (defect.text.zh and defect.cure)


@given(st.integers(0, 10_000), st.integers(1, 255))
@example(9948, 1)
def test_a_damaged_workbook_gives_a_table_or_one_clear_error(place, flip):
    data = bytearray(DAMAGEABLE)
    data[place % len(data)] ^= flip
    defect = _defect(bytes(data))
    assert defect is None or defect.cure


DAMAGEABLE = _workbook(("s", [HEAD, ROW]))


def test_utf_16_is_refused_with_the_cure():
    with pytest.raises(UnreadableError, match=r"neither CSV.*Cure: save it as CSV"):
        read(_csv([HEAD, ROW], "utf-16"), is_head)


def test_a_table_without_a_head_is_refused_with_the_names_to_use():
    with pytest.raises(UnreadableError, match="统一社会信用代码"):
        read(_csv([["a", "b"], ["1", "2"]]), is_head)


def test_an_old_xls_or_another_zip_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(UnreadableError, match="damaged or is no workbook"):
        read(stream.getvalue(), is_head)


def test_a_zip_bomb_is_refused_within_its_budget(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 1_000_000)
    bomb = _replaced(DAMAGEABLE, "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 5_000_000 + b"</worksheet>")
    assert len(bomb) < 50_000
    with pytest.raises(UnreadableError, match="unpacks to more than"):
        read(bomb, is_head)


def test_a_bomb_that_lies_about_its_size_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 1_000_000)
    body = b"<worksheet>" + b" " * 5_000_000 + b"</worksheet>"
    bomb = bytearray(_replaced(DAMAGEABLE, "xl/worksheets/sheet1.xml", body))
    crc = zlib.crc32(body).to_bytes(4, "little")
    place = bomb.rfind(crc)
    assert bomb[place + 8 : place + 12] == len(body).to_bytes(4, "little")
    bomb[place + 8 : place + 12] = (100).to_bytes(4, "little")
    with pytest.raises(UnreadableError):
        read(bytes(bomb), is_head)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"]
)
def test_entities_are_refused_in_every_part(part):
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(UnreadableError, match="document type declaration"):
        read(_replaced(_shared([HEAD, ROW]), part, laughs), is_head)


@pytest.mark.parametrize(("name", "value", "rows"), [("MAX_ROWS", 10, 12), ("MAX_CELLS", 20, 8)])
def test_too_many_rows_or_cells_are_refused(monkeypatch, name, value, rows):
    monkeypatch.setattr(xlsx, name, value)
    monkeypatch.setattr(table, "MAX_ROWS", 10)
    with pytest.raises(UnreadableError, match="more than"):
        read(_workbook(("s", [HEAD] + [ROW] * rows)), is_head)


def test_a_csv_with_too_many_rows_or_bytes_is_refused(monkeypatch):
    monkeypatch.setattr(table, "MAX_ROWS", 10)
    with pytest.raises(UnreadableError, match="more than 10 rows"):
        read(_csv([HEAD] + [ROW] * 11), is_head)
    monkeypatch.setattr(table, "MAX_BYTES", 1 << 20)
    with pytest.raises(UnreadableError, match="larger than 1 MiB"):
        read(b"a" * ((1 << 20) + 1), is_head)


def test_a_far_away_cell_does_not_make_a_million_empty_ones():
    data = _workbook(("s", [HEAD, ROW]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'r="A2"', b'r="XFD1048576"')
    assert far != sheet
    found = read(_replaced(data, "xl/worksheets/sheet1.xml", far), is_head)
    assert found.rows == (("", *ROW[1:]),)
