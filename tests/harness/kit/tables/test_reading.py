# SPDX-License-Identifier: Apache-2.0
"""Tables as files: encodings, titles above the head, numbers that were codes, and workbooks that attack."""

import csv
import io
import pickle
import re
import zipfile
import zlib
from dataclasses import replace
from datetime import date
from fractions import Fraction

import openpyxl
import pytest
import xlsxwriter
from hypothesis import assume, example, given
from hypothesis import strategies as st

from harness.kit import tables
from harness.kit.tables import Columns, reading, xlsx
from harness.kit.tables.cells import day
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import Quantity, units_of

HEAD = ["企业名称", "统一社会信用代码", "合同文件"]
ROW = ["硚口示例有限公司", "91420102MA42HRWN44", "a.txt"]
USUAL = {
    "name": ("企业名称", "company"),
    "code": ("统一社会信用代码", "uscc"),
    "document": ("合同文件", "document"),
    "date": ("日期", "date"),
    "amount": ("金额", "amount"),
    "delay": ("时延", "delay"),
    "time": ("时间", "time"),
    "count": ("数量", "count"),
}
COLUMNS = Columns(USUAL, [{"name"}, {"code", "document", "amount"}], Text("登记表", "register"))
LOG = Columns(USUAL, [{"time"}, {"delay"}], Text("时延日志", "latency log"), delimiters=",;\t ")


def read(data, columns=COLUMNS, sheet=""):
    return tables.read(data, columns, name="list.csv", sheet=sheet)


def cells(data, columns=COLUMNS, sheet=""):
    return read(data, columns, sheet).cells


def one(amount, heading="金额", name="amount"):
    """The only row of a table with one cell."""
    return next(iter(read(_csv([["企业名称", "合同文件", heading], ["甲", "a.txt", amount]]))))


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
    found = read(_csv([HEAD, ROW], encoding, delimiter))
    assert (found.head, found.cells) == (tuple(HEAD), (tuple(ROW),))


def test_a_title_above_the_head_and_empty_rows_are_left_out():
    rows = [["表 1 应用推广企业台账"], [], HEAD, ROW, ["", " "], ROW]
    assert cells(_csv(rows, "gb18030")) == (tuple(ROW), tuple(ROW))
    assert cells(_workbook(("台账", rows))) == (tuple(ROW), tuple(ROW))


def test_a_short_row_is_padded_and_a_long_one_is_refused_with_its_line():
    assert cells(_csv([HEAD, ["甲"], [*ROW, "", " "]])) == (("甲", "", ""), tuple(ROW))
    with pytest.raises(UnreadableError, match="This row has 4 cells, the head 3") as caught:
        read(_csv([["表 1"], HEAD, ROW, [*ROW, "x"]]))
    assert caught.value.where == "list.csv:4"


def test_the_first_worksheet_with_a_head_is_read_or_the_named_one():
    data = _workbook(("说明", [["填表说明"]]), ("一", [HEAD, ROW]), ("二", [HEAD, ROW, ROW]))
    assert len(cells(data)) == 1
    assert read(data).others == ("二",)
    assert len(cells(data, sheet="二")) == 2
    with pytest.raises(UnreadableError, match="no worksheet called '三'"):
        read(data, sheet="三")


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=20)


@given(st.lists(st.lists(texts.filter(lambda text: text == text.strip()), min_size=3, max_size=3), max_size=5))
def test_the_texts_of_a_workbook_are_those_that_openpyxl_wrote(rows):
    rows = [["'" + cell for cell in row] for row in rows]  # a leading = would be a formula
    assert [list(row) for row in cells(_workbook(("s", [HEAD, *rows])))] == rows


def test_a_code_that_became_a_number_keeps_the_text_of_the_file():
    data = _workbook(("s", [HEAD, ["甲", 9.142011379290811e17, "a.txt"]]))
    assert cells(data)[0][1] == "9.142011379290811e+17"


def test_shared_strings_and_runs_of_formatted_text_are_read_whole():
    assert cells(_shared([HEAD, ROW, ROW])) == (tuple(ROW), tuple(ROW))


def test_a_reference_beyond_the_shared_strings_is_damage():
    hollow = b"<sst/>"
    with pytest.raises(UnreadableError, match="damaged"):
        read(_replaced(_shared([HEAD, ROW]), "xl/sharedStrings.xml", hollow))


def test_a_date_cell_of_a_workbook_is_a_serial_that_means_its_day():
    data = _workbook(("s", [[*HEAD, "日期"], [*ROW, date(2023, 9, 4)]]))
    assert next(iter(read(data))).day("date") == date(2023, 9, 4)


