# SPDX-License-Identifier: Apache-2.0
"""Tables of a counter as people keep them: numbered rows, dates and times apart, names of the pulse, units in cells, workbooks, UTF-16."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.gnss.formats.timing_formats import read_offsets

NS = [120.0 + at % 7 for at in range(40)]
SECONDS = [float(at) for at in range(40)]


def table(head: str, row: Callable[[int, float], str]) -> str:
    return "\n".join([head, *(row(at, each) for at, each in enumerate(NS)), ""])


def check(data: bytes, start: float = 0.0) -> None:
    found = read_offsets(data)
    assert found.format == "counter"
    assert (found.offset_s * 1e9).tolist() == pytest.approx(NS)
    assert (found.time_s - start).tolist() == pytest.approx(SECONDS, abs=2e-3)
    assert found.unread == 0


@pytest.mark.parametrize(
    "heading",
    ["PPS偏差(ns)", "1PPS offset (ns)", "秒脉冲偏差(ns)", "授时误差(ns)", "同步误差_ns", "TI (ns)", "Offset_ns"],
)
def test_the_name_of_the_pulse_may_stand_before_that_of_the_offset(heading: str) -> None:
    check(table(f"时间,{heading}", lambda at, each: f"{at},{each}").encode())


@pytest.mark.parametrize("heading", ["No.", "序号", "编号", "index", "n"])
@pytest.mark.parametrize("first", [0, 1, 17])
def test_a_column_that_numbers_the_rows_is_no_measurement(heading: str, first: int) -> None:
    check(table(f"{heading},time_s,offset_ns", lambda at, each: f"{first + at},{at},{each}").encode())


def test_numbers_that_leave_some_out_are_not_passed_over() -> None:
    """Rows that were taken out leave a hole in their numbers."""
    with pytest.raises(DecodeError, match="not understood"):
        read_offsets(table("No.,time_s,offset_ns", lambda at, each: f"{at * 2},{at},{each}").encode())


def test_date_and_time_of_day_may_stand_apart() -> None:
    start = datetime.fromisoformat("2026-11-21T04:00:00+00:00").timestamp()
    for date in ("2026-11-21", "2026/11/21"):
        rows = table("date,time,offset_ns", lambda at, each, date=date: f"{date},04:00:{at:02d},{each}")
        check(rows.encode(), start)
        check(rows.replace("date,time", "日期,时间").encode("gb18030"), start)


@given(
    st.sampled_from([("ns", 1.0), ("us", 1e-3), ("µs", 1e-3), ("ps", 1e3), ("纳秒", 1.0)]), st.sampled_from(["", " "])
)
def test_a_unit_in_the_cells_holds(unit: tuple[str, float], blank: str) -> None:
    check(table("time_s,offset", lambda at, each: f"{at},{each * unit[1]:.6g}{blank}{unit[0]}").encode())


def test_a_unit_in_a_cell_that_nobody_knows_is_counted() -> None:
    found = read_offsets((table("time_s,offset_ns", lambda at, each: f"{at},{each}") + "40,7 ticks\n").encode())
    assert (len(found.offset_s), found.unread) == (40, 1)


def test_quoted_cells_utf_16_and_days_are_read() -> None:
    check(table("time_s,offset_ns", lambda at, each: f'{at},"{each}"').encode())
    check(table("time [sec],offset [nsec]", lambda at, each: f"{at},{each}").encode())
    check(table('"time_s";"offset_ns"', lambda at, each: f'"{at}";"{each}"').encode())
    for coding in ("utf-16", "utf-8-sig"):
        check(table("时间,偏差(ns)", lambda at, each: f"{at},{each}").encode(coding))
    check(table("MJD,offset_ns", lambda at, each: f"{61365 + at / 86400:.9f},{each}").encode(), 61365 * 86400.0)


def workbook(head: Sequence[Any], row: Callable[[int, float], Sequence[Any]], *above: str) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book, out = openpyxl.Workbook(), io.BytesIO()
    for line in above:
        book.active.append([line])
    book.active.append(head)
    for at, each in enumerate(NS):
        book.active.append(row(at, each))
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_as_well() -> None:
    check(workbook(["序号", "时间(s)", "PPS偏差(ns)"], lambda at, each: [at + 1, at, each], "PPS 比对记录"))
    start = datetime(2026, 11, 21, 4)  # noqa: DTZ001 - a spreadsheet has no zones
    data = workbook(["时间", "偏差(ns)"], lambda at, each: [start + timedelta(seconds=at), each])
    found = read_offsets(data)
    assert (found.time_s - found.time_s[0]).tolist() == pytest.approx(SECONDS, abs=2e-3)


@pytest.mark.parametrize(
    "said", ["已扣除均值", "detrended", "模拟数据", "cable delay subtracted", "每分钟平均值", "outliers removed"]
)
def test_a_workbook_that_takes_itself_back_is_refused(said: str) -> None:
    with pytest.raises(DecodeError):
        read_offsets(workbook(["time_s", "offset_ns"], lambda at, each: [at, each], said))


def test_a_workbook_with_a_column_that_nobody_knows_is_refused() -> None:
    for head, cell in ((["time_s", "offset_ns", "volts"], 1.0), (["time_s", "offset_ns", "备注"], "无效")):
        with pytest.raises(DecodeError):
            read_offsets(workbook(head, lambda at, each, cell=cell: [at, each, cell]))
