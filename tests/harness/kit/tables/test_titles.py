# SPDX-License-Identifier: Apache-2.0
"""What stands above a head, below the rows, in a heading or beside a row, in whatever language, is heard."""

import io
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from harness.kit.tables import Caveats, Columns, Table, read, says_summed_up, takes_all_back, unedited, whole
from harness.kit.tables.cells import canonical, narrow
from harness.kit.unreadable import UnreadableError
from harness.model import Text

COLUMNS = Columns({"time": ("time",), "value": ("value",)}, ({"time"}, {"value"}), Text("记录", "record"))
ROWS = ["0,1", "1,2", "2,3", "3,4"]


def table(*lines: str) -> Table:
    return read("\n".join(lines).encode(), COLUMNS, name="r.csv")


BACK = [
    "模拟数据", "本表为仿真结果", "注：以上数据为估算值", "本表作废", "仅供演示", "说明：部分数据为插补", "樣例數據", "數據由人工填報",
    "estimated values", "Note: all values above are estimated", "* simulated data", "figures provisional, to be replaced", "not for acceptance",
    "Hinweis: alle Werte geschätzt", "Simulierte Daten", "Beispieldaten", "Simulation, keine Messung", "Remarque : données simulées", "valeurs estimées",
    "datos estimados", "valori simulati", "данные оценочные", "シミュレーションデータ", "備考：上記は推定値", "참고용 추정 값",
]  # fmt: skip
FINE = [
    "武汉某项目测试数据", "5G 网络时延实测记录", "模拟驾驶体验点登记表", "仿真应用登记表", "测试数据（非模拟数据）", "本表无估算数据", "test data of 2026-11-21",
    "results of the field test", "no simulated data", "estimated uncertainty 0.2 ms", "Messdaten, keine Schätzwerte", "Messwerte der Linie 3", "実測データ", "relevé du 3 mai",
    "sans valeurs estimées", "surveyed by hand", "draft survey vessel Haixun 01", "项目概算与实际成本对比表", "仿真企业名录", "预测性维护应用登记表",
]  # fmt: skip


@pytest.mark.parametrize("said", BACK)
def test_a_table_that_is_taken_back_above_or_below_is_refused_with_the_words(said: str) -> None:
    assert takes_all_back(said)
    for lines in ([said, "time,value", *ROWS], ["time,value", *ROWS, said]):
        with pytest.raises(UnreadableError) as caught:
            table(*lines)
        assert narrow(said)[:8] in caught.value.text.zh
        assert caught.value.where.startswith("r.csv")


@pytest.mark.parametrize("said", FINE)
def test_an_ordinary_title_is_none_of_that(said: str) -> None:
    assert not takes_all_back(said)
    assert len(table(said, "time,value", *ROWS)) == len(ROWS)


@pytest.mark.parametrize(
    ("heading", "word", "others"),
    [
        ("Bemerkung", "ungültig", ""), ("Status", "ungültig", "gültig"), ("Gültig", "nein", "ja"), ("Remarque", "estimé", ""), ("Valide", "non", "oui"),
        ("Estado", "anulado", "activo"), ("備考", "推定値", ""), ("状態", "無効", "有効"), ("備註", "作廢", ""), ("비고", "추정값", ""), ("Примечание", "оценка", ""),
        ("Qualität", "schlecht", "gut"), ("来源", "仿真", "实测"), ("source", "simulated", "measured"), ("mode", "demo", "live"), ("is_simulated", "TRUE", "FALSE"),
        ("remark", "interpolated", ""), ("remark", "to be corrected", ""), ("备注", "人工补录", ""), ("备注", "数据有误", ""), ("", "无效", ""), ("", "annulé", ""),
        ("flag", "E", ""), ("币种", "美元", "人民币"),
    ],
)  # fmt: skip
def test_a_word_beside_a_row_takes_it_back_in_any_of_these_languages(heading: str, word: str, others: str) -> None:
    rows = [f"{row},{word if at == 2 else others}" for at, row in enumerate(ROWS)]
    with pytest.raises(UnreadableError):
        unedited(table(f"time,value,{heading}", *rows))
    if others:
        good = table(f"time,value,{heading}", *(f"{row},{others}" for row in ROWS))
        assert len(good if heading == "币种" else unedited(good)) == len(ROWS)


@pytest.mark.parametrize(
    "word", ["夜班", "operator Wang", "no interpolated values", "无插补", "Schicht 2", "雨", "équipe B", "正常"]
)
def test_an_ordinary_remark_takes_nothing_back(word: str) -> None:
    rows = [f"{row},{word if at == 2 else ''}" for at, row in enumerate(ROWS)]
    assert len(unedited(table("time,value,备注", *rows))) == len(ROWS)


def test_in_a_register_a_made_up_row_waits_for_a_person() -> None:
    found = table("time,value,来源,remark", "0,1,仿真,", "1,2,实测,", "2,3,,interpolated", "3,4,,Schicht 2")
    assert [[each.kind.value for each in Caveats(found).of(at)] for at in range(4)] == [
        ["unknown"],
        [],
        ["unknown"],
        [],
    ]


def test_in_a_register_a_grade_says_nothing_against_a_row_and_a_bad_one_does() -> None:
    found = table("time,value,质量", "0,1,一级", "1,2,12.5", "2,3,bad", "3,4,不良", "4,5,nein")
    assert [bool([*Caveats(found).of(at)]) for at in range(5)] == [False, False, True, True, True]


