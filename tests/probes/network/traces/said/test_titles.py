# SPDX-License-Identifier: Apache-2.0
"""Lines beside packets that say they are no record of what happened on the link, and titles that say nothing of the kind."""

import pytest

from harness.errors import DecodeError
from probes.network.traces.logs import Form, decode
from probes.network.traces.said.titles import doubted, is_other_link, other_links, true_record, whole_record

ROWS = "time,seq,rtt(ms)\n" + "".join(f"{1_763_700_000 + at},{at},1.{at % 9}3\n" for at in range(40))
PING = "PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.\n" + "".join(
    f"64 bytes from 10.0.0.1: icmp_seq={at} ttl=63 time=1.{at % 9}3 ms\n" for at in range(1, 41)
)


def sent(text: str) -> int:
    session, _ = decode(text.encode(), "x.log", Form({}, {}), 3 * 10**9)
    return len(session.probes)


@pytest.mark.parametrize(
    "line",
    [
        "Simulated with ns-3", "OMNeT++ run 4", "网络仿真平台导出", "模拟环境测试", "lab bench over cable", "由脚本生成", "Keysight emulator run",
        "单程时延", "one-way delay test", "RTT/2", "上行时延", "half RTT",
        "每行为10次平均", "each row is the mean of 10 pings", "P95 per second", "1s 均值", "每秒取最小值",
        "warm-up removed", "前60秒预热已去除", "handover periods removed", "仅5G时段", "切换时段已剔除", "skip slow start",
        "扣除设备处理时延0.8ms", "server time subtracted", "calibrated: minus 5 ms", "offset -1ms applied", "第3次测试（前两次不合格）", "人工修正",
        "终端：AGV1、AGV2、AGV3", "时延单位 us", "All times in µs", "Zeiten in Mikrosekunden",
    ],
)  # fmt: skip
def test_a_line_that_says_the_delays_are_no_true_record_is_heard(line: str) -> None:
    for form in ("{},,\n", "# {}\n"):
        with pytest.raises(DecodeError):
            sent(form.format(line) + ROWS)


@pytest.mark.parametrize(
    "line",
    [
        "5G 专网时延测试记录", "测试时间：2025-11-21 08:00", "Site: plant 1, cell 46012", "终端：AGV-07", "测试工具 irtt 0.9.0", "时延单位：ms", "unit: ms", "接入方式：5G SA",
        "under load 20 Mbit/s", "共 40 条记录", "采样间隔 1 s", "模拟量采集模块", "测试数据记录", "no outliers removed", "未剔除任何数据", "时钟已校正", "通过 5G 专网",
        "仿真设备公司测试", "每秒发送 1 个报文", "10 packets per second", "切换次数 3", "最大 1.2 ms", "测试网络：5G", "非单程时延", "本报告由系统自动生成", "泰尔实验室",
    ],
)  # fmt: skip
def test_a_title_that_says_nothing_of_the_kind_changes_nothing(line: str) -> None:
    assert sent(f"{line},,\n{ROWS}") == 40
    true_record([line], "x.csv")


@pytest.mark.parametrize(
    "note", ["# 演示数据", "以上数据为模拟数据", "removed 12 slow packets by hand", "one-way", "outliers removed"]
)
def test_a_note_in_the_output_of_ping_is_heard_wherever_it_stands(note: str) -> None:
    assert sent(PING) == 40
    half = len(PING) // 2 + PING[len(PING) // 2 :].index("\n") + 1
    for text in (f"{note}\n{PING}", f"{PING}{note}\n", f"{PING[:half]}{note}\n{PING[half:]}"):
        with pytest.raises(DecodeError):
            sent(text)
    assert sent(f"root@cpe:~# ping 10.0.0.1\n{PING}AGV 7, plant 1\n") == 40


def test_counters_that_run_on_or_are_multiples_are_heard_of_counters_alone() -> None:
    for line in ("计数器为开机以来累计值", "counters since boot", "单位：每千次", "×10³"):
        with pytest.raises(DecodeError):
            true_record([line], "omc.csv", counters=True)
        true_record([line], "x.csv")
    true_record(["单程车道小区"], "omc.csv", counters=True)


def test_links_that_are_no_5g_are_found_by_what_they_are_called() -> None:
    lines = ["接入方式：Wi-Fi", "over cable", "# LTE", "接入方式：5G", "site lan 3", "有线接入"]
    assert other_links(lines) == ["LTE", "Wi-Fi", "cable", "有线接入"]
    assert [is_other_link(each) for each in ("WLAN", "以太网", "eth0", "NR-SA", "n78", "5G")] == [True] * 3 + [
        False
    ] * 3


def test_of_a_captures_comments_those_are_kept_that_speak_against_it() -> None:
    assert doubted(["Dumpcap 4.2", "filtered: rtt<2ms only", "演示数据", "工厂边缘抓包"]) == (
        "filtered: rtt<2ms only",
        "演示数据",
    )
    whole_record(["Editcap (Wireshark) 4.0.2"], "c.pcapng")
