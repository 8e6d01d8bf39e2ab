# SPDX-License-Identifier: Apache-2.0
"""Every table of the network is read from a workbook with a title too, and nothing in it is guessed."""

import io
from typing import Any

import openpyxl
import pytest

from harness.errors import DecodeError
from probes.network.traces.counters import read_counters
from probes.network.traces.logs import Form, decode
from probes.network.traces.sightings import read_export
from probes.network.traces.terminals import read_register

PLAIN = Form({}, {})
IMEI = "490154203237518"


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in [["表 1 由委托方提供"], [], *rows]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_register_of_terminals_may_be_a_workbook_whose_numbers_are_numbers() -> None:
    data = workbook(["资产编号", "IP地址", "端口", "IMEI"], ["A-1", "10.0.0.7", 862, int(IMEI)])
    (row,) = read_register(data, "nodes.xlsx")
    assert (row.line, row.asset_id, row.address, row.port, row.imei) == (4, "A-1", "10.0.0.7", 862, IMEI)


def test_an_export_counters_and_a_log_may_be_workbooks() -> None:
    export = workbook(["IMEI", "状态"], [IMEI, "在线"], ["001010000000024", "离线"])
    assert {each.imei for each in read_export(export, "core.xlsx", "5GC").rows} == {IMEI}
    counters = read_counters(workbook(["掉线次数", "成功接入次数"], [1, 2000], [0, "1,000"]), "omc.xlsx")
    assert (counters.totals["drops"], counters.totals["successes"], counters.rows) == (1, 3000, 2)
    session, _ = decode(
        workbook(["时间(ms)", "序号", "时延(us)"], [1000, 7, 3000], [1010, 9, 4000]), "x.xlsx", PLAIN, 10**9
    )
    assert int((session.probes["flags"] == 0).sum()) == 1
    assert (session.probes["t4"] - session.probes["t1"])[session.probes["flags"] > 0].min() == 3 * 10**6


@pytest.mark.parametrize(("word", "seen"), [("online", 1), ("在线", 1), ("DETACHED", 0), ("", 0), ("0", 0)])
def test_an_export_says_who_was_on_line_and_a_blank_is_not(word: str, seen: int) -> None:
    assert len(read_export(f"imei,online\n{IMEI},{word}\n".encode(), "core.csv", "5GC").rows) == seen


def test_a_state_that_nobody_agreed_on_is_refused_with_its_line() -> None:
    with pytest.raises(DecodeError, match="'休眠' is not understood") as caught:
        read_export(f"imei,online\n{IMEI},在线\n{IMEI},休眠\n".encode(), "core.csv", "5GC")
    assert caught.value.where == "core.csv:3"


def test_durations_have_the_unit_of_their_heading_and_multiples_are_no_counts() -> None:
    hours = read_counters("有数据异常释放次数,会话时长(h)\n2,1000\n".encode(), "omc.csv")
    assert hours.totals["session_seconds"] == 3_600_000
    with pytest.raises(DecodeError, match="does not hold the counts themselves"):
        read_counters("掉线次数,成功接入次数(万次)\n1,2\n".encode(), "omc.csv")
    with pytest.raises(DecodeError, match="unit of the column"):
        read_counters("有数据异常释放次数,会话时长(话务量)\n2,1000\n".encode(), "omc.csv")


@pytest.mark.parametrize(
    ("text", "form", "problem"),
    [
        ("time,delay(ticks)\n1,2\n", PLAIN, "unit of the column 'delay\\(ticks\\)' is not understood"),
        ("time,delay\n1,2\n", Form({}, {"delay": "msec"}), "'msec' is no unit of delay"),
        ("time,delay\n1,2\n", Form({}, {"delay": "m"}), "'m' is no unit of delay"),
    ],
)
def test_a_unit_that_nobody_knows_is_refused_and_is_never_the_usual_one(text: str, form: Form, problem: str) -> None:
    with pytest.raises(DecodeError, match=problem):
        decode(text.encode(), "x.csv", form, 10**9)


def test_a_remark_behind_a_time_that_is_a_date_is_no_unit() -> None:
    session, _ = decode("时间(北京),时延\n2026-11-21T16:00:00+08:00,2\n".encode(), "x.csv", PLAIN, 10**9)
    assert session.probes["scheduled"].tolist() == [1_795_248_000 * 10**9]


def test_a_spreadsheets_rounded_time_is_refused() -> None:
    with pytest.raises(DecodeError, match="spreadsheet's own serial"):
        decode(workbook(["时间", "时延"], [45173.5, 2]), "x.xlsx", PLAIN, 10**9)