def test_a_workbook_that_counts_from_1904_says_so():
    data = _workbook(("s", [HEAD, ROW]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = archive.read("xl/workbook.xml")
    changed = re.sub(rb"<workbookPr\b", b'<workbookPr date1904="1" ', part)
    assert changed != part
    assert read(_replaced(data, "xl/workbook.xml", changed)).from_1904
    assert not read(data).from_1904


def _defect(data):
    """The one error that reading gives, or None when there is a table."""
    try:
        read(data)
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


def test_bytes_that_are_text_in_no_encoding_are_refused_with_the_cure():
    with pytest.raises(UnreadableError, match=r"neither text.*Cure: save it as CSV"):
        read(_csv([HEAD, ROW]) + b"\xff\xff\n")


def test_utf_16_with_its_mark_is_read_as_any_other_text():
    assert [list(row) for row in cells(_csv([HEAD, ROW], "utf-16"))] == [ROW]


def test_a_table_without_a_head_is_refused_with_the_names_to_use():
    with pytest.raises(UnreadableError, match="统一社会信用代码"):
        read(_csv([["a", "b"], ["1", "2"]]))


def test_an_old_xls_or_another_zip_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(UnreadableError, match="damaged or is no workbook"):
        read(stream.getvalue())


def test_a_zip_bomb_is_refused_within_its_budget(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 1_000_000)
    bomb = _replaced(DAMAGEABLE, "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 5_000_000 + b"</worksheet>")
    assert len(bomb) < 50_000
    with pytest.raises(UnreadableError, match="unpacks to more than"):
        read(bomb)


def test_a_bomb_that_lies_about_its_size_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 1_000_000)
    body = b"<worksheet>" + b" " * 5_000_000 + b"</worksheet>"
    bomb = bytearray(_replaced(DAMAGEABLE, "xl/worksheets/sheet1.xml", body))
    crc = zlib.crc32(body).to_bytes(4, "little")
    place = bomb.rfind(crc)
    assert bomb[place + 8 : place + 12] == len(body).to_bytes(4, "little")
    bomb[place + 8 : place + 12] = (100).to_bytes(4, "little")
    with pytest.raises(UnreadableError):
        read(bytes(bomb))


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"]
)
def test_entities_are_refused_in_every_part(part):
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(UnreadableError, match="document type declaration"):
        read(_replaced(_shared([HEAD, ROW]), part, laughs))


@pytest.mark.parametrize(("name", "value", "rows"), [("MAX_ROWS", 10, 12), ("MAX_CELLS", 20, 8)])
def test_too_many_rows_or_cells_are_refused(monkeypatch, name, value, rows):
    monkeypatch.setattr(xlsx, name, value)
    with pytest.raises(UnreadableError, match="more than"):
        read(_workbook(("s", [HEAD] + [ROW] * rows)))


def test_a_csv_with_too_many_rows_or_bytes_is_refused(monkeypatch):
    with pytest.raises(UnreadableError, match="more than 10 rows"):
        read(_csv([HEAD] + [ROW] * 11), replace(COLUMNS, most_rows=10))
    monkeypatch.setattr(reading, "MAX_BYTES", 1 << 20)
    with pytest.raises(UnreadableError, match="larger than 1 MiB"):
        read(b"a" * ((1 << 20) + 1))


def test_a_far_away_cell_does_not_make_a_million_empty_ones():
    data = _workbook(("s", [HEAD, ROW]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'r="A2"', b'r="XFD1048576"')
    assert far != sheet
    found = read(_replaced(data, "xl/worksheets/sheet1.xml", far))
    assert found.cells == (("", *ROW[1:]),)


def test_a_row_knows_its_number_and_its_line_also_behind_a_cell_of_two_lines_and_an_empty_row():
    data = _csv([["台账"], HEAD, ['"甲', '公司"', "", "x"], [], ROW]).replace(
        '"甲,公司"'.encode(), '"甲\r\n公司"'.encode()
    )
    assert [(row.number, row.line, row["document"]) for row in read(data)] == [(1, 3, "x"), (2, 6, "a.txt")]


def test_a_row_of_a_workbook_has_the_number_that_the_spreadsheet_shows():
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    for line, row in [(3, HEAD), (4, ROW), (9, ROW)]:
        sheet.write_row(line - 1, 0, row)
    book.close()
    assert [row.line for row in read(stream.getvalue())] == [4, 9]


def test_columns_that_nobody_reads_are_listed():
    assert read(_csv([[*HEAD, "备注", ""], [*ROW, "x", ""]])).unread == ("备注",)


@pytest.mark.parametrize("twin", ["企业名称", " 企业名称", "企业名称（全称）"])
def test_a_heading_that_stands_twice_is_refused(twin):
    with pytest.raises(UnreadableError, match=r"'企业名称' stands more than once.*Cure: .*columns: \{name"):
        read(_csv([[*HEAD, twin], [*ROW, "乙"]]))


def test_a_profile_may_say_which_of_two_headings_is_meant_and_unusual_ones():
    data = _csv([["企业名称（简称）", "企业名称（全称）", "证照号"], ["甲", "甲公司", "1"]])
    named = replace(COLUMNS, named={"name": "企业名称（全称）", "code": "证照号"})
    (row,) = read(data, named)
    assert (row["name"], row["code"]) == ("甲公司", "1")
    assert row.table.unread == ("企业名称（简称）",)


def test_a_quotation_mark_without_its_twin_swallows_no_rows():
    with pytest.raises(UnreadableError, match=r"broken .*\(line 3: .*quotation mark"):
        read(_csv([HEAD, ROW, ['"乙', "1", "b.txt"], ROW, ROW]))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.5", "2469/2"),
        ("１２", "12"),
        ("85 %", "17/20"),
        ("8.5e1％", "17/20"),
        ("−3", "-3"),
        ("", None),
        (" ", None),
    ],
)
def test_a_number_is_exact_and_a_blank_is_none(text, value):
    assert one(f'"{text}"').value("amount") == (None if value is None else Fraction(value))


