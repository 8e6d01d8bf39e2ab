# SPDX-License-Identifier: Apache-2.0
"""Columns of a log that nobody reads and that say whose, which or how many delays they stand beside."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.network.instruments.log import PROBE
from probes.network.measurands.words import WORDS
from probes.network.traces.logs import Form, decode
from tests.probes.network.field.judging import DELAY, judged
from tests.probes.network.made import codes

START = 1_763_700_000
MANY = 120


def log(heading: str, cells: Any, head: str = "time,seq,rtt(ms)") -> str:
    said = cells if callable(cells) else lambda _at: cells
    rows = "".join(f"{START + at},{at},1.{at % 90 + 10},{said(at)}\n" for at in range(MANY))
    return f"{head},{heading}\n{rows}"


def sent(text: str, **columns: str) -> int:
    session, _ = decode(text.encode(), "x.csv", Form(columns, {}), 3 * 10**9)
    return len(session.probes)


@settings(max_examples=30)
@given(
    st.sampled_from(["工位", "AGV", "robot", "tag", "产线", "who", "名称", "编号", "站点", "x17", "摄像头", "Linie", "端口"]),
    st.integers(2, 30),
)  # fmt: skip
def test_several_members_under_any_heading_are_never_a_pool(heading: str, many: int) -> None:
    with pytest.raises(DecodeError, match=r"different ones|may say who was lost"):
        sent(log(heading, lambda at: f"{heading[:2]}-{at % many:02d}"))


@pytest.mark.parametrize("heading", ["编号", "id", "robot", "device_no"])
def test_members_that_are_numbers_are_members(heading: str) -> None:
    with pytest.raises(DecodeError, match="different ones"):
        sent(log(heading, lambda at: at % 20 + 1))


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("方向", "上行"), ("direction", "uplink"), ("指标", "单向时延"), ("metric", "owd"), ("统计方式", "平均"), ("type", "mean"), ("stat", "p50"), ("window", "10s avg"),
        ("retries", "3"), ("重传次数", "2"), ("attempt", "2"), ("尝试次数", "3"), ("每点次数", "10"), ("n", "20"), ("samples/row", "10"),
        ("来源", "脚本生成"), ("env", "emulator"), ("run", "retest"), ("批次", "重测"), ("备注", "copied from run 1"), ("备注", "人工修改"),
        ("raw(ms)", "9.9"), ("修正前(ms)", "9.9"), ("系数", "0.1"), ("offset_ms", "-8"), ("服务器处理(ms)", "3.3"), ("CPE2(ms)", "9.9"),
    ],
)  # fmt: skip
def test_a_column_that_says_the_delays_are_not_what_they_seem_is_refused(heading: str, cell: str) -> None:
    with pytest.raises(DecodeError):
        sent(log(heading, cell))


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("方向", "往返"), ("type", "rtt"), ("attempt", "1"), ("retries", "0"), ("HARQ重传次数", "3"), ("终端", "AGV-07"), ("操作员", "张三"), ("工具", "irtt"), ("切片", "URLLC"),
        ("jitter(ms)", "0.2"), ("时钟偏差(ms)", "0.1"), ("探测间隔(ms)", "1000"), ("来源", "CPE实测"), ("环境", "现场"), ("phase", "idle"), ("源端口", "50000"),
    ],
)  # fmt: skip
def test_a_column_that_says_nothing_of_the_kind_is_only_told(heading: str, cell: str) -> None:
    assert sent(log(heading, cell)) == MANY


@pytest.mark.parametrize(
    ("heading", "cells"),
    [("CPU(%)", lambda at: 20 + at % 40), ("吞吐量(Mbit/s)", lambda at: f"{20 + at % 60 / 10}"), ("小区", lambda at: f"4601{at // 20}"), ("cell load(%)", lambda at: 30 + at % 3), ("区域", lambda at: "AB"[at // 60])],
)  # fmt: skip
def test_columns_of_conditions_name_no_members(heading: str, cells: Any) -> None:
    assert sent(log(heading, cells)) == MANY


@given(st.integers(0, 50_000), st.integers(0, MANY - 1))
def test_a_reply_that_came_later_than_its_delay_says_is_refused(late_us: int, row: int) -> None:
    def came(at: int) -> str:
        later = (1_000_000 + at % 90 * 10_000 + 100_000) / 1e9 + (late_us / 1e6 if at == row else 0)
        return f"{START + at + later:.6f}"

    rows = (f"{START + at}.000000,{at},{1.1 + at % 90 / 100:.2f},{came(at)}\n" for at in range(MANY))
    text = "time,seq,rtt(ms),recv_time\n" + "".join(rows)
    if late_us > 102:
        with pytest.raises(DecodeError, match="not the time of sending and the delay"):
            sent(text)
    elif late_us < 98:
        assert sent(text) == MANY


@pytest.mark.parametrize(
    "heading",
    ["单程时延(ms)", "owd(ms)", "uplink_ms", "RTT/2(ms)", "avg_rtt_ms", "平均时延(ms)", "min rtt (ms)", "p50(ms)", "jitter(ms)", "srtt(ms)", "校正后时延(ms)", "扣除处理时延(ms)", "simulated_delay_ms"],
)  # fmt: skip
def test_naming_a_column_in_the_profile_makes_it_no_round_trip(heading: str) -> None:
    text = f"time,seq,{heading}\n" + "".join(f"{START + at},{at},1.2\n" for at in range(9))
    with pytest.raises(DecodeError):
        sent(text, delay=heading)
    assert sent(text.replace(heading, "耗时"), delay="耗时") == 9


def test_a_log_that_names_another_link_is_void_where_a_radio_link_is_judged(tmp_path: Any) -> None:
    from dataclasses import replace

    radio = replace(DELAY, parameters={**DELAY.parameters, "link": "radio"})
    for cell, void in (("Wi-Fi", True), ("NR-SA", False)):
        data = log("RAT", cell).encode()
        code = WORDS.reason("log-other-link", count=1, names=[cell]).code
        assert (code in codes(judged(PROBE, data, "x.csv", radio, tmp_path / cell).invalid)) is void
        plain = judged(PROBE, data, "x.csv", DELAY, tmp_path / f"{cell} plain")
        assert code not in codes(plain.invalid)
        assert (code in codes(plain.remarks)) is void


@pytest.mark.parametrize(("per_s", "late_ns"), [(10**3, 3_500_000), (10**6, 150_000), (10**9, 150_000)])
def test_counts_since_1970_say_when_a_reply_came_in_their_own_steps(per_s: int, late_ns: int) -> None:
    def text(later_ns: int) -> str:
        rows = []
        for at in range(MANY):
            begun, delay = (START + at) * 10**9, 1_100_000 + at % 90 * 10_000
            came = (begun + delay + (later_ns if at == 7 else 0)) * per_s // 10**9
            rows.append(f"{begun * per_s // 10**9},{at},{delay / 1e6},{came}\n")
        return f"time,seq,rtt(ms),接收时间\n{''.join(rows)}"

    assert sent(text(0)) == MANY
    with pytest.raises(DecodeError, match="not the time of sending and the delay"):
        sent(text(late_ns))
