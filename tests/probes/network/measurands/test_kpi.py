# SPDX-License-Identifier: Apache-2.0
"""The drop rate from other people's tables: sums of counters, exact bounds, and refusals with the line."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.errors import DecodeError
from harness.model import About, Verdict
from harness.plugins import Asked, Input, Trace
from harness.testing import Question, check_probe
from probes.network.instruments.counters import PROBE
from probes.network.measurands.offered import KPI
from probes.network.traces.counters import Counters, read_counters
from tests.probes.network.made import asked
from tests.probes.network.recording import wrong_in

TRACE = Trace("s01.dropout", "omc", PROBE.name, 1, (), None)


def judged(text: str, statistic: str) -> Any:
    given = Input(PROBE.name, "omc", read_counters(text.encode(), "omc.csv"), TRACE)
    return asked([given], Question("network.kpi", statistic, "<= 0.05 %"))


def test_operator_counters_are_abnormal_releases_over_sessions_carried() -> None:
    text = (
        "小区,切换出失败次数,RLF释放次数,其他异常释放次数,建立成功次数,遗留次数,切换入次数\n"
        '甲,1,2,0,"20,000",100,900\n乙,0,0,1,5000,0,0\n'
    )
    found = judged(text, "counter-ratio").estimate
    assert (found.value, found.n) == (Fraction(4, 26_000), 26_000)
    exact = stats.binomtest(4, 26_000).proportion_ci(0.90, "exact")
    assert found.lower == pytest.approx(exact.low, rel=1e-9)
    assert found.upper == pytest.approx(exact.high, rel=1e-9)


def test_a_drive_test_counts_ninety_seconds_of_a_long_call_as_one_set_up() -> None:
    found = judged("drops,successes,call_seconds\n0,1,60\n1,1,900\n0,3,0\n", "drive-test").estimate
    assert (found.value, found.n) == (Fraction(1, 14), 14)


def test_retainability_is_a_rate_per_session_hour_and_no_percentage() -> None:
    found = judged("有数据异常释放次数,会话时长\n2,3600000\n1,3600000\n", "retainability").estimate
    assert (found.value, found.unit) == (3 / 2000, "/h")
    assert found.upper == pytest.approx(stats.chi2.ppf(0.95, 8) / 2 / 2000)


def test_counters_say_who_supplied_them_and_a_table_without_them_proves_nothing() -> None:
    outcome = judged("drops,successes\n0,100\n", "drive-test")
    assert [each.code for each in outcome.remarks] == ["network.supplied-by-client"]
    assert judged("drops,successes\n0,100\n", "retainability").missing
    assert "loss" not in KPI.statistics, "it is never a packet loss ratio"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("drops,successes\n1,100\n2,-3\n", ":3"),
        ("drops,successes\n0.01 %,100\n", ":2"),
        ("drops,successes\n5,3\n", ":2"),
        ("cell,lost\n1,2\n", ""),
    ],
)
def test_what_is_no_count_is_refused_at_its_line(text: str, where: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_counters(text.encode(), "omc.csv")
    assert caught.value.where.endswith(where)
    assert caught.value.cure


@pytest.mark.parametrize("text", ["drops,successes\n", "drops,successes", "drops,successes\n\n,\n"])
def test_a_table_without_a_row_says_nothing_and_is_refused(text: str) -> None:
    """Beside a good one it would stand for a part of which nothing is known."""
    with pytest.raises(DecodeError, match="no row under its head"):
        read_counters(text.encode(), "omc.csv")


@pytest.mark.parametrize(
    "above",
    ["900,20000\n", "一季度统计\n900,20000\n", "900,20000\n\n", '"900","2,000,000"\n', "2024-03-05 08:00:00,7\n"],
)
def test_a_row_of_numbers_above_the_head_is_not_passed_over(above: str) -> None:
    with pytest.raises(DecodeError, match="row of numbers stands above the head"):
        read_counters(f"{above}drops,successes\n0,100\n".encode(), "omc.csv")


def test_titles_above_the_head_are_read_past() -> None:
    text = "2024 年一季度\n导出时间,2024-04-01\n站点数 50\n\ndrops,successes\n0,100\n"
    assert read_counters(text.encode(), "omc.csv").rows == 1


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 5000)), min_size=1, max_size=12), st.integers(0, 12))
def test_rows_add_up_in_any_cut(rows: list[tuple[int, int]], cut: int) -> None:
    def table(part: list[tuple[int, int]]) -> Any:
        lines = "".join(f"{at},{a},{b}\n" for at, a, b in part)
        if not part:
            return Counters.none()
        return read_counters(f"小时,drops,successes\n{lines}".encode(), "x")

    named = [(at, *row) for at, row in enumerate(rows)]
    try:
        whole = table(named)
    except DecodeError as refused:
        assert "a total that does not say so" in refused.problem  # noqa: PT017 - rows that happen to look like one
        return
    with suppress(DecodeError):
        assert (parts := table(named[cut:]).merge(table(named[:cut]))).totals == whole.totals
        assert parts.rows == whole.rows


def test_the_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    path = tmp_path / "0001.csv"
    path.write_text("drops,successes\n0,100\n", encoding="utf-8")
    (tmp_path / "torn").mkdir()
    settings = PROBE.settings.parse({"file": "0001.csv"})
    trace = Trace("s01.dropout", "omc", PROBE.name, 1, (path,), settings)
    check_probe(PROBE, trace, Asked((), settings), tmp_path / "torn")
    assert not wrong_in(PROBE, {"file": "0001.csv"}, tmp_path)
    assert [each.keys for each in wrong_in(PROBE, {"file": "none.csv"}, tmp_path)] == [("file",)]
    assert [each.keys for each in wrong_in(PROBE, {"file": "0001.csv", "x": 1}, tmp_path)] == [("x",)]


@given(st.integers(0, 400), st.integers(1, 20_000))
def test_of_the_window_counters_are_a_fact_and_the_denominator_must_show_a_violation(drops: int, sessions: int) -> None:
    if drops > sessions:
        return
    text = f"异常释放次数,建立成功次数\n{drops},{sessions}\n"
    given_ = Input(PROBE.name, "omc", read_counters(text.encode(), "omc.csv"), TRACE)
    found = asked([given_], Question("network.kpi", "counter-ratio", "<= 0.05 %", about=About.WINDOW))
    assert found.outcome.effort["trials"] == sessions
    share = Fraction(drops, sessions)
    assert (found.estimate.lower, found.estimate.value, found.estimate.upper) == (share, share, share)
    conforms = share <= Fraction(5, 10_000)
    wanted = Verdict.FAIL if not conforms else Verdict.PASS if sessions >= 2000 else Verdict.INCONCLUSIVE
    assert found.judgement.verdict is wanted


def test_calls_of_a_drive_test_stay_a_sample_of_a_route() -> None:
    given_ = Input(PROBE.name, "omc", read_counters(b"drops,successes\n0,3000\n", "omc.csv"), TRACE)
    found = asked([given_], Question("network.kpi", "drive-test", "<= 0.05 %", about=About.WINDOW))
    assert found.judgement.verdict is Verdict.INCONCLUSIVE