@pytest.mark.parametrize("text", ["无", "-", "12 kg", "1,2", "0x1F", "1e999", "NaN", "9" * 100])
def test_what_is_no_number_is_refused_with_row_line_and_heading(text):
    row = one(f'"{text}"')
    with pytest.raises(UnreadableError, match=r"Row 1: .* in the column '金额' is no number") as caught:
        row.value("amount")
    assert caught.value.where == "list.csv:2"
    assert "第 1 行（文件第 2 行）" in caught.value.text.zh


def test_a_count_is_a_whole_number_from_0_on():
    assert one("12.0").count("amount") == 12
    assert one("").count("amount") is None
    for text in ("-1", "1.5", "一"):
        with pytest.raises(UnreadableError, match="no whole number"):
            one(text).count("amount")


@pytest.mark.parametrize(
    ("heading", "text", "ms"),
    [
        ("时延", "2", 2),
        ("时延（s）", "2", 2000),
        ("时延(ms)", "2 s", 2000),
        ("时延", "１０ 万 us", 100),
        ("时延", "", None),
    ],
)
def test_a_quantity_has_the_unit_of_its_cell_else_of_its_heading_else_the_usual_one(heading, text, ms):
    (row,) = read(_csv([["企业名称", "合同文件", heading], ["甲", "a.txt", text]]))
    assert row.quantity("delay", "ms") == ms


def test_an_unknown_unit_is_refused_and_is_never_the_usual_one():
    (row,) = read(_csv([["企业名称", "合同文件", "时延(跳)"], ["甲", "a.txt", "2"]]))
    with pytest.raises(UnreadableError, match=r"unit of the column '时延\(跳\)' is not understood"):
        row.quantity("delay", "ms")
    with pytest.raises(UnreadableError, match="is no quantity in ms"):
        one("2 米", "时延").quantity("delay", "ms")
    with pytest.raises(UnreadableError, match="is no quantity in ms"):
        one("85 %", "时延").quantity("delay", "ms")


def test_a_table_of_a_log_may_stand_apart_by_blanks_and_have_its_times_in_a_unit():
    rows = list(read(b"time(ms)  delay\n1500 2.5\n 1501   3\n", LOG))
    assert [(row.instant_ns("time"), row.quantity("delay", "ms")) for row in rows] == [
        (1_500_000_000, Fraction(5, 2)),
        (1_501_000_000, 3),
    ]


def test_rows_of_a_log_may_go_on_behind_its_head_when_all_of_them_do():
    rows = list(read(b"time delay\n1 2 5.0 x\n2 3 5.1 y\n", replace(LOG, unnamed=True)))
    assert [row["delay"] for row in rows] == ["2", "3"]
    with pytest.raises(UnreadableError, match="This row has 3 cells, the first one 2"):
        read(b"time delay\n1 2\n2 3 5.1\n", replace(LOG, unnamed=True))
    with pytest.raises(UnreadableError, match="This row has 4 cells, the head 2"):
        read(b"time delay\n1 2 5.0 x\n", LOG)


def test_a_spreadsheets_rounded_day_and_time_is_no_number_of_seconds():
    data = _workbook(("s", [["时间", "时延"], [45173.5, 2]]))
    (row,) = read(data, LOG)
    with pytest.raises(UnreadableError, match=r"is no time.*Cure: write it as text"):
        row.instant_ns("time")


def test_a_date_that_is_none_is_refused_and_a_blank_one_is_none():
    assert one("", "日期").day("date") is None
    with pytest.raises(UnreadableError, match="is no date"):
        one("去年", "日期").day("date")


