# SPDX-License-Identifier: Apache-2.0
"""What devices and registers say in other words: values that their device takes back, old ones, lists that were cut, assets listed twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import DecodeError
from harness.kit.lines import Writer, line
from harness.model import Verdict
from tests.probes.network.recording import message
from tests.probes.plant import plants
from tests.probes.plant.measurands.test_shares import networked

COUNT, S, MS = 4, plants.S, plants.MS
HEAD = "资产编号,关键设备,MQTT主题,上报周期(s)"
ROWS = [f"A{at},是,plant/A{at},10" for at in range(1, COUNT + 1)]


def heard(
    payload: Callable[[int, int], bytes], topics: tuple[str, ...] = tuple(f"plant/A{at}" for at in range(1, COUNT + 1))
) -> bytes:
    """Twenty minutes in which each topic says every ten seconds what ``payload`` gives for the second and its place."""
    rows = [Writer("yanshou.plant-mqtt/1", {"topics": ["#"]}).header]
    for second in range(1201):
        at = plants.START_NS + second * S
        rows.append(line({"t": at}))
        if second % 10 == 0:
            rows += [message(at, topic, payload(second, place)) for place, topic in enumerate(topics)]
    return b"".join(rows)


def value(second: int, place: int) -> float:
    return round(20 + second * 37 % 11 / 7 + place, 3)


def stamp(second: int) -> int:
    return plants.START_NS // MS + 1000 * second


def saying(**more: Any) -> bytes:
    return heard(
        lambda second, place: json.dumps({"ts": stamp(second), "value": value(second, place), **more}).encode()
    )


def register(rows: list[str], head: str = HEAD, above: str = "", below: str = "") -> bytes:
    return (above + head + "\n" + "\n".join(rows) + "\n" + below).encode()


def verdict(folder: Path, mqtt: bytes, assets: bytes = register(ROWS), limit: str = ">= 85 %") -> Verdict:
    return networked(folder, {"assets": assets, "mqtt": mqtt}, limit)[1].verdict


@pytest.mark.parametrize(
    "more",
    [
        {"simulate": True}, {"virtual": True}, {"overridden": True}, {"isDefault": True}, {"substitute": True}, {"statusCode": "UncertainLastUsableValue"}, {"statusCode": 2147483648},
        {"qds": "IV"}, {"IV": 1}, {"NT": 1}, {"blocked": True}, {"sensor_fault": 1}, {"comm": "fail"}, {"connected": False}, {"online": 0}, {"在线": "否"}, {"isOnline": False},
        {"强制": True}, {"人工置数": 1}, {"testMode": True}, {"lastKnown": True}, {"backfill": True}, {"maintenance": True}, {"检修": True}, {"仿真模式": "开"}, {"src": "simulator"},
        {"generated_by": "mock-server"}, {"generator": "random"}, {"qualityDesc": "坏值"}, {"数据状态": "无效"}, {"reason": "last will"}, {"connection": "lost"}, {"dataAge": 86400}, {"age_s": 90000},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_its_device_takes_back_in_other_words_networks_nobody(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    assert verdict(tmp_path, saying(**more)) is Verdict.FAIL


@pytest.mark.parametrize(
    "more",
    [
        {"statusCode": 0}, {"statusCode": "Good"}, {"online": True}, {"connected": True}, {"controlMode": "manual"}, {"mode": "auto"}, {"iv": 0}, {"maintenance": False}, {"age_s": 2},
        {"deviceStatus": "ONLINE"}, {"state": "running"}, {"name": "测试车间温度"}, {"location": "演示厅"}, {"仿真模式": "关"}, {"qds": 0}, {"source": "PLC1"}, {"last_maintenance": "2024-01-01"}, {"sim_status": 1}, {"运行模式": "手动"},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_its_device_stands_by_networks_it(tmp_path: Path, more: dict[str, Any]) -> None:
    assert verdict(tmp_path, saying(**more)) is not Verdict.FAIL


@pytest.mark.parametrize(
    "payload",
    [
        lambda second, place: {"采集时间": "2024-01-01 00:00:00", "value": value(second, place)}, lambda second, place: {"time": "2020-01-01T00:00:00", "value": value(second, place)},
        lambda second, place: {"value": [-9999, 9999, 65535, 32767][second // 10 % 4]}, lambda second, place: {"value": "timeout" if second % 20 else "error"},
        lambda second, place: {"latency_ms": value(second, place), "jitter": value(second, 3)}, lambda second, place: {"gateway_cpu": value(second, place)},
    ],
)  # fmt: skip
def test_old_times_without_a_zone_sentinels_and_figures_of_the_link_are_no_values_of_now(
    tmp_path: Path, payload: Callable[[int, int], Any]
) -> None:
    assert verdict(tmp_path, heard(lambda second, place: json.dumps(payload(second, place)).encode())) is Verdict.FAIL


@pytest.mark.parametrize(
    "said",
    [
        lambda second, place: json.dumps({"温度": value(second, place)}, ensure_ascii=False).encode("gbk"), lambda second, place: b"\xef\xbb\xbf" + json.dumps({"value": value(second, place)}).encode(),
        lambda second, place: json.dumps({"time": "2025-11-22 01:00:00", "value": value(second, place)}).encode(),
    ],
)  # fmt: skip
def test_json_in_other_encodings_and_local_times_of_the_day_are_read(
    tmp_path: Path, said: Callable[[int, int], bytes]
) -> None:
    assert verdict(tmp_path, heard(said)) is not Verdict.FAIL


@pytest.mark.parametrize(
    "title",
    [
        "已联网设备清单",
        "已接入平台的设备台账",
        "在线设备列表（筛选结果）",
        "List of connected devices",
        "设备台账（剔除停用设备后）",
        "Top 50 devices",
        "全厂设备共 12 台",
    ],
)
def test_a_list_of_some_of_the_assets_is_no_denominator(tmp_path: Path, title: str) -> None:
    with pytest.raises(DecodeError, match=r"Above the head|Beside the table"):
        verdict(tmp_path, saying(), register(ROWS, above=f"{title},,,\n"))


@pytest.mark.parametrize(
    "title", ["某厂传感控制器设备台账", "设备资产登记表（共 4 台）", "设备联网情况登记表", "编制单位：设备部"]
)
def test_an_ordinary_title_and_a_line_of_who_keeps_the_list_do_no_harm(tmp_path: Path, title: str) -> None:
    assets = register(ROWS, above=f"{title},,,\n", below="制表人：张三,审核：李四,,\n")
    assert verdict(tmp_path, saying(), assets) is not Verdict.FAIL


TOPICS = ("plant/A1", "plant/A1b", "plant/A1c")
SAID = heard(lambda second, place: json.dumps({"value": value(second, place)}).encode(), TOPICS)


@pytest.mark.parametrize(
    "numbers", [("A1", "A01", "A001"), ("A_1", "A-1", "A-01"), ("A1", "A1#", "A1号"), ("A1", "\u04101", "\u03911")]
)
def test_one_number_in_other_writing_is_one_asset(tmp_path: Path, numbers: tuple[str, ...]) -> None:
    rows = [f"{number},是,{topic},10" for number, topic in zip(numbers, TOPICS, strict=True)]
    outcome, judgement = networked(
        tmp_path, {"assets": register([*rows, "D1,是,plant/none,10"]), "mqtt": SAID}, ">= 75 %"
    )
    assert judgement.verdict is Verdict.FAIL
    assert "plant.unclear-twin" in {each.code for each in outcome.remarks}


@pytest.mark.parametrize(
    ("numbers", "serials"), [(("A1", "A10", "A11"), ("S1", "S2", "")), (("1-11", "11-1", "111"), ("", "", "S1"))]
)
def test_numbers_that_differ_are_several_assets(
    tmp_path: Path, numbers: tuple[str, ...], serials: tuple[str, ...]
) -> None:
    rows = [f"{number},是,{topic},10,{serial}" for number, topic, serial in zip(numbers, TOPICS, serials, strict=True)]
    assert verdict(tmp_path, SAID, register(rows, f"{HEAD},出厂编号"), ">= 100 %") is not Verdict.FAIL


def test_one_serial_number_is_one_asset_and_a_virtual_point_is_none(tmp_path: Path) -> None:
    rows = [f"B{at},是,{topic},10," for at, topic in enumerate(TOPICS)]
    for at, (head, words) in enumerate(
        (("出厂编号", ("SN1",) * 3), ("设备类型", ("虚拟测点", "软件计算点", "传感器")))
    ):
        (tmp_path / str(at)).mkdir()
        assets = register([f"{row}{word}" for row, word in zip(rows, words, strict=True)], f"{HEAD},{head}")
        assert verdict(tmp_path / str(at), SAID, assets, ">= 75 %") is Verdict.FAIL


def test_an_asset_in_stand_by_that_speaks_is_networked(tmp_path: Path) -> None:
    rows = [f"{row},{state}" for row, state in zip(ROWS, ("运行", "备用", "待机", "在用"), strict=True)]
    assert verdict(tmp_path, saying(), register(rows, f"{HEAD},设备状态"), ">= 100 %") is not Verdict.FAIL
