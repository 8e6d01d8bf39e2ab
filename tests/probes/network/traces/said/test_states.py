# SPDX-License-Identifier: Apache-2.0
"""Columns beside a terminal's state that contradict its being on 5G, in exports of the core network and of modems."""

import pytest

from harness.errors import DecodeError
from probes.network.traces.radio import read_export as radio_export
from probes.network.traces.said.states import contradicts
from probes.network.traces.sightings import read_export

IMEIS = ["490154203237518", "490154203237526", "490154203237534"]
AGAINST = [
    ("EN-DC", "yes"), ("是否回落", "是"), ("fallback", "1"), ("锚点", "LTE B3"), ("飞行模式", "开"), ("stale", "1"), ("age(s)", "600"), ("数据时效", "过期"),
    ("5G开关", "关"), ("nr5g", "off"), ("SIM", "absent"), ("PDU会话", "0"), ("可达", "否"), ("heartbeat", "timeout"), ("启用", "否"), ("blocked", "yes"), ("删除标记", "1"), ("offline since", "2024-01-01"),
    ("网络回退", "是"), ("CSFB", "1"), ("有线口", "up"), ("NR", "disabled"), ("网络模式", "LTE only"), ("在网", "否"), ("eSIM", "none"), ("是否实测", "否"), ("real", "0"), ("上次更新", "600s前"), ("core", "EPC"),
]  # fmt: skip
FOR = [
    ("EN-DC", "no"), ("是否回落", "否"), ("age(s)", "3"), ("5G开关", "开"), ("SIM", "ok"), ("PDU会话", "1"), ("可达", "是"), ("漫游", "否"), ("APN", "iot"), ("固件", "V1.2"), ("数据时效", "正常"),
    ("eth link", "0"), ("NR", "enabled"), ("上次更新", "2026-01-01 00:00:00"), ("网络模式", "自动"), ("real", "1"), ("core", "5GC"), ("流量", "123"),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "word"), AGAINST)
def test_a_column_that_contradicts_being_on_5g_is_heard_in_every_export(heading: str, word: str) -> None:
    assert contradicts(heading, word)
    with pytest.raises(DecodeError):
        radio_export(f"time,imei,rat,{heading}\n2026-01-01T00:00:00Z,{IMEIS[0]},NR-SA,{word}\n".encode(), "r.csv")
    with pytest.raises(DecodeError):
        read_export(f"imei,状态,{heading}\n{IMEIS[0]},在线,{word}\n".encode(), "core.csv", "5GC")


@pytest.mark.parametrize(("heading", "word"), FOR)
def test_a_column_that_says_all_is_well_changes_nothing(heading: str, word: str) -> None:
    assert not contradicts(heading, word)
    text = f"time,imei,rat,{heading}\n2026-01-01T00:00:00Z,{IMEIS[0]},NR-SA,{word}\n"
    assert [each.rat for each in radio_export(text.encode(), "r.csv")] == ["NR-SA"]
    assert len(read_export(f"imei,状态,{heading}\n{IMEIS[0]},在线,{word}\n".encode(), "core.csv", "5GC").rows) == 1


@pytest.mark.parametrize("word", ["沿用上次", "copied", "replay", "补测", "generated"])
def test_a_state_that_nobody_read_then_is_none(word: str) -> None:
    with pytest.raises(DecodeError, match=r"no state as it was read|no plain record"):
        radio_export(f"time,imei,rat,备注\n2026-01-01T00:00:00Z,{IMEIS[0]},NR-SA,{word}\n".encode(), "r.csv")


@pytest.mark.parametrize(
    "word", ["备用", "库存", "未开机", "待激活", "已拆机", "故障", "维修中", "已转 4G", "spare", "cloned", "same as 3", "lab unit", "virtual", "退库", "待发货", "未上电", "关机", "not deployed", "TBD", "RMA", "powered off"]
)  # fmt: skip
def test_a_terminal_that_serves_nobody_is_not_on_line(word: str) -> None:
    rows = "".join(f"{imei},在线,{word if at == 1 else ''}\n" for at, imei in enumerate(IMEIS))
    with pytest.raises(DecodeError, match="contradicts"):
        read_export(f"imei,状态,备注\n{rows}".encode(), "core.csv", "5GC")


def test_a_list_of_all_that_ever_were_there_is_no_census() -> None:
    rows = "".join(f"{imei},在线\n" for imei in IMEIS)
    for title in ("历史接入过的终端（累计）", "terminals ever seen", "计划接入终端清单", "模拟核心网导出"):
        with pytest.raises(DecodeError, match="Above the head"):
            read_export(f"{title},\nimei,状态\n{rows}".encode(), "core.csv", "5GC")
    assert len(read_export(f"5GC 在线终端导出 2026-11-21,\nimei,状态\n{rows}".encode(), "core.csv", "5GC").rows) == 3


def test_a_state_beside_the_state_is_understood_where_all_is_well() -> None:
    for heading, good, bad in (("SIM状态", "正常", "被锁"), ("在线时长", "3600", "")):
        text = f"imei,状态,{heading}\n{IMEIS[0]},在线,{{}}\n"
        assert len(read_export(text.format(good).encode(), "core.csv", "5GC").rows) == 1
        if bad:
            with pytest.raises(DecodeError, match="not understood"):
                read_export(text.format(bad).encode(), "core.csv", "5GC")


@pytest.mark.parametrize("title", ["模拟器导出", "补录", "4G 终端", "LTE", "Wi-Fi", "copied from plant B", "历史数据"])
def test_a_title_of_radio_states_that_names_another_link_or_another_time_is_heard(title: str) -> None:
    row = f"time,imei,rat\n2026-01-01T00:00:00Z,{IMEIS[0]},NR-SA\n"
    with pytest.raises(DecodeError):
        radio_export(f"{title},,\n{row}".encode(), "r.csv")
    for fine in ("5G 模组状态记录", "现网", "每 5 秒查询一次"):
        assert len(radio_export(f"{fine},,\n{row}".encode(), "r.csv")) == 1