def test_the_error_comes_back_from_a_worker_in_both_languages():
    error = pickle.loads(pickle.dumps(UnreadableError(Text("甲。", "A."), cure="b.", where="c")))
    assert (error.text, error.cure, error.where) == (Text("甲。", "A."), "b.", "c")


@given(
    st.sampled_from(["s", "ms", "us", "μs", "µs", "ns", "秒", "毫秒", "微秒", "min"]),
    st.sampled_from(["delay({})", "Delay [{}]", "DELAY（{}）", "delay【{}】", "delay_{}", "delay/{}", "delay {}"]),
)
def test_a_unit_is_read_wherever_it_stands_behind_the_name(unit: str, form: str) -> None:
    columns = Columns({"delay": ("delay",)}, [{"delay"}], Text("表", "table"))
    (row,) = read(f"{form.format(unit)},x\n3,\n".encode(), columns)
    assert row.quantity("delay", "ns") == Quantity(Fraction(3), unit).to("ns")


@given(st.from_regex(r"[a-z]{3,9}", fullmatch=True), st.sampled_from(["delay({})", "delay[{}]", "delay（{}）"]))
def test_a_unit_that_nobody_knows_is_refused_in_any_brackets(word: str, form: str) -> None:
    assume(word not in units_of("time"))
    columns = Columns({"delay": ("delay",)}, [{"delay"}], Text("表", "table"))
    table = read(f"{form.format(word)},x\n3,\n".encode(), columns)
    with pytest.raises(UnreadableError, match="is not understood"):
        table.unit("delay", "ms")


def test_two_columns_that_differ_in_their_unit_alone_are_told_apart_by_the_profile() -> None:
    columns = Columns({"delay": ("delay",)}, [{"delay"}], Text("表", "table"))
    with pytest.raises(UnreadableError, match="stands more than once"):
        read(b"delay_ms,delay_us\n3,3000\n", columns)
    named = replace(columns, named={"delay": "delay_us"})
    assert read(b"delay_ms,delay_us\n3,3000\n", named).unit("delay", "ms") == "us"


def test_a_column_that_the_profile_names_has_to_be_there() -> None:
    columns = Columns({"delay": ("delay",), "time": ("time",)}, [{"time"}], Text("表", "table"), {"delay": "rtt"})
    with pytest.raises(UnreadableError, match="has no column 'rtt', which the profile names for delay"):
        read(b"time,delay\n1,2\n", columns)


CELL = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?([eE][+-]?[0-9])?", fullmatch=True),
    st.sampled_from(
        [
            "",
            " 12",
            "１２",
            "1,5",
            "85 %",
            "−3",
            "nan",
            "inf",
            "1_0",
            "0x10",
            "12 ms",
            "1e400",
            "x",
            "٣",
            "2026-11-21T08:00:00.1Z",
        ]
    ),
)


@given(st.lists(CELL, min_size=1, max_size=6), st.sampled_from(["delay", "delay_ms", "delay (us)"]))
def test_a_column_at_once_says_what_its_rows_say_one_by_one(cells: list[str], heading: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["time", heading], *(["1", cell] for cell in cells)])
    table = read(out.getvalue().encode(), Columns(USUAL | {"delay": ("delay",)}, [{"time"}], Text("表", "table")))

    def told(by_rows, at_once):
        try:
            rows = [by_rows(row) for row in table]
        except UnreadableError:
            with pytest.raises(UnreadableError):
                at_once()
            return
        found = [-1e99 if each is None or each != each else each for each in at_once()]
        assert found == pytest.approx([-1e99 if each is None else float(each) for each in rows], rel=1e-15)

    told(lambda row: row.quantity("delay", "s"), lambda: table.quantities("delay", "s"))
    told(lambda row: row.value("delay"), lambda: table.numbers("delay"))
    if heading == "delay":
        told(lambda row: row.instant_ns("delay"), lambda: table.instants_ns("delay"))


@pytest.mark.parametrize("heading", ["企业名称 Company name", "企业名称/Company name", "企业名称\nCompany name"])
def test_a_heading_in_two_languages_is_read_where_both_halves_say_the_same(heading):
    form = Columns({"name": ("企业名称", "company name"), "date": ("日期", "date")}, [{"name"}], Text("表", "table"))
    assert form.match([heading, "日期 Date"]) == {"name": 0, "date": 1}
    assert form.match(["企业名称 Former name", "日期 Date"]) is None


@pytest.mark.parametrize("year", ["9" * 20, "9" * 12, "９" * 12])
@pytest.mark.parametrize("form", ["{0}-1-1", "2023-{0}-01", "2023-09-{0}", "2023年{0}月1日", "1/1/{0}"])
def test_a_number_that_no_calendar_has_is_no_day(year, form):
    assert day(form.format(year)) is None
    assert day(form.format(year), from_1904=True) is None
