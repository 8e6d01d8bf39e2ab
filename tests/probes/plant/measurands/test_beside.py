# SPDX-License-Identifier: Apache-2.0
"""What stands beside events, alarms and values of a platform: simulated, by hand, cached, or copied from the list of events."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.errors import DecodeError
from harness.model import Verdict
from tests.probes.plant import plants
from tests.probes.plant.measurands.test_shares import asked, codes

COUNT = 5
DRILL: Mapping[str, bytes] = {
    "assets": plants.register(COUNT),
    "events": plants.events(COUNT),
    "alarms": plants.alarms(COUNT),
}
SCREEN: Mapping[str, bytes] = {
    "assets": plants.register(COUNT),
    "markers": plants.markers(COUNT),
    "screen": plants.screen(COUNT),
}


def noted(data: bytes, heading: str, said: str) -> bytes:
    """A table with one more column that says the same in each row."""
    head, *rows = data.decode().splitlines()
    return "\n".join([f"{head},{heading}", *(f"{row},{said}" for row in rows), ""]).encode()


@pytest.mark.parametrize(
    ("heading", "said", "verdict"),
    [
        ("来源", "仿真", Verdict.FAIL), ("录入方式", "手工", Verdict.FAIL), ("是否误报", "是", Verdict.FAIL), ("shelved", "1", Verdict.FAIL), ("quality", "bad", Verdict.FAIL),
        ("Bemerkung", "simuliert", Verdict.FAIL), ("确认人", "李四", Verdict.PASS), ("处理方式", "人工", Verdict.PASS), ("来源", "批量导入", Verdict.FAIL), ("触发源", "测试脚本", Verdict.FAIL), ("屏蔽状态", "已屏蔽", Verdict.FAIL), ("origin", "SQL insert", Verdict.FAIL), ("category", "test alarm", Verdict.FAIL), ("产生方式", "自动", Verdict.PASS), ("描述", "脚本执行", Verdict.PASS), ("suppressed", "0", Verdict.PASS), ("quality", "192", Verdict.PASS),
    ],
)  # fmt: skip
def test_an_alarm_that_was_simulated_suppressed_or_written_by_hand_covers_nothing(
    heading: str, said: str, verdict: Verdict, tmp_path: Path
) -> None:
    given = {**DRILL, "alarms": noted(DRILL["alarms"], heading, said)}
    assert asked("plant.alarm", "share", ">= 80 %", tmp_path, given)[1].verdict is verdict


@pytest.mark.parametrize(("heading", "said"), [("方式", "软件模拟"), ("备注", "nicht ausgeführt"), ("状态", "失败")])
def test_an_event_that_was_not_done_is_answered_by_nothing(heading: str, said: str, tmp_path: Path) -> None:
    given = {**DRILL, "events": noted(DRILL["events"], heading, said)}
    assert asked("plant.alarm", "share", ">= 80 %", tmp_path, given)[1].verdict is Verdict.FAIL


@pytest.mark.parametrize(("heading", "said"), [("cached", "true"), ("强制", "是"), ("质量", "Bad"), ("模式", "仿真")])
def test_a_value_from_a_cache_or_by_force_is_not_live(heading: str, said: str, tmp_path: Path) -> None:
    given = {**SCREEN, "screen": noted(SCREEN["screen"], heading, said)}
    assert asked("plant.visualised", "share", ">= 80 %", tmp_path, given)[1].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("kind", "heading", "said"),
    [("alarms", "发生时间(ms)", "1700009999999"), ("alarms", "告警级别", "恢复"), ("alarms", "设备编号", "B9"), ("events", "触发时间(ms)", "1700009999999")],
)  # fmt: skip
def test_a_second_time_level_or_asset_that_differs_is_refused(
    kind: str, heading: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(DecodeError, match="mean the same and differ"):
        asked("plant.alarm", "share", ">= 80 %", tmp_path, {**DRILL, kind: noted(DRILL[kind], heading, said)})


def test_a_marker_that_is_no_value_marks_nothing(tmp_path: Path) -> None:
    rows = [row.rpartition(",")[0] + ",NaN" for row in SCREEN["markers"].decode().splitlines()[1:]]
    head = SCREEN["markers"].decode().splitlines()[0]
    with pytest.raises(DecodeError, match="lacks the asset or the marker"):
        asked(
            "plant.visualised", "share", ">= 80 %", tmp_path, {**SCREEN, "markers": "\n".join([head, *rows]).encode()}
        )


def test_alarms_at_one_distance_behind_all_events_were_computed(tmp_path: Path) -> None:
    rows = [row.split(",") for row in DRILL["events"].decode().splitlines()[2:]]
    made = plants.table(("资产编号", "告警时刻(ms)", "级别"), [(row[0], int(row[1]) + 700, "高") for row in rows])
    outcome, judgement = asked("plant.alarm", "share", ">= 80 %", tmp_path, {**DRILL, "alarms": made})
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "plant.delays-alike" in {each.reason.code for each in outcome.lacks}


def test_a_list_of_markers_handed_in_as_what_the_platform_shows_proves_nothing(tmp_path: Path) -> None:
    rows = [row.split(",") for row in SCREEN["markers"].decode().splitlines()[1:]]
    outcome, judgement = asked(
        "plant.visualised", "share", ">= 80 %", tmp_path,
        {**SCREEN, "screen": plants.table(("资产编号", "显示时刻(ms)", "显示值"), rows)},
    )  # fmt: skip
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "plant.delays-alike" in {each.reason.code for each in outcome.lacks}


def test_an_analogue_signal_is_no_simulation_and_a_total_in_another_language_no_asset(tmp_path: Path) -> None:
    given = {**DRILL, "assets": noted(DRILL["assets"], "信号类型", "模拟量") + b"Gesamt: 5,,,,\n"}
    outcome, judgement = asked("plant.alarm", "share", ">= 100 %", tmp_path, given)
    assert judgement.verdict is Verdict.PASS, codes(outcome)


def test_a_register_that_calls_itself_a_part_or_a_plan_is_no_denominator(tmp_path: Path) -> None:
    for title in ("仅列示部分关键设备", "规划设备清单（未安装）"):
        with pytest.raises(DecodeError, match="Above the head"):
            asked(
                "plant.alarm",
                "share",
                ">= 80 %",
                tmp_path,
                {**DRILL, "assets": title.encode() + b",,,\n" + DRILL["assets"]},
            )