@pytest.mark.parametrize(
    "said",
    [
        "5分钟平均值",
        "hourly averages",
        "1-min max",
        "daily means",
        "Stundenmittel",
        "moyennes horaires",
        "1時間平均値",
        "逐日平均",
    ],
)
def test_rows_that_each_sum_up_many_are_no_record_unless_sums_are_what_is_asked(said: str) -> None:
    assert says_summed_up(said)
    with pytest.raises(UnreadableError, match="averages"):
        unedited(table(said, "time,value", *ROWS))
    assert len(unedited(table(said, "time,value", *ROWS), sums=True)) == len(ROWS)


@pytest.mark.parametrize(
    "said",
    ["gefilterte Werte", "Ausreißer entfernt", "valeurs filtrées", "外れ値除去済み", "moving average (5)", "移动平均"],
)
def test_filtered_rows_are_none_in_other_languages(said: str) -> None:
    with pytest.raises(UnreadableError, match="filtered or smoothed"):
        unedited(table(said, "time,value", *ROWS))


@pytest.mark.parametrize(
    "said", ["ungefilterte Werte", "keine Ausreißer entfernt", "sans valeurs filtrées", "外れ値除去なし"]
)
def test_what_was_not_filtered_is_a_record(said: str) -> None:
    assert len(unedited(table(said, "time,value", *ROWS))) == len(ROWS)


@pytest.mark.parametrize(
    "heading",
    ["value(件,计划)", "value(ms) avg", "value（预算）", "value [estimated]", "value(ms, Mittelwert)", "value(推定)"],
)
def test_a_heading_that_makes_its_values_other_ones_is_refused_unless_the_profile_names_it(heading: str) -> None:
    lines = "\n".join([f'time,"{heading}"', *ROWS]).encode()
    with pytest.raises(UnreadableError, match="not the value itself"):
        read(lines, COLUMNS, name="r.csv")
    named = Columns(COLUMNS.usual, COLUMNS.needed, COLUMNS.noun, {"value": heading})
    assert len(read(lines, named, name="r.csv")) == len(ROWS)


def book(change: Any) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in ["time,value", *ROWS]:
        sheet.append(row.split(","))
    change(made, sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _struck(_: Any, sheet: Any) -> None:
    sheet["B3"].font = Font(strike=True)


def _void(_: Any, sheet: Any) -> None:
    sheet["B3"].comment = Comment("此值作废", "x")


def _praised(_: Any, sheet: Any) -> None:
    sheet["B3"].comment = Comment("as expected", "x")


def _further(made: Any, _: Any, state: str = "visible") -> None:
    more = made.create_sheet("more")
    more.append(["time", "value"])
    more.append(["9", "99"])
    more.sheet_state = state


def _hidden(made: Any, sheet: Any) -> None:
    _further(made, sheet, "hidden")


@pytest.mark.parametrize("change", [_struck, _void, _further, _hidden])
def test_a_workbook_whose_margin_or_other_sheet_says_more_is_no_record(change: Any) -> None:
    with pytest.raises(UnreadableError):
        unedited(read(book(change), COLUMNS, name="r.xlsx"))


def test_a_workbook_with_an_ordinary_comment_is_read_and_a_named_sheet_is_the_one_asked_for() -> None:
    assert len(unedited(read(book(_praised), COLUMNS, name="r.xlsx"))) == len(ROWS)
    assert len(unedited(read(book(_further), COLUMNS, name="r.xlsx", sheet="more"))) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("0.50", "0.5"), ("20,000", "20000"), ("１２", "12"), ("+3", "3"), ("3.000", "3"), (" a ", "a")]
)
def test_a_cell_in_other_writing_says_the_same(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), [("0.5", "5"), ("100", "1"), ("1.0.0", "1.0"), ("a,b", "ab"), ("-3", "3")])
def test_cells_that_say_different_things_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_a_list_that_was_chosen_from_is_no_list_of_all() -> None:
    assert len(whole(table("全部资产登记表", "time,value", *ROWS))) == len(ROWS)
    with pytest.raises(UnreadableError, match="rows that were chosen"):
        whole(table("资产登记表（节选）", "time,value", *ROWS))


def named(title: str, beside: str = "") -> bytes:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in ["time,value", *ROWS]:
        made.active.append(row.split(","))
    if beside:
        made.create_sheet("说明").append([beside, ""])
    made.save(stream := io.BytesIO())
    return stream.getvalue()


@pytest.mark.parametrize(
    "title", ["模拟数据", "仿真", "demo", "Simulation", "作废", "草稿", "Tabelle (ungültig)", "do not use"]
)
def test_the_name_of_a_worksheet_may_take_it_back(title: str) -> None:
    with pytest.raises(UnreadableError, match="Beside the table"):
        read(named(title), COLUMNS, name="r.xlsx")


@pytest.mark.parametrize("title", ["Sheet1", "实测", "2025-11-21", "原始数据", "测试结果", "模拟量", "模板", "AGV-07"])
def test_an_ordinary_name_of_a_worksheet_says_nothing(title: str) -> None:
    found = read(named(title, "本表为 5G 时延测试记录"), COLUMNS, name="r.xlsx")
    assert (len(found), found.above, found.aside) == (len(ROWS), (title,), ("本表为 5G 时延测试记录",))


def test_another_worksheet_may_take_the_table_back() -> None:
    with pytest.raises(UnreadableError, match="Beside the table"):
        read(named("Sheet1", "本数据为模拟数据"), COLUMNS, name="r.xlsx")
