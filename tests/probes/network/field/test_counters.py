# SPDX-License-Identifier: Apache-2.0
"""Tables of counters from the field: what is missing, blank, twice or a total of the rest never helps, whatever it is called."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.model import Verdict
from harness.plugins import Input, Trace
from harness.testing import Question
from probes.network.instruments.counters import PROBE
from probes.network.traces.counters import read_counters
from tests.probes.network.made import asked

TRACE = Trace("s01.dropout", "omc", PROBE.name, 1, (), None)
HEAD = "时间,小区,异常释放次数,建立成功次数\n"


def judged(data: bytes, statistic: str = "counter-ratio") -> Any:
    given = Input(PROBE.name, "omc", read_counters(data, "omc.csv"), TRACE)
    limit = "<= 0.0005 /h" if statistic == "retainability" else "<= 0.05 %"
    return asked([given], Question("network.kpi", statistic, limit))


@pytest.mark.parametrize(
    ("name", "statistic"),
    [("F1a-no-drops", "counter-ratio"), ("F1c-rate-only", "counter-ratio"), ("F1f-retain", "retainability")],
)
def test_a_numerator_that_is_not_there_is_no_zero(shared_data: Callable[..., Path], name: str, statistic: str) -> None:
    found = judged(shared_data("field", "network", f"{name}.csv").read_bytes(), statistic)
    assert found.judgement.verdict is Verdict.INCONCLUSIVE
    assert [each.code for each in found.missing] == ["network.no-counters"]


@pytest.mark.parametrize(("name", "statistic"), [("F1b-unit-in-heading", "counter-ratio"), ("F1e-drive", "drive-test")])
def test_headings_with_a_unit_and_other_usual_words_are_read(
    shared_data: Callable[..., Path], name: str, statistic: str
) -> None:
    found = judged(shared_data("field", "network", f"{name}.csv").read_bytes(), statistic)
    assert (found.judgement.verdict, float(found.estimate.value)) == (Verdict.FAIL, 0.03)


def test_a_blank_is_refused_with_its_line(shared_data: Callable[..., Path]) -> None:
    with pytest.raises(DecodeError, match=r"异常释放次数 is blank") as caught:
        read_counters(shared_data("field", "network", "F1d-blank.csv").read_bytes(), "omc.csv")
    assert caught.value.where == "omc.csv:2"


@pytest.mark.parametrize("name", ["F2-control", "F2a-total-row", "F2b-rows-twice"])
def test_totals_and_copies_count_once_and_are_told(shared_data: Callable[..., Path], name: str) -> None:
    found = judged(shared_data("field", "network", f"{name}.csv").read_bytes())
    assert (found.judgement.verdict, found.estimate.n) == (Verdict.INCONCLUSIVE, 3500)
    told = {each.code for each in found.remarks}
    assert ("tallies.totals" in told, "tallies.twice" in told) == (name == "F2a-total-row", name == "F2b-rows-twice")


def test_a_sum_beside_its_parts_counts_once(shared_data: Callable[..., Path]) -> None:
    for name in ("F2c-control", "F2c-sum-and-parts"):
        found = judged(shared_data("field", "network", f"{name}.csv").read_bytes())
        assert (found.judgement.verdict, float(found.estimate.value)) == (Verdict.PASS, 0.0004), name


@given(
    st.sampled_from(
        ["合计", "总计：", "全网合计", "本页小计", "汇总", "Total", "GRAND TOTAL", "sub-total", "Sum:", "累计（全部）"]
    ),
    st.lists(st.tuples(st.integers(0, 9), st.integers(100, 900)), min_size=2, max_size=8),
    st.integers(0, 3),
    st.integers(0, 1),
)
def test_a_total_row_in_any_words_is_checked_and_left_out(
    word: str, rows: list[tuple[int, int]], wrong: int, column: int
) -> None:
    body = "".join(f"2024-01-01 {at:02d}:00,小区{at},{a},{b}\n" for at, (a, b) in enumerate(rows))
    sums = [sum(each) for each in zip(*rows, strict=True)]
    names = [word, ""] if column == 0 else ["", word]
    data = f"{HEAD}{body}{','.join(names)},{sums[0] + wrong},{sums[1]}\n".encode()
    if wrong:
        with pytest.raises(DecodeError, match="the rows above add up to"):
            read_counters(data, "omc.csv")
        return
    assert read_counters(data, "omc.csv").totals["setups"] == sums[1]


def test_a_total_that_does_not_say_so_is_refused() -> None:
    rows = "a,1,300\nb,2,400\n"
    for text in (f"{rows}全网,3,700\n", f"全网,3,700\n{rows}"):
        with pytest.raises(DecodeError, match="a total that does not say so"):
            read_counters(f"小区,异常释放次数,建立成功次数\n{text}".encode(), "omc.csv")


def test_two_alike_rows_that_nothing_identifies_are_never_merged_and_never_counted_twice() -> None:
    with pytest.raises(DecodeError, match="nothing in it says whether it is the same one"):
        read_counters("异常释放次数,建立成功次数\n0,350\n0,350\n".encode(), "omc.csv")


@pytest.mark.parametrize("other", ["350,25", "300,", "500,0"])
def test_parts_that_do_not_make_the_sum_are_refused(other: str) -> None:
    head = "小区,异常释放次数,RLF释放次数,切换出失败次数,建立成功次数\n"
    with pytest.raises(DecodeError):
        read_counters(f"{head}a,400,{other},1000000\n".encode(), "omc.csv")


@given(st.sampled_from(["(次)", "（次）", "(个)", "（count）", " (times)", ""]), st.integers(1, 200))
def test_a_remark_in_brackets_changes_no_heading(unit: str, drops: int) -> None:
    found = judged(f"小区,异常释放次数{unit},建立成功次数{unit}\n甲,{drops},6000\n".encode())
    assert found.estimate.n == 6000
    assert found.estimate.value * 6000 == drops


@pytest.mark.parametrize("unit", ["(千次)", "（万）", "(k)", "(%)", "(‰)", "(×1000)", "(10^3)"])
def test_multiples_and_rates_are_no_counts(unit: str) -> None:
    with pytest.raises(DecodeError):
        read_counters(f"小区,异常释放次数{unit},建立成功次数\n甲,1,6000\n".encode(), "omc.csv")


OMC = "时间,小区,异常释放次数,建立成功次数"


@pytest.mark.parametrize(
    "text",
    [
        f"{OMC}\n2024-01-01 00:00,小区1,3,6000\n2024-01-01 00:00,小区1,0,6000\n",
        f"粒度,{OMC}\n1h,2024-01-01 00:00,小区1,0,6000\n15min,2024-01-01 00:00,小区1,0,1500\n",
        f"{OMC},掉话次数\n2024-01-01 00:00,小区1,0,6000,30\n",
        f"{OMC},核心网异常释放次数\n2024-01-01 00:00,小区1,0,6000,30\n",
        f"{OMC},Call Drop Count\n2024-01-01 00:00,小区1,0,6000,30\n",
        f"{OMC},掉线率(%)\n2024-01-01 00:00,小区1,1,6000,3.0\n",
        f"{OMC},drop rate\n2024-01-01 00:00,小区1,1,6000,3.0%\n",
        f"{OMC},数据质量\n2024-01-01 00:00,小区1,0,6000,无效\n",
        f"{OMC},flag\n2024-01-01 00:00,小区1,0,6000,Suspect\n",
    ],
)
def test_what_stands_beside_the_counts_and_contradicts_them_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        read_counters(text.encode(), "omc.csv")


@given(st.integers(0, 50), st.integers(0, 50))
def test_columns_that_agree_with_the_counts_change_nothing(drops: int, parts: int) -> None:
    share = f"{100 * drops / 6000:.2f}"
    text = f"{OMC},掉线率(%),其中切换出异常释放,RRC建立失败次数\n2024-01-01 00:00,小区1,{drops},6000,{share},{min(parts, drops)},900\n"
    assert read_counters(text.encode(), "omc.csv").totals["abnormal_releases"] == drops


@given(
    st.sampled_from(
        [
            "其他原因释放次数",
            "掉网次数",
            "断线",
            "中断次数",
            "切换出失败数",
            "Disconnects",
            "RLF_cnt",
            "other releases",
            "lost calls",
        ]
    ),
    st.integers(1, 400),
)
def test_a_column_nobody_reads_that_holds_more_drops_is_refused(heading: str, more: int) -> None:
    with pytest.raises(DecodeError, match="more than is counted"):
        read_counters(f"小区,RLF释放次数,建立成功次数,{heading}\nA,0,6000,{more}\n".encode(), "t.csv")


@given(
    st.sampled_from(
        ["最大值", "最小值", "MAX", "min", "峰值小时", "Median", "中位数", "P95", "标准差", "stdev", "95th percentile"]
    ),
    st.integers(1, 9),
)
def test_a_row_of_figures_over_others_is_no_cell_of_its_own(word: str, rows: int) -> None:
    body = "".join(f"小区{at},{at % 2},{1000 + at}\n" for at in range(rows))
    with pytest.raises(DecodeError, match="figures"):
        read_counters(f"小区,异常释放次数,建立成功次数\n{body}{word},0,900000\n".encode(), "t.csv")


@given(st.integers(1, 999), st.booleans())
def test_a_count_that_may_be_a_thousand_is_refused(number: int, numerator: bool) -> None:
    cells = (f"{number}.000", "9999") if numerator else ("0", f"{number}.000")
    with pytest.raises(DecodeError, match="no whole number"):
        read_counters(f"小区,异常释放次数,建立成功次数\nA,{','.join(cells)}\n".encode(), "t.csv")


@settings(max_examples=40)
@given(
    heading=st.text("xyzqw标记备注统计核", min_size=1, max_size=6),
    marks=st.sampled_from(
        [("", "不可信"), ("", "excl."), ("是", "否"), ("1", "0"), ("A", "B"), ("Y", "N"), ("√", "×")]
    ),
    seed=st.integers(0, 99),
)
def test_a_column_that_marks_some_rows_is_no_column_to_pass_over(
    heading: str, marks: tuple[str, str], seed: int
) -> None:
    """Whatever it is called: nobody knows whether those rows count."""
    cells = [*marks, *(marks[(seed >> at) & 1] for at in range(10))]
    rows = [f"2024-01-01 {at:02d}:00,A{at % 3},{at % 4},6000" for at in range(12)]

    def table(heading: str) -> bytes:
        head = f"时间,小区,异常释放次数,建立成功次数,{heading}"
        return "\n".join([head, *(f"{row},{cell}" for row, cell in zip(rows, cells, strict=True))]).encode()

    with pytest.raises(DecodeError, match=r"marks some rows|whether|void"):
        read_counters(table(heading), "x.csv")
    assert read_counters(table("厂区"), "x.csv").rows == 12


@pytest.mark.parametrize("again", ["2024/1/1 0:00", "2024-01-01T00:00:00", "2024-01-01 00:00:00.0"])
def test_one_hour_written_in_two_ways_is_one(again: str) -> None:
    text = f"时间,小区,异常释放次数,建立成功次数\n2024-01-01 00:00,A,1,6000\n{again},A,1,6000\n"
    with pytest.raises(DecodeError, match="same time"):
        read_counters(text.encode(), "x.csv")
