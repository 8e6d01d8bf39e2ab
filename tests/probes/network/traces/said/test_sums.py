# SPDX-License-Identifier: Apache-2.0
"""Counters count once: days beside hours, stations beside cells, overlaps and running totals are refused; a missing hour leaves PASS open."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.model import Verdict
from harness.plugins import Input, Trace
from harness.testing import Question
from probes.network.instruments.counters import PROBE
from probes.network.traces.counters import read_counters
from tests.probes.network.made import asked

HEAD = "时间,小区,异常释放次数,建立成功次数\n"
Rows = list[tuple[str, str, int, int]]


def hours(cell: str, drops: int = 0, many: int = 10, each: int = 6000) -> Rows:
    return [(f"2024-01-01 {at:02d}:00", cell, drops, each + at * 7 % 13) for at in range(many)]


def day(rows: Rows, named: str = "2024-01-01", cell: str = "") -> Rows:
    return [(named, cell or rows[0][1], sum(row[2] for row in rows), sum(row[3] for row in rows))]


def written(rows: Rows) -> bytes:
    return (HEAD + "".join(f"{time},{cell},{drops},{setups}\n" for time, cell, drops, setups in rows)).encode()


def judged(data: bytes) -> Any:
    given = Input(
        PROBE.name, "omc", read_counters(data, "omc.csv"), Trace("s01.dropout", "omc", PROBE.name, 1, (), None)
    )
    return asked([given], Question("network.kpi", "counter-ratio", "<= 0.05 %"))


A, B = hours("小区1"), hours("小区2", 1)


@pytest.mark.parametrize(
    "rows",
    [
        [*A, *day(A), *B, *day(B)], [*A, *day(A, "全天"), *B, *day(B, "全天")], [*day(A), *day(B), *A, *B], [*A, ("忙时", "小区1", 0, 6012)], [*A, ("", "小区1", 0, 6012)],
        [("2024-01-01", "小区1", 0, 3500), ("2024-01-01", "全网", 0, 3500)], [*day(A, cell="gNB1"), *day(A, cell="gNB1-1"), *day(B, cell="gNB2")],
        [("2024-01-01", "gNB1", 3, 12_000), ("2024-01-01", "gNB1-1", 1, 6000), ("2024-01-01", "gNB1-2", 2, 6000), ("2024-01-01", "gNB2", 1, 9000)],
        [("2024-01-01 00:00", "Cell 1", 0, 6000), ("2024-01-01 00:00", "CELL1", 0, 6001)],
    ],
)  # fmt: skip
def test_what_other_rows_hold_as_well_never_counts_twice(rows: Rows) -> None:
    with pytest.raises(DecodeError):
        read_counters(written(rows), "omc.csv")


def test_the_hours_of_two_cells_count_as_they_are() -> None:
    found = judged(written([*A, *B]))
    assert (found.judgement.verdict, found.estimate.n) == (Verdict.PASS, sum(row[3] for row in [*A, *B]))


@given(st.integers(6, 24), st.integers(1, 3), st.integers(0, 3))
def test_counters_that_run_on_from_row_to_row_are_refused(many: int, cells: int, drops: int) -> None:
    rows = [
        (f"2024-01-01 {at:02d}:00", f"小区{cell}", drops * at // 3, 6000 * (at + 1) + cell)
        for at in range(many)
        for cell in range(cells)
    ]
    with pytest.raises(DecodeError, match="only ever rise"):
        read_counters(written(rows), "omc.csv")


def test_a_busy_morning_is_no_running_total() -> None:
    rows = [(f"2024-01-01 {at:02d}:00", "小区1", at % 2, 6000 + at * 211) for at in range(8)]
    assert judged(written(rows)).estimate.n == sum(row[3] for row in rows)


def test_periods_that_overlap_are_refused() -> None:
    head = "开始时间,结束时间,小区,异常释放次数,建立成功次数\n"
    rows = [f"2024-01-01 {at:02d}:00,2024-01-01 {at + 1:02d}:00,A,0,600{at}\n" for at in range(5)]
    assert read_counters((head + "".join(rows)).encode(), "omc.csv").rows == 5
    with pytest.raises(DecodeError, match="overlaps"):
        read_counters((head + "".join(rows) + "2024-01-01 02:00,2024-01-02 02:00,A,5,60000\n").encode(), "omc.csv")


@pytest.mark.parametrize("gone", [(5, 1), (9, 0)])
def test_an_hour_that_a_cell_or_the_table_has_not_leaves_pass_open(gone: tuple[int, int]) -> None:
    at, cell = gone
    rows = [*hours("小区1", many=12), *hours("小区2", many=12)]
    some = [row for row in rows if not (row[0].endswith(f"{at:02d}:00") and (not cell or row[1] == f"小区{cell}"))]
    assert judged(written(rows)).judgement.verdict is Verdict.PASS
    found = judged(written(some))
    assert found.judgement.verdict is Verdict.INCONCLUSIVE
    assert [each.code for each in found.missing] == ["network.counters-with-holes"]
    bad = [(time, name, 60, setups) for time, name, _, setups in some]
    assert judged(written(bad)).judgement.verdict is Verdict.FAIL, "what was counted fails all the same"


@pytest.mark.parametrize(
    ("heading", "bad", "good"),
    [
        ("数据完整率(%)", "43", "100"), ("完整率", "60%", "100%"), ("采集成功率(%)", "50", "100"), ("缺失周期数", "12", "0"), ("可靠性", "低", "高"), ("suspectFlag", "true", "false"),
        ("counter reset", "1", "0"), ("断连次数", "30", "0"), ("离线次数", "30", "0"), ("T310超时", "30", "0"),
    ],
)  # fmt: skip
def test_a_column_about_the_counting_itself_is_heard(heading: str, bad: str, good: str) -> None:
    for cell, whole in ((good, True), (bad, False)):
        text = f"{HEAD[:-1]},{heading}\n2024-01-01 00:00,A,0,6000,{cell}\n2024-01-01 01:00,A,0,6010,{cell}\n".encode()
        if whole:
            assert read_counters(text, "omc.csv").rows == 2
            continue
        with pytest.raises(DecodeError):
            read_counters(text, "omc.csv")


@pytest.mark.parametrize("number", [2**31 - 1, 2**32 - 1, 2**64 - 1, 999_999, 9_999_999])
def test_what_fills_a_counter_that_was_not_read_is_no_count(number: int) -> None:
    with pytest.raises(DecodeError, match="fills a counter"):
        read_counters(written([("2024-01-01", "A", 0, number)]), "omc.csv")
    assert read_counters(written([("2024-01-01", "A", 0, number - 2)]), "omc.csv").totals["setups"] == number - 2


@pytest.mark.parametrize("title", ["不含弱覆盖小区", "豁免告警时段", "cells with alarms omitted", "人工修正", "网管演示系统", "单位：每千次"])  # fmt: skip
def test_a_title_that_takes_cells_or_times_out_is_heard(title: str) -> None:
    rows = written(A).decode()
    with pytest.raises(DecodeError):
        read_counters(f"{title},,,\n{rows}".encode(), "omc.csv")
    assert read_counters(f"XX 移动 5G KPI 日报,,,\n统计时间：2024-01-01,,,\n{rows}".encode(), "omc.csv").rows == 10


def test_a_column_of_numbers_that_nobody_understands_leaves_pass_open_and_is_named() -> None:
    rows = [line.split(",") for line in written(A).decode().splitlines()[1:]]
    for heading, known in (
        ("zzk7", False),
        ("L.xyz", False),
        ("RRC连接请求次数", True),
        ("PRB利用率(%)", True),
        ("用户数", True),
    ):
        text = f"{HEAD[:-1]},{heading}\n" + "".join(f"{','.join(row)},9\n" for row in rows)
        found = judged(text.encode())
        assert found.judgement.verdict is (Verdict.PASS if known else Verdict.INCONCLUSIVE)
        assert [heading in each.text.en for each in found.missing] == ([] if known else [True])
    small = f"{HEAD[:-1]},zzk7\n" + "".join(f"{','.join(row)},0\n" for row in rows)
    assert judged(small.encode()).judgement.verdict is Verdict.PASS, "no more than is counted"


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("剔除", "是"), ("豁免原因", "割接"), ("exempt", "1"), ("计入考核", "否"), ("in KPI", "no"), ("倍率", "1000"), ("抽样率", "10%"), ("置信度", "低"), ("重拨次数", "900"), ("强拆", "9"), ("DCR(%)", "0.9")],
)  # fmt: skip
def test_rows_that_are_left_out_scaled_or_sampled_elsewhere_are_no_whole_count(heading: str, cell: str) -> None:
    rows = "".join(f"2024-01-01 {at:02d}:00,A,0,600{at},{cell}\n" for at in range(3))
    with pytest.raises(DecodeError):
        read_counters(f"{HEAD[:-1]},{heading}\n{rows}".encode(), "omc.csv")


@pytest.mark.parametrize("title", ["仅 VoNR", "worst cells left out", "割接期不计", "按承诺值填报", "trial network", "counters not reset", "×100", "单位 千", "重复导出", "sampled cells"])  # fmt: skip
def test_titles_about_the_choice_of_cells_and_times_are_heard_in_other_words(title: str) -> None:
    with pytest.raises(DecodeError):
        read_counters(f"{title},,,\n{written(A).decode()}".encode(), "omc.csv")


@pytest.mark.parametrize("title", ["单位：次", "全部小区 120 个", "口径：3GPP TS 28.554", "导出人：张三", "粒度：1小时", "计数器来自现网网管"])  # fmt: skip
def test_ordinary_titles_of_network_management_stand(title: str) -> None:
    assert read_counters(f"{title},,,\n{written(A).decode()}".encode(), "omc.csv").rows == 10


@pytest.mark.parametrize(
    "rows",
    [[*A, *day(A), *B, *day(B)], [*A, ("2024-01-01 00:00", "小区1", 0, 9000)], [*day(A, cell="gNB1"), *day(A, cell="gNB1-1"), *day(B, cell="gNB2")]],
)  # fmt: skip
def test_other_figures_beside_the_counts_hide_no_row_that_counts_again(rows: Rows) -> None:
    """A column of users or of load differs from row to row, and names none."""
    lines = "".join(
        f"{time},{cell},{drops},{setups},{30 + at},{at / 10}%\n" for at, (time, cell, drops, setups) in enumerate(rows)
    )
    with pytest.raises(DecodeError):
        read_counters(f"{HEAD[:-1]},RRC用户数,PRB利用率\n{lines}".encode(), "omc.csv")


def test_numbers_that_name_a_row_tell_rows_apart() -> None:
    rows = "".join(f"2024-01-01 {at:02d}:00,小区1,{qi},0,{6000 + at * 3 + qi}\n" for at in range(4) for qi in (1, 9))
    found = read_counters(f"时间,小区,5QI,异常释放次数,建立成功次数\n{rows}".encode(), "omc.csv")
    assert (found.rows, found.holes) == (8, frozenset())


def test_many_cells_of_many_hours_are_looked_at_in_time() -> None:
    rows = [(f"2024-01-{1 + at // 24:02d} {at % 24:02d}:00", f"gNB{cell // 3}-{cell}", 0, 5000 + (at * 397 + cell * 11) % 977) for at in range(24) for cell in range(60)]  # fmt: skip
    assert read_counters(written(rows), "omc.csv").rows == 1440
